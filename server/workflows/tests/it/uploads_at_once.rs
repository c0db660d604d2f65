//! Uploads that meet each other, and uploads that are cut off in the middle.

use vetmoot_domain::Role;
use vetmoot_storage::events;
use vetmoot_workflows::submission::hand_in::{self, Handed, Receipt};
use vetmoot_workflows::submission::{candidate, moves};
use vetmoot_workflows::{Origin, Problem};

use crate::staged::{DEMO, SNAKE, Stage, at_once, cut_off, package, problem};
use crate::world::{World, on_both_databases};

on_both_databases! {
    two_uploads_of_a_version_at_once_are_one_candidate,
    the_same_upload_twice_at_once_is_one_candidate,
    two_first_uploads_at_once_open_one_project,
    a_file_that_comes_while_somebody_says_it_is_whole_is_in_or_refused,
    an_upload_that_is_cut_off_anywhere_is_whole_or_was_never_there,
}

async fn uploads(
    stage: &Stage,
    who: &Origin,
    handed: Handed,
) -> impl Future<Output = Result<Receipt, Problem>> + Send + 'static + use<> {
    let uploader = stage.uploader(who).await;
    let permit = hand_in::permit(&stage.ctx, &uploader, &package(DEMO)).await.unwrap();
    let ctx = stage.ctx.clone();
    async move { hand_in::hand_in(&ctx, &uploader, &permit, handed).await.map_err(problem) }
}

async fn two_uploads_of_a_version_at_once_are_one_candidate(world: World) {
    let stage = Stage::new(world).await;
    for round in 0..5 {
        let version = format!("1.{round}.0");
        let (one, two) =
            (stage.crate_file("demo-lamp", &version, "one").await, stage.crate_file("demo-lamp", &version, "two").await);
        let (a, b) = (uploads(&stage, &stage.ada, one).await, uploads(&stage, &stage.cleo, two).await);
        let (a, b) = at_once(a, b).await;
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
        assert_eq!(a.err().or(b.err()).unwrap().code, "already-staged");
    }
    assert_eq!(stage.count().await, 5);
}

async fn the_same_upload_twice_at_once_is_one_candidate(world: World) {
    let stage = Stage::new(world).await;
    for round in 0..5 {
        let version = format!("1.{round}.0");
        let handed = stage.crate_file("demo-lamp", &version, "one").await;
        let (a, b) = (uploads(&stage, &stage.ada, handed.clone()).await, uploads(&stage, &stage.ada, handed).await);
        let (a, b) = at_once(a, b).await;
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!(a.candidate, b.candidate);
        assert_eq!(usize::from(a.again) + usize::from(b.again), 1);
    }
    assert_eq!(stage.count().await, 5);
}

async fn two_first_uploads_at_once_open_one_project(world: World) {
    let stage = Stage::new(world).await;
    let adi = stage.world.member("adi", &[Role::Auditor]).await;
    let lea = stage.world.member("lea", &[Role::Lead]).await;
    let new = "pkg:cargo/demo-new";
    let (first, second) =
        (stage.crate_file("demo-new", "0.1.0", "one").await, stage.crate_file("demo-new", "0.2.0", "two").await);
    let (auditor, lead) = (stage.uploader(&adi).await, stage.uploader(&lea).await);
    let hand = |uploader: hand_in::Uploader, handed: hand_in::Handed| {
        let ctx = stage.ctx.clone();
        async move {
            let permit = hand_in::permit(&ctx, &uploader, &package(new)).await?;
            hand_in::hand_in(&ctx, &uploader, &permit, handed).await.map_err(problem)
        }
    };
    let (a, b) = at_once(hand(auditor, first), hand(lead, second)).await;
    let opened = stage.told().await.into_iter().filter(|line| line.starts_with("project.opened.v1 pkg:cargo/demo-new")).count();
    assert_eq!(opened, 1);
    // A lead of every line may hand in whoever opened it; an auditor only into what is theirs.
    b.unwrap();
    assert!(a.is_ok() || a.is_err_and(|problem| problem.code == "no-part"));
}

async fn a_file_that_comes_while_somebody_says_it_is_whole_is_in_or_refused(world: World) {
    let stage = Stage::new(world).await;
    for round in 0..5 {
        let version = format!("1.{round}.0");
        let sdist = stage.sdist_file("demo-snake", &version, "one").await;
        let id = stage.hand_in(&stage.ada, SNAKE, sdist).await.unwrap().candidate;
        let wheel = stage.wheel_file("demo-snake", &version, "one").await;
        let uploader = stage.uploader(&stage.ada).await;
        let permit = hand_in::permit(&stage.ctx, &uploader, &package(SNAKE)).await.unwrap();
        let (ctx, other, ada, whole) = (stage.ctx.clone(), stage.ctx.clone(), stage.ada.clone(), id.clone());
        let late = async move { hand_in::hand_in(&ctx, &uploader, &permit, wheel).await.map_err(problem) };
        let complete = async move { moves::complete(&other, &ada, &whole).await };
        let (late, complete) = at_once(late, complete).await;
        complete.unwrap();
        let files = candidate::show(&stage.ctx, &id).await.unwrap().files.len();
        match late {
            Ok(_) => assert_eq!(files, 2),
            Err(problem) => {
                assert_eq!((problem.code, files), ("already-staged", 1));
            }
        }
    }
}

async fn an_upload_that_is_cut_off_anywhere_is_whole_or_was_never_there(world: World) {
    let stage = Stage::new(world).await;
    let uploader = stage.uploader(&stage.ada).await;
    let permit = hand_in::permit(&stage.ctx, &uploader, &package(DEMO)).await.unwrap();
    let (mut whole, mut never) = (0, 0);
    for polls in 1..2_000 {
        let version = format!("1.{polls}.0");
        let handed = stage.crate_file("demo-lamp", &version, "one").await;
        let seen = events::last(&stage.ctx.store.read()).await.unwrap();
        let done = cut_off(hand_in::hand_in(&stage.ctx, &uploader, &permit, handed.clone()), polls).await;
        // Whoever writes next finds the writer free, and sees all of it or nothing.
        let tx = stage.ctx.store.begin().await.unwrap();
        tx.rollback().await.unwrap();
        let live = candidate::live(&stage.ctx, &package(DEMO)).await.unwrap();
        let found = live.into_iter().find(|candidate| candidate.row.version.as_str() == version);
        let told = events::after(&stage.ctx.store.read(), seen, 100).await.unwrap();
        let told: Vec<&str> = told.iter().map(|event| event.topic.as_str()).collect();
        match found {
            None => {
                never += 1;
                assert!(told.is_empty(), "{polls}: {told:?}");
                // And it is simply handed in again.
                assert!(!hand_in::hand_in(&stage.ctx, &uploader, &permit, handed).await.map_err(problem).unwrap().again);
            }
            Some(candidate) => {
                whole += 1;
                assert!(candidate.row.state.is_vetted(), "{polls}: {}", candidate.row.state);
                assert_eq!(candidate.files.len(), 1);
                assert!(told.starts_with(&["candidate.opened.v1", "candidate.file.v1", "candidate.staged.v1"]), "{told:?}");
                assert!(hand_in::hand_in(&stage.ctx, &uploader, &permit, handed).await.map_err(problem).unwrap().again);
            }
        }
        if done.is_some() {
            break;
        }
    }
    assert!(whole > 0 && never > 5, "{whole} {never}");
}
