//! A server elsewhere: actors with keys, documents at addresses, and letters it signs as well or as badly as a test wants.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use actix_web::{App, test, web};
use data_encoding::BASE64;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::{Value, json};
use vetmoot_domain::Timestamp;
use vetmoot_federation::Network;
use vetmoot_tests::upstream::server::{Reply, Server};
use vetmoot_workflows::Ctx;

use crate::world::{Setup, World};

/// The one type of ActivityPub.
pub const ACTIVITY: &str = "application/activity+json";
/// What this instance calls itself.
pub const HERE: &str = "vet.example";

/// An instance that reaches others over real connections, on loopback.
pub struct Here {
    pub world: World,
    pub ctx: Ctx,
    pub network: Arc<Network>,
}

impl Here {
    pub async fn new() -> Self {
        Self::on(World::sqlite().await).await
    }

    pub async fn on(world: World) -> Self {
        let network = Arc::new(Network::new());
        let setup = Setup { domain: Some(HERE), insecure: true, peers: Some(network.clone()), ..Setup::default() };
        let ctx = world.another(&setup).await;
        Self { world, ctx, network }
    }

    /// The status and code of the answer to a letter.
    pub async fn gets(&self, letter: &Letter) -> (u16, String) {
        let answer = post(&self.ctx, letter).await;
        (answer.status, answer.code)
    }

    /// How much waits to be applied.
    pub async fn waiting(&self) -> u64 {
        vetmoot_workflows::inbox::counts(&self.ctx).await.unwrap().waiting
    }
}

/// An answer of an inbox.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The code of the problem; empty when there is none.
    pub code: String,
    pub retry_after: Option<String>,
}

/// Sends a letter to an instance, past the network.
pub async fn post(ctx: &Ctx, letter: &Letter) -> Answer {
    let app = App::new().app_data(web::Data::new(ctx.clone())).configure(vetmoot_federation::routes);
    let app = test::init_service(app).await;
    let mut request = test::TestRequest::post().uri(&letter.path).peer_addr(letter.from.parse().unwrap());
    for (name, value) in letter.fields() {
        request = request.append_header((name, value));
    }
    let answer = test::call_service(&app, request.set_payload(letter.sent().to_vec()).to_request()).await;
    let status = answer.status().as_u16();
    let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let body = test::read_body(answer).await;
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    Answer { status, code: problem["code"].as_str().unwrap_or_default().to_owned(), retry_after }
}

/// Two keys for all tests, for making one takes a while.
pub fn key(number: usize) -> PKey<Private> {
    static KEYS: OnceLock<Vec<PKey<Private>>> = OnceLock::new();
    let make = || (0..2).map(|_| PKey::from_rsa(Rsa::generate(2_048).unwrap()).unwrap()).collect();
    KEYS.get_or_init(make)[number].clone()
}

/// A server with actors.
pub struct Elsewhere {
    pub server: Server,
    replies: Arc<Mutex<BTreeMap<String, Reply>>>,
}

impl Elsewhere {
    pub fn start() -> Self {
        let replies: Arc<Mutex<BTreeMap<String, Reply>>> = Arc::default();
        let all = replies.clone();
        let server = Server::start(Box::new(move |request| {
            all.lock().unwrap().get(&request.path).cloned().unwrap_or_else(Reply::not_found)
        }));
        Self { server, replies }
    }

    /// Its origin by name, which is how the library goes there.
    pub fn origin(&self) -> String {
        self.server.url().replace("127.0.0.1", "localhost")
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    pub fn puts(&self, path: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    pub fn document(&self, path: &str, document: &Value) {
        self.puts(path, Reply::ok(ACTIVITY, document.to_string()));
    }

    /// The document of an actor with one of the two keys.
    pub fn person(&self, path: &str, number: usize) -> Value {
        let id = self.at(path);
        let pem = String::from_utf8(key(number).public_key_to_pem().unwrap()).unwrap();
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Person",
            "preferredUsername": path.rsplit('/').next().unwrap(), "inbox": format!("{id}/inbox"),
            "publicKey": { "id": format!("{id}#main-key"), "owner": id, "publicKeyPem": pem },
        })
    }

