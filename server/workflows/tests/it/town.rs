//! A community that hands a crate to a stand-in of the official index, under a clock that is turned by hand.

use vetmoot_domain::{CandidateId, CandidateState, Ecosystem};
use vetmoot_storage::events;
use vetmoot_tests::official::{OfficialCargo, TOKEN};
use vetmoot_workflows::Origin;
use vetmoot_workflows::submission::credential::{self, CredentialKind, Offered};
use vetmoot_workflows::submission::{moves, progress, release};

use crate::staged::{NOTHING, Stage};
use crate::world::{Setup, World};

/// The crate it releases.
pub const SHIP: &str = "pkg:cargo/tall-ship";

/// A community that hands `tall-ship` to the stand-in.
pub struct Town {
    pub stage: Stage,
    pub official: OfficialCargo,
}

impl Town {
    pub async fn new(world: World) -> Self {
        let town = Self::poor(world).await;
        town.credential(TOKEN, None, None).await;
        town
    }

    /// The same without a credential.
    pub async fn poor(world: World) -> Self {
        let official = OfficialCargo::start();
        let setup = Setup {
            upstreams: vec![(Ecosystem::Cargo, official.index())],
            targets: vec![(Ecosystem::Cargo, official.api())],
            reserved: vec!["pypi:demo-*"],
            ..Setup::default()
        };
        let ctx = world.another(&setup).await;
        let stage = Stage::with(world, ctx).await;
        stage.adopt(NOTHING).await;
        stage.open(SHIP).await;
        Self { stage, official }
    }

    /// Adds a credential; `ends` is a span from now.
    pub async fn credential(&self, secret: &str, package: Option<&str>, ends: Option<&str>) -> i64 {
        let offered = Offered {
            ecosystem: Ecosystem::Cargo,
            package: package.map(|purl| purl.parse().unwrap()),
            label: "the bot",
            kind: CredentialKind::Token,
            secret,
            expires_at: ends.map(|span| self.stage.ctx.clock.now().plus(span.parse().unwrap())),
        };
        credential::add(&self.stage.ctx, &Origin::Operator, &offered).await.unwrap().id
    }

    /// ada hands a version in, and cleo presses release.
    pub async fn pressed(&self, version: &str) -> CandidateId {
        let handed = self.stage.crate_file("tall-ship", version, "one").await;
        let receipt = self.stage.hand_in(&self.stage.ada, SHIP, handed).await.unwrap();
        assert_eq!(receipt.state, CandidateState::Approved, "{}", receipt.next);
        moves::release(&self.stage.ctx, &self.stage.cleo, &receipt.candidate).await.unwrap();
        receipt.candidate
    }

    pub async fn step(&self) -> usize {
        release::step(&self.stage.ctx).await.unwrap()
    }

    pub async fn state(&self, id: &CandidateId) -> CandidateState {
        self.stage.state(id).await
    }

    pub async fn error(&self, id: &CandidateId) -> String {
        progress::of(&self.stage.ctx, id).await.unwrap().unwrap().last_error.unwrap_or_default()
    }

    pub fn arrivals(&self) -> usize {
        self.official.desk.arrivals().len()
    }

    pub async fn count(&self, topic: &str, subject: &str) -> usize {
        let rows = events::after(&self.stage.ctx.store.read(), 0, 1_000).await.unwrap();
        rows.iter().filter(|row| row.topic.as_str() == topic && row.subject.iter().any(|part| part == subject)).count()
    }
}
