//! Changes of policies and roles need two stewards, once there are two: one proposes, another accepts, exactly once.

use vetmoot_domain::{Adoption, Organisation, Role, UserName};
use vetmoot_storage::{events, users};
use vetmoot_workflows::member::{account, change, create, session};
use vetmoot_workflows::policy::adopt::{self, Adopt, AdoptError, AdoptedNow};
use vetmoot_workflows::policy::history;
use vetmoot_workflows::proposal::{Outcome, ProposalKind, ProposalRow, ProposalState, decide, show};
use vetmoot_workflows::{Ctx, Kind, Origin, Problem, limits};

use crate::world::{COOLDOWN, World, on_both_databases};

on_both_databases! {
    a_policy_waits_for_a_second_steward_and_then_takes_effect_in_both_names,
    of_two_who_accept_at_once_one_does,
    whoever_proposes_does_not_accept,
    who_is_no_steward_any_more_neither_accepts_nor_is_agreed_with,
    what_changed_meanwhile_is_not_accepted,
    a_name_that_was_taken_meanwhile_is_not_taken_twice,
    one_steward_decides_at_once_whoever_else_was_only_named,
    a_proposal_lapses_after_two_weeks,
    roles_and_new_people_with_roles_wait,
    an_admin_proposes_and_a_steward_accepts,
    what_somebody_gives_up_of_their_own_waits_for_nobody,
    the_operator_waits_for_nobody,
    a_proposal_is_refused_by_others_and_taken_back_by_its_author,
    the_same_change_is_proposed_once_and_not_without_end,
    who_came_in_with_roles_is_signed_in_by_an_admin_alone,
}

/// A steward who came in by a link.
async fn steward(world: &World, name: &str) -> Origin {
    came_in(world, name, &[Role::Member, Role::Steward]).await
}

async fn came_in(world: &World, name: &str, roles: &[Role]) -> Origin {
    let origin = world.member(name, roles).await;
    let link = create::link(&world.ctx, &Origin::Operator, &name_of(name)).await.unwrap();
    session::sign_in(&world.ctx, link.split_once("link=").unwrap().1).await.unwrap();
    origin
}

fn name_of(name: &str) -> UserName {
    name.parse().unwrap()
}

/// A wait of so many days, under the slug `ours`.
fn waiting(days: u32) -> Adopt {
    let text = format!(
        "vetmoot-policy = 1\n[policy]\ntitle = \"Wait\"\nsummary = \"Waits.\"\n[gates]\nrelease-age = {{ minimum = \"{days}d\" }}\n"
    );
    Adopt { slug: "ours".parse().unwrap(), bytes: text.into_bytes(), mode: Adoption::Enforce }
}

async fn adopted(ctx: &Ctx, who: &Origin, wanted: Adopt) -> Result<Outcome<AdoptedNow>, Problem> {
    adopt::adopt(ctx, who, wanted).await.map_err(AdoptError::into_problem)
}

async fn proposed(ctx: &Ctx, who: &Origin, wanted: Adopt) -> ProposalRow {
    waits(adopted(ctx, who, wanted).await)
}

fn waits<T>(outcome: Result<Outcome<T>, Problem>) -> ProposalRow {
    match outcome.unwrap() {
        Outcome::Waits(row) => *row,
        Outcome::Now(_) => panic!("it took effect at once"),
    }
}

async fn roles_of(world: &World, name: &str) -> Vec<Role> {
    account::member(&world.ctx, &name_of(name)).await.unwrap().unwrap().roles
}

async fn take_roles(world: &World, name: &str) {
    let tx = world.ctx.store.begin().await.unwrap();
    let row = users::by_name(&tx, &name_of(name)).await.unwrap().unwrap();
    users::set_roles(&tx, row.id, &[Role::Member]).await.unwrap();
    tx.commit().await.unwrap();
}

fn code<T: std::fmt::Debug>(result: Result<T, Problem>) -> (Kind, &'static str) {
    let problem = result.unwrap_err();
    (problem.kind, problem.code)
}

