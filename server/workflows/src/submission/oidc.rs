//! A CI's OpenID Connect identity in place of a stored secret: trusted publishers, and the exchange for a short token.
