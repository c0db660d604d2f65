//! Who is blocked and who is allowed.
