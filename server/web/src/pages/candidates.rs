//! `/candidates`: what was handed in, by whom it is waited for.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{CandidateState, UserName};
use vetmoot_frontend::pages::candidates::{Candidates as Page, Group};
use vetmoot_frontend::parts::{CandidateRow as Row, Link, ListLink, Pager, Tone};
use vetmoot_workflows::Problem;
use vetmoot_workflows::member::account::{self, UserRow};
use vetmoot_workflows::submission::candidate::{self, Wanted};
use vetmoot_workflows::submission::{CandidateRow, project};

use super::candidate::stage;
use super::fields::Fields;
use super::moment::{counted, sentence, when};
use super::visit::{Visit, notice};
use super::{links, members};
use crate::limits::{HANDED_ROWS, LATEST_CANDIDATES, PAGE_ROWS};

/// Those who wait for candidates, with the states they wait for.
const GROUPS: [(&str, &str, &str, &[CandidateState]); 4] = [
    (
        "Waiting for a reviewer",
        "a reviewer",
        "An auditor takes one up, reads what changed, and records what they found.",
        &[CandidateState::Staged, CandidateState::InReview],
    ),
    (
        "Waiting for a lead",
        "a lead",
        "The policy has all it asks for; a lead who did not hand it in releases it.",
        &[CandidateState::Approved],
    ),
    (
        "Waiting for their uploader",
        "their uploader",
        "More files, another upload, or a second try.",
        &[CandidateState::Draft, CandidateState::ChangesAsked, CandidateState::Failed],
    ),
    ("On their way", "their index", "The release worker sends them and compares what arrives.", &[CandidateState::Releasing]),
];

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/candidates", super::reads().to(list));
}

/// A candidate as lists show it.
pub fn row(visit: &Visit, row: &CandidateRow) -> Row {
    let told = matches!(row.state, CandidateState::ChangesAsked | CandidateState::Failed | CandidateState::Withdrawn);
    Row {
        subject: Link::new(links::said(&row.package.release(row.version.clone())), links::candidate(&row.id)),
        ecosystem: row.package.ecosystem().to_string(),
        stage: stage(row.state),
        reason: row.reason.clone().filter(|_| told),
        uploader: members::link(row.uploader_name.as_str()),
        uploaded_as: row.uploaded_as.clone(),
        released_by: row.released_by_name.as_ref().map(|name| members::link(name.as_str())),
        changed: when(visit.now, row.changed_at),
    }
}

/// Where everything is listed that a member handed in.
pub fn by(name: &str) -> String {
    format!("/candidates?by={}", links::query(name))
}

