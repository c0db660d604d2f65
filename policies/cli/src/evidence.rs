//! The evidence named on the command line: audit feeds and folders of advisories.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use vetmoot_domain::{AdvisoryKind, Depth, Evidence, Level, Organisation, Package, SourceState};
use vetmoot_ecosystems::feeds::{Dropped, cargo_vet, osv};
use vetmoot_judge::ImportRule;

use crate::Ctx;
use crate::exit::Failure;
use crate::limits::{ADVISORY_BYTES_MAX, ADVISORY_FILES_MAX, DOCUMENT_BYTES_MAX, FOLDER_DEPTH_MAX};

/// Evidence by package, with what a policy has to know of where it came from.
#[derive(Default)]
pub(crate) struct Gathered {
    pub evidence: HashMap<Package, Evidence>,
    pub imports: Vec<ImportRule>,
    pub sources: Vec<SourceState>,
}

/// Reads feeds and advisories, keeping what is about the packages that are wanted.
pub(crate) fn gather(
    feeds: &[String],
    advisories: &[PathBuf],
    wanted: &HashSet<&Package>,
    ctx: &Ctx,
) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    for place in feeds {
        feed(place, wanted, &mut gathered, ctx)?;
    }
    for folder in advisories {
        advisory_folder(folder, wanted, &mut gathered, ctx)?;
    }
    Ok(gathered)
}

fn feed(place: &str, wanted: &HashSet<&Package>, gathered: &mut Gathered, ctx: &Ctx) -> Result<(), Failure> {
    if gathered.imports.iter().any(|import| import.name == place) {
        return Err(Failure::Usage(format!("the feed {place} is named twice; it would count once")));
    }
    let bytes = ctx.fetcher.bytes(place, DOCUMENT_BYTES_MAX)?;
    let feed =
        cargo_vet::read(&bytes, place).map_err(|error| Failure::Feed { place: place.to_owned(), why: error.to_string() })?;
    let organisation = organisation(place, &gathered.imports);
    for entry in &feed.entries {
        if wanted.contains(&entry.audit.package) {
            let testimony = entry.testimony(place, &organisation, Level::AUDITOR, Some(ctx.now));
            gathered.evidence.entry(entry.audit.package.clone()).or_default().testimonies.push(testimony);
        }
    }
    dropped(place, &feed.summary.dropped, ctx);
    let mut rule = ImportRule::new(place, organisation, Level::AUDITOR.number());
    // An audit of cargo-vet says that its auditor read the code; the format has no word for how closely.
    rule.depth = Some(Depth::Read);
    gathered.imports.push(rule);
    Ok(())
}

/// A feed is an organisation of its own, called by the folder or host it comes from as long as that is one feed's alone.
fn organisation(place: &str, others: &[ImportRule]) -> Organisation {
    let parts: Vec<&str> = place.split(['/', '\\']).filter(|part| !part.is_empty() && !part.contains(':')).collect();
    let short = match parts.as_slice() {
        [.., folder, "audits.toml"] => folder,
        [.., file] => file.trim_end_matches(".toml"),
        [] => place,
    };
    let taken = |name: &Organisation| others.iter().any(|other| other.organisation == *name);
    let number = others.len() + 1;
    let candidates = [short.to_owned(), place.to_owned(), format!("feed {number}")];
    let free = candidates.iter().filter_map(|name| name.parse().ok()).find(|name| !taken(name));
    free.unwrap_or_else(Organisation::community)
}

fn advisory_folder(folder: &Path, wanted: &HashSet<&Package>, gathered: &mut Gathered, ctx: &Ctx) -> Result<(), Failure> {
    let source = folder.display().to_string();
    let files = files_below(folder)?;
    let bar = ctx.terminal.progress().steps("advisories", u64::try_from(files.len()).ok());
    let mut all_dropped = Dropped::default();
    let mut malware = false;
    for path in files {
        let bytes = ctx.fetcher.file(&path, ADVISORY_BYTES_MAX)?;
        let name = path.display().to_string();
        match osv::read(&name, &bytes, &source) {
            Ok(record) => {
                all_dropped.join(record.dropped);
                for advisory in record.advisories {
                    malware |= advisory.kind == AdvisoryKind::Malware;
                    if wanted.contains(&advisory.package) {
                        gathered.evidence.entry(advisory.package.clone()).or_default().advisories.push(advisory);
                    }
                }
            }
            Err(error) => all_dropped.add(error.reason(), &format!("{name}: {error}")),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    dropped(&source, &all_dropped, ctx);
    gathered.sources.push(SourceState { name: source, last_read: ctx.now, malware });
    Ok(())
}

/// Every JSON and YAML file in a folder and the folders below it, in the order of their paths; links are not followed.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let wrong = |path: &Path, why: String| Failure::File { place: path.display().to_string(), why };
    let mut open = vec![(folder.to_owned(), 0)];
    let mut files = Vec::new();
    while let Some((folder, depth)) = open.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| wrong(&folder, error.to_string()))?;
        for entry in entries {
            let entry = entry.map_err(|error| wrong(&folder, error.to_string()))?;
            let kind = entry.file_type().map_err(|error| wrong(&folder, error.to_string()))?;
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let record = path.extension().is_some_and(|end| matches!(end.to_str(), Some("json" | "yaml" | "yml")));
            if kind.is_dir() && !hidden && depth < FOLDER_DEPTH_MAX {
                open.push((path, depth + 1));
            } else if kind.is_file() && record {
                files.push(path);
            }
            if files.len() > ADVISORY_FILES_MAX {
                return Err(wrong(&folder, format!("it has more than {ADVISORY_FILES_MAX} advisories")));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What could not be taken over is counted by reason; the rest of it is the importing side's business.
fn dropped(place: &str, dropped: &Dropped, ctx: &Ctx) {
    if dropped.is_empty() {
        return;
    }
    let reasons: Vec<String> = dropped.iter().map(|(reason, drop)| format!("{} {reason}", drop.count)).collect();
    ctx.terminal.note(&format!("{place}: left out {} ({})", dropped.total(), reasons.join(", ")));
}
