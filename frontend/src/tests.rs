//! What must be true of every page, every asset and every colour.

#![expect(clippy::unwrap_used, reason = "tests")]

mod assets;
mod cards;
mod colours;
mod foreign;
mod html;
mod pages;
mod parts;
