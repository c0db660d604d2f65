//! What every activity is held to.
