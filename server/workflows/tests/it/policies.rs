//! Adopting policies: their own tests first, revisions by digest, and what an extension needs.

use vetmoot_domain::{Adoption, PolicyDigest, PolicyRef, Role, State};
use vetmoot_workflows::policy::adopt::{self, Adopt, AdoptError, from_shelf};
use vetmoot_workflows::policy::{compare, effect, history};
use vetmoot_workflows::{Kind, Origin, Problem};

use crate::world::{AUDITED, COOLDOWN, World, decision, on_both_databases};

on_both_databases! {
    a_policy_whose_tests_fail_is_not_adopted_and_nothing_changes,
    adopting_the_same_again_makes_no_new_revision,
    a_pinned_reference_finds_an_old_revision,
    an_extension_of_an_unknown_digest_says_so,
    an_extension_lists_with_what_it_adds,
    only_stewards_adopt,
    a_document_that_is_no_policy_says_where,
    a_preview_counts_and_leaves_no_trace,
}

/// A wait of so many days.
fn waiting(days: u32) -> String {
    format!(
        "vetmoot-policy = 1\n[policy]\ntitle = \"Wait\"\nsummary = \"Waits.\"\n[gates]\nrelease-age = {{ minimum = \"{days}d\" }}\n"
    )
}

async fn a_policy_whose_tests_fail_is_not_adopted_and_nothing_changes(world: World) {
    world.index.publish("mossy-lantern", "1.2.0", 2);
    let good = world.adopt("ours", &waiting(7), Adoption::Enforce).await.unwrap();
    let before = world.topics().await;
    let wrong = format!(
        "{}\n[[test]]\nname = \"a day is enough\"\ngiven = {{ age = \"1d\" }}\nexpect = {{ state = \"listed\" }}\n",
        waiting(7)
    );
    let AdoptError::Tests(failed) = world.adopt("ours", &wrong, Adoption::Enforce).await.unwrap_err() else {
        panic!("its test fails")
    };
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].name, "a day is enough");
    let problem = AdoptError::Tests(failed).into_problem();
    assert_eq!((problem.kind, problem.code, problem.field.as_deref()), (Kind::Invalid, "policy-tests-failed", Some("policy")));
    assert!(problem.text.contains("a day is enough"), "{problem}");
    assert_eq!(world.adopted("ours").digest, good.digest);
    assert_eq!(history::revisions(&world.ctx, &good.slug).await.unwrap().len(), 1);
    assert_eq!(world.topics().await, before);
    assert_eq!(world.state("ours", "pkg:cargo/mossy-lantern@1.2.0").await, State::Held);
}

async fn adopting_the_same_again_makes_no_new_revision(world: World) {
    let first = world.shelf(COOLDOWN).await;
    let again = world.shelf(COOLDOWN).await;
    assert_eq!((again.revision, again.digest), (first.revision, first.digest));
    assert_eq!(history::revisions(&world.ctx, &first.slug).await.unwrap().len(), 1);
    let other = world.adopt(COOLDOWN, &waiting(3), Adoption::Enforce).await.unwrap();
    assert_eq!(other.revision, first.revision + 1);
}

async fn a_pinned_reference_finds_an_old_revision(world: World) {
    world.index.publish("mossy-lantern", "1.2.0", 5);
    let old = world.adopt("ours", &waiting(7), Adoption::Enforce).await.unwrap();
    let new = world.adopt("ours", &waiting(3), Adoption::Enforce).await.unwrap();
    let purl = "pkg:cargo/mossy-lantern@1.2.0";
    assert_eq!(world.state("ours", purl).await, State::Listed);
    assert_eq!(world.state(&format!("ours@{}", old.digest), purl).await, State::Held);
    assert_eq!(world.state(&format!("ours@{}", new.digest), purl).await, State::Listed);
    let strange = format!("ours@{}", PolicyDigest::of(b"never adopted"));
    let problem = decision(&world.ctx, &strange, purl).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::NotFound, "unknown-policy"));
    // A revision is found under its own slug alone.
    world.adopt("theirs", &waiting(14), Adoption::Enforce).await.unwrap();
    let elsewhere: PolicyRef = format!("theirs@{}", old.digest).parse().unwrap();
    assert!(world.ctx.book.find(&world.ctx.store, &elsewhere).await.is_err());
}

