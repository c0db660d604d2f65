//! What posts look like.
