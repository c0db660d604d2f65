//! `/account`: roles, the session, and tokens for programs.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Package, Role, UserName};
use vetmoot_frontend::pages::account::{Account as Page, NewToken, Role as RoleRow, Session, TokenForm, TokenRow, WaitingRow};
use vetmoot_frontend::parts::{Choice, Link, Tone};
use vetmoot_workflows::audit::AuditRow;
use vetmoot_workflows::member::token::{self, DAYS, Scope};
use vetmoot_workflows::member::{account, session as sessions};
use vetmoot_workflows::{Kind, Origin, Problem, statement};

use super::audit::said;
use super::fields::{Fields, Wrong};
use super::moment::{number, when};
use super::visit::{Visit, notice, see_other};
use super::{handed, links, members};
use crate::limits::WAITING_ROWS;
use crate::session;

/// Where statements made before there was a domain are confirmed.
const CONFIRM: &str = "/account/statements/confirm";

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/account", super::reads().to(show))
        .route("/account/tokens", web::post().to(make))
        .route("/account/tokens/revoke", web::post().to(revoke))
        .route("/account/sessions/end", web::post().to(end))
        .route(CONFIRM, web::post().to(confirm));
}

async fn show(visit: Visit, request: HttpRequest) -> HttpResponse {
    let asked = Fields::of_query(request.query_string());
    let revoked = (asked.text("revoked") == "1").then(|| "The token was revoked; it opens nothing any more.".to_owned());
    let done = revoked.or_else(|| confirmed(asked.text("confirmed")));
    // Links from a project fill the form in.
    let page = page(&visit, &request, &asked, &Wrong::default(), None, done.as_deref()).await;
    visit.answer(page)
}

fn myself(visit: &Visit) -> Result<(&Origin, &UserName), Problem> {
    let member = visit.required()?;
    match member {
        Origin::Member { name, .. } => Ok((member, name)),
        Origin::Operator | Origin::Timer => Err(Problem::new(Kind::Forbidden, "members-only", "only members have an account")),
    }
}

async fn make(visit: Visit, request: HttpRequest, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = make_token(&visit, &request, &fields).await;
    visit.answer(page)
}

async fn make_token(visit: &Visit, request: &HttpRequest, fields: &Fields) -> Result<HttpResponse, Problem> {
    let (member, name) = myself(visit)?;
    let mut wrong = Wrong::default();
    if let Some((scopes, project, days)) = read(fields, member, &mut wrong) {
        match token::create(&visit.ctx, member, name, &scopes, project.as_ref(), days).await {
            Ok(secret) => {
                let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
                let created = NewToken { label: words.join(", "), secret };
                return page(visit, request, &Fields::default(), &Wrong::default(), Some(created), None).await;
            }
            Err(problem) => wrong.take(problem, str::to_owned)?,
        }
    }
    page(visit, request, fields, &wrong, None, None).await
}

type Asked = (Vec<Scope>, Option<Package>, Option<u32>);

/// What the form asks for; nobody gives a token more than they may do themselves.
fn read(fields: &Fields, member: &Origin, wrong: &mut Wrong) -> Option<Asked> {
    let mut scopes = Vec::new();
    for text in fields.all("scope") {
        match text.parse::<Scope>() {
            Ok(scope) if may(member, scope) => scopes.push(scope),
            Ok(scope) => wrong.add("scope", &format!("your roles do not allow `{scope}`")),
            Err(error) => wrong.add("scope", &error.to_string()),
        }
    }
    if scopes.is_empty() && wrong.is_empty() {
        wrong.add("scope", "a token without a scope can do nothing; choose at least one");
    }
    let project = match fields.text("project") {
        "" => None,
        text => text.parse::<Package>().map_err(|error| wrong.add("project", &error.to_string())).ok(),
    };
    let days = match fields.text("days") {
        "" => None,
        text => match text.parse::<u32>() {
            Ok(days) => Some(days),
            Err(_) => {
                wrong.add("days", "write a whole number of days");
                None
            }
        },
    };
    wrong.is_empty().then_some((scopes, project, days))
}

