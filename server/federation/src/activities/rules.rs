//! Rules every activity is held to: origins by scheme, host and port (FEP-fe34), owners, and what is ours.

use std::str::FromStr as _;

use serde_json::Value;
use url::Url;
use vetmoot_workflows::Ctx;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::inbox::Outcome;

use super::hear::refused;

/// The origin of an address of the web: scheme, host and port, the usual port left out. None for other schemes.
pub fn origin_of(url: &Url) -> Option<String> {
    let origin = url.origin();
    (matches!(url.scheme(), "http" | "https") && origin.is_tuple()).then(|| origin.ascii_serialization())
}

/// Whether two addresses have one origin.
pub fn same_origin(a: &Url, b: &Url) -> bool {
    origin_of(a).is_some_and(|origin| origin_of(b) == Some(origin))
}

/// Whether an address is on our own origin.
pub fn is_ours(ctx: &Ctx, url: &Url) -> bool {
    ctx.base_url.as_str().parse().is_ok_and(|base: Url| same_origin(&base, url))
}

/// The path of an address of ours, without query and fragment; none for addresses of others.
pub fn our_path<'a>(ctx: &Ctx, url: &'a Url) -> Option<&'a str> {
    is_ours(ctx, url).then(|| url.path())
}

/// The actor of ours at an address, as it is written; whether it exists is asked elsewhere.
pub fn our_actor(ctx: &Ctx, url: &Url) -> Option<LocalActor> {
    LocalActor::from_str(our_path(ctx, url)?).ok()
}

/// The address a property holds: itself, or that of the object in it. An array of one counts as that one.
pub fn id_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(object) => object.get("id")?.as_str(),
        Value::Array(one) => match one.as_slice() {
            [only] if !only.is_array() => id_of(only),
            _ => None,
        },
        _ => None,
    }
}

/// Refuses an object that is not its speaker's: of another origin, or attributed to somebody else.
pub fn owned(ctx: &Ctx, actor: &Url, object: &Value) -> Result<Url, Outcome> {
    let id = object.get("id").and_then(Value::as_str).and_then(|id| id.parse::<Url>().ok());
    let id = id.ok_or_else(|| refused("no-id", "the object has no id, so nobody can ask for it again"))?;
    if is_ours(ctx, &id) {
        return Err(refused("our-own", "what others send never changes an object of this instance"));
    }
    if !same_origin(&id, actor) {
        return Err(refused("other-origin", "the object's id is not on its actor's origin"));
    }
    match object.get("attributedTo").and_then(id_of) {
        Some(owner) if owner == actor.as_str() => Ok(id),
        Some(_) => Err(refused("not-yours", "the object is attributed to somebody else than the activity's actor")),
        None => Err(refused("no-owner", "the object does not say whose it is")),
    }
}

/// A foreign word cut to a length that logs and pages can bear.
pub fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(crate::limits::WORD_CHARS_MAX).collect()
}
