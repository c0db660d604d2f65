//! Members, and what they sign in with.

use vetmoot_domain::Role;
use vetmoot_storage::tokens::{self, NewToken};
use vetmoot_storage::{sessions, sign_in_links, users};

use crate::world::{World, day, member, on_both_databases};

on_both_databases! {
    a_member_has_a_name_of_their_own_and_roles_in_order,
    a_link_works_once_and_not_after_its_time,
    a_session_ends_by_time_by_hand_and_with_all_others,
    a_token_ends_by_time_and_by_revoking,
}

async fn a_member_has_a_name_of_their_own_and_roles_in_order(world: World) {
    let ada = world.write(async |tx| member(tx, "ada", &[Role::Admin, Role::Auditor, Role::Admin]).await).await;
    assert_eq!((ada.roles.as_slice(), ada.level().number()), ([Role::Auditor, Role::Admin].as_slice(), 2));
    let tx = world.store.begin().await.unwrap();
    let error = users::create(&tx, &ada.name, &[], None, day(1)).await.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("name-taken", "the user name ada is taken already"));
    drop(tx);
    world.write(async |tx| member(tx, "bob", &[Role::Steward]).await).await;
    let reader = world.store.read();
    assert_eq!(users::by_name(&reader, &ada.name).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(users::by_id(&reader, ada.id).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(users::all(&reader).await.unwrap().len(), 2);
    assert_eq!(users::count_with_role(&reader, Role::Steward).await.unwrap(), 1);
    assert_eq!(users::count_with_role(&reader, Role::Member).await.unwrap(), 0);
}

async fn a_link_works_once_and_not_after_its_time(world: World) {
    let ada = world.write(async |tx| member(tx, "ada", &[]).await).await;
    world.write(async |tx| sign_in_links::create(tx, ada.id, &[1; 32], day(0), day(1)).await.unwrap()).await;
    world.write(async |tx| sign_in_links::create(tx, ada.id, &[2; 32], day(0), day(1)).await.unwrap()).await;
    let consume = async |hash: [u8; 32], now: i64| {
        world.write(async |tx| sign_in_links::consume(tx, &hash, day(now)).await.unwrap()).await
    };
    assert_eq!(consume([3; 32], 0).await, None);
    assert_eq!(consume([1; 32], 0).await, Some(ada.id));
    assert_eq!(consume([1; 32], 0).await, None);
    assert_eq!(consume([2; 32], 1).await, None);
}

async fn a_session_ends_by_time_by_hand_and_with_all_others(world: World) {
    let ada = world.write(async |tx| member(tx, "ada", &[]).await).await;
    for hash in [[1; 32], [2; 32], [3; 32]] {
        world.write(async |tx| sessions::create(tx, ada.id, &hash, day(0), day(10)).await.unwrap()).await;
    }
    let is_on = async |hash: [u8; 32], now: i64| sessions::get(&world.store.read(), &hash, day(now)).await.unwrap().is_some();
    assert!(is_on([1; 32], 9).await && !is_on([1; 32], 10).await && !is_on([9; 32], 0).await);
    world.write(async |tx| sessions::touch(tx, &[1; 32], day(9), day(19)).await.unwrap()).await;
    assert!(is_on([1; 32], 15).await);
    assert!(world.write(async |tx| sessions::delete(tx, &[1; 32]).await.unwrap()).await);
    assert!(!is_on([1; 32], 0).await && is_on([2; 32], 0).await);
    assert_eq!(world.write(async |tx| sessions::delete_all(tx, ada.id).await.unwrap()).await, 2);
    assert!(!is_on([2; 32], 0).await);
}

async fn a_token_ends_by_time_and_by_revoking(world: World) {
    let ada = world.write(async |tx| member(tx, "ada", &[]).await).await;
    let new = NewToken {
        user_id: ada.id,
        hash: [4; 32],
        scopes: vec!["audit".to_owned(), "import".to_owned()],
        project: Some("pkg:cargo/serde".to_owned()),
        expires_at: day(90),
    };
    let id = world.write(async |tx| tokens::create(tx, &new, day(0)).await.unwrap()).await;
    let found = async |now: i64| tokens::by_hash(&world.store.read(), &[4; 32], day(now)).await.unwrap();
    let row = found(1).await.unwrap();
    assert_eq!(
        (row.id, row.user_id, &row.scopes, &row.project, row.last_used_at),
        (id, ada.id, &new.scopes, &new.project, None)
    );
    assert_eq!(found(90).await, None);
    world.write(async |tx| tokens::touch(tx, id, day(2)).await.unwrap()).await;
    assert_eq!(found(3).await.unwrap().last_used_at, Some(day(2)));
    assert!(world.write(async |tx| tokens::revoke(tx, id, day(4)).await.unwrap()).await);
    assert!(!world.write(async |tx| tokens::revoke(tx, id, day(5)).await.unwrap()).await);
    assert_eq!(found(5).await, None);
    assert_eq!(tokens::list(&world.store.read(), ada.id).await.unwrap()[0].revoked_at, Some(day(4)));
}