    /// An actor with the first key.
    pub fn with_person(self, path: &str) -> Self {
        self.document(path, &self.person(path, 0));
        self
    }

    /// An activity nobody here understands, so that only the way to the disk is looked at.
    pub fn activity(&self, number: usize) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": self.at(&format!("/a/{number}")), "type": "Wave",
            "actor": self.at("/u/mallow"), "object": self.at("/n/1"),
        })
    }
}

/// A letter with everything that can be wrong about it.
#[derive(Clone)]
pub struct Letter {
    /// Where it is sent.
    pub path: String,
    /// The address of who sends.
    pub from: String,
    /// What is signed under `(request-target)`.
    pub target: String,
    pub host: String,
    pub date: String,
    /// The body that is sent, unless another is put in its place on the way.
    pub body: Vec<u8>,
    pub swapped: Option<Vec<u8>>,
    pub digest: String,
    pub content_type: String,
    pub covered: Vec<&'static str>,
    pub key_id: String,
    pub key: PKey<Private>,
    pub algorithm: &'static str,
    /// `created` and `expires`, written as they are.
    pub times: Vec<(&'static str, String)>,
    /// Fields beside the usual.
    pub more: Vec<(&'static str, String)>,
    pub unsigned: bool,
}

impl Letter {
    /// A letter as it should be: an activity of `mallow`, signed with the first key.
    pub fn new(now: Timestamp, elsewhere: &Elsewhere, activity: &Value) -> Self {
        let body = activity.to_string().into_bytes();
        Self {
            path: "/inbox".to_owned(),
            from: "192.0.2.7:4711".to_owned(),
            target: "post /inbox".to_owned(),
            host: HERE.to_owned(),
            date: now.http_date(),
            digest: digest(&body),
            body,
            swapped: None,
            content_type: ACTIVITY.to_owned(),
            covered: vec!["(request-target)", "host", "date", "digest", "content-type"],
            key_id: elsewhere.at("/u/mallow#main-key"),
            key: key(0),
            algorithm: "rsa-sha256",
            times: Vec::new(),
            more: Vec::new(),
            unsigned: false,
        }
    }

    /// Puts in a body, with its digest.
    pub fn holding(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.digest = digest(&self.body);
        self
    }

    pub fn sent(&self) -> &[u8] {
        self.swapped.as_ref().unwrap_or(&self.body)
    }

    /// The fields as they are sent, in the end the signature.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields =
            vec![("host", self.host.clone()), ("date", self.date.clone()), ("content-type", self.content_type.clone())];
        if !self.digest.is_empty() {
            fields.push(("digest", self.digest.clone()));
        }
        fields.extend(self.more.clone());
        if self.unsigned {
            return fields;
        }
        let value = |name: &str| match name {
            "(request-target)" => self.target.clone(),
            "(created)" | "(expires)" => {
                let bare = name.trim_matches(['(', ')']);
                self.times.iter().find(|(known, _)| *known == bare).map(|(_, value)| value.clone()).unwrap_or_default()
            }
            name => fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap_or_default(),
        };
        let base: Vec<String> = self.covered.iter().map(|name| format!("{name}: {}", value(name))).collect();
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key).unwrap();
        let signature = BASE64.encode(&signer.sign_oneshot_to_vec(base.join("\n").as_bytes()).unwrap());
        let times: String = self.times.iter().map(|(name, value)| format!("{name}={value},")).collect();
        let text = format!(
            "keyId=\"{}\",algorithm=\"{}\",{times}headers=\"{}\",signature=\"{signature}\"",
            self.key_id,
            self.algorithm,
            self.covered.join(" ")
        );
        fields.push(("signature", text));
        fields
    }
}

/// The `Digest` field of a body.
pub fn digest(body: &[u8]) -> String {
    format!("SHA-256={}", BASE64.encode(&openssl::sha::sha256(body)))
}
