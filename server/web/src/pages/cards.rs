//! `/cards/...png`: pictures for previews of audits, releases, packages, policies and the community.

use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use tokio::sync::Semaphore;
use vetmoot_domain::{Artifact, AuditKind, CandidateState, Package, PolicyRef};
use vetmoot_frontend::card::Card;
use vetmoot_frontend::parts::State;
use vetmoot_workflows::advisory::show as advisory;
use vetmoot_workflows::audit::{AuditRow, record};
use vetmoot_workflows::{Kind, Problem, submission};

use super::fediverse::host_of;
use super::known::{self, Known};
use super::package::ecosystem_word;
use super::visit::Visit;
use super::{audit, candidate, community, evidence, links, policies, verdict};
use crate::limits::{CARDS_AT_ONCE, CARDS_KEPT};

/// Pictures drawn lately, by their tags.
pub struct Cards {
    drawn: Mutex<VecDeque<(u64, Bytes)>>,
    /// Drawing takes a processor for a while: a crowd that asks for many pictures waits for its turn.
    turns: Semaphore,
}

impl Default for Cards {
    fn default() -> Self {
        Self { drawn: Mutex::default(), turns: Semaphore::new(CARDS_AT_ONCE) }
    }
}

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/cards/community.png", super::reads().to(of_community))
        .route("/cards/candidates/{id}.png", super::reads().to(of_candidate))
        .route("/cards/audits/{id}.png", super::reads().to(of_audit))
        .route("/cards/advisories/{id}.png", super::reads().to(of_advisory))
        .route("/cards/policies/{slug}.png", super::reads().to(of_policy))
        .route("/cards/packages/{package:.+}.png", super::reads().to(of_package))
        .route("/cards/releases/{purl:.+}.png", super::reads().to(of_release));
}

/// Where the picture of a page is.
pub fn href(page: &str) -> String {
    format!("/cards{page}.png")
}

async fn of_community(visit: Visit, request: HttpRequest) -> HttpResponse {
    let card = Card {
        kind: "Community".to_owned(),
        title: visit.about().name.clone(),
        text: community::sentence(&visit),
        ..blank(&visit)
    };
    answer(&visit, &request, Ok(card)).await
}

async fn of_audit(visit: Visit, id: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let card = record::show(&visit.ctx, &id).await.map(|row| audit_card(&visit, &row));
    answer(&visit, &request, card).await
}

async fn of_advisory(visit: Visit, id: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let card = advisory::show(&visit.ctx, &id).await.map(|row| Card {
        kind: "Advisory".to_owned(),
        state: Some(if row.withdrawn.is_some() { State::Unknown } else { State::Refused }),
        word: if row.withdrawn.is_some() { "withdrawn".to_owned() } else { "warning".to_owned() },
        title: row.package.name().to_string(),
        text: super::advisories::sentence(&row, advisory::advisory(&row).as_ref()),
        ..blank(&visit)
    });
    answer(&visit, &request, card).await
}

async fn of_candidate(visit: Visit, id: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let card = candidate_card(&visit, &id).await;
    answer(&visit, &request, card).await
}

async fn of_policy(visit: Visit, slug: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let card = policy_card(&visit, &slug).await;
    answer(&visit, &request, card).await
}

async fn of_package(visit: Visit, package: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let card = package_card(&visit, &package).await;
    answer(&visit, &request, card).await
}

async fn of_release(visit: Visit, purl: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let card = release_card(&visit, &purl).await;
    answer(&visit, &request, card).await
}

fn blank(visit: &Visit) -> Card {
    let host = visit.ctx.domain.clone().unwrap_or_else(|| host_of(visit.ctx.base_url.as_str()).to_owned());
    Card { instance: visit.about().name.clone(), host, ..Card::default() }
}

fn audit_card(visit: &Visit, row: &AuditRow) -> Card {
    let criteria: Vec<&str> = row.audit.criteria.iter().map(|name| name.as_str()).collect();
    let criteria = criteria.join(", ");
    let (state, word) = match (&row.withdrawn, &row.audit.kind) {
        (Some(_), _) => (State::Unknown, "withdrawn".to_owned()),
        (None, AuditKind::Violation { .. }) => (State::Refused, format!("fails {criteria}")),
        (None, _) => (State::Listed, criteria),
    };
    Card {
        kind: "Audit".to_owned(),
        state: Some(state),
        word,
        title: evidence::subject(&row.audit).text,
        text: audit::said(row),
        ..blank(visit)
    }
}

async fn candidate_card(visit: &Visit, id: &str) -> Result<Card, Problem> {
    let found = submission::candidate::show(&visit.ctx, &candidate::id_of(id)?).await?;
    let row = &found.row;
    let home = submission::project::show(&visit.ctx, &row.package).await?.row.home;
    Ok(Card {
        kind: format!("Candidate ({})", ecosystem_word(row.package.ecosystem())),
        state: Some(match row.state {
            CandidateState::Approved | CandidateState::Released => State::Listed,
            CandidateState::Failed | CandidateState::ChangesAsked => State::Refused,
            CandidateState::Withdrawn => State::Unknown,
            _ => State::Held,
        }),
        word: row.state.to_string().replace('-', " "),
        title: links::said(&row.package.release(row.version.clone())),
        text: candidate::sentence(visit, row, home, None),
        ..blank(visit)
    })
}

