//! Statements by id: our own as they are published, those of others as they arrive.
