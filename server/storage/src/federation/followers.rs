//! Who follows an actor of ours.
