//! Outboxes, followers, following and featured, paged.
//!
//! A page of an outbox is named by the activity it begins after, so a link that somebody kept keeps meaning the same.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;
use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::statement::{self, addresses};
use vetmoot_workflows::{Ctx, Kind, Problem};

use crate::limits::{COLLECTION_PAGE, FEATURED_MAX, FOLLOWING_LISTED_MAX};
use crate::objects::{answer, no_federation, problem, reads};

/// A collection, whole or as the way to its pages.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Collection {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    total_items: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ordered_items: Option<Vec<Value>>,
}

/// A page of a collection.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    part_of: String,
    total_items: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    ordered_items: Vec<Value>,
}

/// Adds the routes of this room.
pub fn routes(config: &mut web::ServiceConfig) {
    // The handles of packages have a dot, the names of ecosystems have none: those are pages of packages.
    let actors =
        ["/community", "/actor", "/users/{name}", "/orgs/{name}", "/policies/{slug}", "/packages/{handle:[^/.]+\\.[^/]+}"];
    for actor in actors {
        let path = format!("{actor}/{{part:outbox|followers|following|featured}}");
        config.service(web::resource(path).route(reads().to(show)));
    }
}

/// `GET` of a collection of an actor of ours.
async fn show(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    find(&ctx, &request).await.unwrap_or_else(|trouble| problem(&trouble))
}

async fn find(ctx: &Ctx, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    if ctx.domain.is_none() {
        return Err(no_federation());
    }
    let unknown = || Problem::not_found("unknown-actor", "this instance has no such actor");
    let (path, part) = request.path().rsplit_once('/').ok_or_else(unknown)?;
    let actor: LocalActor = path.parse().map_err(|_| unknown())?;
    // Asking for a collection makes no actor: whoever knows its address has asked for the actor before.
    if !actor::exists(ctx, &actor).await? {
        return Err(unknown());
    }
    let id = ctx.base_url.join(request.path());
    match part {
        "outbox" => outbox(ctx, &actor, id, cursor(request)?).await,
        "followers" => {
            // How many, not who: that is theirs to tell.
            let total_items = actor::followers_count(ctx, &actor).await?;
            answer(Collection { kind: "OrderedCollection", id, total_items, first: None, ordered_items: None })
        }
        "following" => {
            let mut following = actor::following(ctx, &actor).await?;
            let total_items = count(&following);
            following.truncate(FOLLOWING_LISTED_MAX);
            answer(whole(id, total_items, following))
        }
        _ => {
            let notes = featured(ctx, &actor).await?;
            answer(whole(id, count(&notes), notes))
        }
    }
}

fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

fn whole(id: String, total_items: u64, items: Vec<String>) -> Collection {
    let ordered_items = Some(items.into_iter().map(Value::from).collect());
    Collection { kind: "OrderedCollection", id, total_items, first: None, ordered_items }
}

/// Which page of an outbox is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    /// None: the way to the pages.
    Whole,
    /// The newest.
    Newest,
    /// The one before this activity.
    Before(i64),
}

fn cursor(request: &HttpRequest) -> Result<Cursor, Problem> {
    let bad = || Problem::invalid("bad-cursor", "before", "this page is named by nothing we know; begin at the collection");
    let mut asked = form_urlencoded::parse(request.query_string().as_bytes());
    match asked.find(|(name, _)| matches!(name.as_ref(), "before" | "page")) {
        None => Ok(Cursor::Whole),
        Some((name, _)) if name == "page" => Ok(Cursor::Newest),
        Some((_, before)) => before.parse().ok().filter(|before| *before > 0).map(Cursor::Before).ok_or_else(bad),
    }
}

async fn outbox(ctx: &Ctx, actor: &LocalActor, id: String, cursor: Cursor) -> Result<HttpResponse, Problem> {
    let total_items = actor::said_count(ctx, actor).await?;
    let first = format!("{id}?page=true");
    let (before, page_id) = match cursor {
        Cursor::Whole => {
            // Lemmy reads the newest announcements of a community here when it first follows, and knows no pages.
            let ordered_items = match actor {
                LocalActor::Community => Some(actor::said(ctx, actor, None, COLLECTION_PAGE).await?.items),
                _ => None,
            };
            return answer(Collection { kind: "OrderedCollection", id, total_items, first: Some(first), ordered_items });
        }
        Cursor::Newest => (None, first),
        Cursor::Before(seq) => (Some(seq), format!("{id}?before={seq}")),
    };
    let said = actor::said(ctx, actor, before, COLLECTION_PAGE).await?;
    answer(Page {
        kind: "OrderedCollectionPage",
        id: page_id,
        next: said.next.map(|seq| format!("{id}?before={seq}")),
        part_of: id,
        total_items,
        ordered_items: said.items,
    })
}

/// What an actor wants seen first: the notes of the policies in force, as far as they were published.
async fn featured(ctx: &Ctx, actor: &LocalActor) -> Result<Vec<String>, Problem> {
    let policies = match actor {
        LocalActor::Community => ctx.book.all(),
        LocalActor::Policy(slug) => ctx.book.newest(slug).into_iter().collect(),
        _ => Vec::new(),
    };
    let mut notes = Vec::new();
    for policy in policies.iter().take(FEATURED_MAX) {
        // What was adopted while the instance was a trial has no statement, so there is no note to fetch.
        match statement::by_uri(ctx, &addresses::revision(ctx, &policy.slug, policy.revision)).await {
            Ok(_) => notes.push(ctx.base_url.join(&format!("/policies/{}/revisions/{}", policy.slug, policy.revision))),
            Err(trouble) if trouble.kind == Kind::NotFound => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(notes)
}