async fn policy_card(visit: &Visit, slug: &str) -> Result<Card, Problem> {
    let wanted: PolicyRef = slug.parse().map_err(|error| Problem::not_found("unknown-policy", format!("{error}")))?;
    let adopted = visit.ctx.book.find(&visit.ctx.store, &wanted).await?;
    Ok(Card {
        kind: format!("Policy, revision {}", adopted.revision),
        title: links::name_of(&adopted),
        text: policies::in_short(&adopted),
        ..blank(visit)
    })
}

async fn package_card(visit: &Visit, path: &str) -> Result<Card, Problem> {
    let package = links::package_of(path)?;
    let known = known_here(visit, &package).await?;
    let count = known.versions.len();
    let audits = known.evidence.testimonies.len();
    Ok(Card {
        kind: format!("Package ({})", ecosystem_word(package.ecosystem())),
        title: package.name().to_string(),
        text: format!(
            "{} known, {} of them by people who read it.",
            super::moment::counted(count, "release"),
            super::moment::counted(audits, "audit")
        ),
        ..blank(visit)
    })
}

async fn release_card(visit: &Visit, purl: &str) -> Result<Card, Problem> {
    let artifact: Artifact = links::artifact_of(purl, "")?;
    let release = artifact.release;
    let known = known_here(visit, &release.package).await?;
    let decisions: Vec<_> =
        known.judged.iter().filter_map(|judged| Some((&judged.adopted, known.release(judged, &release.version)?))).collect();
    // Several policies may differ: the picture then says the worst, and the words say which.
    let worst = decisions.iter().map(|(_, decision)| decision.state).max();
    let words: Vec<String> =
        decisions.iter().map(|(adopted, decision)| format!("{} under {}", decision.state, links::name_of(adopted))).collect();
    Ok(Card {
        kind: format!("Release ({})", ecosystem_word(release.package.ecosystem())),
        state: Some(worst.map_or(State::Unknown, verdict::state)),
        word: worst.map_or_else(|| "not yet judged".to_owned(), |state| state.to_string()),
        title: links::said(&release),
        text: super::moment::sentence(&words.join(", ")),
        ..blank(visit)
    })
}

/// A package as it is known here: a picture asks no index for anything.
async fn known_here(visit: &Visit, package: &Package) -> Result<Known, Problem> {
    if vetmoot_workflows::registry::listing::known(&visit.ctx, package).await?.is_none() {
        return Err(Problem::not_found("unknown-package", "this package is not known here yet; its page asks its index"));
    }
    known::of(&visit.ctx, package).await
}

/// The picture, drawn once for all who ask while it is remembered.
async fn answer(visit: &Visit, request: &HttpRequest, card: Result<Card, Problem>) -> HttpResponse {
    let card = match card {
        Ok(card) => card,
        Err(problem) => return visit.problem(&problem),
    };
    let tag = tag(&card);
    let etag = format!("\"{tag:016x}\"");
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::ETAG, etag.clone())).insert_header((header::CACHE_CONTROL, "public, max-age=600"));
    if known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag)) {
        return answer.status(StatusCode::NOT_MODIFIED).finish();
    }
    match visit.cards().of(tag, card).await {
        Ok(bytes) => answer.content_type("image/png").body(bytes),
        Err(problem) => visit.problem(&problem),
    }
}

/// The same words in the same version are the same picture.
fn tag(card: &Card) -> u64 {
    let mut hasher = DefaultHasher::new();
    let Card { kind, state, word, title, text, instance, host } = card;
    (kind, format!("{state:?}"), word, title, text, instance, host, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
    hasher.finish()
}

impl Cards {
    async fn of(&self, tag: u64, card: Card) -> Result<Bytes, Problem> {
        let gave_up =
            |cause: String| Problem::new(Kind::Internal, "card-not-drawn", "the picture could not be drawn").because(cause);
        if let Some(bytes) = self.kept(tag) {
            return Ok(bytes);
        }
        let _turn = self.turns.acquire().await.map_err(|closed| gave_up(closed.to_string()))?;
        // Whoever had the turn before may have drawn just this one.
        if let Some(bytes) = self.kept(tag) {
            return Ok(bytes);
        }
        let drawn = tokio::task::spawn_blocking(move || Bytes::from(card.png())).await;
        let bytes = drawn.map_err(|panic| gave_up(panic.to_string()))?;
        let mut all = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CARDS_KEPT {
            all.pop_front();
        }
        all.push_back((tag, bytes.clone()));
        Ok(bytes)
    }

    fn kept(&self, tag: u64) -> Option<Bytes> {
        let all = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|(one, _)| *one == tag).map(|(_, bytes)| bytes.clone())
    }
}
