//! Who is there: handles that mean one actor, look-ups within their budget, and keys that have successors.

use std::net::{IpAddr, Ipv4Addr};

use vetmoot_domain::proof::{self, Check, Pin};
use vetmoot_domain::{Adoption, Organisation, Role};
use vetmoot_keys::Purpose;
use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::limits::{LOOK_UPS_PER_CLIENT_BURST, LOOK_UPS_PER_CLIENT_EACH_MS};
use vetmoot_workflows::member::create;
use vetmoot_workflows::policy::adopt::{self, AdoptError};
use vetmoot_workflows::problem::retry_after;
use vetmoot_workflows::{Ctx, Kind, Origin, Problem};

use crate::world::{COOLDOWN, Setup, World, on_both_databases};

on_both_databases! {
    a_handle_means_one_actor,
    a_member_and_a_policy_never_share_a_handle,
    a_policy_of_old_whose_name_a_member_has_is_no_actor,
    an_organisation_keeps_the_handle_it_had_first,
    a_package_no_index_knows_is_no_actor,
    a_reserved_package_is_never_asked_for,
    unknown_packages_are_looked_up_within_a_budget,
    rotated_keys_sign_and_retired_ones_stay,
    an_actor_says_who_keeps_its_key,
}

/// Who asks.
const CLIENT: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));

async fn named(ctx: &Ctx, handle: &str) -> Option<String> {
    actor::by_name(ctx, handle, CLIENT).await.unwrap().map(|actor| actor.to_string())
}

async fn member_of(world: &World, name: &str, organisation: &str) -> Result<(), Problem> {
    let body: Organisation = organisation.parse().unwrap();
    create::create(&world.ctx, &Origin::Operator, &name.parse().unwrap(), &[Role::Member], Some(&body)).await.map(|_| ())
}

async fn a_handle_means_one_actor(world: World) {
    world.shelf(COOLDOWN).await;
    member_of(&world, "ada", "Acme Tools").await.unwrap();
    world.index.publish("mossy-lantern", "1.0.0", 90);
    let found = async |handle: &str| named(&world.ctx, handle).await;
    assert_eq!(found("community").await.as_deref(), Some("/community"));
    assert_eq!(found("Community").await.as_deref(), Some("/community"), "names are the same in any case");
    assert_eq!(found("actor").await.as_deref(), Some("/actor"));
    assert_eq!(found("ada").await.as_deref(), Some("/users/ada"));
    assert_eq!(found("acme-tools").await.as_deref(), Some("/orgs/acme-tools"));
    assert_eq!(found(COOLDOWN).await.as_deref(), Some("/policies/cooldown"));
    assert_eq!(found("cargo.mossy-lantern").await.as_deref(), Some("/packages/cargo.mossy-lantern"));
    for nobody in ["nobody", "cargo", "npm", "", "a/b", "cargo.", "cargo._41", "\u{e4}da", "gem.rails"] {
        assert_eq!(found(nobody).await, None, "{nobody}");
    }
}

async fn a_member_and_a_policy_never_share_a_handle(world: World) {
    world.shelf(COOLDOWN).await;
    let taken = member_of(&world, COOLDOWN, "Acme").await.unwrap_err();
    assert_eq!((taken.kind, taken.code), (Kind::Conflict, "handle-taken"), "{taken}");
    member_of(&world, "ada", "Acme").await.unwrap();
    let toml = adopt::from_shelf(COOLDOWN).unwrap();
    let code = async |slug: &str| match world.adopt(slug, toml, Adoption::Enforce).await {
        Ok(_) => "adopted",
        Err(AdoptError::Problem(problem)) => problem.code,
        Err(_) => "another error",
    };
    assert_eq!(code("ada").await, "handle-taken");
    assert_eq!(code("acme").await, "adopted", "nobody asked for the organisation yet, and a policy goes first");
    assert_eq!(named(&world.ctx, "acme").await.as_deref(), Some("/policies/acme"));
    assert_eq!(code("community").await, "bad-handle");
    assert_eq!(code("ends-").await, "bad-handle");
    assert_eq!(code(COOLDOWN).await, "adopted", "a new revision takes no new handle");
    for bad in ["ends-", "ends--"] {
        assert_eq!(member_of(&world, bad, "Acme").await.unwrap_err().code, "bad-handle", "{bad}");
    }
}

