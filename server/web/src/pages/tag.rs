//! `/tags/{name}`: what was said here under one of our hashtags, newest first.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_frontend::pages::tag::{Tag as Page, TagRow};
use vetmoot_frontend::parts::{Link, ListLink, Pager};
use vetmoot_workflows::Problem;
use vetmoot_workflows::follow::ArrivedRow;
use vetmoot_workflows::statement::tag::{self, Hashtag};

use super::evidence::page_of_record;
use super::fields::Fields;
use super::moment::when;
use super::peer;
use super::visit::{Visit, moved};
use crate::limits::PAGE_ROWS;

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/tags/{name}", super::reads().to(tag));
}

async fn tag(visit: Visit, name: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let page = show(&visit, &name, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn show(visit: &Visit, name: &str, asked: &Fields) -> Result<HttpResponse, Problem> {
    let wanted: Hashtag = name.parse()?;
    if wanted.name() != name {
        return Ok(moved(&wanted.path()));
    }
    let before = asked.text("before").parse().ok();
    let limit = u64::try_from(PAGE_ROWS + 1).unwrap_or(u64::MAX);
    let mut rows = tag::carrying(&visit.ctx, wanted, before, limit).await?;
    let more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let last = rows.last().and_then(|row| row.leaf).filter(|_| more);
    let order = |tag: Hashtag| ListLink { text: format!("#{tag}"), href: tag.path(), current: tag == wanted };
    let page = Page {
        name: wanted.to_string(),
        sentence: sentence(wanted, rows.is_empty(), before.is_some()),
        others: Hashtag::ALL.into_iter().map(order).collect(),
        rows: rows.iter().map(|row| shown(visit, row)).collect(),
        pager: Pager {
            previous: before.map(|_| wanted.path()),
            next: last.map(|leaf| format!("{}?before={leaf}", wanted.path())),
            ..Pager::default()
        },
    };
    let title = format!("#{wanted}");
    let mut shell = visit.shell(&title, vec![Link::new("Community", "/community"), Link::plain(&title)]);
    shell.description = Some(page.sentence.clone());
    visit.page(&shell, &page)
}

fn sentence(tag: Hashtag, empty: bool, deep: bool) -> String {
    let what = match tag {
        Hashtag::Audits => "audits, and what was taken back of them",
        Hashtag::Policies => "policies as they changed, and logs that contradict themselves",
        Hashtag::Advisories => "advisories, and what was taken back of them",
        Hashtag::Releases => "releases that were handed in, released, or served with other bytes",
    };
    match (empty, deep) {
        (true, false) => format!("Posts of this community carry it on {what}. There is none yet."),
        (true, true) => format!("Posts of this community carry it on {what}. There is nothing older."),
        (false, _) => format!("Posts of this community carry it on {what}; the newest first."),
    }
}

fn shown(visit: &Visit, row: &ArrivedRow) -> TagRow {
    let record: serde_json::Value = row.record.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let what = match row.kind.as_str() {
        "PolicyRevision" => "Revision",
        "LogFork" => "A log contradicts itself",
        "Candidate" => "Handed in",
        "Release" => "Released",
        "ReleaseAlarm" => "Alarm",
        kind => kind,
    };
    let author = here(visit, &row.author);
    let name = author.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    TagRow {
        // What it withdraws has the page that tells of it.
        what: Link::new(what, here(visit, page_of_record(&row.uri)).trim_end_matches("/withdrawal")),
        about: peer::about(row, &record),
        by: Link::new(name, author),
        when: when(visit.now, row.published_at),
        withdrawn: row.withdrawn_at.is_some(),
        alarm: matches!(row.kind.as_str(), "ReleaseAlarm" | "LogFork"),
    }
}

/// The path of an address on this instance.
fn here<'a>(visit: &Visit, address: &'a str) -> &'a str {
    address.strip_prefix(visit.ctx.base_url.as_str()).unwrap_or(address)
}
