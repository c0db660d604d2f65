//! Members: links that work once, tokens that need their scope, and the news each change makes.

use vetmoot_domain::{Organisation, Role, UserName};
use vetmoot_storage::events;
use vetmoot_workflows::member::token::{self, Scope};
use vetmoot_workflows::member::{account, change, create, session};
use vetmoot_workflows::{Kind, Origin};

use crate::world::{World, on_both_databases};

on_both_databases! {
    a_sign_in_link_works_once,
    a_sign_in_link_works_for_a_day,
    a_session_ends_when_it_is_told_to_and_by_itself,
    a_token_needs_its_scope_and_expires,
    nobody_makes_tokens_for_others_but_admins,
    a_name_is_taken_once,
    every_change_stands_in_the_event_log,
    stewards_bring_people_in_and_give_roles_without_the_operator,
}

async fn secret_of_link(world: &World, name: &str) -> String {
    let link = create::link(&world.ctx, &Origin::Operator, &name.parse().unwrap()).await.unwrap();
    let (address, secret) = link.split_once("/sign-in?link=").unwrap();
    assert_eq!(address, world.ctx.base_url.as_str());
    secret.to_owned()
}

async fn a_sign_in_link_works_once(world: World) {
    let ada = world.member("ada", &[Role::Auditor]).await;
    let secret = secret_of_link(&world, "ada").await;
    let session = session::sign_in(&world.ctx, &secret).await.unwrap();
    assert_eq!(session::member(&world.ctx, &session).await.unwrap(), Some(ada));
    let again = session::sign_in(&world.ctx, &secret).await.unwrap_err();
    assert_eq!((again.kind, again.code), (Kind::Unauthenticated, "link-used"));
    for forged in ["", "vm_guess", &session] {
        assert!(session::sign_in(&world.ctx, forged).await.is_err());
    }
    let unknown = create::link(&world.ctx, &Origin::Operator, &"nobody".parse().unwrap()).await.unwrap_err();
    assert_eq!((unknown.kind, unknown.code), (Kind::NotFound, "unknown-user"));
}

async fn a_sign_in_link_works_for_a_day(world: World) {
    world.member("ada", &[]).await;
    let (early, late) = (secret_of_link(&world, "ada").await, secret_of_link(&world, "ada").await);
    world.turn("23h");
    session::sign_in(&world.ctx, &early).await.unwrap();
    world.turn("1h");
    assert_eq!(session::sign_in(&world.ctx, &late).await.unwrap_err().code, "link-used");
}

async fn a_session_ends_when_it_is_told_to_and_by_itself(world: World) {
    world.member("ada", &[]).await;
    let first = session::sign_in(&world.ctx, &secret_of_link(&world, "ada").await).await.unwrap();
    let second = session::sign_in(&world.ctx, &secret_of_link(&world, "ada").await).await.unwrap();
    session::sign_out(&world.ctx, &first).await.unwrap();
    assert_eq!(session::member(&world.ctx, &first).await.unwrap(), None);
    assert!(session::member(&world.ctx, &second).await.unwrap().is_some());
    world.turn("31d");
    assert_eq!(session::member(&world.ctx, &second).await.unwrap(), None);
}

async fn a_token_needs_its_scope_and_expires(world: World) {
    let ada = world.member("ada", &[Role::Auditor]).await;
    let name = "ada".parse().unwrap();
    let secret = token::create(&world.ctx, &ada, &name, &[Scope::Audit, Scope::Import], None, Some(10)).await.unwrap();
    for scope in [Scope::Audit, Scope::Import] {
        assert_eq!(token::member(&world.ctx, &secret, scope).await.unwrap(), ada);
    }
    for scope in [Scope::Policy, Scope::Publish, Scope::Admin] {
        let problem = token::member(&world.ctx, &secret, scope).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "scope-missing"), "{scope}");
    }
    assert_eq!(token::member(&world.ctx, "vm_guess", Scope::Audit).await.unwrap_err().kind, Kind::Unauthenticated);
    for (scopes, days, field) in
        [(vec![], None, "scope"), (vec![Scope::Audit], Some(0), "days"), (vec![Scope::Audit], Some(367), "days")]
    {
        let problem = token::create(&world.ctx, &ada, &name, &scopes, None, days).await.unwrap_err();
        assert_eq!((problem.kind, problem.field.as_deref()), (Kind::Invalid, Some(field)));
    }
    world.turn("10d");
    assert_eq!(token::member(&world.ctx, &secret, Scope::Audit).await.unwrap_err().code, "bad-token");
    let other = token::create(&world.ctx, &ada, &name, &[Scope::Audit], None, None).await.unwrap();
    let rows = account::tokens(&world.ctx, &ada).await.unwrap();
    assert_eq!(rows.len(), 1, "what has expired is not shown");
    account::revoke(&world.ctx, &ada, rows[0].id).await.unwrap();
    assert_eq!(token::member(&world.ctx, &other, Scope::Audit).await.unwrap_err().code, "bad-token");
    assert_eq!(account::revoke(&world.ctx, &ada, rows[0].id).await.unwrap_err().code, "unknown-token");
}

