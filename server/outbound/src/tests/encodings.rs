//! Compressed bodies: undone when asked for, bounded when they explode, left alone for artifacts.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::peer::{Peer, answer};
use super::{door, operator, outcome, read};
use crate::Request;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn encoded(encoding: &str, body: Vec<u8>) -> Peer {
    let head = format!("200 OK\ncontent-encoding: {encoding}");
    Peer::start(move |_| answer(&head, &body)).await
}

#[tokio::test]
async fn gzip_is_asked_for_and_undone() {
    let long = "a line that repeats\n".repeat(50_000);
    let peer = encoded("gzip", gzip(long.as_bytes())).await;
    let (meta, body) = read(&peer.url("/")).await.unwrap();
    assert_eq!(body, long.as_bytes());
    assert_eq!((meta.content_length, meta.content_encoding), (None, None));
    assert!(peer.requests()[0].contains("accept-encoding: gzip\r\n"), "{:?}", peer.requests());
}

#[tokio::test]
async fn gzip_of_several_members_is_one_body_and_an_empty_body_is_empty() {
    let members = [gzip(b"one "), gzip(b"two "), gzip(b""), gzip(b"three")].concat();
    assert_eq!(outcome(read(&encoded("x-gzip", members).await.url("/")).await), "200: one two three");
    assert_eq!(outcome(read(&encoded("gzip", Vec::new()).await.url("/")).await), "200: ");
}

#[tokio::test]
async fn a_gzip_bomb_stops_at_the_bound_of_decoded_bytes() {
    let bomb = gzip(&vec![0; 64 * 1024 * 1024]);
    assert!(bomb.len() < 100_000);
    let peer = encoded("gzip", bomb).await;
    let address = peer.url("/");
    let request = Request { max_bytes: 1024 * 1024, ..Request::get(&address) };
    assert_eq!(outcome(door().fetch_all(&operator(&address), request).await), "too-large");
}

#[tokio::test]
async fn members_that_decode_to_nothing_stop_at_the_bound_of_received_bytes() {
    let peer = Peer::start(|_| {
        let head = super::peer::raw("HTTP/1.1 200 OK\ncontent-encoding: gzip\n\n");
        vec![head, super::peer::Step::Send(gzip(b"").repeat(10_000))]
    })
    .await;
    let address = peer.url("/");
    let request = Request { max_bytes: 1024, ..Request::get(&address) };
    assert_eq!(outcome(door().fetch_all(&operator(&address), request).await), "too-large");
}

#[tokio::test]
async fn gzip_that_is_cut_or_garbled_is_an_error() {
    let whole = gzip("something worth compressing, twice, twice".as_bytes());
    for length in [5, 12, whole.len() - 9, whole.len() - 8, whole.len() - 1] {
        let peer = encoded("gzip", whole[..length].to_vec()).await;
        assert_eq!(outcome(read(&peer.url("/")).await), "bad-encoding", "cut at {length}");
    }
    let mut garbled = whole.clone();
    garbled[15] ^= 0x55;
    assert_eq!(outcome(read(&encoded("gzip", garbled).await.url("/")).await), "bad-encoding");
    assert_eq!(outcome(read(&encoded("gzip", b"plain text".to_vec()).await.url("/")).await), "bad-encoding");
}

#[tokio::test]
async fn an_encoding_nobody_asked_for_is_an_error() {
    let error = read(&encoded("br", b"?".to_vec()).await.url("/")).await.unwrap_err();
    assert_eq!(error.code(), "bad-encoding");
    assert!(error.to_string().contains("not readable as br"), "{error}");
}

#[tokio::test]
async fn an_artifact_keeps_its_bytes_whatever_the_peer_calls_them() {
    let bytes = gzip(b"a crate");
    let peer = encoded("gzip", bytes.clone()).await;
    let address = peer.url("/");
    let request = Request { identity: true, ..Request::get(&address) };
    let (meta, body) = door().fetch_all(&operator(&address), request).await.unwrap();
    assert_eq!(body, bytes);
    assert_eq!(meta.content_encoding.as_deref(), Some("gzip"));
    assert!(peer.requests()[0].contains("accept-encoding: identity\r\n"));
}
