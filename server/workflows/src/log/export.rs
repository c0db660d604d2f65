//! Exporting a statement with everything that is needed to check it offline.

use serde_json::{Value, json};
use vetmoot_domain::log::Receipt;

use super::serve::{inclusion, vkey};
use crate::audit::record;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::statement::addresses;

/// An audit as `record` and, where the community has a domain, the receipt of its log as `log`.
///
/// # Errors
/// It is not there, or its text was erased.
pub async fn export(ctx: &Ctx, id: &str) -> Result<Value, Problem> {
    let audit = record::show(ctx, id).await?;
    if audit.erased {
        return Err(Problem::not_found("erased", "the text of this audit was erased; its digest stays in the log"));
    }
    let record: Value = serde_json::from_str(&audit.record)
        .map_err(|error| Problem::new(Kind::Internal, "unreadable-record", "a stored record is no JSON").because(error))?;
    let receipt = match inclusion(ctx, &addresses::audit(ctx, id)).await? {
        Some(proof) => Some(Receipt::new(proof.index, proof.size, &proof.hashes, proof.checkpoint, &vkey(ctx).await?)),
        None => None,
    };
    Ok(json!({ "record": record, "log": receipt }))
}
