//! Evidence as lists show it: audits by members and imports, and advisories.

use vetmoot_domain::{
    Advisory, AdvisoryKind, Audit, AuditKind, Depth, RangeEvent, Release, Severity, Testimony, TestimonyOrigin, Timestamp,
};
use vetmoot_ecosystems::world;
use vetmoot_frontend::parts;
use vetmoot_frontend::parts::{AdvisoryRow, AuditRow, AuditStanding, Link};
use vetmoot_workflows::audit::AuditRow as Recorded;

use super::fediverse::{host_of, is_web};
use super::links;
use super::moment::when;

/// The depth as pages show it.
pub fn depth(depth: Depth) -> parts::Depth {
    match depth {
        Depth::Skim => parts::Depth::Skim,
        Depth::Read => parts::Depth::Read,
        Depth::Deep => parts::Depth::Deep,
    }
}

/// The severity as pages show it.
pub fn severity(severity: Severity) -> parts::Severity {
    match severity {
        Severity::Info => parts::Severity::Info,
        Severity::Low => parts::Severity::Low,
        Severity::Medium => parts::Severity::Medium,
        Severity::High => parts::Severity::High,
        Severity::Critical => parts::Severity::Critical,
    }
}

/// The kind as pages show it.
pub fn kind(kind: &AuditKind) -> parts::AuditKind {
    match kind {
        AuditKind::Full { .. } => parts::AuditKind::Full,
        AuditKind::Delta { .. } => parts::AuditKind::Delta,
        AuditKind::Violation { .. } => parts::AuditKind::Violation,
        AuditKind::Publisher { .. } => parts::AuditKind::Publisher,
    }
}

/// What an audit is about, spelled out, linked to the release or package.
pub fn subject(audit: &Audit) -> Link {
    let name = audit.package.name();
    match &audit.kind {
        AuditKind::Full { version, .. } => {
            Link::new(format!("{name} {version}"), links::release(&audit.package.release(version.clone())))
        }
        AuditKind::Delta { from, to, .. } => {
            Link::new(format!("{name} {from} \u{2192} {to}"), links::release(&audit.package.release(to.clone())))
        }
        AuditKind::Violation { range } => Link::new(format!("{name} {range}"), links::package(&audit.package)),
        AuditKind::Publisher { publisher, start, end } => {
            Link::new(format!("{name} by {publisher}, {start} to {end}"), links::package(&audit.package))
        }
    }
}

/// Where a statement is shown: an audit here, the import it came by, an advisory's own page.
pub fn statement(id: &str, advisories: &[Advisory]) -> Link {
    if let Some(audit) = id.strip_prefix("/audits/") {
        return Link::new(format!("audit {}", audit.get(..8).unwrap_or(audit)), id);
    }
    if let Some((import, entry)) = id.strip_prefix("import:").and_then(|rest| rest.split_once('#')) {
        return Link::new(format!("{import}, entry {entry}"), links::import(import));
    }
    match advisories.iter().find(|advisory| advisory.id == id) {
        Some(advisory) => advisory_link(advisory),
        // A statement of a followed community is called by its address, and is read where it lives.
        None if is_web(id) => Link::new(format!("audit at {}", host_of(id)), page_of_record(id)),
        None => Link::plain(id),
    }
}

/// The page of a statement, whose record's id is one step below it.
pub fn page_of_record(uri: &str) -> &str {
    uri.strip_suffix("/record").unwrap_or(uri)
}

fn advisory_link(advisory: &Advisory) -> Link {
    // Only web addresses become links; whatever else a feed names stays text.
    let url = advisory.url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    url.map_or_else(|| Link::plain(&advisory.id), |url| Link::new(&advisory.id, url))
}

/// An audit that counts, by a member or an import.
pub fn testimony_row(now: Timestamp, testimony: &Testimony) -> AuditRow {
    let audit = &testimony.audit;
    let (href, source) = match &testimony.origin {
        TestimonyOrigin::Local => (testimony.id.clone(), None),
        TestimonyOrigin::Import(name) if is_web(&testimony.id) => {
            (page_of_record(&testimony.id).to_owned(), Some(Link::new(name, links::import(name))))
        }
        TestimonyOrigin::Import(name) => (links::import(name), Some(Link::new(name, links::import(name)))),
    };
    AuditRow {
        href,
        authors: testimony.authors.iter().map(|author| Link::plain(vetmoot_frontend::tame(&author.name))).collect(),
        recorded: testimony.recorded.map(|at| when(now, at)).unwrap_or_default(),
        source,
        ..row(audit)
    }
}

