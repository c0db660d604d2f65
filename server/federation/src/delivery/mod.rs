//! Sending what waits, host by host.
