//! A wheel's `RECORD`: it has to name every file with its digest, and no other.

use std::collections::{HashMap, HashSet};
use std::io;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha384, Sha512};

use super::error::{ArchiveError, cut};
use super::walk::Source;
use super::{ArchiveKind, FileFact, Limits, walk};

/// The files that cannot hold their own digest (the wheel specification, "The .dist-info directory").
const UNSIGNED: [&str; 3] = ["RECORD", "RECORD.jws", "RECORD.p7s"];

struct Line {
    path: String,
    digest: String,
    size: String,
}

/// Proves `RECORD` against the files; `source` is the wheel, read again where a digest other than SHA-256 is named.
pub(super) fn check(
    record: &[u8],
    folder: &str,
    files: &[FileFact],
    source: &mut dyn Source,
    limits: &Limits,
) -> Result<(), ArchiveError> {
    let wrong = |path: &str, why| ArchiveError::Record { path: cut(path), why };
    let own = |path: &str| {
        path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).is_some_and(|name| UNSIGNED.contains(&name))
    };
    let known: HashMap<&str, &FileFact> = files.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut seen = HashSet::new();
    let mut longer: HashMap<String, String> = HashMap::new();
    for line in lines(record)? {
        let file = known.get(line.path.as_str()).ok_or_else(|| wrong(&line.path, "there is no such file"))?;
        if !seen.insert(file.path.as_str()) {
            return Err(wrong(&line.path, "it is named twice"));
        }
        if own(&line.path) {
            continue;
        }
        if !line.size.is_empty() && line.size.parse() != Ok(file.size) {
            return Err(wrong(&line.path, "the size differs"));
        }
        match line.digest.split_once('=') {
            Some(("sha256", digest)) if matches(&file.sha256, digest) => {}
            Some(("sha256", _)) => return Err(wrong(&line.path, "the digest differs")),
            Some(("sha384" | "sha512", _)) => {
                longer.insert(line.path, line.digest);
            }
            Some(_) => return Err(wrong(&line.path, "its digest is weaker than SHA-256")),
            None => return Err(wrong(&line.path, "it has no digest")),
        }
    }
    if let Some(missing) = files.iter().find(|file| !seen.contains(file.path.as_str()) && !own(&file.path)) {
        return Err(wrong(&missing.path, "it is not named"));
    }
    if longer.is_empty() { Ok(()) } else { check_longer(&longer, source, limits) }
}

fn matches(digest: &[u8], text: &str) -> bool {
    BASE64URL_NOPAD.encode(digest) == text.trim_end_matches('=')
}

fn check_longer(longer: &HashMap<String, String>, source: &mut dyn Source, limits: &Limits) -> Result<(), ArchiveError> {
    walk::walk(ArchiveKind::Wheel, source, limits, &mut |entry, data| {
        let Some(expected) = longer.get(entry.path) else { return Ok(()) };
        let fits = match expected.split_once('=') {
            Some(("sha384", text)) => {
                let mut hasher = Sha384::new();
                io::copy(data, &mut hasher).map_err(|error| ArchiveError::from_io(&error))?;
                matches(&hasher.finalize(), text)
            }
            Some((_, text)) => {
                let mut hasher = Sha512::new();
                io::copy(data, &mut hasher).map_err(|error| ArchiveError::from_io(&error))?;
                matches(&hasher.finalize(), text)
            }
            None => false,
        };
        if fits { Ok(()) } else { Err(ArchiveError::Record { path: cut(entry.path), why: "the digest differs" }) }
    })
}

/// The lines of a comma-separated file with quoted fields (RFC 4180).
fn lines(record: &[u8]) -> Result<Vec<Line>, ArchiveError> {
    let unreadable = |why: &str| ArchiveError::Manifest { path: "RECORD".to_owned(), why: why.to_owned() };
    let text = std::str::from_utf8(record).map_err(|_| unreadable("it is not UTF-8"))?;
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut fields = fields(line).ok_or_else(|| unreadable("a quotation mark is not closed"))?.into_iter();
        let (Some(path), Some(digest), Some(size), None) = (fields.next(), fields.next(), fields.next(), fields.next()) else {
            return Err(unreadable("a line does not have three fields"));
        };
        lines.push(Line { path, digest, size });
    }
    Ok(lines)
}

fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                fields.last_mut()?.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut()?.push(c),
        }
    }
    (!quoted).then_some(fields)
}
