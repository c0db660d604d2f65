//! Activities made of events: who says what to whom. Posts come from statements of this community alone.

mod actor;
mod advisory;
mod audit;
mod candidate;
mod erasure;
mod fork;
mod policy;
mod withdrawal;

use serde_json::Value;
use vetmoot_domain::event::Topic;
use vetmoot_workflows::actor::{LocalActor, exists};
use vetmoot_workflows::delivery::{self, Audience, EventRow, Outgoing};
use vetmoot_workflows::statement::{self, StatementRow};
use vetmoot_workflows::{Ctx, Kind, Problem};

pub use audit::create_id;

use crate::activities::announce;
use crate::limits::EVENTS_A_STEP;

/// Makes activities of the next events and queues them; answers how many events are done. A trial says nothing.
///
/// What is made of an event has ids that the event decides, and is written down together with how far the events are
/// done: a server that is killed in between says everything once.
pub async fn step(ctx: &Ctx) -> Result<usize, Problem> {
    if ctx.domain.is_none() {
        return Ok(0);
    }
    let events = delivery::unpublished(ctx, EVENTS_A_STEP).await?;
    let mut made = Vec::new();
    let mut done: Option<&EventRow> = None;
    let mut trouble = None;
    let mut count = 0;
    for event in &events {
        match Box::pin(compose(ctx, event)).await {
            Ok(activities) => made.extend(activities),
            // What an event is about may be gone since; then there is nothing to say.
            Err(problem) if problem.kind == Kind::NotFound => {
                tracing::debug!(seq = event.seq, topic = %event.topic, "nothing to say of this event: {problem}");
            }
            // The database is busy or the disk full: later is soon enough.
            Err(problem) if matches!(problem.kind, Kind::Unavailable | Kind::Upstream) => {
                trouble = Some(problem);
                break;
            }
            Err(problem) => {
                // One thing that cannot be said must not silence everything after it; followers find it in the log.
                let cause = problem.cause.as_deref().unwrap_or("");
                tracing::error!(seq = event.seq, topic = %event.topic, code = problem.code, cause, "not said: {problem}");
            }
        }
        done = Some(event);
        count += 1;
    }
    if let Some(done) = done {
        delivery::publish(ctx, done.seq, &made).await?;
    }
    trouble.map_or(Ok(count), Err)
}

/// What is said because of one event.
async fn compose(ctx: &Ctx, event: &EventRow) -> Result<Vec<Outgoing>, Problem> {
    match event.topic {
        Topic::AuditRecorded => audit::recorded(ctx, event).await,
        Topic::AuditWithdrawn => withdrawal::withdrawn(ctx, event).await,
        Topic::LogForked => fork::seen(ctx, event).await,
        Topic::AdvisoryIssued => advisory::issued(ctx, event).await,
        Topic::AdvisoryWithdrawn => advisory::withdrawn(ctx, event).await,
        Topic::PolicyAdopted => policy::adopted(ctx, event).await,
        Topic::StatementErased => erasure::erased(ctx, event).await,
        Topic::KeyRotated | Topic::ActorChanged => actor::changed(ctx, event).await,
        Topic::CandidateStaged => candidate::staged(ctx, event).await,
        Topic::CandidateReleased => candidate::released(ctx, event).await,
        Topic::ReleaseMismatched => candidate::mismatched(ctx, event).await,
        // Nothing else is said to others: least of all imports, timers and judging anew (DOMAIN "Events, posts, log").
        _ => Ok(Vec::new()),
    }
}

/// The first word of an event's subject; an event without one says nothing.
fn subject(event: &EventRow) -> Result<&str, Problem> {
    let first = event.subject.first().map(String::as_str);
    first.ok_or_else(|| Problem::not_found("empty-event", "the event does not say what it is about"))
}

/// A statement of ours and its record; not found while it was never published (a trial's) or when its text was erased.
async fn statement_of(ctx: &Ctx, uri: &str) -> Result<(StatementRow, Value), Problem> {
    let row = statement::by_uri(ctx, uri).await?;
    let text = row.record.as_deref().ok_or_else(|| Problem::not_found("erased", "the statement's text was erased"))?;
    let record = serde_json::from_str(text)
        .map_err(|error| Problem::new(Kind::Internal, "unreadable-record", "a stored record is no JSON").because(error))?;
    Ok((row, record))
}

/// The actor of ours a statement is attributed to.
fn author_of(ctx: &Ctx, statement: &StatementRow) -> Result<LocalActor, Problem> {
    let path = statement.author.strip_prefix(ctx.base_url.as_str());
    path.and_then(|path| path.parse().ok())
        .ok_or_else(|| Problem::not_found("foreign-author", "the statement is attributed to no actor of this instance"))
}

/// The community passes a post on in both forms: whole first, so that who understands it need not ask for it.
fn announced(ctx: &Ctx, said: &Outgoing, now: &str) -> Vec<Outgoing> {
    let post = said.body.get("object").cloned().unwrap_or_default();
    vec![
        announce::whole(ctx, &LocalActor::Community, said, now),
        announce::address(ctx, &LocalActor::Community, &post, &said.about, said.lane, now),
    ]
}

/// The actor of a package, when somebody made it.
async fn actor_of(ctx: &Ctx, package: &vetmoot_domain::Package) -> Result<Option<LocalActor>, Problem> {
    let wanted = LocalActor::Package(vetmoot_domain::PackageHandle::of(package));
    Ok(exists(ctx, &wanted).await?.then_some(wanted))
}

/// Everybody who may have seen a post about a package: the author's followers, the community's, the package's.
fn everybody(author: &LocalActor, package: Option<&LocalActor>) -> Vec<Audience> {
    [Some(author), Some(&LocalActor::Community), package].into_iter().flatten().cloned().map(Audience::Followers).collect()
}
