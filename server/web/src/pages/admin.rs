//! `/admin`, `/admin/doctor` and `/admin/incidents`: what there is to look after, what is wrong, and what upstream changed.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Digests, Role};
use vetmoot_frontend::pages::admin::{Admin, Room};
use vetmoot_frontend::pages::doctor::{Doctor, DoctorRow, Outcome};
use vetmoot_frontend::pages::incidents::{Incident, Incidents};
use vetmoot_frontend::parts::{Link, Pager};
use vetmoot_workflows::instance::doctor::{self, Health};
use vetmoot_workflows::instance::holdings;
use vetmoot_workflows::{Origin, Problem};

use super::fields::Fields;
use super::links;
use super::moment::{sentence, when};
use super::visit::Visit;
use crate::limits::PAGE_ROWS;

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin", super::reads().to(rooms))
        .route("/admin/doctor", super::reads().to(doctor))
        .route("/admin/incidents", super::reads().to(incidents));
}

async fn rooms(visit: Visit) -> HttpResponse {
    let page = list_rooms(&visit);
    visit.answer(page)
}

fn list_rooms(visit: &Visit) -> Result<HttpResponse, Problem> {
    operators(visit)?;
    let room = |name: &str, href: &str, about: &str| Room { link: Link::new(name, href), about: about.to_owned() };
    let mut rooms = vec![
        room("Doctor", "/admin/doctor", "What is wrong with this instance, and how it is mended."),
        room("Incidents", "/admin/incidents", "Artifacts whose bytes changed upstream."),
        room("Publishing", "/admin/publishing", "The stop switch for everything, and where releases go."),
        room("Credentials", "/admin/credentials", "What releases are sent with: added, renewed, retired; never shown."),
        room("Members", "/admin/members", "Who is here, what they may do, and links that sign them in."),
        room("Proposals", "/proposals", "Changes of policies and roles that wait for a second steward."),
    ];
    if visit.has(&[Role::Admin]) {
        rooms.push(room("Federation", "/admin/federation", "What goes to other servers and comes from them, and keys."));
    }
    let mut shell = visit.shell("Admin", vec![Link::plain("Admin")]);
    shell.noindex = true;
    visit.page(&shell, &Admin { rooms })
}

fn operators(visit: &Visit) -> Result<&Origin, Problem> {
    visit.required_role(&[Role::Admin, Role::Steward], "admins and stewards")
}

async fn doctor(visit: Visit) -> HttpResponse {
    let page = examine(&visit).await;
    visit.answer(page)
}

async fn examine(visit: &Visit) -> Result<HttpResponse, Problem> {
    operators(visit)?;
    let mut findings = doctor::examine(&visit.ctx, visit.about().insecure).await;
    let rank = |health: Health| match health {
        Health::Fail => 0,
        Health::Warn => 1,
        Health::Ok => 2,
    };
    findings.sort_by_key(|finding| rank(finding.health));
    let row = |finding: doctor::Finding| DoctorRow {
        name: finding.what,
        outcome: match finding.health {
            Health::Ok => Outcome::Ok,
            Health::Warn => Outcome::Warn,
            Health::Fail => Outcome::Fail,
        },
        found: sentence(&finding.text),
        fix: finding.fix,
    };
    let page = Doctor {
        ran: when(visit.now, visit.now),
        checks: findings.into_iter().map(row).collect(),
        again_href: "/admin/doctor".to_owned(),
    };
    let mut shell = visit.shell("Doctor", vec![Link::new("Admin", "/admin"), Link::plain("Doctor")]);
    shell.noindex = true;
    visit.page(&shell, &page)
}

async fn incidents(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = list(&visit, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn list(visit: &Visit, asked: &Fields) -> Result<HttpResponse, Problem> {
    operators(visit)?;
    let before: Option<i64> = asked.text("before").parse().ok();
    let limit = u64::try_from(PAGE_ROWS + 1).unwrap_or(u64::MAX);
    let mut rows = holdings::incidents(&visit.ctx, before, limit).await?;
    let more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let next = rows.last().filter(|_| more).map(|last| format!("/admin/incidents?before={}", last.id));
    let total = (!more && before.is_none()).then_some(rows.len() as u64);
    let row = |row: holdings::IncidentRow| Incident {
        artifact: Link::new(row.artifact.to_string(), links::release(&row.artifact.release)),
        pinned: first(&row.incident.pinned),
        first_seen: when(visit.now, row.incident.noticed),
        offered: first(&row.incident.seen),
        seen: when(visit.now, row.incident.noticed),
        source: format!("the {} index", row.artifact.release.package.ecosystem()),
        effect: match row.closed_at {
            None => "The artifact is refused under every policy.".to_owned(),
            Some(at) => {
                format!("A steward closed it {}; the first bytes are judged as any other.", when(visit.now, at).relative)
            }
        },
    };
    let page = Incidents {
        pager: Pager { shown: rows.len() as u64, total, previous: before.map(|_| "/admin/incidents".to_owned()), next },
        rows: rows.into_iter().map(row).collect(),
    };
    let mut shell = visit.shell("Incidents", vec![Link::plain("Incidents")]);
    shell.noindex = true;
    visit.page(&shell, &page)
}

fn first(digests: &Digests) -> String {
    digests.iter().next().map_or_else(|| "no digest".to_owned(), |digest| digest.to_string())
}
