//! `cargo publish`: metadata and archive in one body, each behind its length (Cargo Book, "Web API", Publish).

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use vetmoot_domain::{Ecosystem, Home};
use vetmoot_ecosystems::cargo::{Published, read_publish, spelling};
use vetmoot_workflows::submission::hand_in::{self, Handed, Permit, Receipt, Refusal, Uploader};
use vetmoot_workflows::submission::receive::{Hashes, Incoming, Stored, too_large};
use vetmoot_workflows::submission::{FileKind, Finding, preflight, staging};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::super::auth;
use super::super::body::{Body, announced};
use super::answer;
use crate::limits::CRATE_JSON_MAX;

/// `PUT api/v1/crates/new`: a crate is handed in.
pub(super) async fn new(ctx: &Ctx, request: &HttpRequest, body: &mut Body<web::Payload>) -> HttpResponse {
    match take(ctx, request, body).await {
        Ok(receipt) => taken(&receipt),
        Err(refused) => {
            body.drain(announced(request)).await;
            match refused {
                Refused::Problem(problem) => answer::problem(&problem),
                Refused::Findings(release, findings) => answer::findings(&release, &findings),
            }
        }
    }
}

/// Why a crate was not taken.
enum Refused {
    Problem(Problem),
    Findings(String, Vec<Finding>),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

async fn take(ctx: &Ctx, request: &HttpRequest, body: &mut Body<web::Payload>) -> Result<Receipt, Refused> {
    let uploader = auth::uploader(ctx, request).await?;
    let most = ctx.publishing.file_bytes_max.saturating_add(u64::from(CRATE_JSON_MAX)).saturating_add(8);
    if announced(request).is_some_and(|bytes| bytes > most) {
        return Err(too_large(ctx.publishing.file_bytes_max).into());
    }
    let json = metadata(body).await?;
    let upstream = ctx.upstreams.of(Ecosystem::Cargo).base().as_str();
    let published = read_publish(&json, &super::base(ctx), upstream)
        .map_err(|problems| Problem::invalid("bad-metadata", "metadata", problems.join("\n")))?;
    let release = format!("{} {}", published.name, published.version);
    let permit = hand_in::permit(ctx, &uploader, &published.package).await?;
    spelled(ctx, &published).await?;
    let stored = archive(ctx, body, permit.file_bytes_max).await?;
    let handed = Handed {
        version: published.version.clone(),
        file_name: format!("{}-{}.crate", published.name, published.version),
        kind: FileKind::Crate,
        stored,
        metadata: json!({ "line": published.line, "publish": published.publish }),
        attestations: None,
        whole: true,
    };
    hand_over(ctx, &uploader, &permit, &published, handed).await.map_err(|refusal| match refusal {
        Refusal::Problem(problem) => Refused::Problem(problem),
        Refusal::Findings(findings) => Refused::Findings(release, findings),
    })
}

/// An index spells a crate's name in one way; a line with another spelling would be dropped by everybody who reads it.
async fn spelled(ctx: &Ctx, published: &Published) -> Result<(), Problem> {
    // Where nobody answers nobody contradicts; pre-flight tells that the index was silent.
    let Ok(staged) = staging::listing(ctx, &published.package).await else { return Ok(()) };
    match spelling(&staged.listing).filter(|known| *known != published.name) {
        Some(known) => {
            let text = format!("this crate is known as `{known}`, not `{}`; spell it so in Cargo.toml", published.name);
            Err(Problem::invalid("name-spelling", "name", text))
        }
        None => Ok(()),
    }
}

async fn hand_over(
    ctx: &Ctx,
    uploader: &Uploader,
    permit: &Permit,
    published: &Published,
    handed: Handed,
) -> Result<Receipt, Refusal> {
    if permit.project.home == Home::Community || published.from_here.is_empty() {
        return hand_in::hand_in(ctx, uploader, permit, handed).await;
    }
    let found = preflight::run(ctx, &permit.project, &handed).await;
    hand_in::refused(ctx, uploader, &handed.stored).await;
    let mut findings = found?;
    if !findings.iter().any(|finding| finding.code == FOREIGN) {
        findings.insert(0, from_here(&published.from_here));
    }
    Err(Refusal::Findings(findings))
}

/// What pre-flight calls a dependency of another index than the one a crate goes to.
const FOREIGN: &str = "foreign-registry";

/// An index takes dependencies of its own alone, and in a request for this one no registry means this one.
fn from_here(names: &[String]) -> Finding {
    let text =
        format!("the request takes {} from this community's registry, which the official index refuses;", names.join(", "));
    let fix =
        "leave `registry` out of such a dependency, and put this registry in the place of the official one while you publish";
    Finding::error(FOREIGN, text, fix).at("Cargo.toml")
}

/// The metadata: its length, then itself.
async fn metadata(body: &mut Body<web::Payload>) -> Result<bytes::Bytes, Problem> {
    let length = length(body, "metadata").await?;
    if length > CRATE_JSON_MAX {
        let text = format!("the metadata has {length} bytes; at most {CRATE_JSON_MAX} are taken");
        return Err(Problem::new(Kind::TooLarge, "metadata-too-large", text));
    }
    body.exactly(length).await?.ok_or_else(|| ends_before("metadata", length))
}

/// The archive: its length, then itself, then nothing more.
async fn archive(ctx: &Ctx, body: &mut Body<web::Payload>, max: u64) -> Result<Stored, Problem> {
    let length = length(body, "archive").await?;
    if u64::from(length) > max {
        return Err(too_large(max));
    }
    let mut incoming = Incoming::begin(ctx, Hashes::Sha256, max).await?;
    while incoming.written() < u64::from(length) {
        let left = u64::from(length) - incoming.written();
        let piece = body.piece(left).await?.ok_or_else(|| ends_before("archive", length))?;
        incoming.take(piece).await?;
    }
    if body.piece(1).await?.is_some() {
        let text = format!("the archive was announced with {length} bytes, and more came behind them");
        return Err(Problem::invalid("length-lies", "archive", text));
    }
    incoming.finish().await
}

async fn length(body: &mut Body<web::Payload>, of: &'static str) -> Result<u32, Problem> {
    let bytes = body.exactly(4).await?.ok_or_else(|| ends_before(of, 4))?;
    let bytes: [u8; 4] = bytes.as_ref().try_into().map_err(|_| ends_before(of, 4))?;
    Ok(u32::from_le_bytes(bytes))
}

fn ends_before(of: &'static str, length: u32) -> Problem {
    let text = format!("the {of} was announced with {length} bytes, and fewer came; upload it again");
    Problem::invalid("length-lies", of, text)
}

/// Cargo prints each text of `warnings.other`.
fn taken(receipt: &Receipt) -> HttpResponse {
    let mut other = vec![receipt.next.clone()];
    other.extend(receipt.warnings.iter().map(answer::line));
    let warnings = json!({ "invalid_categories": [], "invalid_badges": [], "other": other });
    HttpResponse::Ok().json(json!({ "warnings": warnings }))
}
