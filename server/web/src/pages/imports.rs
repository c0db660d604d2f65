//! `/imports` and `/imports/{name}`: where evidence of others comes from, and how that went.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::Role;
use vetmoot_frontend::pages::import::{DroppedReason, Import as Page, ImportRun};
use vetmoot_frontend::pages::imports::{ImportRow, ImportState, Imports, Progress};
use vetmoot_frontend::parts::{Link, Notice, Tone};
use vetmoot_workflows::import::show::{self, RunRow as Run, Shown};
use vetmoot_workflows::import::{Kind, Location, Wanted};
use vetmoot_workflows::{Ctx, Problem};

use super::fields::Fields;
use super::moment::{counted, sentence, took, when};
use super::visit::{Visit, notice, see_other};
use super::{import_form, links};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/imports", super::reads().to(list))
        .route("/imports/{name}", super::reads().to(import))
        .route("/imports/{name}/runs", web::post().to(run));
}

async fn list(visit: Visit) -> HttpResponse {
    let page = all(&visit).await;
    visit.answer(page)
}

async fn all(visit: &Visit) -> Result<HttpResponse, Problem> {
    let shown = show::all(&visit.ctx).await?;
    let page = Imports {
        sources: shown.iter().map(|shown| row(visit, shown)).collect(),
        new_href: may_import(visit).then(|| "/imports/new".to_owned()),
        notice: None,
    };
    visit.page(&visit.shell("Imports", vec![Link::plain("Imports")]), &page)
}

/// Whether the member may import evidence.
pub fn may_import(visit: &Visit) -> bool {
    visit.has(&[Role::Steward, Role::Admin])
}

