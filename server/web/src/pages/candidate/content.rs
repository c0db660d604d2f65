//! What is in a candidate and what was said about it, as rows.

use vetmoot_domain::{CandidateState, CheckVerdict, Ecosystem, Home, Role};
use vetmoot_frontend::pages::candidate::{CheckRow, FileRow, FindingRow, HistoryRow, Progress, TryRow, WaiverRow};
use vetmoot_frontend::parts::{AuditRow, Link, NeedRow, NeedState};
use vetmoot_workflows::submission::check::{Checks, ResultRow, WaiverRow as Waived};
use vetmoot_workflows::submission::preflight::source::{Paths, Source, SourceComparison};
use vetmoot_workflows::submission::progress::{self as releases, ReleaseStep};
use vetmoot_workflows::submission::vet::{self, NeedKind, Needs};
use vetmoot_workflows::submission::{Candidate, CandidateRow, FileKind, FileStep, Finding};
use vetmoot_workflows::{Problem, audit};

use super::{contradicted, is_offered, words};
use crate::limits::SOURCE_PATHS_SHOWN;
use crate::pages::evidence::{speaks_of, testimony_row};
use crate::pages::fediverse::is_web;
use crate::pages::moment::{sentence, size, when};
use crate::pages::visit::Visit;
use crate::pages::{links, members};

/// What the policy wants, what is missing first.
pub fn needs(visit: &Visit, found: &Candidate, needs: &Needs) -> Vec<NeedRow> {
    let release = found.row.package.release(found.row.version.clone());
    let row = |need: &vet::Need| NeedRow {
        kind: words::need(need.kind).to_owned(),
        name: words::which(need).to_owned(),
        state: match need.state {
            vet::NeedState::Met => NeedState::Met,
            vet::NeedState::Waived => NeedState::Waived,
            vet::NeedState::Waiting => NeedState::Waiting,
            vet::NeedState::Failed => NeedState::Failed,
        },
        // The time it waits until stands beside the text.
        text: if need.kind == NeedKind::Wait && need.until.is_some() {
            format!("{} waits from the moment all files are there.", words::policy(visit, &found.row.policy).text)
        } else {
            sentence(&need.text)
        },
        until: need.until.map(|at| when(visit.now, at)),
        by: need.by.clone().filter(|by| !need.text.contains(by.as_str())),
        warns: need.kind == NeedKind::Way && need.state == vet::NeedState::Met && need.name != "way",
        link: match (&need.link, need.kind) {
            (Some(link), kind) if is_web(link) || link.starts_with('/') => Some(Link::new(
                match kind {
                    NeedKind::Audits => "See the audit",
                    NeedKind::Check => "See the run",
                    NeedKind::Wait | NeedKind::Clean | NeedKind::Way => "See what was said",
                },
                link,
            )),
            (_, NeedKind::Way) if words::which(need) == "credential" && visit.has(&[Role::Steward, Role::Admin]) => {
                Some(Link::new("See the credentials", "/admin/credentials"))
            }
            (_, NeedKind::Audits) if super::may_be_audited(visit, &found.row) && !words::is_there(need.state) => {
                Some(Link::new("Record an audit", links::record(&release, None)))
            }
            _ => None,
        },
    };
    let rank = |need: &&vet::Need| match need.state {
        vet::NeedState::Failed => 0,
        vet::NeedState::Waiting => 1,
        vet::NeedState::Waived => 2,
        vet::NeedState::Met => 3,
    };
    let mut sorted: Vec<&vet::Need> = needs.needs.iter().collect();
    sorted.sort_by_key(rank);
    sorted.into_iter().map(row).collect()
}

/// What was noticed at the upload.
pub fn findings(row: &CandidateRow) -> Vec<FindingRow> {
    let findings: Vec<Finding> = serde_json::from_str(&row.findings).unwrap_or_default();
    let mut shown: Vec<FindingRow> = Vec::new();
    for finding in findings {
        let (text, fix) = (sentence(&finding.text), sentence(&finding.fix));
        // The same is noticed in each file of a release; it is one thing to mend.
        if let Some(same) = shown.iter_mut().find(|row| row.text == text && row.fix == fix) {
            let further = finding.place.filter(|place| same.place.as_ref() != Some(place));
            same.place = match (same.place.take(), further) {
                (Some(one), Some(other)) => Some(format!("{one}, {other}")),
                (one, other) => one.or(other),
            };
        } else {
            shown.push(FindingRow { weight: finding.weight.to_string(), text, fix, place: finding.place });
        }
    }
    shown
}

