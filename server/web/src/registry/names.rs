//! What the doors share: the policy of a path, and the package of a name.

use std::sync::Arc;

use vetmoot_domain::{Ecosystem, Package, PolicyRef};
use vetmoot_workflows::policy::book::Adopted;
use vetmoot_workflows::{Ctx, Kind, Problem};

/// The policy a path names, if it covers the door's ecosystem.
pub async fn policy(ctx: &Ctx, ecosystem: Ecosystem, text: &str) -> Result<Arc<Adopted>, Problem> {
    let wanted: PolicyRef = text.parse().map_err(|error| Problem::not_found("unknown-policy", format!("{error}")))?;
    let adopted = ctx.book.find(&ctx.store, &wanted).await?;
    if adopted.policy.ecosystems().contains(&ecosystem) {
        return Ok(adopted);
    }
    let text = format!(
        "the policy {} does not cover {ecosystem}; see {}",
        adopted.slug,
        ctx.base_url.join(&format!("/policies/{}", adopted.slug))
    );
    Err(Problem::new(Kind::Forbidden, "ecosystem-not-covered", text))
}

/// The package a path names; a name no index admits is simply not there.
pub fn package(ecosystem: Ecosystem, name: &str) -> Result<Package, Problem> {
    Package::new(ecosystem, name).map_err(|error| Problem::not_found("bad-name", error.to_string()))
}
