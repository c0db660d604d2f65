//! One file's object in a simple page (PEP 691, 700, 714, 740).

use url::Url;
use vetmoot_domain::Digest;

use crate::json::{each_member, string};
use crate::listing::{Entry, absolute, bounded};

/// The members of a file's object that mean something here, raw.
#[derive(Default)]
pub(super) struct Wire<'a> {
    pub(super) filename: Option<&'a str>,
    pub(super) url: Option<&'a str>,
    pub(super) hashes: Option<&'a str>,
    pub(super) yanked: Option<&'a str>,
    size: Option<&'a str>,
    pub(super) upload_time: Option<&'a str>,
    pub(super) provenance: Option<&'a str>,
    pub(super) requires_python: Option<&'a str>,
    pub(super) gpg_sig: Option<&'a str>,
    core_metadata: Option<&'a str>,
    /// The name PEP 658 first gave it; counts only where the new one is missing (PEP 714).
    old_metadata: Option<&'a str>,
    pub(super) twice: Option<String>,
}

impl<'a> Wire<'a> {
    /// Takes one member.
    pub(super) fn member(&mut self, key: &str, value: &'a str) {
        let place = match key {
            "filename" => &mut self.filename,
            "url" => &mut self.url,
            "hashes" => &mut self.hashes,
            "yanked" => &mut self.yanked,
            "size" => &mut self.size,
            "upload-time" => &mut self.upload_time,
            "provenance" => &mut self.provenance,
            "requires-python" => &mut self.requires_python,
            "gpg-sig" => &mut self.gpg_sig,
            "core-metadata" => &mut self.core_metadata,
            "dist-info-metadata" | "data-dist-info-metadata" => &mut self.old_metadata,
            _ => return,
        };
        if place.replace(value).is_some() {
            self.twice = Some(key.to_owned());
        }
    }
}

impl Wire<'_> {
    /// Puts what the object says into the entry; a value of another type than its PEP says makes the file unusable, since
    /// installers refuse the whole page for it.
    pub(super) fn fill(&self, entry: &mut Entry, base: &Url) -> Result<(), String> {
        let given = |value: Option<&'_ str>| value.is_some_and(|raw| raw != "null");
        for (name, value) in self.texts() {
            if given(value) && value.and_then(string).is_none() {
                return Err(format!("its {name} is no text"));
            }
        }
        let mut bad_hash = false;
        let is_object =
            each_member(self.hashes.unwrap_or("{}"), |algorithm, value| match (algorithm.as_ref(), string(value)) {
                ("sha256" | "sha512", Some(hex)) => match format!("{algorithm}:{hex}").parse() {
                    Ok(digest) => entry.digests.add(digest),
                    Err(_) => bad_hash = true,
                },
                (_, None) => bad_hash = true,
                _ => {}
            });
        if bad_hash || !is_object.unwrap_or(false) {
            return Err("its hashes are not readable".to_owned());
        }
        entry.yanked = match self.yanked {
            None | Some("false" | "null") => None,
            Some("true") => Some(String::new()),
            Some(reason) => match string(reason).ok_or("its `yanked` is neither a flag nor a text")? {
                reason if reason.is_empty() => None,
                reason => Some(bounded(&reason)),
            },
        };
        if given(self.size) {
            let size = self.size.and_then(|raw| raw.parse().ok());
            entry.size = Some(size.ok_or("its size is no number of bytes")?);
        }
        entry.published = self.upload_time.and_then(string).and_then(|text| text.parse().ok());
        entry.provenance = self.provenance.and_then(string).and_then(|link| absolute(base, &link)).map(|(url, _)| url);
        let metadata = self.core_metadata.or(self.old_metadata);
        (entry.has_metadata, entry.core_metadata) = metadata.map_or(Ok((false, None)), metadata_of)?;
        Ok(())
    }
    fn texts(&self) -> [(&'static str, Option<&str>); 3] {
        [("upload-time", self.upload_time), ("requires-python", self.requires_python), ("provenance", self.provenance)]
    }
}

/// Whether metadata is offered, and its digest: a flag, or an object of hashes (PEP 714).
fn metadata_of(value: &str) -> Result<(bool, Option<Digest>), String> {
    match value {
        "true" => Ok((true, None)),
        "false" | "null" => Ok((false, None)),
        object => {
            let mut digest = None;
            let is_object = each_member(object, |algorithm, value| {
                if algorithm == "sha256" {
                    digest = string(value).and_then(|hex| Digest::sha256_hex(&hex).ok());
                }
            });
            if is_object.unwrap_or(false) { Ok((true, digest)) } else { Err("its core-metadata is of a wrong type".to_owned()) }
        }
    }
}
