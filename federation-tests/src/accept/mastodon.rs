//! What Mastodon takes (federation.md 2.1 to 2.4).

use serde_json::Value;

use super::{Faults, address, entries, has_context, is_moment, is_public, is_web, same_host, self_link, text, texts};

/// Kinds of actors.
const ACTORS: [&str; 5] = ["Application", "Group", "Organization", "Person", "Service"];
/// Kinds of objects shown in full.
const SHOWN: [&str; 2] = ["Note", "Question"];
/// Kinds of objects shown as a title with a link.
const CONVERTED: [&str; 6] = ["Image", "Audio", "Video", "Article", "Page", "Event"];
/// Kinds of activities looked at.
const ACTIVITIES: [&str; 14] = [
    "Create", "Announce", "Delete", "Follow", "Like", "Block", "Update", "Undo", "Accept", "Reject", "Flag", "Add", "Remove",
    "Move",
];
/// Keys of an actor.
const KEYS_MAX: usize = 10;
/// Facts of an actor.
const FIELDS_MAX: usize = 50;
/// Bytes of a summary.
const SUMMARY_MAX: usize = 20 << 10;

/// Whether a name is that of an account: `\A[a-z0-9_]+([.-]+[a-z0-9_]+)*\z`, in any case.
pub fn is_user_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(word) && name.ends_with(word) && name.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

/// The faults of an actor as it is resolved by its handle.
pub fn accepts_actor(document: &Value, webfinger: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    let id = text(document, "id");
    faults.must(document.to_string().len() <= 1 << 20, "the document is larger than 1 MB");
    faults.must(has_context(document), "@context does not name ActivityStreams");
    faults.must(is_web(id), "id is no address");
    faults.must(texts(document, "type").iter().any(|kind| ACTORS.contains(&kind.as_str())), "type is no kind of actor");
    let name = text(document, "preferredUsername").unwrap_or_default();
    faults.must(is_user_name(name), format!("preferredUsername `{name}` is no name of an account"));
    let subject = text(webfinger, "subject").unwrap_or_default();
    let looped = id.and_then(super::host).map(|host| format!("acct:{name}@{host}"));
    faults.must(
        looped.as_deref().is_some_and(|looped| looped.eq_ignore_ascii_case(subject)),
        format!("the subject `{subject}` is not preferredUsername at the host of id"),
    );
    faults.must(self_link(webfinger).as_deref() == id && id.is_some(), "WebFinger does not lead back to id");
    faults.must(is_web(text(document, "inbox")), "inbox is no address");
    keys(document, id, &mut faults);
    optional(document, id, &mut faults);
    faults.0
}

fn keys(document: &Value, id: Option<&str>, faults: &mut Faults) {
    let keys = entries(document, "publicKey");
    faults.must(!keys.is_empty() && keys.len() <= KEYS_MAX, "there are no keys, or too many");
    for key in keys {
        let own = id.is_some_and(|id| text(key, "id").is_some_and(|key| key.starts_with(&format!("{id}#"))));
        faults.must(own, "the key's id is not the actor's with a fragment");
        faults.must(text(key, "owner") == id, "the key's owner is not the actor");
        let pem = text(key, "publicKeyPem").unwrap_or_default();
        faults.must(openssl::pkey::PKey::public_key_from_pem(pem.as_bytes()).is_ok(), "publicKeyPem is no key");
    }
    for key in entries(document, "assertionMethod") {
        faults.must(text(key, "type") == Some("Multikey"), "an assertionMethod is no Multikey");
        faults.must(text(key, "controller") == id, "a Multikey's controller is not the actor");
        faults.must(text(key, "publicKeyMultibase").is_some_and(|key| key.starts_with('z')), "a Multikey is not in base 58");
    }
}

fn optional(document: &Value, id: Option<&str>, faults: &mut Faults) {
    for member in ["outbox", "followers", "following", "featured"] {
        faults.must(document.get(member).is_none() || is_web(text(document, member)), format!("{member} is no address"));
    }
    let shared = document.pointer("/endpoints/sharedInbox");
    faults.must(shared.is_none_or(|shared| is_web(shared.as_str())), "endpoints.sharedInbox is no address");
    faults.must(document.get("url").is_none() || same_host(text(document, "url"), id), "url is on another host");
    faults.must(text(document, "summary").is_none_or(|summary| summary.len() <= SUMMARY_MAX), "summary is longer than 20 kB");
    faults.must(document.get("published").is_none() || is_moment(text(document, "published")), "published is no moment");
    for flag in ["discoverable", "indexable", "manuallyApprovesFollowers"] {
        faults.must(document.get(flag).is_none_or(Value::is_boolean), format!("{flag} is neither true nor false"));
    }
    let icon = document.get("icon");
    faults.must(icon.is_none_or(|icon| text(icon, "type") == Some("Image") && is_web(text(icon, "url"))), "icon is no Image");
    let fields = entries(document, "attachment");
    faults.must(fields.len() <= FIELDS_MAX, "there are too many fields");
    for field in fields.iter().filter(|field| text(field, "type") == Some("PropertyValue")) {
        faults.must(text(field, "name").is_some() && text(field, "value").is_some(), "a field lacks name or value");
    }
    faults.must(document.get("suspended").is_none() && document.get("memorial").is_none(), "the account is out of use");
}

