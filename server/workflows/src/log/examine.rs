//! Computing our log again from its leaves, to find out whether what is stored fits together.

use vetmoot_domain::log::{self, Hashes};
use vetmoot_storage::federation::{logs, statements};

use crate::ctx::Ctx;
use crate::limits::LOG_EXAMINED_AT_ONCE;
use crate::problem::Problem;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// How many leaves our log has.
    pub size: u64,
    /// What does not fit, in words; none when everything does.
    pub wrong: Option<String>,
}

/// Reads every leaf of our log and compares the root they have with the one that is signed; none when there is no log.
pub async fn examine(ctx: &Ctx) -> Result<Option<Examined>, Problem> {
    let read = ctx.store.read();
    let Some(row) = logs::own(&read).await? else { return Ok(None) };
    let mut known = Hashes::new();
    let mut size = 0;
    while size < row.size {
        let leaves = logs::leaves(&read, row.id, size, LOG_EXAMINED_AT_ONCE.min(row.size - size)).await?;
        if leaves.is_empty() {
            break;
        }
        for (_, entry) in leaves {
            match log::append(size, &entry, &known) {
                Ok(added) => known.extend(added),
                Err(error) => return Ok(Some(Examined { size: row.size, wrong: Some(error.to_string()) })),
            }
            size += 1;
        }
        // What the next leaves grow from is enough to go on.
        let needs = log::frontier(size).unwrap_or_default();
        known.retain(|number, _| needs.contains(number));
    }
    // Others may append meanwhile: what came after the first look is not looked at.
    let stated = statements::count_before_leaf(&read, None, i64::try_from(row.size).unwrap_or(i64::MAX)).await?;
    let wrong = if size < row.size {
        Some(format!("{} leaves are missing", row.size - size))
    } else if stated != row.size {
        Some(format!("{stated} statements stand beside {} leaves", row.size))
    } else {
        let needs = log::frontier(size).unwrap_or_default();
        let stored = logs::hashes(&read, row.id, &needs).await?;
        let fits = log::root(size, &stored).is_ok_and(|root| Ok(root) == log::root(size, &known));
        (!fits).then(|| "the stored hashes are not those of the leaves".to_owned())
    };
    Ok(Some(Examined { size: row.size, wrong }))
}
