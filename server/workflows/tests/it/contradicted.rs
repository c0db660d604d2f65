//! After an index has shown other bytes than were released, and after it said no: what is refused, told and offered then.

use vetmoot_domain::{CandidateId, CandidateState, Ecosystem, State};
use vetmoot_storage::{artifacts, packages};
use vetmoot_tests::official::{Point, Trouble};
use vetmoot_tests::upstream::server::Mischief;
use vetmoot_tests::upstream::{cargo::prefix, sha256};
use vetmoot_workflows::instance::doctor::{self, Health};
use vetmoot_workflows::instance::holdings;
use vetmoot_workflows::registry::bytes::{Outcome, Source};
use vetmoot_workflows::submission::{FileRow, FileStep, candidate, hand_in, hindrance, moves, release, staging};
use vetmoot_workflows::{Ctx, Kind};

use crate::staged::{DEMO, Stage, package};
use crate::town::{SHIP, Town};
use crate::world::{Setup, World, decision, on_both_databases};

on_both_databases! {
    what_an_index_contradicts_is_refused_by_every_policy,
    other_bytes_that_were_listed_first_do_not_become_the_pinned_ones,
    what_arrived_is_pinned_before_anybody_lists_it,
    a_contradicted_release_is_never_sent_again,
    the_vetted_bytes_are_had_while_the_index_has_others,
    after_a_clear_no_other_bytes_are_no_alarm,
    a_name_taken_while_it_was_sent_is_no_alarm,
    after_a_lost_answer_other_bytes_are_an_alarm,
    a_download_that_ends_early_is_no_alarm,
    an_index_that_never_shows_what_it_took_is_not_waited_for_for_ever,
    what_hinders_publishing_is_told,
}

const RELEASE: &str = "pkg:cargo/tall-ship@1.0.0";

async fn file(ctx: &Ctx, id: &CandidateId) -> FileRow {
    candidate::show(ctx, id).await.unwrap().files.remove(0)
}

/// A release that the index answers with other bytes than it was sent.
async fn contradicted(town: &Town) -> CandidateId {
    town.official.desk.expect(Trouble::OtherBytes);
    let id = town.pressed("1.0.0").await;
    town.step().await;
    assert_eq!(town.state(&id).await, CandidateState::Failed, "{}", town.error(&id).await);
    assert_eq!(file(&town.stage.ctx, &id).await.step, FileStep::Mismatched);
    id
}

/// The reasons for which the release is refused.
async fn refused_for(town: &Town) -> Vec<String> {
    let decided = decision(&town.stage.ctx, "cooldown", RELEASE).await.unwrap();
    assert_eq!(decided.state, State::Refused, "{decided:?}");
    decided.reasons.iter().map(|reason| reason.code.to_owned()).collect()
}

/// The incidents here, as pinned and seen digests.
async fn incidents(town: &Town) -> Vec<(Vec<String>, Vec<String>)> {
    let rows = holdings::incidents(&town.stage.ctx, None, 10).await.unwrap();
    let words = |digests: &vetmoot_domain::Digests| digests.iter().map(|digest| digest.to_string()).collect();
    rows.iter().map(|row| (words(&row.incident.pinned), words(&row.incident.seen))).collect()
}

async fn what_an_index_contradicts_is_refused_by_every_policy(world: World) {
    let town = Town::new(world).await;
    // The door has a listing of the package from before.
    town.official.seed("tall-ship", "0.9.0", b"an old one");
    let before = decision(&town.stage.ctx, "cooldown", "pkg:cargo/tall-ship@0.9.0").await.unwrap();
    let id = contradicted(&town).await;
    town.stage.world.turn("3m");
    assert_eq!(refused_for(&town).await, ["digest-changed"]);
    let after = decision(&town.stage.ctx, "cooldown", "pkg:cargo/tall-ship@0.9.0").await.unwrap();
    assert_eq!(after.state, before.state, "its neighbours are not touched");

    let vetted = file(&town.stage.ctx, &id).await.digests;
    let foreign = sha256(&town.official.file("tall-ship", "1.0.0").unwrap());
    let found = incidents(&town).await;
    assert_eq!(found.len(), 1, "what the listing shows later is the same incident: {found:?}");
    assert_eq!(found[0].0, vetted.iter().map(|digest| digest.to_string()).collect::<Vec<_>>());
    assert!(found[0].1.contains(&format!("sha256:{foreign}")), "{found:?}");
    assert_eq!(town.count("artifact.digest-changed.v1", SHIP).await, 1);

    let findings = doctor::examine(&town.stage.ctx, false).await;
    assert!(findings.iter().any(|one| one.what == "incidents" && one.health == Health::Warn), "{findings:?}");
    let told = findings.iter().find(|one| one.what == "publishing" && one.text.contains("other bytes")).unwrap();
    assert!(told.text.contains(RELEASE) && told.fix.as_deref().unwrap().contains(id.as_str()), "{told:?}");
    let reason = town.stage.row(&id).await.reason.unwrap();
    assert!(reason.contains("Nobody should install it") && reason.contains(&foreign[..16]), "{reason}");
    assert!(!reason.contains(&foreign), "a sentence names as much of a digest as people compare: {reason}");
}

