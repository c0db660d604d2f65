//! The moves of a candidate: every legal and illegal one, by everybody, and never twice.

use vetmoot_domain::{CandidateState, Role};
use vetmoot_storage::submission::releases;
use vetmoot_storage::{events, users};
use vetmoot_workflows::policy::adopt;
use vetmoot_workflows::submission::{CandidateRow, moves, project, tend};
use vetmoot_workflows::{Ctx, Kind, Origin, Problem};

use crate::staged::{DEMO, NOTHING, Stage, at_once, cut_off, package};
use crate::world::{Setup, World, on_both_databases};

on_both_databases! {
    every_move_is_made_where_it_is_legal_and_refused_elsewhere,
    everybody_moves_what_they_may_and_nothing_else,
    a_whole_life_is_told_move_by_move,
    of_two_leads_one_releases,
    of_two_reviewers_who_take_it_up_one_does,
    the_uploader_does_not_release_whoever_they_are,
    nothing_is_released_that_the_policy_still_wants_something_of,
    what_approved_it_may_lapse,
    a_release_to_an_index_needs_a_credential,
    nothing_is_released_while_it_is_stopped,
    a_role_that_was_taken_away_moves_nothing,
    a_failed_release_is_tried_again_or_withdrawn,
    a_wait_that_ends_approves,
    reasons_are_kept_within_bounds,
    what_is_not_there_is_not_found,
    a_release_that_is_cut_off_anywhere_is_on_its_way_or_is_not,
}

/// The verbs of people.
const VERBS: [&str; 5] = ["complete", "take", "ask-changes", "withdraw", "release"];

async fn go(ctx: &Ctx, who: &Origin, id: &vetmoot_domain::CandidateId, verb: &str) -> Result<CandidateRow, Problem> {
    match verb {
        "complete" => moves::complete(ctx, who, id).await,
        "take" => moves::take(ctx, who, id).await,
        "ask-changes" => moves::ask_changes(ctx, who, id, "please mend it").await,
        "withdraw" => moves::withdraw(ctx, who, id, "no longer wanted").await,
        "release" => moves::release(ctx, who, id).await,
        other => panic!("{other}"),
    }
}

/// Where a verb leads from a state; none where it is illegal.
fn expected(from: CandidateState, verb: &str) -> Option<CandidateState> {
    use CandidateState::{Approved, ChangesAsked, Draft, Failed, InReview, Releasing, Staged, Withdrawn};
    match (verb, from) {
        ("complete", Draft) => Some(Staged),
        ("take", Staged | ChangesAsked) => Some(InReview),
        // What is on its way comes back as long as nothing of it was sent.
        ("ask-changes", Staged | InReview | Approved | Releasing) => Some(ChangesAsked),
        ("withdraw", Draft | Staged | InReview | ChangesAsked | Approved | Releasing | Failed) => Some(Withdrawn),
        ("release", Approved | Failed) => Some(Releasing),
        _ => None,
    }
}

async fn every_move_is_made_where_it_is_legal_and_refused_elsewhere(world: World) {
    let stage = Stage::new(world).await;
    let mut number = 0;
    for from in CandidateState::ALL {
        for verb in VERBS {
            number += 1;
            let id = stage.standing(&format!("1.{number}.0"), *from).await;
            let seen = events::last(&stage.ctx.store.read()).await.unwrap();
            let before = stage.moves(&id).await;
            match (go(&stage.ctx, &stage.cleo, &id, verb).await, expected(*from, verb)) {
                (Ok(_), Some(next)) => {
                    // Where the policy wants nothing, what is vetted is approved at once.
                    let now = stage.moves(&id).await;
                    assert_eq!(now[before.len()], format!("{next} cleo"), "{from} {verb}");
                    let told = events::after(&stage.ctx.store.read(), seen, 10).await.unwrap();
                    assert_eq!(told[0].subject, [id.to_string(), next.to_string()], "{from} {verb}");
                    assert_eq!(told.len(), now.len() - before.len(), "each move is one event: {from} {verb}");
                }
                (Err(problem), None) => {
                    assert_eq!(problem.kind, Kind::Conflict, "{from} {verb}");
                    let code =
                        if (*from, verb) == (CandidateState::Releasing, "release") { "already-moved" } else { "illegal-move" };
                    assert_eq!(problem.code, code, "{from} {verb}");
                    assert!(code == "already-moved" || problem.text.contains(from.as_str()), "{}", problem.text);
                    assert_eq!(stage.moves(&id).await, before);
                    assert_eq!(events::last(&stage.ctx.store.read()).await.unwrap(), seen, "{from} {verb}");
                }
                (done, wanted) => panic!("{from} {verb}: {done:?} instead of {wanted:?}"),
            }
        }
    }
}

