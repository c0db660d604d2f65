//! The desk of an index, where uploads arrive: it notes each, keeps one waiting when told to, and has bad days.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::limits;
use crate::upstream::server::Reply;
use crate::upstream::sha256;

/// An upload that arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// What it was: `demo 1.0.0`, or the name of a file.
    pub what: String,
    /// The SHA-256 of the file in it.
    pub sha256: String,
    /// Whether the index took it.
    pub taken: bool,
}

/// How the next upload goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It is answered with this status, `Retry-After` in seconds, and words; nothing is taken.
    Status(u16, Option<u32>, &'static str),
    /// It is answered 200 with an error in the body; nothing is taken.
    ErrorInside(&'static str),
    /// The connection ends before anything is taken.
    HangUpBefore,
    /// It is taken, and the connection ends without an answer.
    HangUpAfter,
    /// It is taken, and other bytes are kept and listed.
    OtherBytes,
}

/// Where a request can be kept waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The index document is asked for.
    Look,
    /// An upload arrived whole and is not taken yet.
    Taking,
    /// An upload was taken and is not answered yet.
    Answering,
    /// A file is downloaded.
    Download,
}

#[derive(Debug, Default)]
struct State {
    arrivals: Vec<Arrival>,
    troubles: VecDeque<Trouble>,
    holds: Option<Point>,
    held: bool,
}

/// A desk.
#[derive(Debug, Default)]
pub struct Desk {
    state: Mutex<State>,
    bell: Condvar,
}

impl Desk {
    /// The next upload goes wrong in this way, the one after it in the way named after this one.
    pub fn expect(&self, trouble: Trouble) {
        self.open().troubles.push_back(trouble);
    }

    /// The next request that comes to this point waits there until [`Self::let_go`].
    pub fn hold(&self, point: Point) {
        let mut state = self.open();
        (state.holds, state.held) = (Some(point), false);
    }

    /// Waits until a request is held.
    ///
    /// # Panics
    /// When none comes in time.
    pub fn wait_until_held(&self) {
        let state = self.open();
        let (state, timeout) =
            self.bell.wait_timeout_while(state, limits::READY, |state| !state.held).unwrap_or_else(PoisonError::into_inner);
        assert!(state.held, "no request came to where one was to be held ({timeout:?}, {:?})", state.arrivals);
    }

    /// Lets what is held go on.
    pub fn let_go(&self) {
        let mut state = self.open();
        (state.holds, state.held) = (None, false);
        self.bell.notify_all();
    }

    /// Every upload that arrived whole, in the order in which they came.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.open().arrivals.clone()
    }

    /// Those the index took.
    pub fn taken(&self) -> Vec<Arrival> {
        self.arrivals().into_iter().filter(|arrival| arrival.taken).collect()
    }

    /// A request comes to a point.
    pub(super) fn pass(&self, point: Point) {
        let mut state = self.open();
        if state.holds != Some(point) || state.held {
            return;
        }
        state.held = true;
        self.bell.notify_all();
        // Whoever lets it go empties both; nobody is held longer than a test waits for anything.
        let held = self.bell.wait_timeout_while(state, limits::HELD, |state| state.held);
        drop(held.unwrap_or_else(PoisonError::into_inner));
    }

    /// An upload arrives. `take` puts it on the shelf and answers, or says why not; it is told to keep other bytes.
    pub(super) fn receive(
        &self,
        what: &str,
        file: &[u8],
        error_inside: impl Fn(&str) -> Reply,
        take: impl FnOnce(bool) -> Result<Reply, Reply>,
    ) -> Reply {
        self.pass(Point::Taking);
        let trouble = self.open().troubles.pop_front();
        let arrived = |taken| Arrival { what: what.to_owned(), sha256: sha256(file), taken };
        match &trouble {
            Some(Trouble::Status(status, wait, words)) => {
                self.note(arrived(false));
                let reply = Reply::status(*status, words);
                return wait.map_or(reply.clone(), |seconds| reply.header("retry-after", &seconds.to_string()));
            }
            Some(Trouble::ErrorInside(words)) => {
                self.note(arrived(false));
                return error_inside(words);
            }
            Some(Trouble::HangUpBefore) => {
                self.note(arrived(false));
                return Reply::hang_up();
            }
            Some(Trouble::HangUpAfter | Trouble::OtherBytes) | None => {}
        }
        match take(trouble == Some(Trouble::OtherBytes)) {
            Ok(reply) => {
                self.note(arrived(true));
                self.pass(Point::Answering);
                if trouble == Some(Trouble::HangUpAfter) { Reply::hang_up() } else { reply }
            }
            Err(refusal) => {
                self.note(arrived(false));
                refusal
            }
        }
    }

    fn note(&self, arrival: Arrival) {
        self.open().arrivals.push(arrival);
    }

    fn open(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
