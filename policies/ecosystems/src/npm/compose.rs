//! Writing a filtered packument by copying the ranges of what stays.

use std::collections::BTreeMap;

use vetmoot_domain::Version;

use super::index::{Packument, VersionAt};
use super::names::{encoded, tarball_stem};
use super::restrictions;
use crate::json::{Span, push_string};
use crate::listing::{Entry, Listing, Segments};
use crate::shown::{Composed, Fate, Form, Links, Shown, fate};

/// Writes the packument in the form asked for. Withheld versions leave `versions` and `time`, tags move to what is left,
/// and `policyRestrictions` says why.
pub(super) fn compose(listing: &Listing, shown: &[Shown], form: Form, links: &Links) -> Composed {
    let (Segments::Npm(packument), Form::NpmFull | Form::NpmAbbreviated) = (&listing.segments, form) else {
        return Composed::nothing(form);
    };
    let writer = Writer::new(packument, listing, shown, links);
    let body =
        if form == Form::NpmAbbreviated && !listing.traits.is_abbreviated { writer.abbreviated() } else { writer.whole() };
    let any_listed = (0..listing.entries.len()).any(|entry| fate(shown, entry) == Fate::AsIs);
    Composed { body, content_type: form.content_type(), any_listed }
}

/// Writes one version as `GET /{name}/{version or tag}` answers it; none when it is not listed. A tag points where it
/// points in the filtered packument.
pub fn compose_version(listing: &Listing, shown: &[Shown], links: &Links, version_or_tag: &str) -> Option<Vec<u8>> {
    let Segments::Npm(packument) = &listing.segments else { return None };
    let exact = listing.entries.iter().position(|entry| entry.version.as_str() == version_or_tag);
    let entry = match exact {
        Some(entry) => (fate(shown, entry) == Fate::AsIs).then_some(entry)?,
        None => packument.tags.iter().find(|tag| tag.name == version_or_tag).and_then(|tag| packument.resolve(tag, shown))?,
    };
    let writer = Writer::new(packument, listing, shown, links);
    let (at, entry) = (packument.versions.get(entry)?, listing.entries.get(entry)?);
    let mut body = Vec::new();
    writer.patched(&mut body, at.object, at, entry);
    Some(body)
}

/// The tags of the filtered packument with what they point at; as JSON, the answer of `GET /-/package/{name}/dist-tags`.
pub fn dist_tags(listing: &Listing, shown: &[Shown]) -> BTreeMap<String, Version> {
    let Segments::Npm(packument) = &listing.segments else { return BTreeMap::new() };
    let resolved = packument.tags.iter().filter_map(|tag| {
        let entry = listing.entries.get(packument.resolve(tag, shown)?)?;
        Some((tag.name.clone(), entry.version.clone()))
    });
    resolved.collect()
}

