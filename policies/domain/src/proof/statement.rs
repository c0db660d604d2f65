//! Whether a statement stands, given what the asker already trusts: a key, an actor document, or nothing.

use serde_json::Value;

use super::error::ProofError;
use super::integrity::{Claim, Verified, claim, verify};
use super::limits::ACTOR_KEYS_MAX;
use super::multikey::Multikey;
use crate::time::Timestamp;

/// What the asker trusts.
#[derive(Debug, Clone, Copy)]
pub enum Pin<'a> {
    /// This key.
    Key(&'a Multikey),
    /// The keys this actor document lists.
    Actor(&'a Value),
    /// Nothing yet.
    Nothing,
}

/// How a statement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// It is signed by the pinned key, or by a key of the pinned actor.
    Valid(Verified),
    /// It is signed by the key it names itself, which nobody here vouched for.
    NotPinned(Verified),
    /// It names a key by address alone and none was given, so the signature could not be looked at.
    KeyUnknown(Claim),
    /// Its proof is wrong.
    Invalid(ProofError),
}

/// One key an actor document lists for assertions (FEP-521a).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorKey {
    /// The key's address.
    pub id: String,
    /// The key.
    pub key: Multikey,
    /// When it came into use, if the actor says.
    pub from: Option<Timestamp>,
    /// When it was retired, if it was.
    pub until: Option<Timestamp>,
}

/// Checks a statement: its proof, that its id and key are of one origin, and the key against the pin.
pub fn verify_statement(statement: &Value, pin: Pin<'_>) -> Check {
    check(statement, pin).unwrap_or_else(Check::Invalid)
}

fn check(statement: &Value, pin: Pin<'_>) -> Result<Check, ProofError> {
    let claim = claim(statement)?;
    let id = statement.get("id").and_then(Value::as_str);
    let origins = (id.and_then(origin), origin(&claim.verification_method));
    if !matches!(&origins, (Some(id), Some(method)) if id == method) {
        return Err(ProofError::ForeignMethod);
    }
    match pin {
        Pin::Key(key) => verify(statement, key).map(Check::Valid),
        Pin::Actor(actor) => {
            let named = |key: &ActorKey| key.id == claim.verification_method;
            let key = actor_keys(actor).into_iter().find(named).ok_or(ProofError::KeyNotOfActor)?;
            let verified = verify(statement, &key.key)?;
            let early = key.from.is_some_and(|from| claim.created < from);
            let late = key.until.is_some_and(|until| claim.created > until);
            if early || late { Err(ProofError::OutsideKeyTime) } else { Ok(Check::Valid(verified)) }
        }
        Pin::Nothing => match own_key(&claim.verification_method) {
            Some(key) => verify(statement, &key).map(Check::NotPinned),
            None => Ok(Check::KeyUnknown(claim)),
        },
    }
}

/// The key a verification method carries in its fragment, as ours do.
fn own_key(method: &str) -> Option<Multikey> {
    let (_, fragment) = method.rsplit_once('#')?;
    Multikey::parse(fragment).ok()
}

/// Scheme, host and port of an address, for comparison.
pub(crate) fn origin(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())?;
    // Anything but a plain host and port could mean one host to us and another to a browser.
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    if !authority.bytes().all(plain) {
        return None;
    }
    let usual = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let host = authority.strip_suffix(usual).unwrap_or(authority);
    Some(format!("{scheme}://{}", host.to_ascii_lowercase()))
}

/// The host of an address, with its port where that is unusual; none when the address is not plainly http or https.
pub fn host_of(address: &str) -> Option<String> {
    let origin = origin(address)?;
    origin.split_once("://").map(|(_, host)| host.to_owned())
}

/// The Ed25519 keys an actor document lists for assertions and controls itself; others are passed over.
///
/// `created` and `revoked` (or `expires`, whichever is earlier) of a key are its time of use.
pub fn actor_keys(actor: &Value) -> Vec<ActorKey> {
    let owner = actor.get("id").and_then(Value::as_str);
    let listed = match actor.get("assertionMethod") {
        Some(Value::Array(listed)) => listed.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    listed.iter().take(ACTOR_KEYS_MAX).filter_map(|listed| actor_key(listed, owner?)).collect()
}

fn actor_key(listed: &Value, owner: &str) -> Option<ActorKey> {
    let text = |field: &str| listed.get(field).and_then(Value::as_str);
    if text("type")? != "Multikey" || text("controller")? != owner {
        return None;
    }
    // A time that cannot be read must not count as no time at all.
    let time = |field: &str| match listed.get(field) {
        None | Some(Value::Null) => Some(None),
        Some(given) => given.as_str()?.parse().ok().map(Some),
    };
    let (revoked, expires): (Option<Timestamp>, Option<Timestamp>) = (time("revoked")?, time("expires")?);
    Some(ActorKey {
        id: text("id")?.to_owned(),
        key: Multikey::parse(text("publicKeyMultibase")?).ok()?,
        from: time("created")?,
        until: revoked.into_iter().chain(expires).min(),
    })
}
