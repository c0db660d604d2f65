//! Bodies of `npm publish` made by hand, right and wrong ones.

use serde_json::{Value, json};
use vetmoot_tests::packages::Release;
use vetmoot_tests::upstream::{archive, npm};

/// What npm sends for a release.
pub fn publish(release: &Release) -> Value {
    of(&release.name, &release.version, &archive::npm(release))
}

/// What npm sends for these bytes under this name and version.
pub fn of(name: &str, version: &str, tarball: &[u8]) -> Value {
    let file = format!("{name}-{version}.tgz");
    let dist = json!({ "integrity": npm::integrity(tarball), "tarball": format!("http://elsewhere.example/{name}/-/{file}") });
    json!({
        "_id": name, "name": name, "dist-tags": { "latest": version }, "access": null,
        "versions": { version: {
            "name": name, "version": version, "_id": format!("{name}@{version}"), "description": "made up", "license": "MIT", "dist": dist,
        } },
        "_attachments": { file: { "content_type": "application/octet-stream", "data": base64(tarball), "length": tarball.len() } },
    })
}

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = group.iter().chain(&[0; 3]).take(3).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        for place in 0..4 {
            let letter = LETTERS.get(number >> (18 - 6 * place) & 63).copied().unwrap_or_default();
            text.push(if place > group.len() { '=' } else { char::from(letter) });
        }
    }
    text
}
