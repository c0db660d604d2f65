//! Yanks, their undoing and deprecations, asked for by one person and decided by another.