/// The faults of a note as a follower's timeline takes it.
pub fn accepts_note(note: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    let kinds = texts(note, "type");
    let shown = kinds.iter().any(|kind| SHOWN.contains(&kind.as_str()));
    faults.must(shown, "type is not Note");
    faults.must(!kinds.iter().any(|kind| CONVERTED.contains(&kind.as_str())), "type mixes Note with what is converted");
    faults.must(note.get("@context").is_none() || has_context(note), "@context does not name ActivityStreams");
    let (id, author) = (text(note, "id"), address(note, "attributedTo"));
    faults.must(is_web(id), "id is no address");
    faults.must(same_host(id, author.as_deref()), "id is not on its author's host");
    faults.must(is_public(note), "it is for nobody in particular, so it is a direct message");
    faults.must(is_moment(text(note, "published")), "published is no moment");
    faults.must(note.get("updated").is_none() || is_moment(text(note, "updated")), "updated is no moment");
    let content = text(note, "content").is_some_and(|content| !content.trim().is_empty());
    faults.must(content || note.get("contentMap").is_some_and(Value::is_object), "there is no content");
    faults.must(note.get("summary").is_none_or(|summary| summary.is_string() || summary.is_null()), "summary is no text");
    faults.must(text(note, "summary").is_none_or(str::is_empty), "summary hides the post behind a warning");
    faults.must(note.get("url").is_none() || is_web(text(note, "url")), "url is no address");
    let heard: Vec<String> = texts(note, "to").into_iter().chain(texts(note, "cc")).collect();
    for tag in entries(note, "tag") {
        match text(tag, "type") {
            Some("Hashtag") => {
                faults.must(text(tag, "name").is_some_and(|name| name.starts_with('#')), "a hashtag has no name");
            }
            Some("Mention") => {
                let href = text(tag, "href").unwrap_or_default();
                faults.must(heard.iter().any(|one| one == href), "somebody is mentioned whom it is not for");
            }
            Some(_) => {}
            None => faults.must(false, "a tag has no type"),
        }
    }
    let attached = |one: &Value| text(one, "url").is_some() || text(one, "href").is_some();
    faults.must(entries(note, "attachment").iter().all(attached), "an attachment has no address");
    faults.0
}

/// The faults of an activity as the inbox takes it.
pub fn accepts_activity(activity: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    faults.must(activity.to_string().len() <= 1 << 20, "the body is larger than 1 MB");
    faults.must(has_context(activity), "@context does not name ActivityStreams");
    let kind = text(activity, "type").unwrap_or_default();
    faults.must(ACTIVITIES.contains(&kind), format!("type `{kind}` is not looked at"));
    let (id, actor) = (text(activity, "id"), address(activity, "actor"));
    faults.must(is_web(id) && same_host(id, actor.as_deref()), "id is not on the actor's host");
    let object = address(activity, "object");
    faults.must(object.as_deref().is_some_and(|object| is_web(Some(object))), "object has no address");
    let embedded = activity.get("object").filter(|object| object.is_object());
    let type_of = |object: &Value| text(object, "type").unwrap_or_default().to_owned();
    match kind {
        "Create" => {
            let note = embedded.cloned().unwrap_or(Value::Null);
            faults.must(address(&note, "attributedTo") == actor, "the note is not the actor's");
            faults.within("object", accepts_note(&note));
        }
        "Update" => {
            let object = embedded.cloned().unwrap_or(Value::Null);
            faults.must(same_host(text(&object, "id"), actor.as_deref()), "the object is on another host");
            if type_of(&object) == "Note" {
                faults.within("object", accepts_note(&object));
                let (before, after) = (text(&object, "published"), text(&object, "updated"));
                faults.must(is_later(before, after), "the note is not newer than before, so it is no edit");
            } else {
                faults.must(text(&object, "id") == actor.as_deref(), "the object is neither a note nor the actor");
            }
        }
        "Announce" => faults.must(is_public(activity), "the boost is for nobody in particular"),
        "Delete" => {
            faults.must(embedded.is_none_or(|object| type_of(object) == "Tombstone"), "the object is no tombstone");
            faults.must(same_host(object.as_deref(), actor.as_deref()), "the object is on another host");
        }
        "Undo" => {
            let undone = ["Announce", "Follow", "Like", "Block", "Accept"];
            faults.must(embedded.is_none_or(|object| undone.contains(&type_of(object).as_str())), "this cannot be undone");
        }
        "Accept" | "Reject" => {
            faults.must(embedded.is_none_or(|object| type_of(object) == "Follow"), "only a Follow is answered");
        }
        "Move" => faults.must(object == actor && is_web(address(activity, "target").as_deref()), "nobody moves anywhere"),
        "Add" | "Remove" => faults.must(is_web(address(activity, "target").as_deref()), "there is no target"),
        _ => {}
    }
    faults.0
}

fn is_later(before: Option<&str>, after: Option<&str>) -> bool {
    let moment = |text: Option<&str>| text.and_then(|text| text.parse::<vetmoot_domain::Timestamp>().ok());
    matches!((moment(before), moment(after)), (Some(before), Some(after)) if after >= before)
}
