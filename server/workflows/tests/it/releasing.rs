//! Releasing under a clock that is turned by hand: pauses to the second, credentials that end, actions under two eyes.

use vetmoot_domain::{CandidateState, Ecosystem, Package, Role, Version};
use vetmoot_tests::official::{Point, TOKEN, Trouble};
use vetmoot_workflows::submission::action::{self, ActionKind, ActionState};
use vetmoot_workflows::submission::credential::{self, CredentialKind, Offered};
use vetmoot_workflows::submission::hand_in::Handed;
use vetmoot_workflows::submission::{candidate, moves, progress, project, release};
use vetmoot_workflows::{Kind, Origin};

use crate::staged::SNAKE;
use crate::town::{SHIP, Town};
use crate::world::{World, on_both_databases};

on_both_databases! {
    what_an_index_asks_for_is_kept_to_the_second,
    a_pause_holds_every_release_to_that_index,
    without_an_answer_nothing_is_repeated_at_once,
    pauses_double_and_end_with_a_success,
    a_release_waits_while_no_credential_is_usable_and_goes_on_by_itself,
    the_most_specific_credential_goes_first_and_ended_ones_never,
    the_end_of_a_credential_is_announced_twice,
    credentials_are_for_stewards_and_admins,
    two_workers_at_once_send_once,
    an_index_that_does_not_answer_holds_no_other_up,
    an_action_needs_a_second_person_and_happens_once,
    what_ends_in_a_mismatch_is_one_event,
}

async fn what_an_index_asks_for_is_kept_to_the_second(world: World) {
    let town = Town::new(world).await;
    town.official.desk.expect(Trouble::Status(429, Some(120), "slow down"));
    let id = town.pressed("1.0.0").await;
    town.step().await;
    assert_eq!((town.arrivals(), town.state(&id).await), (1, CandidateState::Releasing));
    assert!(town.error(&id).await.contains("slow down"), "{}", town.error(&id).await);
    town.stage.world.turn("119s");
    assert_eq!((town.step().await, town.arrivals()), (0, 1));
    town.stage.world.turn("1s");
    town.step().await;
    assert_eq!((town.arrivals(), town.state(&id).await), (2, CandidateState::Released), "{}", town.error(&id).await);
    assert_eq!(town.step().await, 0, "what is over is left alone");
}

async fn a_pause_holds_every_release_to_that_index(world: World) {
    let town = Town::new(world).await;
    town.official.desk.expect(Trouble::Status(429, Some(600), "slow down"));
    let first = town.pressed("1.0.0").await;
    town.step().await;
    let second = town.pressed("1.1.0").await;
    town.step().await;
    assert_eq!(town.arrivals(), 1, "the second is not even tried");
    assert!(town.error(&second).await.contains("slow down"));
    assert!(release::pause(&town.stage.ctx, Ecosystem::Cargo).await.unwrap().is_some());
    town.stage.world.turn("600s");
    assert!(release::pause(&town.stage.ctx, Ecosystem::Cargo).await.unwrap().is_none());
    town.step().await;
    assert_eq!((town.state(&first).await, town.state(&second).await), (CandidateState::Released, CandidateState::Released));
}

async fn without_an_answer_nothing_is_repeated_at_once(world: World) {
    let town = Town::new(world).await;
    town.official.desk.expect(Trouble::HangUpBefore);
    let id = town.pressed("1.0.0").await;
    town.step().await;
    town.stage.world.turn("3s");
    town.step().await;
    assert_eq!(town.arrivals(), 1, "it was looked for and left alone");
    town.stage.world.turn("7s");
    town.step().await;
    assert_eq!((town.arrivals(), town.state(&id).await), (2, CandidateState::Released));
}

async fn pauses_double_and_end_with_a_success(world: World) {
    let town = Town::new(world).await;
    for _ in 0..3 {
        town.official.desk.expect(Trouble::Status(500, None, "out of order"));
    }
    let id = town.pressed("1.0.0").await;
    let mut pauses = Vec::new();
    for _ in 0..3 {
        town.step().await;
        let row = progress::of(&town.stage.ctx, &id).await.unwrap().unwrap();
        pauses.push((row.tries, row.not_before.since(town.stage.ctx.clock.now()).millis()));
        town.stage.world.turn("60s");
    }
    assert_eq!(pauses, [(1, 2_000), (2, 4_000), (3, 8_000)]);
    town.step().await;
    assert_eq!((town.arrivals(), town.state(&id).await), (4, CandidateState::Released));
}

