//! The transparency log: our own leaves and checkpoints, and checking those of others.
