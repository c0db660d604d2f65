//! What is known of a package when a page begins: its listing, every policy's judgement, and the evidence.

use std::collections::HashMap;
use std::sync::Arc;

use vetmoot_domain::{Decision, Evidence, Package, PublishTime, Timestamp, Version};
use vetmoot_ecosystems::{Entry, world};
use vetmoot_judge::GateWords;
use vetmoot_workflows::policy::book::Adopted;
use vetmoot_workflows::registry::judged::{self, Judged};
use vetmoot_workflows::registry::listing::{self, Current, FileFacts};
use vetmoot_workflows::{Ctx, Problem, audit, package};

use vetmoot_frontend::parts::Link;

use super::links;
use super::verdict::Ground;
use super::visit::Visit;

/// A package with everything its pages show.
pub struct Known {
    /// The listing.
    pub current: Arc<Current>,
    /// The versions, newest first by the ecosystem's order.
    pub versions: Vec<Version>,
    /// One judgement a policy, by slug.
    pub judged: Vec<Arc<Judged>>,
    /// Audits and advisories.
    pub evidence: Evidence,
    /// For each judgement, the policy's gates without a source.
    not_configured: Vec<Vec<GateWords>>,
    /// The places of each version's files in the listing.
    places: HashMap<Version, Vec<usize>>,
}

/// The package, linked to its page where its index was read before: what was only handed in has none yet.
pub async fn link(ctx: &Ctx, package: &Package) -> Result<Link, Problem> {
    let name = package.name().as_str();
    Ok(match listing::known(ctx, package).await? {
        Some(_) => Link::new(name, links::package(package)),
        None => Link::plain(name),
    })
}

/// Reads the package: its listing (asked for upstream when it is not fresh), the judgements, the evidence.
pub async fn of(ctx: &Ctx, package: &Package) -> Result<Known, Problem> {
    let current = package::show(ctx, package).await?;
    let evidence = audit::list::about(ctx, package).await?;
    let sources = ctx.sources();
    let (mut judged, mut not_configured) = (Vec::new(), Vec::new());
    for adopted in ctx.book.all() {
        judged.push(judged::of_current(ctx, &adopted, current.clone(), adopted.policy.serve_use()).await?);
        not_configured.push(adopted.policy.not_configured(&sources.states));
    }
    let mut places: HashMap<Version, Vec<usize>> = HashMap::new();
    for (place, (entry, _)) in current.entries().enumerate() {
        places.entry(entry.version.clone()).or_default().push(place);
    }
    let order = world(package.ecosystem()).versions();
    let mut versions: Vec<Version> = places.keys().cloned().collect();
    // Versions that compare equal (1.0 and 1.0.0) still need one order for all readers.
    versions.sort_by(|a, b| order.compare(b, a).then_with(|| b.cmp(a)));
    Ok(Known { current, versions, judged, evidence, not_configured, places })
}

impl Known {
    /// The package, as its canonical name has it.
    pub fn package(&self) -> &Package {
        &self.current.package
    }

    /// The files of a version with what is known of them.
    pub fn files(&self, version: &Version) -> Vec<(&Entry, &FileFacts)> {
        let places = self.places.get(version).map(Vec::as_slice).unwrap_or_default();
        let file = |place: &usize| Some((self.current.listing.entries.get(*place)?, self.current.files.get(*place)?));
        places.iter().filter_map(file).collect()
    }

    /// A policy's decision on a release, its files inside.
    pub fn release(&self, judged: &Judged, version: &Version) -> Option<Decision> {
        let places = self.places.get(version)?;
        let parts: Vec<Decision> = places.iter().filter_map(|place| judged.decisions.get(*place).cloned()).collect();
        let release = self.package().release(version.clone());
        (!parts.is_empty()).then(|| vetmoot_judge::release_of(&release, judged.usage, parts))
    }

    /// A policy's decisions on the files of a release, in the listing's order.
    pub fn parts<'a>(&'a self, judged: &'a Judged, version: &Version) -> Vec<&'a Decision> {
        let places = self.places.get(version).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| judged.decisions.get(*place)).collect()
    }

    /// When a version was published: when the first of its files was.
    pub fn published(&self, version: &Version) -> Option<Timestamp> {
        self.files(version).into_iter().filter_map(|(_, file)| package::published(file)).min()
    }

    /// Where that date comes from, in words.
    pub fn dated_by(&self, version: &Version) -> String {
        let files = self.files(version);
        let dated = files.iter().find(|(_, file)| package::published(file).is_some()).or(files.first());
        match dated.map(|(_, file)| file.publish) {
            Some(PublishTime::Dated { source: vetmoot_domain::DateSource::Index, .. }) => "by its index",
            Some(PublishTime::Dated { source: vetmoot_domain::DateSource::FileHeader, .. }) => "by its file's header",
            Some(PublishTime::Dated { source: vetmoot_domain::DateSource::FirstSeen, .. }) => "first seen here",
            Some(PublishTime::PresentAtFirstSight) => "undated, present at first sight",
            _ => "undated",
        }
        .to_owned()
    }

    /// Whether upstream yanked every file of a version.
    pub fn yanked(&self, version: &Version) -> bool {
        let files = self.files(version);
        !files.is_empty() && files.iter().all(|(entry, _)| entry.yanked.is_some())
    }

    /// What stands beside a policy's decision when it is put into words.
    pub fn ground<'a>(&'a self, visit: &Visit, adopted: &'a Adopted, version: &Version) -> Ground<'a> {
        let place = self.judged.iter().position(|judged| judged.adopted.slug == adopted.slug);
        Ground {
            now: visit.now,
            published: self.published(version),
            evidence: &self.evidence,
            title: adopted.policy.title(),
            not_configured: place.and_then(|place| self.not_configured.get(place)).map(Vec::as_slice).unwrap_or_default(),
            may_audit: visit.may_audit(),
        }
    }

    /// The newest version that upstream did not yank, a final one where there is any.
    pub fn newest(&self) -> Option<&Version> {
        let order = world(self.package().ecosystem()).versions();
        let live = || self.versions.iter().filter(|version| !self.yanked(version));
        live().find(|version| !order.is_prerelease(version)).or_else(|| live().next()).or(self.versions.first())
    }
}
