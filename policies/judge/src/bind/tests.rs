//! Entries without digests become bound to what the index names.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use vetmoot_domain::{Audit, AuditKind, Testimony, TestimonyOrigin};

fn testimony(kind: AuditKind) -> Testimony {
    Testimony {
        id: "a".to_owned(),
        origin: TestimonyOrigin::Local,
        authors: Vec::new(),
        recorded: None,
        dated: false,
        audit: Audit {
            package: "pkg:cargo/a".parse().unwrap(),
            kind,
            criteria: BTreeSet::new(),
            depth: None,
            notes: String::new(),
            self_audit: false,
            machine: None,
            findings: Vec::new(),
        },
    }
}

#[test]
fn files_that_come_later_are_never_bound() {
    let version: Version = "1.0.0".parse().unwrap();
    let known = BTreeMap::from([(version.clone(), vec![Digests::of(Digest::Sha256([1; 32]))])]);
    let mut evidence = Evidence::default();
    evidence.testimonies.push(testimony(AuditKind::Full { version, digests: BTreeSet::new() }));
    evidence.testimonies[0].audit.package = "pkg:pypi/a".parse().unwrap();
    bind(&mut evidence, &known);
    assert_eq!(evidence.testimonies[0].audit.digests().count(), 0);
}

#[test]
fn both_ends_of_a_delta_are_bound_and_what_was_bound_stays() {
    let version = |text: &str| text.parse::<Version>().unwrap();
    let digest = |n: u8| Digest::Sha256([n; 32]);
    let known = BTreeMap::from([
        (version("1.0.0"), vec![Digests::of(digest(1))]),
        (version("1.1.0"), vec![Digests::of(digest(2)), Digests::of(digest(3))]),
    ]);
    let delta = |digests: BTreeSet<Digest>| AuditKind::Delta {
        from: version("1.0.0"),
        from_digests: BTreeSet::new(),
        to: version("1.1.0"),
        digests,
    };
    let mut evidence = Evidence {
        testimonies: vec![
            testimony(delta(BTreeSet::new())),
            testimony(delta(BTreeSet::from([digest(9)]))),
            testimony(AuditKind::Full { version: version("3.0.0"), digests: BTreeSet::new() }),
        ],
        advisories: Vec::new(),
    };
    bind(&mut evidence, &known);
    let told: Vec<String> = evidence
        .testimonies
        .iter()
        .map(|one| match &one.audit.kind {
            AuditKind::Delta { from_digests, digests, .. } => format!("{} -> {}", from_digests.len(), digests.len()),
            kind => format!("{} {}", kind.word(), one.audit.digests().count()),
        })
        .collect();
    assert_eq!(told, ["1 -> 2", "1 -> 1", "full 0"]);
}
