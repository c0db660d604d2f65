//! An index file the client already holds: cargo asks for every crate at every resolution, and nearly every answer is 304.

use anyhow::{Context as _, Result, ensure};

use super::limits::INDEX_SHARE;
use super::load;
use super::nginx::Nginx;
use super::upstream::CRATE;
use super::{Measured, Row, Stage};
use crate::http::Ask;

/// wrk asks the instance and nginx for the same bytes by turns, each time with the tag that the server gave before.
pub fn measure(stage: &mut Stage) -> Measured {
    let site = stage.site()?;
    let ours = site.crate_listing(CRATE.1);
    let first = Ask::get(&ours).answer();
    ensure!(first.status == 200, "the index answers {}: {}", first.status, first.text());
    ensure!(first.text().contains("\"yanked\":true"), "the young release is held");
    let nginx = Nginx::start()?;
    let peer = nginx.serve("lighthouse", &first.body);
    let (our_tag, peer_tag) = (tag(&ours)?, tag(&peer)?);
    let turns = load::turns((&ours, &[&our_tag]), (&peer, &[&peer_tag]))?;
    // Still so at the end: what was measured were answers without a body.
    tag(&ours)?;
    let beside =
        format!("{:.0} requests/s, nginx {:.0}; {} byte file", turns.ours.requests, turns.peer.requests, first.body.len());
    Ok(vec![Row::share("cargo index file, 304, share of nginx", turns.share, INDEX_SHARE).beside(beside)])
}

/// The header line that says what the client holds; proves that it is answered 304.
fn tag(url: &str) -> Result<String> {
    let tag = Ask::get(url).answer().header("etag").context("an answer without a tag")?.to_owned();
    let again = Ask::get(url).header("if-none-match", &tag).answer();
    ensure!(again.status == 304, "{url} is answered {} although it is known", again.status);
    Ok(format!("If-None-Match: {tag}"))
}
