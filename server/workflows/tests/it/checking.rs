//! Outside checks: what a signed result changes, what is refused, and who may do without one.

use data_encoding::BASE64;
use openssl::pkey::{Id, PKey, Private};
use openssl::sign::Signer;
use serde_json::{Value, json};
use vetmoot_domain::proof::{Multikey, dsse};
use vetmoot_domain::{CandidateId, CandidateState, Role};
use vetmoot_storage::events;
use vetmoot_workflows::problem::retry_after;
use vetmoot_workflows::submission::check::{self, PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE};
use vetmoot_workflows::submission::vet::{self, NeedState};
use vetmoot_workflows::submission::{candidate, moves};
use vetmoot_workflows::{Kind, Origin, Problem};

use crate::staged::{DEMO, SNAKE, Stage};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_missing_result_waits_and_a_good_one_approves,
    a_failed_result_stops_a_release_until_a_later_one_passes,
    a_waiver_lets_a_release_go_and_is_kept_with_its_reason,
    a_waiver_is_for_leads_who_did_not_hand_it_in,
    a_result_that_fails_after_a_waiver_asks_for_another,
    what_is_not_signed_by_the_policys_key_is_refused,
    a_changed_byte_is_refused,
    a_result_is_about_every_file_of_its_candidate,
    an_old_result_sent_again_does_not_replace_a_newer_one,
    the_key_of_a_check_that_the_policy_changed_counts_no_longer,
    what_comes_too_early_or_too_late_is_refused,
    results_are_bounded,
    who_brings_nonsense_is_told_to_wait,
    who_brings_the_same_again_and_again_is_told_to_wait,
}

/// A key made of one byte.
pub struct Ci(PKey<Private>);

impl Ci {
    pub fn of(seed: u8) -> Self {
        Self(PKey::private_key_from_raw_bytes(&[seed; 32], Id::ED25519).unwrap())
    }

    pub fn multikey(&self) -> String {
        let raw = self.0.raw_public_key().unwrap();
        Multikey::from_bytes(&raw.try_into().unwrap()).unwrap().to_string()
    }

    /// Signs as any DSSE library does.
    pub fn seal(&self, statement: &Value) -> Vec<u8> {
        let payload = statement.to_string();
        let message = dsse::pae(PAYLOAD_TYPE, payload.as_bytes());
        let signature = Signer::new_without_digest(&self.0).unwrap().sign_oneshot_to_vec(&message).unwrap();
        let envelope = json!({
            "payloadType": PAYLOAD_TYPE, "payload": BASE64.encode(payload.as_bytes()),
            "signatures": [{ "sig": BASE64.encode(&signature) }],
        });
        envelope.to_string().into_bytes()
    }
}

/// A policy that wants two checks, the second of which nobody may waive.
pub fn wanting(ci: &Ci, build: &Ci) -> String {
    format!(
        "vetmoot-policy = 1\n[policy]\ntitle = \"Checked\"\n[[release.check]]\nname = \"ci\"\nkey = \"{}\"\n\
         [[release.check]]\nname = \"build\"\nkey = \"{}\"\nwaivable = false\n",
        ci.multikey(),
        build.multikey()
    )
}

/// A statement about every file of a candidate; `more` makes it another one.
async fn statement(stage: &Stage, id: &CandidateId, result: &str, more: &str) -> Value {
    let found = candidate::show(&stage.ctx, id).await.unwrap();
    let subjects: Vec<Value> = found
        .files
        .iter()
        .map(|file| json!({ "name": file.file_name, "digest": { "sha256": hex::encode(file.digests.sha256.unwrap()) } }))
        .collect();
    json!({
        "_type": STATEMENT_TYPE, "subject": subjects, "predicateType": PREDICATE_TYPE,
        "predicate": { "result": result, "configuration": [], "url": format!("https://ci.example/runs/{more}") },
    })
}

async fn post(stage: &Stage, ci: &Ci, id: &CandidateId, result: &str, more: &str) -> Result<check::ResultRow, Problem> {
    let envelope = ci.seal(&statement(stage, id, result, more).await);
    check::post(&stage.ctx, "signer", id, &envelope).await
}

