//! What Lemmy takes (federation.md section 3): types are closed, so one member of another shape fails the whole.

use serde_json::Value;
use url::Url;

use super::{Faults, address, entries, has_context, is_moment, is_public, is_web, same_host, self_link, text, texts};

/// Characters of a title, which the first line of a post becomes.
const TITLE_MAX: usize = 200;

/// The faults of an actor.
pub fn accepts_actor(document: &Value, webfinger: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    let id = text(document, "id");
    let kind = text(document, "type").unwrap_or_default();
    faults.must(has_context(document), "@context does not name ActivityStreams");
    let known = ["Group", "Person", "Service", "Organization", "Application"];
    faults.must(known.contains(&kind), "type is not one word that is known");
    faults.must(is_fetchable(id), "id is not an https address without port");
    for member in ["inbox", "outbox"] {
        faults.must(is_web(text(document, member)), format!("{member} is no address"));
    }
    faults.must(text(document, "preferredUsername").is_some(), "there is no preferredUsername");
    faults.must(kind != "Application" || text(document, "name").is_some(), "an instance has no name");
    let key = document.get("publicKey").cloned().unwrap_or(Value::Null);
    let whole = text(&key, "id").is_some() && text(&key, "owner") == id && text(&key, "publicKeyPem").is_some();
    faults.must(key.is_object() && whole, "publicKey is not one whole key of the actor");
    for member in ["followers", "featured", "attributedTo"] {
        faults.must(document.get(member).is_none() || is_web(text(document, member)), format!("{member} is not one address"));
    }
    for member in ["name", "description", "summary"] {
        faults.must(document.get(member).is_none_or(Value::is_string), format!("{member} is no text"));
    }
    for member in ["icon", "image"] {
        let fine = |one: &Value| text(one, "type") == Some("Image") && is_web(text(one, "url"));
        faults.must(document.get(member).is_none_or(fine), format!("{member} is not one Image"));
    }
    for member in ["postingRestrictedToMods", "manuallyApprovesFollowers", "discoverable"] {
        faults.must(document.get(member).is_none_or(Value::is_boolean), format!("{member} is neither true nor false"));
    }
    faults.must(document.get("manuallyApprovesFollowers") != Some(&Value::Bool(true)), "the community is private");
    for member in ["published", "updated"] {
        faults.must(document.get(member).is_none() || is_moment(text(document, member)), format!("{member} is no moment"));
    }
    faults.must(document.get("language").is_none_or(Value::is_array), "language is no list");
    let endpoints = document.get("endpoints");
    faults.must(endpoints.is_none_or(|all| is_web(text(all, "sharedInbox"))), "endpoints has no sharedInbox");
    faults.must(self_link(webfinger).as_deref() == id && id.is_some(), "WebFinger does not lead to the actor");
    let property = |link: &Value| {
        link.pointer("/properties").and_then(|all| text(all, "https://www.w3.org/ns/activitystreams#type")) == Some(kind)
    };
    let links = entries(webfinger, "links").iter().filter(|link| text(link, "rel") == Some("self"));
    faults.must(links.clone().count() > 0 && links.into_iter().all(property), "WebFinger does not say the type");
    faults.0
}

/// Whether Lemmy fetches an address: https without a port; http stands for a test network.
fn is_fetchable(address: Option<&str>) -> bool {
    let Some(url) = address.and_then(|address| Url::parse(address).ok()) else { return false };
    url.scheme() == "http" || url.scheme() == "https" && url.port().is_none()
}

