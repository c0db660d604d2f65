//! Who is sent to next: hosts in turn, those that fail in a row of their own, results written down many at once.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use vetmoot_workflows::delivery::due::{self, Due};
use vetmoot_workflows::delivery::record::{self, HostState, Report, Tally};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::batch::{self, Letters};
use crate::limits::{FAILING_HOSTS_AT_ONCE, HOSTS_AT_ONCE, RECORD_REPORTS_MAX, RECORD_WAIT, RESCAN_EVERY};

/// Sends what is due. What it holds is on disk too, except for results that are about to be written down.
pub(crate) struct Sender {
    ctx: Ctx,
    letters: Letters,
    /// After which host to look for more that is due; none when all were looked at.
    scan: Option<i64>,
    /// Whether to look once more from the beginning after that: a bell in the middle must not hide the last hosts.
    scan_again: bool,
    /// Hosts found due, those that are well and those that fail apart, so that the ones never wait for the others.
    well: Row,
    failing: Row,
    /// Hosts found, being sent to, or not written down yet; true when they have to be looked at again afterwards.
    busy: HashMap<i64, bool>,
    sending: JoinSet<Sent>,
    unrecorded: Vec<Sent>,
    recording: JoinSet<Recorded>,
    /// When what is unrecorded has waited for company long enough.
    record_at: Option<Instant>,
    done: usize,
}

/// What was tried at a host, and whether more waits behind it.
struct Sent {
    report: Report,
    more: bool,
}

/// What was to be written down, and whether it was.
struct Recorded {
    sent: Vec<Sent>,
    outcome: Result<Tally, Problem>,
}

/// Hosts that wait for a place.
#[derive(Default)]
struct Row {
    waiting: VecDeque<Due>,
    under_way: usize,
}

impl Sender {
    pub(crate) fn new(ctx: &Ctx) -> Self {
        Self {
            ctx: ctx.clone(),
            letters: Letters::new(),
            scan: None,
            scan_again: false,
            well: Row::default(),
            failing: Row::default(),
            busy: HashMap::new(),
            sending: JoinSet::new(),
            unrecorded: Vec::new(),
            recording: JoinSet::new(),
            record_at: None,
            done: 0,
        }
    }

    /// Sends everything that is due, and what becomes due meanwhile when there is a bell; answers how much was tried.
    ///
    /// # Errors
    /// The database fails. What was sent and not written down is kept, and written down first next time.
    pub(crate) async fn drain(&mut self, bell: Option<&Notify>) -> Result<usize, Problem> {
        self.done = 0;
        // While results cannot be written down nothing more is sent: it would all be sent again.
        self.record();
        if let Some(recorded) = self.recording.join_next().await {
            self.settle(recorded).await?;
        }
        self.look();
        let mut look_again = Instant::now() + RESCAN_EVERY;
        loop {
            self.find().await?;
            self.launch();
            if self.is_idle() {
                return Ok(self.done);
            }
            tokio::select! {
                Some(sent) = self.sending.join_next(), if !self.sending.is_empty() => self.take(sent),
                Some(recorded) = self.recording.join_next(), if !self.recording.is_empty() => self.settle(recorded).await?,
                () = until(self.record_at), if self.record_at.is_some() && self.recording.is_empty() => self.record(),
                () = rung(bell), if bell.is_some() => self.look(),
                () = sleep_until(look_again), if bell.is_some() => {
                    self.look();
                    look_again = Instant::now() + RESCAN_EVERY;
                }
            }
        }
    }

    fn is_idle(&self) -> bool {
        let waiting = !self.well.waiting.is_empty() || !self.failing.waiting.is_empty() || !self.unrecorded.is_empty();
        !waiting && self.sending.is_empty() && self.recording.is_empty() && self.scan.is_none()
    }

    /// Has every host looked at, from the first one.
    fn look(&mut self) {
        if self.scan.is_some() {
            self.scan_again = true;
        } else {
            self.scan = Some(0);
        }
    }

