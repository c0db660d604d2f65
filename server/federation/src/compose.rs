//! Activities made of events: who says what to whom.
