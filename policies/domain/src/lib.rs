//! The words of Vetmoot as types: what is vetted, who says what about it, and what a judgement looks like.
//!
//! Every word with a text form has exactly one, given by `Display` and `FromStr`; text is parsed at the door and
//! travels as a newtype from there on. Nothing here knows a clock, a network, a database or chance.

pub mod actor;
pub mod advisory;
pub mod audit;
pub mod candidate;
pub mod criterion;
pub mod decision;
pub mod digest;
pub mod ecosystem;
pub mod event;
pub mod evidence;
pub mod handle;
pub mod limits;
pub mod log;
pub mod need;
pub mod package;
pub mod policy;
pub mod proof;
pub mod text;
pub mod time;
pub mod versions;

pub use actor::{Author, Level, Organisation, Role, UserName};
pub use advisory::{Advisory, AdvisoryKind, AffectedRange, RangeEvent};
pub use audit::{Audit, AuditForm, AuditKind, Depth, Finding, Machine, Publisher, Severity};
pub use candidate::{CandidateId, CandidateState, Home, ProjectRole};
pub use criterion::CriterionName;
pub use decision::{Bytes, Decision, JudgedArtifact, Phase, Reason, Remedy, RemedyKind, State, Step, Support};
pub use digest::{Digest, Digests};
pub use ecosystem::Ecosystem;
pub use evidence::{DateSource, Evidence, Facts, Incident, PublishTime, SourceState, Subject, Testimony, TestimonyOrigin};
pub use handle::PackageHandle;
pub use need::{CheckVerdict, Need, NeedKind, NeedState};
pub use package::{Artifact, Package, PackageName, Release, Version};
pub use policy::{Adoption, PolicyDigest, PolicyRef, Slug, Use};
pub use time::{Day, Span, Timestamp};
pub use versions::{RangeError, Versions};