fn may(member: &Origin, scope: Scope) -> bool {
    match scope {
        Scope::Audit => member.has(&[Role::Auditor, Role::Lead, Role::Steward]),
        Scope::Import => member.has(&[Role::Steward, Role::Admin]),
        Scope::Policy => member.has(&[Role::Steward]),
        // Whose project it may be used for is looked at when something is handed in.
        Scope::Publish => true,
        Scope::Admin => member.has(&[Role::Admin]),
    }
}

fn scope_words(scope: Scope) -> &'static str {
    match scope {
        Scope::Audit => "record and withdraw audits",
        Scope::Import => "import evidence",
        Scope::Policy => "adopt policies",
        Scope::Publish => "hand releases to the community",
        Scope::Admin => "operate the instance",
    }
}

fn allows(role: Role) -> &'static str {
    match role {
        Role::Member => "Take part under your own name.",
        Role::Auditor => "Record and withdraw audits.",
        Role::Lead => "Record audits, open and lead projects, and release what others handed in.",
        Role::Steward => {
            "Adopt policies, import evidence, make members and give roles, lead every project, keep the credentials, stop \
             publishing, withdraw any audit."
        }
        Role::Admin => "Operate the instance: members, sign-in links, imports, credentials.",
    }
}

async fn revoke(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = revoke_token(&visit, fields.text("token")).await;
    visit.answer(page)
}

async fn revoke_token(visit: &Visit, token: &str) -> Result<HttpResponse, Problem> {
    let (member, _) = myself(visit)?;
    let token = token.parse().map_err(|_| Problem::not_found("unknown-token", "there is no such token"))?;
    account::revoke(&visit.ctx, member, token).await?;
    Ok(see_other("/account?revoked=1"))
}

async fn confirm(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = take_confirm(&visit, &Fields::new(form.into_inner())).await;
    visit.answer(page)
}

async fn take_confirm(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let (member, _) = myself(visit)?;
    let chosen: Vec<String> = fields.all("statement").into_iter().map(str::to_owned).collect();
    let done = statement::confirm::confirm_these(&visit.ctx, member, &chosen).await?;
    Ok(see_other(&format!("/account?confirmed={}", done.published)))
}

/// What was confirmed, in words; what stands in the address is a number.
fn confirmed(text: &str) -> Option<String> {
    match text.parse::<usize>().ok()? {
        0 => Some("Nothing was chosen, so nothing was signed.".to_owned()),
        1 => Some("One statement was signed and published.".to_owned()),
        many => Some(format!("{} statements were signed and published.", number(many))),
    }
}

/// Statements of one's own that nobody signed yet; there are some only once the community has a domain.
async fn waiting(visit: &Visit, member: &Origin) -> Result<Vec<WaitingRow>, Problem> {
    if visit.ctx.domain.is_none() {
        return Ok(Vec::new());
    }
    let rows = statement::confirm::waiting(&visit.ctx, member, WAITING_ROWS).await?;
    let row = |row: &AuditRow| WaitingRow {
        id: row.id.clone(),
        about: Link::new(said(row), links::audit(&row.id)),
        recorded: when(visit.now, row.recorded_at),
    };
    Ok(rows.iter().map(row).collect())
}

async fn end(visit: Visit, request: HttpRequest) -> HttpResponse {
    let ended = match session::secret(&visit.ctx, &request) {
        Some(secret) => sessions::sign_out(&visit.ctx, &secret).await,
        None => Ok(()),
    };
    let answer = ended.map(|()| {
        let mut answer = see_other("/");
        // Removing a cookie of a fixed name is always a valid header.
        let _ = answer.add_cookie(&session::no_cookie(&visit.ctx));
        answer
    });
    visit.answer(answer)
}

