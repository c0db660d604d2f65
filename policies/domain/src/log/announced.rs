//! Where a community says its log is, and under which key.

use serde_json::Value;

use super::error::LogError;
use super::note::Vkey;
use crate::proof::{host_of, origin};

/// A log as the actor document of its community names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The address of the log, without a slash at the end: checkpoints are at `URL/checkpoint`.
    pub url: String,
    /// The verifier key; its name is the log's name.
    pub key: Vkey,
}

/// Reads the log an actor document announces: `vet:log`, with the address of its `checkpoint` and its verifier key `vkey`.
///
/// # Errors
/// There is none, the key cannot be read, or address and name are not of the actor's own origin: nobody speaks for the
/// log of another.
pub fn announced(actor: &Value) -> Result<Announced, LogError> {
    let id = actor.get("id").and_then(Value::as_str);
    let text = |field: &str| actor.get("vet:log")?.get(field)?.as_str();
    let (Some(id), Some(checkpoint), Some(key)) = (id, text("checkpoint"), text("vkey")) else { return Err(LogError::BadKey) };
    let key: Vkey = key.parse()?;
    let url = checkpoint.strip_suffix("/checkpoint").ok_or(LogError::OtherOrigin)?;
    let home = origin(id).ok_or(LogError::OtherOrigin)?;
    let host = host_of(id).ok_or(LogError::OtherOrigin)?;
    if url != format!("{home}/log") || key.name() != format!("{host}/log") {
        return Err(LogError::OtherOrigin);
    }
    Ok(Announced { url: url.to_owned(), key })
}
