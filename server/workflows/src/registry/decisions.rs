//! Decisions for the API and the pages: a release judged whole.

use std::sync::Arc;

use vetmoot_domain::{Artifact, Bytes, Decision, Phase, PolicyRef, Reason, Release, State, Use};

use super::judged::{Judged, judged};
use crate::ctx::Ctx;
use crate::limits::PURLS_MAX;
use crate::policy::book::Adopted;
use crate::problem::{Kind, Problem};
use crate::submission::staged_alone;

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
    let decided = match judged(ctx, &adopted, &artifact.release.package, usage).await {
        Ok(judged) => of_judged(&judged, artifact)
            .ok_or_else(|| Problem::not_found("unknown-release", format!("the index lists no {artifact}"))),
        Err(problem) => Err(problem),
    };
    match decided {
        Ok(decision) => Ok(Ruled { decision, adopted }),
        Err(problem) => {
            Err(staged_alone::kinder(ctx, &artifact.release.package, Some(&artifact.release.version), problem).await)
        }
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
            Ok(judged) => match of_judged(&judged, &artifact) {
                Some(decision) => decision,
                None => {
                    unlisted(ctx, &artifact, usage, "unknown-release", "the index lists no such release".to_owned()).await?
                }
            },
            Err(problem) if problem.kind == Kind::NotFound => {
                unlisted(ctx, &artifact, usage, "unknown-package", problem.text).await?
            }
            Err(problem) => unjudged(&artifact, usage, "not-evaluated", format!("not evaluated: {}", problem.text)),
        };
        ruled.push(Ruled { decision, adopted: adopted.clone() });
    }
    Ok(ruled)
}

/// What no index lists, with a word about it where it is staged here.
async fn unlisted(ctx: &Ctx, artifact: &Artifact, usage: Use, code: &'static str, text: String) -> Result<Decision, Problem> {
    let told = staged_alone::told(ctx, &artifact.release.package, Some(&artifact.release.version)).await?;
    let (code, text) = told.map_or((code, text), |told| (staged_alone::CODE, told));
    Ok(unjudged(artifact, usage, code, text))
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
