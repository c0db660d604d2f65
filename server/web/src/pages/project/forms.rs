//! The forms of a project: people, policy, the stop switch, trusted publishers, yanks and deprecations.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use vetmoot_domain::{Ecosystem, Home, Package, ProjectRole, Slug, UserName, Version};
use vetmoot_frontend::pages::project::{AppointForm, AskForm, PolicyForm, PublisherForm, SwitchForm};
use vetmoot_frontend::parts::Choice;
use vetmoot_workflows::submission::action::{self, ActionKind};
use vetmoot_workflows::submission::hand_in::Uploader;
use vetmoot_workflows::submission::project::{self, Project};
use vetmoot_workflows::submission::{ProjectRow, oidc};
use vetmoot_workflows::{Origin, Problem};

use super::{Sent, package_of, show};
use crate::pages::fields::{Fields, Wrong};
use crate::pages::links;
use crate::pages::visit::{Visit, see_other};
use crate::problem;

const ROLES: [(&str, &str, &str); 2] = [("maintainer", "maintainer", ""), ("lead", "lead", "")];

/// `POST /projects/{purl}/people/{name}/dismiss`
pub async fn dismiss(visit: Visit, path: web::Path<(String, String)>) -> HttpResponse {
    let page = async {
        let (member, package) = (visit.required()?, package_of(&path.0)?);
        let name: UserName =
            path.1.parse().map_err(|_| Problem::not_found("no-part", "nobody of this name has a part in it"))?;
        let done = project::dismiss(&visit.ctx, member, &package, &name).await;
        after(&visit, &package, "people", "people", Fields::default(), done, str::to_owned).await
    };
    let page = page.await;
    visit.answer(page)
}

/// `POST /projects/{purl}/publishers/{id}/remove`
pub async fn distrust(visit: Visit, path: web::Path<(String, i64)>) -> HttpResponse {
    let page = async {
        let (member, package) = (visit.required()?, package_of(&path.0)?);
        let done = oidc::remove(&visit.ctx, member, &package, path.1).await;
        after(&visit, &package, "publishers", "publishers", Fields::default(), done, str::to_owned).await
    };
    let page = page.await;
    visit.answer(page)
}

/// `POST /projects/{purl}/actions/{id}/{approve|refuse}`
pub async fn decide(visit: Visit, path: web::Path<(String, i64, String)>) -> HttpResponse {
    let page = async {
        let (member, package) = (visit.required()?, package_of(&path.0)?);
        let done = match path.2.as_str() {
            "approve" => action::approve(&visit.ctx, member, path.1).await.map(|_| ()),
            "refuse" => action::refuse(&visit.ctx, member, path.1).await.map(|_| ()),
            _ => return Err(nothing()),
        };
        after(&visit, &package, "decide", "decided", Fields::default(), done, |_| String::new()).await
    };
    let page = page.await;
    visit.answer(page)
}

/// `POST /projects/{purl}/{form}`
pub async fn send(visit: Visit, path: web::Path<(String, String)>, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = take(&visit, &path.0, &path.1, Fields::new(form.into_inner())).await;
    visit.answer(page)
}

async fn take(visit: &Visit, purl: &str, form: &str, fields: Fields) -> Result<HttpResponse, Problem> {
    let (member, package) = (visit.required()?, package_of(purl)?);
    let ctx = &visit.ctx;
    let done = match form {
        "people" => appointed(visit, member, &package, &fields).await,
        "policy" => {
            let slug = match fields.text("policy") {
                "" => Ok(None),
                text => text.parse::<Slug>().map(Some).map_err(|error| invalid("policy", error.to_string())),
            };
            match slug {
                Ok(slug) => project::vet_under(ctx, member, &package, slug.as_ref()).await,
                Err(trouble) => Err(trouble),
            }
        }
        "switch" => project::switch(ctx, member, &package, fields.text("stopped") == "true").await,
        "publishers" => trusted(visit, member, &package, &fields).await,
        "actions" => asked(visit, member, &package, &fields).await,
        _ => return Err(nothing()),
    };
    let rename = |field: &str| if field == "name" || field == "user" { "member".to_owned() } else { field.to_owned() };
    after(visit, &package, form, form, fields, done, rename).await
}

/// The page again: with what was done, or with what is wrong.
async fn after(
    visit: &Visit,
    package: &Package,
    form: &str,
    word: &str,
    fields: Fields,
    done: Result<(), Problem>,
    rename: impl Fn(&str) -> String,
) -> Result<HttpResponse, Problem> {
    match done {
        Ok(()) => Ok(see_other(&format!("{}?done={word}", links::project(package)))),
        Err(trouble) => {
            let status = problem::status(&trouble);
            let mut wrong = Wrong::default();
            wrong.take(trouble, rename)?;
            show(visit, package, &Sent { form: form.to_owned(), fields, wrong, done: String::new() }, status).await
        }
    }
}

async fn appointed(visit: &Visit, member: &Origin, package: &Package, fields: &Fields) -> Result<(), Problem> {
    let name: UserName = fields.text("name").parse().map_err(|error| invalid("name", format!("{error}")))?;
    let role: ProjectRole = fields.text("role").parse().map_err(|error| invalid("role", format!("{error}")))?;
    let appointed = project::appoint(&visit.ctx, member, package, &name, role).await;
    // There is no such member: that is mended in the field, and is no page that does not exist.
    appointed.map_err(|trouble| if trouble.code == "unknown-user" { invalid("name", trouble.text) } else { trouble })
}