async fn import(visit: Visit, name: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let page = one(&visit, &name, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn one(visit: &Visit, name: &str, asked: &Fields) -> Result<HttpResponse, Problem> {
    let (shown, runs) = show::one(&visit.ctx, name).await?;
    let mut source = row(visit, &shown);
    let policies = importing(&visit.ctx, &shown);
    // What was left out is that of the last run that read the source to its end.
    let read =
        runs.iter().filter_map(|run| run.outcome.as_ref()).find(|outcome| outcome.error.is_none() && !outcome.not_modified);
    let dropped = read.map(|outcome| outcome.dropped.as_slice()).unwrap_or_default();
    let mut dropped: Vec<DroppedReason> = dropped
        .iter()
        .map(|drop| DroppedReason {
            code: drop.reason.clone(),
            text: why_dropped(&drop.reason),
            count: drop.count,
            examples: drop.examples.clone(),
        })
        .collect();
    source.dropped = dropped.iter().map(|drop| drop.count).sum();
    dropped.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    let page = Page {
        sentence: said(&shown, &policies),
        notice: notice_of(asked, source.state),
        dropped,
        toml: toml(&shown),
        policies,
        runs: runs.iter().map(|run| run_row(visit, run)).collect(),
        run_action: (may_import(visit) && source.state != ImportState::Running)
            .then(|| format!("{}/runs", links::import(name))),
        source,
    };
    visit.page(&visit.shell(name, vec![Link::new("Imports", "/imports"), Link::plain(name)]), &page)
}

fn notice_of(asked: &Fields, state: ImportState) -> Option<Notice> {
    match (asked.text("begun"), state) {
        ("1", ImportState::Running) => Some(notice(Tone::Info, "It is being read; load this page again to see how far it is.")),
        ("1", ImportState::Done | ImportState::Unchanged) => Some(notice(Tone::Done, "It was read to its end.")),
        _ => None,
    }
}

async fn run(visit: Visit, name: web::Path<String>) -> HttpResponse {
    let page = again(&visit, &name).await;
    visit.answer(page)
}

async fn again(visit: &Visit, name: &str) -> Result<HttpResponse, Problem> {
    let member = visit.required_role(&[Role::Steward, Role::Admin], "stewards and admins")?;
    let (shown, _) = show::one(&visit.ctx, name).await?;
    let wanted = Wanted {
        name: shown.source.name.clone(),
        kind: shown.source.kind,
        location: Location::of(&shown.source.location)?,
        every: shown.source.every,
    };
    import_form::begin(&visit.ctx, member, wanted).await?;
    Ok(see_other(&format!("{}?begun=1", links::import(name))))
}

/// The policies that name an import; advisories count for every policy that has a gate for them.
fn importing(ctx: &Ctx, shown: &Shown) -> Vec<Link> {
    let all = ctx.book.all();
    let names = all.iter().filter(|adopted| match shown.source.kind {
        Kind::CargoVet | Kind::Peer => adopted.policy.imports().iter().any(|rule| rule.name == shown.source.name),
        Kind::Osv => adopted.policy.gates().iter().any(|gate| matches!(gate.rule, "gates.malware" | "gates.advisories")),
    });
    names.map(|adopted| links::policy_link(adopted)).collect()
}

fn said(shown: &Shown, policies: &[Link]) -> String {
    let entries = usize::try_from(shown.entries).unwrap_or(usize::MAX);
    match (shown.source.kind, policies.is_empty()) {
        (Kind::CargoVet | Kind::Peer, false) => {
            format!("{} of this feed count where a policy imports them.", sentence_count(entries, "audit"))
        }
        (Kind::CargoVet | Kind::Peer, true) => {
            format!("{} of this feed are held; no policy imports them yet.", sentence_count(entries, "audit"))
        }
        (Kind::Osv, _) => format!("{} of this source are held for the gates of policies.", sentence_count(entries, "record")),
    }
}

fn sentence_count(count: usize, noun: &str) -> String {
    sentence(&counted(count, noun)).trim_end_matches('.').to_owned()
}

/// Lines to paste into a policy.
fn toml(shown: &Shown) -> String {
    match shown.source.kind {
        Kind::CargoVet | Kind::Peer => {
            format!("[[import]]\nname = \"{0}\"\norganisation = \"{0}\"\nlevel = 2\n", shown.source.name)
        }
        Kind::Osv => {
            "[gates]\nmalware = \"refuse\"\nadvisories = { severity-at-least = \"high\", effect = \"hold\" }\n".to_owned()
        }
    }
}

/// One source as lists show it.
fn row(visit: &Visit, shown: &Shown) -> ImportRow {
    let source = &shown.source;
    let outcome = shown.last.as_ref().and_then(|run| run.outcome.as_ref());
    let state = shown.last.as_ref().map_or(ImportState::Queued, state);
    let started = shown.last.as_ref().map(|run| run.started_at);
    ImportRow {
        name: Link::new(&source.name, links::import(&source.name)),
        kind: match source.kind {
            Kind::CargoVet => "cargo-vet feed",
            Kind::Osv => "OSV records",
            Kind::Peer => "followed community",
        }
        .to_owned(),
        location: source.location.clone(),
        state,
        progress: shown.last.as_ref().filter(|_| state == ImportState::Running).map(progress),
        added: outcome.map_or(0, |outcome| outcome.added),
        changed: outcome.map_or(0, |outcome| outcome.changed),
        dropped: outcome.map_or(0, |outcome| outcome.dropped.iter().map(|drop| drop.count).sum()),
        held: shown.entries,
        last: source.last_success_at.map(|at| when(visit.now, at)),
        next: source.every.zip(started).map(|(every, started)| when(visit.now, started.plus(every))),
        error: outcome.and_then(|outcome| outcome.error.as_deref()).map(sentence),
    }
}

fn state(run: &Run) -> ImportState {
    match &run.outcome {
        None => ImportState::Running,
        Some(outcome) if outcome.error.is_some() => ImportState::Failed,
        Some(outcome) if outcome.not_modified => ImportState::Unchanged,
        Some(_) => ImportState::Done,
    }
}

fn progress(run: &Run) -> Progress {
    let text = match (run.read, run.total) {
        (0, None) => "fetching and checking it".to_owned(),
        (read, Some(total)) => format!("{read} of {total} entries"),
        (read, None) => format!("{read} entries"),
    };
    Progress { done: run.read, total: run.total, text }
}

fn run_row(visit: &Visit, run: &Run) -> ImportRun {
    let outcome = run.outcome.as_ref();
    ImportRun {
        started: when(visit.now, run.started_at),
        took: run.finished_at.map(|end| took(end.since(run.started_at))),
        state: state(run),
        added: outcome.map_or(0, |outcome| outcome.added),
        changed: outcome.map_or(0, |outcome| outcome.changed),
        dropped: outcome.map_or(0, |outcome| outcome.dropped.iter().map(|drop| drop.count).sum()),
        error: outcome.and_then(|outcome| outcome.error.as_deref()).map(sentence),
    }
}

/// Why entries were left out, in a sentence.
fn why_dropped(code: &str) -> String {
    match code {
        "bad-package-name" => "The package's name is none that its index admits.",
        "bad-version" => "The version is none of its ecosystem's, or names a revision that no release has.",
        "bad-range" => "The range of versions cannot be read.",
        "bad-criterion" => "A criterion's name or definition cannot be read.",
        "builtin-redefined" => "A criterion takes the name of a built-in, whose meaning is fixed.",
        "no-criteria" => "No criterion that the feed defines is left on the entry.",
        "unknown-kind" => "The entry is of no known kind, or of several at once.",
        "unknown-field" => "The entry has a field unknown here, which might change its meaning.",
        "bad-field" => "A field is of another type than it should be.",
        "not-importable" => "The feed's owner marked it as not for others.",
        "local-only" => "It is for the feed's own project alone.",
        "bad-window" => "The window of trust ends before it begins.",
        "bad-publisher" => "The publisher is named in no way known here.",
        "same-version" => "It leads from a version to itself.",
        "too-long" => "It is longer than any real entry.",
        "other-ecosystem" => "It is about an ecosystem that is not served here.",
        "commit-range" => "Its range counts commits, which no release can be compared with.",
        "nothing-affected" => "It names neither a range nor a version.",
        "not-a-record" => "It is no OSV record.",
        other => return sentence(&other.replace('-', " ")),
    }
    .to_owned()
}
