//! What GoToSocial takes (federation.md 2.5).

use serde_json::Value;

use super::{Faults, address, entries, has_context, is_moment, is_public, is_web, same_host, self_link, text, texts};

/// Kinds of actors.
const ACTORS: [&str; 5] = ["Application", "Group", "Organization", "Person", "Service"];
/// Kinds of objects that become a post.
const STATUSES: [&str; 10] = ["Article", "Document", "Image", "Video", "Note", "Page", "Event", "Place", "Profile", "Question"];

/// The faults of an actor.
pub fn accepts_actor(document: &Value, webfinger: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    let id = text(document, "id");
    faults.must(has_context(document), "@context does not name ActivityStreams");
    faults.must(is_web(id), "id is no address");
    faults.must(texts(document, "type").iter().any(|kind| ACTORS.contains(&kind.as_str())), "type is no kind of actor");
    faults.must(text(document, "preferredUsername").is_some_and(|name| !name.is_empty()), "there is no preferredUsername");
    for member in ["inbox", "outbox", "followers", "following"] {
        faults.must(is_web(text(document, member)), format!("{member} is no address"));
        faults.must(same_host(text(document, member), id), format!("{member} is on another host"));
    }
    let key = document.get("publicKey").cloned().unwrap_or(Value::Null);
    faults.must(is_web(text(&key, "id")), "the key has no id");
    faults.must(text(&key, "owner") == id && id.is_some(), "the key's owner is not the actor");
    let pem = text(&key, "publicKeyPem").unwrap_or_default();
    let rsa = openssl::pkey::PKey::public_key_from_pem(pem.as_bytes()).is_ok_and(|key| key.rsa().is_ok());
    faults.must(rsa, "publicKeyPem is no RSA key");
    faults.must(self_link(webfinger).as_deref() == id && id.is_some(), "WebFinger does not lead to the actor");
    faults.must(document.get("url").is_none() || same_host(text(document, "url"), id), "url is on another host");
    faults.must(document.get("name").is_none_or(Value::is_string), "name is no text");
    faults.0
}

/// The faults of a note.
pub fn accepts_note(note: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    let (id, author) = (text(note, "id"), address(note, "attributedTo"));
    faults.must(texts(note, "type").iter().any(|kind| STATUSES.contains(&kind.as_str())), "type is no kind of post");
    faults.must(is_web(id), "id is no address");
    faults.must(same_host(id, author.as_deref()), "id is not on its author's host");
    faults.must(note.get("url").is_none() || same_host(text(note, "url"), id), "url is on another host than id");
    let warned = text(note, "name").is_some() && text(note, "summary").is_none_or(str::is_empty);
    faults.must(!warned, "name becomes a warning that hides the post");
    faults.must(is_moment(text(note, "published")), "published is no moment");
    let moment = |member: &str| text(note, member).and_then(|text| text.parse::<vetmoot_domain::Timestamp>().ok());
    let back = matches!((moment("published"), moment("updated")), (Some(before), Some(after)) if after < before);
    faults.must(!back, "updated lies before published");
    faults.must(is_public(note), "it is for nobody in particular");
    faults.must(text(note, "content").is_some() || note.get("contentMap").is_some_and(Value::is_object), "there is no content");
    for tag in entries(note, "tag").iter().filter(|tag| text(tag, "type") == Some("Hashtag")) {
        faults.must(text(tag, "name").is_some_and(|name| name.len() > 1), "a hashtag has no name");
    }
    faults.0
}

/// The faults of an activity.
pub fn accepts_activity(activity: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    faults.must(has_context(activity), "@context does not name ActivityStreams");
    let (id, actor) = (text(activity, "id"), address(activity, "actor"));
    faults.must(is_web(id), "an activity without id is ignored");
    faults.must(same_host(id, actor.as_deref()), "id is not on the actor's host");
    faults.must(!texts(activity, "type").is_empty(), "there is no type");
    faults.must(activity.get("object").is_some(), "there is no object");
    let embedded = activity.get("object").filter(|object| object.is_object());
    if let ("Create" | "Update", Some(object)) = (text(activity, "type").unwrap_or_default(), embedded) {
        if texts(object, "type").iter().any(|kind| STATUSES.contains(&kind.as_str())) {
            faults.must(address(object, "attributedTo") == actor, "the note is not the actor's");
            faults.within("object", accepts_note(object));
        } else {
            faults.must(text(object, "id") == actor.as_deref(), "the object is neither a post nor the actor");
        }
    }
    faults.0
}
