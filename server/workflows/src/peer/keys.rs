//! The keys for HTTP messages that an actor document lists: its own ones only, and only so many.

use std::fmt;

use openssl::pkey::{PKey, Public};
use serde_json::Value;
use url::Url;
use vetmoot_domain::proof;
use vetmoot_outbound::Origin;

use super::HttpKey;
use crate::limits::{ACTOR_HTTP_KEYS_MAX, ACTOR_KEY_BYTES_MAX};

/// The keys with which the actor at `uri` signs messages, by its document.
///
/// `publicKey` is one key or several; `assertionMethod` holds Ed25519 Multikeys (FEP-521a). A key counts when the actor
/// owns it and its id is of the actor's origin; a key that was retired does not.
pub fn http_keys(uri: &str, document: &Value) -> Vec<HttpKey> {
    let listed = match document.get("publicKey") {
        Some(Value::Array(listed)) => listed.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    let rsa = listed.iter().filter_map(|key| {
        let text = |field: &str| key.get(field).and_then(Value::as_str);
        let pem = text("publicKeyPem").filter(|pem| pem.len() <= ACTOR_KEY_BYTES_MAX)?;
        let id = text("id").filter(|_| text("owner") == Some(uri))?;
        Some(HttpKey::Rsa { id: id.to_owned(), pem: pem.to_owned() })
    });
    // Keys for statements are asked by the time of the statement; for a message only those in use now count.
    let current = proof::actor_keys(document).into_iter().filter(|key| key.until.is_none());
    let edwards = current.map(|key| HttpKey::Ed25519 { id: key.id, key: key.key.to_bytes() });
    let home = origin(uri);
    rsa.chain(edwards).filter(|key| home.is_some() && origin(key.id()) == home).take(ACTOR_HTTP_KEYS_MAX).collect()
}

fn origin(address: &str) -> Option<Origin> {
    Origin::of(&Url::parse(address).ok()?).ok()
}

impl HttpKey {
    /// The key's own id.
    pub fn id(&self) -> &str {
        match self {
            Self::Rsa { id, .. } | Self::Ed25519 { id, .. } => id,
        }
    }
}

/// A key that can verify, and whose it is.
#[derive(Clone)]
pub struct SigningKey {
    /// The key's own id.
    pub id: String,
    /// The key.
    pub public: PKey<Public>,
    /// Whether it was fetched for this very question, so that asking again would bring the same.
    pub just_fetched: bool,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}
