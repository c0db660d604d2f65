//! Between the press and the sending: what is said then counts, and what was not sent can be taken back.

use vetmoot_domain::{Adoption, AuditForm, CandidateId, CandidateState, Ecosystem, PolicyDigest, Role};
use vetmoot_storage::policies;
use vetmoot_tests::official::{Point, TOKEN, Trouble};
use vetmoot_workflows::Kind;
use vetmoot_workflows::audit::record;
use vetmoot_workflows::submission::hand_in::Handed;
use vetmoot_workflows::submission::{moves, release};

use crate::staged::{DEMO, SNAKE, Stage};
use crate::town::{SHIP, Town};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_violation_between_the_press_and_the_sending_stops_it,
    a_violation_stops_what_goes_to_our_own_index,
    a_violation_stops_what_would_be_sent_again,
    a_release_is_taken_back_while_nothing_was_sent,
    a_release_is_taken_back_while_its_index_is_looked_at,
    what_was_sent_cannot_be_taken_back,
    a_policy_that_another_process_adopted_counts_at_the_press,
    a_release_comes_back_to_life_with_its_bytes_and_alone,
    a_credential_the_index_refused_gives_way_to_an_older_one,
}

const READ: &str = "vetmoot-policy = 1\n[policy]\ntitle = \"Read\"\nsummary = \"Somebody has read it.\"\n\
    [require]\nruntime = [\"safe-to-deploy\"]\n[evidence]\nquorum = 1\nauditor-level = 2\n";

/// An auditor says of every version that it must not be used.
async fn denounce(stage: &Stage, purl: &str) {
    let mia = stage.world.member("mia", &[Role::Auditor]).await;
    let form = AuditForm {
        kind: "violation".to_owned(),
        release: purl.to_owned(),
        range: Some("*".to_owned()),
        criteria: vec!["safe-to-deploy".to_owned()],
        notes: "it steals keys".to_owned(),
        ..AuditForm::default()
    };
    record::record(&stage.ctx, &mia, &form).await.unwrap();
}

async fn reason(stage: &Stage, id: &CandidateId) -> String {
    stage.row(id).await.reason.unwrap_or_default()
}

async fn a_violation_between_the_press_and_the_sending_stops_it(world: World) {
    let town = Town::new(world).await;
    let id = town.pressed("1.0.0").await;
    denounce(&town.stage, SHIP).await;
    town.step().await;
    assert_eq!((town.arrivals(), town.state(&id).await), (0, CandidateState::InReview));
    assert!(reason(&town.stage, &id).await.contains("lapsed before it was sent"), "{}", reason(&town.stage, &id).await);
    town.stage.world.turn("1h");
    assert_eq!((town.step().await, town.arrivals()), (0, 0), "it is over until somebody presses again");
    let refused = moves::release(&town.stage.ctx, &town.stage.dora, &id).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict, "{refused}");
}

async fn a_violation_stops_what_goes_to_our_own_index(world: World) {
    let stage = Stage::new(world).await;
    let id = stage.staged("1.0.0").await;
    moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap();
    denounce(&stage, DEMO).await;
    release::step(&stage.ctx).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::InReview, "{}", reason(&stage, &id).await);
}

async fn a_violation_stops_what_would_be_sent_again(world: World) {
    let town = Town::new(world).await;
    // The connection ended before anything was taken; nobody knows that.
    town.official.desk.expect(Trouble::HangUpBefore);
    let id = town.pressed("1.0.0").await;
    town.step().await;
    assert_eq!(town.arrivals(), 1);
    denounce(&town.stage, SHIP).await;
    town.stage.world.turn("1m");
    town.step().await;
    assert_eq!((town.arrivals(), town.state(&id).await), (1, CandidateState::Failed), "{}", town.error(&id).await);
    assert!(reason(&town.stage, &id).await.contains("lapsed"), "{}", reason(&town.stage, &id).await);
}

async fn a_release_is_taken_back_while_nothing_was_sent(world: World) {
    let town = Town::new(world).await;
    let ctx = &town.stage.ctx;
    let first = town.pressed("1.0.0").await;
    moves::withdraw(ctx, &town.stage.ada, &first, "found a fault").await.unwrap();
    // The index said clearly that it took nothing, and wants to be left alone for hours.
    town.official.desk.expect(Trouble::Status(429, Some(7_200), "slow down"));
    let second = town.pressed("1.1.0").await;
    town.step().await;
    assert_eq!((town.arrivals(), town.state(&second).await), (1, CandidateState::Releasing));
    let taken = moves::take(ctx, &town.stage.dora, &second).await.unwrap_err();
    assert_eq!(taken.code, "illegal-move", "nobody sends it back by looking at it");
    moves::ask_changes(ctx, &town.stage.dora, &second, "leave the keys out").await.unwrap();
    town.stage.world.turn("3h");
    assert_eq!((town.step().await, town.arrivals()), (0, 1));
    assert_eq!(town.state(&first).await, CandidateState::Withdrawn);
    assert_eq!(town.state(&second).await, CandidateState::ChangesAsked);
}

