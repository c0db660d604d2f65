//! Signing messages of ours with an actor's RSA key.

use data_encoding::BASE64;
use url::Url;
use vetmoot_outbound::Origin;
use vetmoot_workflows::actor::{HttpKeyOwner, LocalActor, http_key};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::digest::BodyDigest;
use super::{Scheme, cavage, rfc9421};
use crate::limits::ACTIVITY_JSON;

/// The fields that a message from `actor` carries: `date`, `digest`, `signature` and so on, for a request to `url`.
///
/// `method` is `get` or `post`; a body gets a digest and is sent as [`ACTIVITY_JSON`]. What the client sends by itself
/// (`host`, `content-type`) is signed but not among the fields. A signature is good for minutes: sign right before sending.
///
/// # Errors
/// The keys cannot be used, or the address has no origin.
pub async fn sign(
    ctx: &Ctx,
    actor: &LocalActor,
    scheme: Scheme,
    method: &'static str,
    url: &Url,
    body: Option<&[u8]>,
) -> Result<Vec<(&'static str, String)>, Problem> {
    let key = http_key(ctx, actor).await?;
    sign_with(ctx, &key, scheme, method, url, body.map(BodyDigest::of).as_ref()).await
}

/// As [`sign`], with a key that was looked up and a digest that was worked out before: for a message to many.
///
/// # Errors
/// The key cannot be used, or the address has no origin.
pub async fn sign_with(
    ctx: &Ctx,
    key: &HttpKeyOwner,
    scheme: Scheme,
    method: &'static str,
    url: &Url,
    body: Option<&BodyDigest>,
) -> Result<Vec<(&'static str, String)>, Problem> {
    let origin = Origin::of(url).map_err(|refused| Problem::new(Kind::Invalid, refused.code(), refused.to_string()))?;
    let now = ctx.clock.now();
    let mut fields = vec![("host", authority(&origin)), ("date", now.http_date())];
    let unsigned = match scheme {
        Scheme::Cavage => {
            if let Some(body) = body {
                fields.extend([("digest", body.cavage()), ("content-type", ACTIVITY_JSON.to_owned())]);
            }
            cavage::unsigned(method, url, fields, &key.id)?
        }
        Scheme::Rfc9421 => {
            if let Some(body) = body {
                fields.extend([("content-digest", body.rfc9530()), ("content-type", ACTIVITY_JSON.to_owned())]);
            }
            rfc9421::unsigned(method, url, &origin, fields, &key.id, now)
        }
    };
    let signing = ctx.clone();
    let (owner, base) = (key.owner.clone(), unsigned.base.clone());
    // The keyring looks at its file, and a signature is a quarter of a millisecond of work.
    let signed = tokio::task::spawn_blocking(move || signing.keys.sign_rsa_sha256(&owner, base.as_bytes())).await;
    let failed =
        |cause: String| Problem::new(Kind::Unavailable, "cannot-sign", "the message could not be signed").because(cause);
    let signature = signed.map_err(|panic| failed(panic.to_string()))?.map_err(|error| failed(error.to_string()))?;
    Ok(unsigned.into_fields(&BASE64.encode(&signature)))
}

/// Host and port as the `Host` field has them.
pub(super) fn authority(origin: &Origin) -> String {
    let usual = if origin.is_https() { 443 } else { 80 };
    if origin.port() == usual { origin.host().to_owned() } else { format!("{}:{}", origin.host(), origin.port()) }
}

/// A message before its signature is put in.
pub(super) struct Unsigned {
    /// What is signed.
    pub(super) base: String,
    /// The fields that do not depend on the signature.
    pub(super) fields: Vec<(&'static str, String)>,
    /// What stands around the signature in `Signature`.
    pub(super) around: (String, &'static str),
}

impl Unsigned {
    /// The fields to send, with the signature in base64.
    fn into_fields(self, signature: &str) -> Vec<(&'static str, String)> {
        let (before, after) = self.around;
        let mut fields = self.fields;
        // The client sends these itself, and a field that comes twice is refused everywhere.
        fields.retain(|(name, _)| !matches!(*name, "host" | "content-type"));
        fields.push(("signature", format!("{before}{signature}{after}")));
        fields
    }
}