/// How the archives compare with the source they are said to be made from, in a few sentences.
pub fn source(row: &CandidateRow) -> Option<String> {
    let source: Source = serde_json::from_str(row.source.as_deref()?).ok()?;
    if source.agrees {
        let text = format!(
            "Everything in it stands in the source that {} gave, with the same bytes; what tools write is left apart.",
            source.given_by
        );
        return Some(text);
    }
    let named = |word: &str, paths: &Paths| {
        let names =
            vetmoot_frontend::tame(&paths.paths.iter().take(SOURCE_PATHS_SHOWN).cloned().collect::<Vec<_>>().join(", "));
        (paths.count > 0).then(|| format!("{} {word}: {names}", paths.count))
    };
    let of = |file: &SourceComparison| {
        let said = [named("not in it", &file.missing), named("with other bytes", &file.differing)];
        let said: Vec<String> = said.into_iter().flatten().collect();
        (!said.is_empty()).then(|| format!("{}: {}", file.file_name, said.join("; ")))
    };
    let said: Vec<String> = source.files.iter().filter_map(of).collect();
    Some(format!("It differs from the source that {} gave. {}", source.given_by, sentence(&said.join(". "))))
}

/// The files, each with how far it is.
pub fn files(visit: &Visit, found: &Candidate, home: Home) -> Vec<FileRow> {
    let offered = is_offered(found.row.state, home);
    let row = |file: &vetmoot_workflows::submission::FileRow| FileRow {
        name: file.file_name.clone(),
        kind: match file.kind {
            FileKind::Crate => "crate",
            FileKind::Sdist => "source distribution",
            FileKind::Wheel => "wheel",
            FileKind::Tgz => "tarball",
        }
        .to_owned(),
        size: size(file.size),
        digests: file.digests.iter().map(|digest| digest.to_string()).collect(),
        href: offered.then(|| download(&found.row, &file.file_name)),
        attested: file.attestations.is_some(),
        step: file.step.to_string(),
        step_at: file.step_at.map(|at| when(visit.now, at)),
        detail: file.detail.clone(),
    };
    found.files.iter().map(row).collect()
}

/// Where a file is had as it was handed in.
fn download(row: &CandidateRow, file: &str) -> String {
    format!("{}/files/{}", links::candidate(&row.id), links::segment(file))
}

/// Results of outside checks, newest first.
pub fn checks(visit: &Visit, checks: &Checks) -> Vec<CheckRow> {
    let row = |row: &ResultRow| CheckRow {
        name: row.name.clone(),
        result: row.verdict.to_string(),
        good: row.verdict != CheckVerdict::Failed,
        by: row.posted_by.clone(),
        when: when(visit.now, row.posted_at),
        link: row.url.as_deref().filter(|url| is_web(url)).map(|url| Link::new("the run", url)),
        detail: row.detail.clone(),
    };
    checks.results.iter().rev().map(row).collect()
}

/// Checks that were waived, newest first.
pub fn waivers(visit: &Visit, checks: &Checks) -> Vec<WaiverRow> {
    let row = |row: &Waived| WaiverRow {
        name: row.name.clone(),
        by: members::link(row.by.as_str()),
        reason: row.reason.clone(),
        when: when(visit.now, row.waived_at),
    };
    checks.waivers.iter().rev().map(row).collect()
}

