//! Bodies that lie, never end, or are meant to break the reader.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use vetmoot_tests::http::Answer;
use vetmoot_tests::packages::Release;
use vetmoot_tests::upstream::archive;

use super::*;

fn put(town: &Town, name: &str, body: impl Into<Vec<u8>>) -> Answer {
    Ask::new("PUT", &town.instance.at(&format!("/publish/npm/{name}")))
        .header("authorization", &format!("Bearer {}", town.ada.token))
        .header("content-type", "application/json")
        .body(body)
        .answer()
}

fn error(answer: &Answer) -> String {
    answer.json().get("error").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn whistle() -> Release {
    Release::new("tin-whistle", "1.0.0", 0)
}

#[test]
fn the_same_bytes_again_are_no_new_candidate_and_other_bytes_are_refused_with_the_way_out() {
    let town = Town::start();
    let first = put(&town, "tin-whistle", bodies::publish(&whistle()).to_string());
    assert_eq!(first.status, 201, "{}", first.text());
    let again = put(&town, "tin-whistle", bodies::publish(&whistle()).to_string());
    assert_eq!(again.status, 201, "{}", again.text());
    assert!(again.header("npm-notice").is_some_and(|text| text.contains("already")), "{:?}", again.headers);
    let other = put(&town, "tin-whistle", bodies::publish(&whistle().with_line("other")).to_string());
    assert_eq!(other.status, 409, "{}", other.text());
    assert!(error(&other).contains("/candidates/"), "{}", error(&other));
    assert_eq!(candidates(&town.instance, "pkg:npm/tin-whistle").len(), 1);
    town.nothing_is_official();
}

#[test]
fn a_document_that_contradicts_its_bytes_is_told_everything_at_once() {
    let town = Town::start();
    let mut body = bodies::publish(&whistle());
    let bytes = archive::npm(&whistle().with_line("other"));
    body["_attachments"]["tin-whistle-1.0.0.tgz"]["data"] = json!(bodies::base64(&bytes));
    body["_attachments"]["tin-whistle-1.0.0.tgz"]["length"] = json!(bytes.len() + 1);
    body["_id"] = json!("other");
    body["versions"]["1.0.0"]["version"] = json!("1.0.1");
    body["versions"]["1.0.0"]["dist"]["shasum"] = json!("00");
    body["dist-tags"] = json!({ "1.x": "1.0.1" });
    let refused = put(&town, "tin-whistle", body.to_string());
    assert_eq!(refused.status, 422, "{}", refused.text());
    let found = refused.json().get("findings").and_then(Value::as_array).cloned().unwrap_or_default();
    let codes: Vec<&str> = found.iter().filter_map(|one| one.get("code").and_then(Value::as_str)).collect();
    for code in ["contradicts-itself", "integrity-differs", "shasum-differs", "length-differs", "bad-tag"] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
        assert!(error(&refused).contains(code), "{}", error(&refused));
    }
    assert_eq!(candidates(&town.instance, "pkg:npm/tin-whistle").len(), 0);
}

#[test]
fn an_archive_that_is_another_package_is_refused() {
    let town = Town::start();
    let bytes = archive::npm(&Release::new("penny-whistle", "2.0.0", 0));
    let refused = put(&town, "tin-whistle", bodies::of("tin-whistle", "1.0.0", &bytes).to_string());
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(error(&refused).contains("penny-whistle"), "{}", error(&refused));
    assert_eq!(candidates(&town.instance, "pkg:npm/tin-whistle").len(), 0);
}

#[test]
fn a_name_that_npm_takes_no_more_is_refused_while_it_is_new() {
    let town = Town::start();
    let new = put(&town, "TinWhistle", bodies::publish(&Release::new("TinWhistle", "1.0.0", 0)).to_string());
    assert_eq!(new.status, 422, "{}", new.text());
    assert!(error(&new).contains("name-rules") && error(&new).contains("capital letters"), "{}", error(&new));
    assert_eq!(candidates(&town.instance, "pkg:npm/TinWhistle").len(), 0);
    // A package that has had such a name for years keeps it.
    town.upstream.publish(&Release::new("TinDrum", "0.9.0", 900));
    let old = put(&town, "TinDrum", bodies::publish(&Release::new("TinDrum", "1.0.0", 0)).to_string());
    assert_eq!(old.status, 201, "{}", old.text());
    assert_eq!(candidates(&town.instance, "pkg:npm/TinDrum").len(), 1);
    town.nothing_is_official();
}

