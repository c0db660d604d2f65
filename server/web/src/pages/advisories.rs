//! `/advisories/{id}` and `/advisories/new`: what is wrong with versions of a package, as somebody here says it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use vetmoot_domain::{Advisory, AdvisoryKind, RangeEvent, Role};
use vetmoot_frontend::pages::advisory::{Advisory as Page, AdvisoryEnd};
use vetmoot_frontend::pages::advisory_form::AdvisoryForm as FormPage;
use vetmoot_frontend::parts::{Link, Notice, Tone};
use vetmoot_workflows::advisory::{AdvisoryForm, AdvisoryRow, RangeForm, addresses, issue, show, withdraw};
use vetmoot_workflows::{Origin, Problem};

use super::evidence::severity;
use super::fediverse::{also_object, preview};
use super::fields::{Fields, Wrong};
use super::moment::when;
use super::package::ecosystem_word;
use super::visit::{Visit, notice, see_other};
use super::{cards, links};

const KINDS: [(&str, &str, &str); 5] = [
    ("vulnerability", "Vulnerability", "It can be attacked."),
    ("malware", "Malware", "It attacks whoever uses it."),
    ("unsound", "Unsound", "It can be misused into undefined behaviour."),
    ("unmaintained", "Unmaintained", "Nobody mends it any more."),
    ("notice", "Notice", "Something else people should know."),
];
const SEVERITIES: [(&str, &str, &str); 5] =
    [("", "not said", ""), ("low", "low", ""), ("medium", "medium", ""), ("high", "high", ""), ("critical", "critical", "")];

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/advisories/new", super::reads().to(form))
        .route("/advisories", web::post().to(send))
        .route("/advisories/{id}", super::reads().to(one))
        .service(
            web::resource("/advisories/{id}/withdrawal").route(super::reads().to(withdrawal)).route(web::post().to(take_back)),
        );
}

async fn form(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = blank(&visit, &Fields::of_query(request.query_string()), &Wrong::default(), StatusCode::OK);
    visit.answer(page)
}

async fn send(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = take(&visit, &fields).await;
    visit.answer(page)
}

async fn one(visit: Visit, id: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let page = page(&visit, &id, &Fields::of_query(request.query_string()), None).await;
    visit.answer(page)
}

/// The withdrawal is told on the page of what it withdraws.
async fn withdrawal(id: web::Path<String>) -> HttpResponse {
    see_other(&addresses::path(&id))
}

async fn take_back(visit: Visit, id: web::Path<String>, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = end(&visit, &id, &fields).await;
    visit.answer(page)
}

fn auditors(visit: &Visit) -> Result<&Origin, Problem> {
    visit.required_role(&[Role::Auditor, Role::Lead, Role::Steward], "auditors")
}

