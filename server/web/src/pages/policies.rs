//! `/policies`: the adopted policies.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::Role;
use vetmoot_frontend::pages::policies::{Policies, PolicyRow};
use vetmoot_frontend::parts::{Link, Tone};
use vetmoot_workflows::Problem;
use vetmoot_workflows::policy::book::Adopted;

use super::fields::Fields;
use super::moment::when;
use super::visit::{Visit, notice};
use super::{effects, links, verdict};

/// How long the list waits for counts before it goes without.
const PATIENCE: Duration = Duration::from_millis(800);

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/policies", super::reads().to(list));
}

async fn list(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = show(&visit, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn show(visit: &Visit, asked: &Fields) -> Result<HttpResponse, Problem> {
    let policies = rows(visit, PATIENCE).await;
    let adopted = policies.iter().find(|row| row.slug == asked.text("adopted"));
    let page = Policies {
        notice: adopted.map(|row| notice(Tone::Done, format!("{} was adopted and is in force now.", row.name))),
        adopt_href: visit.has(&[Role::Steward]).then(|| "/policies/new".to_owned()),
        policies,
    };
    visit.page(&visit.shell("Policies", vec![Link::plain("Policies")]), &page)
}

/// The adopted policies as a table shows them.
pub async fn rows(visit: &Visit, patience: Duration) -> Vec<PolicyRow> {
    let mut rows = Vec::new();
    for adopted in visit.ctx.book.all() {
        let counts = visit.effects().of(&visit.ctx, &adopted, patience).await;
        rows.push(PolicyRow {
            name: links::name_of(&adopted),
            href: links::policy(adopted.slug.as_str()),
            slug: adopted.slug.to_string(),
            in_short: first_sentence(&in_short(&adopted)),
            mode: verdict::mode(adopted.mode),
            revision: u64::from(adopted.revision),
            adopted: when(visit.now, adopted.adopted_at),
            counts: counts.map(|effects| effects::rows(&effects)).unwrap_or_default(),
        });
    }
    rows
}

/// The first sentence of a text; a table has no room for more.
fn first_sentence(text: &str) -> String {
    text.split_once(". ").map_or_else(|| text.to_owned(), |(first, _)| format!("{first}."))
}

/// What a policy asks for, in its author's words.
pub fn in_short(adopted: &Adopted) -> String {
    let summary = adopted.policy.summary().split_whitespace().collect::<Vec<_>>().join(" ");
    if summary.is_empty() { adopted.policy.plain_words().join(" ") } else { summary }
}
