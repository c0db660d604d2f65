//! A peer that says anything: it serves any document and signs any message, right or wrong, as a test wants it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use openssl::base64::encode_block;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::{Value, json};
use vetmoot_domain::Timestamp;

use crate::http::{Answer, Ask};
use crate::upstream::server::{Reply, Request, Server};

/// The type of every message.
pub const ACTIVITY: &str = "application/activity+json";

/// The context of every document.
pub const STREAMS: &str = "https://www.w3.org/ns/activitystreams";

/// A message that was posted to it.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Where to.
    pub path: String,
    /// Its headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Posted {
    /// The activity.
    pub fn activity(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }
}

/// The peer; it ends when dropped.
pub struct Stranger {
    server: Server,
    host: String,
    key: PKey<Private>,
    shown: Arc<Mutex<BTreeMap<String, Reply>>>,
    posted: Arc<Mutex<Vec<Posted>>>,
    wants_message_signatures: Arc<AtomicBool>,
}

/// A message in the making; by default it is signed as it should be (cavage, RSA).
#[derive(Clone)]
pub struct Message<'s> {
    stranger: &'s Stranger,
    url: String,
    body: Vec<u8>,
    at: Timestamp,
    key_id: String,
    key: Option<PKey<Private>>,
    covers: Vec<&'static str>,
    digest: Option<String>,
    kind: String,
    fields: Vec<(String, String)>,
    unsigned: bool,
}

fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stranger {
    /// Starts one that is called `host`, with one good actor, `mallory`.
    pub fn named(host: &str) -> Self {
        Self::start(Some(host))
    }

    /// Starts one that is called after its port.
    pub fn on_loopback() -> Self {
        Self::start(None)
    }

    fn start(host: Option<&str>) -> Self {
        let key = Rsa::generate(2048).and_then(PKey::from_rsa).expect("openssl makes RSA keys");
        let shown: Arc<Mutex<BTreeMap<String, Reply>>> = Arc::default();
        let posted: Arc<Mutex<Vec<Posted>>> = Arc::default();
        let (documents, heard) = (Arc::clone(&shown), Arc::clone(&posted));
        let name: Arc<OnceLock<String>> = Arc::default();
        let wants_message_signatures: Arc<AtomicBool> = Arc::default();
        let wants = Arc::clone(&wants_message_signatures);
        let own = Arc::clone(&name);
        let server = Server::start(Box::new(move |request: &Request| {
            if request.method == "POST" {
                if wants.load(Ordering::SeqCst) && request.header("signature-input").is_none() {
                    return Reply::status(401, "sign as RFC 9421 says\n");
                }
                let message =
                    Posted { path: request.path.clone(), headers: request.headers.clone(), bytes: request.body.clone() };
                open(&heard).push(message);
                return Reply::status(202, "");
            }
            if request.path == "/.well-known/webfinger" {
                return finger(request, own.get().map_or("", String::as_str));
            }
            let target =
                if request.query.is_empty() { request.path.clone() } else { format!("{}?{}", request.path, request.query) };
            let documents = open(&documents);
            let found = documents.get(&target).or_else(|| documents.get(&request.path));
            found.cloned().unwrap_or_else(Reply::not_found)
        }));
        let address = server.url().trim_start_matches("http://").to_owned();
        let host = host.map_or_else(|| address.replace("127.0.0.1", "localhost"), str::to_owned);
        let _ = name.set(host.clone());
        let stranger = Self { server, host, key, shown, posted, wants_message_signatures };
        stranger.shows("/users/mallory", stranger.person("mallory"));
        stranger
    }

    /// Where it listens.
    ///
    /// # Panics
    /// Never: a server knows its address.
    pub fn address(&self) -> SocketAddr {
        self.server.url().trim_start_matches("http://").parse().expect("a server knows its address")
    }

    /// An address on it as others name it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    /// Its host, with a port where it has one.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The server beneath, to let it misbehave and to count what it is asked.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Its public key, as PEM.
    ///
    /// # Panics
    /// Never: a key has a public half.
    pub fn pem(&self) -> String {
        String::from_utf8_lossy(&self.key.public_key_to_pem().expect("a key has a public half")).into_owned()
    }

    /// A good document of a person of its own.
    pub fn person(&self, name: &str) -> Value {
        let id = self.url(&format!("/users/{name}"));
        json!({
            "@context": [STREAMS, "https://w3id.org/security/v1"], "type": "Person", "id": id,
            "preferredUsername": name, "name": name, "inbox": format!("{id}/inbox"),
            "publicKey": {"id": format!("{id}#main-key"), "owner": id, "publicKeyPem": self.pem()},
        })
    }

    /// From now on, a path answers with a document.
    pub fn shows(&self, path: &str, document: Value) {
        self.answers(path, Reply::ok(ACTIVITY, document.to_string()));
    }

    /// From now on, a path answers so.
    pub fn answers(&self, path: &str, reply: Reply) {
        open(&self.shown).insert(path.to_owned(), reply);
    }

    /// From now on, messages without a signature of RFC 9421 are answered with 401, or no longer.
    pub fn wants_message_signatures(&self, yes: bool) {
        self.wants_message_signatures.store(yes, Ordering::SeqCst);
    }

    /// Everything that was posted to it.
    pub fn posted(&self) -> Vec<Posted> {
        open(&self.posted).clone()
    }

    /// A message of its actor `mallory`, signed as it should be.
    pub fn message(&self, url: &str, activity: &Value, at: Timestamp) -> Message<'_> {
        self.raw(url, activity.to_string().into_bytes(), at)
    }

    /// A message of any bytes.
    pub fn raw(&self, url: &str, body: Vec<u8>, at: Timestamp) -> Message<'_> {
        Message {
            stranger: self,
            url: url.to_owned(),
            body,
            at,
            key_id: self.url("/users/mallory#main-key"),
            key: None,
            covers: vec!["(request-target)", "host", "date", "digest"],
            digest: None,
            kind: ACTIVITY.to_owned(),
            fields: Vec::new(),
            unsigned: false,
        }
    }
}

