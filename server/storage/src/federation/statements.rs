//! Statements by id: our own and those of followed communities.
