//! Find known packages by name, a page at a time.

use vetmoot_domain::{Ecosystem, Package};
pub use vetmoot_storage::packages::PackageRow;
use vetmoot_storage::packages::{self, SearchCursor};

use crate::ctx::Ctx;
use crate::problem::Problem;

/// Known packages whose name holds `text`, best first; those behind `after`, which is the last one of the page before.
pub async fn page(
    ctx: &Ctx,
    text: &str,
    ecosystem: Option<Ecosystem>,
    after: Option<&Package>,
    limit: u64,
) -> Result<Vec<PackageRow>, Problem> {
    let reader = ctx.store.read();
    let cursor = match after {
        Some(package) => packages::find(&reader, package).await?.map(|row| SearchCursor::after(text, &row)),
        None => None,
    };
    Ok(packages::search(&reader, text, ecosystem, cursor.as_ref(), limit).await?)
}