struct Writer<'a> {
    packument: &'a Packument,
    listing: &'a Listing,
    shown: &'a [Shown],
    /// The JSON text of a tarball's address up to the version, with its opening quote.
    tarball_stem: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn new(packument: &'a Packument, listing: &'a Listing, shown: &'a [Shown], links: &Links) -> Self {
        let mut stem = Vec::new();
        push_string(&mut stem, &format!("{}{}", links.files, tarball_stem(&listing.package)));
        stem.pop();
        Self { packument, listing, shown, tarball_stem: stem }
    }

    /// Every member of upstream's document, in its order.
    fn whole(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.capacity());
        let mut object = Object::open(&mut body);
        for (key, value) in &self.packument.members {
            match key.as_str() {
                "versions" => self.versions(object.member(key), |writer, body, at, entry| {
                    writer.patched(body, at.member, at, entry);
                }),
                "time" => self.times(object.member(key)),
                "dist-tags" => self.tags(object.member(key)),
                // Versions that upstream stages for its own members have not been judged.
                "stagedVersions" => {}
                // Ours stands in its place when this instance withholds something.
                "policyRestrictions" if self.withholds() => {}
                _ => object.member(key).extend_from_slice(value.of_bytes(&self.packument.bytes)),
            }
        }
        self.restrictions(&mut object);
        object.close();
        body
    }

    /// The abbreviated form of a full document.
    fn abbreviated(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.capacity() / 4);
        let mut object = Object::open(&mut body);
        push_string(object.member("name"), self.listing.package.name().as_str());
        self.tags(object.member("dist-tags"));
        if let Some(modified) = self.packument.modified {
            object.member("modified").extend_from_slice(modified.of_bytes(&self.packument.bytes));
        }
        self.versions(object.member("versions"), Self::abbreviated_version);
        // Not part of the documented form, but clients that wait for a release to age ask for the full document without.
        if !self.packument.times.is_empty() {
            self.times(object.member("time"));
        }
        self.restrictions(&mut object);
        object.close();
        body
    }

    fn capacity(&self) -> usize {
        self.packument.bytes.len() + self.packument.versions.len() * (self.tarball_stem.len() + 32)
    }

    fn withholds(&self) -> bool {
        (0..self.listing.entries.len()).any(|entry| fate(self.shown, entry) != Fate::AsIs)
    }

    fn versions(&self, body: &mut Vec<u8>, write: impl Fn(&Self, &mut Vec<u8>, &VersionAt, &Entry)) {
        body.push(b'{');
        let mut first = true;
        for (position, (at, entry)) in self.packument.versions.iter().zip(&self.listing.entries).enumerate() {
            if fate(self.shown, position) == Fate::AsIs {
                if !first {
                    body.push(b',');
                }
                first = false;
                write(self, body, at, entry);
            }
        }
        body.push(b'}');
    }

    /// A range around a version's tarball, with our address in it.
    fn patched(&self, body: &mut Vec<u8>, range: Span, at: &VersionAt, entry: &Entry) {
        let bytes = &self.packument.bytes;
        body.extend_from_slice(Span::between(range.start(), at.tarball.start()).of_bytes(bytes));
        body.extend_from_slice(&self.tarball_stem);
        for piece in encoded(&entry.version) {
            body.extend_from_slice(piece.as_bytes());
        }
        body.extend_from_slice(b".tgz\"");
        body.extend_from_slice(Span::between(at.tarball.end(), range.end()).of_bytes(bytes));
    }

    fn abbreviated_version(&self, body: &mut Vec<u8>, at: &VersionAt, entry: &Entry) {
        push_string(body, entry.version.as_str());
        body.push(b':');
        let mut object = Object::open(body);
        for kept in self.packument.kept.get(at.kept.0..at.kept.1).unwrap_or_default() {
            let member = object.member(kept.key());
            if kept.key() == "dist" {
                self.patched(member, kept.value, at, entry);
            } else {
                member.extend_from_slice(kept.value.of_bytes(&self.packument.bytes));
            }
        }
        if at.adds_install_script {
            object.member("hasInstallScript").extend_from_slice(b"true");
        }
        object.close();
    }

    /// `time` without the withheld versions; the allowed ones keep theirs, since clients that wait for a release to age
    /// take a missing time for an old one.
    fn times(&self, body: &mut Vec<u8>) {
        body.push(b'{');
        let mut first = true;
        for time in &self.packument.times {
            if time.entry.is_none_or(|entry| fate(self.shown, entry) == Fate::AsIs) {
                if !first {
                    body.push(b',');
                }
                first = false;
                body.extend_from_slice(time.member.of_bytes(&self.packument.bytes));
            }
        }
        body.push(b'}');
    }

    fn tags(&self, body: &mut Vec<u8>) {
        let mut object = Object::open(body);
        for tag in &self.packument.tags {
            let entry = self.packument.resolve(tag, self.shown).and_then(|entry| self.listing.entries.get(entry));
            if let Some(entry) = entry {
                push_string(object.member(&tag.name), entry.version.as_str());
            }
        }
        object.close();
    }

    fn restrictions(&self, object: &mut Object<'_>) {
        let mut value = Vec::new();
        if restrictions::push(&mut value, self.packument, self.listing, self.shown) {
            object.member("policyRestrictions").extend_from_slice(&value);
        }
    }
}

/// A JSON object being written.
struct Object<'b> {
    body: &'b mut Vec<u8>,
    is_empty: bool,
}

impl<'b> Object<'b> {
    fn open(body: &'b mut Vec<u8>) -> Self {
        body.push(b'{');
        Self { body, is_empty: true }
    }
    /// Writes the key; the caller writes the value behind it.
    fn member(&mut self, key: &str) -> &mut Vec<u8> {
        if !self.is_empty {
            self.body.push(b',');
        }
        self.is_empty = false;
        push_string(self.body, key);
        self.body.push(b':');
        self.body
    }
    fn close(self) {
        self.body.push(b'}');
    }
}
