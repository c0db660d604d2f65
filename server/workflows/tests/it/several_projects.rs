//! One token for every project that trusts an identity, each answered for by whoever named the publisher there.

use serde_json::Value;
use vetmoot_domain::{CandidateId, Ecosystem, ProjectRole, Role};
use vetmoot_storage::events;
use vetmoot_storage::limits::TOKEN_PROJECTS_MAX;
use vetmoot_tests::issuer::Signing;
use vetmoot_workflows::member::token::{self, Scope};
use vetmoot_workflows::submission::action::{self, ActionKind};
use vetmoot_workflows::submission::hand_in::{self, Uploader};
use vetmoot_workflows::submission::oidc::{self, Minted, Wanted};
use vetmoot_workflows::submission::{candidate, moves, project};
use vetmoot_workflows::{Kind, Origin, Problem};

use crate::identities::{Yard, code, package};
use crate::staged::{NOTHING, Stage, problem};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_token_is_for_every_project_that_trusts_the_identity_and_no_other,
    who_named_the_publisher_answers_project_by_project,
    a_publisher_that_is_removed_takes_its_project_alone_out_of_a_token,
    the_publisher_that_says_most_answers_for_a_project,
    a_client_that_names_its_package_gets_that_alone,
    an_identity_that_is_trusted_for_too_many_projects_gets_no_token,
}

const LAMP: &str = "pkg:cargo/demo-lamp";
const MOTH: &str = "pkg:cargo/demo-moth";
const WING: &str = "pkg:cargo/demo-wing";
const OURS: &[(&str, &str)] = &[("repository", "moot/lamp")];

/// The yard with two more projects: dora vouches for the moth's publisher; the wing trusts another repository.
async fn yard(world: World) -> (Yard, Origin) {
    let yard = Yard::new(world).await;
    let dora = yard.world.member("dora", &[Role::Member]).await;
    for purl in [MOTH, WING] {
        yard.open(purl).await;
    }
    project::appoint(&yard.ctx, &Origin::Operator, &package(MOTH), &"dora".parse().unwrap(), ProjectRole::Lead).await.unwrap();
    yard.trusted_by(&dora, MOTH, OURS).await.unwrap();
    yard.trusted_by(&yard.cleo, WING, &[("repository", "moot/wing")]).await.unwrap();
    (yard, dora)
}

fn names(minted: &Minted) -> Vec<String> {
    minted.packages.iter().map(ToString::to_string).collect()
}

async fn minted(yard: &Yard, id: &str) -> Minted {
    yard.mint(&yard.issuer.token(Signing::Rs256, &yard.claims(id))).await.unwrap()
}

async fn uploader(yard: &Yard, minted: &Minted) -> Uploader {
    hand_in::uploader(&yard.ctx, &minted.token).await.unwrap()
}

async fn refusal(yard: &Yard, uploader: &Uploader, purl: &str) -> Problem {
    hand_in::permit(&yard.ctx, uploader, &package(purl)).await.unwrap_err()
}

async fn a_token_is_for_every_project_that_trusts_the_identity_and_no_other(world: World) {
    let (yard, _) = yard(world).await;
    let minted = minted(&yard, "x").await;
    assert_eq!(names(&minted), [LAMP, MOTH]);
    let uploader = uploader(&yard, &minted).await;
    for purl in [LAMP, MOTH] {
        hand_in::permit(&yard.ctx, &uploader, &package(purl)).await.unwrap();
    }
    for purl in [WING, "pkg:cargo/demo-nobodys", "pkg:npm/demo-lamp"] {
        let other = refusal(&yard, &uploader, purl).await;
        assert_eq!((other.kind, other.code), (Kind::Forbidden, "other-project"), "{purl}");
        assert!(other.text.contains(purl), "{}", other.text);
    }
    // What a program may not do it may do for none of them.
    for purl in [LAMP, MOTH, WING] {
        assert_eq!(token::member_for(&yard.ctx, &minted.token, &package(purl)).await.unwrap_err().code, "program-token");
        let versions = vec!["1.0.0".parse().unwrap()];
        let asked = action::ask(&yard.ctx, &uploader, &package(purl), ActionKind::Yank, versions, None).await;
        assert_eq!(asked.unwrap_err().code, "program-token");
    }
    assert_eq!(token::member(&yard.ctx, &minted.token, Scope::Publish).await.unwrap_err().code, "other-project");
    // Each publisher that gave it is told.
    let told = events::after(&yard.ctx.store.read(), 0, 1_000).await.unwrap();
    let told: Vec<String> = told.into_iter().map(|row| row.subject.join(" ")).collect();
    for subject in ["cleo publisher:1", "dora publisher:2"] {
        assert!(told.iter().any(|text| text == subject), "{subject}: {told:?}");
    }
    // Another job of the same repository, outside of the environment, is trusted by the moth alone.
    let mut claims = yard.claims("y");
    claims["environment"] = Value::Null;
    assert_eq!(names(&yard.mint(&yard.issuer.token(Signing::Rs256, &claims)).await.unwrap()), [MOTH]);
    // Given back it is nothing to any of them.
    oidc::give_back(&yard.ctx, &minted.token).await.unwrap();
    assert_eq!(hand_in::uploader(&yard.ctx, &minted.token).await.unwrap_err().code, "bad-token");
}