async fn other_bytes_that_were_listed_first_do_not_become_the_pinned_ones(world: World) {
    let town = Town::new(world).await;
    town.official.desk.expect(Trouble::OtherBytes);
    let id = town.pressed("1.0.0").await;
    town.official.desk.hold(Point::Download);
    let ctx = town.stage.ctx.clone();
    let compares = tokio::spawn(async move { release::lane(&ctx, Ecosystem::Cargo).await });
    tokio::task::block_in_place(|| town.official.desk.wait_until_held());
    town.stage.world.turn("3m");
    // A client asks a door between the upload and the comparison: the foreign digest is listed first.
    let early = decision(&town.stage.ctx, "cooldown", RELEASE).await.unwrap();
    assert_eq!(early.state, State::Listed, "nobody knows better yet");
    town.official.desk.let_go();
    compares.await.unwrap().unwrap();
    assert_eq!(town.state(&id).await, CandidateState::Failed);
    assert_eq!(refused_for(&town).await, ["digest-changed"]);
    let ctx = &town.stage.ctx;
    let row = packages::find(&ctx.store.read(), &package(SHIP)).await.unwrap().unwrap();
    let pinned = artifacts::of_package(&ctx.store.read(), row.id).await.unwrap().remove(0).digests;
    assert_eq!(pinned, file(ctx, &id).await.digests, "what was vetted was seen here before anything else");
    assert_eq!(incidents(&town).await.len(), 1);
}

async fn what_arrived_is_pinned_before_anybody_lists_it(world: World) {
    let town = Town::new(world).await;
    let id = town.pressed("1.0.0").await;
    town.step().await;
    assert_eq!(town.state(&id).await, CandidateState::Released, "{}", town.error(&id).await);
    let ctx = &town.stage.ctx;
    let row = packages::find(&ctx.store.read(), &package(SHIP)).await.unwrap().unwrap();
    let known = artifacts::of_package(&ctx.store.read(), row.id).await.unwrap();
    assert_eq!(known.iter().map(|one| &one.digests).collect::<Vec<_>>(), [&file(ctx, &id).await.digests]);
    // The index changes its mind before any client of ours ever asked for the package.
    let line = serde_json::json!({"name": "tall-ship", "vers": "1.0.0", "deps": [], "features": {}, "yanked": false,
        "cksum": sha256(b"something else")});
    let path = format!("/index/{}/tall-ship", prefix("tall-ship"));
    town.official.server.misbehave(&path, Mischief::OtherBytes(format!("{line}\n").into_bytes()));
    town.stage.world.turn("3m");
    assert_eq!(refused_for(&town).await, ["digest-changed"]);
}

async fn a_contradicted_release_is_never_sent_again(world: World) {
    let town = Town::new(world).await;
    let id = contradicted(&town).await;
    let ctx = &town.stage.ctx;
    for _ in 0..2 {
        town.stage.world.turn("5m");
        let refused = moves::release(ctx, &town.stage.dora, &id).await.unwrap_err();
        assert_eq!((refused.kind, refused.code), (Kind::Conflict, "way-blocked"));
        assert!(refused.text.contains("hand in the next version"), "{refused}");
        town.step().await;
    }
    assert_eq!(town.arrivals(), 1);
    assert_eq!(town.count("release.mismatched.v1", id.as_str()).await, 1);
    let way = release::way(ctx, &candidate::show(ctx, &id).await.unwrap()).await;
    assert_eq!(way.first().map(|finding| finding.code.as_str()), Some("mismatched"), "{way:?}");
}

