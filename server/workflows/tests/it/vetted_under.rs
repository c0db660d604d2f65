//! Who says under which policy a project is vetted, and that a project goes where its name says.

use vetmoot_domain::{CandidateState, Role, Slug};
use vetmoot_workflows::instance::doctor;
use vetmoot_workflows::submission::{hand_in, moves, project, vet};
use vetmoot_workflows::{Ctx, Kind, Origin};

use crate::staged::{DEMO, NOTHING, Stage, package};
use crate::world::{Setup, World, on_both_databases};

on_both_databases! {
    a_lead_chooses_no_policy_that_asks_less,
    a_lead_chooses_no_policy_while_a_release_of_their_own_is_on_its_way,
    a_name_that_was_reserved_since_is_not_sent_to_the_official_index,
    a_package_of_our_own_whose_name_is_free_goes_nowhere,
    a_lead_who_presses_before_this_process_heard_of_the_policy_is_not_refused,
}

/// Asks for three days in the open.
const WAITS: &str = "vetmoot-policy = 1\n[policy]\ntitle = \"Waits\"\nsummary = \"Waits.\"\n[release]\nwait = \"3d\"\n";

/// A community that vets under `cooldown`, which asks for nothing, and has `waits` beside it.
async fn stage(world: World) -> (Stage, Slug) {
    use vetmoot_workflows::policy::adopt::{Adopt, adopt};
    let stage = Stage::under(world, NOTHING).await;
    let slug: Slug = "waits".parse().unwrap();
    let mode = vetmoot_domain::Adoption::Enforce;
    let wanted = Adopt { slug: slug.clone(), bytes: WAITS.as_bytes().to_vec(), mode };
    assert!(adopt(&stage.ctx, &Origin::Operator, wanted).await.is_ok());
    (stage, slug)
}

async fn a_lead_chooses_no_policy_that_asks_less(world: World) {
    let (stage, waits) = stage(world).await;
    let (ctx, demo, cooldown) = (&stage.ctx, package(DEMO), "cooldown".parse().unwrap());
    let lea = stage.world.member("lea", &[Role::Lead]).await;
    let ste = stage.world.member("ste", &[Role::Steward]).await;
    // More may be asked for by any lead.
    project::vet_under(ctx, &stage.cleo, &demo, Some(&waits)).await.unwrap();
    for who in [&stage.cleo, &lea] {
        for less in [None, Some(&cooldown)] {
            let problem = project::vet_under(ctx, who, &demo, less).await.unwrap_err();
            assert_eq!((problem.kind, problem.code, problem.field.as_deref()), (Kind::Forbidden, "asks-less", Some("policy")));
            assert!(problem.text.contains("in place of 3 days") && problem.text.contains("steward"), "{problem}");
        }
    }
    assert_eq!(project::show(ctx, &demo).await.unwrap().row.policy, Some(waits));
    project::vet_under(ctx, &ste, &demo, None).await.unwrap();
    assert_eq!(project::show(ctx, &demo).await.unwrap().row.policy, None);
}

async fn a_lead_chooses_no_policy_while_a_release_of_their_own_is_on_its_way(world: World) {
    let (stage, waits) = stage(world).await;
    let (ctx, demo) = (&stage.ctx, package(DEMO));
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    let id = stage.hand_in(&stage.cleo, DEMO, handed).await.unwrap().candidate;
    let problem = project::vet_under(ctx, &stage.cleo, &demo, Some(&waits)).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "own-candidate"));
    assert!(problem.text.contains("pkg:cargo/demo-lamp@1.0.0"), "{problem}");
    project::vet_under(ctx, &stage.dora, &demo, Some(&waits)).await.unwrap();
    moves::withdraw(ctx, &stage.cleo, &id, "").await.unwrap();
    project::vet_under(ctx, &stage.cleo, &demo, Some(&waits)).await.unwrap();
}

async fn a_lead_who_presses_before_this_process_heard_of_the_policy_is_not_refused(world: World) {
    use vetmoot_workflows::policy::adopt::{Adopt, adopt};
    let stage = Stage::under(world, WAITS).await;
    let id = stage.staged("1.0.0").await;
    assert_eq!(stage.state(&id).await, CandidateState::Staged);
    // The operator's command beside the server: it approves what waits, and the server has not looked since.
    let beside = reserving(&stage, vec!["cargo:demo-*", "pypi:demo-*"]).await;
    let slug = "cooldown".parse().unwrap();
    let wanted = Adopt { slug, bytes: NOTHING.as_bytes().to_vec(), mode: vetmoot_domain::Adoption::Enforce };
    assert!(adopt(&beside, &Origin::Operator, wanted).await.is_ok());
    vet::settle(&beside, &id).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Releasing);
}

/// Another process of the same instance, with these names reserved.
async fn reserving(stage: &Stage, reserved: Vec<&'static str>) -> Ctx {
    stage.world.another(&Setup { reserved, ..Setup::default() }).await
}

/// What the doctor says of publishing.
async fn told(ctx: &Ctx) -> String {
    let found = doctor::examine(ctx, false).await;
    found.into_iter().filter(|one| one.what == "publishing").map(|one| one.text + &one.fix.unwrap_or_default()).collect()
}

async fn a_name_that_was_reserved_since_is_not_sent_to_the_official_index(world: World) {
    let stage = Stage::new(world).await;
    let moss = "pkg:cargo/moss-lamp";
    stage.open(moss).await;
    let handed = stage.crate_file("moss-lamp", "1.0.0", "one").await;
    let id = stage.hand_in(&stage.ada, moss, handed).await.unwrap().candidate;
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    let ctx = reserving(&stage, vec!["cargo:demo-*", "cargo:moss-*"]).await;
    let problem = moves::release(&ctx, &stage.cleo, &id).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "home-changed"), "{problem}");
    assert!(problem.text.contains("not sent there"), "{problem}");
    let uploader = stage.uploader(&stage.ada).await;
    assert_eq!(hand_in::permit(&ctx, &uploader, &package(moss)).await.unwrap_err().code, "home-changed");
    assert!(told(&ctx).await.contains("take pkg:cargo/moss-lamp out of reserved.names"), "{}", told(&ctx).await);
}

async fn a_package_of_our_own_whose_name_is_free_goes_nowhere(world: World) {
    let stage = Stage::new(world).await;
    let id = stage.staged("1.0.0").await;
    let free = reserving(&stage, Vec::new()).await;
    assert_eq!(moves::release(&free, &stage.cleo, &id).await.unwrap_err().code, "home-changed");
    assert!(told(&free).await.contains("put pkg:cargo/demo-lamp into reserved.names"), "{}", told(&free).await);
    assert_eq!(project::homeless(&free).await.unwrap().len(), 2);
    // Asked for before the setting was changed, it waits and says why.
    moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap();
    vetmoot_workflows::submission::release::step(&free).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Releasing);
    let waits = vetmoot_workflows::submission::progress::of(&free, &id).await.unwrap().unwrap();
    assert!(waits.last_error.unwrap_or_default().contains("reserved.names"));
    assert!(project::homeless(&stage.ctx).await.unwrap().is_empty());
    stage.world.turn("1h");
    for _ in 0..10 {
        vetmoot_workflows::submission::release::step(&stage.ctx).await.unwrap();
    }
    assert_eq!(stage.state(&id).await, CandidateState::Released);
}
