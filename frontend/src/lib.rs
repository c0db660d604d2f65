//! Typed page contexts with samples, templates and static files. A designer lives here.

mod assets;
pub mod card;
mod engine;
mod filters;
pub mod limits;
pub mod pages;
pub mod parts;
mod samples;
mod shell;
#[cfg(test)]
mod tests;

pub use assets::{Asset, asset, asset_names, asset_url};
pub use engine::{Frontend, Page, RenderError};
pub use filters::tame;
pub use shell::{Alternate, Banner, Preview, Shell, Theme, User};
