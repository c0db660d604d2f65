//! What waits to be sent, to which inbox, and what became of it.