async fn a_policy_waits_for_a_second_steward_and_then_takes_effect_in_both_names(world: World) {
    let (stella, tess) = (steward(&world, "stella").await, steward(&world, "tess").await);
    let before = world.topics().await.len();
    let row = proposed(&world.ctx, &stella, waiting(7)).await;
    assert_eq!((row.state, row.kind, row.subject.as_str()), (ProposalState::Waiting, ProposalKind::Policy, "ours"));
    assert!(world.ctx.book.all().is_empty(), "nothing is in force");
    assert_eq!(&world.topics().await[before..], ["proposal.made.v1"]);
    assert_eq!((show::for_me(&world.ctx, &tess).await.unwrap(), show::for_me(&world.ctx, &stella).await.unwrap()), (1, 0));
    let row = decide::accept(&world.ctx, &tess, row.id).await.unwrap();
    assert_eq!((row.state, row.decided_by), (ProposalState::Accepted, Some(name_of("tess"))));
    assert_eq!(world.adopted("ours").bytes, waiting(7).bytes);
    let revisions = history::revisions(&world.ctx, &"ours".parse().unwrap()).await.unwrap();
    assert_eq!((revisions.len(), revisions[0].adopted_by.as_str()), (1, "stella and tess"));
    let told = events::after(&world.ctx.store.read(), 0, 100).await.unwrap();
    let told: Vec<_> = told[before..].iter().map(|row| (row.topic.as_str(), row.actor.as_deref().unwrap())).collect();
    let wanted = [("proposal.made.v1", "stella"), ("policy.adopted.v1", "tess"), ("proposal.accepted.v1", "tess")];
    assert_eq!(told, wanted);
    let subject = &events::latest(&world.ctx.store.read(), None, 1).await.unwrap()[0].subject;
    assert_eq!(subject, &[row.id.to_string(), "policy".to_owned(), "ours".to_owned()]);
    // What is in force already is no change, so nobody has to agree to it.
    assert!(matches!(adopted(&world.ctx, &stella, waiting(7)).await.unwrap(), Outcome::Now(_)));
}

async fn of_two_who_accept_at_once_one_does(world: World) {
    let stella = steward(&world, "stella").await;
    let (tess, uma) = (steward(&world, "tess").await, steward(&world, "uma").await);
    let row = proposed(&world.ctx, &stella, waiting(7)).await;
    let (ctx, other) = (world.ctx.clone(), world.ctx.clone());
    let first = tokio::spawn(async move { decide::accept(&ctx, &tess, row.id).await });
    let second = tokio::spawn(async move { decide::accept(&other, &uma, row.id).await });
    let both = [first.await.unwrap(), second.await.unwrap()];
    let lost: Vec<_> = both.into_iter().filter_map(Result::err).map(|problem| (problem.kind, problem.code)).collect();
    assert_eq!(lost, [(Kind::Conflict, "already-decided")]);
    assert_eq!(history::revisions(&world.ctx, &"ours".parse().unwrap()).await.unwrap().len(), 1);
    assert_eq!(world.topics().await.iter().filter(|topic| **topic == "proposal.accepted.v1").count(), 1);
}

async fn whoever_proposes_does_not_accept(world: World) {
    let (stella, tess) = (steward(&world, "stella").await, steward(&world, "tess").await);
    let row = proposed(&world.ctx, &stella, waiting(7)).await;
    assert_eq!(code(decide::accept(&world.ctx, &stella, row.id).await), (Kind::Forbidden, "own-proposal"));
    assert_eq!(code(decide::refuse(&world.ctx, &stella, row.id).await), (Kind::Forbidden, "own-proposal"));
    let ada = world.member("ada", &[Role::Auditor, Role::Lead]).await;
    assert_eq!(code(decide::accept(&world.ctx, &ada, row.id).await), (Kind::Forbidden, "stewards-only"));
    assert_eq!(code(show::list(&world.ctx, &ada, None, 9).await), (Kind::Forbidden, "stewards-only"));
    assert_eq!(code(decide::accept(&world.ctx, &Origin::Operator, row.id).await), (Kind::Forbidden, "members-only"));
    assert_eq!(code(decide::accept(&world.ctx, &tess, row.id + 1).await), (Kind::NotFound, "unknown-proposal"));
    assert!(world.ctx.book.all().is_empty());
    // Left alone, the way on is said.
    take_roles(&world, "tess").await;
    let problem = decide::accept(&world.ctx, &stella, row.id).await.unwrap_err();
    assert!(problem.code == "own-proposal" && problem.text.contains("take it back"), "{problem}");
    decide::withdraw(&world.ctx, &stella, row.id).await.unwrap();
    assert!(matches!(adopted(&world.ctx, &stella, waiting(7)).await.unwrap(), Outcome::Now(_)));
}