fn bytes_of(outcome: Outcome) -> Option<Vec<u8>> {
    match outcome {
        Outcome::Open(opened) => match opened.source {
            Source::Memory(bytes) => Some(bytes.to_vec()),
            Source::File(path) => Some(std::fs::read(path).unwrap()),
            Source::Coming(_) => panic!("it lies here"),
        },
        Outcome::Withheld { .. } => None,
    }
}

async fn the_vetted_bytes_are_had_while_the_index_has_others(world: World) {
    let town = Town::new(world).await;
    let id = contradicted(&town).await;
    town.stage.world.turn("3m");
    let (ctx, ship) = (&town.stage.ctx, package(SHIP));
    let vetted = ctx.blobs.read(&file(ctx, &id).await.digests.sha256.unwrap()).await.unwrap().unwrap();
    let had = staging::handed_in(ctx, &id, "tall-ship-1.0.0.crate", false).await.unwrap();
    assert_eq!(bytes_of(had).unwrap(), vetted.to_vec());
    let listed = staging::open(ctx, &ship, |entry| entry.version.as_str() == "1.0.0", true).await.unwrap();
    assert_eq!(bytes_of(listed), None, "the door refuses what the index shows");
    let unknown = staging::handed_in(ctx, &id, "another.crate", false).await.err().unwrap();
    assert_eq!((unknown.kind, unknown.code), (Kind::NotFound, "unknown-file"));
    moves::withdraw(ctx, &town.stage.ada, &id, "").await.unwrap();
    assert_eq!(staging::handed_in(ctx, &id, "tall-ship-1.0.0.crate", false).await.err().unwrap().code, "unknown-file");
}

async fn after_a_clear_no_other_bytes_are_no_alarm(world: World) {
    let town = Town::new(world).await;
    town.official.desk.expect(Trouble::ErrorInside("the description is not to our liking"));
    let id = town.pressed("1.0.0").await;
    town.step().await;
    assert_eq!(town.state(&id).await, CandidateState::Failed);
    let refused = file(&town.stage.ctx, &id).await;
    assert_eq!(refused.step, FileStep::Waiting, "the index answered that it did not take it");
    assert!(refused.detail.unwrap().contains("not to our liking"));
    town.official.seed("tall-ship", "1.0.0", b"somebody else's");
    town.stage.world.turn("5m");
    let blocked = moves::release(&town.stage.ctx, &town.stage.dora, &id).await.unwrap_err();
    assert_eq!((blocked.kind, blocked.code), (Kind::Conflict, "way-blocked"));
    assert!(blocked.text.contains("with other bytes"), "{blocked}");
    assert_eq!(town.count("release.mismatched.v1", id.as_str()).await, 0);
    assert_eq!(incidents(&town).await, []);
}

async fn a_name_taken_while_it_was_sent_is_no_alarm(world: World) {
    let town = Town::new(world).await;
    let id = town.pressed("1.0.0").await;
    town.official.desk.hold(Point::Taking);
    let ctx = town.stage.ctx.clone();
    let sends = tokio::spawn(async move { release::lane(&ctx, Ecosystem::Cargo).await });
    tokio::task::block_in_place(|| town.official.desk.wait_until_held());
    town.official.seed("tall-ship", "1.0.0", b"somebody else's, a moment before");
    town.official.desk.let_go();
    sends.await.unwrap().unwrap();
    assert_eq!(town.state(&id).await, CandidateState::Failed, "{}", town.error(&id).await);
    assert!(town.error(&id).await.contains("nothing of ours was taken"), "{}", town.error(&id).await);
    assert_eq!(file(&town.stage.ctx, &id).await.step, FileStep::Waiting);
    assert_eq!(town.count("release.mismatched.v1", id.as_str()).await, 0);
}

async fn after_a_lost_answer_other_bytes_are_an_alarm(world: World) {
    let town = Town::new(world).await;
    town.official.desk.expect(Trouble::HangUpBefore);
    let id = town.pressed("1.0.0").await;
    town.step().await;
    assert_eq!(file(&town.stage.ctx, &id).await.step, FileStep::Sent);
    town.official.seed("tall-ship", "1.0.0", b"changed on the way, for all that is known");
    town.stage.world.turn("1m");
    town.step().await;
    assert_eq!(file(&town.stage.ctx, &id).await.step, FileStep::Mismatched, "{}", town.error(&id).await);
    assert_eq!(town.count("release.mismatched.v1", id.as_str()).await, 1);
}

