//! `/api/v1/instance`: the instance in the form Mastodon's clients and crawlers read; nothing can be done through it.

use actix_web::{HttpResponse, web};
use serde_json::json;
use vetmoot_workflows::actor;
use vetmoot_workflows::delivery;
use vetmoot_workflows::{Ctx, Problem};

use super::{federating, open, refused};
use crate::limits::PEERS_LISTED_MAX;
use crate::objects::{authority, icon};

/// `GET /api/v1/instance`.
pub(super) async fn show(ctx: web::Data<Ctx>) -> HttpResponse {
    match describe(&ctx).await {
        Ok(body) => open().content_type("application/json").body(body),
        Err(trouble) => refused(&trouble),
    }
}

async fn describe(ctx: &Ctx) -> Result<String, Problem> {
    federating(ctx)?;
    let counts = actor::counts(ctx).await?;
    let peers = delivery::peers(ctx).await?;
    let mark = ctx.base_url.join(&icon::path(&actor::LocalActor::Community));
    let about = json!({
        "uri": authority(ctx),
        "title": ctx.community.name,
        "short_description": ctx.community.about,
        "description": ctx.community.about,
        "email": "",
        // A client that looks for a version of Mastodon finds none, and offers nothing that is not here.
        "version": format!("0.0.0 (compatible; Vetmoot {})", env!("CARGO_PKG_VERSION")),
        "urls": {},
        "stats": { "user_count": counts.members, "status_count": counts.audits, "domain_count": peers.len() },
        "thumbnail": mark,
        "languages": ["en"],
        "registrations": false,
        "approval_required": false,
        "invites_enabled": false,
        "configuration": {},
        "contact_account": null,
        "rules": [],
    });
    Ok(about.to_string())
}

/// `GET /api/v1/instance/peers`: the hosts this instance has spoken with.
pub(super) async fn peers(ctx: web::Data<Ctx>) -> HttpResponse {
    match hosts(&ctx).await {
        Ok(body) => open().content_type("application/json").body(body),
        Err(trouble) => refused(&trouble),
    }
}

async fn hosts(ctx: &Ctx) -> Result<String, Problem> {
    federating(ctx)?;
    let peers = delivery::peers(ctx).await?;
    let hosts: Vec<&str> = peers.iter().take(PEERS_LISTED_MAX).map(|peer| peer.host.as_str()).collect();
    Ok(json!(hosts).to_string())
}
