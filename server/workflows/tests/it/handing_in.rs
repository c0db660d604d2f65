//! Handing in: who may, what becomes one candidate, what is refused, and that nothing is ever half there.

use vetmoot_domain::{CandidateState, ProjectRole, Role};
use vetmoot_storage::submission::candidates;
use vetmoot_storage::{events, tokens};
use vetmoot_workflows::limits::CANDIDATE_FILES_MAX;
use vetmoot_workflows::member::token::{self, Scope};
use vetmoot_workflows::submission::hand_in::{self, Handed, Receipt};
use vetmoot_workflows::submission::{candidate, moves, project, tend};
use vetmoot_workflows::{Kind, Origin, Problem};

use crate::staged::{DEMO, SNAKE, Stage, at_once, cut_off, package, problem};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_first_upload_opens_the_project_for_who_may,
    only_people_with_a_part_hand_in,
    a_token_for_one_project_hands_in_no_other,
    a_crate_is_staged_at_once,
    the_same_bytes_again_are_told_so_and_change_nothing,
    other_bytes_under_a_version_are_refused_with_the_way_out,
    a_python_release_is_a_draft_until_somebody_says_it_is_whole,
    a_draft_that_is_quiet_becomes_whole_by_itself,
    one_person_answers_for_a_draft,
    a_version_is_one_version_however_it_is_spelled,
    after_changes_were_asked_a_new_upload_is_a_new_candidate,
    two_uploads_of_a_version_at_once_are_one_candidate,
    the_same_upload_twice_at_once_is_one_candidate,
    two_first_uploads_at_once_open_one_project,
    a_first_upload_that_is_refused_leaves_nothing_behind,
    a_file_that_comes_while_somebody_says_it_is_whole_is_in_or_refused,
    who_was_dismissed_meanwhile_leaves_nothing,
    nothing_is_handed_in_while_it_is_stopped,
    a_file_that_is_not_there_leaves_nothing,
    a_candidate_has_so_many_files_and_no_more,
    a_file_has_a_name_and_a_size_that_can_be_taken,
    the_bytes_of_a_candidate_are_kept_while_it_lives,
    a_program_uploads_in_its_members_name,
    an_upload_that_is_cut_off_anywhere_is_whole_or_was_never_there,
}

async fn a_first_upload_opens_the_project_for_who_may(world: World) {
    let stage = Stage::new(world).await;
    let new = "pkg:cargo/demo-new";
    let handed = stage.crate_file("demo-new", "0.1.0", "one").await;
    let refused = stage.hand_in(&stage.ada, new, handed.clone()).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "not-a-project"));
    let adi = stage.world.member("adi", &[Role::Auditor]).await;
    stage.hand_in(&adi, new, handed).await.unwrap();
    let people = project::show(&stage.ctx, &package(new)).await.unwrap().people;
    assert_eq!(
        people.iter().map(|person| (person.name.as_str(), person.role)).collect::<Vec<_>>(),
        [("adi", ProjectRole::Lead)]
    );
}

async fn only_people_with_a_part_hand_in(world: World) {
    let stage = Stage::new(world).await;
    for (name, role, may) in [
        ("mia", Role::Member, false),
        ("adi", Role::Auditor, false),
        ("adm", Role::Admin, false),
        ("lea", Role::Lead, true),
        ("ste", Role::Steward, true),
    ] {
        let who = stage.world.member(name, &[role]).await;
        let uploader = stage.uploader(&who).await;
        let permit = hand_in::permit(&stage.ctx, &uploader, &package(DEMO)).await;
        assert_eq!(permit.is_ok(), may, "{role}");
        if let Err(problem) = permit {
            assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "no-part"));
            assert!(problem.text.contains("cleo, dora"), "{}", problem.text);
        }
    }
    let uploader = stage.uploader(&stage.ada).await;
    let permit = hand_in::permit(&stage.ctx, &uploader, &package(DEMO)).await.unwrap();
    assert_eq!(permit.file_bytes_max, stage.ctx.publishing.file_bytes_max);
}

