//! Bodies that stream out: whole or broken off, once, to one address.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::peer::{Peer, Step, answer, redirect};
use super::{door, operator, outcome};
use crate::{Authorization, Payload, Request, SourceError, Upload, Verb};

const SECRET: &str = "correct-horse-battery-staple";

fn pieces(parts: Vec<Result<&'static str, &'static str>>) -> stream::BoxStream<'static, Result<Bytes, SourceError>> {
    let parts = parts.into_iter().map(|part| part.map(Bytes::from).map_err(SourceError::from));
    stream::iter(parts.collect::<Vec<_>>()).boxed()
}

fn upload(length: u64, parts: Vec<Result<&'static str, &'static str>>) -> Upload {
    Upload::new(Verb::Put, "application/octet-stream", length, pieces(parts))
}

async fn send(peer: &Peer, upload: Upload) -> String {
    let address = peer.url("/new");
    outcome(door().fetch_all(&operator(&address), Request::upload(&address, upload)).await)
}

#[tokio::test]
async fn a_body_streams_out_with_its_length() {
    let peer = Peer::start(|_| answer("201 Created", "taken")).await;
    assert_eq!(send(&peer, upload(10, vec![Ok("hello"), Ok("world")])).await, "201: taken");
    let [request] = peer.requests().try_into().unwrap();
    assert!(request.starts_with("PUT /new HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-length: 10\r\n") && request.ends_with("\r\n\r\nhelloworld"), "{request}");
    assert!(!request.contains("transfer-encoding"), "{request}");
}

#[tokio::test]
async fn a_source_that_breaks_never_gives_a_whole_body() {
    for (length, parts) in
        [(10, vec![Ok("hello"), Err("the digest is another")]), (10, vec![Ok("hello")]), (3, vec![Ok("hello")])]
    {
        let peer = Peer::start(|_| answer("200 OK", "taken")).await;
        assert_eq!(send(&peer, upload(length, parts)).await, "source-broken");
        assert_eq!(peer.requests(), Vec::<String>::new(), "the peer would have noted a whole request");
    }
}

#[tokio::test]
async fn a_lost_upload_is_not_repeated() {
    let peer = Peer::start(|_| vec![Step::Reset]).await;
    let body = upload(5, vec![Ok("hello")]);
    assert_eq!(send(&peer, body.clone()).await, "no-answer");
    assert_eq!(peer.requests().len(), 1);
    // The same body cannot go out again; whoever wants to makes another.
    assert_eq!(send(&peer, body).await, "bad-request");
    assert_eq!(peer.requests().len(), 1);
}

#[tokio::test]
async fn what_changes_something_is_neither_repeated_nor_redirected() {
    let target = Peer::start(|_| answer("200 OK", "here")).await;
    let sign = target.url("/").to_string();
    let peer = Peer::start(move |_| redirect(307, &sign)).await;
    let address = peer.url("/");
    let mut allow = operator(&address);
    allow.add_operator(&target.url("/")).unwrap();
    let payload = || Payload { bytes: "{}".into(), content_type: "application/json".into(), content_encoding: None };
    let requests =
        [Request::put(&address, payload()), Request::delete(&address), Request::upload(&address, upload(2, vec![Ok("{}")]))];
    for request in requests {
        // Even where somebody asked for redirects to be followed.
        let request = Request { authorization: Some(Authorization::bare(SECRET)), follow: true, ..request };
        assert_eq!(door().fetch_all(&allow, request).await.unwrap().0.status, 307);
    }
    let verbs: Vec<_> = peer.requests().iter().map(|request| request.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(verbs, ["PUT", "DELETE", "PUT"]);
    assert_eq!(target.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn what_proves_who_asks_goes_to_the_one_address_and_is_never_shown() {
    let target = Peer::start(|_| answer("200 OK", "here")).await;
    let sign = target.url("/").to_string();
    let peer = Peer::start(move |_| redirect(302, &sign)).await;
    let address = peer.url("/");
    let mut allow = operator(&address);
    allow.add_operator(&target.url("/")).unwrap();
    for (authorization, line) in [
        (Authorization::bare(SECRET), format!("authorization: {SECRET}\r\n")),
        (Authorization::bearer(SECRET), format!("authorization: Bearer {SECRET}\r\n")),
        (Authorization::basic("u", "p"), "authorization: Basic dTpw\r\n".to_owned()),
    ] {
        let request = Request { authorization: Some(authorization), ..Request::get(&address) };
        assert!(!format!("{request:?}").contains(SECRET));
        assert_eq!(outcome(door().fetch_all(&allow, request).await), "200: here");
        assert!(peer.requests().last().unwrap().contains(&line));
        assert!(!target.requests().last().unwrap().contains("authorization"));
    }
}

#[tokio::test]
async fn a_value_that_cannot_stand_in_a_header_is_refused_unshown() {
    let address = "http://127.0.0.1:1/".parse().unwrap();
    let request = Request { authorization: Some(Authorization::bare("two\nlines")), ..Request::get(&address) };
    let error = door().fetch_all(&operator(&address), request).await.unwrap_err();
    assert_eq!(error.code(), "bad-request");
    assert!(!error.to_string().contains("two"), "{error}");
}

#[tokio::test]
async fn a_peer_that_takes_a_body_and_says_nothing_has_stalled() {
    let peer = Peer::start(|_| vec![Step::Hang]).await;
    let address = peer.url("/");
    let asking = tokio::spawn(async move {
        door().fetch_all(&operator(&address), Request::upload(&address, upload(5, vec![Ok("hello")]))).await
    });
    peer.was_asked().await;
    tokio::time::pause();
    assert_eq!(outcome(asking.await.unwrap()), "stalled");
}
