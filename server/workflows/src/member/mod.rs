//! Members: making them, signing them in, and the tokens of their programs.

pub mod account;
pub mod change;
pub mod create;
pub mod secret;
pub mod session;
pub mod token;
