//! What staging doors list: candidates beside what the policy lists, with the bytes that were handed in.

use vetmoot_domain::{AuditForm, CandidateState, Role};
use vetmoot_ecosystems::Shown;
use vetmoot_storage::submission::candidates::{self, NewMove};
use vetmoot_workflows::Kind;
use vetmoot_workflows::audit::{record, withdraw};
use vetmoot_workflows::policy::adopt;
use vetmoot_workflows::registry::bytes::{Outcome, Source};
use vetmoot_workflows::submission::hand_in::Handed;
use vetmoot_workflows::submission::{moves, staging};

use crate::staged::{DEMO, Stage, package};
use crate::world::{World, on_both_databases};

on_both_databases! {
    what_is_staged_stands_beside_what_the_policy_lists,
    a_version_that_is_out_with_the_same_bytes_is_shown_at_once_and_with_others_never,
    a_candidate_that_is_taken_back_is_not_listed,
    what_is_staged_is_listed_while_upstream_is_down,
    a_name_of_our_own_is_never_asked_for_upstream,
    what_is_known_to_be_bad_is_handed_out_by_no_door,
}

/// A project whose home is the official index.
const MOSS: &str = "pkg:cargo/moss-lamp";

async fn stage(world: World) -> Stage {
    world.index.publish("moss-lamp", "1.0.0", 400);
    world.index.publish("moss-lamp", "1.1.0", 1);
    let stage = Stage::under(world, adopt::from_shelf("cooldown").unwrap()).await;
    stage.open(MOSS).await;
    stage
}

async fn moss(stage: &Stage, version: &str) -> (vetmoot_domain::CandidateId, Vec<u8>) {
    let handed: Handed = stage.crate_file("moss-lamp", version, "one").await;
    let bytes = stage.ctx.blobs.read(&handed.stored.sha256).await.unwrap().unwrap().to_vec();
    (stage.hand_in(&stage.ada, MOSS, handed).await.unwrap().candidate, bytes)
}

/// Each version with what it shows.
async fn listed(stage: &Stage, purl: &str) -> Vec<String> {
    let staged = staging::listing(&stage.ctx, &package(purl)).await.unwrap();
    let word = |shown: &Shown| match shown {
        Shown::AsIs => "listed",
        Shown::Held { .. } => "held",
        Shown::Refused { .. } => "refused",
    };
    staged
        .listing
        .entries
        .iter()
        .zip(&staged.shown)
        .map(|(entry, shown)| format!("{} {}", entry.version, word(shown)))
        .collect()
}

async fn bytes(stage: &Stage, purl: &str, version: &str) -> Option<Vec<u8>> {
    match staging::open(&stage.ctx, &package(purl), |entry| entry.version.as_str() == version, true).await.unwrap() {
        Outcome::Open(opened) => match opened.source {
            Source::Memory(bytes) => Some(bytes.to_vec()),
            Source::File(path) => Some(std::fs::read(path).unwrap()),
            Source::Coming(_) => panic!("it was to come whole"),
        },
        Outcome::Withheld { .. } => None,
    }
}

async fn what_is_staged_stands_beside_what_the_policy_lists(world: World) {
    let stage = stage(world).await;
    assert_eq!(listed(&stage, MOSS).await, ["1.0.0 listed", "1.1.0 held"]);
    let before = staging::listing(&stage.ctx, &package(MOSS)).await.unwrap().tag.clone();
    let (_, handed) = moss(&stage, "2.0.0").await;
    assert_eq!(listed(&stage, MOSS).await, ["1.0.0 listed", "1.1.0 held", "2.0.0 listed"]);
    let after = staging::listing(&stage.ctx, &package(MOSS)).await.unwrap();
    assert_ne!(after.tag, before);
    assert!(std::sync::Arc::ptr_eq(&after, &staging::listing(&stage.ctx, &package(MOSS)).await.unwrap()), "it is kept");
    assert_eq!(bytes(&stage, MOSS, "2.0.0").await.unwrap(), handed);
    assert_eq!(bytes(&stage, MOSS, "1.0.0").await.unwrap(), crate::index::bytes_of("moss-lamp", "1.0.0"));
    assert_eq!(bytes(&stage, MOSS, "1.1.0").await, None, "what the policy refuses is refused here too");
}

async fn a_version_that_is_out_with_the_same_bytes_is_shown_at_once_and_with_others_never(world: World) {
    let stage = stage(world).await;
    let (id, handed) = moss(&stage, "2.0.0").await;
    let at = stage.ctx.clock.now();
    let way = [stage.state(&id).await, CandidateState::Releasing, CandidateState::Released];
    for step in way.windows(2) {
        let new = NewMove { from: step[0], to: step[1], user_id: None, moved_by: "test", reason: None, at };
        let tx = stage.ctx.store.begin().await.unwrap();
        assert!(candidates::advance(&tx, &id, &new).await.unwrap());
        tx.commit().await.unwrap();
    }
    let index = &stage.world.index;
    index.publish("moss-lamp", "2.0.0", 0);
    index.change("moss-lamp", "2.0.0", &handed);
    stage.world.turn("3m");
    assert_eq!(listed(&stage, MOSS).await, ["1.0.0 listed", "1.1.0 held", "2.0.0 listed"]);
    assert_eq!(bytes(&stage, MOSS, "2.0.0").await.unwrap(), handed);
    index.change("moss-lamp", "2.0.0", b"other bytes");
    stage.world.turn("3m");
    let listed = listed(&stage, MOSS).await;
    assert!(!listed.contains(&"2.0.0 listed".to_owned()), "{listed:?}");
    assert_eq!(bytes(&stage, MOSS, "2.0.0").await, None);
}

