//! What comes in: accepted durably, then applied, each with a named outcome.
