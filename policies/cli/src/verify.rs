//! `vetmoot verify`: whether a statement's proof stands, under a key or in a log that was named.

use serde_json::{Value, json};
use vetmoot_domain::log::{LogError, Receipt, Vkey};
use vetmoot_domain::proof::{self, Check, Claim, Multikey, Pin, ProofError};

use crate::Ctx;
use crate::args::VerifyArgs;
use crate::exit::{Exit, Failure};
use crate::limits::STATEMENT_BYTES_MAX;
use crate::log::{self, Found, Place};
use crate::terminal::plain;

/// Verifies one statement.
pub(crate) fn run(args: &VerifyArgs, ctx: &Ctx) -> Result<Exit, Failure> {
    let key: Option<Multikey> = match &args.key {
        Some(text) => Some(text.parse().map_err(|error| Failure::Statement { place: "--key".to_owned(), error })?),
        None => None,
    };
    let actor = args.actor.as_ref().map(|place| document(place, ctx)).transpose()?;
    let (statement, receipt) = parts(document(&args.statement, ctx)?);
    let pin = match (&key, &actor) {
        (Some(key), _) => Pin::Key(key),
        (None, Some(actor)) if !speaks_for_the_log_alone(actor, &statement) => Pin::Actor(actor),
        (None, _) => Pin::Nothing,
    };
    let check = settled(proof::verify_statement(&statement, pin), ctx);
    let found = match &check {
        // What is not signed as it should be is not looked for either.
        Check::Invalid(_) => Ok(None),
        _ => look(args, ctx, actor.as_ref(), &statement, receipt)?,
    };
    let id = statement.get("id").and_then(Value::as_str).unwrap_or("the statement");
    let verdict = verdict(id, &check, &found);
    let answer = if ctx.json { as_json(id, &verdict, &found) } else { format!("{}\n", plain(&verdict.text)) };
    ctx.terminal.answer(&answer);
    Ok(verdict.exit)
}

fn document(place: &str, ctx: &Ctx) -> Result<Value, Failure> {
    let bytes = ctx.fetcher.bytes(place, STATEMENT_BYTES_MAX)?;
    proof::parse(&bytes).map_err(|error| Failure::Statement { place: place.to_owned(), error })
}

/// The statement, and the receipt where an export brings one. A statement has a type, an export has not.
fn parts(document: Value) -> (Value, Option<Result<Receipt, LogError>>) {
    match (document.get("type"), document.get("record")) {
        (None, Some(record)) => {
            let receipt = match document.get("log") {
                Some(Value::Null) => None,
                Some(log) => Some(serde_json::from_value(log.clone()).map_err(|_| LogError::ProofWrong)),
                // Not even said to be missing: something was taken away.
                None => Some(Err(LogError::ProofWrong)),
            };
            (record.clone(), receipt)
        }
        _ => (document, None),
    }
}

/// A community's document announces its log and has no keys of its members: it pins the log, not the statement's key.
fn speaks_for_the_log_alone(actor: &Value, statement: &Value) -> bool {
    actor.get("vet:log").is_some() && actor.get("id") != statement.get("attributedTo")
}

fn look(
    args: &VerifyArgs,
    ctx: &Ctx,
    actor: Option<&Value>,
    statement: &Value,
    receipt: Option<Result<Receipt, LogError>>,
) -> Result<Found, Failure> {
    let key: Option<Vkey> = match actor.map(log::of_actor).transpose() {
        Ok(key) => key.flatten(),
        Err(error) => return Ok(Err(error)),
    };
    let receipt = match receipt.transpose() {
        Ok(receipt) => receipt,
        Err(error) => return Ok(Err(error)),
    };
    match (&args.log, receipt) {
        (Some(place), receipt) => log::in_named(&ctx.fetcher, place, key.as_ref(), statement, receipt.as_ref()),
        (None, Some(receipt)) => Ok(log::in_receipt(&receipt, key.as_ref(), statement)),
        (None, None) => Ok(Ok(None)),
    }
}

/// A proof may say when it ends; only who has a clock can look at that.
fn settled(check: Check, ctx: &Ctx) -> Check {
    let claim = match &check {
        Check::Valid(verified) | Check::NotPinned(verified) => &verified.claim,
        Check::KeyUnknown(_) | Check::Invalid(_) => return check,
    };
    if claim.expires.is_some_and(|end| end < ctx.now) { Check::Invalid(ProofError::OutsideKeyTime) } else { check }
}

/// How it ends, in words.
struct Verdict {
    exit: Exit,
    word: &'static str,
    code: Option<&'static str>,
    text: String,
}

fn verdict(id: &str, check: &Check, found: &Found) -> Verdict {
    let place = match found {
        Ok(place) => place.as_ref(),
        Err(error) => {
            let text = format!("{id} is not what the log holds: {error}.");
            return Verdict { exit: Exit::Integrity, word: "invalid", code: Some(error.code()), text };
        }
    };
    let made = |claim: &Claim| format!("made {}", claim.created);
    let held = place.map(held).unwrap_or_default();
    let (exit, word, code, text) = match check {
        Check::Valid(verified) => {
            let text = format!("{id} is valid: signed by {}, {}{held}.", verified.key, made(&verified.claim));
            (Exit::Fine, "valid", None, text)
        }
        Check::NotPinned(verified) => {
            let (key, made) = (verified.key, made(&verified.claim));
            if place.is_some_and(|place| place.pinned) {
                let text = format!("{id} is valid{held}; it is signed by {key}, {made}.");
                (Exit::Fine, "valid", None, text)
            } else {
                let text = format!(
                    "{id} is consistent: signed by {key}, {made}{held}; nobody here vouched for that key: name it with --key, or its actor with --actor."
                );
                (Exit::Undecided, "not-pinned", None, text)
            }
        }
        Check::KeyUnknown(claim) => {
            let method = &claim.verification_method;
            let text = format!(
                "{id} names the key {method} by address alone: give the key with --key, or the actor with --actor{held}."
            );
            (Exit::Undecided, "key-unknown", None, text)
        }
        Check::Invalid(error) => (Exit::Integrity, "invalid", Some(error.code()), format!("{id} is not valid: {error}.")),
    };
    Verdict { exit, word, code, text }
}

fn held(place: &Place) -> String {
    let Place { name, index, size, pinned } = place;
    let whose = if *pinned { "" } else { ", whose key nobody here vouched for" };
    format!(", entry {index} of {size} in the log {name}{whose}")
}

fn as_json(id: &str, verdict: &Verdict, found: &Found) -> String {
    let log = found
        .as_ref()
        .ok()
        .and_then(Option::as_ref)
        .map(|place| json!({ "name": place.name, "index": place.index, "size": place.size, "pinned": place.pinned }));
    let Verdict { word, code, text, .. } = verdict;
    format!("{:#}\n", json!({ "id": id, "verdict": word, "code": code, "text": text, "log": log }))
}
