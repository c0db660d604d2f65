//! Decisions for the API and the pages: a release judged whole.

use std::sync::Arc;

use vetmoot_domain::{Artifact, Bytes, Decision, Phase, PolicyRef, Reason, Release, State, Use};

use super::judged::{Judged, judged};
use crate::ctx::Ctx;
use crate::limits::PURLS_MAX;
use crate::policy::book::Adopted;
use crate::problem::{Kind, Problem};

/// A decision with the policy it was made under.
pub struct Ruled {
    /// The decision on the release, its artifacts inside.
    pub decision: Decision,
    /// The policy.
    pub adopted: Arc<Adopted>,
}

/// Decides one release, or one file of it, for a use (the policy's own when none is given).
pub async fn decide(ctx: &Ctx, policy: &PolicyRef, artifact: &Artifact, usage: Option<Use>) -> Result<Ruled, Problem> {
    let adopted = ctx.book.find(&ctx.store, policy).await?;
    let usage = usage.unwrap_or_else(|| adopted.policy.serve_use());
    let judged = judged(ctx, &adopted, &artifact.release.package, usage).await?;
    match of_judged(&judged, artifact) {
        Some(decision) => Ok(Ruled { decision, adopted }),
        None => Err(Problem::not_found("unknown-release", format!("the index lists no {artifact}"))),
    }
}

/// The decision on a release out of its package's judgement; none when the listing does not have it.
pub fn of_judged(judged: &Judged, artifact: &Artifact) -> Option<Decision> {
    let belongs = |decision: &&Decision| {
        decision.artifact.release.version == artifact.release.version
            && (artifact.file_name.is_none() || decision.artifact.file_name == artifact.file_name)
    };
    let parts: Vec<Decision> = judged.decisions.iter().filter(belongs).cloned().collect();
    if parts.is_empty() {
        return None;
    }
    let release = judged.current.package.release(artifact.release.version.clone());
    Some(vetmoot_judge::release_of(&release, judged.usage, parts))
}

/// Decides many releases; one that cannot be judged is held with the reason, so that a list is always answered whole.
pub async fn decide_many(ctx: &Ctx, policy: &PolicyRef, purls: &[String], usage: Option<Use>) -> Result<Vec<Ruled>, Problem> {
    if purls.len() > PURLS_MAX {
        return Err(Problem::invalid(
            "too-many-purls",
            "purls",
            format!("one request names at most {PURLS_MAX} releases; send several"),
        ));
    }
    let adopted = ctx.book.find(&ctx.store, policy).await?;
    let usage = usage.unwrap_or_else(|| adopted.policy.serve_use());
    let mut artifacts = Vec::with_capacity(purls.len());
    for (at, purl) in purls.iter().enumerate() {
        let artifact: Artifact =
            purl.parse().map_err(|error| Problem::invalid("bad-purl", &format!("purls[{at}]"), format!("{error}")))?;
        artifacts.push(artifact);
    }
    let mut ruled = Vec::with_capacity(artifacts.len());
    for artifact in artifacts {
        let decision = match judged(ctx, &adopted, &artifact.release.package, usage).await {
            Ok(judged) => of_judged(&judged, &artifact)
                .unwrap_or_else(|| unjudged(&artifact, usage, "unknown-release", "the index lists no such release".to_owned())),
            Err(problem) if problem.kind == Kind::NotFound => unjudged(&artifact, usage, "unknown-package", problem.text),
            Err(problem) => unjudged(&artifact, usage, "not-evaluated", format!("not evaluated: {}", problem.text)),
        };
        ruled.push(Ruled { decision, adopted: adopted.clone() });
    }
    Ok(ruled)
}

/// Nothing unevaluated is ever served.
fn unjudged(artifact: &Artifact, usage: Use, code: &'static str, text: String) -> Decision {
    Decision {
        artifact: artifact.clone(),
        usage,
        state: State::Held,
        phase: Some(Phase::Pending),
        bytes: Bytes::Refuse,
        valid_until: None,
        reasons: vec![Reason { code, rule: "evaluation".to_owned(), text, statements: Vec::new(), remedy: None }],
        support: Vec::new(),
        artifacts: Vec::new(),
    }
}

/// Every policy's decision on one release, for the pages that compare them.
pub async fn under_all(ctx: &Ctx, release: &Release) -> Result<Vec<Ruled>, Problem> {
    let mut all = Vec::new();
    for adopted in ctx.book.all() {
        let usage = adopted.policy.serve_use();
        let judged = judged(ctx, &adopted, &release.package, usage).await?;
        if let Some(decision) = of_judged(&judged, &release.artifact(None)) {
            all.push(Ruled { decision, adopted });
        }
    }
    Ok(all)
}
