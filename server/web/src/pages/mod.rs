//! The pages for people, complete without JavaScript.

mod account;
mod actor;
mod admin;
mod adopt;
mod advisories;
mod audit;
mod audit_form;
mod audit_trail;
mod candidate;
mod candidates;
mod cards;
mod check;
mod community;
mod credentials;
mod effects;
mod evidence;
mod federation;
mod fediverse;
mod fields;
mod follow;
mod guides;
mod handed;
mod home;
mod import_form;
mod imports;
mod known;
mod links;
mod members;
mod moderation;
mod moment;
mod package;
mod peer;
mod peers;
mod policies;
mod policy;
mod project;
mod projects;
mod proposal;
mod proposals;
mod publishing;
mod release;
mod roster;
mod search;
mod sign_in;
mod statics;
mod tag;
mod trust;
mod verdict;
mod visit;
mod why;

use actix_web::error::InternalError;
use actix_web::{HttpRequest, HttpResponse, guard, web};
use vetmoot_frontend::{Frontend, RenderError};
use vetmoot_workflows::{Kind, Problem};

use crate::limits::FORM_BODY_MAX;
use visit::Visit;

/// What pages say about the instance as a whole.
#[derive(Debug, Clone)]
pub struct About {
    /// What the community is called.
    pub name: String,
    /// What it is, in a sentence.
    pub about: String,
    /// The server's version.
    pub version: String,
    /// Whether federation is insecure.
    pub insecure: bool,
    /// Networks whose forwarding headers are believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
}

/// Templates and what every page shares.
pub struct Pages {
    frontend: Frontend,
    about: About,
    effects: effects::Effects,
    cards: cards::Cards,
}

impl Pages {
    /// Compiles every template once.
    pub fn new(about: About) -> Result<Self, RenderError> {
        Ok(Self { frontend: Frontend::new()?, about, effects: effects::Effects::default(), cards: cards::Cards::default() })
    }
    /// What pages say about the instance.
    pub fn about(&self) -> &About {
        &self.about
    }
}

/// Adds every page, the static files, and the answer for everything else.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(web::FormConfig::default().limit(FORM_BODY_MAX).error_handler(bad_form))
        .configure(statics::routes)
        .configure(guides::routes)
        .configure(home::routes)
        .configure(search::routes)
        .configure(community::routes)
        .configure(tag::routes)
        .configure(actor::routes)
        .configure(cards::routes)
        .configure(moderation::routes)
        .configure(follow::routes)
        .configure(peers::routes)
        .configure(trust::routes)
        .configure(peer::routes)
        .configure(federation::routes)
        .configure(package::routes)
        .configure(release::routes)
        // Fixed paths stand before those with a name in the same place.
        .configure(adopt::routes)
        .configure(policies::routes)
        .configure(policy::routes)
        .configure(why::routes)
        .configure(audit_form::routes)
        .configure(audit::routes)
        .configure(advisories::routes)
        .configure(import_form::routes)
        .configure(imports::routes)
        .configure(sign_in::routes)
        .configure(account::routes)
        .configure(check::routes)
        .configure(projects::routes)
        .configure(project::routes)
        .configure(candidates::routes)
        .configure(candidate::routes)
        .configure(credentials::routes)
        .configure(publishing::routes)
        .configure(admin::routes)
        .configure(roster::routes)
        .configure(proposals::routes)
        .configure(proposal::routes)
        .default_service(web::to(nothing_here));
}

/// The route of what is only read: HEAD is answered as GET is, without the body (RFC 9110 section 9.3.2).
fn reads() -> actix_web::Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Nothing is at this address: a page for people, a problem for programs.
async fn nothing_here(request: HttpRequest, visit: Visit) -> HttpResponse {
    let problem = Problem::not_found("no-such-page", "there is nothing at this address");
    if request.path().starts_with("/api/") { crate::problem::json(&problem) } else { visit.problem(&problem) }
}

/// A form that cannot be read at all is told on a page that knows nobody: there was no time to look at the session.
fn bad_form(error: actix_web::error::UrlencodedError, request: &HttpRequest) -> actix_web::Error {
    use actix_web::error::UrlencodedError;
    let problem = match &error {
        UrlencodedError::Overflow { .. } => {
            Problem::new(Kind::TooLarge, "form-too-large", "what was sent is larger than this form takes")
        }
        _ => Problem::invalid("bad-form", "body", "what was sent is not a form of this site"),
    };
    let answer = Visit::of_stranger(request).map_or_else(|| crate::problem::json(&problem), |visit| visit.problem(&problem));
    InternalError::from_response(error, answer).into()
}

#[cfg(test)]
mod tests;