async fn a_candidate_that_is_taken_back_is_not_listed(world: World) {
    let stage = stage(world).await;
    let (id, _) = moss(&stage, "2.0.0").await;
    moves::withdraw(&stage.ctx, &stage.ada, &id, "too early").await.unwrap();
    assert_eq!(listed(&stage, MOSS).await, ["1.0.0 listed", "1.1.0 held"]);
}

async fn what_is_staged_is_listed_while_upstream_is_down(world: World) {
    let stage = stage(world).await;
    stage.open("pkg:cargo/moss-new").await;
    let handed = stage.crate_file("moss-new", "0.1.0", "one").await;
    stage.hand_in(&stage.ada, "pkg:cargo/moss-new", handed).await.unwrap();
    stage.world.index.server.go_down();
    stage.world.turn("3m");
    assert_eq!(listed(&stage, "pkg:cargo/moss-new").await, ["0.1.0 listed"]);
    assert!(bytes(&stage, "pkg:cargo/moss-new", "0.1.0").await.is_some());
    let problem = staging::listing(&stage.ctx, &package("pkg:cargo/moss-nothing")).await.err().unwrap();
    assert_eq!(problem.kind, Kind::Upstream, "silence is no `not found`");
}

async fn a_name_of_our_own_is_never_asked_for_upstream(world: World) {
    let stage = stage(world).await;
    stage.world.index.publish("demo-lamp", "9.0.0", 400);
    stage.staged("1.0.0").await;
    assert_eq!(listed(&stage, DEMO).await, ["1.0.0 listed"]);
    assert!(bytes(&stage, DEMO, "1.0.0").await.is_some());
    let problem = staging::listing(&stage.ctx, &package("pkg:cargo/demo-nothing")).await.err().unwrap();
    assert_eq!(problem.kind, Kind::NotFound);
    assert_eq!((stage.world.index.asked("demo-lamp"), stage.world.index.asked("demo-nothing")), (0, 0));
}

async fn what_is_known_to_be_bad_is_handed_out_by_no_door(world: World) {
    let stage = stage(world).await;
    let mia = stage.world.member("mia", &[Role::Auditor]).await;
    let violation = |purl: &str, range: &str| AuditForm {
        kind: "violation".to_owned(),
        release: purl.to_owned(),
        range: Some(range.to_owned()),
        criteria: vec!["safe-to-deploy".to_owned()],
        notes: "its build script reads the keys of whoever builds it".to_owned(),
        ..AuditForm::default()
    };
    // One that nobody released, and one whose name is known to no index at all.
    moss(&stage, "2.0.0").await;
    stage.open("pkg:cargo/moss-new").await;
    let handed = stage.crate_file("moss-new", "0.1.0", "one").await;
    let id = stage.hand_in(&stage.ada, "pkg:cargo/moss-new", handed).await.unwrap().candidate;
    assert_eq!(listed(&stage, MOSS).await, ["1.0.0 listed", "1.1.0 held", "2.0.0 listed"]);
    assert_eq!(listed(&stage, "pkg:cargo/moss-new").await, ["0.1.0 listed"]);
    let mut said = Vec::new();
    for (purl, range) in [(MOSS, "=2.0.0"), ("pkg:cargo/moss-new", "<1.0.0")] {
        said.push(record::record(&stage.ctx, &mia, &violation(purl, range)).await.unwrap());
    }
    assert_eq!(listed(&stage, MOSS).await, ["1.0.0 listed", "1.1.0 held", "2.0.0 refused"]);
    assert_eq!(listed(&stage, "pkg:cargo/moss-new").await, ["0.1.0 refused"]);
    for (purl, version) in [(MOSS, "2.0.0"), ("pkg:cargo/moss-new", "0.1.0")] {
        let wanted = |entry: &vetmoot_ecosystems::Entry| entry.version.as_str() == version;
        let problem = staging::open(&stage.ctx, &package(purl), wanted, true).await.err().unwrap();
        assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "candidate-refused"), "{problem}");
        assert!(problem.text.contains("/candidates/"), "{problem}");
    }
    let file = "moss-new-0.1.0.crate";
    let problem = staging::handed_in(&stage.ctx, &id, file, true).await.err().unwrap();
    assert_eq!(problem.code, "candidate-refused", "no other way to the same bytes");
    // What is taken back counts no more, and the very same bytes are handed out again.
    for one in said {
        withdraw::withdraw(&stage.ctx, &mia, &one.id, "I read another release").await.unwrap();
    }
    assert_eq!(listed(&stage, "pkg:cargo/moss-new").await, ["0.1.0 listed"]);
    assert!(bytes(&stage, MOSS, "2.0.0").await.is_some());
    assert!(staging::handed_in(&stage.ctx, &id, file, true).await.is_ok());
}