async fn everybody_moves_what_they_may_and_nothing_else(world: World) {
    let stage = Stage::new(world).await;
    let member = |name: &'static str, role| stage.world.member(name, std::slice::from_ref(role));
    let mia = member("mia", &Role::Member).await;
    let adi = member("adi", &Role::Auditor).await;
    let lea = member("lea", &Role::Lead).await;
    let ste = member("ste", &Role::Steward).await;
    let adm = member("adm", &Role::Admin).await;
    let people: [(&str, &Origin, &[&str]); 8] = [
        ("the uploader", &stage.ada, &["complete", "withdraw"]),
        ("a lead of it", &stage.cleo, &VERBS),
        ("a member", &mia, &[]),
        ("an auditor", &adi, &["take", "ask-changes"]),
        ("a lead", &lea, &VERBS),
        ("a steward", &ste, &VERBS),
        ("an admin", &adm, &[]),
        ("the operator", &Origin::Operator, &["complete", "take", "ask-changes", "withdraw"]),
    ];
    let mut number = 0;
    for (title, who, may) in people {
        for verb in VERBS {
            number += 1;
            let from = match verb {
                "complete" => CandidateState::Draft,
                "release" => CandidateState::Approved,
                _ => CandidateState::Staged,
            };
            let id = stage.standing(&format!("1.{number}.0"), from).await;
            match go(&stage.ctx, who, &id, verb).await {
                Ok(_) => assert!(may.contains(&verb), "{title} {verb}"),
                Err(problem) => {
                    assert!(!may.contains(&verb), "{title} {verb}: {problem:?}");
                    assert_eq!(problem.kind, Kind::Forbidden, "{title} {verb}");
                    assert_eq!(stage.state(&id).await, from);
                }
            }
        }
    }
}

async fn a_whole_life_is_told_move_by_move(world: World) {
    let stage = Stage::under(world, adopt::from_shelf("safe-to-deploy").unwrap()).await;
    let id = stage.staged("1.0.0").await;
    let before = stage.told().await.len();
    moves::take(&stage.ctx, &stage.cleo, &id).await.unwrap();
    let asked = moves::ask_changes(&stage.ctx, &stage.cleo, &id, "  name a licence ").await.unwrap();
    assert_eq!((asked.state, asked.reason.as_deref()), (CandidateState::ChangesAsked, Some("name a licence")));
    assert_eq!(moves::take(&stage.ctx, &stage.dora, &id).await.unwrap().reason, None, "the reason is that of the last move");
    stage.adopt(NOTHING).await;
    tend::step(&stage.ctx).await.unwrap();
    let sent = moves::release(&stage.ctx, &stage.dora, &id).await.unwrap();
    assert_eq!(sent.released_by_name.map(|name| name.to_string()).as_deref(), Some("dora"));
    assert_eq!(
        stage.moves(&id).await,
        [
            "draft ada",
            "staged ada",
            "in-review cleo",
            "changes-asked cleo",
            "in-review dora",
            "approved timer",
            "releasing dora",
        ]
    );
    let told = |state: &str, by: &str| format!("candidate.moved.v1 {id} {state} by {by}");
    assert_eq!(
        stage.told().await[before..],
        [
            told("in-review", "cleo"),
            told("changes-asked", "cleo"),
            told("in-review", "dora"),
            told("approved", "timer"),
            told("releasing", "dora"),
        ]
    );
    let row = releases::get(&stage.ctx.store.read(), &id).await.unwrap().unwrap();
    assert_eq!((row.asked_by, row.credential_id, row.asked_at), (stage.dora.id(), None, stage.ctx.clock.now()));
}

async fn of_two_leads_one_releases(world: World) {
    let stage = Stage::new(world).await;
    for round in 0..5 {
        let id = stage.standing(&format!("1.{round}.0"), CandidateState::Approved).await;
        let press = |who: &Origin| {
            let (ctx, who, id) = (stage.ctx.clone(), who.clone(), id.clone());
            async move { moves::release(&ctx, &who, &id).await }
        };
        let (a, b) = at_once(press(&stage.cleo), press(&stage.dora)).await;
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
        let late = a.err().or(b.err()).unwrap();
        assert_eq!((late.kind, late.code), (Kind::Conflict, "already-moved"));
        let releasing = stage.moves(&id).await.into_iter().filter(|step| step.starts_with("releasing")).count();
        assert_eq!(releasing, 1);
    }
    assert_eq!(releases::under_way(&stage.ctx.store.read()).await.unwrap().len(), 5);
}

