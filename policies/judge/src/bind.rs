//! Binding: an entry without digests becomes one about the bytes that the index names for its version.

use std::collections::{BTreeMap, BTreeSet};

use vetmoot_domain::{AuditKind, Digest, Digests, Ecosystem, Evidence, Version};

/// Binds every full audit and delta that names no digest to those known of its versions; what is bound stays as it is.
///
/// On the Python index nothing is bound: a release gets files later too, and nobody who named none has seen those.
pub fn bind(evidence: &mut Evidence, known: &BTreeMap<Version, Vec<Digests>>) {
    for testimony in &mut evidence.testimonies {
        if testimony.audit.package.ecosystem() == Ecosystem::Pypi {
            continue;
        }
        match &mut testimony.audit.kind {
            AuditKind::Full { version, digests } => fill(digests, known.get(version)),
            AuditKind::Delta { from, from_digests, to, digests } => {
                fill(from_digests, known.get(from));
                fill(digests, known.get(to));
            }
            AuditKind::Violation { .. } | AuditKind::Publisher { .. } => {}
        }
    }
}

fn fill(digests: &mut BTreeSet<Digest>, known: Option<&Vec<Digests>>) {
    if digests.is_empty() {
        digests.extend(known.into_iter().flatten().flat_map(Digests::iter));
    }
}

#[cfg(test)]
mod tests;
