//! Proposals: told as they stand at a moment, found again by what they ask for, decided once.

use vetmoot_domain::{Role, Timestamp};
use vetmoot_storage::proposals::{self, By, NewProposal, ProposalKind, ProposalState};
use vetmoot_storage::tokens::{self, NewToken};
use vetmoot_storage::{sessions, users};

use crate::world::{World, day, member, on_both_databases};

on_both_databases! {
    a_proposal_is_decided_once_and_not_after_its_time,
    a_proposal_is_found_by_what_it_asks_for_while_it_waits,
    a_member_is_there_once_somebody_came_in_or_holds_a_token,
}

fn asking(by: i64, payload: &str, expires_at: Timestamp) -> NewProposal {
    NewProposal {
        kind: ProposalKind::Roles,
        subject: "bob".to_owned(),
        base: "null".to_owned(),
        payload: payload.to_owned(),
        proposed_by: by,
        expires_at,
    }
}

async fn a_proposal_is_decided_once_and_not_after_its_time(world: World) {
    let (ada, eve) = world
        .write(async |tx| (member(tx, "ada", &[Role::Steward]).await.id, member(tx, "eve", &[Role::Steward]).await.id))
        .await;
    let insert = async |payload: &str| {
        world.write(async |tx| proposals::insert(tx, &asking(ada, payload, day(14)), day(0)).await.unwrap()).await
    };
    let (first, second) = (insert("{\"a\":1}").await, insert("{\"a\":2}").await);
    let decide = async |id: i64, state: ProposalState, now: i64| {
        world.write(async |tx| proposals::decide(tx, id, state, eve, day(now)).await.unwrap()).await
    };
    let state = async |id: i64, now: i64| proposals::get(&world.store.read(), id, day(now)).await.unwrap().unwrap().state;
    assert_eq!((state(first, 13).await, state(first, 14).await), (ProposalState::Waiting, ProposalState::Lapsed));
    assert!(decide(first, ProposalState::Accepted, 13).await);
    assert!(!decide(first, ProposalState::Refused, 13).await, "it was decided before");
    assert!(!decide(second, ProposalState::Accepted, 14).await, "its time is over");
    // What was decided in time does not lapse.
    assert_eq!(state(first, 99).await, ProposalState::Accepted);
    let row = proposals::get(&world.store.read(), first, day(99)).await.unwrap().unwrap();
    assert_eq!((row.decided_by.unwrap().as_str(), row.decided_at), ("eve", Some(day(13))));
    assert_eq!((row.proposed_by, row.proposed_by_name.as_str(), row.payload.as_str()), (ada, "ada", "{\"a\":1}"));
    let latest = proposals::latest(&world.store.read(), None, day(1), 10).await.unwrap();
    assert_eq!(latest.iter().map(|row| row.id).collect::<Vec<_>>(), [second, first]);
    assert_eq!(proposals::latest(&world.store.read(), Some(second), day(1), 10).await.unwrap().len(), 1);
    assert!(proposals::get(&world.store.read(), 99, day(0)).await.unwrap().is_none());
}

async fn a_proposal_is_found_by_what_it_asks_for_while_it_waits(world: World) {
    let (ada, eve) = world.write(async |tx| (member(tx, "ada", &[]).await.id, member(tx, "eve", &[]).await.id)).await;
    let new = asking(ada, "{}", day(14));
    let id = world.write(async |tx| proposals::insert(tx, &new, day(0)).await.unwrap()).await;
    let reader = world.store.read();
    let same = async |new: &NewProposal, now: i64| proposals::same(&reader, new, day(now)).await.unwrap().map(|row| row.id);
    assert_eq!(same(&asking(eve, "{}", day(20)), 1).await, Some(id), "whoever asks");
    assert_eq!(same(&asking(ada, "{\"b\":1}", day(14)), 1).await, None);
    assert_eq!(same(&NewProposal { kind: ProposalKind::Member, ..new.clone() }, 1).await, None);
    assert_eq!(same(&NewProposal { base: "{}".to_owned(), ..new.clone() }, 1).await, None);
    assert_eq!(same(&new, 14).await, None, "it has lapsed");
    let count = async |by: By, now: i64| proposals::count_waiting(&reader, by, day(now)).await.unwrap();
    assert_eq!((count(By::Member(ada), 1).await, count(By::Others(ada), 1).await), (1, 0));
    assert_eq!((count(By::Member(eve), 1).await, count(By::Others(eve), 1).await), (0, 1));
    assert_eq!((count(By::Member(ada), 14).await, count(By::Others(eve), 14).await), (0, 0));
    assert_eq!(proposals::waiting(&reader, day(1), 5).await.unwrap().len(), 1);
    assert!(proposals::waiting(&reader, day(14), 5).await.unwrap().is_empty());
}

async fn a_member_is_there_once_somebody_came_in_or_holds_a_token(world: World) {
    let ids = world
        .write(async |tx| {
            let mut ids = Vec::new();
            for name in ["ada", "bob", "cleo", "dora"] {
                ids.push(member(tx, name, &[Role::Member, Role::Steward]).await.id);
            }
            ids.push(member(tx, "eve", &[Role::Auditor]).await.id);
            ids
        })
        .await;
    let present = async |but: Option<i64>| users::count_present(&world.store.read(), Role::Steward, but).await.unwrap();
    assert_eq!(present(None).await, 0, "they were only named");
    world.write(async |tx| users::arrived(tx, ids[0], day(1)).await.unwrap()).await;
    world.write(async |tx| users::arrived(tx, ids[0], day(2)).await.unwrap()).await;
    world.write(async |tx| sessions::create(tx, ids[1], &[1; 32], day(0), day(10)).await.unwrap()).await;
    let token = |user_id, byte| NewToken { user_id, hash: [byte; 32], scopes: Vec::new(), project: None, expires_at: day(9) };
    world.write(async |tx| tokens::create(tx, &token(ids[2], 4), day(0)).await.unwrap()).await;
    world.write(async |tx| tokens::create(tx, &token(ids[4], 5), day(0)).await.unwrap()).await;
    assert_eq!((present(None).await, present(Some(ids[0])).await, present(Some(ids[3])).await), (3, 2, 3));
    assert!(users::has_arrived(&world.store.read(), ids[0]).await.unwrap());
    assert!(!users::has_arrived(&world.store.read(), ids[1]).await.unwrap());
}
