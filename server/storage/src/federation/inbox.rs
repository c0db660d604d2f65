//! What other servers said, durable from the moment it was acknowledged.