async fn who_is_no_steward_any_more_neither_accepts_nor_is_agreed_with(world: World) {
    let stella = steward(&world, "stella").await;
    let (tess, uma) = (steward(&world, "tess").await, steward(&world, "uma").await);
    let row = proposed(&world.ctx, &stella, waiting(7)).await;
    // The request was let in while she was one.
    take_roles(&world, "tess").await;
    assert_eq!(code(decide::accept(&world.ctx, &tess, row.id).await), (Kind::Forbidden, "stewards-only"));
    assert_eq!(code(decide::refuse(&world.ctx, &tess, row.id).await), (Kind::Forbidden, "stewards-only"));
    take_roles(&world, "stella").await;
    assert_eq!(code(decide::accept(&world.ctx, &uma, row.id).await), (Kind::Conflict, "proposer-lost-role"));
    assert!(world.ctx.book.all().is_empty());
    assert_eq!(decide::refuse(&world.ctx, &uma, row.id).await.unwrap().state, ProposalState::Refused);
}

async fn what_changed_meanwhile_is_not_accepted(world: World) {
    world
        .adopt("ours", "vetmoot-policy = 1\n[policy]\ntitle = \"Old\"\nsummary = \"Old.\"\n", Adoption::Enforce)
        .await
        .unwrap();
    let (stella, tess) = (steward(&world, "stella").await, steward(&world, "tess").await);
    let row = proposed(&world.ctx, &stella, waiting(7)).await;
    assert!(!show::is_stale(&world.ctx, &row).await.unwrap());
    adopt::adopt(&world.ctx, &Origin::Operator, waiting(3)).await.unwrap();
    assert!(show::is_stale(&world.ctx, &row).await.unwrap());
    let problem = decide::accept(&world.ctx, &tess, row.id).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Conflict, "stale-proposal"));
    assert!(problem.text.contains("propose it again"), "{problem}");
    assert_eq!(world.adopted("ours").bytes, waiting(3).bytes);
    let again = proposed(&world.ctx, &stella, waiting(7)).await;
    assert_ne!(again.id, row.id, "it stands on another revision");
    decide::accept(&world.ctx, &tess, again.id).await.unwrap();
    assert_eq!(world.adopted("ours").bytes, waiting(7).bytes);
    // The same with roles.
    let bob = world.member("bob", &[Role::Member]).await;
    let asked = waits(change::change(&world.ctx, &stella, &name_of("bob"), &[Role::Member, Role::Lead], None).await);
    let tx = world.ctx.store.begin().await.unwrap();
    users::set_roles(&tx, bob.id().unwrap(), &[Role::Member, Role::Auditor]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(code(decide::accept(&world.ctx, &tess, asked.id).await), (Kind::Conflict, "stale-proposal"));
    assert_eq!(roles_of(&world, "bob").await, [Role::Member, Role::Auditor]);
}