    /// Looks for hosts that something is due for, while there are few in hand.
    async fn find(&mut self) -> Result<(), Problem> {
        while let Some(after) = self.scan.filter(|_| self.well.waiting.len() < HOSTS_AT_ONCE) {
            let found = due::hosts_after(&self.ctx, after).await?;
            self.scan = found.next;
            if self.scan.is_none() && std::mem::take(&mut self.scan_again) {
                self.scan = Some(0);
            }
            for due in found.due {
                self.enrol(due);
            }
        }
        Ok(())
    }

    fn enrol(&mut self, due: Due) {
        if let Some(again) = self.busy.get_mut(&due.host.id) {
            *again = true;
            return;
        }
        self.busy.insert(due.host.id, false);
        let row = if due.host.state == HostState::Ok { &mut self.well } else { &mut self.failing };
        row.waiting.push_back(due);
    }

    /// Starts as many as there are places for.
    fn launch(&mut self) {
        for (row, places) in [(&mut self.well, HOSTS_AT_ONCE), (&mut self.failing, FAILING_HOSTS_AT_ONCE)] {
            while row.under_way < places {
                let Some(due) = row.waiting.pop_front() else { break };
                row.under_way += 1;
                let (ctx, letters) = (self.ctx.clone(), self.letters.clone());
                let more = due.more;
                self.sending.spawn(async move { Sent { report: batch::send(&ctx, &letters, due).await, more } });
            }
        }
    }

    fn take(&mut self, sent: Result<Sent, JoinError>) {
        let Sent { report, more } = match sent {
            Ok(sent) => sent,
            // Only the end of the runtime ends one without a report.
            Err(error) => return tracing::error!(%error, "a sender ended"),
        };
        let row = if report.host.state == HostState::Ok { &mut self.well } else { &mut self.failing };
        row.under_way = row.under_way.saturating_sub(1);
        self.done += report.tried.len();
        self.unrecorded.push(Sent { report, more });
        self.record_at.get_or_insert_with(|| Instant::now() + RECORD_WAIT);
        let last = self.sending.is_empty() && self.well.waiting.is_empty() && self.failing.waiting.is_empty();
        if last || self.unrecorded.len() >= RECORD_REPORTS_MAX {
            self.record();
        }
    }

    /// Writes down what was sent, beside the sending of what comes next.
    fn record(&mut self) {
        if self.unrecorded.is_empty() || !self.recording.is_empty() {
            return;
        }
        self.record_at = None;
        let (ctx, sent) = (self.ctx.clone(), std::mem::take(&mut self.unrecorded));
        self.recording.spawn(async move {
            let reports: Vec<&Report> = sent.iter().map(|sent| &sent.report).collect();
            // A fault here keeps what was sent, as a broken database does: forgotten, it would all be sent again.
            let outcome = AssertUnwindSafe(record::record(&ctx, &reports)).catch_unwind().await.unwrap_or_else(|_| {
                let text = "writing down what was sent stopped in the middle; it is tried again before anything is sent";
                Err(Problem::new(Kind::Internal, "record-fault", text))
            });
            Recorded { sent, outcome }
        });
    }

    /// Lets the hosts go whose results are on disk; those with more are looked at again.
    async fn settle(&mut self, recorded: Result<Recorded, JoinError>) -> Result<(), Problem> {
        let Recorded { sent, outcome } = match recorded {
            Ok(recorded) => recorded,
            Err(error) => {
                // Only the end of the runtime ends it without an outcome.
                tracing::error!(%error, "results could not be written down; they are sent again after a restart");
                return Ok(());
            }
        };
        if let Err(problem) = outcome {
            self.unrecorded.extend(sent);
            return Err(problem);
        }
        for Sent { report, more } in sent {
            let again = self.busy.remove(&report.host.id).unwrap_or(false);
            if (more || again)
                && let Some(due) = due::again(&self.ctx, report.host.id).await?
            {
                self.enrol(due);
            }
        }
        if self.unrecorded.len() >= RECORD_REPORTS_MAX || self.sending.is_empty() {
            self.record();
        }
        Ok(())
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn rung(bell: Option<&Notify>) {
    match bell {
        Some(bell) => bell.notified().await,
        None => std::future::pending().await,
    }
}
