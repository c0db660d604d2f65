//! What leaves: activities made of events, queued per host, with a ledger row each.

mod activity;
pub mod circuit;
mod cursor;
pub mod due;
pub mod ledger;
mod outgoing;
pub mod peers;
mod publish;
pub mod record;
pub mod software;
pub mod tend;

pub use activity::{ActivityRow, activity, answer};
pub use cursor::unpublished;
pub use ledger::{ledger, ledger_for};
pub use outgoing::{Audience, Outgoing};
pub use peers::{peers, status};
pub use publish::{publish, queue};
pub use tend::{pause, reset, resume, retry};
pub use vetmoot_storage::events::EventRow;
