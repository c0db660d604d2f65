//! host-meta (RFC 6415): where WebFinger is, for servers that look there first.

use actix_web::{HttpResponse, web};
use serde_json::json;
use vetmoot_workflows::Ctx;

use super::{federating, open, refused};
use crate::objects::actor::escape;

/// Where WebFinger answers, with a place for the resource.
fn template(ctx: &Ctx) -> String {
    ctx.base_url.join("/.well-known/webfinger?resource={uri}")
}

/// `GET /.well-known/host-meta`: XRD.
pub(super) async fn xrd(ctx: web::Data<Ctx>) -> HttpResponse {
    if let Err(trouble) = federating(&ctx) {
        return refused(&trouble);
    }
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  \
         <Link rel=\"lrdd\" type=\"application/jrd+json\" template=\"{}\"/>\n</XRD>\n",
        escape(&template(&ctx))
    );
    open().content_type("application/xrd+xml; charset=utf-8").body(body)
}

/// `GET /.well-known/host-meta.json`: the same as JSON.
pub(super) async fn jrd(ctx: web::Data<Ctx>) -> HttpResponse {
    if let Err(trouble) = federating(&ctx) {
        return refused(&trouble);
    }
    let link = json!({ "rel": "lrdd", "type": "application/jrd+json", "template": template(&ctx) });
    open().content_type("application/jrd+json").body(json!({ "links": [link] }).to_string())
}
