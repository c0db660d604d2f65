//! What can be done here: one topic a folder, one verb a file.

pub mod actor;
pub mod advisory;
pub mod audit;
pub mod base_url;
pub mod clock;
pub mod ctx;
pub mod delivery;
pub mod follow;
pub mod import;
pub mod inbox;
pub mod instance;
pub mod limits;
pub mod log;
pub mod member;
pub mod metrics;
pub mod moderation;
pub mod package;
pub mod peer;
pub mod policy;
pub mod problem;
pub mod proposal;
pub mod registry;
pub mod reserved;
pub mod search;
pub mod statement;
pub mod submission;

pub use base_url::BaseUrl;
pub use ctx::{Ctx, Origin, Parts};
pub use problem::{Kind, Problem};
