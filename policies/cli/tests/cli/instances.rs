//! `vetmoot check` with the page of a policy of an instance: the instance decides.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use crate::world::World;

/// An instance that answers each question with what `answer` makes of it; the questions come back through the channel.
fn instance(answer: impl Fn(&Value) -> (u16, Value) + Send + 'static) -> (String, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (asked, questions) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut first, mut length) = (String::new(), 0);
            reader.read_line(&mut first).unwrap();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let question: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
            let (status, document) = answer(&question);
            let _ = asked.send((first.trim().to_owned(), question));
            let text = document.to_string();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                text.len()
            );
            stream.write_all(format!("{head}{text}").as_bytes()).unwrap();
        }
    });
    (address, questions)
}

fn decision(purl: &str, state: &str, digest: &str) -> Value {
    let reasons = if state == "listed" {
        json!([])
    } else {
        json!([{ "code": "audits-missing", "rule": "require.runtime", "text": "nobody read it", "statements": [], "remedy": null }])
    };
    json!({ "purl": purl, "policy": "balanced", "policy_digest": "sha256:00", "use": "runtime", "state": state, "phase": null, "bytes": "serve",
        "valid_until": null, "reasons": reasons, "artifacts": [{ "purl": purl, "digests": { "sha256": digest }, "state": state, "bytes": "serve" }],
        "why": format!("https://moot.example/why/balanced/{purl}") })
}

/// Decisions about everything asked, all of one state; the digests are those of the lock file.
fn all(state: &'static str) -> impl Fn(&Value) -> (u16, Value) + Send + 'static {
    move |question| {
        let purls = question["purls"].as_array().unwrap().iter().map(|purl| purl.as_str().unwrap());
        let digest = |purl: &str| {
            purl.chars()
                .nth(10)
                .map(|first| match first {
                    'g' => 'c',
                    other => other,
                })
                .unwrap()
                .to_string()
                .repeat(64)
        };
        (200, json!({ "decisions": purls.map(|purl| decision(purl, state, &digest(purl))).collect::<Vec<_>>() }))
    }
}

#[test]
fn the_instance_is_asked_about_every_release_and_decides() {
    let (address, questions) = instance(all("listed"));
    let world = World::new();
    world.check(
        &format!("check --policy {address}/policies/balanced"),
        0,
        "balanced lists 4 of 4 releases in Cargo.lock (1 first-party package left out).",
    );
    let (line, question) = questions.recv().unwrap();
    assert_eq!(line, "POST /api/v1/decisions HTTP/1.1");
    assert_eq!(question["policy"], "balanced");
    assert_eq!(question["use"], "runtime");
    assert_eq!(question["purls"][3], "pkg:cargo/delta@4.0.0");
    let run = world.run(&format!("check --policy {address}/policies/balanced --format json"));
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["policy_digest"], "sha256:00");
    assert!(document["releases"][0].get("policy_digest").is_none());
    assert_eq!(document["releases"][0]["why"], "https://moot.example/why/balanced/pkg:cargo/alpha@1.0.0");
}

#[test]
fn a_long_lock_file_is_asked_about_in_parts() {
    let (address, questions) = instance(|question| {
        let purls = question["purls"]
            .as_array()
            .unwrap()
            .iter()
            .map(|purl| decision(purl.as_str().unwrap(), "listed", &"a".repeat(64)));
        (200, json!({ "decisions": purls.collect::<Vec<_>>() }))
    });
    let world = World::new();
    let names: Vec<String> = (0..450).map(|at| format!("crate-{at}")).collect();
    let releases: Vec<(&str, &str, char)> = names.iter().map(|name| (name.as_str(), "1.0.0", 'a')).collect();
    world.write("Cargo.lock", &crate::world::lock(&releases));
    assert_eq!(world.run(&format!("check --policy {address}/policies/balanced")).code, 0);
    let sizes: Vec<usize> = questions.try_iter().map(|(_, question)| question["purls"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [200, 200, 50]);
}

#[test]
fn what_the_instance_holds_fails() {
    let (address, _) = instance(all("held"));
    let run = World::new().run(&format!("check --policy {address}/policies/balanced"));
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("held    alpha 1.0.0  nobody read it\n"), "{}", run.stdout);
}

#[test]
fn other_bytes_than_the_instance_knows_are_an_alarm() {
    let (address, _) = instance(|question| {
        let purls = question["purls"]
            .as_array()
            .unwrap()
            .iter()
            .map(|purl| decision(purl.as_str().unwrap(), "listed", &"a".repeat(64)));
        (200, json!({ "decisions": purls.collect::<Vec<_>>() }))
    });
    World::new().fails(
        &format!("check --policy {address}/policies/balanced"),
        4,
        "vetmoot (integrity): pkg:cargo/beta@2.1.0: the lock file pins other bytes",
    );
}

#[test]
fn an_instance_that_does_not_answer_decides_nothing() {
    let (address, _) = instance(|_| (503, json!({ "title": "Too busy", "detail": "come back" })));
    let world = World::new();
    world.fails(&format!("check --policy {address}/policies/balanced"), 3, "answered 503: Too busy: come back");
    let (address, _) = instance(|_| (404, json!({ "title": "No such policy" })));
    world.fails(&format!("check --policy {address}/policies/balanced"), 2, "answered 404: No such policy");
    let (address, _) = instance(|_| (200, json!({ "decisions": [] })));
    world.fails(
        &format!("check --policy {address}/policies/balanced"),
        3,
        "undecided: pkg:cargo/alpha@1.0.0: the instance said nothing about it",
    );
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.fails(&format!("check --policy http://{gone}/policies/balanced"), 3, "could not be reached");
    world.fails(
        &format!("check --policy http://{gone}/policies/balanced --feed feeds/friends/audits.toml"),
        2,
        "decides by its own imports",
    );
}

#[test]
fn a_document_at_an_address_is_judged_by_here() {
    let (address, questions) = instance(|_| (200, Value::Null));
    let world = World::new();
    let run = world.run(&format!("check --policy {address}/policies/balanced.toml"));
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("the policy") && run.stderr.contains("cannot be read"), "{}", run.stderr);
    assert_eq!(questions.recv().unwrap().0, "GET /policies/balanced.toml HTTP/1.1");
}

#[test]
fn explaining_asks_the_instance_too() {
    let (address, _) = instance(all("held"));
    let run = World::new().run(&format!("explain pkg:cargo/gamma@0.3.0 --policy {address}/policies/balanced"));
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("https://moot.example/why/balanced/pkg:cargo/gamma@0.3.0"), "{}", run.stdout);
}