/// Audits of these very bytes, and whatever names no bytes and speaks of the version.
pub async fn audits(visit: &Visit, found: &Candidate) -> Result<Vec<AuditRow>, Problem> {
    let release = found.row.package.release(found.row.version.clone());
    let evidence = audit::list::about(&visit.ctx, &found.row.package).await?;
    let ours = |audit: &vetmoot_domain::Audit| {
        let mut digests = audit.digests().peekable();
        digests.peek().is_none() || digests.any(|digest| found.files.iter().any(|file| file.digests.has(digest)))
    };
    let about = evidence.testimonies.iter().filter(|one| speaks_of(&one.audit, &release) && ours(&one.audit));
    Ok(about.map(|one| testimony_row(visit.now, one)).collect())
}

/// How far the release is, once somebody asked for it.
pub async fn progress(visit: &Visit, found: &Candidate, home: Home) -> Result<Option<Progress>, Problem> {
    let Some(row) = releases::of(&visit.ctx, &found.row.id).await? else { return Ok(None) };
    let who = found.row.released_by_name.as_ref().map_or_else(|| "a lead".to_owned(), ToString::to_string);
    let asked = when(visit.now, row.asked_at).relative;
    let arrived = found.files.iter().filter(|file| matches!(file.step, FileStep::Published | FileStep::Verified)).count();
    let place = words::home(home);
    let files = match found.files.len() {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    };
    let how = match (found.row.state, home) {
        (CandidateState::Released, Home::Official) => format!("{place} serves the very bytes"),
        (CandidateState::Released, Home::Community) => format!("it stands in {place}"),
        (CandidateState::Failed, _) => format!("{arrived} of {files} arrived at {place}"),
        _ if row.step == ReleaseStep::Approval => format!("a person has to approve it at {place} now"),
        _ if row.step == ReleaseStep::Comparing => format!("what {place} serves is being compared"),
        _ => format!("{arrived} of {files} arrived at {place}"),
    };
    let under_way = row.done_at.is_none() && found.row.state == CandidateState::Releasing;
    Ok(Some(Progress {
        title: match found.row.state {
            CandidateState::Released => "Released",
            CandidateState::Failed => "Not released",
            _ => "On its way",
        }
        .to_owned(),
        sentence: format!("{who} asked for the release {asked}; {how}."),
        // An alarm says all of it at the top of the page.
        error: row.last_error.filter(|_| found.row.state != CandidateState::Released && contradicted(found).is_none()),
        why: if under_way { "Why it waits" } else { "Why it ended" }.to_owned(),
        again: (under_way && row.tries > 0).then(|| when(visit.now, row.not_before)),
        tries: u64::try_from(row.tries).unwrap_or_default(),
    }))
}

/// Its moves, oldest first.
pub fn history(visit: &Visit, found: &Candidate) -> Vec<HistoryRow> {
    let row = |step: &vetmoot_workflows::submission::MoveRow| HistoryRow {
        stage: words::stage(step.state),
        by: match step.moved_by.as_str() {
            "timer" => Link::plain("this instance"),
            "operator" => Link::plain("the operator"),
            name => members::link(name),
        },
        reason: step.reason.clone(),
        when: when(visit.now, step.at),
    };
    found.moves.iter().map(row).collect()
}

/// How a reviewer gets it with their client, while the staging door hands it out: a line each, with what it is for.
pub fn try_it(visit: &Visit, found: &Candidate, home: Home) -> Vec<TryRow> {
    if !is_offered(found.row.state, home) || contradicted(found).is_some() {
        return Vec::new();
    }
    let row = |about: &str, line: String| TryRow { about: about.to_owned(), line };
    let (base, name, version) = (visit.ctx.base_url.as_str(), found.row.package.name(), &found.row.version);
    match found.row.package.ecosystem() {
        Ecosystem::Cargo => vec![
            row(
                "A library, in a project made for it with the guide's lines for reviewers",
                format!("cargo add {name}@={version}"),
            ),
            row("A program", format!("cargo install {name}@{version} --index sparse+{base}/publish/cargo/")),
        ],
        Ecosystem::Pypi => {
            vec![row(
                "In an environment of its own",
                format!("pip install {name}=={version} --index-url {base}/publish/pypi/simple/"),
            )]
        }
        Ecosystem::Npm => {
            vec![row("In a folder of its own", format!("npm install {name}@{version} --registry {base}/publish/npm/"))]
        }
    }
}
