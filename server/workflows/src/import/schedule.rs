//! Imports with a schedule run by themselves; one that fails is tried again at its next turn.

use vetmoot_storage::imports;

use super::{Location, Wanted, run};
use crate::ctx::{Ctx, Origin};

/// Runs every import whose time has come.
pub async fn run_due(ctx: &Ctx) {
    let sources = match imports::sources(&ctx.store.read()).await {
        Ok(sources) => sources,
        Err(error) => {
            tracing::warn!(code = error.code(), "the list of imports could not be read");
            return;
        }
    };
    for source in sources {
        let Some(every) = source.every else { continue };
        let last = match imports::runs(&ctx.store.read(), source.id, 1).await {
            Ok(runs) => runs.first().map(|run| run.started_at),
            Err(_) => continue,
        };
        if last.is_some_and(|last| ctx.clock.now() < last.plus(every)) {
            continue;
        }
        let Ok(location) = Location::of(&source.location) else { continue };
        let wanted = Wanted { name: source.name.clone(), kind: source.kind, location, every: Some(every) };
        match run::run(ctx, &Origin::Timer, &wanted, &|_| {}).await {
            Ok(report) => {
                tracing::info!(import = %source.name, added = report.added, changed = report.changed, removed = report.removed, "imported");
            }
            Err(problem) => tracing::warn!(import = %source.name, code = problem.code, "an import failed: {problem}"),
        }
    }
}
