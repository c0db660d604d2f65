//! `vetmoot init`: write down what fails today, so that only what is new fails tomorrow.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use crate::Ctx;
use crate::args::{InitArgs, JudgingArgs};
use crate::baseline::Baseline;
use crate::check;
use crate::exit::{Exit, Failure};
use crate::lock::Lock;

/// Writes the baseline, or takes out of the one that is there what is mended or gone.
pub(crate) fn run(args: &InitArgs, ctx: &Ctx) -> Result<Exit, Failure> {
    let lock = Lock::read(args.lock.as_deref(), ctx)?;
    let today = match &args.policy {
        Some(policy) => {
            let judging = JudgingArgs {
                policy: policy.clone(),
                feed: args.feed.clone(),
                advisories: args.advisories.clone(),
                offline: args.offline,
            };
            let checked = check::judged(&lock, &judging, ctx)?;
            if !checked.missing.is_empty() {
                ctx.terminal.note(&format!("undecided: the instance said nothing about {}", checked.missing.join(", ")));
                return Ok(Exit::Undecided);
            }
            let undecided = checked.undecided().count();
            if undecided > 0 {
                ctx.terminal.note(&format!("{undecided} releases are undecided for want of a fact; they are not written down"));
            }
            Baseline::of(&checked.judged, &lock.file.entries)
        }
        None => Baseline::of_all(&lock.file.entries),
    };
    let path = lock.baseline();
    let (baseline, text) = if path.is_file() { tightened(&path, today, ctx)? } else { begun(&path, today) };
    write(&path, &baseline.to_toml())?;
    let document = json!({ "baseline": path.display().to_string(), "releases": baseline.releases.len() });
    ctx.terminal.answer(&if ctx.json { format!("{document:#}\n") } else { text });
    Ok(Exit::Fine)
}

fn begun(path: &Path, today: Baseline) -> (Baseline, String) {
    let count = today.releases.len();
    let text = format!(
        "{} passes over {count} {} from now on; put it under version control and run `vetmoot init` again to take out what was mended.\n",
        path.display(),
        if count == 1 { "release" } else { "releases" }
    );
    (today, text)
}

/// The baseline only ever shrinks: what fails today and did not when it was written stays failing.
fn tightened(path: &Path, today: Baseline, ctx: &Ctx) -> Result<(Baseline, String), Failure> {
    let mut kept = Baseline::read(path, ctx)?;
    let before = kept.releases.len();
    kept.releases.retain(|purl, _| today.releases.contains_key(purl));
    let taken_out = before - kept.releases.len();
    let new = today.releases.keys().filter(|purl| !kept.releases.contains_key(*purl)).count();
    let mut text = format!("{}: {taken_out} taken out, {} left.", path.display(), kept.releases.len());
    if new > 0 {
        let _ = write!(text, " {new} that fail today were not in it and are not added: a baseline only shrinks.");
    }
    text.push('\n');
    Ok((kept, text))
}

/// Writes the file as a whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let wrong = |error: std::io::Error| Failure::Write { place: path.display().to_string(), why: error.to_string() };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    let new = path.with_extension("toml.new");
    std::fs::write(&new, text).map_err(wrong)?;
    std::fs::rename(&new, path).map_err(wrong)
}