async fn a_policy_of_old_whose_name_a_member_has_is_no_actor(world: World) {
    world.shelf(COOLDOWN).await;
    let tx = world.ctx.store.begin().await.unwrap();
    let now = world.ctx.clock.now();
    vetmoot_storage::users::create(&tx, &COOLDOWN.parse().unwrap(), &[Role::Member], None, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(named(&world.ctx, COOLDOWN).await.as_deref(), Some("/users/cooldown"));
    assert!(!actor::exists(&world.ctx, &"/policies/cooldown".parse().unwrap()).await.unwrap());
}

async fn an_organisation_keeps_the_handle_it_had_first(world: World) {
    member_of(&world, "ada", "Acme").await.unwrap();
    member_of(&world, "bob", "ACME!").await.unwrap();
    let acme: LocalActor = "/orgs/acme".parse().unwrap();
    assert_eq!(actor::about(&world.ctx, &acme).await.unwrap().unwrap().name, "Acme", "the one recorded first");
    let ada = "ada".parse().unwrap();
    let tx = world.ctx.store.begin().await.unwrap();
    let row = vetmoot_storage::users::by_name(&tx, &ada).await.unwrap().unwrap();
    vetmoot_storage::users::set_organisation(&tx, row.id, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(actor::about(&world.ctx, &acme).await.unwrap().unwrap().name, "Acme", "who left it does not hand it on");
    let taken = member_of(&world, "acme", "Other").await.unwrap_err();
    assert_eq!(taken.code, "handle-taken", "{taken}");
}

async fn a_package_no_index_knows_is_no_actor(world: World) {
    assert_eq!(named(&world.ctx, "cargo.nothing-here").await, None);
    assert!(!actor::exists(&world.ctx, &"/packages/cargo.nothing-here".parse().unwrap()).await.unwrap());
    world.index.publish("mossy-lantern", "1.0.0", 90);
    let lantern: LocalActor = "/packages/cargo.mossy-lantern".parse().unwrap();
    assert!(!actor::exists(&world.ctx, &lantern).await.unwrap(), "to exist, somebody has to ask");
    assert!(actor::look_up(&world.ctx, &lantern, CLIENT).await.unwrap());
    assert!(actor::exists(&world.ctx, &lantern).await.unwrap());
    assert_eq!(actor::about(&world.ctx, &lantern).await.unwrap().unwrap().page, "/packages/cargo/mossy-lantern");
}

async fn a_reserved_package_is_never_asked_for(world: World) {
    world.index.publish("acme-secret", "1.0.0", 90);
    let ctx = world.another(&Setup { reserved: vec!["cargo:acme-*"], ..Setup::default() }).await;
    let before = world.index.server.seen().len();
    assert_eq!(named(&ctx, "cargo.acme-secret").await, None);
    assert_eq!(world.index.server.seen().len(), before, "the name stays here");
}

async fn unknown_packages_are_looked_up_within_a_budget(world: World) {
    world.index.publish("mossy-lantern", "1.0.0", 90);
    let lantern: LocalActor = "/packages/cargo.mossy-lantern".parse().unwrap();
    assert!(actor::look_up(&world.ctx, &lantern, CLIENT).await.unwrap());
    for n in 1..LOOK_UPS_PER_CLIENT_BURST {
        assert_eq!(named(&world.ctx, &format!("cargo.made-up-{n}")).await, None);
    }
    let spent = actor::by_name(&world.ctx, "cargo.one-more", CLIENT).await.unwrap_err();
    assert_eq!((spent.kind, spent.code), (Kind::Unavailable, "look-ups-spent"));
    let seconds = retry_after(spent.wait);
    assert!((1..=LOOK_UPS_PER_CLIENT_EACH_MS / 1_000 + 1).contains(&seconds), "{seconds}");
    for _ in 0..50 {
        assert!(actor::look_up(&world.ctx, &lantern, CLIENT).await.unwrap(), "what is known costs nothing");
    }
    assert_eq!(actor::by_name(&world.ctx, "cargo.one-more", Some(IpAddr::from([192, 0, 2, 2]))).await.unwrap(), None);
    world.turn("11s");
    assert_eq!(named(&world.ctx, "cargo.one-more").await, None);
}

async fn rotated_keys_sign_and_retired_ones_stay(world: World) {
    world.member("ada", &[Role::Auditor]).await;
    let ada: LocalActor = "/users/ada".parse().unwrap();
    let before = actor::keys_of(&world.ctx, &ada).await.unwrap();
    let id = world.ctx.base_url.join("/users/ada");
    assert_eq!(before.http.id, format!("{id}#main-key"));
    world.turn("1d");
    let mallory = Origin::Member { id: 1, name: "mallory".parse().unwrap(), roles: vec![Role::Steward] };
    assert_eq!(actor::rotate(&world.ctx, &mallory, &ada).await.unwrap_err().code, "admins-only");
    let nobody = "/users/nobody".parse().unwrap();
    assert_eq!(actor::rotate(&world.ctx, &Origin::Operator, &nobody).await.unwrap_err().code, "unknown-actor");
    let after = actor::rotate(&world.ctx, &Origin::Operator, &ada).await.unwrap().keys;
    assert_eq!(after.http.id, format!("{id}#main-key-2"));
    assert_ne!(after.http.pem, before.http.pem);
    let [old, new] = after.statements.as_slice() else { panic!("{:?}", after.statements) };
    assert_eq!((&old.key, old.until), (&before.statements[0].key, Some(world.ctx.clock.now())));
    assert_eq!(new.until, None);
    assert_eq!(actor::http_key(&world.ctx, &ada).await.unwrap(), after.http);
    assert!(world.topics().await.contains(&"key.rotated.v1"));
    let current = world.ctx.keys.public_multikey(&ada.key_owner()).unwrap();
    assert_eq!(current, new.key);
    let (now, owner) = (world.ctx.clock.now().to_string(), ada.key_owner());
    let said = serde_json::json!({"id": format!("{id}/x"), "attributedTo": id, "published": now});
    let signed = world.ctx.keys.sign_statement(&owner, &said, &format!("{id}#{}", new.key), &now).unwrap();
    assert!(matches!(proof::verify_statement(&signed, Pin::Key(&new.key)), Check::Valid(_)));
    assert!(!matches!(proof::verify_statement(&signed, Pin::Key(&old.key)), Check::Valid(_)));
    assert_eq!(world.ctx.keys.public_keys(&owner).unwrap().iter().filter(|key| key.purpose == Purpose::Statement).count(), 2);
}

async fn an_actor_says_who_keeps_its_key(world: World) {
    world.member("ada", &[Role::Auditor, Role::Lead]).await;
    let about = actor::about(&world.ctx, &"/users/ada".parse().unwrap()).await.unwrap().unwrap();
    let words = about.summary.join(" ");
    assert!(words.contains("This instance keeps ada's key: a proof says that this instance says that ada said it."), "{words}");
    assert!(
        about.fields.iter().any(|(name, value)| *name == "Roles" && *value == actor::Value::Text("auditor, lead".to_owned()))
    );
    assert_eq!(actor::about(&world.ctx, &"/users/nobody".parse().unwrap()).await.unwrap(), None);
}
