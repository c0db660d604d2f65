//! Audits: recording, showing and withdrawing them.

pub mod known;
pub mod list;
pub mod record;
pub mod withdraw;

pub use vetmoot_storage::audits::AuditRow;
