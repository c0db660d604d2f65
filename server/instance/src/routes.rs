//! Every route of the instance: doors first, then the API, then pages.

use std::sync::Arc;

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
        .service(web::resource("/livez").to(|| async { HttpResponse::Ok().body("alive\n") }))
        .service(web::scope("").wrap(from_fn(guard)).configure(vetmoot_web::api::routes).configure(vetmoot_web::pages::routes));
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
