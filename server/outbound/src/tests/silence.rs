//! Peers that say nothing, or too little too slowly; time is turned, never waited for.

use std::time::Duration;

use futures_util::StreamExt as _;

use super::peer::{Peer, Step, answer, raw};
use super::{door, door_with, operator, outcome};
use crate::Request;

#[tokio::test]
async fn a_peer_that_never_answers_has_stalled() {
    let peer = Peer::start(|_| vec![Step::Hang]).await;
    let address = peer.url("/");
    let asking = tokio::spawn(async move { door().fetch_all(&operator(&address), Request::get(&address)).await });
    peer.was_asked().await;
    tokio::time::pause();
    let error = asking.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "127.0.0.1 sent nothing for 20000 ms; try again later");
    assert_eq!((error.code(), error.is_transient()), ("stalled", true));
}

#[tokio::test]
async fn a_head_that_drips_has_stalled() {
    let peer = Peer::start(|_| vec![raw("HTTP/1.1 200 OK\nx-slow: "), Step::Drip]).await;
    let address = peer.url("/");
    let asking = tokio::spawn(async move { door().fetch_all(&operator(&address), Request::get(&address)).await });
    peer.was_asked().await;
    tokio::time::pause();
    assert_eq!(outcome(asking.await.unwrap()), "stalled");
}

#[tokio::test]
async fn a_body_that_stops_has_stalled() {
    let peer = Peer::start(|_| vec![raw("HTTP/1.1 200 OK\ncontent-length: 100\n\nten bytes."), Step::Hang]).await;
    let address = peer.url("/");
    let request = Request { idle_timeout: Duration::from_secs(3), ..Request::get(&address) };
    let mut answer = door().fetch(&operator(&address), request).await.unwrap();
    assert_eq!(answer.body.next().await.unwrap().unwrap(), "ten bytes.");
    tokio::time::pause();
    assert_eq!(answer.body.next().await.unwrap().unwrap_err().code(), "stalled");
}

#[tokio::test]
async fn a_body_that_drips_ends_with_the_time_of_the_whole() {
    let peer = Peer::start(|_| vec![raw("HTTP/1.1 200 OK\n\n"), Step::Drip]).await;
    let address = peer.url("/");
    let answer = door().fetch(&operator(&address), Request::get(&address)).await.unwrap();
    tokio::time::pause();
    let error = answer.read().await.unwrap_err();
    assert_eq!(error.to_string(), "127.0.0.1 did not finish within 120000 ms; try again later");
    assert_eq!((error.code(), error.is_transient()), ("timed-out", true));
}

#[tokio::test]
async fn a_full_host_makes_others_wait_and_a_finished_body_frees_its_place() {
    let peer = Peer::start(|path| match path {
        "/long" => vec![raw("HTTP/1.1 200 OK\n\n"), Step::Hang],
        _ => answer("200 OK", "short"),
    })
    .await;
    let door = door_with(|config| config.per_host_concurrency = 1);
    let (long, short) = (peer.url("/long"), peer.url("/short"));
    let allow = operator(&long);
    let held = door.fetch(&allow, Request::get(&long)).await.unwrap();
    tokio::time::pause();
    assert_eq!(outcome(door.fetch_all(&allow, Request::get(&short)).await), "timed-out");
    tokio::time::resume();
    drop(held);
    assert_eq!(outcome(door.fetch_all(&allow, Request::get(&short)).await), "200: short");
}

#[tokio::test]
async fn bounds_beyond_all_measure_are_no_bounds() {
    let peer = Peer::start(|_| answer("200 OK", "at last")).await;
    let address = peer.url("/");
    let request = Request { idle_timeout: Duration::MAX, total_timeout: Duration::MAX, ..Request::get(&address) };
    assert_eq!(outcome(door().fetch_all(&operator(&address), request).await), "200: at last");
}

#[tokio::test]
async fn another_host_is_not_held_up_by_a_full_one() {
    let full = Peer::start(|_| vec![raw("HTTP/1.1 200 OK\n\n"), Step::Hang]).await;
    let free = Peer::start(|_| answer("200 OK", "free")).await;
    let door = door_with(|config| config.per_host_concurrency = 1);
    let (long, short) = (full.url("/"), super::url(&format!("http://localhost:{}/", free.port)));
    let held = door.fetch(&operator(&long), Request::get(&long)).await.unwrap();
    assert_eq!(outcome(door.fetch_all(&operator(&short), Request::get(&short)).await), "200: free");
    drop(held);
}
