//! The sender against servers that answer as they are told.