async fn a_release_waits_while_no_credential_is_usable_and_goes_on_by_itself(world: World) {
    let town = Town::poor(world).await;
    let handed = town.stage.crate_file("tall-ship", "1.0.0", "one").await;
    let id = town.stage.hand_in(&town.stage.ada, SHIP, handed).await.unwrap().candidate;
    let refused = moves::release(&town.stage.ctx, &town.stage.cleo, &id).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Conflict, "no-credential"));
    let way = release::way(&town.stage.ctx, &candidate::show(&town.stage.ctx, &id).await.unwrap()).await;
    assert!(way.iter().any(|finding| finding.code == "no-credential"), "{way:?}");

    town.credential(TOKEN, None, Some("1h")).await;
    moves::release(&town.stage.ctx, &town.stage.cleo, &id).await.unwrap();
    // It ends between the press and the worker's next turn.
    town.stage.world.turn("2h");
    town.step().await;
    assert_eq!((town.arrivals(), town.state(&id).await), (0, CandidateState::Releasing));
    assert!(town.error(&id).await.contains("credential"), "{}", town.error(&id).await);
    let way = release::way(&town.stage.ctx, &candidate::show(&town.stage.ctx, &id).await.unwrap()).await;
    assert!(way.iter().any(|finding| finding.code == "credential-expired"), "{way:?}");
    town.credential(TOKEN, None, None).await;
    town.step().await;
    assert_eq!(town.state(&id).await, CandidateState::Released, "a new credential wakes what waited");
}

async fn the_most_specific_credential_goes_first_and_ended_ones_never(world: World) {
    let town = Town::poor(world).await;
    let project = project::show(&town.stage.ctx, &SHIP.parse().unwrap()).await.unwrap().row;
    let usable = || async { credential::usable(&town.stage.ctx, &project).await.unwrap().map(|row| row.id) };
    assert_eq!(usable().await, None);
    let old = town.credential("wide-one", None, None).await;
    assert_eq!(usable().await, Some(old));
    let new = town.credential("wide-two", None, None).await;
    assert_eq!(usable().await, Some(new));
    let narrow = town.credential("narrow-one", Some(SHIP), Some("1h")).await;
    town.credential("for-another", Some("pkg:cargo/tall-mast"), None).await;
    assert_eq!(usable().await, Some(narrow));
    town.stage.world.turn("1h");
    assert_eq!(usable().await, Some(new));
    credential::retire(&town.stage.ctx, &Origin::Operator, new).await.unwrap();
    assert_eq!(usable().await, Some(old));
    let again = credential::retire(&town.stage.ctx, &Origin::Operator, new).await.unwrap_err();
    assert_eq!((again.kind, again.code), (Kind::Conflict, "already-retired"));
}

async fn the_end_of_a_credential_is_announced_twice(world: World) {
    let town = Town::poor(world).await;
    let id = town.credential(TOKEN, None, Some("30d")).await.to_string();
    let mut told = Vec::new();
    for day in 0..32 {
        // A day has many turns; the news comes once.
        for _ in 0..2 {
            let announced = credential::tend(&town.stage.ctx).await.unwrap();
            told.extend(std::iter::repeat_n(30 - day, announced));
        }
        town.stage.world.turn("1d");
    }
    assert_eq!(told, [14, 3]);
    assert_eq!(town.count("credential.troubled.v1", &id).await, 2);
    let troubled = credential::troubled(&town.stage.ctx).await.unwrap();
    assert!(troubled.len() == 1 && troubled[0].1.contains("ended"), "{troubled:?}");
}

async fn credentials_are_for_stewards_and_admins(world: World) {
    let town = Town::poor(world).await;
    let ctx = &town.stage.ctx;
    let offered =
        |kind, secret| Offered { ecosystem: Ecosystem::Cargo, package: None, label: "the bot", kind, secret, expires_at: None };
    let token = offered(CredentialKind::Token, "abc");
    assert_eq!(credential::add(ctx, &town.stage.cleo, &token).await.unwrap_err().code, "stewards-only");
    assert_eq!(credential::list(ctx, &town.stage.cleo).await.unwrap_err().code, "leads-only");
    for (kind, secret, code) in [
        (CredentialKind::Stage, "abc", "bad-kind"),
        (CredentialKind::Password, "u:p", "bad-kind"),
        (CredentialKind::Token, "two words", "bad-secret"),
        (CredentialKind::Token, "", "bad-secret"),
    ] {
        let refused = credential::add(ctx, &Origin::Operator, &offered(kind, secret)).await.unwrap_err();
        assert_eq!(refused.code, code);
    }
    assert_eq!(credential::list(ctx, &Origin::Operator).await.unwrap(), [], "what was refused left nothing");
    let stella = town.stage.world.member("stella", &[Role::Steward]).await;
    let row = credential::add(ctx, &stella, &token).await.unwrap();
    assert_eq!(row.added_by.as_ref().map(ToString::to_string).as_deref(), Some("stella"));
    assert!(!format!("{token:?} {row:?}").contains("abc"));
    credential::retire(ctx, &stella, row.id).await.unwrap();
    assert_eq!(town.count("credential.changed.v1", &row.id.to_string()).await, 2);
}