/// The need called so: its state and sentence.
async fn need(stage: &Stage, id: &CandidateId, name: &str) -> (NeedState, String) {
    let found = candidate::show(&stage.ctx, id).await.unwrap();
    let needs = vet::needs(&stage.ctx, &found).await.unwrap();
    let need = needs.needs.into_iter().find(|need| need.name == name).unwrap();
    (need.state, need.text)
}

/// The demo staged under the policy with two checks.
async fn checked(world: World) -> (Stage, Ci, Ci, CandidateId) {
    let (ci, build) = (Ci::of(1), Ci::of(2));
    let stage = Stage::under(world, &wanting(&ci, &build)).await;
    let id = stage.staged("1.0.0").await;
    (stage, ci, build, id)
}

async fn a_missing_result_waits_and_a_good_one_approves(world: World) {
    let (stage, ci, build, id) = checked(world).await;
    assert_eq!(stage.state(&id).await, CandidateState::Staged);
    assert_eq!(need(&stage, &id, "ci").await.0, NeedState::Waiting);
    let problem = moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Conflict, "{problem:?}");
    post(&stage, &ci, &id, "PASSED", "1").await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Staged, "the other one is missing");
    let kept = post(&stage, &build, &id, "WARNED", "1").await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    assert_eq!((kept.name.as_str(), kept.url.as_deref()), ("build", Some("https://ci.example/runs/1")));
    assert_eq!(need(&stage, &id, "build").await, (NeedState::Met, "`build` passed with warnings".to_owned()));
    moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap();
    let told = events::after(&stage.ctx.store.read(), 0, 1_000).await.unwrap();
    let posted: Vec<_> = told.iter().filter(|event| event.topic.as_str() == "check.posted.v1").collect();
    assert_eq!(posted.len(), 2);
    assert_eq!(posted[0].subject, [id.to_string(), "ci".to_owned(), "PASSED".to_owned()]);
}

async fn a_failed_result_stops_a_release_until_a_later_one_passes(world: World) {
    let (stage, ci, build, id) = checked(world).await;
    post(&stage, &build, &id, "PASSED", "1").await.unwrap();
    post(&stage, &ci, &id, "PASSED", "1").await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    stage.world.turn("1m");
    let mut failed = statement(&stage, &id, "FAILED", "2").await;
    failed["predicate"]["failedTests"] = json!(["it_lights", "it_\ndims"]);
    check::post(&stage.ctx, "signer", &id, &ci.seal(&failed)).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::InReview, "it is approved no more");
    assert_eq!(need(&stage, &id, "ci").await, (NeedState::Failed, "`ci` failed: failed: it_lights, it_ dims".to_owned()));
    assert!(moves::release(&stage.ctx, &stage.cleo, &id).await.is_err());
    stage.world.turn("1m");
    post(&stage, &ci, &id, "PASSED", "3").await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    let kept = check::of(&stage.ctx, &id).await.unwrap();
    assert_eq!(kept.results.len(), 4, "every one of them is kept");
    assert_eq!(kept.results[2].envelope.as_bytes(), ci.seal(&failed), "byte for byte");
}

async fn a_waiver_lets_a_release_go_and_is_kept_with_its_reason(world: World) {
    let (stage, ci, build, id) = checked(world).await;
    post(&stage, &build, &id, "PASSED", "1").await.unwrap();
    post(&stage, &ci, &id, "FAILED", "1").await.unwrap();
    assert!(moves::release(&stage.ctx, &stage.cleo, &id).await.is_err());
    check::waive(&stage.ctx, &stage.dora, &id, "ci", "  the runner is on fire ").await.unwrap();
    assert_eq!(need(&stage, &id, "ci").await, (NeedState::Waived, "waived by dora: the runner is on fire".to_owned()));
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap();
    let found = candidate::show(&stage.ctx, &id).await.unwrap();
    let waived = vet::waived(&stage.ctx, &found).await.unwrap();
    let waived: Vec<_> = waived.iter().map(|one| (one.name.as_str(), one.by.as_str(), one.reason.as_str())).collect();
    assert_eq!(waived, [("ci", "dora", "the runner is on fire")]);
    assert!(stage.world.topics().await.contains(&"check.waived.v1"));
}

