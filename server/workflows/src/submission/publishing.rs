//! What the operator says about publishing.

use std::collections::BTreeMap;

use url::Url;
use vetmoot_domain::{Ecosystem, Slug, Span};

use crate::limits::{DRAFT_QUIET, SUBMITTED_BYTES_MAX, UPLOAD_SILENCE, UPLOAD_TIME};

/// The settings of publish-through.
#[derive(Debug, Clone)]
pub struct Publishing {
    /// The policy that vets projects which name none; `cooldown` unless set.
    pub policy: Slug,
    /// How long after its last file a draft counts as whole.
    pub quiet: Span,
    /// Where releases are uploaded to, in place of what is known of the official indexes: the base of cargo's web API,
    /// the legacy upload address of a Python index, the base of an npm registry.
    pub targets: BTreeMap<Ecosystem, Url>,
    /// The OpenID Connect issuers whose identities may stand in for a token, each as its `iss` says it.
    pub issuers: Vec<Url>,
    /// Most bytes of one uploaded file.
    pub file_bytes_max: u64,
    /// How long one upload may take altogether.
    pub upload_time: Span,
    /// How long an upload may be silent in its middle.
    pub upload_silence: Span,
}

impl Default for Publishing {
    fn default() -> Self {
        Self {
            policy: "cooldown".parse().expect("a word of small letters is a slug"),
            quiet: DRAFT_QUIET,
            targets: BTreeMap::new(),
            issuers: Vec::new(),
            file_bytes_max: SUBMITTED_BYTES_MAX,
            upload_time: UPLOAD_TIME,
            upload_silence: UPLOAD_SILENCE,
        }
    }
}
