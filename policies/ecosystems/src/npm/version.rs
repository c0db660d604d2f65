//! Reading one version of a packument.

use std::borrow::Cow;

use serde::de::MapAccess;
use url::Url;
use vetmoot_domain::{Digest, Package, Version};

use super::abbreviated::{Kept, runs_at_install};
use crate::json::{Members, Span, each_member, raw, string};
use crate::listing::{Entry, absolute, cut};

/// The members of a version that mean something here, raw.
#[derive(Default)]
pub(super) struct Wire<'de> {
    name: Option<&'de str>,
    version: Option<&'de str>,
    dist: Option<&'de str>,
    scripts: Option<&'de str>,
    publisher: Option<&'de str>,
    install_script: Option<&'de str>,
    twice: bool,
    /// Whether the document itself says `hasInstallScript`.
    pub(super) says_install_script: bool,
    /// Where the last value ends.
    pub(super) end: usize,
}

/// Reads a version's members as they come.
pub(super) struct VersionReader<'r, 'de> {
    text: &'de str,
    kept: &'r mut Vec<Kept>,
    wire: Wire<'de>,
}

impl<'r, 'de> VersionReader<'r, 'de> {
    pub(super) fn new(text: &'de str, kept: &'r mut Vec<Kept>) -> Self {
        Self { text, kept, wire: Wire::default() }
    }
    pub(super) fn done(self) -> Wire<'de> {
        self.wire
    }
}

impl<'de> Members<'de> for VersionReader<'_, 'de> {
    fn member<A: MapAccess<'de>>(&mut self, key: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        let value = raw(map)?;
        let at = Span::of(self.text, value);
        self.wire.end = at.end();
        self.kept.extend(Kept::of(&key, at));
        let place = match key.as_ref() {
            "name" => &mut self.wire.name,
            "version" => &mut self.wire.version,
            "dist" => &mut self.wire.dist,
            "scripts" => &mut self.wire.scripts,
            "_npmUser" => &mut self.wire.publisher,
            "hasInstallScript" => &mut self.wire.install_script,
            _ => return Ok(()),
        };
        self.wire.twice |= place.replace(value).is_some();
        self.wire.says_install_script = self.wire.install_script.is_some();
        Ok(())
    }
}

/// The members of `dist` that mean something here, raw.
#[derive(Default)]
struct Dist<'de> {
    tarball: Option<&'de str>,
    integrity: Option<&'de str>,
    shasum: Option<&'de str>,
    twice: bool,
}

/// The entry of the version its key names, and the raw text of its tarball's address, or why it cannot be one.
pub(super) fn settle<'de>(
    version: Version,
    wire: &Wire<'de>,
    package: &Package,
    base: &Url,
) -> Result<(Entry, &'de str), String> {
    // Clients differ in which of two equal members they believe.
    if wire.twice {
        return Err("it has a member twice".to_owned());
    }
    let inner = wire.version.and_then(string).ok_or("it has no `version`")?;
    // The client believes the inner text, the policy judged the key.
    if inner != version.as_str() {
        return Err(format!("it calls itself {}", cut(&inner)));
    }
    if let Some(name) = wire.name {
        let name = string(name).ok_or("its name is no text")?;
        if !name.eq_ignore_ascii_case(package.name().as_str()) {
            return Err(format!("it belongs to {}", cut(&name)));
        }
    }
    let dist = dist(wire.dist.ok_or("it has no `dist`")?)?;
    let tarball = dist.tarball.ok_or("it has no tarball")?;
    let (url, _) = string(tarball).and_then(|link| absolute(base, &link)).ok_or("its tarball is no http or https address")?;
    let mut entry = Entry::new(version, url);
    if let Some(integrity) = dist.integrity {
        let integrity = string(integrity).ok_or("its integrity is no text")?;
        if let Some(digest) = Digest::from_integrity(&integrity) {
            entry.digests.add(digest);
        }
    }
    if let Some(shasum) = dist.shasum {
        let mut sha1 = [0; 20];
        let shasum = string(shasum).ok_or("its shasum is no text")?;
        entry.sha1 = hex::decode_to_slice(shasum.as_bytes(), &mut sha1).ok().map(|()| sha1);
    }
    entry.has_install_scripts = wire.install_script == Some("true") || wire.scripts.is_some_and(has_install_scripts);
    entry.publisher = wire.publisher.and_then(publisher);
    Ok((entry, tarball))
}

fn dist(raw: &str) -> Result<Dist<'_>, String> {
    let mut dist = Dist::default();
    let is_object = each_member(raw, |key, value| {
        let place = match key.as_ref() {
            "tarball" => &mut dist.tarball,
            "integrity" => &mut dist.integrity,
            "shasum" => &mut dist.shasum,
            _ => return,
        };
        if value != "null" {
            dist.twice |= place.replace(value).is_some();
        }
    });
    if !is_object.unwrap_or(false) {
        return Err("its `dist` is no object".to_owned());
    }
    if dist.twice { Err("its `dist` has a member twice".to_owned()) } else { Ok(dist) }
}

fn has_install_scripts(scripts: &str) -> bool {
    let mut found = false;
    let read = each_member(scripts, |key, _| found |= runs_at_install(&key));
    read.unwrap_or(false) && found
}

/// The account that published it. A trusted publisher shows as a name with a space, which names nobody in particular.
fn publisher(raw: &str) -> Option<vetmoot_domain::Publisher> {
    let mut login = None;
    each_member(raw, |key, value| {
        if key == "name" && login.is_none() {
            login = string(value).map(|name| name.into_owned());
        }
    })
    .ok()?;
    format!("login:{}", login.filter(|name| !name.is_empty())?).parse().ok()
}
