//! A first look at a message: its type, id and actor, read strictly and within bounds, before anything is believed.

use actix_web::http::StatusCode;
use serde_json::Value;
use vetmoot_domain::proof;
use vetmoot_outbound::Origin;
use vetmoot_workflows::inbox::Lane;

use super::refusal::Refusal;
use crate::fetch::address;
use crate::limits::{ACTIVITY_KIND_BYTES_MAX, LANE_DEPTH_MAX, MESSAGE_DEPTH_MAX, MESSAGE_VALUES_MAX};

/// What a message says it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Peeked {
    /// The activity's type.
    pub(super) kind: String,
    /// The activity's id.
    pub(super) id: String,
    /// Who acts.
    pub(super) actor: String,
    /// The origin of both.
    pub(super) origin: Origin,
    /// The address of what it is about, if that has one.
    pub(super) object: Option<String>,
    /// What it passes.
    pub(super) lane: Lane,
}

fn bad(code: &'static str, text: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, code, text)
}

/// Looks at a message.
pub(super) fn peek(bytes: &[u8]) -> Result<Peeked, Refusal> {
    bounded(bytes)?;
    let body = proof::parse(bytes).map_err(|error| bad("unreadable", format!("the message cannot be read: {error}")))?;
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let kind = text("type").filter(|kind| !kind.is_empty() && kind.len() <= ACTIVITY_KIND_BYTES_MAX);
    let kind = kind.ok_or_else(|| bad("no-type", "the activity has no `type`, or one that is not one word"))?;
    let id = text("id").ok_or_else(|| bad("no-id", "the activity has no `id`, so that nobody could tell it from another"))?;
    let actor = body.get("actor").and_then(reference).ok_or_else(|| bad("no-actor", "the activity has no one `actor`"))?;
    let (_, of_id) = address(id).map_err(|problem| bad("bad-id", problem.text))?;
    let (_, origin) = address(actor).map_err(|problem| bad("bad-actor", problem.text))?;
    if of_id != origin {
        let text = format!("the activity's id is of {of_id}, its actor of {origin}; they have to be of one origin");
        return Err(Refusal::new(StatusCode::FORBIDDEN, "foreign-id", text));
    }
    Ok(Peeked {
        kind: kind.to_owned(),
        id: id.to_owned(),
        actor: actor.to_owned(),
        origin,
        object: body.get("object").and_then(reference).map(str::to_owned),
        lane: lane(kind, &body),
    })
}

/// An address, alone or as the `id` of an object.
fn reference(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("id")?.as_str())
}

/// Counts values and depth before anything is built of them: 10,000 brackets or 100,000 items cost one look.
fn bounded(bytes: &[u8]) -> Result<(), Refusal> {
    let (mut depth, mut values) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                values += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > MESSAGE_DEPTH_MAX {
            return Err(bad("too-deep", format!("the message is nested deeper than {MESSAGE_DEPTH_MAX} levels")));
        }
        if values > MESSAGE_VALUES_MAX {
            return Err(bad("too-many-values", format!("the message holds more than {MESSAGE_VALUES_MAX} values")));
        }
    }
    Ok(())
}

/// What takes something back, or warns, passes everything else.
fn lane(kind: &str, body: &Value) -> Lane {
    if matches!(kind, "Delete" | "Update") || body.get("object").is_some_and(|object| is_urgent(object, 0)) {
        Lane::Urgent
    } else {
        Lane::Usual
    }
}

/// Whether a record in it withdraws, erases, or says that versions fail.
fn is_urgent(value: &Value, depth: usize) -> bool {
    let said = |field: &str, word: &str| value.get(field).and_then(Value::as_str) == Some(word);
    if said("type", "Withdrawal") || said("type", "Erasure") || said("kind", "violation") {
        return true;
    }
    let deeper = |inner: &Value| depth < LANE_DEPTH_MAX && is_urgent(inner, depth + 1);
    match value {
        Value::Object(members) => members.values().any(deeper),
        Value::Array(items) => items.iter().any(deeper),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(body: &str, code: &str) {
        assert_eq!(
            peek(body.as_bytes()).map_err(|refusal| refusal.code).unwrap_err(),
            code,
            "{}",
            &body[..body.len().min(200)]
        );
    }

    fn activity(more: &str) -> String {
        format!(r#"{{"id":"https://a.example/1","actor":"https://a.example/u","type":"Create"{more}}}"#)
    }

    #[test]
    fn what_cannot_be_told_apart_is_no_activity() {
        check(r#"{"id":"https://a.example/1","actor":"https://a.example/u"}"#, "no-type");
        check(r#"{"id":"https://a.example/1","actor":"https://a.example/u","type":["Create"]}"#, "no-type");
        check(r#"{"actor":"https://a.example/u","type":"Create"}"#, "no-id");
        check(r#"{"id":"https://a.example/1","type":"Create"}"#, "no-actor");
        check(r#"{"id":"https://a.example/1","actor":["https://a.example/u"],"type":"Create"}"#, "no-actor");
        check(r#"{"id":"urn:x","actor":"https://a.example/u","type":"Create"}"#, "bad-id");
        check("[]", "no-type");
        check("<html>", "unreadable");
    }

    #[test]
    fn a_member_named_twice_is_not_read() {
        check(&activity(r#","actor":"https://a.example/other""#), "unreadable");
    }

    #[test]
    fn an_id_of_another_origin_is_refused_by_scheme_host_and_port() {
        for id in ["https://b.example/1", "http://a.example/1", "https://a.example:444/1", "https://a.example.b.example/1"] {
            check(&format!(r#"{{"id":"{id}","actor":"https://a.example/u","type":"Create"}}"#), "foreign-id");
        }
        let same = r#"{"id":"https://A.example:443/1","actor":"https://a.example/u","type":"Create"}"#;
        assert_eq!(peek(same.as_bytes()).unwrap().origin.to_string(), "https://a.example");
    }

    #[test]
    fn depth_and_number_of_values_are_bounded_before_anything_is_built() {
        check(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)), "too-deep");
        check(&"{\"a\":".repeat(10_000), "too-deep");
        check(&activity(&format!(r#","to":[{}0]"#, "0,".repeat(100_000))), "too-many-values");
        let brackets = activity(&format!(r#","content":"{}""#, "[,\\\"".repeat(30_000)));
        assert!(peek(brackets.as_bytes()).is_ok(), "brackets in a text are text");
    }

    #[test]
    fn what_takes_back_or_warns_is_urgent() {
        let lane = |more: &str| peek(activity(more).as_bytes()).unwrap().lane;
        assert_eq!(lane(r#","object":{"type":"Note","content":"violation"}"#), Lane::Usual);
        assert_eq!(lane(r#","object":{"type":"Note","record":{"type":"Audit","kind":"violation"}}"#), Lane::Urgent);
        assert_eq!(lane(r#","object":{"type":"Create","object":{"record":{"type":"Withdrawal"}}}"#), Lane::Urgent);
        let update = r#"{"id":"https://a.example/1","actor":{"id":"https://a.example/u"},"type":"Update","object":"https://a.example/2"}"#;
        let update = peek(update.as_bytes()).unwrap();
        assert_eq!((update.lane, update.object.as_deref()), (Lane::Urgent, Some("https://a.example/2")));
    }
}
