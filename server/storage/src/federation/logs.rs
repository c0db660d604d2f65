//! Transparency logs: our own and those of followed communities.
