//! Who is blocked, who is allowed, and who may see it.

mod lists;

pub use lists::Lists;
