//! From the words of a test to evidence and facts.

use std::collections::BTreeSet;

use sha2::Digest as _;
use vetmoot_domain::criterion::SAFE_TO_DEPLOY;
use vetmoot_domain::{
    Advisory, AffectedRange, Audit, AuditKind, Author, CriterionName, DateSource, Digest, Digests, Evidence, Facts, Incident,
    Machine, Organisation, PublishTime, RangeEvent, SourceState, Span, Subject, Testimony, TestimonyOrigin, Timestamp, Use,
    Version,
};

use super::{DottedVersions, Given, GivenAdvisory, GivenAudit, Named, Published};
use crate::cel::Inputs;
use crate::graph::Graph;
use crate::policy::Policy;
use crate::policy::model::Criteria;

/// The digest that stands for a version's bytes in tests.
pub(super) fn digest_of(text: &str) -> Digest {
    Digest::Sha256(sha2::Sha256::digest(text.as_bytes()).into())
}

/// The claim of test audits that name none.
pub(super) fn safe_to_deploy() -> CriterionName {
    SAFE_TO_DEPLOY.parse().expect("the built-in criteria are well-formed words")
}

impl Given {
    pub(super) fn subject(&self) -> Subject {
        let digests = self.digest.clone().map(Digests::of).unwrap_or_default();
        Subject { artifact: self.artifact.clone(), digests }
    }

    pub(super) fn sources(&self) -> Vec<SourceState> {
        let one = |source: &super::Source| SourceState {
            name: source.name.clone(),
            last_read: self.now.minus(source.age),
            malware: source.malware,
        };
        self.sources.iter().map(one).collect()
    }

    pub(super) fn facts<'a>(&self, sources: &'a [SourceState]) -> Facts<'a> {
        let pinned = self.digest.clone().map(Digests::of).unwrap_or_default();
        let seen = Digests::of(digest_of("changed"));
        Facts {
            now: self.now,
            publish: match self.published {
                Published::Ago(age) => PublishTime::Dated { at: self.now.minus(age), source: DateSource::Index },
                Published::FirstSight => PublishTime::PresentAtFirstSight,
                Published::Unknown => PublishTime::Unknown,
            },
            uploaded: self.uploaded.map(|age| self.now.minus(age)),
            listed_before: self.listed_before,
            incident: self.changed_digest.then(|| Incident { noticed: self.now.minus(Span::days(1)), pinned, seen }),
            publisher: self.publisher.clone(),
            advisory_sources: sources,
            versions: &DottedVersions,
        }
    }

    pub(super) fn evidence(&self) -> Evidence {
        let audits = self.audits.iter().enumerate();
        Evidence {
            testimonies: audits.map(|(place, audit)| self.testimony(place, audit)).collect(),
            advisories: self.advisories.iter().map(|one| self.advisory(one)).collect(),
        }
    }

    fn testimony(&self, place: usize, audit: &GivenAudit) -> Testimony {
        let organisation = audit.organisation.clone().unwrap_or_else(Organisation::community);
        let author = |name: &String| Author { name: name.clone(), organisation: organisation.clone(), level: audit.level };
        let origin = audit.import.clone().map_or(TestimonyOrigin::Local, TestimonyOrigin::Import);
        Testimony {
            id: audit.id.clone().unwrap_or_else(|| format!("audit-{}", place + 1)),
            origin,
            authors: audit.by.iter().map(author).collect(),
            recorded: (!audit.undated).then(|| self.now.minus(audit.age.unwrap_or(Span::days(10)))),
            dated: !audit.undated,
            audit: Audit {
                package: self.artifact.release.package.clone(),
                kind: self.kind(audit),
                criteria: audit.criteria.iter().cloned().collect(),
                depth: audit.depth,
                notes: String::new(),
                self_audit: audit.self_audit,
                machine: audit.machine.map(|guided| Machine { model: "a model".to_owned(), guided }),
                findings: Vec::new(),
            },
        }
    }

    fn kind(&self, audit: &GivenAudit) -> AuditKind {
        if let Some(range) = &audit.range {
            return AuditKind::Violation { range: range.clone() };
        }
        if let Some(publisher) = &audit.publisher {
            let (before, after) = audit.window;
            let (start, end) = (self.now.minus(before).day(), self.now.plus(after).day());
            return AuditKind::Publisher { publisher: publisher.clone(), start, end };
        }
        let version = audit.version.clone().unwrap_or_else(|| self.artifact.release.version.clone());
        let digests = self.digests(audit.digest, &version);
        match &audit.from {
            None => AuditKind::Full { version, digests },
            Some(from) => {
                // What a test audit compared with is what others audited there, unless it names no digests at all.
                let named = if audit.digest == Named::None { Named::None } else { Named::This };
                let from_digests = self.digests(named, from);
                AuditKind::Delta { from: from.clone(), from_digests, to: version, digests }
            }
        }
    }

    fn digests(&self, named: Named, version: &Version) -> BTreeSet<Digest> {
        let own = *version == self.artifact.release.version;
        let digest = match named {
            Named::None => return BTreeSet::new(),
            Named::Other => digest_of(&format!("other {version}")),
            Named::This => self.digest.clone().filter(|_| own).unwrap_or_else(|| digest_of(version.as_str())),
        };
        BTreeSet::from([digest])
    }

    fn advisory(&self, given: &GivenAdvisory) -> Advisory {
        let fixed = given.fixed.clone().map(RangeEvent::Fixed);
        let events = [RangeEvent::Introduced(given.introduced.clone())].into_iter().chain(fixed).collect();
        Advisory {
            id: given.id.clone(),
            aliases: Vec::new(),
            package: self.artifact.release.package.clone(),
            kind: given.kind,
            severity: given.severity,
            cvss_tenths: given.cvss_tenths,
            ranges: vec![AffectedRange { events }],
            versions: Vec::new(),
            summary: String::new(),
            published: None,
            modified: self.now,
            withdrawn: given.withdrawn.then_some(self.now),
            url: None,
            source: given.community.clone().unwrap_or_else(|| "osv".to_owned()),
            of_peer: given.community.is_some(),
        }
    }
}

