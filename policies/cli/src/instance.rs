//! Asking an instance: the instance decides, this command reads its answers and compares digests.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_domain::{Artifact, Use};
use vetmoot_ecosystems::lock::LockEntry;

use crate::Ctx;
use crate::exit::Failure;
use crate::limits::RELEASES_A_QUESTION;
use crate::place::Instance;
use crate::view::Judged;

/// What an instance said about the entries of a lock file.
pub(crate) struct Answers {
    /// Its decisions, in the order of the entries.
    pub judged: Vec<Judged>,
    /// Entries it did not speak of.
    pub missing: Vec<String>,
    /// Entries whose bytes are others there than the lock file pins.
    pub other_bytes: Vec<String>,
    /// The digest of the policy it judged by.
    pub policy_digest: Option<String>,
}

#[derive(Deserialize)]
struct Decisions {
    decisions: Vec<Value>,
}

/// Asks about every entry, in questions of bounded length, one use at a time.
pub(crate) fn ask(instance: &Instance, entries: &[LockEntry], ctx: &Ctx) -> Result<Answers, Failure> {
    let url = instance.base.join("api/v1/decisions").map_err(|error| Failure::Usage(error.to_string()))?;
    let mut decided: HashMap<(String, Use), Judged> = HashMap::new();
    let mut policy_digest = None;
    let bar = ctx.terminal.progress().steps("releases", u64::try_from(entries.len()).ok());
    for usage in Use::ALL {
        let asked: Vec<&LockEntry> = entries.iter().filter(|entry| entry.usage == *usage).collect();
        for part in asked.chunks(RELEASES_A_QUESTION) {
            let purls: Vec<String> = part.iter().map(|entry| entry.release.to_string()).collect();
            let question = json!({ "policy": instance.policy.to_string(), "use": usage.as_str(), "purls": purls });
            let unreadable =
                |why: String| Failure::Unreachable { url: url.to_string(), why: format!("its answer cannot be read: {why}") };
            let answer = ctx.fetcher.post(&url, &question)?;
            let answer: Decisions = serde_json::from_slice(&answer).map_err(|error| unreadable(error.to_string()))?;
            for mut decision in answer.decisions {
                let digest = decision.as_object_mut().and_then(|members| members.shift_remove("policy_digest"));
                policy_digest = policy_digest.or_else(|| digest?.as_str().map(str::to_owned));
                let judged = Judged::new(decision, None).map_err(|error| unreadable(error.to_string()))?;
                decided.insert((canonical(&judged.view.purl), *usage), judged);
            }
            bar.inc(u64::try_from(part.len()).unwrap_or_default());
        }
    }
    bar.finish_and_clear();
    let mut answers = Answers { judged: Vec::new(), missing: Vec::new(), other_bytes: Vec::new(), policy_digest };
    for entry in entries {
        let purl = entry.release.to_string();
        match decided.get(&(purl.clone(), entry.usage)) {
            Some(judged) => {
                if differs(entry, judged) {
                    answers.other_bytes.push(purl);
                }
                answers.judged.push(Judged { line: Some(entry.line), ..judged.clone() });
            }
            None => answers.missing.push(purl),
        }
    }
    Ok(answers)
}

fn canonical(purl: &str) -> String {
    purl.parse::<Artifact>().map_or_else(|_| purl.to_owned(), |artifact| artifact.release.to_string())
}

/// Whether the lock pins other bytes than the instance knows of the same file. Where files have no names every digest of
/// the lock has to be one the instance knows, as soon as it knows any of that algorithm.
fn differs(entry: &LockEntry, judged: &Judged) -> bool {
    let known = &judged.view.artifacts;
    entry.files.iter().any(|file| match &file.name {
        Some(name) => known.iter().any(|artifact| {
            let same = artifact.purl.parse::<Artifact>().is_ok_and(|artifact| artifact.file_name.as_ref() == Some(name));
            same && artifact.digests.contradicts(&file.digests)
        }),
        None => {
            let mut told = known
                .iter()
                .filter(|artifact| {
                    file.digests
                        .iter()
                        .any(|digest| artifact.digests.iter().any(|other| other.algorithm() == digest.algorithm()))
                })
                .peekable();
            told.peek().is_some() && told.all(|artifact| artifact.digests.contradicts(&file.digests))
        }
    })
}
