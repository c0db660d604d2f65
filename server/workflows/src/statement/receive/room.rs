//! How much one followed community may say of one package: a judgement reads all of it, whoever asks.

use std::collections::{BTreeSet, HashMap};

use vetmoot_domain::Package;
use vetmoot_storage::Tx;
use vetmoot_storage::federation::received::{self, Weighs};

use super::Refusal;
use super::read::Said;
use crate::limits::{ADVISORIES_OF_PEER_MAX, AUDITS_OF_PEER_MAX};
use crate::problem::Problem;

/// What counts of a community for the packages of a batch, the batch's own included as it is gone through.
#[derive(Debug, Default)]
pub(super) struct Room {
    counting: HashMap<(Weighs, Package), u64>,
}

impl Room {
    /// The room there is for what a batch says.
    pub(super) async fn of(tx: &Tx, source_id: i64, all: impl Iterator<Item = &Said>) -> Result<Self, Problem> {
        let mut wanted: HashMap<Weighs, BTreeSet<&Package>> = HashMap::new();
        for (weighs, package) in all.filter_map(weight) {
            wanted.entry(weighs).or_default().insert(package);
        }
        let mut counting = HashMap::new();
        for (weighs, packages) in wanted {
            let packages: Vec<&Package> = packages.into_iter().collect();
            let found = received::counting(tx, source_id, weighs, &packages).await?;
            counting.extend(found.into_iter().map(|(package, count)| ((weighs, package), count)));
        }
        Ok(Self { counting })
    }

    /// Takes room for one more statement. What is withdrawn or erased gives its room back.
    ///
    /// # Errors
    /// `too-many-advisories` or `too-many-audits` when its community said as much of the package as is taken.
    pub(super) fn take(&mut self, said: &Said) -> Result<(), Refusal> {
        let Some((weighs, package)) = weight(said) else { return Ok(()) };
        let (code, what, max) = match weighs {
            Weighs::Audit => ("too-many-audits", "audits", AUDITS_OF_PEER_MAX),
            Weighs::Advisory => ("too-many-advisories", "advisories", ADVISORIES_OF_PEER_MAX),
        };
        let count = self.counting.entry((weighs, package.clone())).or_default();
        if *count >= max {
            let text = format!("{max} {what} of {package} by its community count here already, which is as many as are taken");
            return Err(Refusal::new(code, text));
        }
        *count += 1;
        Ok(())
    }
}

fn weight(said: &Said) -> Option<(Weighs, &Package)> {
    match said {
        Said::Audit(audit) => Some((Weighs::Audit, &audit.package)),
        Said::Advisory(advisory) => Some((Weighs::Advisory, &advisory.package)),
        Said::About(_) | Said::Nothing => None,
    }
}
