//! Our transparency log: every statement is a leaf, and everything it answers fits together.

use serde_json::{Value, json};
use vetmoot_domain::log::{
    Checkpoint, Hash, Hashes, Receipt, Tile, append, bundle_entries, check_inclusion, entry_of, root, tile_hashes,
};
use vetmoot_domain::proof::{Check, Pin, verify_statement};
use vetmoot_domain::{Adoption, Role};
use vetmoot_storage::federation::{logs, statements};
use vetmoot_workflows::audit::{record, withdraw};
use vetmoot_workflows::policy::adopt::{self, Adopt};
use vetmoot_workflows::statement::own::{self, NewOwn};
use vetmoot_workflows::{Ctx, Origin, log};

use crate::world::{AUDITED, Setup, World, full, on_both_databases};

on_both_databases! {
    every_statement_is_a_leaf_and_every_leaf_is_proven,
    a_trial_has_no_log,
    what_is_given_up_leaves_no_leaf,
    many_leaves_are_appended_in_one_transaction,
    processes_that_append_at_once_make_one_log,
    an_export_carries_its_receipt,
    statements_are_handed_out_in_pieces,
    a_damaged_log_is_noticed,
}

const RELEASE: &str = "pkg:cargo/mossy-lantern@1.1.0";

pub async fn with_domain(world: &World) -> Ctx {
    world.another(&Setup { domain: Some("vet.example"), ..Setup::default() }).await
}

async fn checkpoint(ctx: &Ctx) -> Checkpoint {
    let note = log::checkpoint(ctx).await.unwrap();
    Checkpoint::verified(note.as_bytes(), &log::vkey(ctx).await.unwrap()).unwrap()
}

/// The entries as the tiles have them, checked against the checkpoint.
async fn entries(ctx: &Ctx) -> Vec<Hash> {
    let checkpoint = checkpoint(ctx).await;
    let mut entries = Vec::new();
    for tile in Tile::entries_from(0, checkpoint.size) {
        entries.extend(bundle_entries(&log::tile(ctx, &tile).await.unwrap(), tile.width()).unwrap());
    }
    let mut known = Hashes::new();
    for (index, entry) in (0..).zip(&entries) {
        let added = append(index, entry, &known).unwrap();
        known.extend(added);
    }
    assert_eq!(root(checkpoint.size, &known).unwrap(), checkpoint.root);
    entries
}

async fn bulk(ctx: &Ctx, from: u64, limit: u64) -> Value {
    serde_json::from_str(&log::statements(ctx, from, limit).await.unwrap()).unwrap()
}

