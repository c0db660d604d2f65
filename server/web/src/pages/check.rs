//! `/check`: paste a lock file, see what a policy says of each release in it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt as _;
use vetmoot_domain::{Evidence, PolicyRef, Reason, State, Timestamp};
use vetmoot_ecosystems::lock::{self, LockEntry, LockFile};
use vetmoot_frontend::pages::check::{Check, CheckResult, CheckRow};
use vetmoot_frontend::parts::{Choice, Counts, Link};
use vetmoot_workflows::policy::book::Adopted;
use vetmoot_workflows::registry::decisions::{self, Ruled};
use vetmoot_workflows::registry::listing::{self, Current};
use vetmoot_workflows::{Ctx, Problem, package};

use super::fields::{Fields, Wrong};
use super::links;
use super::moment::sentence;
use super::verdict::{Ground, because, cheapest, phase, state};
use super::visit::Visit;
use crate::limits::{LOCK_AT_ONCE, LOCK_FORM_MAX, LOCK_RELEASES_MAX};

const KINDS: [(&str, &str, &str); 5] = [
    ("", "as its content says", ""),
    ("Cargo.lock", "Cargo.lock", ""),
    ("requirements.txt", "requirements.txt", ""),
    ("uv.lock", "uv.lock", ""),
    ("package-lock.json", "package-lock.json", ""),
];

/// Lines that could not be read and are named; the rest is counted.
const UNREADABLE_NAMED: usize = 5;

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/check")
            .app_data(web::FormConfig::default().limit(LOCK_FORM_MAX).error_handler(super::bad_form))
            .route(super::reads().to(form))
            .route(web::post().to(send)),
    );
}

async fn form(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = page(&visit, &Fields::of_query(request.query_string()), &Wrong::default(), None, StatusCode::OK);
    visit.answer(page)
}

async fn send(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = take(&visit, &fields).await;
    visit.answer(page)
}

fn page(
    visit: &Visit,
    fields: &Fields,
    wrong: &Wrong,
    result: Option<CheckResult>,
    status: StatusCode,
) -> Result<HttpResponse, Problem> {
    let chosen = fields.text("policy");
    let choice = |adopted: &std::sync::Arc<Adopted>| Choice {
        value: adopted.slug.to_string(),
        label: links::name_of(adopted),
        hint: String::new(),
        checked: adopted.slug.as_str() == chosen,
    };
    let page = Check {
        action: "/check".to_owned(),
        upload: false,
        problems: wrong.summary(),
        policies: visit.ctx.book.all().iter().map(choice).collect(),
        kinds: fields.choices("name", &KINDS),
        text: fields.field("text", wrong),
        result,
    };
    let mut shell = visit.shell("Check a lock file", vec![Link::plain("Check")]);
    shell.noindex = true;
    visit.page_with(status, &shell, &page)
}

