//! Statements: signed once there is a domain, unsigned in a trial.

use serde_json::Value;
use vetmoot_domain::Role;
use vetmoot_domain::proof::{Check, Pin, ProofError, verify_statement};
use vetmoot_keys::KeyOwner;
use vetmoot_workflows::advisory::{self, AdvisoryForm};
use vetmoot_workflows::audit::{record, withdraw};
use vetmoot_workflows::statement::tag::{self, Hashtag};

use crate::world::{AUDITED, Setup, World, full, on_both_databases};

on_both_databases! {
    a_statement_of_a_community_with_a_domain_verifies,
    a_statement_of_a_trial_has_no_proof,
    what_carries_a_hashtag_is_listed_newest_first,
}

async fn what_carries_a_hashtag_is_listed_newest_first(world: World) {
    for (version, days) in [("1.0.0", 400), ("1.1.0", 90)] {
        world.index.publish("mossy-lantern", version, days);
    }
    let ada = world.member("ada", &[Role::Auditor]).await;
    let ctx = world.another(&Setup { domain: Some("vet.example"), ..Setup::default() }).await;
    let first = record::record(&ctx, &ada, &full("pkg:cargo/mossy-lantern@1.0.0")).await.unwrap();
    let form = AdvisoryForm {
        package: "pkg:cargo/mossy-lantern".to_owned(),
        kind: "notice".to_owned(),
        summary: "It is heavy.".to_owned(),
        versions: vec!["1.0.0".to_owned()],
        ..AdvisoryForm::default()
    };
    let warned = advisory::issue::issue(&ctx, &ada, &form).await.unwrap();
    record::record(&ctx, &ada, &full(RELEASE)).await.unwrap();
    withdraw::withdraw(&ctx, &ada, &first.id, "a mistake").await.unwrap();
    advisory::withdraw::withdraw(&ctx, &ada, &warned.id, "a mistake").await.unwrap();
    let kinds = async |tag: Hashtag, before| {
        let rows = tag::carrying(&ctx, tag, before, 2).await.unwrap();
        let last = rows.last().and_then(|row| row.leaf);
        (rows.into_iter().map(|row| row.kind).collect::<Vec<_>>(), last)
    };
    let (page, last) = kinds(Hashtag::Audits, None).await;
    assert_eq!(page, ["Withdrawal", "Audit"]);
    let rest = tag::carrying(&ctx, Hashtag::Audits, last, 2).await.unwrap();
    assert_eq!((rest.len(), rest[0].uri.as_str()), (1, format!("https://vet.example/audits/{}/record", first.id).as_str()));
    assert_eq!(rest[0].package.as_ref().map(ToString::to_string).as_deref(), Some("pkg:cargo/mossy-lantern"));
    assert_eq!(kinds(Hashtag::Advisories, None).await.0, ["Withdrawal", "Advisory"]);
    assert_eq!(kinds(Hashtag::Releases, None).await.0, Vec::<String>::new());
    assert_eq!("vetmootaudit".parse::<Hashtag>().unwrap(), Hashtag::Audits, "servers write it in their own case");
    assert_eq!("mossy_lantern".parse::<Hashtag>().unwrap_err().code, "unknown-tag");
}

const RELEASE: &str = "pkg:cargo/mossy-lantern@1.1.0";

async fn a_statement_of_a_community_with_a_domain_verifies(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.shelf(AUDITED).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let ctx = world.another(&Setup { domain: Some("vet.example"), ..Setup::default() }).await;
    let row = record::record(&ctx, &ada, &full(RELEASE)).await.unwrap();
    let statement: Value = serde_json::from_str(&row.record).unwrap();
    assert_eq!(statement["id"], format!("https://vet.example/audits/{}/record", row.id));
    assert_eq!(statement["attributedTo"], "https://vet.example/users/ada");
    let key = ctx.keys.public_multikey(&KeyOwner::new("users/ada")).unwrap();
    assert!(matches!(verify_statement(&statement, Pin::Key(&key)), Check::Valid(_)), "{statement}");
    assert!(matches!(verify_statement(&statement, Pin::Nothing), Check::NotPinned(_)), "it is consistent in itself");
    let mut forged = statement.clone();
    forged["criteria"] = serde_json::json!(["safe-to-run"]);
    assert!(matches!(verify_statement(&forged, Pin::Key(&key)), Check::Invalid(_)));
    let withdrawn = withdraw::withdraw(&ctx, &ada, &row.id, "a mistake").await.unwrap();
    assert_eq!(withdrawn.record, row.record, "the record is never changed");
    // Another process signs with the same key.
    let again = world.another(&Setup { domain: Some("vet.example"), ..Setup::default() }).await;
    let second = record::record(&again, &ada, &full(RELEASE)).await.unwrap();
    let second: Value = serde_json::from_str(&second.record).unwrap();
    assert!(matches!(verify_statement(&second, Pin::Key(&key)), Check::Valid(_)));
    assert_ne!(second["salt"], statement["salt"]);
}

async fn a_statement_of_a_trial_has_no_proof(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let ada = world.member("ada", &[Role::Auditor]).await;
    let row = world.record(&ada, &full(RELEASE)).await.unwrap();
    let statement: Value = serde_json::from_str(&row.record).unwrap();
    assert_eq!(statement.get("proof"), None);
    let Check::Invalid(error) = verify_statement(&statement, Pin::Nothing) else { panic!("there is nothing to verify") };
    assert!(!ProofError::code(&error).is_empty());
    assert!(!row.proven);
}