async fn nobody_makes_tokens_for_others_but_admins(world: World) {
    let ada = world.member("ada", &[Role::Auditor]).await;
    let root = world.member("root", &[Role::Admin]).await;
    let root_name = "root".parse().unwrap();
    let problem = token::create(&world.ctx, &ada, &root_name, &[Scope::Admin], None, None).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "not-yours"));
    let made = token::create(&world.ctx, &root, &"ada".parse().unwrap(), &[Scope::Audit], None, None).await.unwrap();
    assert_eq!(token::member(&world.ctx, &made, Scope::Audit).await.unwrap(), ada);
    let link = create::link(&world.ctx, &ada, &root_name).await.unwrap_err();
    assert_eq!((link.kind, link.code), (Kind::Forbidden, "stewards-only"));
    let theirs = account::tokens(&world.ctx, &ada).await.unwrap()[0].id;
    assert_eq!(account::revoke(&world.ctx, &root, theirs).await.unwrap_err().code, "unknown-token");
}

async fn a_name_is_taken_once(world: World) {
    world.member("ada", &[]).await;
    let again = create::create(&world.ctx, &Origin::Operator, &"ada".parse().unwrap(), &[], None).await.unwrap_err();
    assert_eq!((again.kind, again.code), (Kind::Conflict, "user-exists"));
    let bob = world.member("bob", &[Role::Auditor]).await;
    let refused = create::create(&world.ctx, &bob, &"carl".parse().unwrap(), &[Role::Admin], None).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "stewards-only"));
    assert_eq!(world.topics().await, ["user.changed.v1", "user.changed.v1"]);
}

async fn stewards_bring_people_in_and_give_roles_without_the_operator(world: World) {
    let stella = world.member("stella", &[Role::Steward]).await;
    let (bob, root): (UserName, UserName) = ("bob".parse().unwrap(), "root".parse().unwrap());
    create::create(&world.ctx, &stella, &bob, &[Role::Auditor], None).await.unwrap();
    create::link(&world.ctx, &stella, &bob).await.unwrap();
    assert!(world.topics().await.ends_with(&["user.changed.v1", "user.changed.v1"]), "a link is news too");
    // Whoever works here already cannot be signed in as by a steward.
    let carl = world.member("carl", &[Role::Auditor]).await;
    token::create(&world.ctx, &carl, &"carl".parse().unwrap(), &[Scope::Audit], None, None).await.unwrap();
    assert_eq!(create::link(&world.ctx, &stella, &"carl".parse().unwrap()).await.unwrap_err().code, "admins-only");
    let guild: Organisation = "Harbour Guild".parse().unwrap();
    let after = change::change(&world.ctx, &stella, &bob, &[Role::Auditor, Role::Lead], Some(&guild)).await;
    let after = after.unwrap().done().unwrap();
    assert_eq!((after.roles, after.organisation), (vec![Role::Auditor, Role::Lead], Some(guild)));
    assert!(world.topics().await.ends_with(&["user.changed.v1", "actor.changed.v1"]), "followers hear of it");
    // Becoming the operator, or somebody who could, is not theirs to give.
    let admin = create::create(&world.ctx, &stella, &root, &[Role::Admin], None).await.unwrap_err();
    assert_eq!(admin.code, "admins-only");
    let admin = change::change(&world.ctx, &stella, &bob, &[Role::Admin], None).await.unwrap_err();
    assert_eq!((admin.code, admin.field.as_deref()), ("admins-only", Some("roles")));
    world.member("root", &[Role::Admin]).await;
    assert_eq!(create::link(&world.ctx, &stella, &root).await.unwrap_err().code, "admins-only");
    let last = change::change(&world.ctx, &stella, &"stella".parse().unwrap(), &[Role::Member], None).await.unwrap_err();
    assert_eq!((last.kind, last.code), (Kind::Conflict, "last-of-its-kind"));
    let member = world.member("mia", &[Role::Auditor]).await;
    assert_eq!(change::change(&world.ctx, &member, &bob, &[], None).await.unwrap_err().code, "stewards-only");
}

async fn every_change_stands_in_the_event_log(world: World) {
    let ada = world.member("ada", &[Role::Auditor]).await;
    token::create(&world.ctx, &ada, &"ada".parse().unwrap(), &[Scope::Audit], None, None).await.unwrap();
    world.shelf("cooldown").await;
    let rows = events::after(&world.ctx.store.read(), 0, 10).await.unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.topic.as_str(), row.subject[0].as_str(), row.actor.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            ("user.changed.v1", "ada", "operator"),
            ("token.created.v1", "ada", "ada"),
            ("policy.adopted.v1", "cooldown", "operator"),
        ]
    );
    assert!(rows.windows(2).all(|pair| pair[0].seq < pair[1].seq));
}