async fn a_waiver_is_for_leads_who_did_not_hand_it_in(world: World) {
    let (stage, ci, _, id) = checked(world).await;
    let mia = stage.world.member("mia", &[Role::Member]).await;
    let adi = stage.world.member("adi", &[Role::Auditor]).await;
    let ste = stage.world.member("ste", &[Role::Steward]).await;
    let waive = async |who: &Origin, id: &CandidateId, name: &str, reason: &str| {
        check::waive(&stage.ctx, who, id, name, reason).await.map(|_| ()).map_err(|problem| problem.code)
    };
    for who in [&mia, &adi, &stage.ada, &Origin::Operator, &Origin::Timer] {
        assert_eq!(waive(who, &id, "ci", "because it is known").await, Err("leads-only"), "{who:?}");
    }
    assert_eq!(waive(&ste, &id, "ci", "  ").await, Err("no-reason"));
    assert_eq!(waive(&ste, &id, "ci", "ok, go on").await, Err("no-reason"), "a word is no reason");
    assert_eq!(waive(&ste, &id, "ci", &"x".repeat(2_000)).await, Err("no-reason"));
    assert_eq!(waive(&ste, &id, "lint", "because it is known").await, Err("unknown-check"));
    assert_eq!(waive(&ste, &id, "build", "because it is known").await, Err("not-waivable"));
    assert_eq!(waive(&ste, &id, "ci", "because it is known").await, Ok(()));
    assert_eq!(waive(&stage.cleo, &id, "ci", "because it is known").await, Err("nothing-to-waive"));
    // A lead who handed it in is its uploader all the same.
    let handed = stage.crate_file("demo-lamp", "2.0.0", "two").await;
    let own = stage.hand_in(&stage.cleo, DEMO, handed).await.unwrap().candidate;
    assert_eq!(waive(&stage.cleo, &own, "ci", "because it is known").await, Err("own-upload"));
    post(&stage, &ci, &own, "PASSED", "own").await.unwrap();
    assert_eq!(waive(&stage.dora, &own, "ci", "because it is known").await, Err("nothing-to-waive"));
    let gone = stage.standing("3.0.0", CandidateState::Withdrawn).await;
    assert_eq!(waive(&stage.dora, &gone, "ci", "because it is known").await, Err("not-vetted"));
}

async fn a_result_that_fails_after_a_waiver_asks_for_another(world: World) {
    let (stage, ci, build, id) = checked(world).await;
    post(&stage, &build, &id, "PASSED", "1").await.unwrap();
    check::waive(&stage.ctx, &stage.dora, &id, "ci", "it will come").await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    stage.world.turn("1m");
    post(&stage, &ci, &id, "FAILED", "1").await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::InReview);
    assert_eq!(need(&stage, &id, "ci").await, (NeedState::Failed, "`ci` failed, after it was waived".to_owned()));
    stage.world.turn("1m");
    check::waive(&stage.ctx, &stage.cleo, &id, "ci", "known, and mended in the next one").await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    assert_eq!(check::of(&stage.ctx, &id).await.unwrap().waivers.len(), 2, "both are kept");
}

async fn what_is_not_signed_by_the_policys_key_is_refused(world: World) {
    let (stage, ci, _, id) = checked(world).await;
    let problem = post(&stage, &Ci::of(9), &id, "PASSED", "1").await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "wrong-signature"), "{problem}");
    assert!(problem.text.contains("ci, build"), "{problem}");
    stage.adopt(crate::staged::NOTHING).await;
    let problem = post(&stage, &ci, &id, "PASSED", "1").await.unwrap_err();
    assert_eq!(problem.code, "no-checks", "{problem}");
    assert!(check::of(&stage.ctx, &id).await.unwrap().results.is_empty());
}

