//! The rules know what the three servers take, and what each of them alone refuses.

#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::{activity_faults, actor_faults, mastodon, note_faults};

const GROUP: &str = "https://vet.example/community";
const ADA: &str = "https://vet.example/users/ada";

fn pem() -> String {
    let rsa = openssl::rsa::Rsa::generate(2048).unwrap();
    String::from_utf8(rsa.public_key_to_pem().unwrap()).unwrap()
}

fn actor() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams"], "type": "Group", "id": GROUP, "preferredUsername": "community",
        "name": "Vetters", "summary": "<p>We read code.</p>", "url": GROUP,
        "inbox": format!("{GROUP}/inbox"), "outbox": format!("{GROUP}/outbox"),
        "followers": format!("{GROUP}/followers"), "following": format!("{GROUP}/following"),
        "endpoints": {"sharedInbox": "https://vet.example/inbox"}, "published": "2026-11-21T10:00:00Z",
        "publicKey": {"id": format!("{GROUP}#main-key"), "owner": GROUP, "publicKeyPem": pem()},
        "icon": {"type": "Image", "url": "https://vet.example/icon.png"}
    })
}

fn webfinger() -> Value {
    json!({"subject": "acct:community@vet.example", "links": [{
        "rel": "self", "type": "application/activity+json", "href": GROUP,
        "properties": {"https://www.w3.org/ns/activitystreams#type": "Group"}
    }]})
}

fn note() -> Value {
    json!({
        "type": "Note", "id": "https://vet.example/audits/1", "url": "https://vet.example/audits/1", "attributedTo": ADA,
        "published": "2026-11-21T10:00:00Z", "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [format!("{ADA}/followers"), GROUP], "audience": GROUP,
        "content": "<p>Read serde 1.0.219</p><p>and found nothing.</p>",
        "tag": [{"type": "Hashtag", "name": "#serde", "href": "https://vet.example/tags/serde"}],
        "audit": {"type": "Audit"}
    })
}

fn create() -> Value {
    json!({
        "@context": "https://www.w3.org/ns/activitystreams", "type": "Create", "id": "https://vet.example/activities/1",
        "actor": ADA, "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [GROUP], "object": note()
    })
}

fn announce() -> Value {
    let mut inner = create();
    inner.as_object_mut().unwrap().remove("@context");
    json!({
        "@context": "https://www.w3.org/ns/activitystreams", "type": "Announce", "id": "https://vet.example/activities/2",
        "actor": GROUP, "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [format!("{GROUP}/followers")],
        "object": inner
    })
}

/// What is found after one member of a document was replaced.
fn changed(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(member.to_owned(), value);
    document
}

/// Exactly these servers refuse.
fn check(faults: &[String], servers: &[&str]) {
    let mut found: Vec<&str> = faults.iter().map(|fault| fault.split(':').next().unwrap()).collect();
    found.dedup();
    assert_eq!(found, servers, "{faults:?}");
}

#[test]
fn what_everybody_takes_has_no_faults() {
    check(&actor_faults(&actor(), &webfinger()), &[]);
    check(&note_faults(&note()), &[]);
    check(&activity_faults(&create()), &[]);
    check(&activity_faults(&announce()), &[]);
}

#[test]
fn a_name_follows_the_rule_of_accounts() {
    for fine in ["ada", "cargo.serde", "npm_types.node", "a--b", "A.b-c_"] {
        assert!(mastodon::is_user_name(fine), "{fine}");
    }
    for bad in ["", "@scope/x", "a-", ".a", "a b", "\u{e4}"] {
        assert!(!mastodon::is_user_name(bad), "{bad}");
    }
}

