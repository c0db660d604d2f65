//! Who may hand in, whose a candidate is, and that who may not leaves nothing.

use vetmoot_domain::{ProjectRole, Role};
use vetmoot_storage::tokens;
use vetmoot_workflows::Kind;
use vetmoot_workflows::member::token::{self, Scope};
use vetmoot_workflows::submission::{hand_in, project};

use crate::staged::{DEMO, SNAKE, Stage, package, problem};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_first_upload_opens_the_project_for_who_may,
    only_people_with_a_part_hand_in,
    a_token_for_one_project_hands_in_no_other,
    one_person_answers_for_a_draft,
    a_first_upload_that_is_refused_leaves_nothing_behind,
    who_was_dismissed_meanwhile_leaves_nothing,
    nothing_is_handed_in_while_it_is_stopped,
    a_program_uploads_in_its_members_name,
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

async fn one_person_answers_for_a_draft(world: World) {
    let stage = Stage::new(world).await;
    let sdist = stage.sdist_file("demo-snake", "1.0.0", "one").await;
    stage.hand_in(&stage.ada, SNAKE, sdist).await.unwrap();
    let wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    let refused = stage.hand_in(&stage.cleo, SNAKE, wheel).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Conflict, "already-staged"));
    assert!(refused.text.contains("a draft of ada"), "{}", refused.text);
    let wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    stage.hand_in(&stage.ada, SNAKE, wheel).await.unwrap();
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
    let file = async || stage.crate_file("demo-lamp", "1.0.0", "one").await;
    let ste = stage.world.member("ste", &[Role::Steward]).await;
    let refused = async || {
        let refused = hand_in::hand_in(&stage.ctx, &uploader, &permit, file().await).await.map_err(problem).unwrap_err();
        assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "publishing-stopped"));
        assert_eq!(stage.count().await, 0);
    };
    project::switch(&stage.ctx, &stage.cleo, &package(DEMO), true).await.unwrap();
    refused().await;
    project::switch_all(&stage.ctx, &ste, true).await.unwrap();
    project::switch(&stage.ctx, &stage.cleo, &package(DEMO), false).await.unwrap();
    refused().await;
    project::switch_all(&stage.ctx, &ste, false).await.unwrap();
    hand_in::hand_in(&stage.ctx, &uploader, &permit, file().await).await.map_err(problem).unwrap();
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
