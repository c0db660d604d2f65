//! A headless browser that opens pages and tells what it saw.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::scratch::Scratch;
use crate::{partners, process};

/// How a page is to be looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Look {
    /// The address.
    pub url: String,
    /// Width of the window in CSS pixels.
    pub width: u32,
    /// In the dark colour scheme.
    pub dark: bool,
    /// With scripts allowed.
    pub scripts: bool,
    /// Where to keep a picture of the whole page.
    pub picture: Option<PathBuf>,
    /// Cookies to bring, as `name=value`.
    pub cookies: Vec<String>,
}

impl Look {
    /// A wide, light look with scripts.
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), width: 1280, dark: false, scripts: true, picture: None, cookies: Vec::new() }
    }

    /// On a narrow screen.
    #[must_use]
    pub fn narrow(mut self) -> Self {
        self.width = 390;
        self
    }

    /// In the dark scheme.
    #[must_use]
    pub fn dark(mut self) -> Self {
        self.dark = true;
        self
    }

    /// Without scripts.
    #[must_use]
    pub fn without_scripts(mut self) -> Self {
        self.scripts = false;
        self
    }

    /// With a picture of the whole page, as PNG.
    #[must_use]
    pub fn with_picture(mut self, file: impl Into<PathBuf>) -> Self {
        self.picture = Some(file.into());
        self
    }

    /// With a cookie, as `name=value`.
    #[must_use]
    pub fn with_cookie(mut self, cookie: &str) -> Self {
        self.cookies.push(cookie.to_owned());
        self
    }
}

/// What was seen on one page.
#[derive(Debug, Clone, Deserialize)]
pub struct Seen {
    /// The address after redirects.
    pub url: String,
    /// The status of the page.
    pub status: u16,
    /// The page's title.
    pub title: String,
    /// The document as the browser has it.
    pub document: String,
    /// The text a person reads.
    pub text: String,
    /// Errors and warnings in the console, failed requests, breaches of the content security policy.
    pub complaints: Vec<String>,
    /// Addresses of everything that was asked for.
    pub requests: Vec<String>,
    /// Bytes received for page, styles, scripts and pictures.
    pub bytes: u64,
    /// How much wider the content is than the window, in CSS pixels.
    pub overflow: u32,
    /// What axe finds against WCAG A and AA, one line each.
    pub barriers: Vec<String>,
}

const SCRIPT: &str = include_str!("browser.mjs");

/// Opens every page in one browser; nothing when the browser was left out.
///
/// # Panics
/// When the browser cannot be driven.
pub fn open(looks: &[Look]) -> Option<Vec<Seen>> {
    let [node, playwright, axe, chromium] = partners::require_all(["node", "playwright", "axe", "chromium"])?;
    let scratch = Scratch::new();
    let script = scratch.write("browser.mjs", SCRIPT);
    let order = serde_json::json!({
        "playwright": playwright.file(), "axe": axe.file(), "chromium": chromium.file(), "looks": looks,
    });
    let order = scratch.write("order.json", order.to_string());
    let answer = scratch.join("answer.json");
    let mut command = node.command();
    command.arg(script).arg(order).arg(&answer).env("HOME", scratch.path()).env("TMPDIR", scratch.path());
    let ended = process::run(&mut command);
    assert!(ended.is_good(), "the browser could not be driven: {}{}", ended.stdout, ended.stderr);
    let text = std::fs::read_to_string(answer).expect("the script wrote its answer");
    Some(serde_json::from_str(&text).expect("the script answers in this form"))
}