/// An audit of a member, withdrawn or not.
pub fn recorded_row(now: Timestamp, recorded: &Recorded) -> AuditRow {
    AuditRow {
        href: format!("/audits/{}", recorded.id),
        authors: vec![super::members::link(recorded.author_name.as_str())],
        recorded: when(now, recorded.recorded_at),
        standing: if recorded.withdrawn.is_some() { AuditStanding::Withdrawn } else { AuditStanding::Current },
        ..row(&recorded.audit)
    }
}

fn row(audit: &Audit) -> AuditRow {
    AuditRow {
        kind: kind(&audit.kind),
        subject: subject(audit),
        criteria: audit.criteria.iter().map(ToString::to_string).collect(),
        depth: audit.depth.map(depth),
        self_audit: audit.self_audit,
        machine: audit.machine.is_some(),
        findings: audit.findings.len() as u64,
        ..AuditRow::default()
    }
}

/// Whether an audit speaks of this very release: it ends there, or is a violation whose range holds it.
pub fn speaks_of(audit: &Audit, release: &Release) -> bool {
    match &audit.kind {
        AuditKind::Full { .. } | AuditKind::Delta { .. } => audit.release().as_ref() == Some(release),
        AuditKind::Violation { range } => {
            world(release.package.ecosystem()).versions().in_range(range, &release.version).unwrap_or(false)
        }
        AuditKind::Publisher { .. } => false,
    }
}

/// An advisory in a list.
pub fn advisory_row(now: Timestamp, advisory: &Advisory) -> AdvisoryRow {
    let fixed = advisory.ranges.iter().flat_map(|range| &range.events).find_map(|event| match event {
        RangeEvent::Fixed(version) => Some(version),
        _ => None,
    });
    let fixed_in = fixed.map(|version| match version.parse() {
        Ok(fixed) => Link::new(version, links::release(&advisory.package.release(fixed))),
        Err(_) => Link::plain(version),
    });
    let kind = match advisory.kind {
        AdvisoryKind::Vulnerability => String::new(),
        kind => format!("{kind}: "),
    };
    AdvisoryRow {
        id: advisory_link(advisory),
        summary: format!("{kind}{}", if advisory.summary.is_empty() { "no summary given" } else { &advisory.summary }),
        severity: advisory.severity.map(severity),
        affected: affected(advisory),
        fixed_in,
        published: when(now, advisory.published.unwrap_or(advisory.modified)),
    }
}

/// Which versions an advisory concerns: "from 1.0.0 before 1.0.4; 2.0.1".
pub fn affected(advisory: &Advisory) -> String {
    let mut parts: Vec<String> = Vec::new();
    for range in &advisory.ranges {
        let mut words: Vec<String> = Vec::new();
        for event in &range.events {
            match event {
                RangeEvent::Introduced(version) if version == "0" || version == "0.0.0-0" => {}
                RangeEvent::Introduced(version) => words.push(format!("from {version}")),
                RangeEvent::Fixed(version) | RangeEvent::Limit(version) => words.push(format!("before {version}")),
                RangeEvent::LastAffected(version) => words.push(format!("up to {version}")),
            }
        }
        parts.push(if words.is_empty() { "every version".to_owned() } else { words.join(" ") });
    }
    const NAMED: usize = 5;
    parts.extend(advisory.versions.iter().take(NAMED).map(ToString::to_string));
    if advisory.versions.len() > NAMED {
        parts.push(format!("{} more versions", advisory.versions.len() - NAMED));
    }
    parts.dedup();
    parts.join("; ")
}

/// A machine author in words.
pub fn machine(audit: &Audit) -> Option<String> {
    let machine = audit.machine.as_ref()?;
    Some(format!("{}, {}", machine.model, if machine.guided { "guided by a person" } else { "without a person" }))
}
