//! Outside checks: their signed results, and waivers with a name and a reason.

mod statement;
mod waive;

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};
use vetmoot_domain::event::Topic;
use vetmoot_domain::proof::{Multikey, ProofError, dsse};
use vetmoot_domain::{CandidateId, Span};
use vetmoot_judge::ReleaseCheck;
use vetmoot_storage::events;
use vetmoot_storage::submission::checks::{self, NewResult};

use super::{Candidate, candidate, vet};
use crate::ctx::Ctx;
use crate::limits::{CHECK_ENVELOPE_BYTES_MAX, CHECK_RESULTS_MAX};
use crate::peer::Budgets;
use crate::problem::{Kind, Problem};

pub use vetmoot_storage::submission::checks::{ResultRow, WaiverRow};
pub use waive::waive;

/// The type of an envelope's payload: an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The type of the statement (in-toto attestation framework v1).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The type of what it states: the result of a test.
pub const PREDICATE_TYPE: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// What came to a candidate from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks {
    /// Every result, in the order in which they came; of each check the latest counts.
    pub results: Vec<ResultRow>,
    /// Every waiver, in the order in which they were given.
    pub waivers: Vec<WaiverRow>,
}

/// Everything that came to a candidate.
pub async fn of(ctx: &Ctx, id: &CandidateId) -> Result<Checks, Problem> {
    let reader = ctx.store.read();
    Ok(Checks { results: checks::results(&reader, id).await?, waivers: checks::waivers(&reader, id).await? })
}

/// Takes a result from whoever brings it: the signature says whose it is. What does not verify costs the client of its
/// budget, so that nobody guesses for ever; so does what is here already, since everybody can read it and bring it again.
///
/// # Errors
/// `results-spent`, with how long to wait, when too much of what the client brought did not verify. Otherwise as
/// [`post`].
pub async fn bring(ctx: &Ctx, client: Option<IpAddr>, id: &CandidateId, envelope: &[u8]) -> Result<ResultRow, Problem> {
    let (name, now) = (Budgets::name_of(client), ctx.clock.now());
    if let Err(wait_ms) = ctx.world.check_failures.0.has(&name, now) {
        let seconds = wait_ms.div_euclid(1_000) + 1;
        let text = format!("too many results from here did not verify, or were here already; come again in {seconds} seconds");
        return Err(Problem::new(Kind::Unavailable, "results-spent", text).after(Span::from_millis(wait_ms)));
    }
    let posted = taken(ctx, "signer", id, envelope).await;
    let costs = match &posted {
        Ok((_, again)) => *again,
        Err(problem) => problem.kind != Kind::Conflict,
    };
    if costs {
        // Taken by several at once it may be spent by now, which the next one is told.
        let _ = ctx.world.check_failures.0.take(&name, now);
    }
    posted.map(|(row, _)| row)
}

/// Takes a signed result for a candidate: a DSSE envelope with an in-toto statement about every file of it.
///
/// The key that signed it says which check it is of. It is kept byte for byte; a later result replaces an earlier one in
/// effect. The same signed words once more change nothing.
pub async fn post(ctx: &Ctx, poster: &str, id: &CandidateId, envelope: &[u8]) -> Result<ResultRow, Problem> {
    Ok(taken(ctx, poster, id, envelope).await?.0)
}

