//! Real feeds, a real lock file and real advisories, where they are at hand.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::world::run_in;

/// The folder of real data that `VETMOOT_REAL_DATA` names; says so where it names none.
fn data(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("VETMOOT_REAL_DATA").map(PathBuf::from);
    if found.is_none() {
        println!("left out: {test} needs real feeds in the folder VETMOOT_REAL_DATA, which is not set");
    }
    found
}

fn summary(data: &Path, words: &str) -> (Value, i32) {
    let run =
        run_in(data, &format!("check lockfiles/cargo-vet.Cargo.lock --policy safe-to-deploy --offline --format json {words}"));
    (serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr)), run.code)
}

#[test]
fn real_feeds_list_what_cargo_vet_certifies() {
    let Some(data) = data("real_feeds_list_what_cargo_vet_certifies") else { return };
    let listed = |feeds: &[&str]| {
        let words: Vec<String> = feeds.iter().map(|feed| format!("--feed feeds/{feed}/audits.toml")).collect();
        let (document, code) = summary(&data, &words.join(" "));
        assert_eq!(code, 1);
        assert_eq!(document["summary"]["total"], 262);
        assert_eq!(document["summary"]["first_party"], 1);
        document["summary"]["listed"].as_u64().unwrap()
    };
    assert_eq!(listed(&["mozilla"]), 31);
    assert_eq!(listed(&["google"]), 19);
    assert_eq!(listed(&["embark"]), 2);
    assert!(listed(&["mozilla", "google", "embark"]) >= 31);
}

#[test]
fn real_advisories_hit_what_they_should() {
    let Some(data) = data("real_advisories_hit_what_they_should") else { return };
    let (document, _) = summary(&data, "--advisories advisories/rustsec-osv");
    let hits = document["advisories"].as_array().unwrap();
    let ids: Vec<String> =
        hits.iter().map(|hit| format!("{} {}", hit["purl"].as_str().unwrap(), hit["id"].as_str().unwrap())).collect();
    assert_eq!(
        ids,
        [
            "pkg:cargo/ansi_term@0.12.1 RUSTSEC-2021-0139",
            "pkg:cargo/bumpalo@3.10.0 RUSTSEC-2022-0078",
            "pkg:cargo/h2@0.3.13 RUSTSEC-2023-0034",
            "pkg:cargo/h2@0.3.13 RUSTSEC-2024-0003",
            "pkg:cargo/h2@0.3.13 RUSTSEC-2024-0332",
            "pkg:cargo/rustls@0.20.6 RUSTSEC-2024-0336",
            "pkg:cargo/webpki@0.22.0 RUSTSEC-2023-0052",
            "pkg:cargo/yaml-rust@0.4.5 RUSTSEC-2024-0320",
        ]
    );
    let kinds = |kind: &str| hits.iter().filter(|hit| hit["kind"] == kind).count();
    assert_eq!((kinds("vulnerability"), kinds("unmaintained"), kinds("unsound")), (5, 2, 1));
}
