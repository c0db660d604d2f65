//! `vetmoot verify`: whether a statement's proof stands, under a key that was named.

use serde_json::{Value, json};
use vetmoot_domain::proof::{self, Check, Claim, Multikey, Pin, ProofError};

use crate::Ctx;
use crate::args::VerifyArgs;
use crate::exit::{Exit, Failure};
use crate::limits::STATEMENT_BYTES_MAX;
use crate::terminal::plain;

/// Verifies one statement.
pub(crate) fn run(args: &VerifyArgs, ctx: &Ctx) -> Result<Exit, Failure> {
    if args.log.is_some() {
        return Err(Failure::LogNotRead);
    }
    let key: Option<Multikey> = match &args.key {
        Some(text) => Some(text.parse().map_err(|error| Failure::Statement { place: "--key".to_owned(), error })?),
        None => None,
    };
    let actor = args.actor.as_ref().map(|place| document(place, ctx)).transpose()?;
    let statement = document(&args.statement, ctx)?;
    let pin = match (&key, &actor) {
        (Some(key), _) => Pin::Key(key),
        (None, Some(actor)) => Pin::Actor(actor),
        (None, None) => Pin::Nothing,
    };
    let check = settled(proof::verify_statement(&statement, pin), ctx);
    let id = statement.get("id").and_then(Value::as_str).unwrap_or("the statement");
    let (exit, word, text) = verdict(id, &check);
    let answer = if ctx.json {
        let code = if let Check::Invalid(error) = &check { Some(error.code()) } else { None };
        format!("{:#}\n", json!({ "id": id, "verdict": word, "code": code, "text": text }))
    } else {
        format!("{}\n", plain(&text))
    };
    ctx.terminal.answer(&answer);
    Ok(exit)
}

fn document(place: &str, ctx: &Ctx) -> Result<Value, Failure> {
    let bytes = ctx.fetcher.bytes(place, STATEMENT_BYTES_MAX)?;
    proof::parse(&bytes).map_err(|error| Failure::Statement { place: place.to_owned(), error })
}

/// A proof may say when it ends; only who has a clock can look at that.
fn settled(check: Check, ctx: &Ctx) -> Check {
    let claim = match &check {
        Check::Valid(verified) | Check::NotPinned(verified) => &verified.claim,
        Check::KeyUnknown(_) | Check::Invalid(_) => return check,
    };
    if claim.expires.is_some_and(|end| end < ctx.now) { Check::Invalid(ProofError::OutsideKeyTime) } else { check }
}

fn verdict(id: &str, check: &Check) -> (Exit, &'static str, String) {
    let made = |claim: &Claim| format!("made {}", claim.created);
    match check {
        Check::Valid(verified) => {
            (Exit::Fine, "valid", format!("{id} is valid: signed by {}, {}.", verified.key, made(&verified.claim)))
        }
        Check::NotPinned(verified) => {
            let (key, made) = (verified.key, made(&verified.claim));
            let text = format!(
                "{id} is consistent: signed by {key}, {made}; nobody here vouched for that key: name it with --key, or its actor with --actor."
            );
            (Exit::Undecided, "not-pinned", text)
        }
        Check::KeyUnknown(claim) => {
            let method = &claim.verification_method;
            (
                Exit::Undecided,
                "key-unknown",
                format!("{id} names the key {method} by address alone: give the key with --key, or the actor with --actor."),
            )
        }
        Check::Invalid(error) => (Exit::Integrity, "invalid", format!("{id} is not valid: {error}.")),
    }
}
