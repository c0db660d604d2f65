//! Rows of federation: other servers, their actors, who follows whom, what comes in and goes out, statements and logs.

pub mod activities;
pub mod actors;
pub mod arrived;
pub mod deliveries;
pub mod followers;
pub mod following;
pub mod hosts;
pub mod inbox;
pub mod logs;
pub mod moderation;
pub mod peer_evidence;
pub mod received;
pub mod service_actors;
pub mod statements;
