//! Run an import: read once to know that all of it can be read, then take it in part by part.
//!
//! A feed that breaks off changes nothing. A process that dies in the middle leaves entries that each stand for
//! themselves; the next run finds them as they are and ends what the source no longer shows.

use std::path::Path;

use tokio::sync::mpsc;
use vetmoot_domain::Role;
use vetmoot_domain::event::Topic;
use vetmoot_storage::imports::{self, Dropped, ImportedEntry, RunOutcome, SourceRow};
use vetmoot_storage::{events, settings};

use super::fetch::{Fetched, fetch, trust_setting};
use super::{Done, Kind as SourceKind, Report, Wanted};
use crate::ctx::{Ctx, Origin};
use crate::limits::IMPORT_CHUNK;
use crate::problem::{Kind, Problem};
use crate::submission::vet;

/// What a reading of a source came to.
pub(super) struct Read {
    pub entries: u64,
    pub dropped: Vec<Dropped>,
    pub malware: bool,
}

/// Imports a source under a name; a second run of the same name takes its changes in.
pub async fn run(ctx: &Ctx, origin: &Origin, wanted: &Wanted, progress: &(dyn Fn(Done) + Sync)) -> Result<Report, Problem> {
    if !origin.has(&[Role::Steward, Role::Admin]) {
        return Err(Problem::new(Kind::Forbidden, "stewards-only", "only stewards and admins import evidence"));
    }
    if wanted.kind == SourceKind::Peer {
        return Err(peers_are_followed());
    }
    check_name(&wanted.name)?;
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    let source =
        imports::ensure_source(&tx, &wanted.name, wanted.kind, &wanted.location.to_string(), wanted.every, now).await?;
    if matches!(origin, Origin::Operator) {
        settings::set(&tx, &trust_setting(&wanted.name), &wanted.location.to_string()).await?;
    }
    let run_id = imports::begin_run(&tx, source.id, now).await?;
    tx.commit().await?;
    let outcome = match take_in(ctx, origin, wanted, &source, run_id, progress).await {
        Ok(outcome) => outcome,
        Err(problem) => {
            let outcome = RunOutcome { error: Some(problem.to_string()), ..RunOutcome::default() };
            finish(ctx, origin, &source, run_id, &outcome).await?;
            return Err(problem);
        }
    };
    finish(ctx, origin, &source, run_id, &outcome).await?;
    Ok(Report::of(&wanted.name, &outcome))
}

fn check_name(name: &str) -> Result<(), Problem> {
    let fine = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
    if fine {
        Ok(())
    } else {
        Err(Problem::invalid("bad-name", "name", "name an import with 1 to 64 of a-z, 0-9, hyphen and underscore"))
    }
}

/// One event with counts: an import's entries are not news of ours one by one.
async fn finish(ctx: &Ctx, origin: &Origin, source: &SourceRow, run_id: i64, outcome: &RunOutcome) -> Result<(), Problem> {
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    imports::finish_run(&tx, run_id, outcome, now).await?;
    let counts = format!("added {} changed {} removed {}", outcome.added, outcome.changed, outcome.removed);
    events::append(&tx, Topic::ImportRan, &[source.name.clone(), counts], Some(&origin.label()), now).await?;
    tx.commit().await?;
    ctx.reload_sources().await?;
    ctx.changed();
    vet::settle_after_many(ctx, None).await;
    Ok(())
}

async fn take_in(
    ctx: &Ctx,
    origin: &Origin,
    wanted: &Wanted,
    source: &SourceRow,
    run_id: i64,
    progress: &(dyn Fn(Done) + Sync),
) -> Result<RunOutcome, Problem> {
    let (place, etag, last_modified) = match fetch(ctx, origin, &wanted.location, source).await? {
        Fetched::NotModified => {
            return Ok(RunOutcome {
                not_modified: true,
                etag: source.etag.clone(),
                last_modified: source.last_modified.clone(),
                malware: source.malware,
                ..RunOutcome::default()
            });
        }
        Fetched::Here { path, etag, last_modified } => (path, etag, last_modified),
    };
    let (kind, label, path) = (wanted.kind, wanted.location.to_string(), place.path().to_owned());
    let checked = {
        let (label, path) = (label.clone(), path.clone());
        blocking(move || read(kind, &path, &label, &mut |_| true)).await?
    };
    let tx = ctx.store.begin().await?;
    imports::progress(&tx, run_id, 0, Some(checked.entries)).await?;
    tx.commit().await?;
    let mut outcome = RunOutcome { etag, last_modified, ..RunOutcome::default() };
    let (sender, mut chunks) = mpsc::channel::<Vec<ImportedEntry>>(2);
    let reading = tokio::task::spawn_blocking(move || {
        let mut chunk = Vec::with_capacity(IMPORT_CHUNK);
        let done = read(kind, &path, &label, &mut |entry| {
            chunk.push(entry);
            chunk.len() < IMPORT_CHUNK
                || sender.blocking_send(std::mem::replace(&mut chunk, Vec::with_capacity(IMPORT_CHUNK))).is_ok()
        });
        // The receiver is gone only when writing failed, and then that error is the one told.
        let _ = sender.blocking_send(chunk);
        done
    });
    let mut done = Done { entries: 0, total: Some(checked.entries) };
    while let Some(chunk) = chunks.recv().await {
        let tx = ctx.store.begin().await?;
        let counts = imports::upsert_entries(&tx, source.id, run_id, &chunk, ctx.clock.now()).await?;
        done.entries += chunk.len() as u64;
        imports::progress(&tx, run_id, done.entries, done.total).await?;
        tx.commit().await?;
        ctx.changed();
        outcome.added += counts.added;
        outcome.changed += counts.changed;
        outcome.same += counts.same;
        progress(done);
    }
    let read = reading.await.map_err(gave_up)??;
    outcome.dropped = read.dropped;
    outcome.malware = read.malware;
    let tx = ctx.store.begin().await?;
    outcome.removed = imports::end_missing(&tx, source.id, run_id, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(outcome)
}

fn read(kind: SourceKind, path: &Path, label: &str, sink: &mut dyn FnMut(ImportedEntry) -> bool) -> Result<Read, Problem> {
    match kind {
        SourceKind::CargoVet => super::cargo_vet::read(path, label, sink),
        SourceKind::Osv => super::osv::read(path, label, sink),
        SourceKind::Peer => Err(peers_are_followed()),
    }
}

fn peers_are_followed() -> Problem {
    Problem::invalid("bad-kind", "kind", "a community is not imported but followed; its statements then arrive by themselves")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(gave_up)?
}

fn gave_up(panic: tokio::task::JoinError) -> Problem {
    Problem::new(Kind::Internal, "reader-gave-up", "the reader of the source gave up; the operator finds the cause in the log")
        .because(panic)
}
