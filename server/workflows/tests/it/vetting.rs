//! Vetting candidates: audits of what is staged, what takes approval back, and what time does.

use vetmoot_domain::{AuditForm, CandidateId, CandidateState, ProjectRole, Role, State};
use vetmoot_workflows::audit::{known, withdraw};
use vetmoot_workflows::submission::vet::{self, NeedState};
use vetmoot_workflows::submission::{candidate, moves, own, project, tend};
use vetmoot_workflows::{Ctx, Kind, Origin, Problem, audit, package};

use crate::staged::{DEMO, SNAKE, Stage};
use crate::world::{World, on_both_databases};

on_both_databases! {
    an_audit_of_what_is_staged_approves_it,
    a_withdrawn_audit_takes_approval_back,
    a_violation_takes_approval_back,
    two_voices_are_two_organisations,
    the_packages_own_people_do_not_approve_it,
    the_packages_own_people_approve_it_where_the_policy_says_so,
    a_wait_passes_by_the_clock,
    an_audit_is_of_the_very_bytes_that_are_staged,
    a_delta_from_the_released_version_to_a_candidate_counts,
    an_audit_of_a_candidate_stays_valid_when_it_is_released,
    every_file_of_a_python_release_has_to_be_audited,
    a_draft_is_not_audited,
    what_is_only_staged_is_told_kindly,
    a_policy_that_is_not_here_approves_nothing,
}

const AUDITED: &str = "vetmoot-policy = 1\n[policy]\ntitle = \"Audited\"\n[require]\nruntime = [\"safe-to-deploy\"]\n";

fn full(version: &str) -> AuditForm {
    crate::world::full(&format!("{DEMO}@{version}"))
}

async fn record(stage: &Stage, who: &Origin, form: &AuditForm) -> Result<String, Problem> {
    Ok(audit::record::record(&stage.ctx, who, form).await?.id)
}

async fn auditor(stage: &Stage, name: &str) -> Origin {
    stage.world.member(name, &[Role::Auditor]).await
}

async fn audits(stage: &Stage, id: &CandidateId) -> (NeedState, String) {
    let found = candidate::show(&stage.ctx, id).await.unwrap();
    let needs = vet::needs(&stage.ctx, &found).await.unwrap();
    let need = needs.needs.into_iter().find(|need| need.name == "safe-to-deploy").unwrap();
    (need.state, need.text)
}

/// Takes a candidate of a package at home here through to the end, as the release worker does.
async fn released(stage: &Stage, id: &CandidateId) {
    moves::release(&stage.ctx, &stage.cleo, id).await.unwrap();
    for _ in 0..10 {
        vetmoot_workflows::submission::release::step(&stage.ctx).await.unwrap();
    }
    assert_eq!(stage.state(id).await, CandidateState::Released);
    own::changed(&stage.ctx, &DEMO.parse().unwrap());
}

async fn an_audit_of_what_is_staged_approves_it(world: World) {
    let stage = Stage::under(world, AUDITED).await;
    let (eve, id) = (auditor(&stage, "eve").await, stage.staged("1.0.0").await);
    assert_eq!(stage.state(&id).await, CandidateState::Staged);
    let audit = record(&stage, &eve, &full("1.0.0")).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    assert_eq!(stage.moves(&id).await.last().map(String::as_str), Some("approved timer"));
    assert_eq!(audits(&stage, &id).await, (NeedState::Met, "safe-to-deploy is vouched for by eve".to_owned()));
    let kept = audit::record::show(&stage.ctx, &audit).await.unwrap();
    let file = &candidate::show(&stage.ctx, &id).await.unwrap().files[0];
    let covered: Vec<_> = kept.audit.digests().cloned().collect();
    assert_eq!(covered, file.digests.iter().collect::<Vec<_>>(), "SHA-256 and SHA-512");
    assert!(!kept.audit.self_audit);
}

