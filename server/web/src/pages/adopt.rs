//! `/policies/new`: look at what a policy would do here, then adopt it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Adoption, Role, Slug};
use vetmoot_frontend::pages::adopt::{Adopt as Page, AdoptPreview, Effect, PolicyError, TestRow};
use vetmoot_frontend::parts::{Choice, Counts, Link};
use vetmoot_judge::{Policy, PolicyErrors};
use vetmoot_workflows::Problem;
use vetmoot_workflows::policy::adopt::{self, Adopt, AdoptError};
use vetmoot_workflows::policy::compare;
use vetmoot_workflows::proposal::Outcome;

use super::fields::{Fields, Wrong};
use super::visit::{Visit, see_other};
use super::{links, policy, proposals};

/// Where the form is, and where it goes.
const PATH: &str = "/policies/new";

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).route(super::reads().to(form)).route(web::post().to(send)));
}

async fn form(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = begin(&visit, &Fields::of_query(request.query_string()));
    visit.answer(page)
}

fn begin(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    visit.required_role(&[Role::Steward], "stewards")?;
    let slug: Option<Slug> = fields.text("slug").parse().ok();
    let in_force = slug.and_then(|slug| visit.ctx.book.newest(&slug));
    let mut page = blank(fields, &Wrong::default());
    if let Some(adopted) = in_force {
        // A new revision begins with the words of the one in force.
        page.text.value = String::from_utf8_lossy(&adopted.bytes).into_owned();
        page.shelf = shelf("");
        page.observe = adopted.mode == Adoption::Observe;
    }
    visit.page(&visit.shell("Adopt a policy", crumbs()), &page)
}

fn crumbs() -> Vec<Link> {
    vec![Link::new("Policies", "/policies"), Link::plain("Adopt")]
}

fn blank(fields: &Fields, wrong: &Wrong) -> Page {
    Page {
        action: PATH.to_owned(),
        shelf: shelf(fields.text("shelf")),
        text: fields.field("text", wrong),
        slug: fields.field("slug", wrong),
        observe: fields.ticked("observe"),
        problems: wrong.summary(),
        ..Page::default()
    }
}

/// The ready policies; the empty value stands for the document below.
fn shelf(chosen: &str) -> Vec<Choice> {
    let ready = vetmoot_judge::shelf().iter().map(|(name, text)| {
        let policy = Policy::parse(text.as_bytes(), &vetmoot_judge::ShelfAlone);
        let hint = policy.map(|policy| policy.summary().split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default();
        Choice { value: (*name).to_owned(), label: (*name).to_owned(), hint, checked: *name == chosen }
    });
    let own = Choice {
        value: String::new(),
        label: "Your own".to_owned(),
        hint: "the document below".to_owned(),
        checked: adopt::from_shelf(chosen).is_none(),
    };
    ready.chain(std::iter::once(own)).collect()
}

async fn send(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = take(&visit, &fields).await;
    visit.answer(page)
}

async fn take(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = visit.required_role(&[Role::Steward], "stewards")?;
    let mut wrong = Wrong::default();
    let bytes = match adopt::from_shelf(fields.text("shelf")) {
        Some(text) => text.as_bytes().to_vec(),
        None => fields.raw("text").as_bytes().to_vec(),
    };
    let slug_text = if fields.text("slug").is_empty() { fields.text("shelf") } else { fields.text("slug") };
    let slug: Option<Slug> = match slug_text.parse::<Slug>() {
        Ok(slug) if slug.as_str() == "new" => {
            wrong.add("slug", "`new` is the address of this form; choose another slug");
            None
        }
        Ok(slug) => Some(slug),
        Err(error) => {
            wrong.add("slug", &error.to_string());
            None
        }
    };
    let mut errors = None;
    let checked = match adopt::check(&visit.ctx, &bytes).await {
        Ok(policy) => Some(policy),
        Err(AdoptError::Policy(found)) => {
            wrong.add("text", "the document cannot be read as a policy; what is wrong stands below with its line");
            errors = Some(found);
            None
        }
        Err(AdoptError::Tests(failed)) => {
            for test in failed {
                wrong
                    .add("text", &format!("its own test `{}` does not come out here: {}", test.name, test.failures.join("; ")));
            }
            None
        }
        Err(AdoptError::Problem(problem)) => return Err(problem),
    };
    if let (Some(policy), Some(slug)) = (checked, slug) {
        let mode = if fields.ticked("observe") { Adoption::Observe } else { Adoption::Enforce };
        if fields.text("step") == "adopt" {
            let saved =
                adopt::adopt(&visit.ctx, member, Adopt { slug, bytes, mode }).await.map_err(AdoptError::into_problem)?;
            return Ok(see_other(&match saved {
                Outcome::Now(adopted) => format!("{}?adopted=1", links::policy(adopted.slug.as_str())),
                Outcome::Waits(row) => format!("{}?done=made", proposals::href(row.id)),
            }));
        }
        let mut page = blank(fields, &wrong);
        page.slug.value = slug.to_string();
        page.preview = Some(preview(visit, &slug, policy, &bytes).await?);
        return visit.page(&visit.shell("Adopt a policy", crumbs()), &page);
    }
    let mut page = blank(fields, &wrong);
    page.errors = errors.map(|errors| places(&errors, &bytes)).unwrap_or_default();
    visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &visit.shell("Adopt a policy", crumbs()), &page)
}

