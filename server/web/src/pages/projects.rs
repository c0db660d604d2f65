//! `/projects`: the packages this community hands through, and the form that opens one.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{CandidateState, Package};
use vetmoot_frontend::pages::projects::{OpenForm, ProjectRow as Row, Projects as Page};
use vetmoot_frontend::parts::{Link, Notice, Pager, Tone};
use vetmoot_workflows::Problem;
use vetmoot_workflows::submission::candidate::{self, Wanted};
use vetmoot_workflows::submission::{ProjectRow, project};

use super::fields::{Fields, Wrong};
use super::moment::{counted, sentence};
use super::visit::{Visit, notice, see_other};
use super::{links, members};
use crate::limits::{PAGE_ROWS, WAITING_CANDIDATES_COUNTED};
use crate::problem;

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/projects", super::reads().to(list)).route("/projects", web::post().to(open));
}

async fn list(visit: Visit, request: HttpRequest) -> HttpResponse {
    let fields = Fields::of_query(request.query_string());
    let page = show(&visit, &fields, &Wrong::default(), StatusCode::OK).await;
    visit.answer(page)
}

async fn open(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = make(&visit, &Fields::new(form.into_inner())).await;
    visit.answer(page)
}

async fn make(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = visit.required()?;
    let mut wrong = Wrong::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    match fields.text("package").parse::<Package>() {
        Err(error) => wrong.add("package", &format!("{error}; write it as pkg:cargo/NAME, pkg:pypi/NAME or pkg:npm/NAME")),
        Ok(package) => match project::open(&visit.ctx, member, &package).await {
            Ok(row) => return Ok(see_other(&format!("{}?done=opened", links::project(&row.package)))),
            Err(trouble) => {
                status = problem::status(&trouble);
                wrong.take(trouble, |_| "package".to_owned())?;
            }
        },
    }
    show(visit, fields, &wrong, status).await
}

/// What everybody should know while publishing is stopped.
pub async fn stopped(visit: &Visit) -> Result<Vec<Notice>, Problem> {
    let stopped = project::all_stopped(&visit.ctx).await?;
    let text = |by: String| format!("{by} stopped all publishing: nothing is handed in or released until it goes on.");
    Ok(stopped.into_iter().map(|by| notice(Tone::Warn, text(by))).collect())
}

async fn show(visit: &Visit, fields: &Fields, wrong: &Wrong, status: StatusCode) -> Result<HttpResponse, Problem> {
    let skip: u64 = fields.text("skip").parse().unwrap_or(0);
    let step = u64::try_from(PAGE_ROWS).unwrap_or(u64::MAX);
    let mut projects = project::list(&visit.ctx, skip, step.saturating_add(1)).await?;
    let more = projects.len() > PAGE_ROWS;
    projects.truncate(PAGE_ROWS);
    let waiting = waiting(visit).await?;
    let mut rows = Vec::with_capacity(projects.len());
    for one in &projects {
        rows.push(row(visit, one, waiting.get(&one.id).copied().unwrap_or_default()).await?);
    }
    let at = |skip: u64| format!("/projects?skip={skip}");
    let total = (!more && skip == 0).then_some(rows.len() as u64);
    let page = Page {
        sentence: match (rows.len(), more || skip > 0) {
            (0, _) => "This community hands no package through yet.".to_owned(),
            (_, true) => "The packages this community hands through to their indexes, by name.".to_owned(),
            (count, false) => sentence(&format!(
                "this community hands {} through to {}",
                counted(count, "package"),
                if count == 1 { "its index" } else { "their indexes" }
            )),
        },
        notices: stopped(visit).await?,
        pager: Pager {
            shown: rows.len() as u64,
            total,
            previous: (skip > 0).then(|| at(skip.saturating_sub(step))),
            next: more.then(|| at(skip.saturating_add(step))),
        },
        rows,
        open: visit.may_audit().then(|| OpenForm {
            action: "/projects".to_owned(),
            problems: wrong.summary(),
            package: fields.field("package", wrong),
        }),
    };
    visit.page_with(status, &visit.shell("Projects", vec![Link::plain("Projects")]), &page)
}

/// How many candidates of each project wait for somebody.
async fn waiting(visit: &Visit) -> Result<HashMap<i64, u64>, Problem> {
    // Another upload may have come after one that changes were asked of, so those wait for nobody here.
    let over = [CandidateState::Released, CandidateState::Withdrawn, CandidateState::ChangesAsked];
    let states = CandidateState::ALL.iter().copied().filter(|state| !over.contains(state)).collect();
    let wanted = Wanted { states, ..Wanted::default() };
    let mut counts = HashMap::new();
    for one in candidate::list(&visit.ctx, &wanted, 0, WAITING_CANDIDATES_COUNTED).await? {
        *counts.entry(one.project_id).or_default() += 1;
    }
    Ok(counts)
}

async fn row(visit: &Visit, row: &ProjectRow, waiting: u64) -> Result<Row, Problem> {
    let people = project::show(&visit.ctx, &row.package).await?.people;
    Ok(Row {
        package: Link::new(row.package.name().as_str(), links::project(&row.package)),
        ecosystem: row.package.ecosystem().to_string(),
        home: super::candidate::home(row.home).to_owned(),
        policy: super::candidate::policy(visit, row.policy.as_ref().unwrap_or(&visit.ctx.publishing.policy)),
        people: people.iter().map(|person| members::link(person.name.as_str())).collect(),
        waiting,
        stopped: row.stopped_at.is_some(),
    })
}
