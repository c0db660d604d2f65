//! Handing in: a large file streams through, and many candidates come at once.

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::limits::{HANDED_BYTES, HANDED_GROWTH, HANDED_TOGETHER};
use super::row::{megabytes, time};
use super::stage::memory;
use super::{Measured, Row, Stage};
use crate::http::Ask;
use crate::instance::{Instance, Plan};
use crate::packages::{Calendar, Release};
use crate::upstream::{PypiUpstream, archive, sha256};

/// A wheel of 100 MB against the speed of the disk, then many small ones at once.
pub fn measure(_stage: &mut Stage) -> Measured {
    let index = PypiUpstream::start(Calendar::of_the_machine(), &[]);
    // A home of its own has no limits of an official index, and asks nobody else.
    let plan = Plan::new().upstream("pypi", &index.url()).env("VETMOOT__RESERVED__NAMES", "pypi:harbour-*");
    let instance = plan.start();
    let token = instance.token("ada", &["lead"], &["publish"]);
    // The first of all warms what the process keeps anyway.
    hand_in(&instance, &token, &small(0))?;
    let (name, bytes) = large()?;
    let disk = disk(&instance, &bytes)?;
    let before = memory(instance.id(), "VmRSS")?;
    // What the client does before it sends is not the instance's.
    let form = form(&instance, &token, &("harbour-crane".to_owned(), name, bytes.clone()));
    let begin = Instant::now();
    send(form)?;
    let took = begin.elapsed();
    let growth = memory(instance.id(), "VmHWM")?.saturating_sub(before);
    let rate = |took: Duration| f64::from(u32::try_from(bytes.len() / 1_000).unwrap_or(u32::MAX)) / 1e3 / took.as_secs_f64();
    let share = rate(took) / rate(disk);
    let beside = format!(
        "{:.0} MB/s, hashed, on disk, and every entry read and hashed by pre-flight; writing the same bytes and waiting for the disk alone: {:.0} MB/s",
        rate(took),
        rate(disk)
    );
    let mut rows = vec![
        Row::share("a wheel of 100 MB handed in, share of the disk's speed", share, 0.5).beside(beside),
        Row::new("memory it took", &megabytes(growth), &format!("< {}", megabytes(HANDED_GROWTH)), growth < HANDED_GROWTH),
    ];
    let (took, slowest) = together(&instance, &token)?;
    let what = format!("{HANDED_TOGETHER} candidates handed in at once, until the last is answered");
    rows.push(Row::told(&what, &time(took)).beside(format!(
        "slowest {}; memory at most {}",
        time(slowest),
        megabytes(memory(instance.id(), "VmHWM")?)
    )));
    let there = (1..=HANDED_TOGETHER).filter(|number| {
        let listed = instance.get(&format!("/api/v1/candidates?package=pkg:pypi/harbour-boat-{number}")).json();
        listed.get("candidates").and_then(Value::as_array).is_some_and(|found| found.len() == 1)
    });
    let there = there.count();
    rows.push(Row::new(
        "of these, with exactly one candidate",
        &there.to_string(),
        &HANDED_TOGETHER.to_string(),
        there == HANDED_TOGETHER,
    ));
    Ok(rows)
}

/// Package, file name, bytes.
type Wheel = (String, String, Vec<u8>);

fn small(number: usize) -> Wheel {
    let package = format!("harbour-boat-{number}");
    let release = Release::new(&package, "1.0.0", 20);
    let (name, bytes) = archive::wheel(&release);
    (package, name, bytes)
}

/// A wheel with one large file that nothing compresses.
fn large() -> anyhow::Result<(String, Vec<u8>)> {
    let mut data = vec![0; HANDED_BYTES];
    openssl::rand::rand_bytes(&mut data)?;
    let info = "harbour_crane-1.0.0.dist-info";
    let metadata = "Metadata-Version: 2.1\nName: harbour-crane\nVersion: 1.0.0\nSummary: made up\nLicense-Expression: MIT\n";
    let wheel = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let files: [(String, &[u8]); 3] = [
        ("harbour_crane/data.bin".to_owned(), &data),
        (format!("{info}/METADATA"), metadata.as_bytes()),
        (format!("{info}/WHEEL"), wheel.as_bytes()),
    ];
    let mut record = String::new();
    for (path, bytes) in &files {
        let digest = openssl::base64::encode_block(&openssl::sha::sha256(bytes)).replace('+', "-").replace('/', "_");
        record.push_str(&format!("{path},sha256={},{}\n", digest.trim_end_matches('='), bytes.len()));
    }
    record.push_str(&format!("{info}/RECORD,,\n"));
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let own = (format!("{info}/RECORD"), record.as_bytes());
    for (path, bytes) in files.iter().map(|(path, bytes)| (path, *bytes)).chain([(&own.0, own.1)]) {
        archive.start_file(path.as_str(), options)?;
        archive.write_all(bytes)?;
    }
    Ok(("harbour_crane-1.0.0-py3-none-any.whl".to_owned(), archive.finish()?.into_inner()))
}

/// How long the same bytes take to the same disk when nothing else is done with them.
fn disk(instance: &Instance, bytes: &[u8]) -> anyhow::Result<Duration> {
    let path = instance.data().join("beside.bin");
    let begin = Instant::now();
    let mut file = File::create(&path)?;
    for piece in bytes.chunks(64 << 10) {
        file.write_all(piece)?;
    }
    file.sync_all()?;
    let took = begin.elapsed();
    std::fs::remove_file(path)?;
    Ok(took)
}

fn hand_in(instance: &Instance, token: &str, wheel: &Wheel) -> anyhow::Result<()> {
    send(form(instance, token, wheel))
}

/// The request that hands a wheel in.
fn form(instance: &Instance, token: &str, (package, name, bytes): &Wheel) -> Ask {
    let mut body = Vec::with_capacity(bytes.len() + 4_096);
    let digest = sha256(bytes);
    let fields = [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("metadata_version", "2.1"),
        ("name", package.as_str()),
        ("version", "1.0.0"),
        ("filetype", "bdist_wheel"),
        ("pyversion", "py3"),
        ("summary", "made up"),
        ("sha256_digest", digest.as_str()),
    ];
    for (field, value) in fields {
        body.extend(format!("--frontier\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").as_bytes());
    }
    body.extend(
        format!("--frontier\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{name}\"\r\n\r\n").as_bytes(),
    );
    body.extend(bytes);
    body.extend(b"\r\n--frontier--\r\n");
    Ask::new("POST", &instance.at("/publish/pypi/"))
        .header("authorization", &format!("Bearer {token}"))
        .header("content-type", "multipart/form-data; boundary=frontier")
        .body(body)
}

fn send(form: Ask) -> anyhow::Result<()> {
    let answer = form.send().map_err(anyhow::Error::msg)?;
    ensure!(answer.status == 200, "{}: {}", answer.status, answer.text());
    Ok(())
}

/// Many at once, each by a client of its own: how long all take, and the slowest.
fn together(instance: &Instance, token: &str) -> anyhow::Result<(Duration, Duration)> {
    let begin = Instant::now();
    let times = std::thread::scope(|scope| {
        let clients: Vec<_> = (1..=HANDED_TOGETHER)
            .map(|number| {
                scope.spawn(move || {
                    let begin = Instant::now();
                    hand_in(instance, token, &small(number)).map(|()| begin.elapsed())
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("a client ends well")).collect::<anyhow::Result<Vec<_>>>()
    })?;
    Ok((begin.elapsed(), times.into_iter().max().context("there is at least one")?))
}
