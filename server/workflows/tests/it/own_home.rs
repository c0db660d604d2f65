//! Packages whose home is the community: what was released here is listed by the ordinary doors, and nobody else is asked.

use vetmoot_domain::{CandidateState, Package, State};
use vetmoot_ecosystems::Listing;
use vetmoot_storage::submission::actions::{self, ActionKind, ActionState, NewAction};
use vetmoot_storage::submission::projects;
use vetmoot_workflows::policy::book::Adopted;
use vetmoot_workflows::registry::bytes::{self, Outcome, Source};
use vetmoot_workflows::registry::{judged, listing};
use vetmoot_workflows::submission::{moves, own, release};

use crate::staged::{DEMO, SNAKE, Stage, package, version};
use crate::world::{World, bytes_from, decision, on_both_databases};

on_both_databases!(
    what_was_never_released_is_unknown_and_nobody_is_asked,
    a_released_crate_is_judged_listed_and_served_from_here,
    a_python_release_shows_its_files_and_their_metadata,
    a_yank_shows_and_its_undoing_too,
    another_process_sees_a_release_when_it_notices,
    a_page_is_taken_in_again_only_when_it_differs,
);

fn under(stage: &Stage) -> std::sync::Arc<Adopted> {
    stage.ctx.book.newest(&"cooldown".parse().unwrap()).unwrap()
}

async fn listed(stage: &Stage, package: &Package) -> std::sync::Arc<Listing> {
    listing::current(&stage.ctx, package).await.unwrap().listing.clone()
}

fn versions(listing: &Listing) -> Vec<String> {
    listing.entries.iter().map(|entry| entry.version.to_string()).collect()
}

async fn what_was_never_released_is_unknown_and_nobody_is_asked(world: World) {
    let stage = Stage::new(world).await;
    for state in [CandidateState::Draft, CandidateState::Staged, CandidateState::Releasing, CandidateState::Failed] {
        stage.standing(&format!("1.0.{}", state as u8), state).await;
    }
    for purl in [DEMO, SNAKE, "pkg:cargo/demo-nothing"] {
        let problem = listing::current(&stage.ctx, &package(purl)).await.err().unwrap();
        assert_eq!(problem.code, "unknown-package", "{purl}");
    }
    assert_eq!(
        stage.world.index.asked("demo-lamp") + stage.world.index.asked("demo-nothing"),
        0,
        "a name of ours left the instance"
    );
}

async fn a_released_crate_is_judged_listed_and_served_from_here(world: World) {
    let stage = Stage::new(world).await;
    stage.standing("1.0.0", CandidateState::Released).await;
    stage.standing("1.1.0", CandidateState::Staged).await;
    let purl = format!("{DEMO}@1.0.0");
    assert_eq!(decision(&stage.ctx, "cooldown", &purl).await.unwrap().state, State::Listed);
    assert_eq!(decision(&stage.ctx, "cooldown", &format!("{DEMO}@1.1.0")).await.unwrap_err().code, "staged-alone");
    let bytes = bytes_from(&stage.ctx, &under(&stage), "demo-lamp", "1.0.0").await.unwrap();
    let entry = listed(&stage, &package(DEMO)).await.entries[0].clone();
    assert_eq!(entry.digests.sha256.unwrap(), <[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(&bytes)));
    // A policy that waits makes what was released here wait too.
    let waits = include_str!("../../../../policies/shelf/cooldown.toml");
    stage.adopt(waits).await;
    assert_eq!(decision(&stage.ctx, "cooldown", &purl).await.unwrap().state, State::Held);
    stage.world.turn("8d");
    assert_eq!(decision(&stage.ctx, "cooldown", &purl).await.unwrap().state, State::Listed);
    assert_eq!(
        stage.world.index.asked("demo-lamp") + stage.world.index.asked("demo-nothing"),
        0,
        "a name of ours left the instance"
    );
}