async fn a_changed_byte_is_refused(world: World) {
    let (stage, ci, _, id) = checked(world).await;
    let failed = statement(&stage, &id, "FAILED", "1").await;
    let mut envelope: Value = serde_json::from_slice(&ci.seal(&failed)).unwrap();
    let passed = failed.to_string().replace("FAILED", "PASSED");
    envelope["payload"] = BASE64.encode(passed.as_bytes()).into();
    let problem = check::post(&stage.ctx, "signer", &id, envelope.to_string().as_bytes()).await.unwrap_err();
    assert_eq!(problem.code, "wrong-signature");
    let good: Value = serde_json::from_slice(&ci.seal(&failed)).unwrap();
    for (field, value, code) in [
        ("payloadType", json!("application/json"), "bad-envelope"),
        ("signatures", json!([]), "bad-envelope"),
        ("payload", json!("%%%"), "bad-envelope"),
    ] {
        let mut broken = good.clone();
        broken[field] = value;
        let problem = check::post(&stage.ctx, "signer", &id, broken.to_string().as_bytes()).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::Invalid, code), "{field}");
    }
    for (pointer, value, field) in [
        ("/_type", json!("x"), "_type"),
        ("/predicateType", json!("https://slsa.dev/provenance/v1"), "predicateType"),
        ("/predicate/result", json!("FINE"), "predicate.result"),
        ("/predicate", json!(null), "predicate.result"),
        ("/subject", json!({}), "subject"),
        ("/subject/0/digest", json!({ "sha1": "00" }), "subject.digest"),
    ] {
        let mut broken = failed.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        let problem = check::post(&stage.ctx, "signer", &id, &ci.seal(&broken)).await.unwrap_err();
        assert_eq!((problem.code, problem.field.as_deref()), ("bad-statement", Some(field)));
    }
    assert!(check::of(&stage.ctx, &id).await.unwrap().results.is_empty());
}

async fn a_result_is_about_every_file_of_its_candidate(world: World) {
    let (stage, ci, _, id) = checked(world).await;
    // A good result of one candidate says nothing about another.
    let handed = stage.crate_file("demo-lamp", "2.0.0", "two").await;
    let other = stage.hand_in(&stage.ada, DEMO, handed).await.unwrap().candidate;
    let envelope = ci.seal(&statement(&stage, &id, "PASSED", "1").await);
    let problem = check::post(&stage.ctx, "signer", &other, &envelope).await.unwrap_err();
    assert_eq!((problem.code, problem.field.as_deref()), ("other-subject", Some("subject")));
    // Nor does one about some of the files of a release.
    let sdist = stage.sdist_file("demo-snake", "1.0.0", "one").await;
    let snake = stage.hand_in(&stage.ada, SNAKE, sdist).await.unwrap().candidate;
    let wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    stage.hand_in(&stage.ada, SNAKE, wheel).await.unwrap();
    moves::complete(&stage.ctx, &stage.ada, &snake).await.unwrap();
    let whole = statement(&stage, &snake, "PASSED", "1").await;
    let mut half = whole.clone();
    half["subject"].as_array_mut().unwrap().pop();
    let problem = check::post(&stage.ctx, "signer", &snake, &ci.seal(&half)).await.unwrap_err();
    assert_eq!(problem.code, "other-subject");
    assert!(problem.text.contains(".whl"), "{problem}");
    let mut more = whole;
    more["subject"].as_array_mut().unwrap().push(json!({ "name": "log.txt", "digest": { "sha256": "00".repeat(32) } }));
    check::post(&stage.ctx, "signer", &snake, &ci.seal(&more)).await.unwrap();
}

async fn an_old_result_sent_again_does_not_replace_a_newer_one(world: World) {
    let (stage, ci, build, id) = checked(world).await;
    post(&stage, &build, &id, "PASSED", "1").await.unwrap();
    let passed = ci.seal(&statement(&stage, &id, "PASSED", "1").await);
    let first = check::post(&stage.ctx, "signer", &id, &passed).await.unwrap();
    stage.world.turn("1m");
    post(&stage, &ci, &id, "FAILED", "2").await.unwrap();
    stage.world.turn("1m");
    let events = stage.world.topics().await.len();
    // Written otherwise, the words that were signed are the same.
    let again = String::from_utf8(passed.clone()).unwrap().replace("\",\"", "\" , \"");
    assert_eq!(check::post(&stage.ctx, "signer", &id, again.as_bytes()).await.unwrap(), first);
    assert_eq!(stage.world.topics().await.len(), events, "nothing happened");
    assert_eq!(need(&stage, &id, "ci").await.0, NeedState::Failed);
    // The same bytes handed in again are another candidate, and the old result is as old there.
    moves::withdraw(&stage.ctx, &stage.ada, &id, "").await.unwrap();
    let second = stage.staged("1.0.0").await;
    assert_ne!(second, id);
    post(&stage, &ci, &second, "FAILED", "3").await.unwrap();
    stage.world.turn("1m");
    check::post(&stage.ctx, "signer", &second, &passed).await.unwrap();
    assert_eq!(need(&stage, &second, "ci").await.0, NeedState::Failed);
    stage.world.turn("1m");
    post(&stage, &ci, &second, "PASSED", "4").await.unwrap();
    assert_eq!(need(&stage, &second, "ci").await.0, NeedState::Met);
}

