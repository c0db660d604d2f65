//! Look-alike names: a new name is compared with those this instance knows, and with the very popular ones.

use vetmoot_domain::{Ecosystem, Home, Package};
use vetmoot_ecosystems::preflight::names::{self, Likeness, LookAlike};
use vetmoot_storage::packages;

use crate::ctx::Ctx;
use crate::limits::LOOK_ALIKE_NAMES_MAX;
use crate::problem::Problem;
use crate::submission::ProjectRow;
use crate::submission::finding::Finding;

/// Whether people could take the name for one they know, or the official index would: where it said that it does not have
/// the name, one that it takes for the same is an error.
pub(super) async fn check(ctx: &Ctx, project: &ProjectRow, is_certainly_new: bool) -> Result<Option<Finding>, Problem> {
    let package = &project.package;
    let ecosystem = package.ecosystem();
    let known = packages::listed_names(&ctx.store.read(), ecosystem, names::lengths(package), LOOK_ALIKE_NAMES_MAX).await?;
    let known = known.iter().map(String::as_str).chain(names::popular(ecosystem).iter().copied());
    if is_certainly_new && project.home == Home::Official {
        let own = package.name().as_str();
        let collides =
            |other: &&str| *other != own && names::collide(ecosystem, own, other) && is_official(ctx, ecosystem, other);
        if let Some(other) = known.clone().find(collides) {
            return Ok(Some(same_name(own, other)));
        }
    }
    let found = names::look_alike(package, known);
    Ok(found.map(|found| told(&found, project)))
}

/// Names of the community's own are on no official index.
fn is_official(ctx: &Ctx, ecosystem: Ecosystem, name: &str) -> bool {
    Package::new(ecosystem, name).is_ok_and(|package| !ctx.reserved.covers(&package))
}

fn same_name(own: &str, other: &str) -> Finding {
    let text = format!("The new name `{own}` and `{other}`, which is there already, are one name to the official index");
    Finding::error("name-too-close", text, "choose another name; the index refuses this one")
}

fn told(found: &LookAlike, project: &ProjectRow) -> Finding {
    let how = match found.likeness {
        Likeness::Separators => "by separators or the order of its parts alone",
        Likeness::Confusable => "by characters that look alike",
        Likeness::Typo => "by a slip of the finger",
    };
    let text = format!("The new name `{}` differs from `{}` {how}", project.package.name(), found.name);
    Finding::warning(
        "look-alike-name",
        text,
        "make sure that nobody is meant to take one for the other, or choose another name",
    )
}
