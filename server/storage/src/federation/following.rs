//! Which communities this one follows, and how far their logs were read.