async fn the_key_of_a_check_that_the_policy_changed_counts_no_longer(world: World) {
    let (stage, ci, build, id) = checked(world).await;
    post(&stage, &ci, &id, "PASSED", "1").await.unwrap();
    post(&stage, &build, &id, "PASSED", "1").await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    stage.adopt(&wanting(&Ci::of(3), &build)).await;
    assert_eq!(stage.state(&id).await, CandidateState::InReview, "adopting looks again");
    assert_eq!(need(&stage, &id, "ci").await.0, NeedState::Waiting);
    post(&stage, &Ci::of(3), &id, "PASSED", "1").await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
}

async fn what_comes_too_early_or_too_late_is_refused(world: World) {
    let (stage, ci, _, _) = checked(world).await;
    for (number, state) in CandidateState::ALL.iter().enumerate() {
        let id = stage.standing(&format!("4.{number}.0"), *state).await;
        let posted = post(&stage, &ci, &id, "PASSED", &number.to_string()).await.map(|_| ()).map_err(|problem| problem.code);
        assert_eq!(posted, if state.is_vetted() { Ok(()) } else { Err("not-vetted") }, "{state}");
    }
    let nobody = "00000000-0000-4000-8000-000000000000".parse().unwrap();
    assert_eq!(check::post(&stage.ctx, "signer", &nobody, b"{}").await.unwrap_err().kind, Kind::NotFound);
}

async fn results_are_bounded(world: World) {
    let (stage, ci, _, id) = checked(world).await;
    let mut large = statement(&stage, &id, "PASSED", "1").await;
    large["predicate"]["passedTests"] = "x".repeat(300_000).into();
    let problem = check::post(&stage.ctx, "signer", &id, &ci.seal(&large)).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::TooLarge, "result-too-large"));
    for number in 0..vetmoot_workflows::limits::CHECK_RESULTS_MAX {
        post(&stage, &ci, &id, "PASSED", &number.to_string()).await.unwrap();
    }
    let problem = post(&stage, &ci, &id, "PASSED", "more").await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Conflict, "too-many-results"));
    post(&stage, &ci, &id, "PASSED", "1").await.unwrap();
}

async fn who_brings_nonsense_is_told_to_wait(world: World) {
    let (stage, ci, _, id) = checked(world).await;
    let client = Some("203.0.113.7".parse().unwrap());
    for _ in 0..vetmoot_workflows::limits::CHECK_FAILURES_BURST {
        let problem = check::bring(&stage.ctx, client, &id, b"{}").await.unwrap_err();
        assert_eq!(problem.code, "bad-envelope");
    }
    let envelope = ci.seal(&statement(&stage, &id, "PASSED", "1").await);
    let problem = check::bring(&stage.ctx, client, &id, &envelope).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Unavailable, "results-spent"));
    assert!((1..=11).contains(&retry_after(problem.wait)), "{problem:?}");
    check::bring(&stage.ctx, Some("198.51.100.1".parse().unwrap()), &id, &envelope).await.unwrap();
    stage.world.turn("10s");
    check::bring(&stage.ctx, client, &id, &envelope).await.unwrap();
}

async fn who_brings_the_same_again_and_again_is_told_to_wait(world: World) {
    let (stage, ci, _, id) = checked(world).await;
    let client = Some("203.0.113.7".parse().unwrap());
    // Anybody reads it on the candidate's page.
    let envelope = ci.seal(&statement(&stage, &id, "PASSED", "1").await);
    let first = check::bring(&stage.ctx, client, &id, &envelope).await.unwrap();
    for _ in 0..vetmoot_workflows::limits::CHECK_FAILURES_BURST {
        assert_eq!(check::bring(&stage.ctx, client, &id, &envelope).await.unwrap(), first);
    }
    let problem = check::bring(&stage.ctx, client, &id, &envelope).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Unavailable, "results-spent"));
    // What is there already is found without waiting for whoever writes.
    let writer = stage.ctx.store.begin().await.unwrap();
    let other = Some("198.51.100.1".parse().unwrap());
    assert_eq!(check::bring(&stage.ctx, other, &id, &envelope).await.unwrap(), first);
    writer.rollback().await.unwrap();
}
