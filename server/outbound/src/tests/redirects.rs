//! Redirects: each hop is checked as the first address was.

use super::peer::{Peer, answer, redirect};
use super::{door, door_with, operator, outcome, read, url};
use crate::{AllowList, Payload, Request};

/// A peer whose `/N` redirects to `/N-1` and whose `/0` answers.
async fn staircase() -> Peer {
    Peer::start(|path| match path.trim_start_matches('/').parse::<u32>() {
        Ok(0) | Err(_) => answer("200 OK", "arrived"),
        Ok(n) => redirect(302, &format!("/{}", n - 1)),
    })
    .await
}

/// A peer that redirects to one address.
async fn sign(status: u16, location: &str) -> Peer {
    let location = location.to_owned();
    Peer::start(move |path| if path == "/here" { answer("200 OK", "here") } else { redirect(status, &location) }).await
}

async fn check(location: &str, expected: &str) {
    let peer = sign(302, location).await;
    assert_eq!(outcome(read(&peer.url("/")).await), expected, "{location}");
}

#[tokio::test]
async fn three_redirects_are_followed_and_a_fourth_is_not() {
    let peer = staircase().await;
    let (meta, body) = read(&peer.url("/3")).await.unwrap();
    assert_eq!((meta.url, &body[..]), (peer.url("/0"), &b"arrived"[..]));
    assert_eq!(outcome(read(&peer.url("/4")).await), "too-many-redirects");
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let peer = sign(301, "/").await;
    assert_eq!(outcome(read(&peer.url("/")).await), "too-many-redirects");
    assert_eq!(peer.requests().len(), 4);
}

#[tokio::test]
async fn a_redirect_leads_only_where_the_list_permits() {
    check("/here", "200: here").await;
    check("https://elsewhere.example/", "host-not-allowed").await;
    check("http://127.0.0.1:1/", "host-not-allowed").await;
    check("file:///etc/hosts", "unknown-scheme").await;
    check("http://user:secret@127.0.0.1/", "credentials-in-url").await;
    check("http://[::1", "bad-redirect").await;
}

#[tokio::test]
async fn a_redirect_from_one_configured_origin_to_another_is_followed() {
    let target = sign(302, "/here").await;
    let start = sign(307, target.url("/").as_str()).await;
    let mut allow = operator(&start.url("/"));
    allow.add_operator(&target.url("/")).unwrap();
    let result = door().fetch_all(&allow, Request::get(&start.url("/"))).await;
    assert_eq!(outcome(result), "200: here");
}

#[tokio::test]
async fn a_learned_origin_on_loopback_is_not_redirected_to() {
    let victim = sign(302, "/here").await;
    let start = sign(302, victim.url("/here").as_str()).await;
    let mut allow = operator(&start.url("/"));
    allow.extend(&victim.url("/")).unwrap();
    assert_eq!(outcome(door().fetch_all(&allow, Request::get(&start.url("/"))).await), "insecure-scheme");
    assert_eq!(victim.requests().len(), 0, "nothing may have been sent");
}

#[tokio::test]
async fn a_public_list_never_reaches_loopback_by_name_or_redirect() {
    let victim = Peer::start(|_| answer("200 OK", "secret")).await;
    let any = AllowList::any_public();
    let direct = url(&format!("https://localhost:{}/", victim.port));
    assert_eq!(outcome(door().fetch_all(&any, Request::get(&direct)).await), "address-not-public");
    let start = sign(302, direct.as_str()).await;
    let trusting = door_with(|config| config.trusted_origins.push(start.url("/")));
    let result = trusting.fetch_all(&any, Request::get(&start.url("/"))).await;
    assert_eq!(outcome(result), "address-not-public");
    assert_eq!(victim.requests().len(), 0);
}

#[tokio::test]
async fn a_redirect_without_a_target_is_named() {
    let peer = Peer::start(|_| vec![super::peer::raw("HTTP/1.1 302 Found\ncontent-length: 0\n\n")]).await;
    let error = read(&peer.url("/")).await.unwrap_err();
    assert_eq!(error.code(), "bad-redirect");
    assert!(error.to_string().contains("names no target"), "{error}");
}

fn question(url: &url::Url) -> Request<'_> {
    let bytes = bytes::Bytes::from_static(b"{\"left-pad\":[\"1.0.0\"]}");
    let payload = Payload { bytes, content_type: "application/json".to_owned(), content_encoding: None };
    Request::post(url, payload)
}

#[tokio::test]
async fn a_question_keeps_its_body_through_307_and_is_not_turned_into_a_read() {
    let keeping = sign(307, "/here").await;
    let address = keeping.url("/");
    let result = door().fetch_all(&operator(&address), question(&address)).await;
    assert_eq!(outcome(result), "200: here");
    let requests = keeping.requests();
    assert!(requests[1].starts_with("POST /here "), "{requests:?}");
    assert!(requests[1].ends_with("{\"left-pad\":[\"1.0.0\"]}"), "{requests:?}");

    let turning = sign(302, "/here").await;
    let address = turning.url("/");
    let result = door().fetch_all(&operator(&address), question(&address)).await;
    assert_eq!(outcome(result), "bad-redirect");
    assert_eq!(turning.requests().len(), 1);
}

#[tokio::test]
async fn a_place_at_a_host_is_given_back_before_the_next_hop_takes_one() {
    let peer = staircase().await;
    let narrow = door_with(|config| config.per_host_concurrency = 1);
    let address = peer.url("/3");
    assert_eq!(outcome(narrow.fetch_all(&operator(&address), Request::get(&address)).await), "200: arrived");
}

#[tokio::test]
async fn other_answers_of_the_three_hundreds_are_answers() {
    let peer = Peer::start(|_| answer("300 Multiple Choices\nlocation: https://elsewhere.example/", "choose")).await;
    assert_eq!(outcome(read(&peer.url("/")).await), "300: choose");
}