/// The errors of a document with the lines they stand on.
fn places(errors: &PolicyErrors, bytes: &[u8]) -> Vec<PolicyError> {
    let text = String::from_utf8_lossy(bytes);
    let place = |error: &vetmoot_judge::PolicyError| PolicyError {
        line: error.line as u64,
        column: error.column as u64,
        message: super::moment::sentence(&error.message),
        excerpt: text.lines().nth(error.line.saturating_sub(1)).unwrap_or_default().trim_end().to_owned(),
        suggestion: error.suggestion.as_ref().map(|word| format!("Did you mean `{word}`?")),
    };
    errors.0.iter().map(place).collect()
}

/// What adopting a document would do here.
pub async fn preview(visit: &Visit, slug: &Slug, wanted: Policy, bytes: &[u8]) -> Result<AdoptPreview, Problem> {
    let sources = visit.ctx.sources();
    let tests = wanted.run_tests().into_iter().map(|test| TestRow {
        passed: test.passed(),
        difference: (!test.passed()).then(|| test.failures.join("; ")),
        name: test.name,
    });
    let mut preview = AdoptPreview {
        name: if wanted.title().is_empty() { slug.to_string() } else { wanted.title().to_owned() },
        digest: wanted.digest().to_string(),
        plain: wanted.plain_words(),
        tests: tests.collect(),
        gates: policy::gates(&wanted, &sources, visit.now),
        loosens: wanted.loosened(),
        takes_effect: takes_effect(visit, slug),
        adoptable: true,
        effects: Vec::new(),
    };
    let changes = compare::compare(&visit.ctx, slug, wanted, bytes).await?;
    let known = changes.into_iter().filter(|change| change.listed + change.held + change.refused > 0);
    preview.effects = known
        .map(|change| Effect {
            ecosystem: change.ecosystem.to_string(),
            counts: Counts { listed: change.listed, held: change.held, refused: change.refused, unknown: 0 },
            newly_listed: change.newly_listed,
            newly_withheld: change.newly_withheld,
        })
        .collect();
    Ok(preview)
}

fn takes_effect(visit: &Visit, slug: &Slug) -> String {
    let when = if visit.lone_steward() { "at once" } else { "when a second steward accepts it" };
    let what = match visit.ctx.book.newest(slug) {
        Some(adopted) => format!("It takes effect {when}, as revision {} under `{slug}`.", adopted.revision + 1),
        None => format!("It takes effect {when}, under the new slug `{slug}`."),
    };
    if visit.lone_steward() { format!("{what} You are the only steward, so nobody else looks at it first.") } else { what }
}
