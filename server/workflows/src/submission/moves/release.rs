//! Sending a candidate on its way: judged once more, by somebody else than its uploader, by one of those who press.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{CandidateId, CandidateState, Home};
use vetmoot_storage::submission::projects::ProjectRow;
use vetmoot_storage::submission::releases;
use vetmoot_storage::{Reads, events};

use super::scene::Scene;
use super::{after, forbidden, go, settled};
use crate::ctx::{Ctx, Origin};
use crate::limits::{EVENTS_LOOKED_AT_MAX, RELEASE_LOOKS_MAX};
use crate::problem::{Kind, Problem};
use crate::submission::finding::{Finding, Weight};
use crate::submission::{Candidate, CandidateRow, candidate, credential, project, release as release_worker, vet};

/// A lead who is not the uploader sends it on its way: approved (or failed) to releasing. Of two who press, one does.
pub async fn release(ctx: &Ctx, origin: &Origin, id: &CandidateId) -> Result<CandidateRow, Problem> {
    let Origin::Member { id: lead, .. } = origin else {
        return Err(forbidden("leads-only", "a person releases, under their own name; use a member's token"));
    };
    for _ in 0..RELEASE_LOOKS_MAX {
        let seen = events::last(&ctx.store.read()).await?;
        let (credential_id, needs) = {
            // What the policy wants is looked up outside of the transaction: it may have to ask an index.
            let scene = Scene::read(&ctx.store.read(), id, origin).await?;
            scene.may_be_released(origin)?;
            project::goes_on(&ctx.store.read(), &scene.project.row).await?;
            if let Some(finding) = release_worker::contradicted(&candidate::show(ctx, id).await?) {
                return Err(blocked(&finding));
            }
            let credential_id = usable_credential(ctx, &scene.project.row).await?;
            let needs = vet::of_policy(ctx, &candidate::show(ctx, id).await?).await?;
            if let Some(missing) = needs.missing() {
                // What approved it a moment ago may be a revision that this process has not heard of.
                if vet::outdated(ctx, &ctx.store.read(), &needs).await? {
                    continue;
                }
                // What approved it has lapsed: it says so from now on.
                settled(ctx, scene.candidate).await;
                return Err(Problem::new(Kind::Conflict, "needs-unmet", missing));
            }
            free_way(ctx, &candidate::show(ctx, id).await?).await?;
            (credential_id, needs)
        };
        let tx = ctx.store.begin().await?;
        let scene = Scene::read(&tx, id, origin).await?;
        scene.may_be_released(origin)?;
        project::goes_on(&tx, &scene.project.row).await?;
        if !vet::stands(ctx, &tx, &needs, seen, id).await? {
            // Somebody said something meanwhile that could change the judgement: it is made again.
            continue;
        }
        let row = go(ctx, &tx, &scene.candidate, CandidateState::Releasing, origin, None).await?;
        releases::insert(&tx, id, credential_id, *lead, ctx.clock.now()).await?;
        tx.commit().await?;
        after(ctx);
        ctx.signals.release.notify_one();
        return Ok(row);
    }
    Err(Problem::new(
        Kind::Conflict,
        "busy",
        "what the release rests on changes faster than it can be judged; try again in a moment",
    ))
}

/// The credential a release goes with; none where it goes nowhere.
async fn usable_credential(ctx: &Ctx, project: &ProjectRow) -> Result<Option<i64>, Problem> {
    project::home_stands(ctx, project)?;
    match project.home {
        Home::Community => Ok(None),
        Home::Official => match credential::usable(ctx, project).await? {
            Some(row) => Ok(Some(row.id)),
            None => Err(Problem::new(
                Kind::Conflict,
                "no-credential",
                format!(
                    "this community has no usable credential for the official index of {}; a steward or admin adds one on \
                     /admin/credentials or with `admin credential add`",
                    project.package.ecosystem()
                ),
            )),
        },
    }
}

/// What its index will refuse is not sent there; the way out is told instead.
async fn free_way(ctx: &Ctx, candidate: &Candidate) -> Result<(), Problem> {
    let found = release_worker::way(ctx, candidate).await;
    match found.into_iter().find(|finding| finding.weight == Weight::Error) {
        Some(finding) => Err(blocked(&finding)),
        None => Ok(()),
    }
}

fn blocked(finding: &Finding) -> Problem {
    Problem::new(Kind::Conflict, "way-blocked", format!("{}; {}", finding.text, finding.fix))
}

/// Whether anything was written since that a judgement about a release could rest on.
pub(crate) async fn happened(reads: &impl Reads, since: i64, id: &CandidateId) -> Result<bool, Problem> {
    let news = events::after(reads, since, EVENTS_LOOKED_AT_MAX).await?;
    // A full page hides what comes after it.
    let more = u64::try_from(news.len()).unwrap_or(u64::MAX) >= EVENTS_LOOKED_AT_MAX;
    Ok(more
        || news.iter().any(|event| match event.topic {
            Topic::TokenCreated | Topic::PackageSeen | Topic::FollowerCame | Topic::FollowerLeft | Topic::DeliveryTended => {
                false
            }
            Topic::CandidateOpened | Topic::CandidateFile | Topic::CandidateStaged | Topic::CandidateReleased => false,
            Topic::ProjectOpened => false,
            // Fifty leads may release fifty candidates at once.
            Topic::CandidateMoved => event.subject.first().is_some_and(|moved| *moved == id.to_string()),
            _ => true,
        }))
}