async fn of_two_reviewers_who_take_it_up_one_does(world: World) {
    let stage = Stage::under(world, adopt::from_shelf("safe-to-deploy").unwrap()).await;
    let id = stage.staged("1.0.0").await;
    let press = |who: &Origin| {
        let (ctx, who, id) = (stage.ctx.clone(), who.clone(), id.clone());
        async move { moves::take(&ctx, &who, &id).await }
    };
    let (a, b) = at_once(press(&stage.cleo), press(&stage.dora)).await;
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
    assert_eq!(a.err().or(b.err()).unwrap().kind, Kind::Conflict);
    assert_eq!(stage.moves(&id).await.len(), 3);
}

async fn the_uploader_does_not_release_whoever_they_are(world: World) {
    let stage = Stage::new(world).await;
    let ste = stage.world.member("ste", &[Role::Steward, Role::Admin]).await;
    for (number, who) in [&stage.cleo, &ste].into_iter().enumerate() {
        let handed = stage.crate_file("demo-lamp", &format!("1.{number}.0"), "one").await;
        let id = stage.hand_in(who, DEMO, handed).await.unwrap().candidate;
        let refused = moves::release(&stage.ctx, who, &id).await.unwrap_err();
        assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "own-upload"));
        assert_eq!(stage.state(&id).await, CandidateState::Approved);
        moves::release(&stage.ctx, &stage.dora, &id).await.unwrap();
    }
}

async fn nothing_is_released_that_the_policy_still_wants_something_of(world: World) {
    let stage = Stage::under(world, adopt::from_shelf("safe-to-deploy").unwrap()).await;
    let staged = stage.staged("1.0.0").await;
    let early = moves::release(&stage.ctx, &stage.cleo, &staged).await.unwrap_err();
    assert_eq!((early.kind, early.code), (Kind::Conflict, "illegal-move"));
    // Even one that says it is approved: it is judged again before it goes.
    let approved = stage.standing("1.1.0", CandidateState::Approved).await;
    let refused = moves::release(&stage.ctx, &stage.cleo, &approved).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Conflict, "needs-unmet"));
    assert_eq!(stage.state(&approved).await, CandidateState::InReview, "and goes back");
    let failed = stage.standing("1.2.0", CandidateState::Failed).await;
    assert_eq!(moves::release(&stage.ctx, &stage.cleo, &failed).await.unwrap_err().code, "needs-unmet");
    assert!(releases::under_way(&stage.ctx.store.read()).await.unwrap().is_empty());
}

async fn what_approved_it_may_lapse(world: World) {
    let stage = Stage::new(world).await;
    let id = stage.staged("1.0.0").await;
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    stage.adopt(adopt::from_shelf("safe-to-deploy").unwrap()).await;
    stage.world.turn("5m");
    tend::step(&stage.ctx).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::InReview);
    stage.adopt(NOTHING).await;
    stage.world.turn("5m");
    tend::step(&stage.ctx).await.unwrap();
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
}

async fn a_release_to_an_index_needs_a_credential(world: World) {
    let stage = Stage::new(world).await;
    // The same community where the name is not reserved: what is opened there goes to the official index.
    let ctx = stage.world.another(&Setup::default()).await;
    let stage = Stage { ctx, ..stage };
    let purl = "pkg:cargo/mossy-lantern";
    stage.open(purl).await;
    let handed = stage.crate_file("mossy-lantern", "9.0.0", "one").await;
    let id = stage.hand_in(&stage.ada, purl, handed).await.unwrap().candidate;
    assert_eq!(stage.state(&id).await, CandidateState::Approved, "a credential is no need of the policy");
    let refused = moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Conflict, "no-credential"));
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
}

async fn nothing_is_released_while_it_is_stopped(world: World) {
    let stage = Stage::new(world).await;
    let ste = stage.world.member("ste", &[Role::Steward]).await;
    let id = stage.standing("1.0.0", CandidateState::Approved).await;
    let other = stage.standing("1.1.0", CandidateState::Approved).await;
    let refused = async || {
        let refused = moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap_err();
        assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "publishing-stopped"));
    };
    project::switch(&stage.ctx, &stage.dora, &package(DEMO), true).await.unwrap();
    refused().await;
    project::switch(&stage.ctx, &stage.dora, &package(DEMO), false).await.unwrap();
    project::switch_all(&stage.ctx, &ste, true).await.unwrap();
    refused().await;
    // What is stopped can be taken back all the same.
    moves::withdraw(&stage.ctx, &stage.ada, &other, "").await.unwrap();
    project::switch_all(&stage.ctx, &ste, false).await.unwrap();
    moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap();
}

