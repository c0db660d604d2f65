//! Who is at a publish door: cargo's bare token, npm's bearer token, or the password of basic authentication.
