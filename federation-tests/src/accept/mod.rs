//! What other servers take: the rules Mastodon, GoToSocial and Lemmy have in their sources, as functions that list faults.
//!
//! Each rule stands in federation.md sections 2 and 3. An empty list means that the server would take the document. A
//! document is given as parsed JSON, a note as it stands alone or within its activity.

pub mod gotosocial;
pub mod lemmy;
pub mod mastodon;
#[cfg(test)]
mod tests;

use serde_json::Value;
use url::Url;

/// The address of ActivityStreams, which every document names as its context.
const STREAMS: &str = "https://www.w3.org/ns/activitystreams";
/// Everybody.
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
/// Content types of a link to an actor.
const SELF_TYPES: [&str; 2] =
    ["application/activity+json", "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\""];

/// Every fault that any of the three finds in an actor.
pub fn actor_faults(document: &Value, webfinger: &Value) -> Vec<String> {
    named("mastodon", mastodon::accepts_actor(document, webfinger))
        .chain(named("gotosocial", gotosocial::accepts_actor(document, webfinger)))
        .chain(named("lemmy", lemmy::accepts_actor(document, webfinger)))
        .collect()
}

/// Every fault that any of the three finds in a note.
pub fn note_faults(note: &Value) -> Vec<String> {
    named("mastodon", mastodon::accepts_note(note))
        .chain(named("gotosocial", gotosocial::accepts_note(note)))
        .chain(named("lemmy", lemmy::accepts_note(note)))
        .collect()
}

/// Every fault that any of the three finds in an activity.
pub fn activity_faults(activity: &Value) -> Vec<String> {
    named("mastodon", mastodon::accepts_activity(activity))
        .chain(named("gotosocial", gotosocial::accepts_activity(activity)))
        .chain(named("lemmy", lemmy::accepts_activity(activity)))
        .collect()
}

fn named(server: &'static str, faults: Vec<String>) -> impl Iterator<Item = String> {
    faults.into_iter().map(move |fault| format!("{server}: {fault}"))
}

/// Collects faults.
#[derive(Debug, Default)]
struct Faults(Vec<String>);

impl Faults {
    /// A fault unless this holds.
    fn must(&mut self, holds: bool, fault: impl Into<String>) {
        if !holds {
            self.0.push(fault.into());
        }
    }
    /// The same faults about a part.
    fn within(&mut self, part: &str, faults: Vec<String>) {
        self.0.extend(faults.into_iter().map(|fault| format!("{part}: {fault}")));
    }
}

/// A member that is a text.
fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member).and_then(Value::as_str)
}

/// The address of a member: a text, or an object with an id.
fn address(value: &Value, member: &str) -> Option<String> {
    let member = value.get(member)?;
    member.as_str().or_else(|| text(member, "id")).map(str::to_owned)
}

/// The texts of a member that is one text or a list of them.
fn texts(value: &Value, member: &str) -> Vec<String> {
    match value.get(member) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// The entries of a member that is a list or a single one.
fn entries<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    match value.get(member) {
        Some(Value::Array(many)) => many,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

/// Whether the context names ActivityStreams by its address.
fn has_context(value: &Value) -> bool {
    texts(value, "@context").iter().any(|one| one == STREAMS)
}

/// Whether a text is an address of the web.
fn is_web(address: Option<&str>) -> bool {
    address
        .and_then(|address| Url::parse(address).ok())
        .is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Host and port of an address.
fn host(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.to_owned();
    Some(url.port().map_or(host.clone(), |port| format!("{host}:{port}")))
}

/// Whether two addresses are on one host.
fn same_host(one: Option<&str>, other: Option<&str>) -> bool {
    matches!((one.and_then(host), other.and_then(host)), (Some(one), Some(other)) if one == other)
}

/// Whether everybody is among those a document is for.
fn is_public(value: &Value) -> bool {
    let everybody = |one: &String| [PUBLIC, "as:Public", "Public"].contains(&one.as_str());
    texts(value, "to").iter().chain(&texts(value, "cc")).any(everybody)
}

/// Whether a text is a moment of RFC 3339.
fn is_moment(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.parse::<vetmoot_domain::Timestamp>().is_ok())
}

/// The link of a WebFinger answer that leads to the actor.
fn self_link(webfinger: &Value) -> Option<String> {
    let links = webfinger.get("links")?.as_array()?;
    let ours =
        |link: &&Value| text(link, "rel") == Some("self") && text(link, "type").is_some_and(|kind| SELF_TYPES.contains(&kind));
    links.iter().find(ours).and_then(|link| text(link, "href")).map(str::to_owned)
}