async fn a_role_that_was_taken_away_moves_nothing(world: World) {
    let stage = Stage::new(world).await;
    let lea = stage.world.member("lea", &[Role::Lead]).await;
    let id = stage.standing("1.0.0", CandidateState::Approved).await;
    let tx = stage.ctx.store.begin().await.unwrap();
    users::set_roles(&tx, lea.id().unwrap(), &[Role::Member]).await.unwrap();
    tx.commit().await.unwrap();
    project::dismiss(&stage.ctx, &stage.dora, &package(DEMO), &"cleo".parse().unwrap()).await.unwrap();
    for who in [&lea, &stage.cleo] {
        for verb in ["ask-changes", "withdraw", "release"] {
            let refused = go(&stage.ctx, who, &id, verb).await.unwrap_err();
            assert_eq!(refused.kind, Kind::Forbidden, "{verb}");
        }
    }
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
}

async fn a_failed_release_is_tried_again_or_withdrawn(world: World) {
    let stage = Stage::new(world).await;
    let id = stage.standing("1.0.0", CandidateState::Failed).await;
    moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap();
    let first = releases::get(&stage.ctx.store.read(), &id).await.unwrap().unwrap();
    assert_eq!((first.asked_by, first.tries), (stage.cleo.id(), 0));
    let other = stage.standing("1.1.0", CandidateState::Failed).await;
    let handed = stage.crate_file("demo-lamp", "1.1.0", "two").await;
    assert_eq!(stage.hand_in(&stage.ada, DEMO, handed).await.unwrap_err().code, "already-staged");
    moves::withdraw(&stage.ctx, &stage.ada, &other, "the index wants another name").await.unwrap();
    let handed = stage.crate_file("demo-lamp", "1.1.0", "two").await;
    stage.hand_in(&stage.ada, DEMO, handed).await.unwrap();
}

async fn a_wait_that_ends_approves(world: World) {
    let days = "vetmoot-policy = 1\n[policy]\ntitle = \"Days\"\nsummary = \"Days.\"\n[release]\nwait = \"3d\"\n";
    let stage = Stage::under(world, days).await;
    let id = stage.staged("1.0.0").await;
    assert_eq!(stage.state(&id).await, CandidateState::Staged);
    for (by, stands) in [("1d", CandidateState::Staged), ("1d", CandidateState::Staged), ("1d", CandidateState::Approved)] {
        stage.world.turn(by);
        tend::step(&stage.ctx).await.unwrap();
        assert_eq!(stage.state(&id).await, stands);
    }
    assert_eq!(stage.moves(&id).await, ["draft ada", "staged ada", "approved timer"]);
}

async fn reasons_are_kept_within_bounds(world: World) {
    let stage = Stage::new(world).await;
    let id = stage.standing("1.0.0", CandidateState::Staged).await;
    let silent = moves::ask_changes(&stage.ctx, &stage.cleo, &id, " \n").await.unwrap_err();
    assert_eq!((silent.code, silent.field.as_deref()), ("no-reason", Some("reason")));
    let long = "x".repeat(vetmoot_workflows::limits::MOVE_REASON_BYTES_MAX + 1);
    for verb in [
        moves::ask_changes(&stage.ctx, &stage.cleo, &id, &long).await,
        moves::withdraw(&stage.ctx, &stage.cleo, &id, &long).await,
    ] {
        let problem = verb.unwrap_err();
        assert_eq!((problem.code, problem.field.as_deref()), ("reason-too-long", Some("reason")));
    }
    let quiet = moves::withdraw(&stage.ctx, &stage.cleo, &id, "").await.unwrap();
    assert_eq!((quiet.state, quiet.reason), (CandidateState::Withdrawn, None));
}

async fn what_is_not_there_is_not_found(world: World) {
    let stage = Stage::new(world).await;
    let nobody = vetmoot_domain::CandidateId::from_random([7; 16]);
    for verb in VERBS {
        let problem = go(&stage.ctx, &stage.cleo, &nobody, verb).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::NotFound, "unknown-candidate"), "{verb}");
    }
}

async fn a_release_that_is_cut_off_anywhere_is_on_its_way_or_is_not(world: World) {
    let stage = Stage::new(world).await;
    for polls in 1..2_000 {
        let id = stage.standing(&format!("1.{polls}.0"), CandidateState::Approved).await;
        let done = cut_off(moves::release(&stage.ctx, &stage.cleo, &id), polls).await;
        let tx = stage.ctx.store.begin().await.unwrap();
        tx.rollback().await.unwrap();
        let row = releases::get(&stage.ctx.store.read(), &id).await.unwrap();
        let (state, moves) = (stage.state(&id).await, stage.moves(&id).await);
        match row {
            None => assert_eq!((state, moves.len()), (CandidateState::Approved, 3), "{polls}"),
            Some(_) => assert_eq!((state, moves.len()), (CandidateState::Releasing, 4), "{polls}"),
        }
        if let Some(done) = done {
            done.unwrap();
            return;
        }
    }
    panic!("it never ends");
}
