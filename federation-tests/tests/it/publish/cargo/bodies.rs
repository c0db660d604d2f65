//! Uploads made by hand: bodies that lie, clients that dribble, names that are nearly the same.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vetmoot_tests::clients::Project;
use vetmoot_tests::instance::Plan;
use vetmoot_tests::packages::Release;
use vetmoot_tests::upstream::cargo as crates;

use super::super::{candidates, token};
use super::{Town, detail};

/// What cargo sends of a crate without dependencies.
pub fn metadata(name: &str, version: &str) -> Value {
    json!({
        "name": name, "vers": version, "deps": [], "features": {}, "authors": [], "description": "made up", "license": "MIT",
        "license_file": null, "documentation": null, "homepage": null, "readme": null, "readme_file": null, "keywords": [],
        "categories": [], "repository": null, "badges": {}, "links": null, "rust_version": null,
    })
}

/// The body of an upload.
pub fn publish(metadata: &Value, archive: &[u8]) -> Vec<u8> {
    let metadata = metadata.to_string();
    announced(metadata.len(), metadata.as_bytes(), archive.len(), archive)
}

/// A body whose lengths are what one likes.
fn announced(json_length: usize, json: &[u8], crate_length: usize, archive: &[u8]) -> Vec<u8> {
    let mut body = u32::try_from(json_length).unwrap().to_le_bytes().to_vec();
    body.extend_from_slice(json);
    body.extend_from_slice(&u32::try_from(crate_length).unwrap().to_le_bytes());
    body.extend_from_slice(archive);
    body
}

/// A file out of an archive that `cargo publish` left in the project's target folder.
pub fn file_of(project: &Project, release: &str, path: &str) -> String {
    let bytes = std::fs::read(project.folder().join(format!("target/package/tmp-crate/{release}.crate"))).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
    let wanted = format!("{release}/{path}");
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().display().to_string() == wanted {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            return text;
        }
    }
    panic!("{release} has no {path}");
}

#[test]
fn an_upload_whose_lengths_lie_is_refused_and_leaves_nothing() {
    let town = Town::start();
    let archive = crates::package(&Release::new("tin-whistle", "1.0.0", 0));
    let json = metadata("tin-whistle", "1.0.0").to_string();
    let check = |body: Vec<u8>, status: u16, words: &str| {
        let answer = town.put(&town.ada.token, body);
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(detail(&answer).contains(words), "{}", detail(&answer));
    };
    check(announced(json.len(), json.as_bytes(), archive.len() + 1, &archive), 400, "fewer came");
    check(announced(json.len(), json.as_bytes(), archive.len() - 1, &archive), 400, "more came");
    check(announced(json.len() + 4_000, json.as_bytes(), archive.len(), &archive), 400, "fewer came");
    check(announced(json.len() - 1, json.as_bytes(), archive.len(), &archive), 400, "not what `cargo publish` sends");
    check(announced(2 << 20, &[b' '; 100], 0, b""), 413, "at most 1048576");
    check(vec![1, 2], 400, "fewer came");
    check(announced(json.len(), json.as_bytes(), u32::MAX as usize, &archive), 413, "larger than");
    assert_eq!(candidates(&town.instance, "pkg:cargo/tin-whistle").len(), 0);
    let left = std::fs::read_dir(town.instance.data().join("blobs/tmp")).unwrap().count();
    assert_eq!(left, 0, "a refused upload leaves no file");
    town.nothing_is_official();
}

#[test]
fn an_archive_that_contradicts_its_metadata_is_refused() {
    let town = Town::start();
    let archive = crates::package(&Release::new("tin-whistle", "1.0.0", 0));
    for metadata in [metadata("tin-whistle", "1.0.1"), metadata("tin-trumpet", "1.0.0")] {
        let answer = town.put(&town.ada.token, publish(&metadata, &archive));
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(detail(&answer).contains("tin-whistle"), "{}", detail(&answer));
    }
    let answer = town.put(&town.ada.token, publish(&metadata("tin-whistle", "1.0.0"), b"no archive at all"));
    assert_eq!(answer.status, 400, "{}", answer.text());
    for name in ["tin-whistle", "tin-trumpet"] {
        assert_eq!(candidates(&town.instance, &format!("pkg:cargo/{name}")).len(), 0);
    }
    town.nothing_is_official();
}

#[test]
fn a_name_that_differs_in_case_separator_or_script_is_another_persons_trap() {
    let town = Town::start();
    let archive = crates::package(&Release::new("tin-whistle", "1.0.0", 0));
    assert_eq!(town.put(&town.ada.token, publish(&metadata("tin-whistle", "1.0.0"), &archive)).status, 200);
    let only = token(&town.instance, "ada", Some("pkg:cargo/tin-whistle"));
    for (name, status) in [("tin_whistle", 403), ("tin-wh\u{456}stle", 400), ("tin-whistle\u{200b}", 400), ("Tin-Whistle", 400)]
    {
        let archive = crates::package(&Release::new("tin-whistle", "1.0.1", 0));
        let answer = town.put(&only, publish(&metadata(name, "1.0.1"), &archive));
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
    }
    // Whoever may open projects may not open one that is spelled nearly like another.
    let archive = crates::package(&Release::new("tin_whistle", "1.0.0", 0));
    let answer = town.put(&town.grace.token, publish(&metadata("tin_whistle", "1.0.0"), &archive));
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(town.lines("ti/n-/tin-whistle").len(), 1);
    town.nothing_is_official();
}

