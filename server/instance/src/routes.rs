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
        .app_data(web::Data::new(vetmoot_federation::Proxies(frontend.about().trusted_proxies.clone())))
        .configure(vetmoot_web::registry::routes)
        .configure(vetmoot_web::publish::routes)
        .configure(vetmoot_federation::routes)
        .configure(|config| vetmoot_federation::shared_routes(config, accepts_activity))
        .service(web::resource("/livez").to(|| async { HttpResponse::Ok().body("alive\n") }))
        .service(web::scope("").wrap(from_fn(guard)).configure(vetmoot_web::api::routes).configure(vetmoot_web::pages::routes));
}

/// Whether an address that is a page and an object at once is asked for the object (ActivityPub section 3.2).
fn accepts_activity(request: &GuardContext<'_>) -> bool {
    prefers_object(request.head().headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default())
}

/// Of the types that we have, the one with the greatest weight decides, and of equals the first: browsers name
/// `text/html` first, servers one of the others (RFC 9110 section 12.5.1).
fn prefers_object(accept: &str) -> bool {
    let (mut best, mut object) = (0.0_f32, false);
    for part in accept.split(',') {
        let mut parameters = part.split(';').map(str::trim);
        let kind = parameters.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parameters.find_map(|one| one.strip_prefix("q=")).map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
        let ours = matches!(kind.as_str(), "application/activity+json" | "application/ld+json");
        if (ours || kind == "text/html") && weight > best {
            (best, object) = (weight, ours);
        }
    }
    object
}

/// What pages say about the instance as a whole.
pub(crate) fn about(settings: &Settings) -> vetmoot_web::About {
    vetmoot_web::About {
        name: settings.name.clone(),
        about: settings.about.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        insecure: settings.federation_insecure,
        trusted_proxies: settings.trusted_proxies.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::prefers_object;

    #[test]
    fn servers_get_the_object_and_browsers_the_page() {
        for object in [
            "application/activity+json",
            "application/activity+json, application/ld+json",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            "Application/Activity+JSON;charset=utf-8",
            "application/activity+json, text/html;q=0.1",
            "text/html;q=0.5, application/activity+json",
            "application/ld+json, */*;q=0.1",
        ] {
            assert!(prefers_object(object), "{object}");
        }
        for page in [
            "",
            "*/*",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html, application/activity+json",
            "application/json",
            "application/activity+json;q=0, text/html",
            "application/activity+json;q=0",
            "application/activity+json;q=zero",
        ] {
            assert!(!prefers_object(page), "{page}");
        }
    }
}
