//! Following other communities: what they are, back-fill, and what their statements weigh here.

mod answer;
mod arrived;
pub mod catch_up;
mod effect;
mod end;
pub mod followers;
pub mod fork;
mod list;
mod look;
mod missing;
mod request;

pub use answer::{accepted, rejected};
pub use arrived::{Arrived, ArrivedRow, arrived};
pub use catch_up::hint;
pub use catch_up::read_again;
pub use effect::{ImportRuleDraft, Preview, effect};
pub(crate) use end::end_unpermitted;
pub use end::{Ended, end, moved};
pub use list::{Shown, list, one};
pub use look::{Looked, look};
pub use request::request;
pub use vetmoot_storage::federation::following::{FollowState, FollowingRow};
