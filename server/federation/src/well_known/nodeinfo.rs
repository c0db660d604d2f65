//! NodeInfo 2.1 (FEP-f1d5, FEP-0151): what runs here, with numbers that are true or left out.

use actix_web::{HttpResponse, web};
use serde_json::json;
use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::{Ctx, Problem};

use super::{federating, open, refused};

/// The schema of version 2.1.
const SCHEMA: &str = "http://nodeinfo.diaspora.software/ns/schema/2.1";

/// `GET /.well-known/nodeinfo`: where it is, and where the instance's own actor is (FEP-2677).
pub(super) async fn links(ctx: web::Data<Ctx>) -> HttpResponse {
    if let Err(trouble) = federating(&ctx) {
        return refused(&trouble);
    }
    let instance = ctx.base_url.join(&LocalActor::Instance.to_string());
    let links = json!({ "links": [
        { "rel": SCHEMA, "href": ctx.base_url.join("/nodeinfo/2.1") },
        { "rel": "https://www.w3.org/ns/activitystreams#Application", "href": instance },
    ]});
    open().content_type("application/json").body(links.to_string())
}

/// `GET /nodeinfo/2.1`.
pub(super) async fn show(ctx: web::Data<Ctx>) -> HttpResponse {
    match describe(&ctx).await {
        Ok(body) => open().content_type(format!("application/json; profile=\"{SCHEMA}#\"")).body(body),
        Err(trouble) => refused(&trouble),
    }
}

async fn describe(ctx: &Ctx) -> Result<String, Problem> {
    federating(ctx)?;
    let counts = actor::counts(ctx).await?;
    // Who was here in the last month is not counted anywhere, so it is not said (FEP-0151).
    let info = json!({
        "version": "2.1",
        "software": { "name": "vetmoot", "version": env!("CARGO_PKG_VERSION") },
        "protocols": ["activitypub"],
        "services": { "inbound": [], "outbound": [] },
        "openRegistrations": false,
        "usage": { "users": { "total": counts.members }, "localPosts": counts.audits },
        "metadata": {
            "nodeName": ctx.community.name,
            "nodeDescription": ctx.community.about,
            "community": ctx.base_url.join(&LocalActor::Community.to_string()),
            "policies": counts.policies,
            "auditors": counts.auditors,
        },
    });
    Ok(info.to_string())
}
