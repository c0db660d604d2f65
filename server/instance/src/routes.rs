//! Every route of the instance: doors first, then the API, then pages.

use std::sync::Arc;

use actix_web::guard::GuardContext;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, web};
use vetmoot_workflows::Ctx;

use crate::config::Settings;
use crate::guard::guard;

/// Adds everything one worker serves.
pub fn routes(config: &mut web::ServiceConfig, ctx: &Ctx, frontend: &Arc<vetmoot_web::Pages>) {
    config
        .app_data(web::Data::new(ctx.clone()))
        .app_data(web::Data::from(frontend.clone()))
        .configure(vetmoot_web::registry::routes)
        .configure(vetmoot_federation::routes)
        .configure(|config| vetmoot_federation::shared_routes(config, accepts_activity))
        .service(web::resource("/livez").to(|| async { HttpResponse::Ok().body("alive\n") }))
        .service(web::scope("").wrap(from_fn(guard)).configure(vetmoot_web::api::routes).configure(vetmoot_web::pages::routes));
}

/// Whether an address that is a page and an object at once is asked for the object (ActivityPub section 3.2).
fn accepts_activity(request: &GuardContext<'_>) -> bool {
    let accept = request.head().headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    // The first type that is one of ours decides: browsers name text/html first, servers one of the others.
    let known = accept.split(',').map(|part| part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let mut known = known.filter(|kind| matches!(kind.as_str(), "text/html" | "application/activity+json" | "application/ld+json"));
    known.next().is_some_and(|kind| kind != "text/html")
}

/// What pages say about the instance as a whole.
pub fn about(settings: &Settings) -> vetmoot_web::About {
    vetmoot_web::About {
        name: settings.name.clone(),
        about: settings.about.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        insecure: settings.federation_insecure,
        trusted_proxies: settings.trusted_proxies.clone(),
    }
}
