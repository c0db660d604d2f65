//! What can be done here: one topic a folder, one verb a file.

pub mod audit;
pub mod base_url;
pub mod clock;
pub mod ctx;
pub mod import;
pub mod instance;
pub mod limits;
pub mod member;
pub mod metrics;
pub mod package;
pub mod policy;
pub mod problem;
pub mod registry;
pub mod reserved;
pub mod search;

pub use base_url::BaseUrl;
pub use ctx::{Ctx, Origin, Parts};
pub use problem::{Kind, Problem};