async fn every_statement_is_a_leaf_and_every_leaf_is_proven(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let ctx = with_domain(&world).await;
    assert_eq!(checkpoint(&ctx).await.size, 0, "an empty log has a checkpoint too");
    let ada = world.member("ada", &[Role::Auditor]).await;
    let adopt =
        |mode| Adopt { slug: AUDITED.parse().unwrap(), bytes: adopt::from_shelf(AUDITED).unwrap().as_bytes().to_vec(), mode };
    for mode in [Adoption::Enforce, Adoption::Enforce, Adoption::Observe] {
        adopt::adopt(&ctx, &Origin::Operator, adopt(mode)).await.unwrap();
    }
    let audit = record::record(&ctx, &ada, &full(RELEASE)).await.unwrap();
    withdraw::withdraw(&ctx, &ada, &audit.id, "a mistake").await.unwrap();
    let all = bulk(&ctx, 0, 1_000).await;
    assert_eq!((&all["from"], &all["size"], &all["next"]), (&json!(0), &json!(4), &json!(4)));
    let said = all["statements"].as_array().unwrap();
    let kinds: Vec<&str> = said.iter().map(|one| one["record"]["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["PolicyRevision", "PolicyRevision", "Audit", "Withdrawal"],
        "adopting again what is adopted says nothing"
    );
    let entries = entries(&ctx).await;
    for (index, one) in (0..).zip(said) {
        assert_eq!(one["index"], index);
        let record = &one["record"];
        assert!(matches!(verify_statement(record, Pin::Nothing), Check::NotPinned(_)), "{record}");
        let entry = entry_of(record).unwrap();
        assert_eq!(entries[usize::try_from(index).unwrap()], entry);
        let proof = log::inclusion(&ctx, record["id"].as_str().unwrap()).await.unwrap().unwrap();
        let whole = Checkpoint::verified(proof.checkpoint.as_bytes(), &log::vkey(&ctx).await.unwrap()).unwrap();
        check_inclusion(&entry, proof.index, proof.size, &whole.root, &proof.hashes).unwrap();
        let row = statements::by_uri(&ctx.store.read(), record["id"].as_str().unwrap()).await.unwrap().unwrap();
        assert_eq!((row.digest, row.leaf, row.source_id), (entry, Some(index), None));
        assert_eq!(row.withdrawn_at.is_some(), index == 2);
    }
    let [revision, _, audited, withdrawal] = [0, 1, 2, 3].map(|place: usize| &said[place]["record"]);
    assert_eq!(revision["id"], format!("https://vet.example/policies/{AUDITED}/revisions/1/record"));
    assert_eq!(revision["document"], adopt::from_shelf(AUDITED).unwrap());
    assert_eq!(audited["id"], format!("https://vet.example/audits/{}/record", audit.id));
    assert_eq!((&withdrawal["object"], &withdrawal["reason"]), (&audited["id"], &json!("a mistake")));
    assert!(said.iter().all(|one| one["record"]["salt"].as_str().unwrap().len() == 32));
    // The tile of hashes agrees with the leaves.
    let tile = log::tile(&ctx, &"tile/0/000.p/4".parse().unwrap()).await.unwrap();
    let leaves: Vec<Hash> = entries.iter().map(|entry| vetmoot_domain::log::leaf_hash(entry)).collect();
    assert_eq!(tile_hashes(&tile, 4).unwrap(), leaves);
    for (path, code) in
        [("tile/0/000.p/5", "no-such-tile"), ("tile/1/000.p/1", "no-such-tile"), ("tile/entries/001", "no-such-tile")]
    {
        assert_eq!(log::tile(&ctx, &path.parse().unwrap()).await.unwrap_err().code, code);
    }
    assert_eq!(log::proof(&ctx, 4).await.unwrap_err().code, "no-such-leaf");
    assert_eq!(log::inclusion(&ctx, "https://vet.example/audits/none/record").await.unwrap(), None);
}

async fn a_trial_has_no_log(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let ada = world.member("ada", &[Role::Auditor]).await;
    let audit = world.record(&ada, &full(RELEASE)).await.unwrap();
    world.shelf(AUDITED).await;
    assert_eq!(log::checkpoint(&world.ctx).await.unwrap_err().code, "no-federation");
    assert_eq!(log::vkey(&world.ctx).await.unwrap_err().code, "no-federation");
    assert_eq!(log::statements(&world.ctx, 0, 10).await.unwrap_err().code, "no-federation");
    assert_eq!(log::inclusion(&world.ctx, &audit.id).await.unwrap(), None);
    assert_eq!(logs::own(&world.ctx.store.read()).await.unwrap(), None);
    assert_eq!(statements::count(&world.ctx.store.read(), None).await.unwrap(), 0);
    assert_eq!(log::export(&world.ctx, &audit.id).await.unwrap()["log"], Value::Null);
}

/// A statement nobody made by a door.
async fn publish(ctx: &Ctx, tx: &vetmoot_storage::Tx, number: usize) -> Value {
    let uri = format!("https://vet.example/statements/{number}");
    let record = json!({ "id": uri, "type": "Audit", "number": number });
    let new = NewOwn {
        uri: &uri,
        kind: "Audit",
        author: "https://vet.example/users/ada",
        package: None,
        object: None,
        record: &record,
        published: ctx.clock.now(),
    };
    own::publish(ctx, tx, new).await.unwrap();
    record
}

async fn what_is_given_up_leaves_no_leaf(world: World) {
    let ctx = with_domain(&world).await;
    let tx = ctx.store.begin().await.unwrap();
    publish(&ctx, &tx, 0).await;
    tx.commit().await.unwrap();
    let before = checkpoint(&ctx).await;
    // As when the process dies before the transaction ends.
    for number in 1..4 {
        let tx = ctx.store.begin().await.unwrap();
        publish(&ctx, &tx, number).await;
        drop(tx);
    }
    assert_eq!(checkpoint(&ctx).await, before);
    let tx = ctx.store.begin().await.unwrap();
    let record = publish(&ctx, &tx, 1).await;
    tx.commit().await.unwrap();
    assert_eq!(entries(&ctx).await[1], entry_of(&record).unwrap());
    // An id is taken for ever, and what clashes with it gives everything up.
    let tx = ctx.store.begin().await.unwrap();
    let (uri, other) = (record["id"].as_str().unwrap(), json!({ "another": true }));
    let new =
        NewOwn { uri, kind: "Audit", author: "x", package: None, object: None, record: &other, published: ctx.clock.now() };
    assert_eq!(own::publish(&ctx, &tx, new).await.unwrap_err().code, "statement-exists");
    drop(tx);
    assert_eq!(entries(&ctx).await.len(), 2);
}

async fn many_leaves_are_appended_in_one_transaction(world: World) {
    let ctx = with_domain(&world).await;
    let tx = ctx.store.begin().await.unwrap();
    let mut expected = Vec::new();
    for number in 0..1_100 {
        expected.push(entry_of(&publish(&ctx, &tx, number).await).unwrap());
    }
    tx.commit().await.unwrap();
    assert_eq!(entries(&ctx).await, expected);
    let restarted = with_domain(&world).await;
    assert_eq!(checkpoint(&restarted).await, checkpoint(&ctx).await);
    assert_eq!(log::checkpoint(&restarted).await.unwrap(), log::checkpoint(&ctx).await.unwrap(), "the same key signs the same");
    let full = log::tile(&ctx, &"tile/0/003".parse().unwrap()).await.unwrap();
    assert_eq!(full.len(), 256 * 32);
    let above = log::tile(&ctx, &"tile/1/000.p/4".parse().unwrap()).await.unwrap();
    assert_eq!(above.len(), 4 * 32);
}

async fn processes_that_append_at_once_make_one_log(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let (one, other) = (with_domain(&world).await, with_domain(&world).await);
    let ada = world.member("ada", &[Role::Auditor]).await;
    let some = async |ctx: &Ctx| {
        for _ in 0..12 {
            record::record(ctx, &ada, &full(RELEASE)).await.unwrap();
        }
    };
    tokio::join!(some(&one), some(&other));
    let entries = entries(&one).await;
    assert_eq!(entries.len(), 24);
    assert_eq!(checkpoint(&other).await, checkpoint(&one).await);
    let rows = statements::of_leaf_range(&one.store.read(), None, 0, 100).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.digest).collect::<Vec<_>>(), entries);
}