async fn page(
    visit: &Visit,
    request: &HttpRequest,
    fields: &Fields,
    wrong: &Wrong,
    created: Option<NewToken>,
    done: Option<&str>,
) -> Result<HttpResponse, Problem> {
    let (member, name) = myself(visit)?;
    let row = account::member(&visit.ctx, name).await?;
    let roles: Vec<Role> = Role::ALL.iter().copied().filter(|role| member.has(&[*role])).collect();
    let (handed, handed_all) = match &row {
        Some(row) => handed::by(visit, row.id, name.as_str()).await?,
        None => (Vec::new(), None),
    };
    let page = Page {
        handle: name.to_string(),
        organisation: row.and_then(|row| row.organisation).map(|organisation| organisation.to_string()),
        roles: roles
            .iter()
            .map(|role| RoleRow { name: role.to_string(), allows: allows(*role).to_owned(), since: None })
            .collect(),
        notice: done.map(|text| notice(Tone::Done, text)),
        created,
        sessions: this_session(visit, request).await?,
        tokens: tokens(visit, member).await?,
        form: form(fields, wrong, member),
        end_session_action: "/account/sessions/end".to_owned(),
        revoke_action: "/account/tokens/revoke".to_owned(),
        waiting: waiting(visit, member).await?,
        confirm_action: CONFIRM.to_owned(),
        handed,
        handed_all,
        page_href: members::href(name.as_str()),
    };
    let mut shell = visit.shell("Your account", vec![Link::plain("Account")]);
    shell.noindex = true;
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    visit.page_with(status, &shell, &page)
}

async fn this_session(visit: &Visit, request: &HttpRequest) -> Result<Vec<Session>, Problem> {
    let Some(secret) = session::secret(&visit.ctx, request) else { return Ok(Vec::new()) };
    let row = account::session(&visit.ctx, &secret).await?;
    let shown = row.map(|row| Session {
        id: "this".to_owned(),
        started: when(visit.now, row.created_at),
        last: when(visit.now, visit.now),
        expires: when(visit.now, row.expires_at),
        browser: request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(browser),
        current: true,
    });
    Ok(shown.into_iter().collect())
}

/// What kind of browser it is, in words: "Firefox on Linux".
fn browser(agent: &str) -> String {
    let first = |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, word)| *word);
    // Browsers name those they resemble, so the rarer marks are looked for first.
    let name = first(&[("Firefox/", "Firefox"), ("Edg/", "Edge"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (name, system) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ => "some other browser".to_owned(),
    }
}

async fn tokens(visit: &Visit, member: &Origin) -> Result<Vec<TokenRow>, Problem> {
    let rows = account::tokens(&visit.ctx, member).await?;
    let row = |row: account::TokenRow| TokenRow {
        id: row.id.to_string(),
        label: format!("token {}", row.id),
        scopes: row.scopes,
        project: row.project.map(|first| match row.packages {
            0 | 1 => first,
            packages => format!("{first} and {} more", packages - 1),
        }),
        created: when(visit.now, row.created_at),
        expires: Some(when(visit.now, row.expires_at)),
        last: row.last_used_at.map(|at| when(visit.now, at)),
    };
    Ok(rows.into_iter().map(row).collect())
}

fn form(fields: &Fields, wrong: &Wrong, member: &Origin) -> TokenForm {
    let chosen = fields.all("scope");
    let given = Scope::ALL.iter().filter(|scope| may(member, **scope));
    let scopes = given.map(|scope| Choice {
        value: scope.to_string(),
        label: scope.to_string(),
        hint: scope_words(*scope).to_owned(),
        checked: chosen.contains(&scope.as_str()),
    });
    let mut days = fields.field("days", wrong);
    if days.value.is_empty() {
        days.value = DAYS.to_string();
    }
    TokenForm {
        action: "/account/tokens".to_owned(),
        problems: wrong.summary(),
        scopes: scopes.collect(),
        scopes_error: wrong.of("scope"),
        project: fields.field("project", wrong),
        days,
    }
}

#[cfg(test)]
mod tests;