async fn who_named_the_publisher_answers_project_by_project(world: World) {
    let (yard, dora) = yard(world).await;
    let minted = minted(&yard, "x").await;
    let uploader = uploader(&yard, &minted).await;
    let (cleo, ada) = (yard.cleo.clone(), yard.ada.clone());
    let stage = Stage { world: yard.world, ctx: yard.ctx, ada, cleo, dora };
    stage.adopt(NOTHING).await;
    let mut ids: Vec<CandidateId> = Vec::new();
    for (purl, name) in [(MOTH, "demo-moth"), (LAMP, "demo-lamp")] {
        let permit = hand_in::permit(&stage.ctx, &uploader, &package(purl)).await.unwrap();
        let handed = stage.crate_file(name, "1.0.0", "one").await;
        ids.push(hand_in::hand_in(&stage.ctx, &uploader, &permit, handed).await.map_err(problem).unwrap().candidate);
    }
    for (id, by) in ids.iter().zip(["dora", "cleo"]) {
        let row = candidate::show(&stage.ctx, id).await.unwrap().row;
        let program = "moot/lamp (moot/lamp/.github/workflows/release.yml@refs/tags/v1)";
        assert_eq!((row.uploader_name.as_str(), row.uploaded_as.as_deref()), (by, Some(program)));
    }
    // Nobody releases what they answer for; of the other project they do.
    assert_eq!(moves::release(&stage.ctx, &stage.dora, &ids[0]).await.unwrap_err().code, "own-upload");
    assert_eq!(moves::release(&stage.ctx, &stage.cleo, &ids[1]).await.unwrap_err().code, "own-upload");
    moves::release(&stage.ctx, &stage.cleo, &ids[0]).await.unwrap();
    // Whoever loses the part in a project takes the program's with it.
    let name = "dora".parse().unwrap();
    project::dismiss(&stage.ctx, &Origin::Operator, &package(MOTH), &name).await.unwrap();
    let refused = hand_in::permit(&stage.ctx, &uploader, &package(MOTH)).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "no-part"));
    hand_in::permit(&stage.ctx, &uploader, &package(LAMP)).await.unwrap();
}

async fn a_publisher_that_is_removed_takes_its_project_alone_out_of_a_token(world: World) {
    let (yard, dora) = yard(world).await;
    let minted = minted(&yard, "x").await;
    let before = uploader(&yard, &minted).await;
    let first = oidc::list(&yard.ctx, &package(LAMP)).await.unwrap()[0].id;
    oidc::remove(&yard.ctx, &yard.cleo, &package(LAMP), first).await.unwrap();
    let now = uploader(&yard, &minted).await;
    assert_eq!((before.name.as_str(), now.name.as_str()), ("cleo", "dora"));
    assert_eq!(refusal(&yard, &now, LAMP).await.code, "other-project");
    hand_in::permit(&yard.ctx, &now, &package(MOTH)).await.unwrap();
    // The name back under another entry does not bring the token back to it.
    yard.trusted_by(&yard.cleo, LAMP, OURS).await.unwrap();
    assert_eq!(refusal(&yard, &uploader(&yard, &minted).await, LAMP).await.code, "other-project");
    let second = oidc::list(&yard.ctx, &package(MOTH)).await.unwrap()[0].id;
    oidc::remove(&yard.ctx, &dora, &package(MOTH), second).await.unwrap();
    assert_eq!(hand_in::uploader(&yard.ctx, &minted.token).await.unwrap_err().code, "bad-token");
}