async fn an_export_carries_its_receipt(world: World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let ctx = with_domain(&world).await;
    let ada = world.member("ada", &[Role::Auditor]).await;
    let audit = record::record(&ctx, &ada, &full(RELEASE)).await.unwrap();
    record::record(&ctx, &ada, &full(RELEASE)).await.unwrap();
    let export = log::export(&ctx, &audit.id).await.unwrap();
    let receipt: Receipt = serde_json::from_value(export["log"].clone()).unwrap();
    let key = log::vkey(&ctx).await.unwrap();
    assert_eq!(receipt.key, key.to_string());
    assert_eq!(receipt.verify(&entry_of(&export["record"]).unwrap(), &key).unwrap(), checkpoint(&ctx).await);
}

async fn statements_are_handed_out_in_pieces(world: World) {
    let ctx = with_domain(&world).await;
    let tx = ctx.store.begin().await.unwrap();
    for number in 0..90 {
        publish(&ctx, &tx, number).await;
    }
    tx.commit().await.unwrap();
    let indexes = |piece: &Value| -> Vec<u64> {
        piece["statements"].as_array().unwrap().iter().map(|one| one["index"].as_u64().unwrap()).collect()
    };
    assert_eq!(indexes(&bulk(&ctx, 0, 0).await), [0], "at least one");
    assert_eq!(indexes(&bulk(&ctx, 40, 50).await), (40..90).collect::<Vec<_>>());
    assert_eq!(indexes(&bulk(&ctx, 85, u64::MAX).await), (85..90).collect::<Vec<_>>());
    let beyond = bulk(&ctx, u64::MAX, 10).await;
    assert_eq!((indexes(&beyond), &beyond["size"]), (Vec::new(), &json!(90)));
}

async fn a_damaged_log_is_noticed(world: World) {
    let ctx = with_domain(&world).await;
    assert_eq!(log::examine(&ctx).await.unwrap(), None);
    let tx = ctx.store.begin().await.unwrap();
    for number in 0..600 {
        publish(&ctx, &tx, number).await;
    }
    tx.commit().await.unwrap();
    assert_eq!(log::examine(&ctx).await.unwrap().unwrap(), log::Examined { size: 600, wrong: None });
    // A place without its leaf, as no transaction of ours leaves one behind.
    let row = logs::own(&ctx.store.read()).await.unwrap().unwrap();
    let tx = ctx.store.begin().await.unwrap();
    logs::take_places(&tx, row.id, 1).await.unwrap();
    tx.commit().await.unwrap();
    let found = log::examine(&ctx).await.unwrap().unwrap();
    assert_eq!(found.wrong.as_deref(), Some("1 leaves are missing"));
    let tx = ctx.store.begin().await.unwrap();
    logs::add_leaves(&tx, row.id, 600, &[[7; 32]], ctx.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let found = log::examine(&ctx).await.unwrap().unwrap();
    assert_eq!(found.wrong.as_deref(), Some("600 statements stand beside 601 leaves"));
}
