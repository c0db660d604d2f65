//! What holds of every candidate under every policy.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use proptest::prelude::*;
use vetmoot_domain::proof::Multikey;
use vetmoot_domain::{
    Audit, AuditKind, Author, CheckVerdict, Depth, Digest, Digests, Evidence, Need, Span, Subject, Testimony, TestimonyOrigin,
    Timestamp,
};

use super::{CheckFact, Needs, Staged, StagedFile, WaiverFact, needs};
use crate::{DottedVersions, Policy, ShelfAlone};

const NOW: i64 = 1_790_000_000_000;
const HOUR: i64 = 3_600_000;
const KEYS: [&str; 2] =
    ["z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw", "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"];

fn ago(hours: i64) -> Timestamp {
    Timestamp::from_millis(NOW - hours * HOUR)
}

fn key(place: usize) -> Multikey {
    KEYS.get(place % 2).unwrap().parse().unwrap()
}

prop_compose! {
    fn policies()(
        runtime in any::<bool>(), quorum in 1..3u32, wait in 0..4u32, level in 0..4u8, own in any::<bool>(),
        ci in any::<bool>(), lint in any::<bool>(), waivable in any::<bool>(), quiet in any::<bool>(),
    ) -> Policy {
        let mut toml = "vetmoot-policy = 1\n[policy]\ntitle = \"T\"\n[gates]\nrelease-age = \"7d\"\n".to_owned();
        if runtime {
            toml.push_str("[require]\nruntime = [\"safe-to-deploy\"]\n");
        }
        if quiet {
            toml.push_str("[evidence]\nor-quiet = \"1d\"\n");
        }
        let word = if own { "count" } else { "ignore" };
        let _ = write!(
            toml,
            "[release]\nwait = \"{wait}d\"\nquorum = {quorum}\nauditor-level = {level}\nself-audits = \"{word}\"\n"
        );
        for (name, key, there) in [("ci", KEYS[0], ci), ("lint", KEYS[1], lint)] {
            if there {
                let _ = write!(toml, "[[release.check]]\nname = \"{name}\"\nkey = \"{key}\"\nwaivable = {waivable}\n");
            }
        }
        Policy::parse(toml.as_bytes(), &ShelfAlone).unwrap()
    }
}

prop_compose! {
    fn audits()(
        kind in 0..6u8, file in 0..3u8, author in 0..3usize, level in 0..4u8, own in any::<bool>(), age in 0..100i64,
        id in 0..1_000u32,
    ) -> Testimony {
        let name = *["ada", "bob", "eve"].get(author).unwrap();
        let digests = if file == 2 { [].into() } else { [Digest::Sha256([file; 32])].into() };
        let kind = match kind {
            0 => AuditKind::Violation { range: "=9.9.9".to_owned() },
            1 => AuditKind::Violation { range: "=1.0.0".to_owned() },
            _ => AuditKind::Full { version: "1.0.0".parse().unwrap(), digests },
        };
        Testimony {
            id: format!("/audits/{id}"),
            origin: TestimonyOrigin::Local,
            authors: vec![Author { name: name.to_owned(), organisation: name.parse().unwrap(), level }],
            recorded: Some(ago(age)),
            dated: true,
            audit: Audit {
                package: "pkg:cargo/a".parse().unwrap(),
                kind,
                criteria: ["safe-to-deploy".parse().unwrap()].into(),
                depth: Some(Depth::Read),
                notes: String::new(),
                self_audit: own,
                machine: None,
                findings: Vec::new(),
            },
        }
    }
}

prop_compose! {
    fn checks()(key_place in 0..2usize, verdict in 0..3usize, age in 0..50i64) -> CheckFact {
        let verdict = *CheckVerdict::ALL.get(verdict).unwrap();
        CheckFact { key: key(key_place), verdict, at: ago(age), url: None, detail: None }
    }
}

prop_compose! {
    fn waivers()(check in prop::sample::select(vec!["ci", "lint", "other"]), age in 0..50i64) -> WaiverFact {
        WaiverFact { check: check.to_owned(), by: "lea".to_owned(), reason: "r".to_owned(), at: ago(age) }
    }
}