async fn a_name_that_was_taken_meanwhile_is_not_taken_twice(world: World) {
    let (stella, tess) = (steward(&world, "stella").await, steward(&world, "tess").await);
    let policy = proposed(&world.ctx, &stella, waiting(7)).await;
    let carl = waits(create::create(&world.ctx, &stella, &name_of("carl"), &[Role::Auditor], None).await);
    world.member("carl", &[]).await;
    world.member("ours", &[]).await;
    assert_eq!(code(decide::accept(&world.ctx, &tess, carl.id).await), (Kind::Conflict, "stale-proposal"));
    assert_eq!(decide::accept(&world.ctx, &tess, policy.id).await.unwrap_err().kind, Kind::Conflict);
    assert!(world.ctx.book.all().is_empty());
    assert_eq!(show::waiting(&world.ctx, &tess).await.unwrap().len(), 2, "what failed can still be refused");
}

async fn one_steward_decides_at_once_whoever_else_was_only_named(world: World) {
    let stella = steward(&world, "stella").await;
    assert_eq!(account::stewards(&world.ctx).await.unwrap(), 1);
    let now = adopted(&world.ctx, &stella, waiting(7)).await.unwrap().done().unwrap();
    assert!(now.decided_alone);
    change::change(&world.ctx, &stella, &name_of("stella"), &[Role::Steward, Role::Lead], None).await.unwrap().done().unwrap();
    create::create(&world.ctx, &stella, &name_of("tess"), &[Role::Steward], None).await.unwrap().done().unwrap();
    // Nobody came in as tess yet, so she could not agree to anything.
    assert!(adopted(&world.ctx, &stella, waiting(6)).await.unwrap().done().unwrap().decided_alone);
    let link = create::link(&world.ctx, &Origin::Operator, &name_of("tess")).await.unwrap();
    let session = session::sign_in(&world.ctx, link.split_once("link=").unwrap().1).await.unwrap();
    assert_eq!(account::stewards(&world.ctx).await.unwrap(), 2);
    proposed(&world.ctx, &stella, waiting(5)).await;
    // Having been here lasts longer than a session.
    session::sign_out(&world.ctx, &session).await.unwrap();
    proposed(&world.ctx, &stella, waiting(4)).await;
    assert_eq!(world.adopted("ours").bytes, waiting(6).bytes);
}

async fn a_proposal_lapses_after_two_weeks(world: World) {
    let (stella, tess) = (steward(&world, "stella").await, steward(&world, "tess").await);
    let row = proposed(&world.ctx, &stella, waiting(7)).await;
    world.turn("13d");
    assert_eq!(show::show(&world.ctx, &tess, row.id).await.unwrap().state, ProposalState::Waiting);
    world.turn("1d");
    assert_eq!(show::show(&world.ctx, &tess, row.id).await.unwrap().state, ProposalState::Lapsed);
    assert_eq!((show::waiting(&world.ctx, &tess).await.unwrap().len(), show::for_me(&world.ctx, &tess).await.unwrap()), (0, 0));
    assert_eq!(code(decide::accept(&world.ctx, &tess, row.id).await), (Kind::Conflict, "proposal-lapsed"));
    assert_eq!(code(decide::withdraw(&world.ctx, &stella, row.id).await), (Kind::Conflict, "proposal-lapsed"));
    assert!(world.ctx.book.all().is_empty());
    let again = proposed(&world.ctx, &stella, waiting(7)).await;
    assert_ne!(again.id, row.id);
    decide::accept(&world.ctx, &tess, again.id).await.unwrap();
}

