//! A decision as this command reads it, whether an instance made it or it was made here: both have the same JSON.

use serde::Deserialize;
use serde_json::Value;
use vetmoot_domain::{Digests, Phase, State, Use};
use vetmoot_judge::UNDECIDED_CODES;

/// What of a decision is looked at.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct View {
    pub purl: String,
    #[serde(rename = "use")]
    pub usage: Use,
    pub state: State,
    pub phase: Option<Phase>,
    pub valid_until: Option<String>,
    #[serde(default)]
    pub reasons: Vec<ReasonView>,
    #[serde(default)]
    pub support: Vec<SupportView>,
    #[serde(default)]
    pub artifacts: Vec<ArtifactView>,
    pub why: Option<String>,
}

/// One reason.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ReasonView {
    pub code: String,
    pub rule: String,
    pub text: String,
    #[serde(default)]
    pub statements: Vec<String>,
    pub remedy: Option<RemedyView>,
}

/// What would help.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RemedyView {
    pub kind: String,
    pub until: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    #[serde(default)]
    pub criteria: Vec<String>,
    pub level: Option<u8>,
}

/// How a criterion is met.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SupportView {
    pub criterion: String,
    pub needed: u32,
    #[serde(default)]
    pub chains: Vec<Vec<StepView>>,
}

/// One link of a chain.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StepView {
    pub statement: String,
    pub from: Option<String>,
    pub to: String,
    #[serde(default)]
    pub authors: Vec<String>,
    pub voice: String,
}

/// One artifact.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ArtifactView {
    pub purl: String,
    #[serde(default)]
    pub digests: Digests,
}

/// A decision with the line of the lock file it is about.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub line: Option<u32>,
    pub view: View,
    pub json: Value,
    pub baselined: bool,
}

impl Judged {
    /// Reads a decision's JSON.
    pub(crate) fn new(json: Value, line: Option<u32>) -> Result<Self, serde_json::Error> {
        let view = View::deserialize(&json)?;
        Ok(Self { line, view, json, baselined: false })
    }

    /// Whether nothing failed and a fact is lacking: every reason says so, or says that audits are missing where a date,
    /// which is lacking, could stand in for them.
    pub(crate) fn is_undecided(&self) -> bool {
        let reasons = &self.view.reasons;
        // An instance says `not-evaluated` when its own upstream is away.
        let lacks = |reason: &ReasonView| UNDECIDED_CODES.contains(&reason.code.as_str()) || reason.code == "not-evaluated";
        let quiet_unknown = reasons.iter().any(|reason| lacks(reason) && reason.rule == "evidence.or-quiet");
        let about_audits = |reason: &ReasonView| matches!(reason.code.as_str(), "audits-missing" | "digest-unmatched");
        self.view.state == State::Held
            && reasons.iter().any(lacks)
            && reasons.iter().all(|reason| lacks(reason) || (quiet_unknown && about_audits(reason)))
    }

    /// Whether a rule holds or refuses it and no baseline passes over that.
    pub(crate) fn has_failed(&self) -> bool {
        self.view.state != State::Listed && !self.baselined && !self.is_undecided()
    }

    /// The state to show; none is undecided.
    pub(crate) fn shown_state(&self) -> Option<State> {
        if self.is_undecided() { None } else { Some(self.view.state) }
    }
}
