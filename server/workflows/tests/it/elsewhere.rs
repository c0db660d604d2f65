//! A community elsewhere, with members, keys and a log, and the wire to it; what it says is signed as a real one would.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vetmoot_domain::Timestamp;
use vetmoot_domain::log::{self, Checkpoint, Hashes, Tile, TileKind};
use vetmoot_domain::proof;
use vetmoot_keys::{KeyOwner, Keyring, MasterSecret, PublicKey, Purpose};
use vetmoot_workflows::peer::{self, Freshness, NewActor, Peers, RemoteActor};
use vetmoot_workflows::{Ctx, Kind, Problem};

/// What it said and how it behaves.
#[derive(Default)]
pub struct State {
    pub records: Vec<Value>,
    pub entries: Vec<[u8; 32]>,
    pub hashes: Hashes,
    /// Leaves whose record is gone, with the erasure that stands in its place.
    pub erased: BTreeMap<usize, Value>,
    /// Leaves for which it gives something else.
    pub forged: BTreeMap<usize, Value>,
    /// Addresses that do not answer.
    pub down: BTreeSet<String>,
    /// Actors that are gone for good.
    pub gone: BTreeSet<String>,
    /// What was asked, in order.
    pub asked: Vec<String>,
    /// Statements a page holds at most.
    pub page: usize,
}

/// A community on an origin of its own.
pub struct Elsewhere {
    pub origin: String,
    pub host: String,
    pub keys: Keyring,
    _folder: tempfile::TempDir,
    state: Mutex<State>,
    born: Timestamp,
}

fn owner(name: &str) -> KeyOwner {
    KeyOwner::new(format!("users/{name}"))
}

impl Elsewhere {
    pub fn new(host: &str, born: Timestamp) -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keyring::open(folder.path(), MasterSecret::ensure_in(folder.path()).unwrap()).unwrap();
        keys.ensure(&KeyOwner::new("log"), Purpose::Checkpoint, born).unwrap();
        keys.ensure(&owner("community"), Purpose::Statement, born).unwrap();
        let state = Mutex::new(State { page: 1_000, ..State::default() });
        Arc::new(Self { origin: format!("https://{host}"), host: host.to_owned(), keys, _folder: folder, state, born })
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn group(&self) -> String {
        format!("{}/community", self.origin)
    }

    pub fn person(&self, name: &str) -> String {
        if name == "community" { self.group() } else { format!("{}/users/{name}", self.origin) }
    }

    /// How often an address was asked for.
    pub fn asked(&self, path: &str) -> usize {
        let url = format!("{}{path}", self.origin);
        self.state().asked.iter().filter(|asked| asked.starts_with(&url)).count()
    }

    /// Signs what a member says, dated `at`.
    pub fn signed(&self, name: &str, mut record: Value, at: Timestamp) -> Value {
        self.keys.ensure(&owner(name), Purpose::Statement, self.born).unwrap();
        let members = record.as_object_mut().unwrap();
        members.entry("attributedTo").or_insert_with(|| self.person(name).into());
        members.entry("published").or_insert_with(|| at.to_string().into());
        members.entry("salt").or_insert_with(|| "00".repeat(16).into());
        let key = self.keys.public_multikey(&owner(name)).unwrap();
        let method = format!("{}#{key}", self.person(name));
        self.keys.sign_statement(&owner(name), &record, &method, &at.to_string()).unwrap()
    }

    /// A full audit by a member.
    pub fn audit(&self, name: &str, id: &str, release: &str, at: Timestamp) -> Value {
        let record = json!({
            "type": "Audit", "id": self.id(id), "kind": "full", "release": release,
            "criteria": ["safe-to-deploy"], "depth": "read", "digests": [], "notes": "read", "self_audit": false,
        });
        self.signed(name, record, at)
    }

    pub fn id(&self, id: &str) -> String {
        format!("{}/audits/{id}/record", self.origin)
    }

    pub fn withdrawal(&self, name: &str, id: &str, at: Timestamp) -> Value {
        let own = format!("{}/audits/{id}/withdrawal/record", self.origin);
        self.signed(name, json!({"type": "Withdrawal", "id": own, "object": self.id(id), "reason": "wrong"}), at)
    }

    pub fn erasure(&self, name: &str, id: &str, digest: [u8; 32], at: Timestamp) -> Value {
        let own = format!("{}/audits/{id}/erasure/record", self.origin);
        let digest = format!("sha256:{}", hex::encode(digest));
        self.signed(name, json!({"type": "Erasure", "id": own, "object": self.id(id), "digest": digest}), at)
    }

