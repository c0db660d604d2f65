//! The JSON form of a decision, the same from the server's API and from the command.

use serde::Serialize;

use super::{Decision, JudgedArtifact, Reason, Remedy, Step, Support};
use crate::policy::PolicyDigest;

/// A decision as JSON, with the policy it was made under and the page that explains it.
#[derive(Debug, Serialize)]
pub struct DecisionJson {
    purl: String,
    policy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_digest: Option<String>,
    #[serde(rename = "use")]
    usage: &'static str,
    state: &'static str,
    phase: Option<&'static str>,
    bytes: &'static str,
    valid_until: Option<String>,
    reasons: Vec<ReasonJson>,
    support: Vec<SupportJson>,
    artifacts: Vec<ArtifactJson>,
    why: Option<String>,
}

#[derive(Debug, Serialize)]
struct ReasonJson {
    code: &'static str,
    rule: String,
    text: String,
    statements: Vec<String>,
    remedy: Option<RemedyJson>,
}

#[derive(Debug, Serialize)]
struct RemedyJson {
    kind: &'static str,
    until: Option<String>,
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    criteria: Vec<String>,
    level: Option<u8>,
}

#[derive(Debug, Serialize)]
struct SupportJson {
    criterion: String,
    needed: u32,
    chains: Vec<Vec<StepJson>>,
}

#[derive(Debug, Serialize)]
struct StepJson {
    statement: String,
    from: Option<String>,
    to: String,
    authors: Vec<String>,
    voice: String,
}

#[derive(Debug, Serialize)]
struct ArtifactJson {
    purl: String,
    digests: crate::digest::Digests,
    state: &'static str,
    bytes: &'static str,
}

impl DecisionJson {
    /// The JSON of a decision under `policy` (its slug or title); `digest` is left out where a list repeats it, `why` where
    /// no instance explains.
    pub fn new(decision: &Decision, policy: &str, digest: Option<&PolicyDigest>, why: Option<String>) -> Self {
        Self {
            purl: decision.artifact.to_string(),
            policy: policy.to_owned(),
            policy_digest: digest.map(ToString::to_string),
            usage: decision.usage.as_str(),
            state: decision.state.as_str(),
            phase: decision.phase.map(super::Phase::as_str),
            bytes: decision.bytes.as_str(),
            valid_until: decision.valid_until.map(|until| until.to_string()),
            reasons: decision.reasons.iter().map(reason).collect(),
            support: decision.support.iter().map(support).collect(),
            artifacts: decision.artifacts.iter().map(artifact).collect(),
            why,
        }
    }
}

fn reason(reason: &Reason) -> ReasonJson {
    ReasonJson {
        code: reason.code,
        rule: reason.rule.clone(),
        text: reason.text.clone(),
        statements: reason.statements.clone(),
        remedy: reason.remedy.as_ref().map(remedy),
    }
}

fn remedy(remedy: &Remedy) -> RemedyJson {
    RemedyJson {
        kind: remedy.kind.as_str(),
        until: remedy.until.map(|until| until.to_string()),
        from: remedy.from.as_ref().map(ToString::to_string),
        to: remedy.to.as_ref().map(ToString::to_string),
        criteria: remedy.criteria.iter().map(ToString::to_string).collect(),
        level: remedy.level,
    }
}

fn support(support: &Support) -> SupportJson {
    let chains = support.chains.iter().map(|chain| chain.iter().map(step).collect());
    SupportJson { criterion: support.criterion.to_string(), needed: support.needed, chains: chains.collect() }
}

fn step(step: &Step) -> StepJson {
    StepJson {
        statement: step.statement.clone(),
        from: step.from.as_ref().map(ToString::to_string),
        to: step.to.to_string(),
        authors: step.authors.clone(),
        voice: step.voice.clone(),
    }
}

fn artifact(judged: &JudgedArtifact) -> ArtifactJson {
    ArtifactJson {
        purl: judged.artifact.to_string(),
        digests: judged.digests.clone(),
        state: judged.state.as_str(),
        bytes: judged.bytes.as_str(),
    }
}
