//! Releases on their way, one row each, so that a restart goes on where the last process ended.