async fn a_python_release_shows_its_files_and_their_metadata(world: World) {
    let stage = Stage::new(world).await;
    let mut wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    let kept = vetmoot_workflows::submission::wheel::keep_metadata(&stage.ctx, &wheel.stored.sha256).await.unwrap().unwrap();
    wheel.metadata["core_metadata"] = kept.clone().into();
    let (name, sha256) = (wheel.file_name.clone(), wheel.stored.sha256);
    let id = stage.hand_in(&stage.ada, SNAKE, wheel).await.unwrap().candidate;
    let sdist = stage.sdist_file("demo-snake", "1.0.0", "one").await;
    assert_eq!(stage.hand_in(&stage.ada, SNAKE, sdist).await.unwrap().candidate, id);
    moves::complete(&stage.ctx, &stage.ada, &id).await.unwrap();
    moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap();
    while release::step(&stage.ctx).await.unwrap() > 0 {}
    assert_eq!(stage.state(&id).await, CandidateState::Released);

    let listing = listed(&stage, &package(SNAKE)).await;
    assert_eq!(versions(&listing), ["1.0.0", "1.0.0"]);
    let metadata = bytes::core_metadata(&stage.ctx, &under(&stage), &package(SNAKE), &name).await.unwrap();
    assert_eq!(hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&metadata)), kept);
    let wanted = |entry: &vetmoot_ecosystems::Entry| entry.file_name.as_deref() == Some(&name);
    let opened = bytes::open(&stage.ctx, &under(&stage), &package(SNAKE), wanted, true).await.unwrap();
    let Outcome::Open(opened) = opened else { panic!("the policy withholds nothing") };
    let Source::Memory(whole) = opened.source else { panic!("a small file is served from memory") };
    assert_eq!(<[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(&whole)), sha256);
}

async fn a_yank_shows_and_its_undoing_too(world: World) {
    let stage = Stage::new(world).await;
    stage.standing("1.0.0", CandidateState::Released).await;
    stage.standing("1.1.0", CandidateState::Released).await;
    let demo = package(DEMO);
    let yanked = async || {
        let listing = listed(&stage, &demo).await;
        listing.entries.iter().map(|entry| entry.yanked.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(yanked().await, [false, false]);
    done(&stage, ActionKind::Yank, "1.0.0").await;
    assert_eq!(yanked().await, [true, false]);
    done(&stage, ActionKind::Unyank, "1.0.0").await;
    assert_eq!(yanked().await, [false, false]);
}

/// An action that was asked for, decided and done.
async fn done(stage: &Stage, kind: ActionKind, of: &str) {
    let demo = package(DEMO);
    let now = stage.ctx.clock.now();
    let tx = stage.ctx.store.begin().await.unwrap();
    let project = projects::of_package(&tx, &demo).await.unwrap().unwrap();
    let new = NewAction {
        project_id: project.id,
        kind,
        versions: vec![version(of)],
        message: Some("broken".to_owned()),
        asked_by: stage.ada.id().unwrap(),
    };
    let id = actions::insert(&tx, &new, now).await.unwrap();
    assert!(actions::decide(&tx, id, ActionState::Approved, stage.cleo.id().unwrap(), now).await.unwrap());
    assert!(actions::finish(&tx, id, ActionState::Done, None, now).await.unwrap());
    tx.commit().await.unwrap();
    own::changed(&stage.ctx, &demo);
}

async fn another_process_sees_a_release_when_it_notices(world: World) {
    let stage = Stage::new(world).await;
    stage.standing("1.0.0", CandidateState::Released).await;
    let setup = crate::world::Setup { reserved: vec!["cargo:demo-*"], ..Default::default() };
    let other = stage.world.another(&setup).await;
    assert_eq!(versions(&listing::current(&other, &package(DEMO)).await.unwrap().listing), ["1.0.0"]);
    let id = stage.staged("1.1.0").await;
    moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap();
    while release::step(&stage.ctx).await.unwrap() > 0 {}
    assert!(other.notice().await.unwrap());
    assert_eq!(versions(&listing::current(&other, &package(DEMO)).await.unwrap().listing), ["1.0.0", "1.1.0"]);
}

async fn a_page_is_taken_in_again_only_when_it_differs(world: World) {
    let stage = Stage::new(world).await;
    stage.standing("1.0.0", CandidateState::Released).await;
    let demo = package(DEMO);
    let adopted = under(&stage);
    let judge = async || judged::judged(&stage.ctx, &adopted, &demo, adopted.policy.serve_use()).await.unwrap();
    let first = judge().await;
    stage.ctx.changed();
    stage.world.turn("1h");
    let second = judge().await;
    assert!(std::sync::Arc::ptr_eq(&first.current, &second.current), "nothing about it changed");
    assert!(second.current.checked_at() > first.current.fetched_at);
    stage.standing("1.1.0", CandidateState::Released).await;
    own::changed(&stage.ctx, &demo);
    assert_ne!(judge().await.tag, first.tag);
}
