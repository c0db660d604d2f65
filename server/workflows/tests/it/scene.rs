//! Two communities: ours, with a domain and a policy that counts theirs, and one elsewhere that it follows.

use std::sync::Arc;

use serde_json::Value;
use vetmoot_domain::{Adoption, Package, State, Timestamp};
use vetmoot_storage::events::{self, EventRow};
use vetmoot_storage::federation::following;
use vetmoot_storage::packages;
use vetmoot_workflows::follow::{self, FollowingRow};
use vetmoot_workflows::policy::adopt::{self, Adopt};
use vetmoot_workflows::statement::receive::{Arriving, Community, Taken, Via, receive};
use vetmoot_workflows::{Ctx, Origin, Problem};

use crate::elsewhere::{Elsewhere, Wire};
use crate::world::{START, Setup, World, decision};

/// One audit lists a version, by ours or by `vet.example`.
pub const WITH_THEM: &str = "vetmoot-policy = 1\n[policy]\ntitle = \"Ours\"\nsummary = \"Ours.\"\n[require]\n\
    runtime = [\"safe-to-deploy\"]\n[evidence]\nquorum = 1\nauditor-level = 1\nunbound = \"count\"\n";

/// The same without them.
pub const IMPORT: &str = "[[import]]\nname = \"vet.example\"\nlevel = 2\n";

pub const LANTERN: &str = "pkg:cargo/mossy-lantern@1.1.0";

/// Our community, and the one elsewhere.
pub struct Scene {
    pub world: World,
    pub ctx: Ctx,
    pub far: Arc<Elsewhere>,
}

impl Scene {
    /// Both, not following each other yet; the lantern waits for an audit.
    pub async fn new(world: World) -> Self {
        let far = Elsewhere::new("vet.example", START);
        world.index.publish("mossy-lantern", "1.1.0", 90);
        let ctx = open(&world, &far).await;
        let scene = Self { world, ctx, far };
        scene.adopt(&format!("{WITH_THEM}{IMPORT}")).await;
        assert_eq!(scene.state(LANTERN).await, State::Held);
        scene
    }

    /// Both, ours following theirs.
    pub async fn following(world: World) -> Self {
        let scene = Self::new(world).await;
        scene.follow().await;
        scene
    }

    /// Another process of ours, as after a crash.
    pub async fn reopened(&self) -> Ctx {
        open(&self.world, &self.far).await
    }

    pub fn now(&self) -> Timestamp {
        self.ctx.clock.now()
    }

    pub async fn adopt(&self, text: &str) {
        let wanted = Adopt { slug: "ours".parse().unwrap(), bytes: text.as_bytes().to_vec(), mode: Adoption::Enforce };
        adopt::adopt(&self.ctx, &Origin::Operator, wanted).await.map_err(adopt::AdoptError::into_problem).unwrap();
    }

    /// Asks to follow them, and has them say yes.
    pub async fn follow(&self) -> FollowingRow {
        let asked = follow::request(&self.ctx, &Origin::Operator, "@community@vet.example").await.unwrap();
        assert!(follow::accepted(&self.ctx, &asked.follow_uri, &self.far.group()).await.unwrap());
        self.row().await
    }

    pub async fn row(&self) -> FollowingRow {
        following::by_actor(&self.ctx.store.read(), &self.far.group()).await.unwrap().unwrap()
    }

    pub async fn state(&self, purl: &str) -> State {
        decision(&self.ctx, "ours", purl).await.unwrap().state
    }

    /// Records of theirs arrive in posts.
    pub async fn hear(&self, records: &[Value]) -> Vec<Taken> {
        let posts = records.iter().map(|record| Arriving { record: record.clone(), leaf: None, via: Via::Post });
        self.take(posts.collect()).await.unwrap()
    }

    /// One record of theirs arrives; how it is taken, as a word.
    pub async fn heard(&self, record: &Value) -> String {
        word(&self.hear(std::slice::from_ref(record)).await[0])
    }

    pub async fn take(&self, arriving: Vec<Arriving>) -> Result<Vec<Taken>, Problem> {
        let community = Community::on(&self.ctx, &self.far.origin).await?.expect("they are followed");
        receive(&self.ctx, &community, arriving).await
    }

    /// Looks at their log until nothing more comes; answers how much came.
    pub async fn catch_up(&self) -> usize {
        catch_up(&self.ctx).await
    }

    /// The events with this topic, oldest first.
    pub async fn events(&self, topic: &str) -> Vec<EventRow> {
        let all = events::after(&self.ctx.store.read(), 0, 10_000).await.unwrap();
        all.into_iter().filter(|event| event.topic.as_str() == topic).collect()
    }

    pub async fn epoch(&self, purl: &str) -> i64 {
        let package: Package = purl.parse().unwrap();
        packages::find(&self.ctx.store.read(), &package).await.unwrap().map_or(0, |row| row.epoch)
    }
}

/// Looks at followed logs until nothing more comes.
pub async fn catch_up(ctx: &Ctx) -> usize {
    let mut all = 0;
    for _ in 0..1_000 {
        match follow::catch_up::step(ctx).await.unwrap() {
            0 => return all,
            some => all += some,
        }
    }
    panic!("it never ends")
}

/// How a record was taken: `new`, `known`, `equivocation`, `later`, or the code of the refusal.
pub fn word(taken: &Taken) -> String {
    taken.word().to_owned()
}

async fn open(world: &World, far: &Arc<Elsewhere>) -> Ctx {
    let peers = Arc::new(Wire(vec![far.clone()]));
    world.another(&Setup { domain: Some("our.example"), peers: Some(peers), ..Setup::default() }).await
}
