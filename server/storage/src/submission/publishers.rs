//! Trusted publishers: programs whose OpenID Connect identity stands in for a stored secret.