async fn the_publisher_that_says_most_answers_for_a_project(world: World) {
    let (yard, dora) = yard(world).await;
    // Dora's says more of the same job than cleo's would, whichever was named first.
    let more = [("repository", "moot/lamp"), ("environment", "release"), ("run_attempt", "1")];
    yard.trusted_by(&yard.cleo, MOTH, &more).await.unwrap();
    project::appoint(&yard.ctx, &Origin::Operator, &package(LAMP), &"dora".parse().unwrap(), ProjectRole::Lead).await.unwrap();
    yard.trusted_by(&dora, LAMP, OURS).await.unwrap();
    let minted = minted(&yard, "x").await;
    assert_eq!(names(&minted), [LAMP, MOTH]);
    let uploader = uploader(&yard, &minted).await;
    for purl in [LAMP, MOTH] {
        assert_eq!(uploader.meaning(&yard.ctx, &package(purl)).await.unwrap().name.as_str(), "cleo", "{purl}");
    }
}

async fn a_client_that_names_its_package_gets_that_alone(world: World) {
    let (yard, _) = yard(world).await;
    let identity = yard.issuer.token(Signing::EdDsa, &yard.claims("x"));
    let moth = package(MOTH);
    let minted = oidc::mint(&yard.ctx, &identity, Wanted { package: Some(&moth), ecosystem: Ecosystem::Cargo }).await.unwrap();
    assert_eq!(names(&minted), [MOTH]);
    let uploader = uploader(&yard, &minted).await;
    hand_in::permit(&yard.ctx, &uploader, &moth).await.unwrap();
    assert_eq!(refusal(&yard, &uploader, LAMP).await.code, "other-project");
    // Trusted elsewhere is not trusted here.
    let identity = yard.issuer.token(Signing::EdDsa, &yard.claims("y"));
    let wing = package(WING);
    let none = oidc::mint(&yard.ctx, &identity, Wanted { package: Some(&wing), ecosystem: Ecosystem::Cargo }).await;
    assert_eq!(code(none), "untrusted-publisher");
}

async fn an_identity_that_is_trusted_for_too_many_projects_gets_no_token(world: World) {
    let yard = Yard::new(world).await;
    for number in 2..=TOKEN_PROJECTS_MAX {
        let purl = format!("pkg:cargo/demo-{number}");
        project::open(&yard.ctx, &Origin::Operator, &package(&purl)).await.unwrap();
        let name = "cleo".parse().unwrap();
        project::appoint(&yard.ctx, &Origin::Operator, &package(&purl), &name, ProjectRole::Lead).await.unwrap();
        yard.trusted_by(&yard.cleo, &purl, OURS).await.unwrap();
    }
    let all = minted(&yard, "x").await;
    assert_eq!(all.packages.len(), TOKEN_PROJECTS_MAX);
    let uploader = uploader(&yard, &all).await;
    for purl in [LAMP, "pkg:cargo/demo-2", "pkg:cargo/demo-100"] {
        hand_in::permit(&yard.ctx, &uploader, &package(purl)).await.unwrap();
    }
    yard.open(MOTH).await;
    yard.trusted_by(&yard.cleo, MOTH, OURS).await.unwrap();
    let identity = yard.issuer.token(Signing::Rs256, &yard.claims("y"));
    let problem = yard.mint(&identity).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Conflict, "too-many-projects"));
    assert!(problem.text.contains("101 projects") && problem.text.contains("100 at most"), "{}", problem.text);
    // The identity was not used up by that: outside of one project's claims it is good.
    let one = oidc::list(&yard.ctx, &package(MOTH)).await.unwrap()[0].id;
    oidc::remove(&yard.ctx, &yard.cleo, &package(MOTH), one).await.unwrap();
    assert_eq!(yard.mint(&identity).await.unwrap().packages.len(), TOKEN_PROJECTS_MAX);
}
