//! Pre-flight: everything that is wrong with an upload, told at once, each with its fix.

mod index;
mod look_alikes;
pub mod source;

use vetmoot_domain::{Home, Slug};
use vetmoot_ecosystems::archive::{ArchiveKind, Limits};
use vetmoot_ecosystems::preflight::{Notice, Upload, look};

use super::ProjectRow;
use super::finding::{Finding, Weight};
use super::hand_in::Handed;
use crate::ctx::Ctx;
use crate::limits::PREFLIGHT_AT_ONCE;
use crate::problem::{Kind, Problem};
use crate::submission::FileKind;

/// How many archives are gone through at the same time; each takes a thread and some memory.
#[derive(Debug)]
pub struct Looking(pub(crate) tokio::sync::Semaphore);

impl Default for Looking {
    fn default() -> Self {
        Self(tokio::sync::Semaphore::new(PREFLIGHT_AT_ONCE))
    }
}

/// Everything that is noticed about a file before it becomes part of a candidate; errors first.
pub async fn run(ctx: &Ctx, project: &ProjectRow, handed: &Handed) -> Result<Vec<Finding>, Problem> {
    let mut findings = policy(ctx, project);
    let listed = index::listing(ctx, project).await;
    findings.extend(archive(ctx, project, handed, !listed.is_certainly_new()).await?);
    findings.extend(index::check(ctx, project, handed, &listed).await?);
    if listed.is_new() {
        findings.extend(look_alikes::check(ctx, project, listed.is_certainly_new()).await?);
    }
    findings.sort_by_key(|finding| finding.weight);
    Ok(findings)
}

/// Whether the policy can vet it.
fn policy(ctx: &Ctx, project: &ProjectRow) -> Vec<Finding> {
    let slug: &Slug = project.policy.as_ref().unwrap_or(&ctx.publishing.policy);
    let ecosystem = project.package.ecosystem();
    // One that is not adopted at all was refused before the file was read.
    let narrow = ctx.book.newest(slug).is_some_and(|adopted| !adopted.policy.ecosystems().contains(&ecosystem));
    let finding = narrow.then(|| {
        Finding::error(
            "policy-not-covering",
            format!("The policy `{slug}` that is to vet this project does not cover {ecosystem}"),
            "a lead of the project names a policy that does, or a steward extends this one",
        )
    });
    finding.into_iter().collect()
}

/// What the file itself shows: gone through once, on a thread where nothing else waits, never in memory as a whole.
async fn archive(ctx: &Ctx, project: &ProjectRow, handed: &Handed, is_known: bool) -> Result<Vec<Finding>, Problem> {
    let gone = || Problem::new(Kind::Unavailable, "blob-gone", "the file was removed while it was being read; try again");
    let found = ctx.blobs.open(&handed.stored.sha256, ctx.clock.now()).await?.ok_or_else(gone)?;
    let _place = ctx.world.looking.0.acquire().await.map_err(|error| gone().because(error))?;
    let (package, to_official) = (project.package.clone(), project.home == Home::Official);
    let handed = handed.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let mut file = found.file;
        let upload = Upload {
            package: &package,
            version: &handed.version,
            file_name: &handed.file_name,
            kind: kind_of(handed.kind),
            size: handed.stored.size,
            to_official,
            is_known,
            said: &handed.metadata,
        };
        look(&upload, &mut file, &Limits::default()).notices
    });
    let notices = looked
        .await
        .map_err(|panic| Problem::new(Kind::Internal, "preflight-gave-up", "the file could not be looked at").because(panic))?;
    Ok(notices.into_iter().map(finding).collect())
}

/// The archive a kind of file is.
pub(crate) fn kind_of(kind: FileKind) -> ArchiveKind {
    match kind {
        FileKind::Crate => ArchiveKind::Crate,
        FileKind::Sdist => ArchiveKind::Sdist,
        FileKind::Wheel => ArchiveKind::Wheel,
        FileKind::Tgz => ArchiveKind::Tgz,
    }
}

fn finding(notice: Notice) -> Finding {
    let weight = if notice.is_error { Weight::Error } else { Weight::Warning };
    Finding { code: notice.code.to_owned(), weight, text: notice.text, fix: notice.fix, place: notice.place }
}
