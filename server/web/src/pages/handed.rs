//! What is handed through here and elsewhere, as the pages of packages and releases show it.

use serde_json::Value;
use vetmoot_domain::{CandidateState, Package, Release, Version};
use vetmoot_frontend::pages::package::ElsewhereRow;
use vetmoot_frontend::parts::{CandidateRow, Link};
use vetmoot_workflows::statement::{self, StatementRow, Via};
use vetmoot_workflows::submission::candidate::{self, Wanted};
use vetmoot_workflows::submission::project;
use vetmoot_workflows::{Kind, Problem};

use super::evidence::page_of_record;
use super::fediverse::is_web;
use super::moment::when;
use super::peer::shown_author;
use super::visit::Visit;
use super::{candidates, links};
use crate::limits::{HANDED_ROWS, LATEST_CANDIDATES, STATEMENT_ROWS};

/// What is handed through.
#[derive(Default)]
pub struct Handed {
    /// The project, where this community hands the package through.
    pub project: Option<Link>,
    /// Candidates on their way here; of one version alone, those that are over too.
    pub candidates: Vec<CandidateRow>,
    /// What followed communities said of candidates of their own.
    pub elsewhere: Vec<ElsewhereRow>,
}

/// What is handed through of a package, or of one version of it.
pub async fn of(visit: &Visit, package: &Package, version: Option<&Version>) -> Result<Handed, Problem> {
    let mut handed = Handed::default();
    match project::show(&visit.ctx, package).await {
        Ok(_) => {
            handed.project = Some(Link::new(package.name().as_str(), links::project(package)));
            let over = [CandidateState::Released, CandidateState::Withdrawn];
            let wanted = Wanted { package: Some(package.clone()), ..Wanted::default() };
            let rows = candidate::list(&visit.ctx, &wanted, 0, HANDED_ROWS).await?;
            let shown = rows.iter().filter(|row| match version {
                Some(version) => row.version == *version,
                None => !over.contains(&row.state),
            });
            handed.candidates = shown.map(|row| candidates::row(visit, row)).collect();
        }
        Err(trouble) if trouble.kind == Kind::NotFound => {}
        Err(trouble) => return Err(trouble),
    }
    let said = statement::of_package(&visit.ctx, package, &statement::OF_CANDIDATES, STATEMENT_ROWS).await?;
    handed.elsewhere = said.iter().filter(|row| row.via != Via::Own).filter_map(|row| elsewhere(visit, row)).collect();
    Ok(handed)
}

/// What a member handed in last, and where the rest is listed.
pub async fn by(visit: &Visit, member: i64, name: &str) -> Result<(Vec<CandidateRow>, Option<Link>), Problem> {
    let wanted = Wanted { uploader: Some(member), ..Wanted::default() };
    let mut rows = candidate::list(&visit.ctx, &wanted, 0, LATEST_CANDIDATES + 1).await?;
    let shown = usize::try_from(LATEST_CANDIDATES).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    let all = more.then(|| Link::new(format!("Everything {name} handed in"), candidates::by(name)));
    Ok((rows.iter().map(|row| candidates::row(visit, row)).collect(), all))
}

/// A statement of another community about a candidate of its own; none when it cannot be read.
fn elsewhere(visit: &Visit, row: &StatementRow) -> Option<ElsewhereRow> {
    let record: Value = serde_json::from_str(row.record.as_deref()?).ok()?;
    let release: Release = record.get("release").and_then(Value::as_str)?.parse().ok()?;
    let subject = links::said(&release);
    let target = match record.get("target").and_then(Value::as_str) {
        Some("community") => "its own index",
        _ => "the official index",
    };
    let alarm = row.kind == "ReleaseAlarm";
    let text = match row.kind.as_str() {
        "Candidate" => format!("{subject} was handed in to be vetted"),
        "Release" => format!("{subject} was released to {target}"),
        _ => format!("the official index serves other bytes of {subject} than those it released"),
    };
    let page = page_of_record(&row.uri);
    Some(ElsewhereRow {
        said: if is_web(page) { Link::new(text, page) } else { Link::plain(text) },
        by: shown_author(&row.author),
        when: when(visit.now, row.published_at),
        alarm,
    })
}
