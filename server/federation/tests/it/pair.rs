//! Two instances that hear each other at once: what one composes is handed to the other's inbox worker as it is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use url::Url;
use vetmoot_domain::Role;
use vetmoot_federation::{activities, objects, step};
use vetmoot_storage::federation::activities::{self as said, ActivityRow};
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::audit::AuditRow;
use vetmoot_workflows::inbox::{Outcome, Received};
use vetmoot_workflows::peer::{self, Freshness, NewActor, Peers, RemoteActor};
use vetmoot_workflows::{Ctx, Kind, Origin, Problem};

use crate::world::{Setup, World, full};

/// The instance under test.
pub const VET: &str = "https://vet.example";
/// Another community.
pub const MOSS: &str = "https://moss.example";
/// The release most audits are about.
pub const RELEASE: &str = "pkg:cargo/mossy-lantern@1.1.0";

/// A way to other servers that are not there: documents by address, and other instances by origin.
#[derive(Default)]
pub struct Elsewhere {
    documents: Mutex<BTreeMap<String, Value>>,
    instances: Mutex<BTreeMap<String, Ctx>>,
    asked: Mutex<Vec<String>>,
}

impl Elsewhere {
    /// Puts a document at an address.
    pub fn put(&self, address: &str, document: Value) {
        self.documents.lock().unwrap().insert(address.to_owned(), document);
    }

    /// Puts an actor at an address, with nothing special about it.
    pub fn actor(&self, address: &str, kind: &str) {
        let name = address.rsplit('/').next().unwrap();
        self.put(
            address,
            json!({ "id": address, "type": kind, "preferredUsername": name, "inbox": format!("{address}/inbox") }),
        );
    }

    /// Puts an instance on an origin.
    pub fn instance(&self, origin: &str, ctx: &Ctx) {
        self.instances.lock().unwrap().insert(origin.to_owned(), ctx.clone());
    }

    /// What was asked for since the last look.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    async fn get(&self, address: &str) -> Result<Value, Problem> {
        self.asked.lock().unwrap().push(address.to_owned());
        if let Some(document) = self.documents.lock().unwrap().get(address) {
            return Ok(document.clone());
        }
        let url: Url = address.parse().unwrap();
        let there = self.instances.lock().unwrap().get(&url.origin().ascii_serialization()).cloned();
        if let (Some(there), Ok(actor)) = (there, url.path().parse::<LocalActor>())
            && let Some(document) = objects::actor::document(&there, &actor).await?
        {
            return Ok(serde_json::to_value(document).unwrap());
        }
        Err(Problem::new(Kind::Upstream, "not-there", format!("{address} did not answer")))
    }
}

#[async_trait]
impl Peers for Elsewhere {
    async fn actor(&self, ctx: &Ctx, uri: &str, fresh: Freshness) -> Result<RemoteActor, Problem> {
        if fresh != Freshness::Now
            && let Some(known) = peer::known(ctx, uri).await?
        {
            return Ok(known);
        }
        let document = self.get(uri).await?;
        let url: Url = uri.parse().unwrap();
        let word = |field: &str| document[field].as_str().unwrap_or_default().to_owned();
        let new = NewActor {
            uri: uri.to_owned(),
            origin: url.origin().ascii_serialization(),
            kind: word("type"),
            handle: format!("{}@{}", word("preferredUsername"), url.host_str().unwrap()),
            confirmed: true,
            name: word("preferredUsername"),
            inbox: word("inbox"),
            shared_inbox: document["endpoints"]["sharedInbox"].as_str().map(str::to_owned),
            moved_to: None,
            document: document.clone(),
        };
        peer::remember(ctx, &new, ctx.clock.now()).await
    }

    async fn resolve(&self, ctx: &Ctx, text: &str) -> Result<RemoteActor, Problem> {
        Peers::actor(self, ctx, text, Freshness::Daily).await
    }

    async fn document(&self, _: &Ctx, url: &str) -> Result<Value, Problem> {
        self.get(url).await
    }

    async fn bytes(&self, _: &Ctx, url: &str, _: u64) -> Result<Bytes, Problem> {
        Err(Problem::new(Kind::Upstream, "not-there", format!("{url} did not answer")))
    }
}

/// An instance with a domain and everything behind it.
pub struct Side {
    pub world: World,
    pub ctx: Ctx,
    pub elsewhere: Arc<Elsewhere>,
    pub ada: Origin,
}

impl Side {
    /// An instance with an auditor, on SQLite.
    pub async fn new(domain: &'static str) -> Self {
        Self::on(World::sqlite().await, domain).await
    }

    /// An instance with an auditor in this world.
    pub async fn on(world: World, domain: &'static str) -> Self {
        world.index.publish("mossy-lantern", "1.0.0", 120);
        world.index.publish("mossy-lantern", "1.1.0", 90);
        let elsewhere = Arc::new(Elsewhere::default());
        let setup = Setup { domain: Some(domain), peers: Some(elsewhere.clone()), ..Setup::default() };
        let ctx = world.another(&setup).await;
        let ada = world.member("ada", &[Role::Auditor, Role::Steward, Role::Admin]).await;
        Self { world, ctx, elsewhere, ada }
    }

    /// Records a plain audit of [`RELEASE`].
    pub async fn records(&self) -> AuditRow {
        self.records_form(&full(RELEASE)).await
    }

    /// Records an audit.
    pub async fn records_form(&self, form: &vetmoot_domain::AuditForm) -> AuditRow {
        vetmoot_workflows::audit::record::record(&self.ctx, &self.ada, form).await.unwrap()
    }

    /// Composes everything there is to compose; answers what was said by it, in order.
    pub async fn says(&self) -> Vec<ActivityRow> {
        let before = self.everything().await.len();
        while step::compose(&self.ctx).await.unwrap() > 0 {}
        self.everything().await.split_off(before)
    }

    /// Everything this instance ever said, in order.
    pub async fn everything(&self) -> Vec<ActivityRow> {
        let mut all = Vec::new();
        for seq in 1.. {
            match said::by_seq(&self.ctx.store.read(), seq).await.unwrap() {
                Some(row) => all.push(row),
                None => break,
            }
        }
        all
    }

    /// Hears an activity as the inbox worker hands it on, signed by its actor.
    pub async fn hears(&self, body: &Value) -> Outcome {
        activities::receive(&self.ctx, &received(body)).await
    }

    /// Lets an actor elsewhere follow the community or a member of this instance.
    pub async fn is_followed_by(&self, actor: &str, local: &str) {
        self.elsewhere.actor(actor, "Person");
        let follow = json!({
            "id": format!("{actor}/follows{local}"), "type": "Follow", "actor": actor,
            "object": format!("{}{local}", self.ctx.base_url.as_str()),
        });
        assert_eq!(self.hears(&follow).await, Outcome::Applied);
    }

    /// The moment it is here.
    pub fn now(&self) -> vetmoot_domain::Timestamp {
        self.ctx.clock.now()
    }
}

/// An activity as an item of the inbox.
pub fn received(body: &Value) -> Received {
    let word = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let origin = word("actor").parse::<Url>().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    Received { row: 1, uri: word("id"), kind: word("type"), actor: word("actor"), origin, body: body.clone(), tries: 0 }
}

/// The code of a refusal, or the word of another outcome.
pub fn code(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused { code, .. } => (*code).to_owned(),
        Outcome::Unknown { kind } => format!("unknown: {kind}"),
        other => other.word().to_owned(),
    }
}