#[test]
fn hostile_json_is_refused_in_a_sentence() {
    let town = Town::start();
    let good = bodies::publish(&whistle()).to_string();
    let mut twice = bodies::publish(&whistle());
    twice["_attachments"]["b.tgz"] = json!({ "data": "QUJD", "length": 3 });
    let mut versions = bodies::publish(&whistle());
    versions["versions"]["1.0.1"] = json!({});
    let bad_base64 = good.replacen("\"data\":\"H4sI", "\"data\":\"H4s!", 1);
    assert_ne!(bad_base64, good);
    let cases: [(&str, String, u16, &str); 8] = [
        ("deep", "[".repeat(10_000), 422, "body-too-deep"),
        ("keys", format!("{{\"{}\":1}}", "k".repeat(100_000)), 422, "body-key-too-long"),
        ("twice", twice.to_string(), 422, "attachment-twice"),
        ("two versions", versions.to_string(), 422, "not-one-version"),
        ("base64", bad_base64, 422, "attachment-not-base64"),
        ("cut", good.get(..good.len() / 2).unwrap_or_default().to_owned(), 422, "body-cut-off"),
        ("nothing", String::new(), 422, "body-not-json"),
        ("no json", good.replace("\"_id\":", "\"_id\""), 422, "body-not-json"),
    ];
    for (what, body, status, code) in cases {
        let answer = put(&town, "tin-whistle", body);
        assert_eq!(
            (answer.status, answer.json().get("code").and_then(Value::as_str)),
            (status, Some(code)),
            "{what}: {}",
            answer.text()
        );
        assert!(!error(&answer).is_empty(), "{what}");
    }
    assert_eq!(candidates(&town.instance, "pkg:npm/tin-whistle").len(), 0);
    assert_eq!(put(&town, "tin-whistle", good).status, 201, "and it goes on");
}

#[test]
fn a_name_that_is_none_or_differs_is_refused() {
    let town = Town::start();
    let body = bodies::publish(&whistle()).to_string();
    for path in ["tin_whistle", "tin-whistle2", "Tin-Whistle", "t%C4%B1n-whistle"] {
        let answer = put(&town, path, body.clone());
        assert!(matches!(answer.status, 403 | 404 | 409 | 422), "{path}: {} {}", answer.status, answer.text());
    }
    for path in ["..%2f..%2fetc", "%2e%2e", "a%00b", "@moot", "@moot%2f..%2fx"] {
        let answer = put(&town, path, body.clone());
        assert!(matches!(answer.status, 403 | 404 | 409 | 422), "{path}: {} {}", answer.status, answer.text());
    }
    assert_eq!(candidates(&town.instance, "pkg:npm/tin-whistle").len(), 0);
}

/// Sends a request by hand and tells what came back, and after how long.
fn raw(town: &Town, head: &str, drip: impl Fn(&mut TcpStream) -> std::io::Result<()>) -> (String, Duration) {
    let address = town.instance.url().replace("http://", "");
    let began = Instant::now();
    let mut stream = TcpStream::connect(&address).expect("the instance listens");
    let token = &town.ada.token;
    write!(stream, "PUT /publish/npm/tin-whistle HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{head}\r\n")
        .expect("a head is small");
    stream.set_write_timeout(Some(Duration::from_secs(20))).expect("a time is set");
    // The server may answer and close before everything is sent.
    let _ = drip(&mut stream);
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time is set");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
}

#[test]
fn ten_gigabytes_are_refused_before_they_are_sent() {
    let town = Town::start();
    let (answer, took) = raw(&town, "Content-Length: 10737418240\r\n", |_| Ok(()));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("file-too-large"), "{answer}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_body_that_does_not_say_its_length_is_cut_off_at_the_bound() {
    let town = Town::on(Plan::new().env("VETMOOT__PUBLISH__FILE_MAX", "1MiB"));
    let (answer, _) = raw(&town, "Transfer-Encoding: chunked\r\n", |stream| {
        let head = "{\"_attachments\":{\"tin-whistle-1.0.0.tgz\":{\"data\":\"";
        write!(stream, "{:x}\r\n{head}\r\n", head.len())?;
        let piece = "QUJD".repeat(16 << 10);
        for _ in 0..10_000 {
            write!(stream, "{:x}\r\n{piece}\r\n", piece.len())?;
        }
        Ok(())
    });
    // Whether the answer arrives depends on who closes first; that the server goes on does not.
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(put(&town, "tin-whistle", bodies::publish(&whistle()).to_string()).status, 201);
}

#[test]
fn a_client_that_dribbles_is_not_waited_for() {
    let town = Town::on(Plan::new().env("VETMOOT__PUBLISH__UPLOAD_SILENCE", "1s"));
    let (answer, took) = raw(&town, "Content-Length: 1000\r\n", |stream| stream.write_all(b"{\"_id\""));
    assert!(answer.contains("upload-too-slow"), "{answer}");
    assert!(took < Duration::from_secs(20), "{took:?}");
}
