//! Logs of others: taken in bit by bit, and never believed on their word.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use vetmoot_domain::log::{self as words, LogError, announced};
use vetmoot_keys::{KeyOwner, Purpose};
use vetmoot_storage::events;
use vetmoot_storage::federation::logs::{self, LogRow};
use vetmoot_workflows::Ctx;
use vetmoot_workflows::log::follow::{self, LogProblem, Pulled};
use vetmoot_workflows::peer::Freshness;

use crate::elsewhere::{Elsewhere, Wire};
use crate::world::{START, Setup, World, on_both_databases};

on_both_databases! {
    a_log_is_taken_in_bit_by_bit_and_then_followed,
    two_checkpoints_of_one_size_are_a_fork,
    a_shorter_log_with_another_beginning_is_a_fork,
    a_longer_log_with_another_beginning_is_a_fork,
    an_earlier_checkpoint_is_checked_once_its_leaves_arrive,
    false_entries_are_not_taken_in_and_are_no_fork,
    a_checkpoint_under_another_key_is_not_believed,
    an_old_checkpoint_that_agrees_changes_nothing,
    a_log_that_goes_silent_in_the_middle_is_taken_up_again,
}

/// Ours, and a log elsewhere.
struct Two {
    ctx: Ctx,
    far: Arc<Elsewhere>,
    known: LogRow,
    _world: World,
}

impl Two {
    async fn new(world: World) -> Self {
        let far = Elsewhere::new("far.example", START);
        let peers: Arc<dyn vetmoot_workflows::peer::Peers> = Arc::new(Wire(vec![Arc::clone(&far)]));
        let ctx = world.another(&Setup { domain: Some("vet.example"), peers: Some(peers), ..Setup::default() }).await;
        let community = ctx.peers.actor(&ctx, &far.group(), Freshness::Now).await.unwrap();
        let known = follow::begin(&ctx, &announced(&community.document).unwrap().key).await.unwrap();
        Self { ctx, far, known, _world: world }
    }

    /// Adds entries to the log elsewhere, each known by its name.
    fn grow(&self, name: &str, count: u64) {
        let mut state = self.far.state();
        for number in 0..count {
            let entry: [u8; 32] = Sha256::digest(format!("{name} {number}")).into();
            let size = state.entries.len() as u64;
            let added = words::append(size, &entry, &state.hashes).unwrap();
            state.hashes.extend(added);
            state.entries.push(entry);
        }
    }

    /// Takes the newest entries back.
    fn cut(&self, size: usize) {
        let entries: Vec<_> = self.far.state().entries[..size].to_vec();
        self.far.forget_log();
        let mut state = self.far.state();
        for (index, entry) in (0..).zip(entries) {
            let added = words::append(index, &entry, &state.hashes).unwrap();
            state.hashes.extend(added);
            state.entries.push(entry);
        }
    }

    async fn pull(&self) -> Result<Pulled, LogProblem> {
        follow::pull(&self.ctx, &format!("{}/log", self.far.origin), &self.known).await
    }

    async fn here(&self) -> LogRow {
        logs::by_id(&self.ctx.store.read(), self.known.id).await.unwrap().unwrap()
    }

    /// Looks again, and finds a fork at this size; looking once more tells nothing new.
    async fn finds_a_fork_at(&self, size: u64) {
        let before = self.here().await;
        for _ in 0..2 {
            let found = self.pull().await.unwrap_err();
            assert!(matches!(found, LogProblem::Forked { size: at, .. } if at == size), "{found:?}");
        }
        let forks = logs::forks(&self.ctx.store.read(), 10).await.unwrap();
        assert_eq!(forks.len(), 1);
        assert_eq!((forks[0].origin.as_str(), forks[0].size), ("far.example/log", size));
        assert_eq!(forks[0].known_note, before.note.clone().unwrap());
        assert!(forks[0].note.starts_with("far.example/log\n") && forks[0].note != forks[0].known_note);
        assert_eq!(self.here().await, before, "what we had stays as it was");
        let told = events::after(&self.ctx.store.read(), 0, 100).await.unwrap();
        let told: Vec<_> = told.iter().filter(|event| event.topic.as_str() == "log.forked.v1").collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].subject[..2], ["far.example/log".to_owned(), size.to_string()]);
        let tx = self.ctx.store.begin().await.unwrap();
        assert!(logs::acknowledge_fork(&tx, forks[0].id, START).await.unwrap());
        assert!(!logs::acknowledge_fork(&tx, forks[0].id, START).await.unwrap());
        tx.commit().await.unwrap();
    }
}

