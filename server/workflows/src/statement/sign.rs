//! Signing a record as the actor it is attributed to.

use serde_json::Value;
use vetmoot_domain::Timestamp;
use vetmoot_keys::Purpose;

use crate::actor::{LocalActor, blocking};
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// Signs a record as an actor of ours; without a domain it comes back as it was, for a trial's statements have no proof.
///
/// The key itself is the fragment of the verification method, so that a copy can be checked for consistency without
/// fetching anything.
pub async fn sign(ctx: &Ctx, actor: &LocalActor, record: Value, created: Timestamp) -> Result<Value, Problem> {
    if ctx.domain.is_none() {
        return Ok(record);
    }
    // Fractions of a second are printed differently by others' libraries, and a proof is over the text.
    let created = created.whole_second();
    let owner = actor.key_owner();
    let address = ctx.base_url.join(&actor.to_string());
    let signed = blocking(ctx, move |ctx| {
        ctx.keys.ensure(&owner, Purpose::Statement, created)?;
        let key = ctx.keys.public_multikey(&owner)?;
        ctx.keys.sign_statement(&owner, &record, &format!("{address}#{key}"), &created.to_string())
    });
    signed.await.map_err(|problem| Problem {
        kind: Kind::Internal,
        code: "signing-failed",
        text: "the statement could not be signed; nothing was written".to_owned(),
        ..problem
    })
}

/// A fresh salt: 128 random bits in hexadecimal, which keep a short record from being guessed by its digest.
pub fn salt() -> Result<String, Problem> {
    let random = vetmoot_keys::random_id_128();
    let random = random.map_err(|error| Problem::new(Kind::Internal, "no-randomness", "no id could be made").because(error))?;
    Ok(hex::encode(random))
}
