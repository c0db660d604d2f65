//! Handing in: what becomes one candidate, what is refused, and that nothing is ever half there.

use vetmoot_domain::CandidateState;
use vetmoot_storage::events;
use vetmoot_storage::submission::candidates;
use vetmoot_workflows::Kind;
use vetmoot_workflows::limits::CANDIDATE_FILES_MAX;
use vetmoot_workflows::submission::hand_in::{self, Handed};
use vetmoot_workflows::submission::{candidate, moves, tend};

use crate::staged::{DEMO, SNAKE, Stage, package};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_crate_is_staged_at_once,
    the_same_bytes_again_are_told_so_and_change_nothing,
    other_bytes_under_a_version_are_refused_with_the_way_out,
    a_python_release_is_a_draft_until_somebody_says_it_is_whole,
    a_draft_that_is_quiet_becomes_whole_by_itself,
    a_version_is_one_version_however_it_is_spelled,
    after_changes_were_asked_a_new_upload_is_a_new_candidate,
    a_file_that_is_not_there_leaves_nothing,
    a_candidate_has_so_many_files_and_no_more,
    a_file_has_a_name_and_a_size_that_can_be_taken,
    the_bytes_of_a_candidate_are_kept_while_it_lives,
}

async fn a_crate_is_staged_at_once(world: World) {
    use vetmoot_workflows::policy::adopt;
    let stage = Stage::under(world, adopt::from_shelf("safe-to-deploy").unwrap()).await;
    let before = stage.told().await.len();
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    let digest = hex::encode(handed.stored.sha256);
    let receipt = stage.hand_in(&stage.ada, DEMO, handed).await.unwrap();
    assert_eq!((receipt.state, receipt.again), (CandidateState::Staged, false));
    assert_eq!(receipt.page, format!("https://trial.example/candidates/{}", receipt.candidate));
    let expected = format!("demo-lamp 1.0.0 is staged and waits for review under the policy `cooldown`: {}", receipt.page);
    assert_eq!(receipt.next, expected);
    let found = candidate::show(&stage.ctx, &receipt.candidate).await.unwrap();
    assert_eq!((found.row.uploader_name.as_str(), found.row.policy.as_str()), ("ada", "cooldown"));
    assert_eq!((found.row.staged_at, found.row.replaces.as_ref()), (Some(stage.ctx.clock.now()), None));
    assert_eq!((found.files.len(), found.files[0].file_name.as_str()), (1, "demo-lamp-1.0.0.crate"));
    assert_eq!(stage.moves(&receipt.candidate).await, ["draft ada", "staged ada"]);
    let id = &receipt.candidate;
    assert_eq!(
        stage.told().await[before..],
        [
            format!("candidate.opened.v1 {id} pkg:cargo/demo-lamp@1.0.0 by ada"),
            format!("candidate.file.v1 {id} sha256:{digest} by ada"),
            format!("candidate.staged.v1 {id} staged by ada"),
        ]
    );
    let live = candidate::live(&stage.ctx, &package(DEMO)).await.unwrap();
    assert_eq!((live.len(), &live[0].row.id, live[0].files.len()), (1, id, 1));
}

async fn the_same_bytes_again_are_told_so_and_change_nothing(world: World) {
    let stage = Stage::new(world).await;
    let id = stage.staged("1.0.0").await;
    let before = events::last(&stage.ctx.store.read()).await.unwrap();
    for who in [&stage.ada, &stage.cleo] {
        let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
        let uploader = stage.uploader(who).await;
        let seen = events::last(&stage.ctx.store.read()).await.unwrap();
        let permit = hand_in::permit(&stage.ctx, &uploader, &package(DEMO)).await.unwrap();
        let again = hand_in::hand_in(&stage.ctx, &uploader, &permit, handed).await.unwrap();
        assert_eq!((&again.candidate, again.again), (&id, true));
        assert!(again.next.starts_with("these very bytes were here already"), "{}", again.next);
        assert_eq!(events::last(&stage.ctx.store.read()).await.unwrap(), seen);
    }
    assert!(events::last(&stage.ctx.store.read()).await.unwrap() > before, "two tokens were made");
    assert_eq!(stage.count().await, 1);
}

async fn other_bytes_under_a_version_are_refused_with_the_way_out(world: World) {
    let stage = Stage::new(world).await;
    for (number, state) in CandidateState::ALL.iter().enumerate() {
        let version = format!("1.{number}.0");
        let id = stage.standing(&version, *state).await;
        let handed = stage.crate_file("demo-lamp", &version, "two").await;
        let taken = stage.hand_in(&stage.ada, DEMO, handed).await;
        if !state.is_live() {
            assert_ne!(taken.unwrap().candidate, id, "{state}");
            continue;
        }
        let problem = taken.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::Conflict, "already-staged"), "{state}");
        assert!(problem.text.contains(&candidate::page(&stage.ctx, &id)), "{}", problem.text);
        let way = match state {
            CandidateState::Released => "raise the version",
            CandidateState::Releasing => "on its way",
            _ => "withdraw it or have changes asked for",
        };
        assert!(problem.text.contains(way), "{state}: {}", problem.text);
        assert_eq!(stage.state(&id).await, *state, "nothing is overwritten");
        assert_eq!(candidate::show(&stage.ctx, &id).await.unwrap().files.len(), 1);
    }
}

