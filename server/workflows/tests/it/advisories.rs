//! Advisories issued here: who may, what they change at once, and what those of a followed community weigh.

use serde_json::json;
use vetmoot_domain::{Bytes, Role, State};
use vetmoot_workflows::Kind;
use vetmoot_workflows::advisory::{AdvisoryForm, RangeForm, issue, show, withdraw};

use crate::scene::{LANTERN, Scene, WITH_THEM};
use crate::world::{World, on_both_databases};

on_both_databases! {
    an_advisory_holds_the_versions_it_names_and_its_withdrawal_gives_them_back,
    malware_is_refused,
    what_is_wrong_with_an_advisory_names_its_field,
    only_auditors_issue_and_only_its_author_or_a_steward_withdraws,
    an_advisory_of_a_followed_community_counts_where_a_policy_imports_it,
}

const GATES: &str = "vetmoot-policy = 1\n[policy]\ntitle = \"Gates\"\nsummary = \"Gates.\"\n[gates]\nmalware = \"refuse\"\n\
    advisories = { effect = \"hold\" }\n";

fn form(fixed: &str) -> AdvisoryForm {
    AdvisoryForm {
        package: "pkg:cargo/mossy-lantern".to_owned(),
        kind: "vulnerability".to_owned(),
        summary: "A wick of no length is read past its end.".to_owned(),
        severity: Some("high".to_owned()),
        affected: vec![RangeForm { introduced: "0".to_owned(), fixed: Some(fixed.to_owned()), last_affected: None }],
        ..AdvisoryForm::default()
    }
}

async fn ready(world: &World) {
    world.index.publish("mossy-lantern", "1.0.0", 400);
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.adopt("gates", GATES, vetmoot_domain::Adoption::Enforce).await.unwrap();
}

async fn an_advisory_holds_the_versions_it_names_and_its_withdrawal_gives_them_back(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let (old, new) = ("pkg:cargo/mossy-lantern@1.0.0", "pkg:cargo/mossy-lantern@1.1.0");
    assert_eq!(world.state("gates", old).await, State::Listed);
    let row = issue::issue(&world.ctx, &ada, &form("1.1.0")).await.unwrap();
    let held = world.decision("gates", old).await;
    assert_eq!((held.state, held.reasons[0].code), (State::Held, "advisory-matched"));
    assert!(held.reasons[0].text.contains("VETMOOT-2023-"), "{}", held.reasons[0].text);
    assert_eq!(world.state("gates", new).await, State::Listed);
    let said = show::advisory(&row).unwrap();
    assert_eq!(said.url.as_deref(), Some(world.ctx.base_url.join(&format!("/advisories/{}", row.id)).as_str()));
    let ended = withdraw::withdraw(&world.ctx, &ada, &row.id, "it was the other lantern").await.unwrap();
    assert_eq!(ended.withdrawn.unwrap().1, "it was the other lantern");
    assert_eq!(world.state("gates", old).await, State::Listed);
    let again = withdraw::withdraw(&world.ctx, &ada, &row.id, "again").await.unwrap_err();
    assert_eq!((again.kind, again.code), (Kind::Conflict, "already-withdrawn"));
    assert!(world.topics().await.ends_with(&["advisory.issued.v1", "advisory.withdrawn.v1"]));
}

async fn malware_is_refused(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let versions = vec!["1.1.0".to_owned()];
    let malware = AdvisoryForm { kind: "malware".to_owned(), affected: Vec::new(), versions, severity: None, ..form("1.1.0") };
    issue::issue(&world.ctx, &ada, &malware).await.unwrap();
    let refused = world.decision("gates", "pkg:cargo/mossy-lantern@1.1.0").await;
    assert_eq!((refused.state, refused.bytes, refused.reasons[0].code), (State::Refused, Bytes::Refuse, "malware"));
    assert_eq!(world.state("gates", "pkg:cargo/mossy-lantern@1.0.0").await, State::Listed);
}

