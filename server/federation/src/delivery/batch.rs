//! Some deliveries to one host: in order, a few at a time, and no more once it fails.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use moka::future::Cache;
use vetmoot_workflows::delivery::due::{self, Due, HostSignature, Waiting};
use vetmoot_workflows::delivery::record::{HostState, Report, Tried, Verdict};
use vetmoot_workflows::{Ctx, Problem};

use super::post::{Letter, Posted, post};
use crate::limits::{LETTERS_BYTES_MAX, SENDS_PER_HOST};

/// Activities written out, by their numbers, for everybody who gets them.
#[derive(Clone)]
pub(super) struct Letters(Cache<i64, Arc<Letter>>);

impl Letters {
    pub(super) fn new() -> Self {
        let weigh = |_: &i64, letter: &Arc<Letter>| u32::try_from(letter.body.len()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(LETTERS_BYTES_MAX).weigher(weigh).build())
    }

    /// The activity of this number, read once for all who ask at the same time.
    async fn get(&self, ctx: &Ctx, activity_seq: i64) -> Result<Arc<Letter>, Arc<Problem>> {
        let read = async {
            let said = due::said(ctx, activity_seq).await?;
            Ok::<_, Problem>(Arc::new(Letter { actor: said.actor, about: said.about, body: said.body.into() }))
        };
        self.0.try_get_with(activity_seq, read).await
    }
}

/// One delivery under way.
struct Sent {
    waiting: Waiting,
    about: Option<String>,
    posted: Posted,
}

/// Sends what is due at one host and says what became of it. After a failure of the host the rest is left for later.
pub(super) async fn send(ctx: &Ctx, letters: &Letters, due: Due) -> Report {
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
            if let Ok(letter) = &letter
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
    letter: Result<Arc<Letter>, Arc<Problem>>,
    waiting: Waiting,
    known: Option<HostSignature>,
) -> Sent {
    match letter {
        Ok(letter) => {
            let posted = post(ctx, &letter, &waiting.inbox, known).await;
            Sent { waiting, about: Some(letter.about.clone()), posted }
        }
        Err(problem) => {
            Sent { waiting, about: None, posted: Posted::failed(Verdict::NotSent, problem.text.clone()) }
        }
    }
}

/// Whether another delivery would fare no better now.
fn blames_host(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Unreachable | Verdict::Failing { .. } | Verdict::Patience { .. } | Verdict::NotSent)
}
