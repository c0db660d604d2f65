//! `requirements.txt` with pinned versions, as pip and uv write and read it.

use vetmoot_domain::{Digest, Digests, Ecosystem, Use};

use super::merge::{Gathered, release};
use super::{FirstPartySource, LockEntry, LockError, LockedFile};
use crate::limits::LOCK_HASHES_MAX;

/// Options that name no package: where to look, and what to accept.
const OPTIONS: [&str; 15] = [
    "--index-url",
    "-i",
    "--extra-index-url",
    "--no-index",
    "--find-links",
    "-f",
    "--no-binary",
    "--only-binary",
    "--prefer-binary",
    "--pre",
    "--require-hashes",
    "--trusted-host",
    "--use-feature",
    "--use-pep517",
    "--no-build-isolation",
];

/// Reads a `requirements.txt`.
pub(super) fn read(text: &str) -> Result<Gathered, LockError> {
    let mut gathered = Gathered::default();
    for (line, text) in logical_lines(text) {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        if text.starts_with('-') {
            option(&mut gathered, line, text)?;
        } else {
            requirement(&mut gathered, line, text)?;
        }
    }
    Ok(gathered)
}

/// Lines with their continuations joined and comments taken off, each with the number of its first line.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut open = false;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim_end_matches('\r');
        // A comment line inside a continuation ends nothing and says nothing.
        let comment = line.trim_start().starts_with('#');
        let bare = if comment { "" } else { without_comment(line) };
        let (bare, goes_on) = match bare.trim_end().strip_suffix('\\') {
            Some(before) => (before, true),
            None => (bare, comment && open),
        };
        match lines.last_mut() {
            Some((_, joined)) if open => {
                joined.push(' ');
                joined.push_str(bare.trim());
            }
            _ => lines.push((number, bare.trim().to_owned())),
        }
        open = goes_on;
    }
    lines
}

/// A comment begins with `#` at the line's start or after a space; URLs may hold one elsewhere.
fn without_comment(line: &str) -> &str {
    match line.find(" #").or_else(|| line.find("\t#")) {
        Some(at) => line.get(..at).unwrap_or(line),
        None => line,
    }
}

fn option(gathered: &mut Gathered, line: u32, text: &str) -> Result<(), LockError> {
    let word = text.split([' ', '=', '\t']).next().unwrap_or(text);
    let value = text.get(word.len()..).unwrap_or_default().trim_start_matches(['=', ' ', '\t']).trim();
    let short_include = |letter: &str| word.len() > 2 && word.starts_with(letter) && !word.starts_with("--");
    match word {
        "-r" | "--requirement" | "-c" | "--constraint" => {
            gathered.unknown(line, text, "it includes another file, which is not followed; check that file too")
        }
        _ if short_include("-r") || short_include("-c") => {
            gathered.unknown(line, text, "it includes another file, which is not followed; check that file too")
        }
        "-e" | "--editable" => gathered.first_party(value, None, place_of(value), line),
        _ if OPTIONS.contains(&word) => Ok(()),
        _ => gathered.unknown(line, text, "this option is not known"),
    }
}

fn place_of(place: &str) -> FirstPartySource {
    let is_repository = ["git+", "hg+", "svn+", "bzr+"].iter().any(|scheme| place.starts_with(scheme));
    if is_repository {
        FirstPartySource::Repository
    } else if place.contains("://") && !place.starts_with("file:") {
        FirstPartySource::Url
    } else {
        FirstPartySource::Path
    }
}

fn requirement(gathered: &mut Gathered, line: u32, text: &str) -> Result<(), LockError> {
    let (words, options) = match text.find(" --").or_else(|| text.find("\t--")) {
        Some(at) => text.split_at_checked(at).unwrap_or((text, "")),
        None => (text, ""),
    };
    let words = words.trim();
    if let Some((name, place)) = words.split_once('@').filter(|(name, _)| is_name(strip_extras(name))) {
        let place = place.split(';').next().unwrap_or(place).trim();
        return gathered.first_party(strip_extras(name), None, place_of(place), line);
    }
    let archive = [".whl", ".tar.gz", ".zip"].iter().any(|end| words.to_ascii_lowercase().ends_with(end));
    if archive || words.contains("://") || words.starts_with(['.', '/', '~']) {
        return gathered.first_party(words, None, place_of(words), line);
    }
    let pinned = words.split(';').next().unwrap_or(words);
    let Some((name, version)) = pinned.split_once("===").or_else(|| pinned.split_once("==")) else {
        return gathered.unknown(line, text, "it pins no version with ==");
    };
    let version = version.trim();
    if version.contains(['*', ',', ' ']) {
        return gathered.unknown(line, text, "it pins no single version");
    }
    let read = release(Ecosystem::Pypi, strip_extras(name), version).and_then(|release| Ok((release, hashes(options)?)));
    match read {
        Ok((release, files)) => gathered.entry(LockEntry { release, files, usage: Use::Runtime, line, registry: None }),
        Err(why) => gathered.unknown(line, text, why),
    }
}

fn strip_extras(name: &str) -> &str {
    name.split('[').next().unwrap_or(name).trim()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// The digests after `--hash`, each of another file of the release.
fn hashes(options: &str) -> Result<Vec<LockedFile>, String> {
    let mut files = Vec::new();
    let mut words = options.split_whitespace();
    while let Some(word) = words.next() {
        let hash = match word.strip_prefix("--hash") {
            Some("") => words.next().ok_or("`--hash` without a value")?,
            Some(rest) => rest.strip_prefix('=').ok_or_else(|| format!("the option `{word}` is not known"))?,
            None if word.starts_with("--config-settings") || word.starts_with("--global-option") => continue,
            None => return Err(format!("the option `{word}` is not known")),
        };
        match hash.split_once(':') {
            Some(("sha256" | "sha512", _)) => {
                let digest: Digest = hash.parse().map_err(|error: vetmoot_domain::text::BadWord| error.to_string())?;
                files.push(LockedFile { name: None, digests: Digests::of(digest) });
            }
            Some(("sha384", _)) => files.push(LockedFile { name: None, digests: Digests::default() }),
            _ => return Err(format!("`{hash}` is no digest stronger than SHA-1")),
        }
        if files.len() > LOCK_HASHES_MAX {
            return Err(format!("it has more than {LOCK_HASHES_MAX} hashes"));
        }
    }
    Ok(files)
}
