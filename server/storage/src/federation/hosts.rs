//! Other servers: how they sign, whether they answer.
