//! Policies: adopting them, and what they would do.

pub mod adopt;
pub mod book;
pub mod compare;
pub mod effect;
pub mod history;
pub mod state;
