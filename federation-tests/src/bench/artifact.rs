//! An artifact the instance holds, sent again and again; each time the decision on exactly that file is asked for.

use anyhow::ensure;

use super::limits::ARTIFACT_SHARE;
use super::load;
use super::nginx::Nginx;
use super::row::megabytes;
use super::stage::memory;
use super::upstream::MIDDLING;
use super::{Measured, Row, Stage};
use crate::http::Ask;

/// wrk takes the same bytes from the instance and from nginx by turns.
pub fn measure(stage: &mut Stage) -> Measured {
    let site = stage.site()?;
    let ours = site.crate_file(MIDDLING, "1.0.0");
    let first = Ask::get(&ours).answer();
    ensure!(first.status == 200, "the file is answered {}: {}", first.status, first.text());
    let nginx = Nginx::start()?;
    let peer = nginx.serve("middling", &first.body);
    let turns = load::turns((&ours, &[]), (&peer, &[]))?;
    ensure!(site.index.asked_for(MIDDLING, "1.0.0") == 1, "the file was fetched more than once");
    let giga = |bytes: f64| bytes / 1e9;
    let share = turns.ours.bytes / turns.peer.bytes;
    let beside = format!(
        "{:.2} GB/s, nginx {:.2} GB/s; at most {} of memory",
        giga(turns.ours.bytes),
        giga(turns.peer.bytes),
        megabytes(memory(site.instance.id(), "VmHWM")?)
    );
    Ok(vec![Row::share("artifact of 8 MB, share of nginx", share.min(turns.share), ARTIFACT_SHARE).beside(beside)])
}
