//! What CEL expressions see: the release, its audits and its advisories, read field by field only when asked for.

use std::fmt;
use std::sync::Arc;

use cel::common::traits::Indexer;
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelString, Type};
use cel::common::value::{CowVal, Val};
use cel::{Context, ExecutionError};
use vetmoot_domain::{Advisory, Artifact, AuditKind, Publisher, TestimonyOrigin, Use, Version, Versions};

use super::Reads;
use crate::advisory;
use crate::graph::weigh::Weighed;
use crate::limits::CEL_INPUT_MAX;
use crate::policy::model::Criteria;

/// Everything the rules of one artifact may read.
pub(crate) struct Inputs<'v> {
    pub(crate) artifact: &'v Artifact,
    pub(crate) usage: Use,
    pub(crate) dated: bool,
    pub(crate) publisher: Option<&'v Publisher>,
    pub(crate) versions: &'v dyn Versions,
    pub(crate) criteria: &'v Criteria,
    /// Full audits and deltas of the version, and whether each covers the artifact's bytes.
    pub(crate) audits: Vec<(&'v Weighed<'v>, bool)>,
    /// Advisories that affect the version.
    pub(crate) advisories: Vec<&'v Advisory>,
}

impl<'v> Inputs<'v> {
    /// A sentence when a list that is read is longer than a rule may look at.
    pub(crate) fn too_long(&self, reads: Reads) -> Option<String> {
        let audits = reads.audits && self.audits.len() > CEL_INPUT_MAX;
        let advisories = reads.advisories && self.advisories.len() > CEL_INPUT_MAX;
        (audits || advisories).then(|| format!("more than {CEL_INPUT_MAX} entries to look at"))
    }

    /// Gives the context the variables that are read.
    pub(crate) fn bind(&'v self, reads: Reads, context: &mut Context<'_, 'v>) {
        if reads.pkg {
            context.add_variable_as_val("pkg", Box::new(View::Pkg(self)));
        }
        if reads.audits {
            let list: Vec<Box<dyn Val + 'v>> = self
                .audits
                .iter()
                .map(|(weighed, covers)| -> Box<dyn Val + 'v> { Box::new(View::Audit(self, weighed, *covers)) })
                .collect();
            context.add_variable_as_val("audits", Box::new(CelList::from(list)));
        }
        if reads.advisories {
            let one = |advisory: &&'v Advisory| -> Box<dyn Val + 'v> { Box::new(View::Advisory(self, advisory)) };
            let list: Vec<Box<dyn Val + 'v>> = self.advisories.iter().map(one).collect();
            context.add_variable_as_val("advisories", Box::new(CelList::from(list)));
        }
    }
}

/// One entry as CEL sees it: a copy is a copy of references.
#[derive(Clone, Copy)]
enum View<'v> {
    Pkg(&'v Inputs<'v>),
    Audit(&'v Inputs<'v>, &'v Weighed<'v>, bool),
    Advisory(&'v Inputs<'v>, &'v Advisory),
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pkg(inputs) => write!(f, "{}", inputs.artifact),
            Self::Audit(_, weighed, _) => f.write_str(&weighed.testimony.id),
            Self::Advisory(_, advisory) => f.write_str(&advisory.id),
        }
    }
}

static ENTRY: Type = Type::new_unspecified_type("vetmoot.entry");

impl Val for View<'_> {
    fn get_type(&self) -> &Type {
        &ENTRY
    }
    fn cel_type() -> &'static Type {
        &ENTRY
    }
    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }
    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(*self)
    }
}

impl Indexer for View<'_> {
    fn get<'b, 'w>(&'b self, field: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        let name = field.downcast_ref::<CelString>().map(CelString::inner).unwrap_or_default();
        let value = match *self {
            Self::Pkg(inputs) => pkg(inputs, name),
            Self::Audit(inputs, weighed, covers) => audit(inputs, weighed, covers, name),
            Self::Advisory(inputs, advisory) => advisory_field(inputs, advisory, name),
        };
        value.map(CowVal::Owned).ok_or_else(|| ExecutionError::NoSuchKey(Arc::new(name.to_owned())))
    }
    fn steal<'w>(self: Box<Self>, field: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.get(field).map(CowVal::into_owned)
    }
}

