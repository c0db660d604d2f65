//! `POST` to an inbox: each check costs less than the one after it, and 202 is said when the message is on disk.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use openssl::sha::sha256;
use url::Url;
use vetmoot_outbound::Origin;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::inbox::{self, NewItem};
use vetmoot_workflows::peer::{self, Budgets, KeyQuestion};
use vetmoot_workflows::{Ctx, Problem};

use super::body;
use super::peek::{Peeked, peek};
use super::refusal::Refusal;
use crate::fetch::address;
use crate::signature::{self, Claim, Message, SignatureError, named_key};
use crate::{client, problem};

/// What became of a message that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// It is on disk.
    Accepted,
    /// It came before.
    Seen,
    /// Somebody unknown here says of themselves that they changed or left: nothing depends on it.
    PassedOver,
}

/// Takes a message.
pub(super) async fn receive(request: HttpRequest, payload: web::Payload, ctx: web::Data<Ctx>) -> HttpResponse {
    if ctx.domain.is_none() {
        return problem::no_federation();
    }
    let client = Budgets::name_of(client::address(&request));
    match take(&ctx, &request, payload, &client).await {
        Ok(taken) => {
            ctx.metrics.count_message(match taken {
                Taken::Accepted => "accepted",
                Taken::Seen => "seen",
                Taken::PassedOver => "passed-over",
            });
            HttpResponse::Accepted().finish()
        }
        Err(refusal) => {
            ctx.metrics.count_message(refusal.code);
            if refusal.is_theirs() {
                inbox::count_failure(&ctx, &client);
            }
            refusal.answer()
        }
    }
}

async fn take(ctx: &Ctx, request: &HttpRequest, payload: web::Payload, client: &str) -> Result<Taken, Refusal> {
    check_address(request)?;
    body::check_head(request)?;
    inbox::bearable(ctx, client).map_err(|wait| {
        Refusal::later("too-many-failures", "too many messages from this address were refused; check them and wait", wait)
    })?;
    let key_id = named_key(fields(request))?;
    let (_, key_origin) = address(key_id).map_err(|problem| unauthorized("bad-key-id", problem.text))?;
    check_permitted(ctx, &key_origin, None)?;
    let body = body::read(payload).await?;
    let peeked = peek(&body)?;
    check_permitted(ctx, &peeked.origin, Some(&peeked.actor))?;
    let digest = sha256(&body);
    if inbox::seen(ctx, &peeked.id, &digest) {
        return Ok(Taken::Seen);
    }
    let claim = read_signature(ctx, request, digest)?;
    check_origins(ctx, &peeked, &key_origin)?;
    let says_of_itself = peeked.object.as_deref() == Some(&peeked.actor);
    if matches!(peeked.kind.as_str(), "Delete" | "Update") && says_of_itself && !is_known(ctx, &peeked.actor).await? {
        return Ok(Taken::PassedOver);
    }
    verify(ctx, request, &peeked, &claim).await?;
    inbox::admit(ctx, &peeked.origin.to_string()).map_err(|wait| {
        Refusal::later("too-many-messages", "this server sends more than is taken here; the rest is taken later", wait)
    })?;
    let text = |_| Refusal::new(StatusCode::BAD_REQUEST, "unreadable", "the message is not UTF-8");
    let item = NewItem {
        uri: peeked.id,
        digest,
        origin: peeked.origin.to_string(),
        actor: peeked.actor,
        kind: peeked.kind,
        body: String::from_utf8(body.to_vec()).map_err(text)?,
        lane: peeked.lane.number(),
    };
    inbox::accept(ctx, item).await?;
    Ok(Taken::Accepted)
}

/// An inbox of an actor is one that could be; whether it is there is asked when the message is applied.
fn check_address(request: &HttpRequest) -> Result<(), Refusal> {
    let path = request.path();
    let of_actor = path.strip_suffix("/inbox").filter(|path| !path.is_empty());
    if of_actor.is_none_or(|actor| actor.parse::<LocalActor>().is_ok()) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::NOT_FOUND, "no-inbox", "nobody here has this inbox"))
}

fn check_permitted(ctx: &Ctx, origin: &Origin, actor: Option<&str>) -> Result<(), Refusal> {
    if ctx.moderation.permits(&origin.to_string(), actor) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::FORBIDDEN, "blocked", format!("this server does not speak with {origin}")))
}

/// Everything about the signature that needs no key.
fn read_signature(ctx: &Ctx, request: &HttpRequest, digest: [u8; 32]) -> Result<Claim, Refusal> {
    let ours = Url::parse(ctx.base_url.as_str()).ok().and_then(|url| Origin::of(&url).ok());
    let ours = ours.ok_or_else(|| Problem::new(vetmoot_workflows::Kind::Internal, "no-origin", "the base address is none"))?;
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let message = Message { method: "POST", target, origin: &ours, body_sha256: Some(digest) };
    Ok(signature::read(&message, fields(request), ctx.clock.now())?)
}

/// Activity, actor and key are of one origin, and that is not ours (FEP-fe34).
fn check_origins(ctx: &Ctx, peeked: &Peeked, key_origin: &Origin) -> Result<(), Refusal> {
    if *key_origin != peeked.origin {
        let text = format!("the key is of {key_origin}, the actor of {}; they have to be of one origin", peeked.origin);
        return Err(Refusal::new(StatusCode::FORBIDDEN, "foreign-key", text));
    }
    let scheme_is_fine = ctx.insecure || key_origin.is_https();
    if !scheme_is_fine {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "insecure-scheme", "actors are at https addresses"));
    }
    if peeked.origin.to_string() == ctx.base_url.as_str() {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "own-origin", "nobody else speaks for actors of this server"));
    }
    Ok(())
}

async fn is_known(ctx: &Ctx, actor: &str) -> Result<bool, Problem> {
    Ok(peer::known(ctx, actor).await?.is_some())
}

/// Holds the signature against the key it names; a key that does not fit may have been replaced, so it is asked for anew
/// once.
async fn verify(ctx: &Ctx, request: &HttpRequest, peeked: &Peeked, claim: &Claim) -> Result<(), Refusal> {
    let client = client::address(request);
    let mut question = KeyQuestion { actor: &peeked.actor, key_id: &claim.key_id, client, again: false };
    let key = ctx.peers.signing_key(ctx, question).await?;
    match claim.stands(&key.public) {
        Err(SignatureError::Wrong) if !key.just_fetched => {
            question.again = true;
            let key = ctx.peers.signing_key(ctx, question).await?;
            Ok(claim.stands(&key.public)?)
        }
        stands => Ok(stands?),
    }
}

fn fields(request: &HttpRequest) -> impl Iterator<Item = (&str, &[u8])> {
    request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
}

fn unauthorized(code: &'static str, text: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, code, text)
}
