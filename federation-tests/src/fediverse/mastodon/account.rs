//! How an actor is found and what it must be (webfinger.rb, fetch_remote_actor_service.rb, process_account_service.rb).

use serde_json::Value;

use super::{ACCEPT, Inner, open};
use crate::http::Ask;

/// The context every document must name.
const STREAMS: &str = "https://www.w3.org/ns/activitystreams";

/// Actor types.
const KINDS: [&str; 5] = ["Application", "Group", "Organization", "Person", "Service"];

/// An account of another server as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its address.
    pub id: String,
    /// The first of its types that is known.
    pub kind: String,
    /// `name@host`.
    pub handle: String,
    /// What it is called.
    pub name: String,
    /// Its biography, as HTML.
    pub summary: String,
    /// Where it receives.
    pub inbox: String,
    /// Its followers, needed to recognise posts for them alone.
    pub followers: Option<String>,
    /// Its page.
    pub url: String,
    /// Name and value of its fields.
    pub fields: Vec<(String, String)>,
    /// Ids and PEMs of its keys.
    pub keys: Vec<(String, String)>,
}

impl Inner {
    pub(super) fn search(&self, handle: &str) -> Result<Account, String> {
        let handle = handle.trim_start_matches('@');
        let (_, host) = handle.split_once('@').ok_or("a handle has a name and a host")?;
        let found = self.webfinger(handle, host)?;
        self.account(&found)
    }

    /// An actor by its address, with every check of a first meeting; known ones come from memory.
    pub(super) fn account(&self, id: &str) -> Result<Account, String> {
        if let Some(known) = open(&self.state).accounts.get(id) {
            return Ok(known.clone());
        }
        let account = self.meet(id)?;
        open(&self.state).accounts.insert(account.id.clone(), account.clone());
        Ok(account)
    }

    /// Forgets an actor, as before a key is fetched anew.
    pub(super) fn forget(&self, id: &str) {
        open(&self.state).accounts.remove(id);
    }

    /// The address of an actor by WebFinger.
    fn webfinger(&self, handle: &str, host: &str) -> Result<String, String> {
        let url = format!("http://{host}/.well-known/webfinger?resource=acct:{handle}");
        let answer = self.send(Ask::get(&url).header("accept", "application/jrd+json, application/json"), &url)?;
        if answer.status != 200 {
            return Err(format!("webfinger-status: {} for {handle}", answer.status));
        }
        let found = answer.json();
        let subject = found.get("subject").and_then(Value::as_str).unwrap_or_default();
        if subject.is_empty() {
            return Err("webfinger-subject: it names no subject".to_owned());
        }
        let mut links = found.get("links").and_then(Value::as_array).into_iter().flatten();
        let is_self = |link: &&Value| {
            let text = |name: &str| link.get(name).and_then(Value::as_str).unwrap_or_default();
            let is_activity = matches!(
                text("type"),
                "application/activity+json" | "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\""
            );
            text("rel") == "self" && is_activity
        };
        let href = links.find(is_self).and_then(|link| link.get("href")).and_then(Value::as_str);
        href.map(str::to_owned).ok_or_else(|| format!("webfinger-self: no self link of the right type for {handle}"))
    }

    fn meet(&self, id: &str) -> Result<Account, String> {
        let document = self.document(id)?;
        let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = kinds(&document).into_iter().find(|kind| KINDS.contains(&kind.as_str()));
        let kind = kind.ok_or_else(|| format!("actor-type: {:?}", document.get("type")))?;
        let name = text("preferredUsername");
        if !is_username(&name) {
            return Err(format!("username: `{name}` does not match"));
        }
        let host = authority(id).ok_or("the id names no host")?;
        let handle = format!("{name}@{host}");
        if self.webfinger(&handle, &host)? != id {
            return Err(format!("webfinger-loop: {handle} does not lead back to {id}"));
        }
        let inbox = text("inbox");
        if !inbox.starts_with("http") {
            return Err("inbox: there is none".to_owned());
        }
        let keys = keys(&document, id)?;
        let url = document.get("url").and_then(Value::as_str).unwrap_or(id).to_owned();
        if authority(&url) != Some(host) {
            return Err(format!("url-host: {url} is on another host than {id}"));
        }
        let attachment = document.get("attachment").and_then(Value::as_array).cloned().unwrap_or_default();
        let field = |value: &Value| {
            let is_field = value.get("type").and_then(Value::as_str) == Some("PropertyValue");
            let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
            is_field.then(|| Some((text("name")?, text("value")?))).flatten()
        };
        Ok(Account {
            id: id.to_owned(),
            kind,
            handle,
            name: Some(text("name")).filter(|name| !name.is_empty()).unwrap_or(name),
            summary: text("summary"),
            inbox,
            followers: document.get("followers").and_then(Value::as_str).map(str::to_owned),
            url,
            fields: attachment.iter().filter_map(field).collect(),
            keys,
        })
    }

    /// A document from its own address: status, type, context and id are as they must be.
    pub(super) fn document(&self, url: &str) -> Result<Value, String> {
        let answer = self.get(url, ACCEPT)?;
        if answer.status != 200 {
            return Err(format!("document-status: {} for {url}", answer.status));
        }
        let kind = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let is_activity = kind.split(';').next().map(str::trim) == Some("application/activity+json")
            || (kind.starts_with("application/ld+json") && kind.contains(STREAMS));
        if !is_activity {
            return Err(format!("content-type: {kind} for {url}"));
        }
        let document: Value = serde_json::from_slice(&answer.body).map_err(|error| format!("no JSON at {url}: {error}"))?;
        if !names_streams(&document) {
            return Err(format!("context: {url} does not name {STREAMS}"));
        }
        let id = document.get("id").and_then(Value::as_str).unwrap_or_default();
        if id == url { Ok(document) } else { Err(format!("id: {url} answers as {id}")) }
    }
}

/// Whether a document's context holds the streams as a string.
pub(super) fn names_streams(document: &Value) -> bool {
    match document.get("@context") {
        Some(Value::String(one)) => one == STREAMS,
        Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(STREAMS)),
        _ => false,
    }
}

/// All types of an object.
pub(super) fn kinds(object: &Value) -> Vec<String> {
    match object.get("type") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Host and port of an address.
pub(super) fn authority(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// `/\A[a-z0-9_]+([.-]+[a-z0-9_]+)*\z/i`
fn is_username(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let all = name.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'));
    let ends = name.bytes().next().is_some_and(word) && name.bytes().last().is_some_and(word);
    all && ends
}

/// The keys a document lists; each belongs to it.
fn keys(document: &Value, id: &str) -> Result<Vec<(String, String)>, String> {
    let listed = match document.get("publicKey") {
        Some(Value::Array(many)) => many.clone(),
        Some(one) => vec![one.clone()],
        None => return Err("public-key: there is none".to_owned()),
    };
    let key = |key: &Value| {
        let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if text("owner") != id {
            return Err(format!("public-key: {} belongs to {}", text("id"), text("owner")));
        }
        openssl::pkey::PKey::public_key_from_pem(text("publicKeyPem").as_bytes())
            .map_err(|error| format!("public-key: {} is no PEM: {error}", text("id")))?;
        Ok((text("id"), text("publicKeyPem")))
    };
    listed.iter().take(10).map(key).collect()
}
