//! One decision, made anew: evidence resolved, every rule asked, the reasons written.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;
use vetmoot_domain::{
    Audit, AuditKind, Author, DateSource, Depth, Digest, Digests, Ecosystem, Evidence, Facts, Package, PublishTime, Span,
    Subject, Testimony, TestimonyOrigin, Timestamp, Use, Version,
};
use vetmoot_ecosystems::world;
use vetmoot_judge::{Policy, ShelfAlone, decide, shelf};

use super::limits::{DECISION, DECISION_WITH_RULES, DECISIONS};
use super::row::{middle, time};
use super::{Measured, Row, Stage};

/// Audits of the package that is judged: five of each of two organisations, one full audit and a chain of deltas.
const AUDITS: u32 = 10;

/// Four rules that look at package, audits, levels and advisories.
const RULES: &str = r#"
[[rule]]
id = "a"
needs = "pkg.name != 'left-pad'"
message = "m"
[[rule]]
id = "b"
needs = "audits.exists(a, a.level >= 2 && 'safe-to-deploy' in a.criteria)"
message = "m"
[[rule]]
id = "c"
when = "pkg.ecosystem == 'cargo'"
needs = "advisories.all(a, a.cvss < 7.0)"
message = "m"
[[rule]]
id = "d"
needs = "!pkg.prerelease || audits.filter(a, a.counts).size() > 1"
message = "m"
"#;

/// The slowest policy of the shelf, as it is and with the four rules.
pub fn measure(_stage: &mut Stage) -> Measured {
    let mut plain = Vec::new();
    let mut with_rules = Vec::new();
    for (name, toml) in shelf() {
        plain.push((*name, decision(&Policy::parse(toml.as_bytes(), &ShelfAlone)?)?));
        let toml = format!("{}\n{RULES}", toml.split("[[test]]").next().unwrap_or_default());
        with_rules.push((*name, decision(&Policy::parse(toml.as_bytes(), &ShelfAlone)?)?));
    }
    let row = |what: &str, mut times: Vec<(&str, Duration)>, bound: Duration| {
        times.sort_by_key(|(_, took)| *took);
        let each: Vec<String> = times.iter().map(|(name, took)| format!("{name} {}", time(*took))).collect();
        Row::below(what, times.last().map(|(_, took)| *took).unwrap_or_default(), bound).beside(each.join(", "))
    };
    Ok(vec![
        row("decision without CEL, slowest policy of the shelf", plain, DECISION),
        row("decision with four CEL rules on top", with_rules, DECISION_WITH_RULES),
    ])
}

/// The middle time of many decisions.
fn decision(policy: &Policy) -> Result<Duration> {
    let package: Package = "pkg:cargo/example".parse()?;
    let mut evidence = Evidence::default();
    for place in 0..AUDITS {
        evidence.testimonies.push(testimony(&package, place / 2, if place % 2 == 0 { "acme" } else { "globex" })?);
    }
    let artifact = package.release(version(AUDITS / 2 - 1)?).artifact(None);
    let subject = Subject { artifact, digests: Digests::of(Digest::Sha256([7; 32])) };
    let now = Timestamp::from_millis(1_790_000_000_000);
    let facts = Facts {
        now,
        publish: PublishTime::Dated { at: now.minus(Span::days(40)), source: DateSource::Index },
        uploaded: None,
        listed_before: false,
        incident: None,
        publisher: None,
        advisory_sources: &[],
        versions: world(Ecosystem::Cargo).versions(),
    };
    let mut times = Vec::with_capacity(DECISIONS);
    for _ in 0..DECISIONS {
        let begin = Instant::now();
        black_box(decide(black_box(policy), &subject, Use::Runtime, &evidence, &facts));
        times.push(begin.elapsed());
    }
    Ok(middle(&mut times))
}

fn version(minor: u32) -> Result<Version> {
    Ok(format!("1.{minor}.0").parse()?)
}

fn testimony(package: &Package, place: u32, of: &str) -> Result<Testimony> {
    let to = version(place)?;
    let kind = match place {
        0 => AuditKind::Full { version: to, digests: BTreeSet::new() },
        _ => AuditKind::Delta { from: version(place - 1)?, from_digests: BTreeSet::new(), to, digests: BTreeSet::new() },
    };
    Ok(Testimony {
        id: format!("https://{of}.example/audits/{place}"),
        origin: TestimonyOrigin::Local,
        authors: vec![Author { name: format!("{of}-auditor"), organisation: of.parse()?, level: 2 }],
        recorded: Some(Timestamp::from_millis(1_780_000_000_000)),
        dated: true,
        audit: Audit {
            package: package.clone(),
            kind,
            criteria: [vetmoot_domain::criterion::SAFE_TO_DEPLOY.parse()?].into(),
            depth: Some(Depth::Read),
            notes: String::new(),
            self_audit: false,
            machine: None,
            findings: Vec::new(),
        },
    })
}