    /// Puts records into its log.
    pub fn publish(&self, records: &[Value]) {
        let mut state = self.state();
        for record in records {
            let digest = digest(record);
            let size = state.entries.len() as u64;
            let added = log::append(size, &digest, &state.hashes).unwrap();
            state.hashes.extend(added);
            state.entries.push(digest);
            state.records.push(record.clone());
        }
    }

    /// Takes everything back it ever logged, as an honest one never does.
    pub fn forget_log(&self) {
        let mut state = self.state();
        state.entries.clear();
        state.hashes.clear();
        state.records.clear();
    }

    pub fn rotate(&self, name: &str, at: Timestamp) {
        self.keys.rotate(&owner(name), Purpose::Statement, at).unwrap();
    }

    fn document(&self, uri: &str) -> Option<Value> {
        let name = uri.strip_prefix(&format!("{}/users/", self.origin)).unwrap_or("community");
        if uri != self.person(name) {
            return None;
        }
        let keys = self.keys.public_keys(&owner(name)).unwrap();
        let methods: Vec<Value> = keys
            .iter()
            .filter_map(|info| {
                let PublicKey::Ed25519(key) = &info.public else { return None };
                let mut method = json!({
                    "id": format!("{uri}#{key}"), "type": "Multikey", "controller": uri, "publicKeyMultibase": key.to_string(),
                    "created": info.from.to_string(),
                });
                if let Some(until) = info.until {
                    method["revoked"] = until.to_string().into();
                }
                Some(method)
            })
            .collect();
        let mut document = json!({
            "id": uri, "type": if name == "community" { "Group" } else { "Person" }, "preferredUsername": name,
            "inbox": format!("{uri}/inbox"), "assertionMethod": methods,
            "endpoints": {"sharedInbox": format!("{}/inbox", self.origin)},
        });
        if name == "community" {
            let vkey = self.keys.note_key(&KeyOwner::new("log"), &format!("{}/log", self.host)).unwrap();
            let checkpoint = format!("{}/log/checkpoint", self.origin);
            document["vet:log"] = json!({"checkpoint": checkpoint, "vkey": vkey.to_string()});
            document["outbox"] = format!("{uri}/outbox").into();
            document["featured"] = format!("{uri}/featured").into();
        }
        Some(document)
    }

    fn checkpoint(&self) -> Vec<u8> {
        let name = format!("{}/log", self.host);
        let state = self.state();
        let size = state.entries.len() as u64;
        let root = log::root(size, &state.hashes).unwrap();
        let text = Checkpoint { origin: name.clone(), size, root }.text();
        self.keys.sign_note(&KeyOwner::new("log"), &name, &text).unwrap().into_bytes()
    }

    fn tile(&self, path: &str) -> Option<Vec<u8>> {
        let tile: Tile = path.parse().ok()?;
        let state = self.state();
        let size = state.entries.len() as u64;
        if !tile.is_in(size) {
            return None;
        }
        if tile.kind() == TileKind::Entries {
            let first = usize::try_from(tile.first()).unwrap();
            return Some(log::bundle(&state.entries[first..first + usize::from(tile.width())]));
        }
        log::tile_bytes(&tile, size, &state.hashes).ok()
    }

    fn statements(&self, query: &str) -> Vec<u8> {
        let number = |name: &str| -> usize {
            let found = query.split('&').find_map(|pair| pair.strip_prefix(name));
            found.unwrap().parse().unwrap()
        };
        let state = self.state();
        let from = number("from=");
        let next = (from + number("limit=").min(state.page)).min(state.entries.len());
        let entry = |index: usize| match (state.forged.get(&index), state.erased.get(&index)) {
            (Some(forged), _) => json!({"index": index, "record": forged}),
            (None, Some(note)) => json!({"index": index, "erased": note}),
            (None, None) => json!({"index": index, "record": state.records[index]}),
        };
        let statements: Vec<Value> = (from..next).map(entry).collect();
        json!({"from": from, "size": state.entries.len(), "statements": statements, "next": next}).to_string().into_bytes()
    }

