//! Where releases come from in tests: indexes of our own that can misbehave, and the indexes others run.

pub mod archive;
pub mod cargo;
pub mod npm;
pub mod pypi;
pub mod server;

pub use cargo::CargoUpstream;
pub use npm::{NpmUpstream, Verdaccio};
pub use pypi::{PypiServer, PypiUpstream};
pub use server::{Mischief, Seen};

use sha2::Digest as _;

/// SHA-256 in hexadecimal, as indexes write it.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(sha2::Sha256::digest(bytes))
}

/// What an index of ours says beyond the least it must.
#[derive(Debug, Clone, Copy)]
pub struct Knobs {
    /// Send `ETag` and answer 304.
    pub etag: bool,
    /// Say when each release was published.
    pub times: bool,
}

impl Default for Knobs {
    fn default() -> Self {
        Self { etag: true, times: true }
    }
}
