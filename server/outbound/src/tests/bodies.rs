//! Bodies that are cut, reset, longer or shorter than they claim.

use futures_util::StreamExt as _;

use super::peer::{Peer, Step, answer, raw};
use super::{door, operator, outcome, read};
use crate::Request;

async fn check(steps: impl Fn() -> Vec<Step> + Send + Sync + 'static, expected: &str) {
    let peer = Peer::start(move |_| steps()).await;
    assert_eq!(outcome(read(&peer.url("/")).await), expected);
}

#[tokio::test]
async fn a_whole_body_comes_as_it_is() {
    check(|| answer("200 OK", "whole"), "200: whole").await;
    check(|| vec![raw("HTTP/1.1 200 OK\n\nuntil the end")], "200: until the end").await;
    check(|| vec![raw("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n5\nwhole\n0\n\n")], "200: whole").await;
    check(|| answer("404 Not Found", "no such thing"), "404: no such thing").await;
    check(|| answer("503 Busy", ""), "503: ").await;
}

#[tokio::test]
async fn a_body_shorter_than_promised_is_an_error() {
    check(|| vec![raw("HTTP/1.1 200 OK\ncontent-length: 100\n\nten bytes.")], "truncated").await;
    check(|| vec![raw("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n64\nten bytes.")], "truncated").await;
    check(|| vec![raw("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n5\nwhole\n")], "truncated").await;
}

#[tokio::test]
async fn a_body_longer_than_promised_ends_where_promised() {
    check(|| vec![raw("HTTP/1.1 200 OK\ncontent-length: 5\n\nwhole and more")], "200: whole").await;
}

#[tokio::test]
async fn a_reset_is_told_apart_by_whether_an_answer_had_begun() {
    check(|| vec![Step::Reset], "no-answer").await;
    check(|| vec![raw("HTTP/1.1 200 OK\ncontent-"), Step::Reset], "no-answer").await;
    check(|| vec![raw("HTTP/1.1 200 OK\ncontent-length: 9\n\nbegun"), Step::Reset], "truncated").await;
    check(Vec::new, "no-answer").await;
}

#[tokio::test]
async fn a_connection_that_breaks_before_an_answer_is_tried_once_more_unless_a_question_was_sent() {
    let breaks_once = || {
        let asked = std::sync::atomic::AtomicUsize::new(0);
        move |_: &str| match asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => vec![Step::Reset],
            _ => answer("200 OK", "second"),
        }
    };
    let peer = Peer::start(breaks_once()).await;
    assert_eq!(outcome(read(&peer.url("/")).await), "200: second");
    assert_eq!(peer.requests().len(), 2);

    let peer = Peer::start(breaks_once()).await;
    let address = peer.url("/");
    let payload = crate::Payload { bytes: "{}".into(), content_type: "application/json".to_owned(), content_encoding: None };
    let result = door().fetch_all(&operator(&address), Request::post(&address, payload)).await;
    assert_eq!(outcome(result), "no-answer");
    assert_eq!(peer.requests().len(), 1);
}

#[tokio::test]
async fn a_cut_body_says_how_far_it_came() {
    let peer = Peer::start(|_| vec![raw("HTTP/1.1 200 OK\ncontent-length: 100\n\nten bytes."), Step::Reset]).await;
    let error = read(&peer.url("/secret?token=1")).await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("127.0.0.1 ended its answer early, after "), "{text}");
    assert!(text.ends_with("; try again later"), "{text}");
    assert!(!text.contains("token"), "{text}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    check(|| vec![raw("SSH-2.0-OpenSSH_9.2\n\n\n")], "no-answer").await;
    check(|| vec![raw("HTTP/1.1 200 OK\ncontent-length: -5\n\nminus")], "no-answer").await;
    check(|| vec![raw("HTTP/1.1 200 OK\ncontent-length: 5\ncontent-length: 6\n\nwhole")], "no-answer").await;
    let endless = || vec![raw("HTTP/1.1 200 OK\n"), raw(&"x-field: y\n".repeat(1_000)), raw("\n")];
    check(endless, "no-answer").await;
}

async fn check_bound(max_bytes: u64, steps: impl Fn() -> Vec<Step> + Send + Sync + 'static, expected: &str) {
    let peer = Peer::start(move |_| steps()).await;
    let address = peer.url("/");
    let request = Request { max_bytes, ..Request::get(&address) };
    assert_eq!(outcome(door().fetch_all(&operator(&address), request).await), expected);
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_refused_by_its_claim_and_in_fact() {
    check_bound(5, || answer("200 OK", "whole"), "200: whole").await;
    check_bound(4, || answer("200 OK", "whole"), "too-large").await;
    // Only the claim is read here: the body never comes.
    check_bound(10, || vec![raw("HTTP/1.1 200 OK\ncontent-length: 11\n\n"), Step::Hang], "too-large").await;
    check_bound(4, || vec![raw("HTTP/1.1 200 OK\n\nwhole")], "too-large").await;
    let huge = "HTTP/1.1 200 OK\ncontent-length: 18446744073709551615\n\nx";
    check_bound(u64::MAX, move || vec![raw(huge)], "no-answer").await;
}

#[tokio::test]
async fn pieces_come_as_a_stream_and_end_after_an_error() {
    let peer = Peer::start(|_| vec![raw("HTTP/1.1 200 OK\ncontent-length: 100\n\nten bytes.")]).await;
    let address = peer.url("/");
    let mut answer = door().fetch(&operator(&address), Request::get(&address)).await.unwrap();
    assert_eq!(answer.meta.content_length, Some(100));
    let mut pieces = Vec::new();
    while let Some(piece) = answer.body.next().await {
        pieces.push(piece.map_err(|error| error.code()));
    }
    assert_eq!(pieces, [Ok("ten bytes.".into()), Err("truncated")]);
}

#[tokio::test]
async fn heads_and_304_have_a_length_and_no_body() {
    let peer = Peer::start(|_| vec![raw("HTTP/1.1 200 OK\ncontent-length: 4096\netag: \"a\"\n\n")]).await;
    let address = peer.url("/");
    let (meta, body) = door().fetch_all(&operator(&address), Request::head(&address)).await.unwrap();
    assert_eq!((meta.content_length, meta.etag.as_deref(), body.len()), (Some(4096), Some("\"a\""), 0));
    assert!(peer.requests()[0].starts_with("HEAD / HTTP/1.1\r\n"));

    let peer = Peer::start(|_| vec![raw("HTTP/1.1 304 Not Modified\ncontent-length: 999999999999\n\n")]).await;
    let (meta, body) = read(&peer.url("/")).await.unwrap();
    assert!(meta.is_not_modified() && body.is_empty());
}