    fn answer(&self, url: &str) -> Option<Vec<u8>> {
        let path = url.strip_prefix(&self.origin)?;
        match path {
            "/log/checkpoint" => Some(self.checkpoint()),
            "/.well-known/nodeinfo" => {
                let rel = "http://nodeinfo.diaspora.software/ns/schema/2.1";
                let link = json!({"rel": rel, "href": format!("{}/nodeinfo/2.1", self.origin)});
                Some(json!({"links": [link]}).to_string().into_bytes())
            }
            "/nodeinfo/2.1" => {
                let software = json!({"name": "vetmoot", "version": "0.1.0"});
                Some(json!({"software": software, "metadata": {"auditors": 4}}).to_string().into_bytes())
            }
            _ => match path.strip_prefix("/log/statements?") {
                Some(query) => Some(self.statements(query)),
                None => self.tile(path.strip_prefix("/log/")?),
            },
        }
    }
}

/// SHA-256 of a record's canonical form.
pub fn digest(record: &Value) -> [u8; 32] {
    Sha256::digest(proof::canonical(record).unwrap()).into()
}

/// The wire to some communities.
pub struct Wire(pub Vec<Arc<Elsewhere>>);

fn silent(url: &str) -> Problem {
    Problem::new(Kind::Upstream, "no-answer", format!("{url} does not answer"))
}

impl Wire {
    fn to(&self, url: &str) -> Result<&Elsewhere, Problem> {
        let found = self.0.iter().find(|one| url.starts_with(&format!("{}/", one.origin)));
        let found = found.ok_or_else(|| silent(url))?;
        let mut state = found.state();
        state.asked.push(url.to_owned());
        if state.down.contains(url) { Err(silent(url)) } else { Ok(found) }
    }
}

#[async_trait]
impl Peers for Wire {
    async fn actor(&self, ctx: &Ctx, uri: &str, fresh: Freshness) -> Result<RemoteActor, Problem> {
        let origin = self.0.iter().find(|one| uri.starts_with(&format!("{}/", one.origin))).map(|one| one.origin.as_str());
        if !ctx.moderation.permits(origin.unwrap_or_default(), Some(uri)) {
            return Err(Problem::new(Kind::Forbidden, "blocked", "this server does not speak with them"));
        }
        let known = peer::known(ctx, uri).await?;
        let fine = |actor: &RemoteActor| match fresh {
            Freshness::Now => false,
            Freshness::Remembered => true,
            Freshness::Daily => ctx.clock.now() < actor.fetched_at.plus("1d".parse().unwrap()),
        };
        if let Some(known) = known.filter(fine) {
            return Ok(known);
        }
        if self.0.iter().any(|one| one.state().gone.contains(uri)) {
            return Err(Problem::new(Kind::NotFound, "gone", "they are gone"));
        }
        let far = self.to(uri)?;
        let document = far.document(uri).ok_or_else(|| silent(uri))?;
        let new = NewActor {
            uri: uri.to_owned(),
            origin: far.origin.clone(),
            kind: document["type"].as_str().unwrap().to_owned(),
            handle: format!("{}@{}", document["preferredUsername"].as_str().unwrap(), far.host),
            confirmed: true,
            name: "Somebody".to_owned(),
            inbox: document["inbox"].as_str().unwrap().to_owned(),
            shared_inbox: Some(format!("{}/inbox", far.origin)),
            moved_to: None,
            document,
        };
        peer::remember(ctx, &new, ctx.clock.now()).await
    }
    async fn resolve(&self, ctx: &Ctx, text: &str) -> Result<RemoteActor, Problem> {
        let uri = match text.trim_start_matches('@').split_once('@') {
            Some(("community", host)) => format!("https://{host}/community"),
            Some((name, host)) => format!("https://{host}/users/{name}"),
            None => text.to_owned(),
        };
        self.actor(ctx, &uri, Freshness::Now).await
    }
    async fn document(&self, _: &Ctx, url: &str) -> Result<Value, Problem> {
        let far = self.to(url)?;
        if url.ends_with("/outbox") {
            return Ok(json!({"id": url, "type": "OrderedCollection", "totalItems": far.state().entries.len()}));
        }
        if url.ends_with("/featured") {
            let policy = format!("{}/policies/ours", far.origin);
            return Ok(json!({"id": url, "orderedItems": [policy, "https://other.example/x"], "totalItems": 2}));
        }
        Err(silent(url))
    }
    async fn bytes(&self, _: &Ctx, url: &str, max_bytes: u64) -> Result<Bytes, Problem> {
        let answer = self.to(url)?.answer(url).ok_or_else(|| silent(url))?;
        if answer.len() as u64 > max_bytes { Err(silent("too much of it")) } else { Ok(answer.into()) }
    }
}
