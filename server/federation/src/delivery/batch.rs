//! Some deliveries to one host: in order, a few at a time, and no more once it fails.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use moka::future::Cache;
use vetmoot_workflows::actor::{HttpKeyOwner, LocalActor, http_key};
use vetmoot_workflows::delivery::due::{self, Due, HostSignature, Waiting};
use vetmoot_workflows::delivery::record::{HostState, Report, Tried, Verdict};
use vetmoot_workflows::{Ctx, Problem};

use super::post::{Letter, Posted, post};
use crate::limits::{KEYS_FRESH, KEYS_MAX, LETTERS_BYTES_MAX, SENDS_PER_HOST};
use crate::signature::BodyDigest;

/// Activities written out, by their numbers, and the keys that sign them, for everybody who gets them.
#[derive(Clone)]
pub(super) struct Letters {
    letters: Cache<i64, Arc<Letter>>,
    keys: Cache<LocalActor, Arc<HttpKeyOwner>>,
}

impl Letters {
    pub(super) fn new() -> Self {
        let weigh = |_: &i64, letter: &Arc<Letter>| u32::try_from(letter.body.len()).unwrap_or(u32::MAX);
        Self {
            letters: Cache::builder().max_capacity(LETTERS_BYTES_MAX).weigher(weigh).build(),
            // Only for a moment: a key may be replaced, and from then on the new one signs.
            keys: Cache::builder().max_capacity(KEYS_MAX).time_to_live(KEYS_FRESH).build(),
        }
    }

    /// The activity of this number and the key that signs it, looked up once for all who ask at the same time.
    async fn get(&self, ctx: &Ctx, activity_seq: i64) -> Result<(Arc<Letter>, Arc<HttpKeyOwner>), Arc<Problem>> {
        let read = async {
            let said = due::said(ctx, activity_seq).await?;
            let digest = BodyDigest::of(said.body.as_bytes());
            Ok::<_, Problem>(Arc::new(Letter { actor: said.actor, digest, about: said.about, body: said.body.into() }))
        };
        let letter = self.letters.try_get_with(activity_seq, read).await?;
        let look_up = async { http_key(ctx, &letter.actor).await.map(Arc::new) };
        let key = self.keys.try_get_with_by_ref(&letter.actor, look_up).await?;
        Ok((letter, key))
    }
}

/// What a ledger says where sending stopped by a fault of ours.
const FAULT: &str = "a fault on our side stopped it in the middle; it is tried again";

/// One delivery under way.
struct Sent {
    waiting: Waiting,
    about: Option<String>,
    posted: Posted,
}

/// Sends what is due at one host and says what became of it, whatever happens: a fault of ours in the middle frees the
/// host's place as any end does. What had arrived by then is sent again, and known there by its id.
pub(super) async fn send(ctx: &Ctx, letters: &Letters, due: Due) -> Report {
    let (host, first) = (due.host.clone(), due.waiting.first().cloned());
    AssertUnwindSafe(in_order(ctx, letters, due)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(host = %host.origin, "sending to a host stopped in the middle");
        let put_off = |waiting| Tried { waiting, verdict: Verdict::NotSent, error: FAULT.to_owned() };
        Report { host, signature: None, tried: first.map(put_off).into_iter().collect() }
    })
}

/// Sends in order. After a failure of the host the rest is left for later.
async fn in_order(ctx: &Ctx, letters: &Letters, due: Due) -> Report {
    let at_once = if due.host.state == HostState::Ok { SENDS_PER_HOST } else { 1 };
    let mut known = due.host.signature;
    let mut report = Report { signature: None, tried: Vec::with_capacity(due.waiting.len()), host: due.host };
    let mut under_way = FuturesUnordered::new();
    let mut abouts: HashSet<String> = HashSet::new();
    let mut coming = due.waiting.into_iter();
    let mut next = coming.next();
    loop {
        while let Some(waiting) = next.take_if(|_| under_way.len() < at_once) {
            let letter = letters.get(ctx, waiting.activity_seq).await;
            // What is said about one thing arrives in the order in which it was said.
            if let Ok((letter, _)) = &letter
                && !abouts.insert(letter.about.clone())
            {
                next = Some(waiting);
                break;
            }
            under_way.push(one(ctx, letter, waiting, known));
            next = coming.next();
        }
        let Some(sent) = under_way.next().await else { break };
        if let Some(about) = &sent.about {
            abouts.remove(about);
        }
        if let Some(signature) = sent.posted.signature {
            known = Some(signature);
            report.signature = Some(signature);
        }
        if blames_host(&sent.posted.verdict) {
            next = None;
            coming = Vec::new().into_iter();
        }
        report.tried.push(Tried { waiting: sent.waiting, verdict: sent.posted.verdict, error: sent.posted.error });
    }
    report.tried.sort_by_key(|tried| tried.waiting.id);
    report
}

async fn one(
    ctx: &Ctx,
    letter: Result<(Arc<Letter>, Arc<HttpKeyOwner>), Arc<Problem>>,
    waiting: Waiting,
    known: Option<HostSignature>,
) -> Sent {
    match letter {
        Ok((letter, key)) => {
            // A fault in one of them is no reason to keep the others.
            let posted = AssertUnwindSafe(post(ctx, &letter, &key, &waiting.inbox, known)).catch_unwind().await;
            let posted = posted.unwrap_or_else(|_| {
                tracing::error!(inbox = %waiting.inbox, "sending an activity stopped in the middle");
                Posted::failed(Verdict::NotSent, FAULT)
            });
            Sent { waiting, about: Some(letter.about.clone()), posted }
        }
        Err(problem) => Sent { waiting, about: None, posted: Posted::failed(Verdict::NotSent, problem.text.clone()) },
    }
}

/// Whether another delivery would fare no better now.
fn blames_host(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Unreachable | Verdict::Failing { .. } | Verdict::Patience { .. } | Verdict::NotSent)
}