async fn a_withdrawn_audit_takes_approval_back(world: World) {
    let stage = Stage::under(world, AUDITED).await;
    let (eve, id) = (auditor(&stage, "eve").await, stage.staged("1.0.0").await);
    let audit = record(&stage, &eve, &full("1.0.0")).await.unwrap();
    withdraw::withdraw(&stage.ctx, &eve, &audit, "read the wrong file").await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::InReview);
    assert_eq!(audits(&stage, &id).await.0, NeedState::Waiting);
    assert!(moves::release(&stage.ctx, &stage.cleo, &id).await.is_err());
    record(&stage, &eve, &full("1.0.0")).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
}

async fn a_violation_takes_approval_back(world: World) {
    let stage = Stage::under(world, AUDITED).await;
    let (eve, id) = (auditor(&stage, "eve").await, stage.staged("1.0.0").await);
    record(&stage, &eve, &full("1.0.0")).await.unwrap();
    let violation = AuditForm {
        kind: "violation".to_owned(),
        release: DEMO.to_owned(),
        range: Some("<2".to_owned()),
        depth: None,
        ..full("1.0.0")
    };
    let bad = AuditForm { range: Some("<<2".to_owned()), ..violation.clone() };
    assert_eq!(record(&stage, &eve, &bad).await.unwrap_err().code, "bad-range");
    record(&stage, &eve, &violation).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::InReview);
    let found = candidate::show(&stage.ctx, &id).await.unwrap();
    let needs = vet::needs(&stage.ctx, &found).await.unwrap();
    let against = needs.needs.iter().find(|need| need.name == "violation").unwrap();
    assert_eq!(against.state, NeedState::Failed, "{}", against.text);
    let fine = stage.staged("2.0.0").await;
    record(&stage, &eve, &full("2.0.0")).await.unwrap();
    assert_eq!(stage.state(&fine).await, CandidateState::Approved, "it is out of the range");
}

async fn two_voices_are_two_organisations(world: World) {
    let stage = Stage::under(world, &format!("{AUDITED}[release]\nquorum = 2\n")).await;
    let (eve, fay) = (auditor(&stage, "eve").await, auditor(&stage, "fay").await);
    let acme = "acme".parse().unwrap();
    let name = "gil".parse().unwrap();
    let gil = vetmoot_workflows::member::create::create(&stage.ctx, &Origin::Operator, &name, &[Role::Auditor], Some(&acme));
    let gil = gil.await.unwrap().done().unwrap();
    let gil = Origin::Member { id: gil.id, name: gil.name, roles: gil.roles };
    let id = stage.staged("1.0.0").await;
    record(&stage, &eve, &full("1.0.0")).await.unwrap();
    record(&stage, &fay, &full("1.0.0")).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Staged, "both are of this community");
    record(&stage, &gil, &full("1.0.0")).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
}

async fn the_packages_own_people_do_not_approve_it(world: World) {
    let stage = Stage::under(world, AUDITED).await;
    let (eve, hal) = (auditor(&stage, "eve").await, auditor(&stage, "hal").await);
    let package = DEMO.parse().unwrap();
    project::appoint(&stage.ctx, &Origin::Operator, &package, &"hal".parse().unwrap(), ProjectRole::Maintainer).await.unwrap();
    let id = stage.staged("1.0.0").await;
    let audit = record(&stage, &hal, &full("1.0.0")).await.unwrap();
    assert!(audit::record::show(&stage.ctx, &audit).await.unwrap().audit.self_audit, "whatever the form says");
    assert_eq!(stage.state(&id).await, CandidateState::Staged);
    // Eve hands a release in: from then on it is hers too, and what she says of it does not count.
    project::appoint(&stage.ctx, &Origin::Operator, &package, &"eve".parse().unwrap(), ProjectRole::Lead).await.unwrap();
    let audit = record(&stage, &eve, &full("1.0.0")).await.unwrap();
    assert!(!audit::record::show(&stage.ctx, &audit).await.unwrap().audit.self_audit, "a lead looks at what others hand in");
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    moves::withdraw(&stage.ctx, &stage.cleo, &id, "").await.unwrap();
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    let own = stage.hand_in(&eve, DEMO, handed).await.unwrap().candidate;
    assert_eq!(stage.state(&own).await, CandidateState::Staged, "the same bytes, handed in by who vouched for them");
    assert!(audits(&stage, &own).await.1.contains("own people"), "{:?}", audits(&stage, &own).await);
}

