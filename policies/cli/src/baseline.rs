//! The baseline: what failed when a project began, passed over until it is mended, and never added to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use vetmoot_domain::{Digest, State};
use vetmoot_ecosystems::lock::LockEntry;

use crate::Ctx;
use crate::exit::Failure;
use crate::limits::BASELINE_BYTES_MAX;
use crate::view::Judged;

/// The version of the format.
const VERSION: u32 = 1;

/// A baseline, read.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    /// What is passed over, by purl.
    pub releases: BTreeMap<String, Passed>,
}

/// One release that is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passed {
    /// Its state when it was written down.
    pub state: State,
    /// The codes of the reasons then; empty passes over every reason of a held release.
    pub codes: Vec<String>,
    /// The digests the lock file pinned then.
    pub digests: Vec<Digest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Document {
    vetmoot_baseline: u32,
    #[serde(default)]
    release: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    purl: String,
    state: State,
    #[serde(default)]
    codes: Vec<String>,
    #[serde(default)]
    digests: Vec<Digest>,
}

impl Baseline {
    /// Reads a baseline.
    pub(crate) fn read(path: &Path, ctx: &Ctx) -> Result<Self, Failure> {
        let bytes = ctx.fetcher.file(path, BASELINE_BYTES_MAX)?;
        let wrong = |why: String| Failure::Baseline { place: path.display().to_string(), why };
        let text = std::str::from_utf8(&bytes).map_err(|error| wrong(error.to_string()))?;
        let document: Document = toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
        if document.vetmoot_baseline != VERSION {
            return Err(wrong(format!("it has version {}; known is {VERSION}", document.vetmoot_baseline)));
        }
        let rows = document.release.into_iter();
        let releases = rows.map(|row| (row.purl, Passed { state: row.state, codes: row.codes, digests: row.digests }));
        Ok(Self { releases: releases.collect() })
    }

    /// The baseline of these releases as they are judged now.
    pub(crate) fn of(judged: &[Judged], entries: &[LockEntry]) -> Self {
        let digests: BTreeMap<String, Vec<Digest>> =
            entries.iter().map(|entry| (entry.release.to_string(), pinned(entry))).collect();
        let failed = judged.iter().filter(|one| one.has_failed());
        let releases = failed.map(|one| {
            let codes = one.view.reasons.iter().map(|reason| reason.code.clone()).collect();
            let digests = digests.get(&one.view.purl).cloned().unwrap_or_default();
            (one.view.purl.clone(), Passed { state: one.view.state, codes, digests })
        });
        Self { releases: releases.collect() }
    }

    /// The baseline of everything in a lock file, whatever will be said of it, short of a refusal.
    pub(crate) fn of_all(entries: &[LockEntry]) -> Self {
        let held = |entry: &LockEntry| Passed { state: State::Held, codes: Vec::new(), digests: pinned(entry) };
        Self { releases: entries.iter().map(|entry| (entry.release.to_string(), held(entry))).collect() }
    }

    /// Marks what this baseline passes over; gives the releases whose bytes are others now than then.
    pub(crate) fn apply(&self, judged: &mut [Judged], entries: &[LockEntry]) -> Vec<String> {
        let now: BTreeMap<String, &LockEntry> = entries.iter().map(|entry| (entry.release.to_string(), entry)).collect();
        let mut other_bytes = Vec::new();
        for one in judged {
            let Some(passed) = self.releases.get(&one.view.purl) else { continue };
            if now.get(&one.view.purl).is_some_and(|entry| passed.has_other_bytes(entry)) {
                other_bytes.push(one.view.purl.clone());
            } else {
                one.baselined = one.view.state != State::Listed && passed.covers(one);
            }
        }
        other_bytes
    }

    /// The document, the same for the same releases.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = String::from(
            "# What failed when this project began to check its packages. `vetmoot check` passes over it; `vetmoot init` takes\n\
             # out what is mended or gone and never adds anything.\n",
        );
        let _ = writeln!(text, "vetmoot-baseline = {VERSION}");
        for (purl, passed) in &self.releases {
            let _ = writeln!(text, "\n[[release]]\npurl = {}\nstate = {}", quoted(purl), quoted(passed.state.as_str()));
            if !passed.codes.is_empty() {
                let codes: Vec<String> = passed.codes.iter().map(|code| quoted(code)).collect();
                let _ = writeln!(text, "codes = [{}]", codes.join(", "));
            }
            if !passed.digests.is_empty() {
                let digests: Vec<String> = passed.digests.iter().map(|digest| quoted(&digest.to_string())).collect();
                let _ = writeln!(text, "digests = [{}]", digests.join(", "));
            }
        }
        text
    }
}

impl Passed {
    /// A held release stays passed over while nothing new is against it; a refusal only when it was one already.
    fn covers(&self, judged: &Judged) -> bool {
        let known = |code: &String| self.codes.contains(code);
        match (self.state, judged.view.state) {
            (State::Held, State::Held) if self.codes.is_empty() => true,
            (State::Held, State::Refused) | (State::Listed, _) => false,
            _ => judged.view.reasons.iter().all(|reason| known(&reason.code)),
        }
    }

    fn has_other_bytes(&self, entry: &LockEntry) -> bool {
        let now = pinned(entry);
        let comparable = |digest: &&Digest| now.iter().any(|other| other.algorithm() == digest.algorithm());
        let mut then = self.digests.iter().filter(comparable).peekable();
        then.peek().is_some() && then.all(|digest| !now.contains(digest))
    }
}

fn pinned(entry: &LockEntry) -> Vec<Digest> {
    entry.files.iter().flat_map(|file| file.digests.iter().collect::<Vec<_>>()).collect()
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
