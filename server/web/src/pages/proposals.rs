//! `/proposals`: changes of policies and roles that wait for a second steward, and what became of the others.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::Role;
use vetmoot_frontend::pages::proposals::{ProposalRow as Row, Proposals};
use vetmoot_frontend::parts::{Link, Pager};
use vetmoot_workflows::proposal::{ProposalKind, ProposalRow, ProposalState, show};
use vetmoot_workflows::{Origin, Problem};

use super::fields::Fields;
use super::members;
use super::moment::{counted, when};
use super::visit::Visit;
use crate::limits::PAGE_ROWS;

/// Where the list is.
pub const PATH: &str = "/proposals";

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route(PATH, super::reads().to(list));
}

/// A proposal's page.
pub fn href(id: i64) -> String {
    format!("{PATH}/{id}")
}

/// Whoever may look at proposals.
pub fn keepers(visit: &Visit) -> Result<&Origin, Problem> {
    visit.required_role(&[Role::Steward, Role::Admin], "stewards and admins")
}

/// What a proposal is about, in two words.
pub fn title(row: &ProposalRow) -> String {
    match row.kind {
        ProposalKind::Policy => format!("Policy {}", row.subject),
        ProposalKind::Roles => format!("Roles of {}", row.subject),
        ProposalKind::Member => format!("New member {}", row.subject),
    }
}

async fn list(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = page(&visit, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn page(visit: &Visit, asked: &Fields) -> Result<HttpResponse, Problem> {
    let keeper = keepers(visit)?;
    let before: Option<i64> = asked.text("before").parse().ok();
    let waiting = show::waiting(&visit.ctx, keeper).await?;
    let limit = u64::try_from(PAGE_ROWS + 1).unwrap_or(u64::MAX);
    let mut rows = show::list(&visit.ctx, keeper, before, limit).await?;
    let more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let next = rows.last().filter(|_| more).map(|last| format!("{PATH}?before={}", last.id));
    let over: Vec<Row> = rows.iter().filter(|row| row.state != ProposalState::Waiting).map(|row| shown(visit, row)).collect();
    let page = Proposals {
        sentence: match waiting.len() {
            0 => "Nothing waits.".to_owned(),
            1 => "1 change waits for a second steward.".to_owned(),
            count => format!("{} wait for a second steward.", counted(count, "change")),
        },
        notices: Vec::new(),
        waiting: waiting.iter().map(|row| shown(visit, row)).collect(),
        pager: Pager { shown: over.len() as u64, total: None, previous: before.map(|_| PATH.to_owned()), next },
        over,
    };
    let mut shell = visit.shell("Proposals", vec![Link::plain("Proposals")]);
    shell.noindex = true;
    visit.page(&shell, &page)
}

fn shown(visit: &Visit, row: &ProposalRow) -> Row {
    Row {
        subject: Link::new(title(row), href(row.id)),
        by: members::link(row.proposed_by_name.as_str()),
        made: when(visit.now, row.proposed_at),
        ends: (row.state == ProposalState::Waiting).then(|| when(visit.now, row.expires_at)),
        state: row.state.to_string(),
        decided_by: row.decided_by.as_ref().map(|name| members::link(name.as_str())),
        decided: row.decided_at.map(|at| when(visit.now, at)),
    }
}