async fn a_python_release_is_a_draft_until_somebody_says_it_is_whole(world: World) {
    let stage = Stage::new(world).await;
    let sdist = stage.sdist_file("demo-snake", "1.0.0", "one").await;
    let first = stage.hand_in(&stage.ada, SNAKE, sdist).await.unwrap();
    assert_eq!(first.state, CandidateState::Draft);
    assert!(first.next.contains("or wait 10m"), "{}", first.next);
    let wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    let second = stage.hand_in(&stage.ada, SNAKE, wheel.clone()).await.unwrap();
    assert_eq!((&second.candidate, second.state), (&first.candidate, CandidateState::Draft));
    assert!(stage.hand_in(&stage.ada, SNAKE, wheel).await.unwrap().again);
    let other = stage.wheel_file("demo-snake", "1.0.0", "two").await;
    assert_eq!(stage.hand_in(&stage.ada, SNAKE, other).await.unwrap_err().code, "already-staged");
    let refused = moves::complete(&stage.ctx, &stage.world.member("mia", &[]).await, &first.candidate).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "not-yours"));
    let row = moves::complete(&stage.ctx, &stage.ada, &first.candidate).await.unwrap();
    assert_eq!(row.state, CandidateState::Approved, "the policy wants nothing, and it is looked at as soon as it is whole");
    assert_eq!(stage.moves(&first.candidate).await, ["draft ada", "staged ada", "approved timer"]);
    let late = Handed {
        file_name: "demo_snake-1.0.0-py2-none-any.whl".to_owned(),
        ..stage.wheel_file("demo-snake", "1.0.0", "late").await
    };
    let late = stage.hand_in(&stage.ada, SNAKE, late).await.unwrap_err();
    assert!(["already-staged", "findings"].contains(&late.code), "{late:?}");
    let again = moves::complete(&stage.ctx, &stage.ada, &first.candidate).await.unwrap_err();
    assert_eq!((again.kind, again.code), (Kind::Conflict, "illegal-move"));
    assert!(again.text.contains("approved") && again.text.contains("staged"), "{}", again.text);
}

async fn a_draft_that_is_quiet_becomes_whole_by_itself(world: World) {
    let stage = Stage::new(world).await;
    let sdist = stage.sdist_file("demo-snake", "1.0.0", "one").await;
    let id = stage.hand_in(&stage.ada, SNAKE, sdist).await.unwrap().candidate;
    stage.world.turn("9m");
    tend::step(&stage.ctx).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Draft);
    let wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    stage.hand_in(&stage.ada, SNAKE, wheel).await.unwrap();
    stage.world.turn("9m");
    assert_eq!(tend::step(&stage.ctx).await.unwrap(), 0);
    assert_eq!(stage.state(&id).await, CandidateState::Draft, "it counts from the last file");
    stage.world.turn("1m");
    assert!(tend::step(&stage.ctx).await.unwrap() > 0);
    assert_eq!(stage.moves(&id).await, ["draft ada", "staged timer", "approved timer"]);
    assert_eq!(tend::step(&stage.ctx).await.unwrap(), 0);
}

async fn a_version_is_one_version_however_it_is_spelled(world: World) {
    let stage = Stage::new(world).await;
    stage.staged("1.0.0").await;
    for same in ["1.0.0+build", "1.0.0+other"] {
        let handed = stage.crate_file("demo-lamp", same, "one").await;
        assert_eq!(stage.hand_in(&stage.ada, DEMO, handed).await.unwrap_err().code, "already-staged", "{same}");
    }
    let handed = stage.crate_file("demo-lamp", "1.0.0-rc.1", "one").await;
    stage.hand_in(&stage.ada, DEMO, handed).await.unwrap();
    let sdist = stage.sdist_file("demo-snake", "1.0", "one").await;
    stage.hand_in(&stage.ada, SNAKE, sdist).await.unwrap();
    let wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    let same = stage.hand_in(&stage.ada, SNAKE, wheel).await.unwrap_err();
    assert_eq!(same.code, "already-staged");
    assert!(same.text.contains("the same version"), "{}", same.text);
}

