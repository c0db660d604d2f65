//! Criteria: named claims an audit makes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::limits::WORD_BYTES_MAX;
use crate::text::BadWord;

/// The name of a criterion: lower-case letters, digits and hyphens, as cargo-vet writes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CriterionName(Arc<str>);

/// cargo-vet's built-in criterion for code that may be compiled, run and tested.
pub const SAFE_TO_RUN: &str = "safe-to-run";
/// cargo-vet's built-in criterion for code that may go to production; it implies [`SAFE_TO_RUN`].
pub const SAFE_TO_DEPLOY: &str = "safe-to-deploy";

impl CriterionName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether the name is one of cargo-vet's two built-ins, which mean the same everywhere.
    pub fn is_builtin(&self) -> bool {
        matches!(self.as_str(), SAFE_TO_RUN | SAFE_TO_DEPLOY)
    }
}

impl fmt::Display for CriterionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CriterionName {
    type Err = BadWord;
    fn from_str(text: &str) -> Result<Self, BadWord> {
        let rule = "use 1 to 64 letters, digits, hyphens, dots or underscores, beginning with a letter";
        let fine = text.len() <= WORD_BYTES_MAX
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if fine { Ok(Self(text.into())) } else { Err(BadWord::new("criterion", text, rule)) }
    }
}

crate::text_form!(CriterionName);