/// Everything a judgement of a candidate rests on.
#[derive(Debug, Clone)]
struct World {
    policy: Policy,
    evidence: Evidence,
    staged: Option<i64>,
    checks: Vec<CheckFact>,
    waivers: Vec<WaiverFact>,
    own_people: Vec<String>,
}

prop_compose! {
    fn worlds()(
        policy in policies(), testimonies in prop::collection::vec(audits(), 0..6), staged in prop::option::weighted(0.9, 0..100i64),
        checks in prop::collection::vec(checks(), 0..5), waivers in prop::collection::vec(waivers(), 0..3), own in any::<bool>(),
    ) -> World {
        let own_people = if own { vec!["ada".to_owned()] } else { Vec::new() };
        World { policy, evidence: Evidence { testimonies, advisories: Vec::new() }, staged, checks, waivers, own_people }
    }
}

fn judge(world: &World, now: Timestamp) -> Needs {
    let files = [StagedFile {
        subject: Subject { artifact: "pkg:cargo/a@1.0.0".parse().unwrap(), digests: Digests::of(Digest::Sha256([0; 32])) },
        uploaded: ago(world.staged.unwrap_or(100)),
    }];
    let staged = Staged {
        files: &files,
        staged: world.staged.map(ago),
        checks: &world.checks,
        waivers: &world.waivers,
        own_people: &world.own_people,
    };
    needs(&world.policy, &world.evidence, &staged, now, &[], &DottedVersions)
}

proptest! {
    #[test]
    fn the_order_of_what_is_known_changes_nothing(mut world in worlds()) {
        let before = judge(&world, ago(0));
        world.evidence.testimonies.reverse();
        world.checks.reverse();
        world.waivers.reverse();
        let after = judge(&world, ago(0));
        prop_assert_eq!(before.met, after.met);
        let states = |needs: &Needs| needs.needs.iter().map(|need| (need.name.clone(), need.state)).collect::<Vec<_>>();
        prop_assert_eq!(states(&before), states(&after));
    }

    #[test]
    fn it_is_met_when_each_need_is_and_it_is_whole(world in worlds()) {
        let judged = judge(&world, ago(0));
        prop_assert_eq!(judged.met, world.staged.is_some() && judged.needs.iter().all(Need::is_met));
    }

    #[test]
    fn nothing_changes_before_the_moment_that_is_told(world in worlds()) {
        let judged = judge(&world, ago(0));
        let end = ago(0).plus(Span::days(400));
        let last = judged.changes_at.unwrap_or(end).millis() - 1;
        for at in [NOW + HOUR, NOW + 30 * HOUR, NOW + 2_000 * HOUR, last] {
            if at > last {
                continue;
            }
            let later = judge(&world, Timestamp::from_millis(at));
            prop_assert_eq!(later.met, judged.met);
            prop_assert_eq!(&later.needs, &judged.needs);
        }
    }

    #[test]
    fn a_violation_or_a_failed_check_never_lets_a_release_go(mut world in worlds(), violation in any::<bool>()) {
        if violation {
            let mut audit = world.evidence.testimonies.first().cloned();
            if let Some(audit) = &mut audit {
                audit.id = "/audits/violation".to_owned();
                audit.audit.kind = AuditKind::Violation { range: "*".to_owned() };
                audit.authors.iter_mut().for_each(|author| author.level = 4);
            }
            world.evidence.testimonies.extend(audit.clone());
            prop_assert!(audit.is_none() || !judge(&world, ago(0)).met);
        } else {
            world.checks.push(CheckFact { key: key(0), verdict: CheckVerdict::Failed, at: ago(-1), url: None, detail: None });
            let asked = world.policy.release().checks.iter().any(|check| check.name == "ci");
            prop_assert!(!asked || !judge(&world, ago(0)).met);
        }
    }

    #[test]
    fn taking_away_what_vouches_for_it_never_lets_it_go(mut world in worlds(), place in 0..6usize) {
        let before = judge(&world, ago(0)).met;
        if let Some(audit) = world.evidence.testimonies.get(place)
            && !matches!(audit.audit.kind, AuditKind::Violation { .. })
        {
            world.evidence.testimonies.remove(place);
            prop_assert!(before || !judge(&world, ago(0)).met);
        }
    }
}