async fn after_changes_were_asked_a_new_upload_is_a_new_candidate(world: World) {
    let stage = Stage::new(world).await;
    let first = stage.staged("1.0.0").await;
    moves::ask_changes(&stage.ctx, &stage.cleo, &first, "the licence is missing").await.unwrap();
    let handed = stage.crate_file("demo-lamp", "1.0.0", "two").await;
    let second = stage.hand_in(&stage.ada, DEMO, handed).await.unwrap();
    assert_eq!(stage.row(&second.candidate).await.replaces, Some(first.clone()));
    // The old one cannot come back beside it.
    let problem = moves::take(&stage.ctx, &stage.cleo, &first).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Conflict, "already-staged"));
    assert!(problem.text.contains(&second.page), "{}", problem.text);
    moves::withdraw(&stage.ctx, &stage.ada, &second.candidate, "").await.unwrap();
    assert_eq!(moves::take(&stage.ctx, &stage.cleo, &first).await.unwrap().id, first);
    let third = stage.crate_file("demo-lamp", "1.0.0", "three").await;
    assert_eq!(stage.hand_in(&stage.ada, DEMO, third).await.unwrap_err().code, "already-staged");
}

async fn a_file_that_is_not_there_leaves_nothing(world: World) {
    let stage = Stage::new(world).await;
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    stage.ctx.blobs.prune(0, stage.ctx.clock.now()).await.unwrap();
    let told = stage.told().await;
    let gone = stage.hand_in(&stage.ada, DEMO, handed).await.unwrap_err();
    assert_eq!(gone.kind, Kind::Unavailable, "{gone:?}");
    assert_eq!((stage.count().await, stage.told().await), (0, told), "neither a candidate nor news of one");
    let id = stage.staged("1.0.0").await;
    assert!(stage.state(&id).await.is_live());
}

async fn a_candidate_has_so_many_files_and_no_more(world: World) {
    let stage = Stage::new(world).await;
    let sdist = stage.sdist_file("demo-snake", "1.0.0", "one").await;
    let stored = sdist.stored.clone();
    let id = stage.hand_in(&stage.ada, SNAKE, sdist).await.unwrap().candidate;
    let tx = stage.ctx.store.begin().await.unwrap();
    for number in 1..CANDIDATE_FILES_MAX {
        let name = format!("filler-{number}.whl");
        let new = vetmoot_storage::submission::files::NewFile {
            candidate: &id,
            file_name: &name,
            kind: vetmoot_workflows::submission::FileKind::Wheel,
            stored: &stored,
            metadata: "{}",
            attestations: None,
            at: stage.ctx.clock.now(),
        };
        vetmoot_storage::submission::files::insert(&tx, &new).await.unwrap();
    }
    tx.commit().await.unwrap();
    let wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    let full = stage.hand_in(&stage.ada, SNAKE, wheel).await.unwrap_err();
    assert_eq!((full.kind, full.code), (Kind::TooLarge, "too-many-files"));
}

async fn a_file_has_a_name_and_a_size_that_can_be_taken(world: World) {
    let stage = Stage::new(world).await;
    for name in ["", "../x.crate", "a/b.crate", ".hidden", "dеmo.crate", "a b.crate"] {
        let handed = Handed { file_name: name.to_owned(), ..stage.crate_file("demo-lamp", "1.0.0", "one").await };
        let refused = stage.hand_in(&stage.ada, DEMO, handed).await.unwrap_err();
        assert_eq!((refused.kind, refused.code), (Kind::Invalid, "bad-file-name"), "{name}");
    }
    let mut handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    handed.stored.size = stage.ctx.publishing.file_bytes_max + 1;
    let refused = stage.hand_in(&stage.ada, DEMO, handed).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::TooLarge, "file-too-large"));
    assert_eq!(stage.count().await, 0);
}

async fn the_bytes_of_a_candidate_are_kept_while_it_lives(world: World) {
    let stage = Stage::new(world).await;
    let (kept, gone) = (stage.staged("1.0.0").await, stage.staged("1.1.0").await);
    let asked = stage.staged("1.2.0").await;
    let sha256 = async |id| candidate::show(&stage.ctx, id).await.unwrap().files[0].digests.sha256.unwrap();
    let (kept_file, gone_file, asked_file) = (sha256(&kept).await, sha256(&gone).await, sha256(&asked).await);
    moves::withdraw(&stage.ctx, &stage.ada, &gone, "").await.unwrap();
    moves::ask_changes(&stage.ctx, &stage.cleo, &asked, "no").await.unwrap();
    moves::take(&stage.ctx, &stage.cleo, &asked).await.unwrap();
    stage.ctx.blobs.prune(0, stage.ctx.clock.now()).await.unwrap();
    assert!(stage.ctx.blobs.has(&kept_file).await.unwrap().is_some());
    assert!(stage.ctx.blobs.has(&asked_file).await.unwrap().is_some(), "what comes back to life is kept again");
    assert!(stage.ctx.blobs.has(&gone_file).await.unwrap().is_none());
    let live = candidates::live_of(&stage.ctx.store.read(), stage.row(&kept).await.package_id).await.unwrap();
    assert_eq!(live.len(), 2);
}