async fn trusted(visit: &Visit, member: &Origin, package: &Package, fields: &Fields) -> Result<(), Problem> {
    let mut claims = BTreeMap::new();
    for line in fields.raw("claims").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once('=') else {
            return Err(invalid("claims", format!("`{line}` has no equals sign; write name = value")));
        };
        claims.insert(name.trim().to_owned(), value.trim().to_owned());
    }
    oidc::add(&visit.ctx, member, package, fields.text("issuer"), claims).await.map(|_| ())
}

async fn asked(visit: &Visit, member: &Origin, package: &Package, fields: &Fields) -> Result<(), Problem> {
    let Origin::Member { id, name, roles } = member else {
        return Err(Problem::new(vetmoot_workflows::Kind::Forbidden, "members-only", "a member asks, under their own name"));
    };
    let asker = Uploader {
        user_id: *id,
        name: name.clone(),
        roles: roles.clone(),
        project: None,
        program: None,
        others: Vec::new(),
        token: None,
    };
    let kind: ActionKind = fields.text("kind").parse().map_err(|error| invalid("kind", format!("{error}")))?;
    let mut versions = Vec::new();
    for text in fields.text("versions").split([' ', ',', '\n']).filter(|text| !text.is_empty()) {
        versions.push(text.parse::<Version>().map_err(|error| invalid("versions", format!("{error}")))?);
    }
    let message = Some(fields.text("message")).filter(|text| !text.is_empty() || kind == ActionKind::Deprecate);
    action::ask(&visit.ctx, &asker, package, kind, versions, message).await.map(|_| ())
}

fn invalid(field: &str, text: impl Into<String>) -> Problem {
    Problem::invalid("bad-field", field, text)
}

fn nothing() -> Problem {
    Problem::not_found("no-such-page", "there is nothing at this address")
}

fn at(package: &Package, form: &str) -> String {
    format!("{}/{form}", links::project(package))
}

/// The form that appoints somebody.
pub fn appoint(package: &Package, sent: &Sent) -> AppointForm {
    let (fields, wrong) = sent.of("people");
    let mut member = fields.field("name", &wrong);
    member.error = wrong.of("member");
    AppointForm { action: at(package, "people"), member, roles: fields.choices("role", &ROLES) }
}

/// The form that chooses the policy.
pub fn policies(visit: &Visit, row: &ProjectRow) -> PolicyForm {
    let chosen = row.policy.as_ref();
    let usual = format!("the instance's choice ({})", visit.ctx.publishing.policy);
    let mut policies = vec![Choice { value: String::new(), label: usual, hint: String::new(), checked: chosen.is_none() }];
    for adopted in visit.ctx.book.all() {
        policies.push(Choice {
            value: adopted.slug.to_string(),
            label: links::name_of(&adopted),
            hint: String::new(),
            checked: chosen == Some(&adopted.slug),
        });
    }
    PolicyForm { action: at(&row.package, "policy"), policies }
}

/// The stop switch.
pub fn switch(row: &ProjectRow) -> SwitchForm {
    let stop = row.stopped_at.is_none();
    let hint = if stop {
        "Nothing is handed in or released while it is stopped."
    } else {
        "Then releases are handed in and released again."
    };
    SwitchForm { action: at(&row.package, "switch"), stop, hint: hint.to_owned() }
}

/// The form that names a trusted publisher.
pub fn trust(visit: &Visit, package: &Package, sent: &Sent) -> PublisherForm {
    let (fields, wrong) = sent.of("publishers");
    let chosen = fields.text("issuer").to_owned();
    let issuer = |issuer: &url::Url| {
        // The settings hold addresses, identities name them without the slash at the end.
        let value = issuer.as_str().trim_end_matches('/').to_owned();
        Choice { label: value.clone(), checked: value == chosen, value, hint: String::new() }
    };
    PublisherForm {
        action: at(package, "publishers"),
        issuers: visit.ctx.publishing.issuers.iter().map(issuer).collect(),
        claims: fields.field("claims", &wrong),
    }
}

/// The form that asks for a yank or a deprecation, for those who have a part in the project.
pub fn ask(visit: &Visit, found: &Project, sent: &Sent) -> Option<AskForm> {
    let member = visit.member.as_ref()?;
    let part = member.id().is_some_and(|id| found.people.iter().any(|person| person.user_id == id));
    if !part && !project::may_release(found, member) {
        return None;
    }
    let (fields, wrong) = sent.of("actions");
    let yank = [("yank", "Yank", ""), ("unyank", "Unyank", "")];
    let deprecate = [("deprecate", "Deprecate", "")];
    let kinds = match (found.row.package.ecosystem(), found.row.home) {
        (Ecosystem::Npm, _) => fields.choices("kind", &deprecate),
        // The official Python index has no interface for it; people do it on its pages.
        (Ecosystem::Pypi, Home::Official) => return None,
        (Ecosystem::Pypi | Ecosystem::Cargo, _) => fields.choices("kind", &yank),
    };
    Some(AskForm {
        action: at(&found.row.package, "actions"),
        kinds,
        versions: fields.field("versions", &wrong),
        message: fields.field("message", &wrong),
    })
}