async fn roles_and_new_people_with_roles_wait(world: World) {
    let (stella, tess) = (steward(&world, "stella").await, steward(&world, "tess").await);
    create::create(&world.ctx, &stella, &name_of("bob"), &[Role::Member], None).await.unwrap().done().unwrap();
    let guild: Organisation = "Harbour Guild".parse().unwrap();
    let lead = [Role::Member, Role::Lead];
    let asked = waits(change::change(&world.ctx, &stella, &name_of("bob"), &lead, Some(&guild)).await);
    assert_eq!((asked.kind, asked.subject.as_str()), (ProposalKind::Roles, "bob"));
    assert_eq!(roles_of(&world, "bob").await, [Role::Member]);
    decide::accept(&world.ctx, &tess, asked.id).await.unwrap();
    let bob = account::member(&world.ctx, &name_of("bob")).await.unwrap().unwrap();
    assert_eq!((bob.roles.as_slice(), bob.organisation), (lead.as_slice(), Some(guild.clone())));
    let told = world.topics().await;
    assert!(told.ends_with(&["proposal.made.v1", "user.changed.v1", "actor.changed.v1", "proposal.accepted.v1"]), "{told:?}");
    // Taking roles away waits too, and the body somebody counts for decides about quorums.
    waits(change::change(&world.ctx, &tess, &name_of("bob"), &[Role::Member], Some(&guild)).await);
    waits(change::change(&world.ctx, &tess, &name_of("bob"), &lead, None).await);
    let carl = waits(create::create(&world.ctx, &stella, &name_of("carl"), &lead, None).await);
    waits(create::create(&world.ctx, &stella, &name_of("dora"), &[Role::Member], Some(&guild)).await);
    assert!(account::member(&world.ctx, &name_of("carl")).await.unwrap().is_none());
    decide::accept(&world.ctx, &tess, carl.id).await.unwrap();
    assert_eq!(roles_of(&world, "carl").await, lead);
    let steward_less = waits(change::change(&world.ctx, &stella, &name_of("tess"), &[Role::Member], None).await);
    decide::accept(&world.ctx, &tess, steward_less.id).await.unwrap();
    assert_eq!(roles_of(&world, "tess").await, [Role::Member]);
}