async fn two_workers_at_once_send_once(world: World) {
    let town = Town::new(world).await;
    let id = town.pressed("1.0.0").await;
    let ctx = &town.stage.ctx;
    let (a, b, c) = tokio::join!(release::step(ctx), release::step(ctx), release::step(ctx));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!((town.arrivals(), town.state(&id).await), (1, CandidateState::Released));
}

async fn an_index_that_does_not_answer_holds_no_other_up(world: World) {
    let town = Town::new(world).await;
    town.official.desk.hold(Point::Answering);
    let crates = town.pressed("1.0.0").await;
    let ctx = town.stage.ctx.clone();
    let stalled = tokio::spawn(async move { release::lane(&ctx, Ecosystem::Cargo).await });
    tokio::task::block_in_place(|| town.official.desk.wait_until_held());

    // What goes to another index, here our own, is pressed meanwhile, and the lane that is busy is left alone.
    town.stage.open(SNAKE).await;
    let wheel = town.stage.wheel_file("demo-snake", "1.0.0", "one").await;
    let snake = town.stage.hand_in(&town.stage.ada, SNAKE, Handed { whole: true, ..wheel }).await.unwrap().candidate;
    let ctx = &town.stage.ctx;
    moves::release(ctx, &town.stage.cleo, &snake).await.unwrap();
    assert_eq!(release::lane(ctx, Ecosystem::Pypi).await.unwrap(), 1);
    assert_eq!(release::lane(ctx, Ecosystem::Cargo).await.unwrap(), 0);
    assert_eq!((town.state(&snake).await, town.state(&crates).await), (CandidateState::Released, CandidateState::Releasing));
    town.official.desk.let_go();
    assert_eq!(stalled.await.unwrap().unwrap(), 1);
    assert_eq!(town.state(&crates).await, CandidateState::Released, "{}", town.error(&crates).await);
}

async fn an_action_needs_a_second_person_and_happens_once(world: World) {
    let town = Town::new(world).await;
    town.pressed("1.0.0").await;
    town.step().await;
    let ctx = &town.stage.ctx;
    let package: Package = SHIP.parse().unwrap();
    let versions: Vec<Version> = vec!["1.0.0".parse().unwrap()];
    let cleo = town.stage.uploader(&town.stage.cleo).await;
    let ask = |kind| action::ask(ctx, &cleo, &package, kind, versions.clone(), Some("it leaks"));
    let yank = ask(ActionKind::Yank).await.unwrap();
    assert_eq!(ask(ActionKind::Deprecate).await.unwrap_err().code, "no-interface");
    assert_eq!(action::approve(ctx, &town.stage.cleo, yank).await.unwrap_err().code, "own-action");
    assert_eq!(action::approve(ctx, &town.stage.ada, yank).await.unwrap_err().code, "leads-only");
    town.step().await;
    let yanked = || town.official.line("tall-ship", "1.0.0").unwrap()["yanked"] == true;
    assert!(!yanked(), "nobody agreed yet");
    action::approve(ctx, &town.stage.dora, yank).await.unwrap();
    assert_eq!(action::refuse(ctx, &town.stage.dora, yank).await.unwrap_err().code, "already-decided");
    assert_eq!(town.step().await, 1);
    assert!(yanked());
    assert_eq!(action::show(ctx, yank).await.unwrap().state, ActionState::Done);
    assert_eq!(town.step().await, 0);
    // Who asked may take it back.
    let second = ask(ActionKind::Unyank).await.unwrap();
    assert_eq!(action::refuse(ctx, &town.stage.cleo, second).await.unwrap().state, ActionState::Refused);
    let stranger = town.stage.world.member("mia", &[Role::Member]).await;
    let stranger = town.stage.uploader(&stranger).await;
    let refused = action::ask(ctx, &stranger, &package, ActionKind::Yank, versions.clone(), None).await.unwrap_err();
    assert_eq!(refused.code, "not-your-project");
}

async fn what_ends_in_a_mismatch_is_one_event(world: World) {
    let town = Town::new(world).await;
    town.official.desk.expect(Trouble::OtherBytes);
    let id = town.pressed("1.0.0").await;
    town.step().await;
    town.step().await;
    assert_eq!(town.state(&id).await, CandidateState::Failed);
    assert_eq!(town.count("release.mismatched.v1", id.as_str()).await, 1);
    assert_eq!(town.count("candidate.released.v1", id.as_str()).await, 0);
}
