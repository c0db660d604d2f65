//! A server that does what Mastodon's source says it does with others: it searches, follows, verifies, and shows a home timeline.
//!
//! The rules are those of its code as of 4.7: an actor or a post that breaks one is refused with the rule's name, and what a
//! person would not see in the timeline is not in [`Mastodon::home`].

mod account;
mod inbox;
mod post;
mod signature;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use serde_json::{Value, json};
use vetmoot_domain::Timestamp;

pub use account::Account;
pub use post::Post;

use crate::http::{Answer, Ask};
use crate::packages::Calendar;
use crate::upstream::server::{Reply, Request, Server};

/// The person whose timeline is read.
const PERSON: &str = "mimi";

/// `Accept` as Mastodon sends it.
const ACCEPT: &str = "application/activity+json, application/ld+json";

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The server; it ends when dropped.
pub struct Mastodon {
    server: Server,
    inner: Arc<Inner>,
}

struct Inner {
    base: OnceLock<String>,
    key: PKey<Private>,
    clock: Clock,
    names: Mutex<BTreeMap<String, SocketAddr>>,
    state: Mutex<State>,
}

/// What it knows.
#[derive(Default)]
struct State {
    accounts: BTreeMap<String, Account>,
    /// Ids of follows sent, and whom they are for.
    requested: BTreeMap<String, String>,
    following: Vec<String>,
    posts: BTreeMap<String, Post>,
    /// Ids of posts in the home timeline, newest last, with who boosted them there.
    home: Vec<(String, Option<String>)>,
    refused: Vec<String>,
    /// Types of the activities it took.
    taken: Vec<String>,
}

fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mastodon {
    /// Starts one on a loopback port, named by it, on the machine's clock.
    pub fn start() -> Self {
        Self::on(None, Arc::new(|| Calendar::of_the_machine().days_ago(0)))
    }

    /// Starts one that calls itself `name` and goes by the given clock.
    pub fn named(name: &str, clock: Clock) -> Self {
        Self::on(Some(name), clock)
    }

    fn on(name: Option<&str>, clock: Clock) -> Self {
        let key = Rsa::generate(2048).and_then(PKey::from_rsa).expect("openssl makes RSA keys");
        let inner = Arc::new(Inner { base: OnceLock::new(), key, clock, names: Mutex::default(), state: Mutex::default() });
        let site = Arc::clone(&inner);
        let server = Server::start(Box::new(move |request| site.answer(request)));
        let port = server.url().rsplit(':').next().unwrap_or_default().to_owned();
        let host = name.map_or_else(|| format!("localhost:{port}"), str::to_owned);
        let _ = inner.base.set(format!("http://{host}"));
        Self { server, inner }
    }

    /// Where it listens.
    ///
    /// # Panics
    /// Never: it listens on the loopback interface.
    pub fn address(&self) -> SocketAddr {
        self.server.url().trim_start_matches("http://").parse().expect("a server knows its address")
    }

    /// Its name for others, with a port where it has one.
    pub fn host(&self) -> String {
        self.inner.base().trim_start_matches("http://").to_owned()
    }

    /// The address of its person.
    pub fn person(&self) -> String {
        self.inner.person()
    }

    /// From now on, this host is found at this address.
    pub fn knows(&self, host: &str, address: SocketAddr) {
        open(&self.inner.names).insert(host.to_owned(), address);
    }

    /// Types a handle into the search box.
    ///
    /// # Errors
    /// The name of the rule that stands against it.
    pub fn search(&self, handle: &str) -> Result<Account, String> {
        self.inner.search(handle)
    }

    /// Follows what a search found; the other side's Accept comes later.
    ///
    /// # Errors
    /// What the other side answered.
    pub fn follow(&self, account: &Account) -> Result<(), String> {
        self.inner.follow(account)
    }

    /// Whether a follow was accepted.
    pub fn is_following(&self, account: &Account) -> bool {
        open(&self.inner.state).following.contains(&account.id)
    }

    /// The home timeline, newest last, as it stands there now: who boosted what.
    pub fn home(&self) -> Vec<(Option<String>, Post)> {
        let state = open(&self.inner.state);
        let posts = state.home.iter().filter_map(|(id, by)| Some((by.clone(), state.posts.get(id)?.clone())));
        posts.collect()
    }

    /// A post it knows, wherever it shows it.
    pub fn post(&self, id: &str) -> Option<Post> {
        open(&self.inner.state).posts.get(id).cloned()
    }

    /// Replies it knows to a post.
    pub fn replies(&self, id: &str) -> Vec<Post> {
        open(&self.inner.state).posts.values().filter(|post| post.in_reply_to.as_deref() == Some(id)).cloned().collect()
    }

    /// What it turned away, each with the rule.
    pub fn refused(&self) -> Vec<String> {
        open(&self.inner.state).refused.clone()
    }

    /// Types of the activities it took in.
    pub fn taken(&self) -> Vec<String> {
        open(&self.inner.state).taken.clone()
    }

    /// The server beneath, to let it misbehave.
    pub fn server(&self) -> &Server {
        &self.server
    }
}

