//! What is said because of what happens.
