//! Activities of our own: what an outbox shows and deliveries carry.
