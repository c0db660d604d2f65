//! Statements: signed once there is a domain, unsigned in a trial.

use serde_json::Value;
use vetmoot_domain::Role;
use vetmoot_domain::proof::{Check, Pin, ProofError, verify_statement};
use vetmoot_keys::KeyOwner;
use vetmoot_workflows::audit::{record, withdraw};

use crate::world::{AUDITED, Setup, World, full, on_both_databases};

on_both_databases! {
    a_statement_of_a_community_with_a_domain_verifies,
    a_statement_of_a_trial_has_no_proof,
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
