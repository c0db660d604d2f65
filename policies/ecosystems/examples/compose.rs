//! How long reading and composing take: `cargo run --release --example compose [FILE [PACKAGE]]`, one JSON line a document.
//!
//! Without a file it makes a packument of the size of the largest ones (21 MB, 2,600 versions) and an index file of 5 MB.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock; nothing is decided by it")]

use std::fmt::Write as _;
use std::time::Instant;

use bytes::Bytes;
use url::Url;
use vetmoot_domain::{Ecosystem, Package};
use vetmoot_ecosystems::{Document, Form, Links, Shown, world};

/// How often each step runs; the fastest run counts, since noise only ever adds.
const RUNS: u32 = 15;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    if let Some(file) = arguments.next() {
        let bytes = Bytes::from(std::fs::read(&file)?);
        let package = arguments.next().unwrap_or_else(|| "pkg:npm/generated".to_owned()).parse()?;
        return measure("file", &package, &bytes, &forms(&package));
    }
    let npm = Package::new(Ecosystem::Npm, "generated")?;
    measure("packument", &npm, &Bytes::from(packument(2_600, 8_000)?), &forms(&npm))?;
    let cargo = Package::new(Ecosystem::Cargo, "generated")?;
    measure("index-file", &cargo, &Bytes::from(index_file(400, 12_000)?), &forms(&cargo))?;
    let pypi = Package::new(Ecosystem::Pypi, "generated")?;
    measure("simple-page", &pypi, &Bytes::from(simple_page(11_000)?), &forms(&pypi))
}

fn forms(package: &Package) -> Vec<Form> {
    match package.ecosystem() {
        Ecosystem::Cargo => vec![Form::CargoLines],
        Ecosystem::Pypi => vec![Form::PypiJson, Form::PypiHtml],
        Ecosystem::Npm => vec![Form::NpmFull, Form::NpmAbbreviated],
    }
}

fn measure(what: &str, package: &Package, bytes: &Bytes, forms: &[Form]) -> Result<(), Box<dyn std::error::Error>> {
    let world = world(package.ecosystem());
    let url = Url::parse("https://index.example/")?;
    let document = || Document { bytes: bytes.clone(), content_type: None, url: &url, cargo_dl: None };
    let listing = world.read_listing(package, document())?;
    let read_ms = fastest(|| world.read_listing(package, document()).map(|listing| listing.entries.len()));
    // Every fifth is withheld, as in the measurements this is compared with.
    let shown: Vec<Shown> = (0..listing.entries.len())
        .map(|position| match position % 5 {
            0 => Shown::Held { reason: "published 2 days ago; waits for 7 https://moot.example/w/1".to_owned() },
            _ => Shown::AsIs,
        })
        .collect();
    let links = Links { files: "https://moot.example/npm/cooldown/".to_owned() };
    for form in forms {
        let composed = world.compose(&listing, &shown, *form, &links);
        let compose_ms = fastest(|| world.compose(&listing, &shown, *form, &links).body.len());
        println!(
            "{{\"document\":\"{what}\",\"form\":\"{form:?}\",\"bytes\":{},\"entries\":{},\"weight\":{},\"complaints\":{},\
             \"read_ms\":{read_ms:.2},\"compose_ms\":{compose_ms:.2},\"composed_bytes\":{}}}",
            bytes.len(),
            listing.entries.len(),
            listing.weight(),
            listing.complaints.len(),
            composed.body.len(),
        );
    }
    Ok(())
}

fn fastest<T>(mut step: impl FnMut() -> T) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..RUNS {
        let begin = Instant::now();
        std::hint::black_box(step());
        best = best.min(begin.elapsed().as_secs_f64() * 1e3);
    }
    best
}

/// A packument with the shape of a large real one: many dependencies, attestations, a readme of its own.
fn packument(versions: usize, version_bytes: usize) -> Result<String, std::fmt::Error> {
    let mut out = String::from(
        r#"{"_id":"generated","name":"generated","dist-tags":{"latest":"2590.0.0","next":"2599.0.0"},"versions":{"#,
    );
    let mut times = String::from(r#""created":"2016-10-05T23:32:51.697Z","modified":"2026-11-20T00:00:00.000Z""#);
    for number in 0..versions {
        if number > 0 {
            out.push(',');
        }
        let integrity = "A".repeat(86);
        let mut dependencies = String::new();
        while dependencies.len() + 1_400 < version_bytes {
            let at = dependencies.len();
            let comma = if at == 0 { "" } else { "," };
            write!(dependencies, r#"{comma}"@scope/some-dependency-{at}":"{number}.0.0-canary.{at}""#)?;
        }
        write!(
            out,
            r#""{number}.0.0":{{"name":"generated","version":"{number}.0.0","license":"MIT","_id":"generated@{number}.0.0","maintainers":[{{"name":"ada","email":"ada@example.org"}}],"homepage":"https://example.org","bin":{{"generated":"dist/bin"}},"dist":{{"shasum":"0123456789012345678901234567890123456789","tarball":"https://registry.example/generated/-/generated-{number}.0.0.tgz","fileCount":5000,"integrity":"sha512-{integrity}==","signatures":[{{"sig":"MEUCIQD","keyid":"SHA256:x"}}],"unpackedSize":100000000}},"main":"./dist/server/index.js","types":"index.d.ts","engines":{{"node":">=18"}},"scripts":{{"build":"make"}},"_npmUser":{{"name":"ada","email":"ada@example.org"}},"dependencies":{{{dependencies}}},"_hasShrinkwrap":false}}"#
        )?;
        write!(times, r#","{number}.0.0":"2020-01-01T00:00:00.{:03}Z""#, number % 1000)?;
    }
    write!(out, r#"}},"time":{{{times}}},"readme":"{}"}}"#, "lorem ipsum ".repeat(500))?;
    Ok(out)
}

fn index_file(versions: usize, line_bytes: usize) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    for number in 0..versions {
        let features = "\"a-feature-with-a-name\":[],".repeat(line_bytes / 28);
        write!(
            out,
            r#"{{"name":"generated","vers":"{number}.0.0","deps":[],"features":{{{features}"z":[]}},"cksum":"{}","yanked":false,"pubtime":"2026-11-12T19:30:12Z"}}"#,
            "0".repeat(64)
        )?;
        out.push('\n');
    }
    Ok(out)
}

fn simple_page(files: usize) -> Result<String, std::fmt::Error> {
    let mut out = String::from(r#"{"meta":{"api-version":"1.4"},"name":"generated","files":["#);
    for number in 0..files {
        let comma = if number > 0 { "," } else { "" };
        let (hash, version) = ("0".repeat(64), number / 50);
        write!(
            out,
            r#"{comma}{{"core-metadata":{{"sha256":"{hash}"}},"data-dist-info-metadata":{{"sha256":"{hash}"}},"filename":"generated-1.{version}.0-cp{number}-cp{number}-manylinux_2_17_x86_64.whl","hashes":{{"sha256":"{hash}"}},"provenance":null,"requires-python":">=3.9","size":{number},"upload-time":"2026-01-01T00:00:00.123456Z","url":"https://files.example/packages/ab/cd/generated-1.{version}.0-cp{number}-cp{number}-manylinux_2_17_x86_64.whl","yanked":false}}"#
        )?;
    }
    out.push_str(r#"],"versions":["1.0.0"]}"#);
    Ok(out)
}