impl Inner {
    fn base(&self) -> &str {
        self.base.get().map_or("", String::as_str)
    }

    fn person(&self) -> String {
        format!("{}/users/{PERSON}", self.base())
    }

    fn answer(&self, request: &Request) -> Reply {
        let path = request.path.as_str();
        match (request.method.as_str(), path) {
            ("GET", "/.well-known/webfinger") => self.finger(&request.query),
            ("GET", "/actor") => self.actor("/actor", "Application", "mastodon.internal"),
            ("GET", _) if path == format!("/users/{PERSON}") => self.actor(path, "Person", PERSON),
            ("POST", "/inbox" | "/users/mimi/inbox") => self.receive(request),
            _ => Reply::not_found(),
        }
    }

    fn finger(&self, query: &str) -> Reply {
        let host = self.base().trim_start_matches("http://");
        if !query.contains(PERSON) {
            return Reply::not_found();
        }
        let links = json!([{"rel": "self", "type": "application/activity+json", "href": self.person()}]);
        let answer = json!({"subject": format!("acct:{PERSON}@{host}"), "links": links});
        Reply::ok("application/jrd+json; charset=utf-8", answer.to_string())
    }

    fn actor(&self, path: &str, kind: &str, name: &str) -> Reply {
        let id = format!("{}{path}", self.base());
        let pem = self.key.public_key_to_pem().expect("a key has a public half");
        let document = json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": id, "type": kind, "preferredUsername": name, "inbox": format!("{id}/inbox"),
            "followers": format!("{id}/followers"), "url": id, "manuallyApprovesFollowers": false,
            "endpoints": {"sharedInbox": format!("{}/inbox", self.base())},
            "publicKey": {"id": format!("{id}#main-key"), "owner": id, "publicKeyPem": String::from_utf8_lossy(&pem)},
        });
        Reply::ok("application/activity+json; charset=utf-8", document.to_string())
    }

    fn follow(&self, account: &Account) -> Result<(), String> {
        let id = format!("{}/follows/{}", self.base(), open(&self.state).requested.len() + 1);
        open(&self.state).requested.insert(id.clone(), account.id.clone());
        let follow = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Follow",
            "actor": self.person(), "object": account.id,
        });
        let answer = self.post(&account.inbox, &follow)?;
        match answer.status {
            200 | 202 => Ok(()),
            status => Err(format!("{status}: {}", answer.text())),
        }
    }

    /// A signed `POST` of an activity.
    fn post(&self, url: &str, activity: &Value) -> Result<Answer, String> {
        let body = activity.to_string().into_bytes();
        let fields = self.sign("post", url, Some(&body))?;
        let mut ask = Ask::new("POST", url).header("content-type", "application/activity+json").body(body);
        for (name, value) in fields {
            ask = ask.header(name, &value);
        }
        self.send(ask, url)
    }

    /// A signed `GET` of an object, by the instance's own actor.
    fn get(&self, url: &str, accept: &str) -> Result<Answer, String> {
        let mut ask = Ask::get(url).header("accept", accept);
        for (name, value) in self.sign("get", url, None)? {
            ask = ask.header(name, &value);
        }
        self.send(ask, url)
    }

    fn send(&self, ask: Ask, url: &str) -> Result<Answer, String> {
        let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let known = open(&self.names).get(&host).copied();
        match known {
            Some(address) => ask.at(&host, address).send(),
            None => ask.send(),
        }
    }
}