async fn a_log_is_taken_in_bit_by_bit_and_then_followed(world: World) {
    let two = Two::new(world).await;
    let empty = two.pull().await.unwrap();
    assert!((empty.checkpoint.size, empty.new.len()) == (0, 0) && empty.is_complete());
    two.grow("a", 17_000);
    let first = two.pull().await.unwrap();
    assert_eq!((first.here, first.new.len(), first.is_complete()), (16_384, 16_384, false));
    assert_eq!(first.new[16_383], (16_383, two.far.state().entries[16_383]));
    let second = two.pull().await.unwrap();
    assert_eq!((second.here, second.new.len(), second.is_complete()), (17_000, 616, true));
    assert_eq!(two.pull().await.unwrap().new, []);
    for more in [1, 1, 254, 300] {
        two.grow("b", more);
        let pulled = two.pull().await.unwrap();
        assert_eq!((pulled.new.len() as u64, pulled.is_complete()), (more, true));
    }
    let (here, entries) = (two.here().await, two.far.state().entries.clone());
    assert_eq!((here.size, here.own), (17_556, false));
    let leaves = logs::leaves(&two.ctx.store.read(), here.id, 0, 20_000).await.unwrap();
    assert_eq!(leaves.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>(), entries);
    assert_eq!(logs::leaf_of(&two.ctx.store.read(), here.id, &entries[9_000]).await.unwrap(), Some(9_000));
}

async fn two_checkpoints_of_one_size_are_a_fork(world: World) {
    let two = Two::new(world).await;
    two.grow("a", 300);
    two.pull().await.unwrap();
    two.cut(299);
    two.grow("other", 1);
    two.finds_a_fork_at(300).await;
}

async fn a_shorter_log_with_another_beginning_is_a_fork(world: World) {
    let two = Two::new(world).await;
    two.grow("a", 300);
    two.pull().await.unwrap();
    two.cut(100);
    two.grow("other", 20);
    two.finds_a_fork_at(120).await;
}

async fn a_longer_log_with_another_beginning_is_a_fork(world: World) {
    let two = Two::new(world).await;
    two.grow("a", 256);
    two.pull().await.unwrap();
    two.cut(10);
    two.grow("other", 800);
    two.finds_a_fork_at(256).await;
}

async fn an_earlier_checkpoint_is_checked_once_its_leaves_arrive(world: World) {
    let two = Two::new(world).await;
    two.grow("a", 16_500);
    assert!(!two.pull().await.unwrap().is_complete());
    // Up to where we have it, it says the same; beyond, not what it signed.
    two.cut(16_400);
    two.grow("other", 300);
    two.finds_a_fork_at(16_500).await;
}

async fn false_entries_are_not_taken_in_and_are_no_fork(world: World) {
    let two = Two::new(world).await;
    two.grow("a", 40);
    two.pull().await.unwrap();
    two.grow("b", 40);
    let honest = two.far.state().entries[70];
    two.far.state().entries[70] = [7; 32];
    assert!(matches!(two.pull().await, Err(LogProblem::Wrong(LogError::ProofWrong))));
    assert_eq!(two.here().await.size, 40);
    two.far.state().entries[70] = honest;
    assert_eq!(two.pull().await.unwrap().new.len(), 40);
    assert_eq!(logs::forks(&two.ctx.store.read(), 10).await.unwrap(), []);
}

async fn a_checkpoint_under_another_key_is_not_believed(world: World) {
    let two = Two::new(world).await;
    two.grow("a", 3);
    two.pull().await.unwrap();
    two.far.keys.rotate(&KeyOwner::new("log"), Purpose::Checkpoint, START).unwrap();
    two.grow("b", 3);
    let refused = two.pull().await.unwrap_err();
    assert_eq!(refused.code(), "checkpoint-signature-wrong");
    let community = two.ctx.peers.actor(&two.ctx, &two.far.group(), Freshness::Now).await.unwrap();
    let other = announced(&community.document).unwrap().key;
    assert_eq!(follow::begin(&two.ctx, &other).await.unwrap_err().code, "log-key-changed");
}

async fn an_old_checkpoint_that_agrees_changes_nothing(world: World) {
    let two = Two::new(world).await;
    two.grow("a", 300);
    two.pull().await.unwrap();
    let before = two.here().await;
    two.cut(77);
    let pulled = two.pull().await.unwrap();
    assert_eq!((pulled.checkpoint.size, pulled.here, pulled.new.len()), (77, 300, 0));
    assert_eq!(two.here().await, before);
}

async fn a_log_that_goes_silent_in_the_middle_is_taken_up_again(world: World) {
    let two = Two::new(world).await;
    two.grow("a", 700);
    let down = format!("{}/log/tile/entries/002.p/188", two.far.origin);
    two.far.state().down.insert(down.clone());
    assert!(matches!(two.pull().await, Err(LogProblem::Later(_))));
    assert_eq!(two.here().await.size, 0, "nothing half is kept");
    two.far.state().down.remove(&down);
    assert_eq!(two.pull().await.unwrap().here, 700);
}
