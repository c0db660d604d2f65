//! Reading a simple page in HTML (PEP 503), as tolerantly as installers do, by turning it into the JSON of PEP 691.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde::Serialize;
use url::Url;
use vetmoot_domain::Package;

use crate::limits::{ENTRIES_MAX, HTML_ATTRIBUTES_MAX};
use crate::listing::{Complaints, absolute, cut};

/// The page as PEP 691 would have it. What HTML cannot say is left out, and the version says so: 1.0.
#[derive(Serialize)]
struct PageJson {
    meta: BTreeMap<&'static str, &'static str>,
    name: String,
    #[serde(rename = "project-status", skip_serializing_if = "BTreeMap::is_empty")]
    status: BTreeMap<&'static str, String>,
    files: Vec<FileJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct FileJson {
    filename: String,
    url: String,
    hashes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requires_python: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_time: Option<String>,
    yanked: serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    core_metadata: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gpg_sig: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<String>,
}

/// Turns a page into JSON; links that name no file are left out, those that look as if they should come with a complaint.
pub(super) fn to_json(text: &str, url: &Url, package: &Package, complaints: &mut Complaints) -> Vec<u8> {
    let mut base = url.clone();
    let mut based = false;
    let mut page = PageJson {
        meta: BTreeMap::from([("api-version", "1.0")]),
        name: package.name().to_string(),
        status: BTreeMap::new(),
        files: Vec::new(),
    };
    for tag in (Tags { rest: text }) {
        match tag.name.as_str() {
            // Only the first one counts, as in browsers.
            "base" if !based => {
                if let Some(joined) = tag.get("href").and_then(|href| url.join(href).ok()) {
                    (base, based) = (joined, true);
                }
            }
            "meta" => match (tag.get("name"), tag.get("content")) {
                (Some("pypi:project-status"), Some(status)) => {
                    page.status.insert("status", status.to_owned());
                }
                (Some("pypi:project-status-reason"), Some(reason)) => {
                    page.status.insert("reason", reason.to_owned());
                }
                _ => {}
            },
            "a" => page.files.extend(file(&tag, &base, complaints)),
            _ => {}
        }
        // One more than allowed is enough for the reader of the JSON to refuse it.
        if page.files.len() > ENTRIES_MAX {
            break;
        }
    }
    serde_json::to_vec(&page).expect("texts, numbers and flags can always be written")
}

/// The file an anchor links to.
fn file(tag: &Tag<'_>, base: &Url, complaints: &mut Complaints) -> Option<FileJson> {
    let href = tag.get("href")?;
    let Some((url, fragment)) = absolute(base, href) else {
        complaints.add(|| format!("a link is dropped, it is no http or https address: {}", cut(href)));
        return None;
    };
    let segment = url.split(['?', '#']).next()?.rsplit('/').next().filter(|segment| !segment.is_empty())?;
    let filename = percent_decode_str(segment).decode_utf8().ok()?.into_owned();
    let hashes = fragment.iter().flat_map(|all| all.split('&')).filter_map(|part| part.split_once('='));
    let hashes = hashes
        .filter(|(algorithm, hex)| is_algorithm(algorithm) && hex.bytes().all(|b| b.is_ascii_hexdigit()))
        .map(|(algorithm, hex)| (algorithm.to_owned(), hex.to_owned()))
        .collect();
    let metadata = tag.get("data-core-metadata").or_else(|| tag.get("data-dist-info-metadata"));
    Some(FileJson {
        filename,
        url,
        hashes,
        requires_python: tag.get("data-requires-python").filter(|text| !text.is_empty()).map(str::to_owned),
        size: tag.get("data-size").and_then(|text| text.parse().ok()),
        upload_time: tag.get("data-upload-time").map(str::to_owned),
        yanked: match tag.get("data-yanked") {
            None => serde_json::Value::Bool(false),
            Some("") => serde_json::Value::Bool(true),
            Some(reason) => serde_json::Value::String(reason.to_owned()),
        },
        core_metadata: metadata.map(|text| match text.split_once('=') {
            Some((algorithm, hex)) if is_algorithm(algorithm) => serde_json::json!({ algorithm: hex }),
            _ => serde_json::Value::Bool(!text.eq_ignore_ascii_case("false")),
        }),
        gpg_sig: tag.get("data-gpg-sig").map(|text| text == "true"),
        provenance: tag.get("data-provenance").map(str::to_owned),
    })
}

fn is_algorithm(name: &str) -> bool {
    !name.is_empty() && name.len() <= 32 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// An opening tag with its attributes, names in lower case.
struct Tag<'a> {
    name: String,
    attributes: Vec<(String, Cow<'a, str>)>,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
    }
}

/// The opening tags of a page in order; comments, scripts and styles are passed over.
struct Tags<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;
    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let (_, after) = self.rest.split_once('<')?;
            if let Some(comment) = after.strip_prefix("!--") {
                self.rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
            let (name, rest) = after.split_at_checked(end)?;
            self.rest = rest;
            if name.is_empty() {
                continue;
            }
            let name = name.to_ascii_lowercase();
            let attributes = self.attributes();
            if matches!(name.as_str(), "script" | "style" | "title" | "textarea") {
                self.pass_over(&name);
                continue;
            }
            return Some(Tag { name, attributes });
        }
    }
}

impl<'a> Tags<'a> {
    /// Reads attributes up to the end of the tag. Of two with one name the first counts, as in browsers.
    fn attributes(&mut self) -> Vec<(String, Cow<'a, str>)> {
        let mut attributes: Vec<(String, Cow<'a, str>)> = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                return attributes;
            }
            let end = self.rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/'));
            let Some((name, rest)) = end.and_then(|end| self.rest.split_at_checked(end)) else {
                // The page ends inside a tag.
                self.rest = "";
                return attributes;
            };
            self.rest = rest.trim_start();
            let value = self.value();
            // A stray equals sign has no name before it; taking it guarantees progress.
            let name = name.to_ascii_lowercase();
            if !name.is_empty() && attributes.len() < HTML_ATTRIBUTES_MAX && attributes.iter().all(|(known, _)| *known != name)
            {
                attributes.push((name, value.map_or(Cow::Borrowed(""), unescape)));
            }
        }
    }

    /// The value behind an equals sign, if one stands there.
    fn value(&mut self) -> Option<&'a str> {
        let after = self.rest.strip_prefix('=')?.trim_start();
        let quoted = |quote: char| after.strip_prefix(quote).map(|inner| inner.split_once(quote).unwrap_or((inner, "")));
        let unquoted = || {
            let end = after.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(after.len());
            after.split_at_checked(end).unwrap_or((after, ""))
        };
        let (value, rest) = quoted('"').or_else(|| quoted('\'')).unwrap_or_else(unquoted);
        self.rest = rest;
        Some(value)
    }

    /// Passes over raw text up to the closing tag of `name`.
    fn pass_over(&mut self, name: &str) {
        while let Some((_, after)) = self.rest.split_once("</") {
            self.rest = after;
            if after.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)) {
                return;
            }
        }
        self.rest = "";
    }
}

/// A value with its character references resolved; unknown ones stay as they are.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').and_then(|(name, rest)| Some((character(name)?, rest)));
        match reference {
            Some((c, behind)) => {
                out.push(c);
                rest = behind;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}
