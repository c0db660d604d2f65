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
use crate::submission::finding::Weight;
use crate::submission::{Candidate, CandidateRow, candidate, credential, project, release as release_worker, vet};

/// A lead who is not the uploader sends it on its way: approved (or failed) to releasing. Of two who press, one does.
pub async fn release(ctx: &Ctx, origin: &Origin, id: &CandidateId) -> Result<CandidateRow, Problem> {
    let Origin::Member { id: lead, .. } = origin else {
        return Err(forbidden("leads-only", "a person releases, under their own name; use a member's token"));
    };
    for _ in 0..RELEASE_LOOKS_MAX {
        let seen = events::last(&ctx.store.read()).await?;
        let credential_id = {
            // What the policy wants is looked up outside of the transaction: it may have to ask an index.
            let scene = Scene::read(&ctx.store.read(), id, origin).await?;
            scene.may_be_released(origin)?;
            project::goes_on(&ctx.store.read(), &scene.project.row).await?;
            let credential_id = usable_credential(ctx, &scene.project.row).await?;
            if let Err(problem) = has_what_it_needs(ctx, &candidate::show(ctx, id).await?).await {
                // What approved it has lapsed: it says so from now on.
                settled(ctx, scene.candidate).await;
                return Err(problem);
            }
            free_way(ctx, &candidate::show(ctx, id).await?).await?;
            credential_id
        };
        let tx = ctx.store.begin().await?;
        let scene = Scene::read(&tx, id, origin).await?;
        scene.may_be_released(origin)?;
        project::goes_on(&tx, &scene.project.row).await?;
        if happened(&tx, seen, id).await? {
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

/// Refuses while the policy misses something, and names all of it.
async fn has_what_it_needs(ctx: &Ctx, candidate: &Candidate) -> Result<(), Problem> {
    let needs = vet::of_policy(ctx, candidate).await?;
    if needs.met {
        return Ok(());
    }
    let open = |need: &&vet::Need| !matches!(need.state, vet::NeedState::Met | vet::NeedState::Waived);
    let missing: Vec<String> = needs.needs.iter().filter(open).map(|need| format!("{}: {}", need.name, need.text)).collect();
    let text = format!("the policy `{}` still wants something: {}", needs.policy, missing.join("; "));
    Err(Problem::new(Kind::Conflict, "needs-unmet", text))
}

/// The credential a release goes with; none where it goes nowhere.
async fn usable_credential(ctx: &Ctx, project: &ProjectRow) -> Result<Option<i64>, Problem> {
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
        Some(finding) => Err(Problem::new(Kind::Conflict, "way-blocked", format!("{}; {}", finding.text, finding.fix))),
        None => Ok(()),
    }
}

/// Whether anything was written since that a judgement about a release could rest on.
pub(crate) async fn happened(reads: &impl Reads, since: i64, id: &CandidateId) -> Result<bool, Problem> {
    let news = events::after(reads, since, EVENTS_LOOKED_AT_MAX).await?;
    Ok(news.iter().any(|event| match event.topic {
        Topic::TokenCreated | Topic::PackageSeen | Topic::FollowerCame | Topic::FollowerLeft | Topic::DeliveryTended => false,
        Topic::CandidateOpened | Topic::CandidateFile | Topic::CandidateStaged | Topic::CandidateReleased => false,
        Topic::ProjectOpened => false,
        // Fifty leads may release fifty candidates at once.
        Topic::CandidateMoved => event.subject.first().is_some_and(|moved| *moved == id.to_string()),
        _ => true,
    }))
}
