//! `/admin/credentials`: the community's credentials at official indexes. A secret is read once and never shown again.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Ecosystem, Package, Role, Span};
use vetmoot_frontend::pages::credentials::{CredentialForm, CredentialRow as Row, Credentials as Page};
use vetmoot_frontend::parts::{Field, Link, Tone};
use vetmoot_workflows::submission::credential::{self, CredentialKind, CredentialRow, Offered};
use vetmoot_workflows::{Origin, Problem};

use super::fields::{Fields, Wrong};
use super::moment::{counted, sentence, when};
use super::visit::{Visit, notice, see_other};
use super::{links, members};
use crate::limits::CREDENTIAL_DAYS_MAX;
use crate::problem;

const ECOSYSTEMS: [(&str, &str, &str); 3] = [("cargo", "cargo", ""), ("pypi", "PyPI", ""), ("npm", "npm", "")];
const KINDS: [(&str, &str, &str); 3] = [
    ("token", "A token", "as the index made it"),
    ("password", "A user name and a password", "USER:PASSWORD, for Python indexes that know no tokens"),
    ("stage", "A token that may only stage", "npm: a person approves each release at the index"),
];

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/credentials", super::reads().to(list))
        .route("/admin/credentials", web::post().to(add))
        .route("/admin/credentials/{id}/retire", web::post().to(retire));
}

fn keepers(visit: &Visit) -> Result<&Origin, Problem> {
    visit.required_role(&[Role::Steward, Role::Admin], "stewards and admins")
}

async fn list(visit: Visit, request: HttpRequest) -> HttpResponse {
    let asked = Fields::of_query(request.query_string());
    let done = match asked.text("done") {
        "added" => Some("The credential was added. Its secret is shown to nobody again."),
        "retired" => Some("The credential was retired and its secret erased here. Revoke it at its index too."),
        _ => None,
    };
    let page = show(&visit, &Fields::default(), &Wrong::default(), done, StatusCode::OK).await;
    visit.answer(page)
}

async fn add(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = make(&visit, &Fields::new(form.into_inner())).await;
    visit.answer(page)
}

async fn make(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let keeper = keepers(visit)?;
    let mut wrong = Wrong::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if let Some(offered) = read(visit, fields, &mut wrong) {
        match credential::add(&visit.ctx, keeper, &offered).await {
            Ok(_) => return Ok(see_other("/admin/credentials?done=added")),
            Err(trouble) => {
                status = problem::status(&trouble);
                let rename = |field: &str| if field == "expires" { "days".to_owned() } else { field.to_owned() };
                wrong.take(trouble, rename)?;
            }
        }
    }
    show(visit, fields, &wrong, None, status).await
}

fn read<'a>(visit: &Visit, fields: &'a Fields, wrong: &mut Wrong) -> Option<Offered<'a>> {
    let ecosystem = fields.text("ecosystem").parse::<Ecosystem>().map_err(|error| wrong.add("ecosystem", &error.to_string()));
    let kind = fields.text("kind").parse::<CredentialKind>().map_err(|error| wrong.add("kind", &error.to_string()));
    let package = match fields.text("package") {
        "" => None,
        text => text.parse::<Package>().map_err(|error| wrong.add("package", &error.to_string())).ok(),
    };
    let expires_at = match fields.text("days") {
        "" => None,
        text => match text.parse::<i64>() {
            Ok(days) if (1..=CREDENTIAL_DAYS_MAX).contains(&days) => Some(visit.now.plus(Span::from_millis(days * 86_400_000))),
            _ => {
                wrong.add("days", &format!("write a whole number of days from 1 to {CREDENTIAL_DAYS_MAX}"));
                None
            }
        },
    };
    let secret = fields.text("secret");
    if secret.is_empty() {
        wrong.add("secret", "paste the secret; it is kept encrypted and shown to nobody again");
    }
    let (Ok(ecosystem), Ok(kind), true) = (ecosystem, kind, wrong.is_empty()) else { return None };
    Some(Offered { ecosystem, package, label: fields.text("label"), kind, secret, expires_at })
}

async fn retire(visit: Visit, id: web::Path<i64>) -> HttpResponse {
    let page = end(&visit, *id).await;
    visit.answer(page)
}

async fn end(visit: &Visit, id: i64) -> Result<HttpResponse, Problem> {
    credential::retire(&visit.ctx, keepers(visit)?, id).await?;
    Ok(see_other("/admin/credentials?done=retired"))
}

async fn show(
    visit: &Visit,
    fields: &Fields,
    wrong: &Wrong,
    done: Option<&str>,
    status: StatusCode,
) -> Result<HttpResponse, Problem> {
    let keeper = keepers(visit)?;
    let rows = credential::list(&visit.ctx, keeper).await?;
    let troubled = credential::troubled(&visit.ctx).await?;
    let trouble = |id: i64| troubled.iter().find(|(row, _)| row.id == id).map(|(_, text)| sentence(text));
    let in_use = rows.iter().filter(|row| row.retired_at.is_none()).count();
    let page = Page {
        sentence: match (in_use, troubled.len()) {
            (0, _) => "There is none in use, so nothing can be released to an official index.".to_owned(),
            (count, 0) => sentence(&format!(
                "{} in use, and nothing is wrong with {}",
                counted(count, "credential"),
                if count == 1 { "it" } else { "them" }
            )),
            (count, wrong) => sentence(&format!("{} in use; {wrong} of them needs a hand", counted(count, "credential"))),
        },
        notices: done.map(|text| notice(Tone::Done, text)).into_iter().collect(),
        rows: rows.into_iter().map(|row| shown(visit, trouble(row.id), row)).collect(),
        form: CredentialForm {
            action: "/admin/credentials".to_owned(),
            problems: wrong.summary(),
            ecosystems: fields.choices("ecosystem", &ECOSYSTEMS),
            package: fields.field("package", wrong),
            label: fields.field("label", wrong),
            kinds: fields.choices("kind", &KINDS),
            // Whatever was typed, it is not sent back.
            secret: Field { value: String::new(), error: wrong.of("secret") },
            days: fields.field("days", wrong),
        },
    };
    let mut shell = visit.shell("Credentials", vec![Link::new("Publishing", "/admin/publishing"), Link::plain("Credentials")]);
    shell.noindex = true;
    visit.page_with(status, &shell, &page)
}

fn shown(visit: &Visit, warning: Option<String>, row: CredentialRow) -> Row {
    Row {
        label: row.label,
        ecosystem: row.ecosystem.to_string(),
        package: row.package.as_ref().map(|package| Link::new(package.name().as_str(), links::package(package))),
        kind: row.kind.to_string(),
        added_by: row.added_by.as_ref().map_or_else(|| Link::plain("the operator"), |name| members::link(name.as_str())),
        added: when(visit.now, row.added_at),
        expires: row.expires_at.map(|at| when(visit.now, at)),
        warning: warning.filter(|_| row.retired_at.is_none()),
        used: row.last_used_at.map(|at| when(visit.now, at)),
        error: row.last_error,
        retired: row.retired_at.map(|at| when(visit.now, at)),
        retire_action: row.retired_at.is_none().then(|| format!("/admin/credentials/{}/retire", row.id)),
    }
}