async fn a_download_that_ends_early_is_no_alarm(world: World) {
    let town = Town::new(world).await;
    for (version, mischief) in
        [("1.0.0", Mischief::Cut(10)), ("1.1.0", Mischief::EndEarly(5)), ("1.2.0", Mischief::Status(503))]
    {
        let id = town.pressed(version).await;
        town.official.server.misbehave(&format!("/dl/tall-ship/{version}/download"), mischief);
        town.step().await;
        let state = town.state(&id).await;
        // A body without a length that ends early twice in the same place cannot be told from other bytes.
        if version == "1.1.0" {
            assert_eq!(state, CandidateState::Failed);
            continue;
        }
        assert_eq!(state, CandidateState::Releasing, "{version}: {}", town.error(&id).await);
        town.official.server.behave();
        town.stage.world.turn("1m");
        town.step().await;
        assert_eq!(town.state(&id).await, CandidateState::Released, "{version}: {}", town.error(&id).await);
    }
    assert_eq!(town.arrivals(), 3, "nothing was sent twice");
}

async fn an_index_that_never_shows_what_it_took_is_not_waited_for_for_ever(world: World) {
    let town = Town::new(world).await;
    let id = town.pressed("1.0.0").await;
    town.official.server.misbehave("/dl/tall-ship/1.0.0/download", Mischief::Status(404));
    for span in ["1s", "1h", "22h"] {
        town.step().await;
        assert_eq!(town.state(&id).await, CandidateState::Releasing);
        town.stage.world.turn(span);
    }
    town.stage.world.turn("1h");
    town.step().await;
    assert_eq!(town.state(&id).await, CandidateState::Failed);
    assert!(town.error(&id).await.contains("1 day after it should have"), "{}", town.error(&id).await);
    // It comes to light after all: another press looks first.
    town.official.server.behave();
    moves::release(&town.stage.ctx, &town.stage.dora, &id).await.unwrap();
    town.step().await;
    assert_eq!((town.state(&id).await, town.arrivals()), (CandidateState::Released, 1), "{}", town.error(&id).await);
}

/// What hinders publishing, by code.
async fn hindrances(ctx: &Ctx) -> Vec<String> {
    hindrance::hindrances(ctx).await.unwrap().into_iter().map(|one| format!("{}: {}", one.code, one.text)).collect()
}

async fn what_hinders_publishing_is_told(world: World) {
    // A community without the policy that is to vet.
    let ctx = world.another(&Setup { reserved: vec!["cargo:demo-*"], ..Setup::default() }).await;
    let stage = Stage {
        ada: world.member("ada", &[]).await,
        cleo: world.member("cleo", &[]).await,
        dora: world.member("dora", &[]).await,
        world,
        ctx,
    };
    stage.open(DEMO).await;
    let ada = stage.uploader(&stage.ada).await;
    let refused = hand_in::permit(&stage.ctx, &ada, &package(DEMO)).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "policy-missing"), "no client tries that again and again");
    let found = hindrances(&stage.ctx).await;
    assert!(found.len() == 1 && found[0].starts_with("policy-missing: ") && found[0].contains(DEMO), "{found:?}");
    let doctor = doctor::examine(&stage.ctx, false).await;
    let told = doctor.iter().find(|one| one.what == "publishing").unwrap();
    assert!(told.health == Health::Warn && told.fix.as_deref().unwrap().contains("policy adopt"), "{told:?}");

    stage.adopt(crate::staged::NOTHING).await;
    assert_eq!(hindrances(&stage.ctx).await, Vec::<String>::new());
    let doctor = doctor::examine(&stage.ctx, false).await;
    assert!(doctor.iter().any(|one| one.what == "publishing" && one.health == Health::Ok), "{doctor:?}");
    // What goes elsewhere needs a credential.
    stage.open(SHIP).await;
    let found = hindrances(&stage.ctx).await;
    assert!(found.len() == 1 && found[0].starts_with("no-credential: ") && found[0].contains(SHIP), "{found:?}");
}
