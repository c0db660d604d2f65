//! The instance itself: its first start, its health, its room on disk.

pub mod doctor;
pub mod duty;
pub mod first_start;
pub mod holdings;
pub mod prune;
pub mod ready;
