//! `/imports/new` and `POST /imports`: add a source of evidence and read it beside the request.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use vetmoot_domain::{Role, Span};
use vetmoot_frontend::pages::import_form::ImportForm;
use vetmoot_frontend::parts::Link;
use vetmoot_workflows::import::{self, Location, Wanted, run, show};
use vetmoot_workflows::{Ctx, Kind, Origin, Problem};

use super::fields::{Fields, Wrong};
use super::links;
use super::visit::{Visit, see_other};

const KINDS: [(&str, &str, &str); 2] = [
    ("cargo-vet", "cargo-vet feed", "Audits of another project or organisation, an audits.toml."),
    ("osv", "OSV records", "Advisories: one record, or a zip of many."),
];
const SCHEDULES: [(&str, &str, &str); 3] =
    [("daily", "Once a day", ""), ("hourly", "Once an hour", ""), ("once", "Only now", "later when somebody asks")];

/// How often a run that was just begun is looked at until its source is there to be shown.
const LOOK: Duration = Duration::from_millis(20);
/// How many looks that is worth.
const LOOKS: u32 = 100;

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/imports/new", super::reads().to(form)).route("/imports", web::post().to(send));
}

async fn form(visit: Visit) -> HttpResponse {
    let page = page(&visit, &Fields::default(), &Wrong::default(), StatusCode::OK);
    visit.answer(page)
}

async fn send(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = take(&visit, &fields).await;
    visit.answer(page)
}

fn importers(visit: &Visit) -> Result<&Origin, Problem> {
    visit.required_role(&[Role::Steward, Role::Admin], "stewards and admins")
}

async fn take(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = importers(visit)?;
    let mut wrong = Wrong::default();
    if let Some(wanted) = read(fields, &mut wrong) {
        let name = wanted.name.clone();
        match begin(&visit.ctx, member, wanted).await {
            Ok(()) => return Ok(see_other(&format!("{}?begun=1", links::import(&name)))),
            Err(problem) => wrong.take(problem, str::to_owned)?,
        }
    }
    page(visit, fields, &wrong, StatusCode::UNPROCESSABLE_ENTITY)
}

/// What the form asks for; what is wrong with it is written down.
fn read(fields: &Fields, wrong: &mut Wrong) -> Option<Wanted> {
    let kind = fields.text("kind").parse::<import::Kind>().map_err(|error| wrong.add("kind", &error.to_string())).ok();
    let location = match Location::of(fields.text("location")) {
        Ok(Location::Url(url)) => Some(Location::Url(url)),
        Ok(Location::Path(_)) => {
            wrong.add(
                "location",
                "this is no https address; files of the server are imported with `vetmoot-server admin import`",
            );
            None
        }
        Err(problem) => {
            wrong.add("location", &problem.text);
            None
        }
    };
    let every = match fields.text("schedule") {
        "hourly" => Some(Span::from_millis(3_600_000)),
        "once" => None,
        _ => Some(Span::days(1)),
    };
    if fields.text("name").is_empty() {
        wrong.add("name", "it needs a name; policies refer to it by this name");
        return None;
    }
    Some(Wanted { name: fields.text("name").to_owned(), kind: kind?, location: location?, every })
}

/// Begins to read a source beside the request; comes back as soon as there is a page that shows it.
pub async fn begin(ctx: &Ctx, member: &Origin, wanted: Wanted) -> Result<(), Problem> {
    let name = wanted.name.clone();
    let before = show::one(ctx, &name).await.ok().and_then(|(shown, _)| shown.last).map(|run| run.id);
    let mut running = {
        let (ctx, member) = (ctx.clone(), member.clone());
        tokio::spawn(async move { run::run(&ctx, &member, &wanted, &|_| {}).await.map(|_| ()) })
    };
    let mut looks = tokio::time::interval(LOOK);
    for _ in 0..LOOKS {
        tokio::select! {
            ended = &mut running => return of_ended(ctx, &name, before, ended).await,
            _ = looks.tick() => if has_begun(ctx, &name, before).await { return Ok(()) },
        }
    }
    // Another writer holds it up; it goes on by itself and shows up in the list.
    Ok(())
}

async fn has_begun(ctx: &Ctx, name: &str, before: Option<i64>) -> bool {
    matches!(show::one(ctx, name).await, Ok((shown, _)) if shown.last.as_ref().is_some_and(|run| Some(run.id) != before))
}

/// A run that failed after it had begun tells so on its page; one that never began is told in the form.
async fn of_ended(
    ctx: &Ctx,
    name: &str,
    before: Option<i64>,
    ended: Result<Result<(), Problem>, tokio::task::JoinError>,
) -> Result<(), Problem> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) if has_begun(ctx, name, before).await => Ok(()),
        Ok(Err(problem)) => Err(problem),
        Err(panic) => Err(Problem::new(Kind::Internal, "reader-gave-up", "the reader of the source gave up").because(panic)),
    }
}

fn page(visit: &Visit, fields: &Fields, wrong: &Wrong, status: StatusCode) -> Result<HttpResponse, Problem> {
    importers(visit)?;
    let page = ImportForm {
        action: "/imports".to_owned(),
        problems: wrong.summary(),
        kinds: fields.choices("kind", &KINDS),
        name: fields.field("name", wrong),
        location: fields.field("location", wrong),
        schedules: fields.choices("schedule", &SCHEDULES),
    };
    let mut shell = visit.shell("Add an import", vec![Link::new("Imports", "/imports"), Link::plain("Add")]);
    shell.noindex = true;
    visit.page_with(status, &shell, &page)
}

#[cfg(test)]
mod tests;