async fn a_release_is_taken_back_while_its_index_is_looked_at(world: World) {
    let town = Town::new(world).await;
    let id = town.pressed("1.0.0").await;
    town.official.desk.hold(Point::Look);
    let ctx = town.stage.ctx.clone();
    let looks = tokio::spawn(async move { release::lane(&ctx, Ecosystem::Cargo).await });
    tokio::task::block_in_place(|| town.official.desk.wait_until_held());
    moves::withdraw(&town.stage.ctx, &town.stage.ada, &id, "").await.unwrap();
    town.official.desk.let_go();
    looks.await.unwrap().unwrap();
    town.stage.world.turn("1h");
    town.step().await;
    assert_eq!((town.arrivals(), town.state(&id).await), (0, CandidateState::Withdrawn));
    // Its version is free, and the next upload goes its own way.
    let next = town.pressed("1.0.0").await;
    town.step().await;
    assert_eq!((town.arrivals(), town.state(&next).await), (1, CandidateState::Released), "{}", town.error(&next).await);
}

async fn what_was_sent_cannot_be_taken_back(world: World) {
    let town = Town::new(world).await;
    let id = town.pressed("1.0.0").await;
    town.official.desk.hold(Point::Answering);
    let ctx = town.stage.ctx.clone();
    let sends = tokio::spawn(async move { release::lane(&ctx, Ecosystem::Cargo).await });
    tokio::task::block_in_place(|| town.official.desk.wait_until_held());
    let refused = moves::withdraw(&town.stage.ctx, &town.stage.ada, &id, "").await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Conflict, "already-sent"));
    assert!(refused.text.contains("yanked"), "{refused}");
    town.official.desk.let_go();
    sends.await.unwrap().unwrap();
    assert_eq!(town.state(&id).await, CandidateState::Released, "{}", town.error(&id).await);
}

async fn a_policy_that_another_process_adopted_counts_at_the_press(world: World) {
    let town = Town::new(world).await;
    let handed = town.stage.crate_file("tall-ship", "1.0.0", "one").await;
    let id = town.stage.hand_in(&town.stage.ada, SHIP, handed).await.unwrap().candidate;
    assert_eq!(town.state(&id).await, CandidateState::Approved);
    // The other process has just committed, and this one has not noticed yet.
    let (ctx, slug) = (&town.stage.ctx, "cooldown".parse().unwrap());
    let tx = ctx.store.begin().await.unwrap();
    let digest = PolicyDigest::of(READ.as_bytes());
    policies::adopt(&tx, &slug, &digest, READ.as_bytes(), Adoption::Enforce, "operator", ctx.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_ne!(ctx.book.newest(&slug).unwrap().digest, digest);
    let refused = moves::release(ctx, &town.stage.cleo, &id).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Conflict, "needs-unmet"), "{refused}");
}

async fn a_release_comes_back_to_life_with_its_bytes_and_alone(world: World) {
    let stage = Stage::new(world).await;
    let (ctx, cleo) = (&stage.ctx, &stage.cleo);
    let spelled = |text: &'static str| {
        let stage = &stage;
        async move {
            let wheel = stage.wheel_file("demo-snake", text, "one").await;
            stage.hand_in(&stage.ada, SNAKE, Handed { whole: true, ..wheel }).await.unwrap().candidate
        }
    };
    let first = spelled("1.0").await;
    let staged_at = stage.row(&first).await.staged_at.unwrap();
    moves::ask_changes(ctx, cleo, &first, "another name").await.unwrap();
    let second = spelled("1.0.0").await;
    let taken = moves::take(ctx, cleo, &first).await.unwrap_err();
    assert_eq!((taken.kind, taken.code), (Kind::Conflict, "already-staged"), "one version, however it is spelled: {taken}");
    moves::withdraw(ctx, &stage.ada, &second, "").await.unwrap();

    stage.world.turn("2d");
    moves::take(ctx, cleo, &first).await.unwrap();
    let again = stage.row(&first).await.staged_at.unwrap();
    assert_eq!(again.since(staged_at).millis(), 2 * 86_400_000, "it stands in the open from now on");
    moves::ask_changes(ctx, cleo, &first, "another name still").await.unwrap();
    let file = vetmoot_workflows::submission::candidate::show(ctx, &first).await.unwrap().files.remove(0);
    let blob = ctx.blobs.open(&file.digests.sha256.unwrap(), ctx.clock.now()).await.unwrap().unwrap();
    std::fs::remove_file(&blob.path).unwrap();
    let gone = moves::take(ctx, cleo, &first).await.unwrap_err();
    assert_eq!((gone.kind, gone.code), (Kind::Conflict, "bytes-gone"), "{gone}");
    assert_eq!(stage.state(&first).await, CandidateState::ChangesAsked);
}

async fn a_credential_the_index_refused_gives_way_to_an_older_one(world: World) {
    let town = Town::poor(world).await;
    town.credential(TOKEN, None, None).await;
    town.credential("a-newer-one-that-ended-unnoticed", None, None).await;
    let id = town.pressed("1.0.0").await;
    town.step().await;
    assert_eq!(town.state(&id).await, CandidateState::Failed, "the newest goes first");
    moves::release(&town.stage.ctx, &town.stage.dora, &id).await.unwrap();
    town.step().await;
    assert_eq!(town.state(&id).await, CandidateState::Released, "{}", town.error(&id).await);
}