/// The faults of a note: of a post, or of a comment when it replies.
pub fn accepts_note(note: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    let id = text(note, "id");
    let kind = text(note, "type").unwrap_or_default();
    faults.must(["Note", "Page", "Article", "Video", "Event"].contains(&kind), "type is not one word that is known");
    faults.must(is_fetchable(id), "id is not an https address without port");
    let author = text(note, "attributedTo");
    faults.must(is_web(author), "attributedTo is not one address");
    faults.must(same_host(id, author), "id is not on its author's host");
    for member in ["to", "cc"] {
        faults.must(note.get(member).is_some_and(Value::is_array), format!("{member} is no list"));
    }
    faults.must(is_public(note), "it is not public");
    let heard: Vec<String> = texts(note, "to").into_iter().chain(texts(note, "cc")).collect();
    let audience = text(note, "audience");
    faults.must(
        note.get("audience").is_none() || audience.is_some_and(|group| heard.iter().any(|one| one == group)),
        "audience is nobody it is for",
    );
    let content = text(note, "content").unwrap_or_default();
    faults.must(!content.is_empty() || text(note, "name").is_some(), "there is neither name nor content");
    let media = text(note, "mediaType").unwrap_or("text/html");
    faults.must(["text/html", "text/markdown"].contains(&media), "mediaType is not known");
    let title = first_line(content).chars().count();
    faults.must(
        text(note, "inReplyTo").is_some() || (1..=TITLE_MAX).contains(&title),
        format!("the first line has {title} characters"),
    );
    faults.must(note.get("inReplyTo").is_none_or(|to| to.is_null() || to.is_string()), "inReplyTo is no address");
    faults.must(note.get("attachment").is_none_or(Value::is_array), "attachment is no list");
    for one in entries(note, "attachment") {
        let fine = match text(one, "type").unwrap_or_default() {
            "Link" => is_web(text(one, "href")),
            "Image" | "Document" => is_web(text(one, "url")),
            _ => false,
        };
        faults.must(fine, "an attachment is of a kind that fails the whole post");
    }
    faults.must(note.get("image").is_none_or(Value::is_object), "image is not one");
    faults.must(note.get("language").is_none_or(Value::is_object), "language is no object");
    faults.must(note.get("context").is_none_or(Value::is_string), "context is no text");
    faults.must(note.get("tag").is_none_or(Value::is_array), "tag is no list");
    faults.must(note.get("sensitive").is_none_or(Value::is_boolean), "sensitive is neither true nor false");
    for member in ["published", "updated"] {
        faults.must(note.get(member).is_none() || is_moment(text(note, member)), format!("{member} is no moment"));
    }
    faults.0
}

/// The text of the first paragraph.
fn first_line(html: &str) -> String {
    let first = html.split("</p>").next().unwrap_or_default().split("<br").next().unwrap_or_default();
    let mut text = String::new();
    let mut inside = false;
    for c in first.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => text.push(c),
            _ => {}
        }
    }
    text.trim().to_owned()
}

/// The faults of an activity.
pub fn accepts_activity(activity: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    faults.must(has_context(activity), "@context does not name ActivityStreams");
    activity_in(activity, &mut faults);
    faults.0
}

fn activity_in(activity: &Value, faults: &mut Faults) {
    let kind = text(activity, "type").unwrap_or_default();
    let (id, actor) = (text(activity, "id"), text(activity, "actor"));
    faults.must(!kind.is_empty(), "type is not one word");
    faults.must(is_web(actor), "actor is not one address");
    faults.must(is_fetchable(id) && same_host(id, actor), "id is not on the actor's host");
    let embedded = activity.get("object").filter(|object| object.is_object());
    match kind {
        "Announce" => {
            faults.must(is_public(activity), "it is not public");
            faults.must(activity.get("to").is_some_and(Value::is_array), "to is no list");
            faults.must(activity.get("cc").is_some_and(Value::is_array), "cc is no list");
            if let Some(inner) = embedded {
                let mut within = Faults::default();
                activity_in(inner, &mut within);
                faults.within("object", within.0);
                let group = actor.unwrap_or_default();
                let heard = |value: &Value| texts(value, "to").into_iter().chain(texts(value, "cc")).any(|one| one == group);
                let about = inner.get("object").cloned().unwrap_or(Value::Null);
                let named = text(inner, "audience") == actor || text(&about, "audience") == actor;
                faults.must(named || heard(inner) || heard(&about), "the group is nowhere in what it announces");
            } else {
                faults.must(is_web(text(activity, "object")), "object is no address");
            }
        }
        "Create" | "Update" => {
            for member in ["to", "cc"] {
                faults.must(activity.get(member).is_some_and(Value::is_array), format!("{member} is no list"));
            }
            let object = embedded.cloned().unwrap_or(Value::Null);
            let actors = ["Group", "Person", "Service", "Organization", "Application"];
            if kind == "Update" && actors.contains(&text(&object, "type").unwrap_or_default()) {
                faults.must(text(&object, "id") == actor, "somebody else's actor is updated");
            } else {
                faults.must(text(&object, "attributedTo") == actor, "the object is not the actor's");
                faults.within("object", accepts_note(&object));
            }
        }
        "Delete" => {
            faults.must(!texts(activity, "to").is_empty(), "to is missing");
            faults.must(address(activity, "object").is_some(), "object has no address");
        }
        "Follow" => faults.must(is_web(text(activity, "object")), "object is not one address"),
        "Accept" | "Reject" => {
            faults.must(address(activity, "object").is_some(), "object has no address");
            faults.must(embedded.is_none_or(|object| text(object, "type") == Some("Follow")), "only a Follow is answered");
        }
        "Undo" => faults.must(embedded.is_some_and(|object| text(object, "type").is_some()), "what is undone is not shown"),
        _ => {}
    }
}
