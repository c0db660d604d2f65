//! What leaves: activities made of events, queued per host, with a ledger row each.
