//! Packages and policies somebody asked for as actors.
