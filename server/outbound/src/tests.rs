//! The door against a peer that misbehaves in every way the wire allows.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod addresses;
mod authority;
mod bodies;
mod encodings;
mod encrypted;
mod names;
mod peer;
mod redirects;
mod requests;
mod silence;
mod uploads;

use bytes::Bytes;
use url::Url;

use crate::{AllowList, FetchError, Meta, Outbound, OutboundConfig, Request};

/// A door with default bounds.
fn door() -> Outbound {
    door_with(|_| {})
}

/// A door with a changed configuration.
fn door_with(change: impl FnOnce(&mut OutboundConfig)) -> Outbound {
    let mut config = OutboundConfig::new("vetmoot-test");
    change(&mut config);
    Outbound::new(config).expect("the door opens")
}

fn url(text: &str) -> Url {
    text.parse().expect("a URL")
}

/// A list with one configured origin.
fn operator(url: &Url) -> AllowList {
    AllowList::operator(url).expect("an origin")
}

/// Reads an address of a configured peer to the end.
async fn read(url: &Url) -> Result<(Meta, Bytes), FetchError> {
    door().fetch_all(&operator(url), Request::get(url)).await
}

/// The code of what went wrong, or `status: body` of what went well.
fn outcome(result: Result<(Meta, Bytes), FetchError>) -> String {
    match result {
        Ok((meta, body)) => format!("{}: {}", meta.status, String::from_utf8_lossy(&body)),
        Err(error) => error.code().to_owned(),
    }
}
