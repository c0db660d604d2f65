//! A candidate was handed in or released, or an index serves other bytes: its post, passed on as an audit's is.

use serde_json::Value;
use vetmoot_domain::{CandidateId, Release};
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::delivery::{Audience, EventRow, Outgoing};
use vetmoot_workflows::inbox::Lane;
use vetmoot_workflows::statement::{StatementRow, addresses};
use vetmoot_workflows::{Ctx, Problem};

use super::audit::create_id;
use super::{actor_of, announced, author_of, statement_of, subject};
use crate::activities::{Draft, address, announce, create};
use crate::objects::note;

/// The post of a candidate that is whole, by its uploader.
pub async fn staged(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let (row, record) = statement_of(ctx, &addresses::candidate(ctx, &id_of(event)?)).await?;
    let now = ctx.clock.now().to_string();
    let post = note::staged(ctx, &record, &now)?;
    said_by_all(ctx, &row, &record, post, Lane::Usual, &now).await
}

/// The post of a release, by the lead who released it: a reply to the candidate's.
pub async fn released(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let id = id_of(event)?;
    let (row, record) = statement_of(ctx, &addresses::release(ctx, &id)).await?;
    let candidate = statement_of(ctx, &addresses::candidate(ctx, &id)).await.ok();
    let now = ctx.clock.now().to_string();
    let post = note::released(ctx, &record, candidate.as_ref().map(|(_, record)| record), &now)?;
    said_by_all(ctx, &row, &record, post, Lane::Usual, &now).await
}

/// The post of an alarm, by the package itself, ahead of everything that is not as urgent.
pub async fn mismatched(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    let (row, record) = statement_of(ctx, &addresses::alarm(ctx, &id_of(event)?)).await?;
    let now = ctx.clock.now().to_string();
    let post = note::alarm(ctx, &record, &now)?;
    said_by_all(ctx, &row, &record, post, Lane::Urgent, &now).await
}

fn id_of(event: &EventRow) -> Result<CandidateId, Problem> {
    subject(event)?.parse().map_err(|_| Problem::not_found("empty-event", "the event names no candidate"))
}

/// The Create by its author, and who passes it on: the community in both forms, the package by address.
async fn said_by_all(
    ctx: &Ctx,
    row: &StatementRow,
    record: &Value,
    post: Value,
    lane: Lane,
    now: &str,
) -> Result<Vec<Outgoing>, Problem> {
    let author = author_of(ctx, row)?;
    let path = post.get("id").and_then(Value::as_str).and_then(|id| id.strip_prefix(ctx.base_url.as_str()));
    let path = path.unwrap_or_default().to_owned();
    // Everything said about one candidate goes where the candidate's post went.
    let about = path.trim_end_matches("/release").trim_end_matches("/alarm").to_owned();
    let id = create_id(ctx, &path);
    let draft = Draft { kind: "Create", actor: &author, id, object: post, about: &about, lane };
    let community = address(ctx, &LocalActor::Community);
    let said = create::say(ctx, draft, now, &[community], vec![Audience::Followers(author.clone())]);
    let mut all = announced(ctx, &said, now);
    let release: Option<Release> = record.get("release").and_then(Value::as_str).and_then(|text| text.parse().ok());
    if let Some(release) = release
        && let Some(package) = actor_of(ctx, &release.package).await?
        && package != author
    {
        let post = said.body.get("object").cloned().unwrap_or_default();
        all.push(announce::address(ctx, &package, &post, &about, lane, now));
    }
    all.insert(0, said);
    Ok(all)
}
