//! Documents of other servers, from their own origin.