async fn an_admin_proposes_and_a_steward_accepts(world: World) {
    let (stella, tess) = (steward(&world, "stella").await, steward(&world, "tess").await);
    let root = came_in(&world, "root", &[Role::Member, Role::Admin]).await;
    world.member("bob", &[Role::Member]).await;
    let asked = waits(change::change(&world.ctx, &root, &name_of("bob"), &[Role::Member, Role::Admin], None).await);
    assert_eq!(code(decide::accept(&world.ctx, &root, asked.id).await), (Kind::Forbidden, "stewards-only"));
    let refused = change::change(&world.ctx, &stella, &name_of("bob"), &[Role::Member, Role::Admin], None).await;
    assert_eq!(code(refused.map(|_| ())), (Kind::Forbidden, "admins-only"));
    // By the right of whoever asked, which they have still.
    decide::accept(&world.ctx, &tess, asked.id).await.unwrap();
    assert_eq!(roles_of(&world, "bob").await, [Role::Member, Role::Admin]);
    let asked = waits(change::change(&world.ctx, &root, &name_of("bob"), &[Role::Member, Role::Lead], None).await);
    let tx = world.ctx.store.begin().await.unwrap();
    users::set_roles(&tx, root.id().unwrap(), &[Role::Steward]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(code(decide::accept(&world.ctx, &tess, asked.id).await), (Kind::Conflict, "proposer-lost-role"));
    assert_eq!(roles_of(&world, "bob").await, [Role::Member, Role::Admin]);
}

async fn what_somebody_gives_up_of_their_own_waits_for_nobody(world: World) {
    let stella = came_in(&world, "stella", &[Role::Member, Role::Auditor, Role::Steward]).await;
    let tess = steward(&world, "tess").await;
    waits(change::change(&world.ctx, &stella, &name_of("stella"), &[Role::Auditor, Role::Lead, Role::Steward], None).await);
    change::change(&world.ctx, &stella, &name_of("stella"), &[Role::Member, Role::Auditor], None)
        .await
        .unwrap()
        .done()
        .unwrap();
    assert_eq!(roles_of(&world, "stella").await, [Role::Member, Role::Auditor]);
    let last = change::change(&world.ctx, &tess, &name_of("tess"), &[Role::Member], None).await;
    assert_eq!(code(last.map(|_| ())), (Kind::Conflict, "last-of-its-kind"));
}

async fn the_operator_waits_for_nobody(world: World) {
    let (stella, _) = (steward(&world, "stella").await, steward(&world, "tess").await);
    world.shelf(COOLDOWN).await;
    adopted(&world.ctx, &Origin::Operator, waiting(7)).await.unwrap().done().unwrap();
    world.member("lena", &[Role::Lead]).await;
    change::change(&world.ctx, &Origin::Operator, &name_of("lena"), &[Role::Auditor], None).await.unwrap().done().unwrap();
    assert!(show::list(&world.ctx, &stella, None, 9).await.unwrap().is_empty());
    let last = events::latest(&world.ctx.store.read(), None, 1).await.unwrap();
    assert_eq!(last[0].actor.as_deref(), Some("operator"));
}

async fn a_proposal_is_refused_by_others_and_taken_back_by_its_author(world: World) {
    let (stella, tess) = (steward(&world, "stella").await, steward(&world, "tess").await);
    let first = proposed(&world.ctx, &stella, waiting(7)).await;
    assert_eq!(code(decide::withdraw(&world.ctx, &tess, first.id).await), (Kind::Forbidden, "not-yours"));
    let refused = decide::refuse(&world.ctx, &tess, first.id).await.unwrap();
    assert_eq!((refused.state, refused.decided_by), (ProposalState::Refused, Some(name_of("tess"))));
    for again in [decide::accept(&world.ctx, &tess, first.id).await, decide::refuse(&world.ctx, &tess, first.id).await] {
        assert_eq!(code(again), (Kind::Conflict, "already-decided"));
    }
    let second = proposed(&world.ctx, &stella, waiting(7)).await;
    // Whoever laid the role down can still take back what they asked for.
    change::change(&world.ctx, &stella, &name_of("stella"), &[Role::Member], None).await.unwrap().done().unwrap();
    assert_eq!(decide::withdraw(&world.ctx, &stella, second.id).await.unwrap().state, ProposalState::Withdrawn);
    let topics = world.topics().await;
    let decided: Vec<_> = topics.iter().filter(|topic| topic.starts_with("proposal.")).copied().collect();
    let wanted = ["proposal.made.v1", "proposal.refused.v1", "proposal.made.v1", "proposal.withdrawn.v1"];
    assert_eq!(decided, wanted);
    assert!(world.ctx.book.all().is_empty());
}

async fn the_same_change_is_proposed_once_and_not_without_end(world: World) {
    let (stella, tess) = (steward(&world, "stella").await, steward(&world, "tess").await);
    let first = proposed(&world.ctx, &stella, waiting(1)).await;
    assert_eq!(proposed(&world.ctx, &stella, waiting(1)).await.id, first.id);
    // That another asks for the same is no agreement: they would have to look at it.
    assert_eq!(proposed(&world.ctx, &tess, waiting(1)).await.id, first.id);
    assert!(world.ctx.book.all().is_empty());
    for days in 2..=u32::try_from(limits::PROPOSALS_WAITING_MAX).unwrap() {
        proposed(&world.ctx, &stella, waiting(days)).await;
    }
    let over = adopted(&world.ctx, &stella, waiting(99)).await;
    assert_eq!(code(over.map(|_| ())), (Kind::Conflict, "too-many-proposals"));
    proposed(&world.ctx, &tess, waiting(99)).await;
    let newest = show::list(&world.ctx, &tess, None, 2).await.unwrap();
    let older = show::list(&world.ctx, &tess, Some(newest[1].id), 1).await.unwrap();
    assert!(newest[0].id > newest[1].id && newest[1].id > older[0].id);
}

async fn who_came_in_with_roles_is_signed_in_by_an_admin_alone(world: World) {
    let stella = steward(&world, "stella").await;
    let lea = name_of("lea");
    create::create(&world.ctx, &stella, &lea, &[Role::Lead], None).await.unwrap().done().unwrap();
    let link = create::link(&world.ctx, &stella, &lea).await.unwrap();
    session::sign_in(&world.ctx, link.split_once("link=").unwrap().1).await.unwrap();
    // She releases in the browser and needs neither audits nor tokens for it.
    assert_eq!(code(create::link(&world.ctx, &stella, &lea).await), (Kind::Forbidden, "admins-only"));
    create::link(&world.ctx, &Origin::Operator, &lea).await.unwrap();
}
