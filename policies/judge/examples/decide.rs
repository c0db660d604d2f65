//! Measures one decision and a listing of many: `cargo run --release -p vetmoot-judge --example decide`.

use std::collections::BTreeSet;
use std::time::Instant;

use vetmoot_domain::{
    Audit, AuditKind, Author, DateSource, Depth, Digest, Digests, Evidence, Facts, Package, PublishTime, Span, Subject,
    Testimony, TestimonyOrigin, Timestamp, Use, Version,
};
use vetmoot_judge::{DottedVersions, Policy, Prepared, ShelfAlone, decide, shelf};

const ROUNDS: u32 = 2_000;

fn version(minor: u32) -> anyhow::Result<Version> {
    Ok(format!("1.{minor}.0").parse()?)
}

fn testimony(package: &Package, place: u32, of: &str) -> anyhow::Result<Testimony> {
    let kind = match place % 5 {
        0 => AuditKind::Full { version: version(place)?, digests: BTreeSet::new() },
        _ => AuditKind::Delta {
            from: version(place - 1)?,
            from_digests: BTreeSet::new(),
            to: version(place)?,
            digests: BTreeSet::new(),
        },
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

fn evidence(package: &Package, links: u32) -> anyhow::Result<Evidence> {
    let mut evidence = Evidence::default();
    for place in 0..links {
        evidence.testimonies.push(testimony(package, place / 2, if place % 2 == 0 { "acme" } else { "globex" })?);
    }
    Ok(evidence)
}

fn subject(package: &Package, minor: u32) -> anyhow::Result<Subject> {
    let artifact = package.release(version(minor)?).artifact(None);
    Ok(Subject { artifact, digests: Digests::of(Digest::Sha256([7; 32])) })
}

fn facts(age: i64) -> Facts<'static> {
    let now = Timestamp::from_millis(1_790_000_000_000);
    Facts {
        now,
        publish: PublishTime::Dated { at: now.minus(Span::days(age)), source: DateSource::Index },
        uploaded: None,
        listed_before: false,
        incident: None,
        publisher: None,
        advisory_sources: &[],
        versions: &DottedVersions,
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement is made of the clock")]
fn measure(name: &str, policy: &Policy, links: u32, age: i64) -> anyhow::Result<()> {
    let package: Package = "pkg:cargo/example".parse()?;
    let evidence = evidence(&package, links)?;
    let subject = subject(&package, (links / 2).saturating_sub(1))?;
    let facts = facts(age);
    let mut times = Vec::new();
    let mut state = String::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let decision = decide(policy, &subject, Use::Runtime, &evidence, &facts);
        times.push(start.elapsed());
        state = decision.state.to_string();
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("{name}: {links} audits, {state}, whole decision: median {median:?}");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement is made of the clock")]
fn listing(name: &str, policy: &Policy, versions: u32) -> anyhow::Result<()> {
    let package: Package = "pkg:cargo/example".parse()?;
    let evidence = evidence(&package, 100)?;
    let facts = facts(20);
    let subjects = (0..versions).map(|minor| subject(&package, minor)).collect::<anyhow::Result<Vec<_>>>()?;
    let start = Instant::now();
    let prepared = Prepared::new(policy, &evidence, &DottedVersions, Use::Runtime);
    let listed = subjects.iter().filter(|one| prepared.decide(one, &facts).state == vetmoot_domain::State::Listed).count();
    println!("{name}: listing of {versions} versions, 100 audits, {listed} listed: {:?}", start.elapsed());
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let rules = "[[rule]]\nid = \"a\"\nneeds = \"pkg.name != 'left-pad'\"\nmessage = \"m\"\n\
         [[rule]]\nid = \"b\"\nneeds = \"audits.exists(a, a.level >= 2 && 'safe-to-deploy' in a.criteria)\"\nmessage = \"m\"\n\
         [[rule]]\nid = \"c\"\nwhen = \"pkg.ecosystem == 'cargo'\"\nneeds = \"advisories.all(a, a.cvss < 7.0)\"\nmessage = \"m\"\n\
         [[rule]]\nid = \"d\"\nneeds = \"!pkg.prerelease || audits.filter(a, a.counts).size() > 1\"\nmessage = \"m\"\n";
    for (name, toml) in shelf() {
        let policy = Policy::parse(toml.as_bytes(), &ShelfAlone)?;
        measure(name, &policy, 10, 40)?;
        measure(name, &policy, 10, 1)?;
        let toml = toml.split("[[test]]").next().unwrap_or_default();
        let with_rules = Policy::parse(format!("{toml}\n{rules}").as_bytes(), &ShelfAlone)?;
        measure(&format!("{name} with four rules"), &with_rules, 10, 40)?;
        listing(name, &policy, 2_600)?;
    }
    Ok(())
}
