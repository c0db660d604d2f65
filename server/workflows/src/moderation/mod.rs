//! Who is blocked, who is allowed, and who may see it.

mod decide;
mod lists;
mod public;
mod subject;

pub use decide::{Decided, decide, set_mode, undo};
pub use lists::{Lists, Mode, Snapshot, mode};
pub use public::{Public, Shown, public};
pub use subject::Subject;
pub use vetmoot_storage::federation::moderation::{ModerationRow, Verdict};

pub(crate) use decide::authorised;
