//! What is refused is not kept, who uploads too much waits, and what an upload came with has to stand when it ends.

use vetmoot_storage::submission::publishers;
use vetmoot_storage::tokens;
use vetmoot_storage::{Stored, blobs};
use vetmoot_workflows::limits::UPLOADS_BURST;
use vetmoot_workflows::member::token::{self, Scope};
use vetmoot_workflows::submission::hand_in::{self, Handed, Uploader};
use vetmoot_workflows::submission::project;
use vetmoot_workflows::{Kind, Problem};

use crate::staged::{DEMO, Stage, package, problem, version};
use crate::world::{World, on_both_databases};

on_both_databases! {
    nothing_is_kept_of_an_upload_that_is_refused,
    what_something_else_refers_to_stays,
    who_uploads_too_much_waits,
    a_token_that_is_revoked_meanwhile_leaves_nothing,
    a_publisher_that_is_removed_meanwhile_leaves_nothing,
}

async fn is_here(stage: &Stage, stored: &Stored) -> bool {
    stage.ctx.blobs.has(&stored.sha256).await.unwrap().is_some()
}

/// A crate that says it is another release.
async fn wrong(stage: &Stage, line: &str) -> Handed {
    Handed { version: version("9.9.9"), ..stage.crate_file("demo-lamp", "1.0.0", line).await }
}

async fn nothing_is_kept_of_an_upload_that_is_refused(world: World) {
    let stage = Stage::new(world).await;
    let handed = wrong(&stage, "one").await;
    let stored = handed.stored.clone();
    assert!(is_here(&stage, &stored).await);
    assert_eq!(stage.hand_in(&stage.ada, DEMO, handed).await.unwrap_err().code, "findings");
    assert!(!is_here(&stage, &stored).await);
    // Other bytes of a version that is taken.
    stage.staged("1.0.0").await;
    let other = stage.crate_file("demo-lamp", "1.0.0", "two").await;
    let stored = other.stored.clone();
    assert_eq!(stage.hand_in(&stage.ada, DEMO, other).await.unwrap_err().code, "already-staged");
    assert!(!is_here(&stage, &stored).await);
    // A door that refuses before it hands in says so.
    let early = stage.crate_file("demo-lamp", "1.1.0", "three").await.stored;
    hand_in::refused(&stage.ctx, &stage.uploader(&stage.ada).await, &early).await;
    assert!(!is_here(&stage, &early).await);
    assert!(!stage.ctx.blobs.discard(&early.sha256, stage.ctx.clock.now()).await.unwrap(), "once is enough");
}

async fn what_something_else_refers_to_stays(world: World) {
    let stage = Stage::new(world).await;
    // The very bytes of a candidate, handed in as another version.
    stage.staged("1.0.0").await;
    let handed = wrong(&stage, "one").await;
    let stored = handed.stored.clone();
    stage.hand_in(&stage.ada, DEMO, handed).await.unwrap_err();
    assert!(is_here(&stage, &stored).await, "a candidate has them");
    // Bytes that are kept for a reason of their own.
    let handed = wrong(&stage, "two").await;
    let stored = handed.stored.clone();
    let tx = stage.ctx.store.begin().await.unwrap();
    blobs::pin(&tx, &stored.sha256, "a reason", stage.ctx.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    stage.hand_in(&stage.ada, DEMO, handed).await.unwrap_err();
    assert!(is_here(&stage, &stored).await);
}

async fn who_uploads_too_much_waits(world: World) {
    let stage = Stage::new(world).await;
    let uploader = stage.uploader(&stage.ada).await;
    let permit = async |uploader: &Uploader| hand_in::permit(&stage.ctx, uploader, &package(DEMO)).await;
    permit(&uploader).await.unwrap();
    // As if files of the largest size had come, each refused.
    let mut large = stage.crate_file("demo-lamp", "1.0.0", "one").await.stored;
    large.size = stage.ctx.publishing.file_bytes_max;
    for _ in 0..UPLOADS_BURST / 1_000 {
        permit(&uploader).await.unwrap();
        hand_in::refused(&stage.ctx, &uploader, &large).await;
    }
    let spent: Problem = permit(&uploader).await.unwrap_err();
    assert_eq!((spent.kind, spent.code), (Kind::Unavailable, "uploads-spent"));
    assert!(spent.wait.is_some() && spent.text.contains("ada"), "{spent:?}");
    permit(&stage.uploader(&stage.cleo).await).await.unwrap();
    stage.world.turn("1m");
    permit(&uploader).await.unwrap();
    // One more of the largest size is paid for afterwards.
    hand_in::refused(&stage.ctx, &uploader, &large).await;
    hand_in::refused(&stage.ctx, &uploader, &large).await;
    assert_eq!(permit(&uploader).await.unwrap_err().code, "uploads-spent");
    stage.world.turn("2m");
    permit(&uploader).await.unwrap();
}

async fn a_token_that_is_revoked_meanwhile_leaves_nothing(world: World) {
    let stage = Stage::new(world).await;
    let name = "ada".parse().unwrap();
    let secret = token::create(&stage.ctx, &stage.ada, &name, &[Scope::Publish], None, None).await.unwrap();
    let uploader = hand_in::uploader(&stage.ctx, &secret).await.unwrap();
    let permit = hand_in::permit(&stage.ctx, &uploader, &package(DEMO)).await.unwrap();
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    let stored = handed.stored.clone();
    let tx = stage.ctx.store.begin().await.unwrap();
    assert!(tokens::revoke(&tx, uploader.token.unwrap(), stage.ctx.clock.now()).await.unwrap());
    tx.commit().await.unwrap();
    let refused = hand_in::hand_in(&stage.ctx, &uploader, &permit, handed).await.map_err(problem).unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Unauthenticated, "token-taken-back"));
    assert_eq!((stage.count().await, is_here(&stage, &stored).await), (0, false));
    // One that merely expired while the upload went on began in time.
    let late = stage.uploader(&stage.ada).await;
    stage.world.turn("100d");
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    hand_in::hand_in(&stage.ctx, &late, &permit, handed).await.map_err(problem).unwrap();
}

async fn a_publisher_that_is_removed_meanwhile_leaves_nothing(world: World) {
    let stage = Stage::new(world).await;
    let (ctx, now) = (&stage.ctx, stage.ctx.clock.now());
    let project = project::show(ctx, &package(DEMO)).await.unwrap().row;
    let publisher = stage.program_of_demo("vm_of-a-program").await;
    let uploader = hand_in::uploader(ctx, "vm_of-a-program").await.unwrap();
    let permit = hand_in::permit(ctx, &uploader, &package(DEMO)).await.unwrap();
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    let stored = handed.stored.clone();
    let tx = ctx.store.begin().await.unwrap();
    publishers::remove(&tx, project.id, publisher, now).await.unwrap();
    tx.commit().await.unwrap();
    let refused = hand_in::hand_in(ctx, &uploader, &permit, handed).await.map_err(problem).unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Unauthenticated, "token-taken-back"));
    assert_eq!((stage.count().await, is_here(&stage, &stored).await), (0, false));
}
