//! `/guides/{name}`: the documents for users of exactly this version, as text.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use vetmoot_workflows::Problem;

use super::visit::Visit;

/// The guides, by their names.
const GUIDES: [(&str, &str); 8] = [
    ("publishing", include_str!("../../../../docs/guides/publishing.md")),
    ("pre-flight", include_str!("../../../../docs/guides/pre-flight.md")),
    ("trusted-publishing", include_str!("../../../../docs/guides/trusted-publishing.md")),
    ("checks", include_str!("../../../../docs/guides/checks.md")),
    ("clients", include_str!("../../../../docs/guides/clients.md")),
    ("following", include_str!("../../../../docs/guides/following.md")),
    ("verifying-signatures", include_str!("../../../../docs/guides/verifying-signatures.md")),
    ("moving-from-cargo-vet", include_str!("../../../../docs/guides/moving-from-cargo-vet.md")),
];

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/guides/{name}", super::reads().to(guide));
}

/// A guide as it was written; with `.md` at the end, too, as guides name each other.
async fn guide(visit: Visit, name: web::Path<String>) -> HttpResponse {
    let wanted = name.strip_suffix(".md").unwrap_or(&name);
    match GUIDES.iter().find(|(name, _)| *name == wanted) {
        Some((_, text)) => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .body(*text),
        None => {
            let names: Vec<&str> = GUIDES.iter().map(|(name, _)| *name).collect();
            let text = format!("there is no guide called {wanted}; there are {}", names.join(", "));
            visit.problem(&Problem::not_found("unknown-guide", text))
        }
    }
}