#[test]
fn each_fault_of_an_actor_is_found_by_who_minds_it() {
    let with = |pointer: &str, value: Value| actor_faults(&changed(actor(), pointer, value), &webfinger());
    check(&with("/@context", json!("https://example.org/other")), &["mastodon", "gotosocial", "lemmy"]);
    check(&with("/preferredUsername", json!("com/munity")), &["mastodon"]);
    check(&with("/publicKey/owner", json!(ADA)), &["mastodon", "gotosocial", "lemmy"]);
    check(&with("/publicKey/publicKeyPem", json!("none")), &["mastodon", "gotosocial"]);
    check(&with("/type", json!(["Group", "Service"])), &["lemmy"]);
    check(&with("/id", json!("https://vet.example/other")), &["mastodon", "gotosocial", "lemmy"]);
    check(&with("/icon", json!([{"type": "Image", "url": "https://vet.example/i.png"}])), &["mastodon", "lemmy"]);
    check(&with("/manuallyApprovesFollowers", json!(true)), &["lemmy"]);
    check(&with("/followers", json!(null)), &["mastodon", "gotosocial", "lemmy"]);
    let elsewhere = changed(webfinger(), "/subject", json!("acct:community@other.example"));
    check(&actor_faults(&actor(), &elsewhere), &["mastodon"]);
    check(&actor_faults(&actor(), &json!({"subject": "acct:community@vet.example"})), &["mastodon", "gotosocial", "lemmy"]);
}

#[test]
fn each_fault_of_a_note_is_found_by_who_minds_it() {
    let with = |pointer: &str, value: Value| note_faults(&changed(note(), pointer, value));
    check(&with("/type", json!(["Note", "Audit"])), &["lemmy"]);
    check(&with("/name", json!("An audit")), &["gotosocial"]);
    check(&with("/attachment", json!([{"type": "Audit", "url": "https://vet.example/audits/1/record"}])), &["lemmy"]);
    check(&with("/attachment", json!([{"type": "Audit"}])), &["mastodon", "lemmy"]);
    check(&with("/to", json!("https://www.w3.org/ns/activitystreams#Public")), &["lemmy"]);
    check(&with("/attributedTo", json!("https://other.example/ada")), &["mastodon", "gotosocial", "lemmy"]);
    check(&with("/content", json!(format!("<p>{}</p>", "x".repeat(201)))), &["lemmy"]);
    check(&with("/summary", json!("careful")), &["mastodon"]);
    check(&with("/updated", json!("2026-11-20T10:00:00Z")), &["gotosocial"]);
    check(&with("/context", json!({"id": "https://vet.example/c"})), &["lemmy"]);
    let direct = changed(changed(note(), "/to", json!([ADA])), "/cc", json!([GROUP]));
    check(&note_faults(&direct), &["mastodon", "gotosocial", "lemmy"]);
}

#[test]
fn each_fault_of_an_activity_is_found_by_who_minds_it() {
    let with = |pointer: &str, value: Value| activity_faults(&changed(create(), pointer, value));
    check(&with("/type", json!(["Create"])), &["mastodon", "lemmy"]);
    check(&with("/actor", json!(GROUP)), &["mastodon", "gotosocial", "lemmy"]);
    check(&with("/id", json!("https://other.example/1")), &["mastodon", "gotosocial", "lemmy"]);
    check(&with("/object/id", json!("https://other.example/1")), &["mastodon", "gotosocial", "lemmy"]);
    let far = |pointer: &str, value: Value| activity_faults(&changed(announce(), pointer, value));
    check(&far("/object/type", json!("Invention")), &[]);
    let aside = changed(changed(announce(), "/object/cc", json!([])), "/object/object/audience", json!(null));
    let aside = changed(aside, "/object/object/cc", json!([]));
    check(&activity_faults(&aside), &["lemmy"]);
    let edit = changed(changed(create(), "/type", json!("Update")), "/object/updated", json!("2026-11-21T11:00:00Z"));
    check(&activity_faults(&edit), &[]);
    let still = changed(create(), "/type", json!("Update"));
    check(&activity_faults(&still), &["mastodon"]);
}