async fn what_is_wrong_with_an_advisory_names_its_field(world: World) {
    ready(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let range = |introduced: &str, fixed: Option<&str>, last: Option<&str>| {
        vec![RangeForm {
            introduced: introduced.to_owned(),
            fixed: fixed.map(str::to_owned),
            last_affected: last.map(str::to_owned),
        }]
    };
    let with = |change: fn(&mut AdvisoryForm)| {
        let mut changed = form("1.1.0");
        change(&mut changed);
        changed
    };
    for (wrong, field) in [
        (with(|form| form.package = "pkg:gem/x".to_owned()), "package"),
        (with(|form| form.package = "pkg:cargo/no-such-lantern".to_owned()), "package"),
        (with(|form| form.kind = "rumour".to_owned()), "kind"),
        (with(|form| form.summary = " ".to_owned()), "summary"),
        (with(|form| form.severity = Some("awful".to_owned())), "severity"),
        (with(|form| form.cvss = Some("9.8".to_owned())), "cvss"),
        (with(|form| form.affected = Vec::new()), "affected"),
        (AdvisoryForm { affected: range("one", None, None), ..form("1.1.0") }, "affected.introduced"),
        (AdvisoryForm { affected: range("0", Some("2.0.0"), Some("1.9.0")), ..form("1.1.0") }, "affected.fixed"),
        (AdvisoryForm { affected: range("0", None, Some("?")), ..form("1.1.0") }, "affected.last_affected"),
        (with(|form| form.versions = vec!["not one".to_owned()]), "versions"),
        (with(|form| form.references = vec!["javascript:alert(1)".to_owned()]), "references"),
        (with(|form| form.aliases = vec!["A-1".to_owned(); 201]), "aliases"),
    ] {
        let problem = issue::issue(&world.ctx, &ada, &wrong).await.unwrap_err();
        assert_eq!((problem.kind, problem.field.as_deref()), (Kind::Invalid, Some(field)), "{problem}");
    }
    assert!(show::recent(&world.ctx, 10).await.unwrap().is_empty());
}

async fn only_auditors_issue_and_only_its_author_or_a_steward_withdraws(world: World) {
    ready(&world).await;
    let (ada, eve) = (world.member("ada", &[Role::Auditor]).await, world.member("eve", &[Role::Member]).await);
    let steward = world.member("stella", &[Role::Steward]).await;
    let refused = issue::issue(&world.ctx, &eve, &form("1.1.0")).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "auditors-only"));
    let row = issue::issue(&world.ctx, &ada, &form("1.1.0")).await.unwrap();
    let refused = withdraw::withdraw(&world.ctx, &eve, &row.id, "no").await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "not-yours"));
    withdraw::withdraw(&world.ctx, &steward, &row.id, "she left").await.unwrap();
}

async fn an_advisory_of_a_followed_community_counts_where_a_policy_imports_it(world: World) {
    let scene = Scene::following(world).await;
    let gates = format!("{WITH_THEM}[gates]\nadvisories = {{ effect = \"refuse\" }}\n");
    let theirs = format!("{gates}[[import]]\nname = \"vet.example\"\nlevel = 2\n");
    scene.adopt(&theirs).await;
    assert_eq!(scene.heard(&scene.far.audit("ada", "a1", LANTERN, scene.now())).await, "new");
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    let osv = json!({
        "schema_version": "1.7.0", "id": "VETMOOT-2023-1", "modified": scene.now().to_string(), "summary": "It burns.",
        "affected": [{
            "package": { "ecosystem": vetmoot_ecosystems::feeds::osv::ecosystem_name(vetmoot_domain::Ecosystem::Cargo),
                "name": "mossy-lantern" },
            "versions": ["1.1.0"],
        }],
    });
    let record = |id: &str, more: serde_json::Value| {
        let mut record = json!({ "type": "Advisory", "id": format!("{}/advisories/{id}/record", scene.far.origin) });
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        scene.far.signed("ada", record, scene.now())
    };
    let unreadable = record("b0", json!({ "osv": "{\"id\": 1}" }));
    assert_eq!(scene.heard(&unreadable).await, "new", "what cannot be read is kept and weighs nothing");
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    let said = record("b1", json!({ "osv": osv.to_string() }));
    assert_eq!(scene.heard(&said).await, "new");
    assert_eq!(scene.state(LANTERN).await, State::Refused);
    // Whoever does not import them does not hear them, and an own audit stands.
    scene.adopt(&gates).await;
    assert_eq!(scene.state(LANTERN).await, State::Held, "their audit does not count either");
    scene.adopt(&theirs).await;
    let object = said["id"].clone();
    let end = json!({ "type": "Withdrawal", "id": format!("{}/advisories/b1/withdrawal/record", scene.far.origin),
        "object": object, "reason": "it was the candle" });
    assert_eq!(scene.heard(&scene.far.signed("ada", end, scene.now())).await, "new");
    assert_eq!(scene.state(LANTERN).await, State::Listed);
}