#[test]
fn a_crate_with_capitals_keeps_its_spelling_and_no_other_is_taken() {
    let town = Town::start();
    let body = |name: &str, version: &str| {
        let archive = crates::package(&Release::new(name, version, 0));
        publish(&metadata(name, version), &archive)
    };
    let answer = town.put(&town.ada.token, body("Tin-Whistle", "1.0.0"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        town.lines("ti/n-/tin-whistle").first().map(|line| super::field(line, "name").to_owned()).as_deref(),
        Some("Tin-Whistle")
    );
    let answer = town.put(&town.ada.token, body("tin-whistle", "1.0.1"));
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(detail(&answer).contains("`Tin-Whistle`"), "{}", detail(&answer));
    // So does the official index, for a crate that is there under the name in small letters.
    let answer = town.put(&town.ada.token, body("Mossy-Lantern", "2.0.0"));
    assert_eq!(answer.status, 400, "{}", answer.text());
}

#[test]
fn an_upload_of_ten_gigabytes_is_refused_before_it_is_read() {
    let town = Town::start();
    let began = Instant::now();
    let mut stream = open(&town, &format!("content-length: {}\r\n", 10_u64 << 30));
    stream.write_all(&[0; 4_096]).unwrap();
    let answer = read(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn an_upload_without_a_length_ends_at_the_bound() {
    let town = Town::on(Plan::new().env("VETMOOT__PUBLISH__FILE_MAX", "1MiB"));
    let json = metadata("tin-whistle", "1.0.0").to_string();
    let body = announced(json.len(), json.as_bytes(), 3 << 20, &vec![7; 3 << 20]);
    let mut stream = open(&town, "transfer-encoding: chunked\r\n");
    for piece in body.chunks(64 << 10) {
        // The server may have answered and closed already, which is what is asked for.
        let _ = write!(stream, "{:x}\r\n", piece.len())
            .and_then(|()| stream.write_all(piece))
            .and_then(|()| stream.write_all(b"\r\n"));
    }
    let _ = stream.write_all(b"0\r\n\r\n");
    let answer = read(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn a_client_that_dribbles_is_ended_and_told_by_which_bound() {
    let plan = Plan::new().env("VETMOOT__PUBLISH__UPLOAD_SILENCE", "1s").env("VETMOOT__PUBLISH__UPLOAD_TIME", "2s");
    let town = Town::on(plan);
    let mut silent = open(&town, "content-length: 100000\r\n");
    silent.write_all(&[9]).unwrap();
    let answer = read(&mut silent);
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("publish.upload_silence"), "{answer}");
    // One that is never silent for long ends at the bound of the whole.
    let mut slow = open(&town, "content-length: 100000\r\n");
    slow.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    slow.write_all(&50_000_u32.to_le_bytes()).unwrap();
    let began = Instant::now();
    let mut answer = Vec::new();
    while began.elapsed() < Duration::from_secs(20) && !answer.ends_with(b"}") {
        let _ = slow.write_all(b" ");
        let mut piece = [0; 4_096];
        if let Ok(bytes) = slow.read(&mut piece) {
            answer.extend_from_slice(&piece[..bytes]);
        }
    }
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("publish.upload_time"), "{answer}");
}

/// A request whose body is written by hand.
fn open(town: &Town, headers: &str) -> TcpStream {
    let address = town.instance.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let head = format!(
        "PUT /publish/cargo/api/v1/crates/new HTTP/1.1\r\nhost: {address}\r\nauthorization: {}\r\nconnection: close\r\n{headers}\r\n",
        town.ada.token
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// The answer, as far as it comes.
fn read(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut piece = [0; 4_096];
    while let Ok(bytes @ 1..) = stream.read(&mut piece) {
        answer.extend_from_slice(&piece[..bytes]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_same_version_twice_at_once_is_one_candidate() {
    let town = Town::start();
    let bodies: Vec<Vec<u8>> = (0..8)
        .map(|at| {
            let archive = crates::package(&Release::new("tin-whistle", "1.0.0", 0).with_line(&format!("{}", at % 2)));
            publish(&metadata("tin-whistle", "1.0.0"), &archive)
        })
        .collect();
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let town = &town;
        let asked: Vec<_> =
            bodies.into_iter().map(|body| scope.spawn(move || town.put(&town.ada.token, body).status)).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 4, "one of two archives won: {answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 4, "{answers:?}");
    assert_eq!(candidates(&town.instance, "pkg:cargo/tin-whistle").len(), 1);
    assert_eq!(town.lines("ti/n-/tin-whistle").len(), 1);
    town.nothing_is_official();
}
