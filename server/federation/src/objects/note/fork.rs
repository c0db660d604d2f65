//! The post that a followed log contradicts itself.

use actix_web::guard::{self, GuardContext};
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::Value;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::log::fork as forks;
use vetmoot_workflows::{Ctx, Problem};

use super::serve::{first_said, published, record_of, shown};
use super::tag::{self, Hashtag, Tag};
use super::{Post, html, post};
use crate::limits::HEADLINE_CHARS_MAX;
use crate::objects::reads;

/// Adds the posts; people are led to the page of peers, which shows both checkpoints.
pub(super) fn routes(config: &mut web::ServiceConfig, wanted: fn(&GuardContext<'_>) -> bool) {
    config
        .service(web::resource("/forks/{id:[0-9a-f]{32}}").guard(guard::fn_guard(wanted)).route(reads().to(one)))
        .service(web::resource("/forks/{id:[0-9a-f]{32}}").route(reads().to(page)));
}

async fn one(ctx: web::Data<Ctx>, id: web::Path<String>) -> HttpResponse {
    shown(fork_post(&ctx, &id).await)
}

async fn page() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, "/peers")).finish()
}

async fn fork_post(ctx: &Ctx, id: &str) -> Result<Value, Problem> {
    let none = || Problem::not_found("no-such-fork", "no such contradiction of a log is known here");
    let statement = published(ctx, &forks::address(ctx, id)).await?;
    let record = record_of(&statement)?.ok_or_else(none)?;
    let log = record.get("logOrigin").and_then(Value::as_str).unwrap_or_default();
    let author = fork_author(ctx, log).ok_or_else(none)?;
    let said = first_said(ctx, &forks::path(id), statement.published_at).await?;
    Ok(fork(ctx, &author, id, &record, &said))
}

/// Who says so: the first policy that counts the community whose log it is, since its outcomes may change; else the first.
pub fn fork_author(ctx: &Ctx, log: &str) -> Option<LocalActor> {
    let host = log.split('/').next().unwrap_or_default();
    let mut adopted = ctx.book.all();
    adopted.sort_by(|a, b| a.slug.cmp(&b.slug));
    let counting = adopted.iter().find(|one| one.policy.imports().iter().any(|rule| rule.is(host)));
    counting.or(adopted.first()).map(|one| LocalActor::Policy(one.slug.clone()))
}

/// The post of a fork. `published` is when it was first said.
pub fn fork(ctx: &Ctx, author: &LocalActor, id: &str, record: &Value, published: &str) -> Value {
    let log = record.get("logOrigin").and_then(Value::as_str).unwrap_or_default();
    let size = record.get("size").and_then(Value::as_u64).unwrap_or_default();
    let path = forks::path(id);
    let first = format!("The log {log} contradicts itself: it signed two different histories of its first {size} statements.");
    let then = "Nothing more is taken from it here until an admin has looked. Both signed checkpoints are in this post's \
        record, so anybody can check this without trusting us.";
    let tags = [Tag::of_ours(ctx, Hashtag::Policies)];
    let content = [
        html::paragraph(&html::cut(&first, HEADLINE_CHARS_MAX)),
        html::paragraph(then),
        tag::foot(&ctx.base_url.join(&path), &tags),
    ];
    post(
        ctx,
        Post {
            path: &path,
            author,
            published,
            updated: None,
            content: content.concat(),
            context: &path,
            in_reply_to: None,
            tags: tags.iter().map(Tag::object).collect(),
            records: vec![("logFork", record)],
        },
    )
}
