//! Publish-through: a release is handed in, vetted under a policy, released by somebody else, and compared afterwards.

pub mod action;
pub mod candidate;
pub mod check;
pub mod credential;
pub mod difference;
pub mod finding;
pub mod hand_in;
pub mod hindrance;
pub mod moves;
pub mod oidc;
pub mod own;
pub mod preflight;
pub mod progress;
pub mod project;
pub mod provenance;
pub mod publishing;
pub mod receive;
pub mod release;
pub mod sign;
pub mod staged_alone;
pub mod staging;
pub mod statements;
pub mod tend;
pub mod vet;
pub mod wheel;

pub use candidate::Candidate;
pub use finding::{Finding, Weight};
pub use publishing::Publishing;
pub use vetmoot_storage::submission::candidates::{CandidateRow, MoveRow};
pub use vetmoot_storage::submission::files::{FileKind, FileRow, FileStep};
pub use vetmoot_storage::submission::projects::{PersonRow, ProjectRow};
