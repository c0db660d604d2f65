//! Actors of other servers as last fetched.
