//! Writes every page with every sample into a folder, so that a designer can look at them in a browser.
//!
//! `cargo run -p vetmoot-frontend --example gallery -- FOLDER`, then serve the folder with any static file server.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use vetmoot_frontend::{Frontend, Shell, Theme, asset, asset_names, pages};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name a folder to write to")?);
    fs::create_dir_all(folder.join("static"))?;
    for file in asset_names().filter_map(asset) {
        fs::write(folder.join("static").join(&file.hashed), file.bytes)?;
    }
    let frontend = Frontend::new()?;
    let mut index = String::from("<!doctype html><title>Gallery</title><ul>");
    for (theme, suffix) in [(Theme::Light, ""), (Theme::Dark, "-dark")] {
        let shell = Shell { theme, ..Shell::sample() };
        for (page, number, html) in pages::render_samples(&frontend, &shell)? {
            let name = format!("{page}-{number}{suffix}.html");
            fs::write(folder.join(&name), html)?;
            write!(index, "<li><a href=\"{name}\">{name}</a>")?;
        }
    }
    fs::write(folder.join("index.html"), index)?;
    Ok(())
}
