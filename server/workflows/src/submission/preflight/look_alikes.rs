//! Look-alike names: a new name is compared with those this instance knows, and with the very popular ones.

use vetmoot_ecosystems::preflight::names::{self, Likeness, LookAlike};
use vetmoot_storage::packages;

use crate::ctx::Ctx;
use crate::limits::LOOK_ALIKE_NAMES_MAX;
use crate::problem::Problem;
use crate::submission::ProjectRow;
use crate::submission::finding::Finding;

/// Whether people could take the name for one they know.
pub(super) async fn check(ctx: &Ctx, project: &ProjectRow) -> Result<Option<Finding>, Problem> {
    let package = &project.package;
    let ecosystem = package.ecosystem();
    let known = packages::listed_names(&ctx.store.read(), ecosystem, names::lengths(package), LOOK_ALIKE_NAMES_MAX).await?;
    let known = known.iter().map(String::as_str).chain(names::popular(ecosystem).iter().copied());
    let found = names::look_alike(package, known);
    Ok(found.map(|found| told(&found, project)))
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