/// The same, with whether exactly this was here before.
async fn taken(ctx: &Ctx, poster: &str, id: &CandidateId, envelope: &[u8]) -> Result<(ResultRow, bool), Problem> {
    let text = within(envelope)?;
    let found = candidate::show(ctx, id).await?;
    let wanted = wanted(ctx, &found);
    let keys: Vec<Multikey> = wanted.iter().flat_map(|check| check.keys.iter().copied()).collect();
    let opened = dsse::open(envelope, PAYLOAD_TYPE, &keys).map_err(|error| unopened(&found, &wanted, &error))?;
    let check = wanted.iter().find(|check| check.keys.contains(&opened.key)).ok_or_else(|| no_checks(&found))?;
    let said = statement::read(&opened.payload)?;
    statement::covers(&found, &said)?;
    // Two checks may say the very same; whose words they are is part of what they are.
    let payload: [u8; 32] = Sha256::new().chain_update(opened.key.to_bytes()).chain_update(&opened.payload).finalize().into();
    // Looked at before anybody is kept from writing: what is public comes again and again.
    if let Some(known) = checks::same(&ctx.store.read(), id, &payload).await? {
        return Ok((known, true));
    }
    let now = ctx.clock.now();
    let tx = ctx.store.begin().await?;
    if let Some(known) = checks::same(&tx, id, &payload).await? {
        return Ok((known, true));
    }
    // Looked at in the transaction, since it may have moved on while the envelope was read.
    still_vetted(&candidate::load(&tx, id).await?)?;
    if checks::count(&tx, id).await? >= CHECK_RESULTS_MAX {
        let text = format!("a candidate keeps at most {CHECK_RESULTS_MAX} results; hand in a new one");
        return Err(Problem::new(Kind::Conflict, "too-many-results", text));
    }
    let new = NewResult {
        candidate: id.clone(),
        name: check.name.clone(),
        verdict: said.verdict,
        key: opened.key,
        payload,
        envelope: text.to_owned(),
        url: said.url,
        detail: said.detail,
        posted_by: poster.to_owned(),
        posted_at: now,
    };
    checks::insert(&tx, &new).await?;
    let subject = [id.to_string(), check.name.clone(), said.verdict.to_string()];
    events::append(&tx, Topic::CheckPosted, &subject, Some(poster), now).await?;
    let kept = checks::same(&tx, id, &payload).await?;
    tx.commit().await?;
    ctx.changed();
    vet::settle(ctx, id).await?;
    let lost = || Problem::new(Kind::Internal, "result-lost", "the result was not kept; send it again");
    Ok((kept.ok_or_else(lost)?, false))
}

fn within(envelope: &[u8]) -> Result<&str, Problem> {
    if envelope.len() > CHECK_ENVELOPE_BYTES_MAX {
        let text = format!("a result has at most {CHECK_ENVELOPE_BYTES_MAX} bytes; link to longer reports by `url`");
        return Err(Problem::new(Kind::TooLarge, "result-too-large", text));
    }
    std::str::from_utf8(envelope).map_err(|_| Problem::invalid("bad-envelope", "body", "the envelope is not UTF-8"))
}

/// The checks that the candidate's policy asks for now.
fn wanted(ctx: &Ctx, found: &Candidate) -> Vec<ReleaseCheck> {
    ctx.book.newest(&found.row.policy).map(|adopted| adopted.policy.release().checks).unwrap_or_default()
}

fn still_vetted(found: &Candidate) -> Result<(), Problem> {
    if found.row.state.is_vetted() {
        return Ok(());
    }
    let text = if found.row.state.takes_files() {
        "its files are still coming; say first that all are there (`complete`), then send results about all of them".to_owned()
    } else {
        format!("the candidate is {}: nothing that comes now is looked at", found.row.state)
    };
    Err(Problem::new(Kind::Conflict, "not-vetted", text))
}

fn no_checks(found: &Candidate) -> Problem {
    let text = format!("the policy `{}` asks for no outside check; name one in its `[release]` section", found.row.policy);
    Problem::new(Kind::Conflict, "no-checks", text)
}

/// Why an envelope does not open, with what would.
fn unopened(found: &Candidate, wanted: &[ReleaseCheck], error: &ProofError) -> Problem {
    match error {
        ProofError::SignatureWrong if wanted.is_empty() => no_checks(found),
        ProofError::SignatureWrong => {
            let names: Vec<&str> = wanted.iter().map(|check| check.name.as_str()).collect();
            let text = format!(
                "no signature in it is by a key of a check that the policy `{}` names ({}); it is over the DSSE \
                 pre-authentication encoding, not over the payload alone",
                found.row.policy,
                names.join(", ")
            );
            forbidden("wrong-signature", text)
        }
        ProofError::OtherPayload { .. } => {
            Problem::invalid("bad-envelope", "payloadType", format!("write {PAYLOAD_TYPE}; {error}"))
        }
        _ => Problem::invalid("bad-envelope", "body", format!("this is no DSSE envelope that can be read: {error}")),
    }
}

fn forbidden(code: &'static str, text: impl Into<String>) -> Problem {
    Problem::new(Kind::Forbidden, code, text)
}
