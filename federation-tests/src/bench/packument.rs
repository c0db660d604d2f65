//! Twenty clients at once that want a filtered packument of 21 MB.

use std::io::Read as _;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::limits::{PACKUMENTS, PARALLEL, RELEASES};
use super::row::{megabytes, middle, time};
use super::upstream::{PACKAGE, YOUNG};
use super::verdaccio::Verdaccio;
use super::{Measured, Row, Stage, raw};
use crate::http::Ask;

/// What npm says about itself.
const HEADERS: &str = "accept: application/json\r\naccept-encoding: gzip\r\n";

/// Once as the instance holds it in memory, once when all it has is its data folder; verdaccio beside.
pub fn measure(stage: &mut Stage) -> Measured {
    let site = stage.site()?;
    let url = site.packument(PACKAGE);
    let cold = raw::get(&url, HEADERS)?;
    ensure!(cold.header("content-encoding") == Some("gzip"), "the packument comes compressed");
    let kept = releases(&url)?;
    ensure!(kept == RELEASES - YOUNG, "{kept} releases are left of {RELEASES}, {YOUNG} are too young");
    let (warm, mut each) = parallel(&url)?;
    site.instance.restart();
    let (stored, _) = parallel(&url)?;
    let peer = beside_verdaccio(&site.index.npm_url());
    let held = format!("{RELEASES} releases, {YOUNG} held; {} compressed", megabytes(cold.bytes));
    let what = format!("{PARALLEL} filtered packuments of 21 MB in parallel, gzip, last one done");
    let first = format!("half of them within {}; {held}; {peer}", time(middle(&mut each)));
    Ok(vec![
        Row::below(&what, warm, PACKUMENTS).beside(first),
        Row::below("the same right after a start, nothing in memory", stored, PACKUMENTS)
            .beside("read, judged, filtered and compressed once for all"),
        Row::told("the first of all, upstream included", &time(cold.took)),
    ])
}

fn parallel(url: &str) -> Result<(std::time::Duration, Vec<std::time::Duration>)> {
    let (took, answers) = raw::together(url, HEADERS, PARALLEL)?;
    Ok((took, answers.iter().map(|got| got.took).collect()))
}

/// How many releases the packument shows; proves that it is whole.
fn releases(url: &str) -> Result<usize> {
    let answer = Ask::get(url).header("accept-encoding", "gzip").answer();
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(answer.body.as_slice()).read_to_end(&mut text)?;
    let document: Value = serde_json::from_slice(&text)?;
    Ok(document.get("versions").and_then(Value::as_object).context("a packument has versions")?.len())
}

/// The same through verdaccio with its package filter, or why not.
fn beside_verdaccio(upstream: &str) -> String {
    let run = || -> Result<String> {
        let verdaccio = Verdaccio::start(upstream)?;
        let url = verdaccio.packument(PACKAGE);
        raw::get(&url, HEADERS)?;
        let kept = releases(&url)?;
        ensure!(kept < RELEASES, "verdaccio's filter held nothing");
        let (took, _) = parallel(&url)?;
        Ok(format!("verdaccio with package-filter {} ({kept} releases left)", time(took)))
    };
    run().unwrap_or_else(|error| format!("verdaccio left out: {}", format!("{error:#}").lines().next().unwrap_or_default()))
}