async fn the_packages_own_people_approve_it_where_the_policy_says_so(world: World) {
    let stage = Stage::under(world, &format!("{AUDITED}[release]\nself-audits = \"count\"\n")).await;
    let hal = auditor(&stage, "hal").await;
    let package = DEMO.parse().unwrap();
    project::appoint(&stage.ctx, &Origin::Operator, &package, &"hal".parse().unwrap(), ProjectRole::Maintainer).await.unwrap();
    let id = stage.staged("1.0.0").await;
    record(&stage, &hal, &full("1.0.0")).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
}

async fn a_wait_passes_by_the_clock(world: World) {
    let stage = Stage::under(
        world,
        "vetmoot-policy = 1\n[policy]\ntitle = \"Slow\"\n[gates]\nrelease-age = \"9d\"\n[release]\nwait = \"2d\"\n",
    )
    .await;
    let id = stage.staged("1.0.0").await;
    assert_eq!(stage.state(&id).await, CandidateState::Staged);
    let needs = async || vet::needs(&stage.ctx, &candidate::show(&stage.ctx, &id).await.unwrap()).await.unwrap();
    let before = needs().await;
    assert!(!before.met);
    let until = before.changes_at.unwrap();
    stage.world.turn("47h");
    tend::step(&stage.ctx).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Staged);
    stage.world.turn("1h");
    assert!(stage.ctx.clock.now() >= until);
    tend::step(&stage.ctx).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved, "{:?}", needs().await.needs);
}

async fn an_audit_is_of_the_very_bytes_that_are_staged(world: World) {
    let stage = Stage::under(world, AUDITED).await;
    let (eve, id) = (auditor(&stage, "eve").await, stage.staged("1.0.0").await);
    record(&stage, &eve, &full("1.0.0")).await.unwrap();
    moves::ask_changes(&stage.ctx, &stage.cleo, &id, "name a licence").await.unwrap();
    let handed = stage.crate_file("demo-lamp", "1.0.0", "another line").await;
    let other = stage.hand_in(&stage.ada, DEMO, handed).await.unwrap().candidate;
    assert_eq!(stage.state(&other).await, CandidateState::Staged, "those bytes nobody has read");
    assert!(audits(&stage, &other).await.1.contains("other bytes"), "{:?}", audits(&stage, &other).await);
    let old = &candidate::show(&stage.ctx, &id).await.unwrap().files[0];
    let named = AuditForm { digests: old.digests.iter().map(|digest| digest.to_string()).collect(), ..full("1.0.0") };
    let problem = record(&stage, &eve, &named).await.unwrap_err();
    assert_eq!((problem.code, problem.field.as_deref()), ("unknown-digest", Some("digests")));
    record(&stage, &eve, &full("1.0.0")).await.unwrap();
    assert_eq!(stage.state(&other).await, CandidateState::Approved);
}

async fn a_delta_from_the_released_version_to_a_candidate_counts(world: World) {
    let stage = Stage::under(world, AUDITED).await;
    let eve = auditor(&stage, "eve").await;
    let first = stage.staged("1.0.0").await;
    record(&stage, &eve, &full("1.0.0")).await.unwrap();
    released(&stage, &first).await;
    let second = stage.staged("1.1.0").await;
    let delta = AuditForm { kind: "delta".to_owned(), from: Some(format!("{DEMO}@1.0.0")), ..full("1.1.0") };
    record(&stage, &eve, &delta).await.unwrap();
    assert_eq!(stage.state(&second).await, CandidateState::Approved, "{:?}", audits(&stage, &second).await);
    let strange = AuditForm { from: Some(format!("{DEMO}@0.1.0")), ..delta };
    let problem = record(&stage, &eve, &strange).await.unwrap_err();
    assert_eq!((problem.code, problem.field.as_deref()), ("unknown-release", Some("from")));
}

