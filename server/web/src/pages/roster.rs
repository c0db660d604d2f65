//! `/admin/members`: stewards make members, say what they may do, and hand out links, without the operator.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Organisation, Role, UserName};
use vetmoot_frontend::pages::members::{MemberForm, Members, SignInLink};
use vetmoot_frontend::parts::{Choice, Link, Tone};
use vetmoot_workflows::member::account::{self, UserRow};
use vetmoot_workflows::member::{change, create};
use vetmoot_workflows::proposal::Outcome;
use vetmoot_workflows::{Kind, Origin, Problem};

use super::fields::{Fields, Wrong};
use super::visit::{Visit, notice, see_other};
use super::{members, proposals};

/// Every role that is given, and what it allows.
const ROLES: [(Role, &str); 4] = [
    (Role::Auditor, "records audits"),
    (Role::Lead, "releases what others hand in"),
    (Role::Steward, "decides policies and roles"),
    (Role::Admin, "operates the server"),
];

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/members", super::reads().to(show))
        .route("/admin/members", web::post().to(make))
        .route("/admin/members/change", web::post().to(alter))
        .route("/admin/members/link", web::post().to(link));
}

async fn show(visit: Visit, request: HttpRequest) -> HttpResponse {
    let asked = Fields::of_query(request.query_string());
    let done = match (asked.text("made"), asked.text("changed")) {
        ("", "") => None,
        ("", name) => Some(format!("What {name} may do is as you said.")),
        (name, _) => Some(format!("{name} is a member. Make a link, so that they can sign in.")),
    };
    let page = page(&visit, &Fields::default(), &Wrong::default(), None, done).await;
    visit.answer(page)
}

async fn make(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = take(&visit, &fields, false).await;
    visit.answer(page)
}

async fn alter(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = take(&visit, &fields, true).await;
    visit.answer(page)
}

async fn link(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = sign_in_link(&visit, &fields).await;
    visit.answer(page)
}

fn stewards(visit: &Visit) -> Result<&Origin, Problem> {
    visit.required_role(&[Role::Steward, Role::Admin], "stewards and admins")
}

async fn take(visit: &Visit, fields: &Fields, known: bool) -> Result<HttpResponse, Problem> {
    let steward = stewards(visit)?;
    let mut wrong = Wrong::default();
    if let Some((name, roles, organisation)) = read(fields, &mut wrong) {
        let (done, word) = if known {
            (change::change(&visit.ctx, steward, &name, &roles, organisation.as_ref()).await, "changed")
        } else {
            (create::create(&visit.ctx, steward, &name, &roles, organisation.as_ref()).await, "made")
        };
        match done {
            Ok(Outcome::Waits(row)) => return Ok(see_other(&format!("{}?done=made", proposals::href(row.id)))),
            Ok(Outcome::Now(_)) => return Ok(see_other(&format!("/admin/members?{word}={name}"))),
            Err(problem) if problem.kind == Kind::Forbidden && problem.field.is_some() => wrong.add("role", &problem.text),
            Err(problem) => wrong.take(problem, |field| if field == "roles" { "role" } else { field }.to_owned())?,
        }
    }
    // What was typed about somebody who is here belongs into their row, not into the form for somebody new.
    let blank = Fields::default();
    page(visit, if known { &blank } else { fields }, &wrong, None, None).await
}

type Asked = (UserName, Vec<Role>, Option<Organisation>);

fn read(fields: &Fields, wrong: &mut Wrong) -> Option<Asked> {
    let name = fields.text("name").parse::<UserName>().map_err(|error| wrong.add("name", &error.to_string())).ok();
    let mut roles = vec![Role::Member];
    for text in fields.all("role") {
        match text.parse::<Role>() {
            Ok(role) if !roles.contains(&role) => roles.push(role),
            Ok(_) => {}
            Err(error) => wrong.add("role", &error.to_string()),
        }
    }
    roles.sort_unstable();
    let organisation = match fields.text("organisation") {
        "" => None,
        text => text.parse().map_err(|error| wrong.add("organisation", &format!("{error}"))).ok(),
    };
    if wrong.is_empty() { Some((name?, roles, organisation)) } else { None }
}

async fn sign_in_link(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let steward = stewards(visit)?;
    let mut wrong = Wrong::default();
    let mut made = None;
    match fields.text("name").parse::<UserName>() {
        Ok(name) => {
            let href = create::link(&visit.ctx, steward, &name).await?;
            made = Some(SignInLink { name: name.to_string(), href });
        }
        Err(error) => wrong.add("name", &error.to_string()),
    }
    page(visit, &Fields::default(), &wrong, made, None).await
}

async fn page(
    visit: &Visit,
    fields: &Fields,
    wrong: &Wrong,
    link: Option<SignInLink>,
    done: Option<String>,
) -> Result<HttpResponse, Problem> {
    let steward = stewards(visit)?;
    let all = account::members(&visit.ctx).await?;
    let admin = steward.has(&[Role::Admin]);
    let page = Members {
        notice: done.map(|text| notice(Tone::Done, text)),
        problems: wrong.summary(),
        link,
        rows: all.iter().map(|row| member(row, admin)).collect(),
        change_action: "/admin/members/change".to_owned(),
        link_action: "/admin/members/link".to_owned(),
        create_action: "/admin/members".to_owned(),
        name: fields.field("name", wrong),
        roles: choices(|role| fields.all("role").contains(&role.as_str()), admin),
        organisation: fields.field("organisation", wrong),
    };
    let mut shell = visit.shell("Members", vec![Link::plain("Members")]);
    shell.noindex = true;
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    visit.page_with(status, &shell, &page)
}

fn member(row: &UserRow, admin: bool) -> MemberForm {
    let protected = row.roles.iter().any(|role| matches!(role, Role::Steward | Role::Admin));
    MemberForm {
        name: members::link(row.name.as_str()),
        roles: choices(|role| row.roles.contains(&role), admin || row.roles.contains(&Role::Admin)),
        organisation: row.organisation.as_ref().map(ToString::to_string).unwrap_or_default(),
        may_link: admin || !protected,
    }
}

/// The roles as boxes; that of an admin is shown to those who may give it, and where somebody has it.
fn choices(held: impl Fn(Role) -> bool, with_admin: bool) -> Vec<Choice> {
    let shown = ROLES.iter().filter(|(role, _)| with_admin || *role != Role::Admin);
    let choice = |(role, hint): &(Role, &str)| Choice {
        value: role.to_string(),
        label: role.to_string(),
        hint: (*hint).to_owned(),
        checked: held(*role),
    };
    shown.map(choice).collect()
}