/// Any name it is asked for is an actor of its own.
fn finger(request: &Request, host: &str) -> Reply {
    let name = request.query.split("acct:").nth(1).or_else(|| request.query.split("acct%3A").nth(1)).unwrap_or_default();
    let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
    let links = json!([{"rel": "self", "type": ACTIVITY, "href": format!("http://{host}/users/{name}")}]);
    Reply::ok("application/jrd+json", json!({"subject": format!("acct:{name}@{host}"), "links": links}).to_string())
}

impl Message<'_> {
    /// With another key id.
    #[must_use]
    pub fn key_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.key_id);
        self
    }

    /// Signed with a key nobody knows.
    ///
    /// # Panics
    /// When openssl makes no key.
    #[must_use]
    pub fn wrong_key(mut self) -> Self {
        self.key = Some(Rsa::generate(2048).and_then(PKey::from_rsa).expect("openssl makes RSA keys"));
        self
    }

    /// With only these headers signed.
    #[must_use]
    pub fn covering(mut self, names: &[&'static str]) -> Self {
        self.covers = names.to_vec();
        self
    }

    /// With this digest, right or not; the empty text leaves it out.
    #[must_use]
    pub fn digest(mut self, digest: &str) -> Self {
        self.digest = Some(digest.to_owned());
        self
    }

    /// Of another content type.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.kind);
        self
    }

    /// With a further header.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Not signed at all.
    #[must_use]
    pub fn unsigned(mut self) -> Self {
        self.unsigned = true;
        self
    }

    /// Sends it to the machine's address of the host it is meant for.
    ///
    /// # Panics
    /// When openssl cannot sign.
    pub fn send(self, to: SocketAddr) -> Result<Answer, String> {
        let url = url::Url::parse(&self.url).map_err(|error| error.to_string())?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let authority = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let digest = self.digest.clone();
        let digest = digest.unwrap_or_else(|| format!("SHA-256={}", encode_block(&openssl::sha::sha256(&self.body))));
        let date = self.at.http_date();
        let line = |name: &&str| match *name {
            "(request-target)" => format!("(request-target): post {}", url.path()),
            "host" => format!("host: {authority}"),
            "date" => format!("date: {date}"),
            "digest" => format!("digest: {digest}"),
            other => format!("{other}: {}", self.kind),
        };
        let text: Vec<String> = self.covers.iter().map(line).collect();
        let key = self.key.as_ref().unwrap_or(&self.stranger.key);
        let mut signer = Signer::new(MessageDigest::sha256(), key).expect("openssl signs");
        let signature = encode_block(&signer.sign_oneshot_to_vec(text.join("\n").as_bytes()).expect("openssl signs"));
        let mut ask = Ask::new("POST", &self.url).header("content-type", &self.kind).header("date", &date);
        if !digest.is_empty() {
            ask = ask.header("digest", &digest);
        }
        if !self.unsigned {
            let value = format!(
                "keyId=\"{}\",algorithm=\"rsa-sha256\",headers=\"{}\",signature=\"{signature}\"",
                self.key_id,
                self.covers.join(" ")
            );
            ask = ask.header("signature", &value);
        }
        for (name, value) in &self.fields {
            ask = ask.header(name, value);
        }
        let ask = ask.body(self.body);
        if host == "localhost" { ask.send() } else { ask.at(&host, to).send() }
    }
}