/// Calls `with` with an example of everything a rule may read.
pub(crate) fn sample<T>(with: impl FnOnce(&Inputs<'_>) -> T) -> T {
    let advisory = GivenAdvisory {
        id: "TEST-2026-0001".to_owned(),
        kind: vetmoot_domain::AdvisoryKind::Vulnerability,
        severity: Some(vetmoot_domain::Severity::High),
        cvss_tenths: Some(75),
        introduced: "0".to_owned(),
        fixed: Some("2.0.0".to_owned()),
        withdrawn: false,
        community: None,
    };
    let audit = GivenAudit {
        id: None,
        import: None,
        version: None,
        from: None,
        range: None,
        publisher: None,
        window: (Span::default(), Span::default()),
        criteria: vec![safe_to_deploy()],
        by: vec!["ada".to_owned()],
        organisation: None,
        level: 2,
        depth: Some(vetmoot_domain::Depth::Read),
        digest: Named::This,
        age: None,
        undated: false,
        self_audit: false,
        machine: None,
    };
    let given = Given {
        artifact: "pkg:cargo/example@1.0.0".parse().expect("a plain purl reads"),
        usage: Use::Runtime,
        now: Timestamp::from_millis(0),
        published: Published::Ago(Span::days(1)),
        uploaded: None,
        digest: Some(digest_of("1.0.0")),
        listed_before: false,
        changed_digest: false,
        publisher: None,
        sources: Vec::new(),
        audits: vec![audit],
        advisories: vec![advisory],
        staged: None,
    };
    let mut policy = Policy::empty();
    let described = Criteria::builtins();
    policy.set_criteria(Criteria { described, closure: vec![1, 3] });
    let evidence = given.evidence();
    let graph = Graph::new(&policy, &evidence, &DottedVersions, None);
    let inputs = Inputs {
        artifact: &given.artifact,
        usage: given.usage,
        dated: true,
        publisher: None,
        versions: &DottedVersions,
        criteria: policy.known_criteria(),
        audits: graph.weighed.iter().map(|weighed| (weighed, true)).collect(),
        advisories: evidence.advisories.iter().collect(),
    };
    with(&inputs)
}