async fn an_extension_of_an_unknown_digest_says_so(world: World) {
    let missing = PolicyDigest::of(b"never adopted");
    let text = format!("vetmoot-policy = 1\n[policy]\ntitle = \"Ours\"\nsummary = \"Ours.\"\nextends = \"{missing}\"\n");
    let problem = world.adopt("ours", &text, Adoption::Enforce).await.unwrap_err().into_problem();
    assert_eq!((problem.code, problem.field.as_deref()), ("policy-unreadable", Some("policy")));
    assert!(problem.text.contains(&missing.to_string()), "{problem}");
    assert!(world.ctx.book.all().is_empty());
}

async fn an_extension_lists_with_what_it_adds(world: World) {
    world.index.publish("mossy-lantern", "1.2.0", 2);
    let base = world.adopt("base", &waiting(7), Adoption::Enforce).await.unwrap();
    let text = format!(
        "vetmoot-policy = 1\n[policy]\ntitle = \"Ours\"\nsummary = \"Ours.\"\nextends = \"{}\"\n\
         [[exception]]\npurl = \"pkg:cargo/mossy-lantern\"\nowner = \"ada\"\nreason = \"we wrote it\"\nuntil = 2099-01-01\n",
        base.digest
    );
    world.adopt("ours", &text, Adoption::Enforce).await.unwrap();
    assert_eq!(world.state("base", "pkg:cargo/mossy-lantern@1.2.0").await, State::Held);
    assert_eq!(world.state("ours", "pkg:cargo/mossy-lantern@1.2.0").await, State::Listed);
}

async fn only_stewards_adopt(world: World) {
    let wanted = || Adopt { slug: "ours".parse().unwrap(), bytes: waiting(7).into_bytes(), mode: Adoption::Enforce };
    let ada = world.member("ada", &[Role::Auditor, Role::Admin]).await;
    let problem = adopt::adopt(&world.ctx, &ada, wanted()).await.unwrap_err().into_problem();
    assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "stewards-only"));
    let eve = world.member("eve", &[Role::Steward]).await;
    let alone = adopt::adopt(&world.ctx, &eve, wanted()).await.unwrap().done().unwrap();
    assert!(alone.decided_alone);
    let rows = vetmoot_storage::events::latest(&world.ctx.store.read(), None, 1).await.unwrap();
    assert_eq!((rows[0].topic.as_str(), rows[0].actor.as_deref()), ("policy.adopted.v1", Some("eve")));
}

async fn a_document_that_is_no_policy_says_where(world: World) {
    let problem = world.adopt("ours", "vetmoot-policy = 1\n[policy\n", Adoption::Enforce).await.unwrap_err().into_problem();
    assert!(problem.text.contains('2'), "{problem}");
    let text = waiting(7).replace("minimum", "minimun");
    let problem = world.adopt("ours", &text, Adoption::Enforce).await.unwrap_err().into_problem();
    assert!(problem.text.contains("minimun"), "{problem}");
    let bytes = Adopt { slug: "ours".parse().unwrap(), bytes: vec![0xff, 0xfe], mode: Adoption::Enforce };
    let problem: Problem = adopt::adopt(&world.ctx, &Origin::Operator, bytes).await.unwrap_err().into_problem();
    assert_eq!(problem.code, "policy-unreadable");
    assert_eq!(world.topics().await, Vec::<&str>::new());
}

async fn a_preview_counts_and_leaves_no_trace(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.index.publish("mossy-lantern", "1.2.0", 2);
    world.shelf(AUDITED).await;
    assert_eq!(world.state(AUDITED, "pkg:cargo/mossy-lantern@1.1.0").await, State::Held);
    let before = world.topics().await;
    let text = from_shelf(COOLDOWN).unwrap().as_bytes();
    let policy = adopt::check(&world.ctx, text).await.unwrap();
    let effects = effect::effect(&world.ctx, policy.clone(), text).await.unwrap();
    let cargo = effects.iter().find(|effect| effect.packages > 0).unwrap();
    assert_eq!((cargo.packages, cargo.listed, cargo.held, cargo.refused), (1, 1, 1, 0));
    let changes = compare::compare(&world.ctx, &AUDITED.parse().unwrap(), policy, text).await.unwrap();
    let cargo = changes.iter().find(|change| change.listed > 0).unwrap();
    assert_eq!((cargo.newly_listed, cargo.newly_withheld), (1, 0));
    assert_eq!(world.topics().await, before);
    let row = vetmoot_storage::packages::find(&world.ctx.store.read(), &"pkg:cargo/mossy-lantern".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    for slug in [AUDITED, COOLDOWN, "preview"] {
        let listed = vetmoot_storage::listed::before(&world.ctx.store.read(), &slug.parse().unwrap(), row.id).await.unwrap();
        assert!(listed.is_empty(), "{slug}: {listed:?}");
    }
}
