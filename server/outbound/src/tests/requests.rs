//! What goes out: the named fields and nothing else.

use std::collections::BTreeMap;

use super::peer::{Peer, answer};
use super::{door, door_with, operator, outcome, read, url};
use crate::{FetchError, Names, Outbound, OutboundConfig, Payload, Request};

/// The field lines of a request, sorted, without `host`.
fn fields(request: &str) -> Vec<String> {
    let head = request.split("\r\n\r\n").next().unwrap();
    let mut fields: Vec<_> = head.lines().skip(1).map(str::to_owned).filter(|line| !line.starts_with("host:")).collect();
    fields.sort();
    fields
}

#[tokio::test]
async fn an_answer_comes_with_its_head() {
    let peer = Peer::start(|_| {
        let head = "200 OK
            etag: W/\"tag\"
            last-modified: Fri, 20 Nov 2026 10:00:00 GMT
            content-type: application/json
            cache-control: max-age=600
            retry-after: 7
            date: Fri, 20 Nov 2026 10:00:01 GMT
            set-cookie: a=b";
        answer(head, "{}")
    })
    .await;
    let (meta, _) = read(&peer.url("/")).await.unwrap();
    assert_eq!(meta.etag.as_deref(), Some("W/\"tag\""));
    assert_eq!(meta.last_modified.as_deref(), Some("Fri, 20 Nov 2026 10:00:00 GMT"));
    assert_eq!(meta.content_type.as_deref(), Some("application/json"));
    assert_eq!(meta.cache_control.as_deref(), Some("max-age=600"));
    assert_eq!(meta.retry_after.as_deref(), Some("7"));
    assert_eq!(meta.date.as_deref(), Some("Fri, 20 Nov 2026 10:00:01 GMT"));
    assert_eq!((meta.content_length, meta.is_success()), (Some(2), true));
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    // The environment of a running program cannot be changed safely, so another run of this one gets it.
    let program = std::env::current_exe().unwrap();
    let nowhere = "http://127.0.0.1:1";
    let run = tokio::process::Command::new(program)
        .args(["--exact", "tests::requests::an_answer_comes_with_its_head"])
        .envs(["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, nowhere)))
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn only_the_named_fields_are_sent_on_every_hop_and_cookies_are_not_kept() {
    let peer = Peer::start(|path| match path {
        "/start" => answer("302 Found\nlocation: /end\nset-cookie: session=1", ""),
        _ => answer("200 OK", "end"),
    })
    .await;
    let address = peer.url("/start");
    let request = Request {
        accept: Some("application/vnd.pypi.simple.v1+json"),
        if_none_match: Some("\"held\""),
        if_modified_since: Some("Fri, 20 Nov 2026 10:00:00 GMT"),
        ..Request::get(&address)
    };
    door().fetch_all(&operator(&address), request).await.unwrap();
    let requests = peer.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(
            fields(&request),
            [
                "accept-encoding: gzip",
                "accept: application/vnd.pypi.simple.v1+json",
                "if-modified-since: Fri, 20 Nov 2026 10:00:00 GMT",
                "if-none-match: \"held\"",
                "user-agent: vetmoot-test",
            ]
        );
    }
}

#[tokio::test]
async fn a_range_is_asked_of_the_stored_bytes() {
    let peer = Peer::start(|_| answer("206 Partial Content\ncontent-range: bytes 5-9/10", "tails")).await;
    let address = peer.url("/");
    let request = Request { range: Some("bytes=-5"), ..Request::get(&address) };
    let (meta, body) = door().fetch_all(&operator(&address), request).await.unwrap();
    assert_eq!((meta.status, meta.content_range.as_deref(), &body[..]), (206, Some("bytes 5-9/10"), &b"tails"[..]));
    let sent = fields(&peer.requests()[0]);
    assert!(sent.contains(&"range: bytes=-5".to_owned()) && sent.contains(&"accept-encoding: identity".to_owned()));
}

#[tokio::test]
async fn a_compressed_question_goes_out_as_it_is() {
    let peer = Peer::start(|_| answer("200 OK", "{}")).await;
    let address = peer.url("/-/npm/v1/security/advisories/bulk");
    let payload = Payload {
        bytes: "pretend this is gzip".into(),
        content_type: "application/json".to_owned(),
        content_encoding: Some("gzip".to_owned()),
    };
    let result = door().fetch_all(&operator(&address), Request::post(&address, payload)).await;
    assert_eq!(outcome(result), "200: {}");
    let requests = peer.requests();
    assert!(requests[0].ends_with("\r\n\r\npretend this is gzip"));
    let sent = fields(&requests[0]);
    for field in ["content-type: application/json", "content-encoding: gzip", "content-length: 20"] {
        assert!(sent.contains(&field.to_owned()), "{sent:?}");
    }
}

#[tokio::test]
async fn a_field_that_would_split_the_request_is_not_sent() {
    let peer = Peer::start(|_| answer("200 OK", "")).await;
    let address = peer.url("/");
    let request = Request { if_none_match: Some("\"a\"\r\nauthorization: b"), ..Request::get(&address) };
    assert_eq!(outcome(door().fetch_all(&operator(&address), request).await), "bad-request");
    assert_eq!(peer.requests().len(), 0);
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_name_are_unreachable() {
    let closed = url("http://127.0.0.1:1/");
    let error = read(&closed).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("unreachable", true));
    let nameless = door_with(|config| config.names = Names::Table(BTreeMap::new()));
    let address = url("https://nowhere.example/");
    let result = nameless.fetch_all(&operator(&address), Request::get(&address)).await;
    let expected = FetchError::Unreachable { host: "nowhere.example".to_owned(), cause: "the name has no address".to_owned() };
    assert_eq!(result.unwrap_err(), expected);
}

#[test]
fn a_door_that_cannot_work_is_not_built() {
    let code = |change: fn(&mut OutboundConfig)| {
        let mut config = OutboundConfig::new("vetmoot-test");
        change(&mut config);
        Outbound::new(config).unwrap_err().code()
    };
    assert_eq!(code(|config| config.per_host_concurrency = 0), "no-concurrency");
    assert_eq!(code(|config| config.trusted_origins.push(url("ftp://mirror.example/"))), "trusted-origin");
    assert_eq!(code(|config| config.extra_root_pem.push("no certificate".to_owned())), "extra-root");
    assert_eq!(code(|config| config.user_agent = "bad\nagent".to_owned()), "client");
}