async fn a_token_for_one_project_hands_in_no_other(world: World) {
    let stage = Stage::new(world).await;
    let make = async |scope| {
        let name = "ada".parse().unwrap();
        token::create(&stage.ctx, &stage.ada, &name, &[scope], Some(&package(DEMO)), None).await.unwrap()
    };
    let token = make(Scope::Publish).await;
    let uploader = hand_in::uploader(&stage.ctx, &token).await.unwrap();
    hand_in::permit(&stage.ctx, &uploader, &package(DEMO)).await.unwrap();
    let other = hand_in::permit(&stage.ctx, &uploader, &package(SNAKE)).await.unwrap_err();
    assert_eq!((other.kind, other.code), (Kind::Forbidden, "other-project"));
    assert!(other.text.contains(DEMO), "{}", other.text);
    let wrong = hand_in::uploader(&stage.ctx, &make(Scope::Audit).await).await.unwrap_err();
    assert_eq!((wrong.kind, wrong.code), (Kind::Forbidden, "scope-missing"));
    assert_eq!(hand_in::uploader(&stage.ctx, "vm_guess").await.unwrap_err().kind, Kind::Unauthenticated);
    let reader = stage.ctx.store.read();
    let row = tokens::list(&reader, uploader.user_id).await.unwrap();
    assert!(row.iter().all(|row| row.project.as_deref() == Some(DEMO)));
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

async fn one_person_answers_for_a_draft(world: World) {
    let stage = Stage::new(world).await;
    let sdist = stage.sdist_file("demo-snake", "1.0.0", "one").await;
    stage.hand_in(&stage.ada, SNAKE, sdist).await.unwrap();
    let wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    let refused = stage.hand_in(&stage.cleo, SNAKE, wheel.clone()).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Conflict, "already-staged"));
    assert!(refused.text.contains("a draft of ada"), "{}", refused.text);
    stage.hand_in(&stage.ada, SNAKE, wheel).await.unwrap();
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

async fn a_first_upload_that_is_refused_leaves_nothing_behind(world: World) {
    let stage = Stage::new(world).await;
    let lea = stage.world.member("lea", &[Role::Lead]).await;
    let before = stage.told().await.len();
    let other = stage.crate_file("another-name", "0.1.0", "one").await;
    stage.hand_in(&lea, "pkg:cargo/demo-new", other).await.unwrap_err();
    assert_eq!(project::show(&stage.ctx, &package("pkg:cargo/demo-new")).await.unwrap_err().code, "unknown-project");
    assert_eq!(stage.told().await.len(), before, "not even an event");
    // The name is as free as before, in whatever spelling.
    let file = stage.crate_file("demo_new", "0.1.0", "one").await;
    stage.hand_in(&lea, "pkg:cargo/demo_new", file).await.unwrap();
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

async fn who_was_dismissed_meanwhile_leaves_nothing(world: World) {
    let stage = Stage::new(world).await;
    let uploader = stage.uploader(&stage.ada).await;
    let permit = hand_in::permit(&stage.ctx, &uploader, &package(DEMO)).await.unwrap();
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    project::dismiss(&stage.ctx, &stage.cleo, &package(DEMO), &"ada".parse().unwrap()).await.unwrap();
    let told = stage.told().await;
    let refused = hand_in::hand_in(&stage.ctx, &uploader, &permit, handed).await.map_err(problem).unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "no-part"));
    assert_eq!((stage.count().await, stage.told().await), (0, told));
}

async fn nothing_is_handed_in_while_it_is_stopped(world: World) {
    let stage = Stage::new(world).await;
    let uploader = stage.uploader(&stage.ada).await;
    let permit = hand_in::permit(&stage.ctx, &uploader, &package(DEMO)).await.unwrap();
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    let ste = stage.world.member("ste", &[Role::Steward]).await;
    let refused = async || {
        let refused = hand_in::hand_in(&stage.ctx, &uploader, &permit, handed.clone()).await.map_err(problem).unwrap_err();
        assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "publishing-stopped"));
        assert_eq!(stage.count().await, 0);
    };
    project::switch(&stage.ctx, &stage.cleo, &package(DEMO), true).await.unwrap();
    refused().await;
    project::switch_all(&stage.ctx, &ste, true).await.unwrap();
    project::switch(&stage.ctx, &stage.cleo, &package(DEMO), false).await.unwrap();
    refused().await;
    project::switch_all(&stage.ctx, &ste, false).await.unwrap();
    hand_in::hand_in(&stage.ctx, &uploader, &permit, handed).await.map_err(problem).unwrap();
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

async fn a_program_uploads_in_its_members_name(world: World) {
    let stage = Stage::new(world).await;
    let mut uploader = stage.uploader(&stage.ada).await;
    uploader.program = Some("repo:acme/snake:release.yml".to_owned());
    let permit = hand_in::permit(&stage.ctx, &uploader, &package(SNAKE)).await.unwrap();
    let sdist = stage.sdist_file("demo-snake", "1.0.0", "one").await;
    let receipt = hand_in::hand_in(&stage.ctx, &uploader, &permit, sdist).await.map_err(problem).unwrap();
    let row = stage.row(&receipt.candidate).await;
    assert_eq!((row.uploader_name.as_str(), row.uploaded_as.as_deref()), ("ada", Some("repo:acme/snake:release.yml")));
    // The record names the program: what the member uploads by hand is another candidate.
    let wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    let refused = stage.hand_in(&stage.ada, SNAKE, wheel).await.unwrap_err();
    assert!(refused.text.contains("repo:acme/snake:release.yml"), "{}", refused.text);
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
