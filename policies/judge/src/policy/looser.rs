//! Where one policy asks less of a release of the community's own packages than another one, whatever they have in common.

use super::model::{AdvisoryGate, Independence, MalwareGate};
use super::{Policy, loosened_release, words};

impl Policy {
    /// What this policy asks less for of releases of the community's own packages than `present` does, a sentence each;
    /// empty when whatever passes this one passes that one too.
    ///
    /// What cannot be compared counts as less: other advisories that withhold, a rule that is written otherwise.
    pub fn asks_less_than(&self, present: &Self) -> Vec<String> {
        let (before, own) = (present.release(), self.release());
        let mut told = loosened_release(&before, &own);
        // An extension keeps the checks of its base; of two policies one may have none of the other's.
        let gone = before.checks.iter().filter(|check| !own.checks.iter().any(|other| other.name == check.name));
        told.extend(gone.map(|check| format!("The check `{}` is not asked for.", check.name)));
        told.extend(self.counts_more_than(present));
        told.extend(self.withholds_less_than(present));
        let new = self.imports().iter().filter(|import| !present.imports().contains(import));
        told.extend(new.map(words::import));
        let new = self.exceptions().iter().filter(|exception| !present.exceptions().contains(exception));
        told.extend(new.map(words::exception));
        told
    }

    fn counts_more_than(&self, present: &Self) -> Vec<String> {
        let (before, own) = (present.evidence(), self.evidence());
        let mut told = Vec::new();
        let mut tell = |less: bool, text: &str| {
            if less {
                told.push(text.to_owned());
            }
        };
        let persons = own.independence == Independence::Person && before.independence == Independence::Organisation;
        tell(persons, "Several people of one organisation count as independent.");
        tell(own.machines > before.machines, "More audits by machines count.");
        tell(own.max_chain > before.max_chain, "Longer chains of audits count.");
        tell(own.violation_level > before.violation_level, "Fewer people's violations count.");
        let older = before.max_age.is_some_and(|most| own.max_age.is_none_or(|age| age > most));
        tell(older, "Older audits count.");
        tell(own.unbound && !before.unbound, "Audits that name no digest count.");
        tell(own.undated && !before.undated, "Audits without a date count.");
        told
    }

    fn withholds_less_than(&self, present: &Self) -> Vec<String> {
        let (before, own) = (present.gate_table(), self.gate_table());
        let mut told = Vec::new();
        if !before.malware.as_ref().is_none_or(|gate| own.malware.as_ref().is_some_and(|other| malware(gate, other))) {
            told.push("Known malware is withheld less strictly, or not at all.".to_owned());
        }
        if !before.advisories.as_ref().is_none_or(|gate| own.advisories.as_ref().is_some_and(|other| advisories(gate, other))) {
            told.push("Other advisories withhold a release, or none.".to_owned());
        }
        let same = |id: &str| self.rules().iter().find(|rule| rule.id == id);
        let gone = present.rules().iter().filter(|rule| !same(&rule.id).is_some_and(|other| other.does_all_of(rule)));
        told.extend(gone.map(|rule| format!("The rule `{}` is missing or written otherwise.", rule.id)));
        told
    }
}

/// Whether the second withholds at least what the first does.
fn malware(gate: &MalwareGate, other: &MalwareGate) -> bool {
    let fresh = gate.max_staleness.is_none_or(|most| other.max_staleness.is_some_and(|age| age <= most));
    (other.refuse || !gate.refuse) && fresh
}

/// Whether the second withholds at least what the first does.
fn advisories(gate: &AdvisoryGate, other: &AdvisoryGate) -> bool {
    let fresh = gate.max_staleness.is_none_or(|most| other.max_staleness.is_some_and(|age| age <= most));
    let all = gate.kinds.iter().all(|kind| other.kinds.contains(kind)) && (other.unscored || !gate.unscored);
    let same = other.severity == gate.severity && other.cvss_tenths == gate.cvss_tenths;
    fresh && all && same && (other.refuse || !gate.refuse)
}