fn text<'v>(text: &'v str) -> Box<dyn Val + 'v> {
    Box::new(CelString::from(text))
}

fn owned<'v>(text: String) -> Box<dyn Val + 'v> {
    Box::new(CelString::from(text))
}

fn flag<'v>(flag: bool) -> Box<dyn Val + 'v> {
    Box::new(CelBool::from(flag))
}

fn list<'v>(values: impl Iterator<Item = Box<dyn Val + 'v>>) -> Box<dyn Val + 'v> {
    Box::new(CelList::from(values.collect::<Vec<_>>()))
}

fn pkg<'v>(inputs: &'v Inputs<'v>, field: &str) -> Option<Box<dyn Val + 'v>> {
    let release = &inputs.artifact.release;
    Some(match field {
        "ecosystem" => text(release.package.ecosystem().as_str()),
        "name" => text(release.package.name().as_str()),
        "version" => text(release.version.as_str()),
        "purl" => owned(release.to_string()),
        "file_name" => text(inputs.artifact.file_name.as_deref().unwrap_or_default()),
        "use" => text(inputs.usage.as_str()),
        "prerelease" => flag(inputs.versions.is_prerelease(&release.version)),
        "dated" => flag(inputs.dated),
        "publisher" => text(inputs.publisher.map(Publisher::as_str).unwrap_or_default()),
        _ => return None,
    })
}

fn audit<'v>(inputs: &'v Inputs<'v>, weighed: &'v Weighed<'v>, covers: bool, field: &str) -> Option<Box<dyn Val + 'v>> {
    let testimony = weighed.testimony;
    let audit = &testimony.audit;
    Some(match field {
        "id" => text(&testimony.id),
        "kind" => text(audit.kind.word()),
        "origin" => text(match &testimony.origin {
            TestimonyOrigin::Local => "local",
            TestimonyOrigin::Import(name) => name,
        }),
        "from" => text(match &audit.kind {
            AuditKind::Delta { from, .. } => from.as_str(),
            _ => "",
        }),
        "criteria" => {
            let claimed = inputs.criteria.described.iter().enumerate();
            list(claimed.filter(|(place, _)| weighed.criteria & (1u64 << place) != 0).map(|(_, one)| text(one.name.as_str())))
        }
        "level" => Box::new(CelInt::from(i64::from(weighed.level))),
        "organisations" => list(weighed.organisations().into_iter().map(|name| owned(name.into_owned()))),
        "authors" => list(testimony.authors.iter().map(|author| text(&author.name))),
        "depth" => text(audit.depth.map(vetmoot_domain::Depth::as_str).unwrap_or_default()),
        "bound" => flag(audit.digests().next().is_some()),
        "covers" => flag(covers),
        "counts" => flag(weighed.uncounted.is_none()),
        "self_audit" => flag(audit.self_audit),
        "machine" => flag(audit.machine.is_some()),
        _ => return None,
    })
}

fn advisory_field<'v>(inputs: &'v Inputs<'v>, one: &'v Advisory, field: &str) -> Option<Box<dyn Val + 'v>> {
    Some(match field {
        "id" => text(&one.id),
        "aliases" => list(one.aliases.iter().map(|alias| text(alias))),
        "kind" => text(one.kind.as_str()),
        "severity" => text(one.severity.map(vetmoot_domain::Severity::as_str).unwrap_or_default()),
        // An unknown score is below every score, so that a rule can ask for it.
        "cvss" => Box::new(CelDouble::from(one.cvss_tenths.map_or(-1.0, |tenths| f64::from(tenths) / 10.0))),
        "source" => text(&one.source),
        "fixed" => {
            let version: &'v Version = &inputs.artifact.release.version;
            flag(advisory::has_later_fix(one, version, inputs.versions))
        }
        _ => return None,
    })
}

/// Calls `with` with an example of everything a rule may read.
pub(crate) fn sample<T>(with: impl FnOnce(&Inputs<'_>) -> T) -> T {
    crate::scenario::sample(with)
}
