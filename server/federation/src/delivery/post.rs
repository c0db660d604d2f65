//! One delivery as a signed request; where one kind of signature is refused, the other is tried once and remembered.

use bytes::Bytes;
use tokio::sync::Semaphore;
use url::Url;
use vetmoot_outbound::{AllowList, FetchError, Meta, Origin, Payload, Request};
use vetmoot_workflows::actor::{HttpKeyOwner, LocalActor};
use vetmoot_workflows::delivery::due::HostSignature;
use vetmoot_workflows::delivery::record::Verdict;
use vetmoot_workflows::{Ctx, Problem};

use super::verdict;
use crate::limits::{ACTIVITY_JSON, ANSWER_BYTES_MAX, SEND_TIMEOUT, SIGNERS_MAX};
use crate::signature::{BodyDigest, Scheme, sign_with};

/// Signatures made at a time: more would only make threads wait for processors.
static SIGNERS: Semaphore = Semaphore::const_new(SIGNERS_MAX);

/// An activity as it leaves: written out once, whoever gets it.
#[derive(Debug)]
pub(super) struct Letter {
    /// Who signs.
    pub(super) actor: LocalActor,
    /// The digest of the body, which every message carries.
    pub(super) digest: BodyDigest,
    /// The page of ours it is about.
    pub(super) about: String,
    /// The body.
    pub(super) body: Bytes,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) verdict: Verdict,
    /// Why, unless it was taken.
    pub(super) error: String,
    /// The signature that was taken.
    pub(super) signature: Option<HostSignature>,
}

impl Posted {
    pub(super) fn failed(verdict: Verdict, error: impl Into<String>) -> Self {
        Self { verdict, error: error.into(), signature: None }
    }
}

/// Sends a letter to an inbox, signed with its author's key; `known` is the signature its host took last.
pub(super) async fn post(ctx: &Ctx, letter: &Letter, key: &HttpKeyOwner, inbox: &str, known: Option<HostSignature>) -> Posted {
    let url: Url = match inbox.parse() {
        Ok(url) => url,
        Err(error) => return Posted::failed(Verdict::Refused, format!("the inbox is no address: {error}")),
    };
    // An actor may name an inbox on another server than its own.
    let permitted = Origin::of(&url).is_ok_and(|origin| ctx.moderation.permits(&origin.to_string(), None));
    if !permitted {
        return Posted::failed(Verdict::Refused, "this community does not speak with the server of that inbox");
    }
    let first = known.unwrap_or(HostSignature::Cavage);
    let posted = knock(ctx, letter, key, &url, first).await;
    if !posted.refuses_signature {
        return posted.posted;
    }
    let other = match first {
        HostSignature::Cavage => HostSignature::Rfc9421,
        HostSignature::Rfc9421 => HostSignature::Cavage,
    };
    let again = knock(ctx, letter, key, &url, other).await.posted;
    // A host that knows only the first kind refuses the second for that, so the first answer says more.
    if again.verdict == Verdict::Taken { again } else { posted.posted }
}

struct Knocked {
    posted: Posted,
    /// Whether the other kind of signature may be what it wants.
    refuses_signature: bool,
}

async fn knock(ctx: &Ctx, letter: &Letter, key: &HttpKeyOwner, url: &Url, signature: HostSignature) -> Knocked {
    let answered = match ask(ctx, letter, key, url, signature).await {
        // A kept connection may have died unnoticed. Who gets an activity twice knows it by its id.
        Ok(Err(FetchError::NoAnswer { .. })) => ask(ctx, letter, key, url, signature).await,
        answered => answered,
    };
    let (posted, refuses_signature) = match answered {
        Err(problem) => (Posted::failed(Verdict::NotSent, problem.text), false),
        Ok(Err(error)) => (Posted::failed(verdict::of_error(&error), error.to_string()), false),
        Ok(Ok((meta, body))) => {
            let found = verdict::of_answer(&meta, ctx.clock.now());
            let taken = found == Verdict::Taken;
            let error = if taken { String::new() } else { verdict::in_words(&meta, &body) };
            let posted = Posted { verdict: found, error, signature: taken.then_some(signature) };
            (posted, matches!(meta.status, 400 | 401 | 403))
        }
    };
    Knocked { posted, refuses_signature }
}

async fn ask(
    ctx: &Ctx,
    letter: &Letter,
    key: &HttpKeyOwner,
    url: &Url,
    signature: HostSignature,
) -> Result<Result<(Meta, Bytes), FetchError>, Problem> {
    let scheme = match signature {
        HostSignature::Cavage => Scheme::Cavage,
        HostSignature::Rfc9421 => Scheme::Rfc9421,
    };
    let fields = {
        let _place = SIGNERS.acquire().await.expect("this semaphore is never closed");
        sign_with(ctx, key, scheme, "post", url, Some(&letter.digest)).await?
    };
    let payload = Payload { bytes: letter.body.clone(), content_type: ACTIVITY_JSON.to_owned(), content_encoding: None };
    let request = Request {
        fields,
        follow: false,
        max_bytes: ANSWER_BYTES_MAX,
        total_timeout: SEND_TIMEOUT,
        idle_timeout: SEND_TIMEOUT,
        ..Request::post(url, payload)
    };
    let allow = if ctx.insecure { AllowList::anything() } else { AllowList::any_public() };
    let answer = match ctx.outbound.fetch(&allow, request).await {
        Ok(answer) => answer,
        Err(error) => return Ok(Err(error)),
    };
    let meta = answer.meta.clone();
    // Read to its end, so that the connection can be used again; what breaks there takes nothing back of the status.
    let body = answer.read().await.map(|(_, body)| body).unwrap_or_default();
    Ok(Ok((meta, body)))
}