async fn list(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = show(&visit, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn show(visit: &Visit, asked: &Fields) -> Result<HttpResponse, Problem> {
    let state: Option<CandidateState> = asked.text("state").parse().ok();
    let by = match asked.text("by") {
        "" => None,
        name => Some(uploader(visit, name).await?),
    };
    let skip = asked.text("skip").parse().unwrap_or(0);
    let mut page = match (state, &by) {
        (None, None) => waiting(visit).await?,
        (state, by) => listed(visit, state, by.as_ref(), skip).await?,
    };
    if let Some(by) = project::all_stopped(&visit.ctx).await? {
        let text = format!("{by} stopped all publishing: nothing is handed in or released until it goes on.");
        page.notices.push(notice(Tone::Warn, text));
    }
    let order = |text: &str, href: &str, current| ListLink { text: text.into(), href: href.into(), current };
    page.orders = vec![order("what waits", "/candidates", state.is_none() && by.is_none())];
    for shown in [CandidateState::Released, CandidateState::ChangesAsked, CandidateState::Failed, CandidateState::Withdrawn] {
        let word = shown.to_string().replace('-', " ");
        page.orders.push(order(&word, &format!("/candidates?state={shown}"), state == Some(shown) && by.is_none()));
    }
    visit.page(&visit.shell("Candidates", vec![Link::plain("Candidates")]), &page)
}

async fn waiting(visit: &Visit) -> Result<Page, Problem> {
    let limit = u64::try_from(PAGE_ROWS + 1).unwrap_or(u64::MAX);
    let (mut groups, mut parts) = (Vec::new(), Vec::new());
    for (title, whom, hint, states) in GROUPS {
        let wanted = Wanted { states: states.to_vec(), ..Wanted::default() };
        let mut rows = candidate::list(&visit.ctx, &wanted, 0, limit).await?;
        let more = rows.len() > PAGE_ROWS;
        without_followed_up(visit, &mut rows).await?;
        if !rows.is_empty() {
            parts.push(format!(
                "{}{} for {whom}",
                if more { "more than " } else { "" },
                counted(rows.len().min(PAGE_ROWS), "candidate")
            ));
        }
        let first = states.first().filter(|_| more);
        // A group nobody waits in says nothing that the first sentence does not say.
        if rows.is_empty() {
            continue;
        }
        groups.push(Group {
            title: title.to_owned(),
            hint: hint.to_owned(),
            rows: rows.iter().take(PAGE_ROWS).map(|one| row(visit, one)).collect(),
            more: first.map(|state| Link::new(format!("All that are {state}"), format!("/candidates?state={state}"))),
        });
    }
    let empty = groups.is_empty();
    let any = !empty || !candidate::list(&visit.ctx, &Wanted::default(), 0, 1).await?.is_empty();
    Ok(Page { sentence: in_words(&parts), groups, empty, nothing_ever: !any, ..Page::default() })
}

/// How many candidates wait for whom, one sentence; none where nothing was ever handed in.
pub async fn waiting_in_words(visit: &Visit) -> Result<Option<String>, Problem> {
    let waiting = waiting(visit).await?;
    Ok((!waiting.nothing_ever).then_some(waiting.sentence))
}

/// What was released last.
pub async fn released_last(visit: &Visit) -> Result<Vec<Row>, Problem> {
    let wanted = Wanted { states: vec![CandidateState::Released], ..Wanted::default() };
    let rows = candidate::list(&visit.ctx, &wanted, 0, LATEST_CANDIDATES).await?;
    Ok(rows.iter().map(|one| row(visit, one)).collect())
}

fn in_words(parts: &[String]) -> String {
    match parts {
        [] => "Nothing waits: no release is on its way through here.".to_owned(),
        [only] => format!("Waiting: {only}."),
        [first @ .., last] => format!("Waiting: {} and {last}.", first.join(", ")),
    }
}

/// Leaves out those that changes were asked of and that another upload came after: nobody waits for them any more.
async fn without_followed_up(visit: &Visit, rows: &mut Vec<CandidateRow>) -> Result<(), Problem> {
    let mut followed_up = HashSet::new();
    for row in rows.iter().filter(|row| row.state == CandidateState::ChangesAsked) {
        let wanted = Wanted { package: Some(row.package.clone()), ..Wanted::default() };
        let all = candidate::list(&visit.ctx, &wanted, 0, HANDED_ROWS).await?;
        let after = |one: &CandidateRow| one.version == row.version && one.created_at > row.created_at;
        if all.iter().any(|one| after(one) && one.state != CandidateState::Withdrawn) {
            followed_up.insert(row.id.clone());
        }
    }
    rows.retain(|row| !followed_up.contains(&row.id));
    Ok(())
}

/// A member by the name in an address.
async fn uploader(visit: &Visit, name: &str) -> Result<UserRow, Problem> {
    let nobody = || Problem::not_found("unknown-member", "there is no member of this name");
    let name: UserName = name.parse().map_err(|_| nobody())?;
    account::member(&visit.ctx, &name).await?.ok_or_else(nobody)
}

/// Candidates of one state, of one uploader, or both, the newest first.
async fn listed(visit: &Visit, state: Option<CandidateState>, by: Option<&UserRow>, skip: u64) -> Result<Page, Problem> {
    let step = u64::try_from(PAGE_ROWS).unwrap_or(u64::MAX);
    let wanted = Wanted { states: state.into_iter().collect(), uploader: by.map(|row| row.id), ..Wanted::default() };
    let mut rows = candidate::list(&visit.ctx, &wanted, skip, step.saturating_add(1)).await?;
    let more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let word = state.map(|state| state.to_string().replace('-', " "));
    let filters =
        [state.map(|state| format!("state={state}")), by.map(|row| format!("by={}", links::query(row.name.as_str())))];
    let filters = filters.into_iter().flatten().collect::<Vec<_>>().join("&");
    let at = |skip: u64| format!("/candidates?{filters}&skip={skip}");
    let group = Group {
        title: word.as_deref().map_or_else(|| "Handed in".to_owned(), |word| sentence(word).trim_end_matches('.').to_owned()),
        rows: rows.iter().map(|one| row(visit, one)).collect(),
        ..Group::default()
    };
    let of = by.map(|row| format!(" that {} handed in", row.name)).unwrap_or_default();
    Ok(Page {
        sentence: match (rows.len(), &word) {
            (0, Some(word)) => format!("No candidate{of} is {word}."),
            (0, None) => format!("There is no candidate{of}."),
            (_, Some(word)) => format!("Candidates{of} that are {word}, the newest first."),
            (_, None) => format!("Candidates{of}, the newest first."),
        },
        groups: vec![group],
        pager: Pager {
            previous: (skip > 0).then(|| at(skip.saturating_sub(step))),
            next: more.then(|| at(skip.saturating_add(step))),
            ..Pager::default()
        },
        ..Page::default()
    })
}