async fn take(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = auditors(visit)?;
    let mut wrong = Wrong::default();
    match issue::issue(&visit.ctx, member, &read(fields)).await {
        Ok(row) => Ok(see_other(&format!("{}?issued=1", addresses::path(&row.id)))),
        Err(problem) => {
            wrong.take(problem, |field| match field {
                "affected" | "affected.introduced" => "introduced".to_owned(),
                "affected.fixed" => "fixed".to_owned(),
                "affected.last_affected" => "last_affected".to_owned(),
                other => other.to_owned(),
            })?;
            blank(visit, fields, &wrong, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

fn read(fields: &Fields) -> AdvisoryForm {
    let words = |name: &str| fields.text(name).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let given = |name: &str| Some(fields.text(name).to_owned()).filter(|text| !text.is_empty());
    let range = given("introduced").map(|introduced| RangeForm {
        introduced,
        fixed: given("fixed"),
        last_affected: given("last_affected"),
    });
    AdvisoryForm {
        package: fields.text("package").to_owned(),
        kind: fields.text("kind").to_owned(),
        summary: fields.text("summary").to_owned(),
        details: fields.raw("details").trim_end().to_owned(),
        severity: given("severity"),
        cvss: None,
        aliases: words("aliases"),
        // Versions named one by one say it all, unless a range is said beside them.
        affected: range.filter(|range| range.fixed.is_some() || given("versions").is_none()).into_iter().collect(),
        versions: words("versions"),
        references: words("references"),
    }
}

fn blank(visit: &Visit, fields: &Fields, wrong: &Wrong, status: StatusCode) -> Result<HttpResponse, Problem> {
    auditors(visit)?;
    let mut introduced = fields.field("introduced", wrong);
    if fields.raw("introduced").is_empty() && fields.text("versions").is_empty() {
        "0".clone_into(&mut introduced.value);
    }
    let page = FormPage {
        action: "/advisories".to_owned(),
        problems: wrong.summary(),
        package: fields.field("package", wrong),
        kinds: fields.choices("kind", &KINDS),
        severities: fields.choices("severity", &SEVERITIES),
        summary: fields.field("summary", wrong),
        details: fields.field("details", wrong),
        introduced,
        fixed: fields.field("fixed", wrong),
        last_affected: fields.field("last_affected", wrong),
        versions: fields.field("versions", wrong),
        aliases: fields.field("aliases", wrong),
        references: fields.field("references", wrong),
    };
    let mut shell = visit.shell("Issue an advisory", vec![Link::plain("Issue an advisory")]);
    shell.noindex = true;
    visit.page_with(status, &shell, &page)
}

async fn end(visit: &Visit, id: &str, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = visit.required()?;
    match withdraw::withdraw(&visit.ctx, member, id, fields.raw("reason")).await {
        Ok(_) => Ok(see_other(&format!("{}?withdrawn=1", addresses::path(id)))),
        Err(problem) => {
            let mut wrong = Wrong::default();
            wrong.take(problem, str::to_owned)?;
            page(visit, id, &Fields::default(), Some((fields, wrong))).await
        }
    }
}

async fn page(visit: &Visit, id: &str, asked: &Fields, refused: Option<(&Fields, Wrong)>) -> Result<HttpResponse, Problem> {
    let row = show::show(&visit.ctx, id).await?;
    let osv: Value = serde_json::from_str(&row.osv).unwrap_or_default();
    let said = show::advisory(&row);
    let mut page = Page {
        sentence: sentence(&row, said.as_ref()),
        osv_id: osv.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
        kind: said.as_ref().map_or_else(String::new, |said| said.kind.to_string()),
        package: Link::new(row.package.name().as_str(), links::package(&row.package)),
        severity: said.as_ref().and_then(|said| said.severity).map(severity),
        affected: said.as_ref().map(affected).unwrap_or_default(),
        details: osv.get("details").and_then(Value::as_str).map(str::to_owned),
        aliases: said.as_ref().map(|said| said.aliases.clone()).unwrap_or_default(),
        references: references(&osv),
        author: Link::new(row.author_name.as_str(), format!("/users/{}", row.author_name)),
        issued: when(visit.now, row.issued_at),
        withdrawn: row
            .withdrawn
            .as_ref()
            .map(|(at, reason)| AdvisoryEnd { when: when(visit.now, *at), reason: reason.clone() }),
        notice: happened(asked),
        machine_form: serde_json::to_string_pretty(&osv).unwrap_or_default(),
        osv_href: format!("/api/v1/advisories/{}/osv", row.id),
        record_href: visit.ctx.domain.is_some().then(|| format!("{}/record", addresses::path(&row.id))),
        withdraw_action: may_withdraw(visit, &row).then(|| format!("{}/withdrawal", addresses::path(&row.id))),
        ..Page::default()
    };
    let mut status = StatusCode::OK;
    if let Some((fields, wrong)) = refused {
        status = StatusCode::UNPROCESSABLE_ENTITY;
        page.withdraw_reason = fields.field("reason", &wrong);
        if page.withdraw_reason.error.is_none() {
            page.withdraw_reason.error = wrong.summary().first().map(|problem| problem.text.clone());
        }
    }
    let crumbs = vec![Link::plain(ecosystem_word(row.package.ecosystem())), page.package.clone(), Link::plain("Advisory")];
    let mut shell = visit.shell(&page.sentence, crumbs);
    also_object(visit, &mut shell, &addresses::path(&row.id));
    preview(&mut shell, cards::href(&addresses::path(&row.id)), &page.sentence);
    visit.page_with(status, &shell, &page)
}

/// "ada warns of serde (cargo): it reads past the end".
pub fn sentence(row: &AdvisoryRow, said: Option<&Advisory>) -> String {
    let (who, name, world) = (&row.author_name, row.package.name(), row.package.ecosystem());
    let Some(said) = said else { return format!("{who} issued an advisory about {name} ({world})") };
    let verb = match said.kind {
        AdvisoryKind::Malware => "reports malware in",
        AdvisoryKind::Vulnerability => "warns of",
        AdvisoryKind::Unmaintained => "says that nobody maintains",
        AdvisoryKind::Unsound | AdvisoryKind::Notice => "notes of",
    };
    format!("{who} {verb} {name} ({world}): {}", said.summary)
}

fn affected(said: &Advisory) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for event in said.ranges.iter().flat_map(|range| &range.events) {
        let (words, begins) = match event {
            RangeEvent::Introduced(from) if from == "0" => ("every version".to_owned(), true),
            RangeEvent::Introduced(from) => (format!("from {from}"), true),
            RangeEvent::Fixed(to) => (format!("before {to}, which fixes it"), false),
            RangeEvent::LastAffected(to) => (format!("up to and with {to}"), false),
            RangeEvent::Limit(to) => (format!("before {to}"), false),
        };
        match lines.last_mut().filter(|_| !begins) {
            Some(line) => *line = format!("{line} {words}"),
            None => lines.push(words),
        }
    }
    lines.extend(said.versions.iter().map(ToString::to_string));
    lines
}

/// What others wrote about it; its own page is among the record's references and needs no link to itself.
fn references(osv: &Value) -> Vec<String> {
    let all = osv.get("references").and_then(Value::as_array).into_iter().flatten();
    let others = all.filter(|one| one.get("type").and_then(Value::as_str) != Some("ADVISORY"));
    others.filter_map(|one| one.get("url").and_then(Value::as_str)).map(str::to_owned).collect()
}

fn may_withdraw(visit: &Visit, row: &AdvisoryRow) -> bool {
    let Ok(member) = visit.required() else { return false };
    row.withdrawn.is_none() && (member.id() == Some(row.author) || member.has(&[Role::Steward]))
}

fn happened(asked: &Fields) -> Option<Notice> {
    let text = if asked.ticked("issued") {
        "Issued. Policies with a gate for it follow at once, and so do those who follow this community."
    } else if asked.ticked("withdrawn") {
        "Withdrawn. It counts no longer."
    } else {
        return None;
    };
    Some(notice(Tone::Done, text))
}