async fn an_audit_of_a_candidate_stays_valid_when_it_is_released(world: World) {
    let stage = Stage::under(world, AUDITED).await;
    let (eve, id) = (auditor(&stage, "eve").await, stage.staged("1.0.0").await);
    record(&stage, &eve, &full("1.0.0")).await.unwrap();
    released(&stage, &id).await;
    assert_eq!(decision(&stage.ctx, "1.0.0").await.unwrap(), State::Listed);
    let both = known::of(&stage.ctx, &DEMO.parse().unwrap()).await.unwrap();
    let files = both.files(&"1.0.0".parse().unwrap());
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].listed && files[0].candidate == Some(id));
    // Nothing is in the way of another audit of it.
    record(&stage, &eve, &full("1.0.0")).await.unwrap();
}

async fn decision(ctx: &Ctx, version: &str) -> Result<State, Problem> {
    Ok(crate::world::decision(ctx, "cooldown", &format!("{DEMO}@{version}")).await?.state)
}

async fn every_file_of_a_python_release_has_to_be_audited(world: World) {
    let stage = Stage::under(world, AUDITED).await;
    let eve = auditor(&stage, "eve").await;
    let sdist = stage.sdist_file("demo-snake", "1.0.0", "one").await;
    let id = stage.hand_in(&stage.ada, SNAKE, sdist).await.unwrap().candidate;
    let wheel = stage.wheel_file("demo-snake", "1.0.0", "one").await;
    stage.hand_in(&stage.ada, SNAKE, wheel).await.unwrap();
    moves::complete(&stage.ctx, &stage.ada, &id).await.unwrap();
    let files = candidate::show(&stage.ctx, &id).await.unwrap().files;
    let release = format!("{SNAKE}@1.0.0");
    let one = AuditForm {
        digests: files[0].digests.iter().map(|digest| digest.to_string()).collect(),
        ..crate::world::full(&release)
    };
    record(&stage, &eve, &one).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Staged);
    assert!(audits(&stage, &id).await.1.starts_with("1 of 2 files are covered"), "{:?}", audits(&stage, &id).await);
    record(&stage, &eve, &crate::world::full(&release)).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
}

async fn a_draft_is_not_audited(world: World) {
    let stage = Stage::under(world, AUDITED).await;
    let eve = auditor(&stage, "eve").await;
    stage.standing("1.0.0", CandidateState::Draft).await;
    let problem = record(&stage, &eve, &full("1.0.0")).await.unwrap_err();
    assert_eq!((problem.kind, problem.code, problem.field.as_deref()), (Kind::Invalid, "unknown-release", Some("release")));
    stage.standing("2.0.0", CandidateState::Staged).await;
    let problem = record(&stage, &eve, &full("1.0.0")).await.unwrap_err();
    assert_eq!(problem.code, "unknown-release");
}

async fn what_is_only_staged_is_told_kindly(world: World) {
    let stage = Stage::under(world, AUDITED).await;
    let unknown = decision(&stage.ctx, "1.0.0").await.unwrap_err();
    assert_eq!(unknown.code, "unknown-package");
    let id = stage.staged("1.0.0").await;
    let told = decision(&stage.ctx, "1.0.0").await.unwrap_err();
    assert_eq!((told.kind, told.code), (Kind::NotFound, "staged-alone"));
    assert!(told.text.contains(&candidate::page(&stage.ctx, &id)) && told.text.contains("staged"), "{told}");
    let shown = package::show(&stage.ctx, &DEMO.parse().unwrap()).await.map(|_| ()).unwrap_err();
    assert_eq!(shown.code, "staged-alone");
    let policy = "cooldown".parse().unwrap();
    let purls = [format!("{DEMO}@1.0.0"), format!("{DEMO}@9.0.0")];
    let many = vetmoot_workflows::registry::decisions::decide_many(&stage.ctx, &policy, &purls, None).await.unwrap();
    let codes: Vec<_> = many.iter().map(|ruled| ruled.decision.reasons[0].code).collect();
    assert_eq!(codes, ["staged-alone", "unknown-package"]);
}

async fn a_policy_that_is_not_here_approves_nothing(world: World) {
    let stage = Stage::new(world).await;
    let id = stage.staged("1.0.0").await;
    let mut found = candidate::show(&stage.ctx, &id).await.unwrap();
    found.row.policy = "nonesuch".parse().unwrap();
    let needs = vet::needs(&stage.ctx, &found).await.unwrap();
    assert!(!needs.met);
    assert_eq!(needs.needs[0].name, "unknown-policy");
}
