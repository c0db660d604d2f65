//! Problems for other servers: RFC 9457, as everywhere.