async fn take(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let mut wrong = Wrong::default();
    let policy = match fields.text("policy").parse::<PolicyRef>() {
        Ok(policy) => Some(policy),
        Err(error) => {
            wrong.add("policy", &error.to_string());
            None
        }
    };
    let lock = match lock::read(fields.text("name"), fields.raw("text").as_bytes()) {
        Ok(lock) if lock.entries.len() > LOCK_RELEASES_MAX => {
            wrong.add(
                "text",
                &format!(
                    "it names {} releases; at most {LOCK_RELEASES_MAX} are checked here, and the command checks any number",
                    lock.entries.len()
                ),
            );
            None
        }
        Ok(lock) => Some(lock),
        Err(lock::LockError::UnknownKind { .. }) => {
            wrong.add("text", "it reads like none of the lock files known here; say which one it is, or paste all of it");
            None
        }
        Err(error) => {
            wrong.add("text", &error.to_string());
            None
        }
    };
    let (Some(policy), Some(lock)) = (policy, lock) else {
        return page(visit, fields, &wrong, None, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let adopted = visit.ctx.book.find(&visit.ctx.store, &policy).await?;
    let result = judge(visit, &policy, &adopted, &lock).await?;
    for line in lock.unknown.iter().take(UNREADABLE_NAMED) {
        wrong.add("text", &format!("line {} was left out: {} ({})", line.line, line.text, line.why));
    }
    if lock.unknown.len() > UNREADABLE_NAMED {
        wrong.add("text", &format!("{} more lines were left out", lock.unknown.len() - UNREADABLE_NAMED));
    }
    page(visit, fields, &wrong, Some(result), StatusCode::OK)
}

/// Decides every release of the lock file, several packages at a time: each may have to be asked for upstream.
async fn judge(visit: &Visit, policy: &PolicyRef, adopted: &Adopted, lock: &LockFile) -> Result<CheckResult, Problem> {
    let decided = lock.entries.iter().enumerate().map(|(place, entry)| async move {
        let ruled = one(&visit.ctx, policy, entry).await?;
        // It was read for the decision, so this asks nobody.
        let current = listing::known(&visit.ctx, &entry.release.package).await?;
        let published = current.and_then(|current| published(&current, entry));
        Ok::<_, Problem>((place, row(visit, adopted, entry, &ruled, published), ruled.decision.state))
    });
    let decided: Vec<_> = futures_util::stream::iter(decided).buffer_unordered(LOCK_AT_ONCE).collect().await;
    let mut counts = Counts::default();
    let mut rows = Vec::new();
    for found in decided {
        let (place, row, state) = found?;
        match state {
            State::Listed => counts.listed += 1,
            State::Held => counts.held += 1,
            State::Refused => counts.refused += 1,
        }
        rows.push((state, place, row));
    }
    // Worst first, then as the lock file has them.
    rows.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let first_party = lock.first_party.iter().map(|own| {
        let version = own.version.as_deref().map_or_else(String::new, |version| format!(" {version}"));
        format!("{}{version} ({})", own.name, own.source.in_words())
    });
    Ok(CheckResult {
        sentence: format!("{} of {} releases are listed under {}.", counts.listed, rows.len(), links::name_of(adopted)),
        policy: links::policy_link(adopted),
        counts,
        rows: rows.into_iter().map(|(.., row)| row).collect(),
        first_party: first_party.collect(),
    })
}

async fn one(ctx: &Ctx, policy: &PolicyRef, entry: &LockEntry) -> Result<Ruled, Problem> {
    let purl = entry.release.to_string();
    let mut ruled = decisions::decide_many(ctx, policy, std::slice::from_ref(&purl), Some(entry.usage)).await?;
    let mut ruled =
        ruled.pop().ok_or_else(|| Problem::not_found("unknown-release", format!("nothing was decided about {purl}")))?;
    if contradicts(entry, &ruled) {
        let text = "the lock file pins other bytes than the index lists".to_owned();
        ruled.decision.state = State::Refused;
        ruled.decision.phase = None;
        // Whatever is known of other bytes says nothing about these.
        ruled.decision.reasons =
            vec![Reason { code: "digest-differs", rule: "lock".to_owned(), text, statements: Vec::new(), remedy: None }];
    }
    Ok(ruled)
}

/// Whether the one file a lock pins has other bytes than the one file the index lists.
fn contradicts(entry: &LockEntry, ruled: &Ruled) -> bool {
    match ruled.decision.artifacts.as_slice() {
        [only] => entry.digests().contradicts(&only.digests),
        _ => false,
    }
}

/// When a release was published, as its listing says.
fn published(current: &Current, entry: &LockEntry) -> Option<Timestamp> {
    let files = current.entries().filter(|(listed, _)| listed.version == entry.release.version);
    files.filter_map(|(_, file)| package::published(file)).min()
}

fn row(visit: &Visit, adopted: &Adopted, entry: &LockEntry, ruled: &Ruled, published: Option<Timestamp>) -> CheckRow {
    let nothing = Evidence::default();
    let ground = Ground {
        now: visit.now,
        published,
        evidence: &nothing,
        title: adopted.policy.title(),
        not_configured: &[],
        may_audit: visit.may_audit(),
    };
    let decision = &ruled.decision;
    CheckRow {
        release: Link::new(links::said(&entry.release), links::why(adopted.slug.as_str(), &entry.release.artifact(None))),
        r#use: entry.usage.to_string(),
        state: state(decision.state),
        phase: decision.phase.map(phase),
        because: sentence(&because(decision, &ground)),
        remedy: cheapest(decision, &ground),
    }
}
