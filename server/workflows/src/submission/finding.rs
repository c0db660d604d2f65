//! What pre-flight notices about an upload.

use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// The upload is refused.
    Error,
    /// The upload is taken; people should look.
    Warning,
}

vetmoot_domain::word_enum!(Weight, "weight of a finding", { Error => "error", Warning => "warning" });

/// One thing that was noticed, with the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable kebab-case code.
    pub code: String,
    /// How much it weighs.
    pub weight: Weight,
    /// What is the matter, in a sentence.
    pub text: String,
    /// What to do about it, in a sentence.
    pub fix: String,
    /// The file it is about, or the path inside of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl Finding {
    /// Something that refuses the upload.
    pub fn error(code: &str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { code: code.to_owned(), weight: Weight::Error, text: text.into(), fix: fix.into(), place: None }
    }
    /// Something people should look at.
    pub fn warning(code: &str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { weight: Weight::Warning, ..Self::error(code, text, fix) }
    }
    /// The same about a place.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }
}
