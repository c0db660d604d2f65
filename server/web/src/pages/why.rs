//! `/why/{policy}` and `/why/{policy}/{purl}`: why a policy decides as it does; where every refusal leads.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::decision::DecisionJson;
use vetmoot_domain::{Artifact, Decision, Ecosystem, Package, PolicyRef, State, Use, Version};
use vetmoot_frontend::Alternate;
use vetmoot_frontend::pages::why::{FileState, OtherVerdict, Reason, Why};
use vetmoot_frontend::pages::why_policy::{WhyPolicy, Withheld};
use vetmoot_frontend::parts::{Field, Link, Notice, Tone};
use vetmoot_workflows::policy::book::Adopted;
use vetmoot_workflows::policy::history;
use vetmoot_workflows::registry::judged::{self, Judged};
use vetmoot_workflows::submission::staged_alone;
use vetmoot_workflows::{Kind, Problem, package};

use super::evidence::statement;
use super::fields::Fields;
use super::known::{self, Known};
use super::moment::{sentence, when};
use super::verdict::{Ground, against, because, cell, mode, remedy, tree, verdict};
use super::visit::{Visit, moved, notice, see_other};
use super::{links, policies, policy};

/// Withheld releases shown on a policy's page of questions.
const LATEST: u64 = 20;

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/why/{rest:.+}", super::reads().to(why));
}

async fn why(visit: Visit, request: HttpRequest) -> HttpResponse {
    let rest = visit.path().strip_prefix("/why/").unwrap_or_default().to_owned();
    let (slug, purl) = rest.split_once('/').unwrap_or((&rest, ""));
    let page = match purl {
        "" => ask(&visit, slug, &Fields::of_query(request.query_string())).await,
        purl => show(&visit, slug, purl, request.query_string()).await,
    };
    visit.answer(page)
}

/// The policy a path names.
async fn find(visit: &Visit, slug: &str) -> Result<std::sync::Arc<Adopted>, Problem> {
    let wanted: PolicyRef = slug.parse().map_err(|error| Problem::not_found("unknown-policy", format!("{error}")))?;
    visit.ctx.book.find(&visit.ctx.store, &wanted).await
}

async fn ask(visit: &Visit, slug: &str, asked: &Fields) -> Result<HttpResponse, Problem> {
    let adopted = find(visit, slug).await?;
    let mut page = WhyPolicy {
        policy: links::policy_link(&adopted),
        in_short: policies::in_short(&adopted),
        mode: mode(adopted.mode),
        action: format!("/why/{slug}"),
        ecosystem: Field::of(asked.text("ecosystem")),
        name: Field::of(asked.text("name")),
        version: Field::of(asked.text("version")),
        ..WhyPolicy::default()
    };
    if !asked.text("name").is_empty() {
        match target(visit, slug, asked).await {
            Ok(href) => return Ok(see_other(&href)),
            Err(problem) if matches!(problem.kind, Kind::Invalid | Kind::NotFound | Kind::Upstream) => {
                let text = sentence(&problem.text);
                match problem.field.as_deref() {
                    Some("version") => page.version.error = Some(text),
                    Some("ecosystem") => page.ecosystem.error = Some(text),
                    _ => page.name.error = Some(text),
                }
            }
            Err(problem) => return Err(problem),
        }
    }
    for row in history::observed(&visit.ctx, &adopted.slug, LATEST).await? {
        page.latest.push(Withheld {
            release: Link::new(links::said(&row.artifact.release), links::why(slug, &row.artifact)),
            state: policy::state_of_code(&row.reason),
            because: policy::words_of_code(&row.reason),
            last: when(visit.now, row.last_at),
        });
    }
    let mut shell = visit.shell("Why is something missing?", vec![links::policy_link(&adopted), Link::plain("Why?")]);
    shell.noindex = true;
    visit.page(&shell, &page)
}

/// Where the question that was typed is answered.
async fn target(visit: &Visit, slug: &str, asked: &Fields) -> Result<String, Problem> {
    let bad = |field: &str, text: String| Problem::invalid("bad-question", field, text);
    let ecosystem: Ecosystem = asked.text("ecosystem").parse().map_err(|error| bad("ecosystem", format!("{error}")))?;
    let package = Package::new(ecosystem, asked.text("name")).map_err(|error| bad("name", error.to_string()))?;
    let current = package::show(&visit.ctx, &package).await?;
    if asked.text("version").is_empty() {
        return Ok(links::package(&package));
    }
    let version: Version = asked.text("version").parse().map_err(|error| bad("version", format!("{error}")))?;
    if !current.listing.entries.iter().any(|entry| entry.version == version) {
        return Err(bad(
            "version",
            format!("the index lists no {} {version}; {} lists those there are", package.name(), links::package(&package)),
        ));
    }
    Ok(links::why(slug, &package.release(version).artifact(None)))
}

async fn show(visit: &Visit, slug: &str, purl: &str, query: &str) -> Result<HttpResponse, Problem> {
    let asked = Fields::of_query(query);
    let file_query = query.split('&').find(|part| part.starts_with("file_name=")).unwrap_or_default();
    let artifact = links::artifact_of(purl, file_query)?;
    let canonical = links::why(slug, &artifact.release.artifact(None));
    if let Some(canonical) = links::elsewhere(visit.path(), &canonical) {
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        return Ok(moved(&format!("{canonical}{query}")));
    }
    let adopted = find(visit, slug).await?;
    let usage: Option<Use> = match asked.text("use") {
        "" => None,
        text => Some(text.parse().map_err(|error| Problem::not_found("bad-use", format!("{error}")))?),
    };
    let known = known::of(&visit.ctx, &artifact.release.package).await?;
    let usage = usage.unwrap_or_else(|| adopted.policy.serve_use());
    let judged = judged::of_current(&visit.ctx, &adopted, known.current.clone(), usage).await?;
    let decision = match decision_of(&known, &judged, &artifact) {
        Ok(decision) => decision,
        Err(problem) => {
            let release = &artifact.release;
            return Err(staged_alone::kinder(&visit.ctx, &release.package, Some(&release.version), problem).await);
        }
    };
    let page = page(visit, &known, &judged, &decision, slug, asked.text("use"));
    let name = links::said(&artifact.release);
    let crumbs = vec![links::policy_link(&adopted), Link::new(&name, links::release(&artifact.release)), Link::plain("Why?")];
    let mut shell = visit.shell(&format!("Why {} says so of {name}", links::name_of(&adopted)), crumbs);
    shell.noindex = true;
    shell.alternates.push(Alternate {
        href: page.api_href.clone(),
        media_type: "application/json".into(),
        title: "This decision as JSON".into(),
    });
    visit.page(&shell, &page)
}

fn decision_of(known: &Known, judged: &Judged, artifact: &Artifact) -> Result<Decision, Problem> {
    let version = &artifact.release.version;
    let found = match &artifact.file_name {
        None => known.release(judged, version),
        Some(_) => known.parts(judged, version).into_iter().find(|part| part.artifact == *artifact).cloned(),
    };
    found.ok_or_else(|| Problem::not_found("unknown-release", format!("the index lists no {artifact}")))
}

fn page(visit: &Visit, known: &Known, judged: &Judged, decision: &Decision, slug: &str, usage: &str) -> Why {
    let adopted = &judged.adopted;
    let release = &decision.artifact.release;
    let ground = known.ground(visit, adopted, &release.version);
    let usage = if usage.is_empty() { String::new() } else { format!("&use={}", links::query(usage)) };
    let api_href =
        format!("/api/v1/decisions?policy={}&purl={}{usage}", links::query(slug), links::query(&decision.artifact.to_string()));
    let reasons = decision.reasons.iter().map(|reason| Reason {
        code: reason.code.to_owned(),
        rule: reason.rule.clone(),
        text: sentence(&told(decision, reason, &ground)),
        statements: reason.statements.iter().map(|id| statement(id, &known.evidence.advisories)).collect(),
        remedy: remedy(decision, reason, &ground),
    });
    let why = visit.ctx.base_url.join(&links::why(slug, &decision.artifact));
    let machine = DecisionJson::new(decision, adopted.slug.as_str(), Some(&adopted.digest), Some(why));
    let mut verdict = verdict(adopted, decision, &ground);
    if let Some(file) = &decision.artifact.file_name {
        verdict.subject = format!("{file} of {}", verdict.subject);
    }
    Why {
        verdict,
        purl: decision.artifact.to_string(),
        release_href: links::release(release),
        notices: notices(judged, decision),
        reasons: reasons.collect(),
        tree: tree(decision, &ground),
        files: files(visit, known, judged, decision),
        others: others(visit, known, judged, release.version.clone()),
        machine: serde_json::to_string_pretty(&machine).unwrap_or_default(),
        api_href,
    }
}

/// A reason that withholds is told with the time that is left; the machine form has the exact moment.
fn told(decision: &Decision, reason: &vetmoot_domain::Reason, ground: &Ground<'_>) -> String {
    if decision.state == State::Listed { reason.text.clone() } else { against(reason, ground) }
}

fn notices(judged: &Judged, decision: &Decision) -> Vec<Notice> {
    let mut notices = Vec::new();
    if decision.artifact.release.package.ecosystem() == Ecosystem::Cargo && decision.state == State::Held && judged.enforces() {
        let text = "cargo says \u{201c}yanked\u{201d} for what is held here; nobody took the release back.";
        notices.push(notice(Tone::Info, text));
    }
    notices
}

fn files(visit: &Visit, known: &Known, judged: &Judged, decision: &Decision) -> Vec<FileState> {
    let version = &decision.artifact.release.version;
    let parts = known.parts(judged, version);
    if parts.len() < 2 || decision.artifact.file_name.is_some() {
        return Vec::new();
    }
    let ground = known.ground(visit, &judged.adopted, version);
    let told = parts.into_iter().filter(|part| decision.state != State::Listed || part.state != State::Listed);
    told.map(|part| FileState {
        file: part.artifact.file_name.clone().unwrap_or_else(|| version.to_string()),
        state: cell(&judged.adopted, part),
        because: because(part, &ground),
    })
    .collect()
}

fn others(visit: &Visit, known: &Known, judged: &Judged, version: Version) -> Vec<OtherVerdict> {
    let others = known.judged.iter().filter(|other| other.adopted.slug != judged.adopted.slug);
    let other = |other: &std::sync::Arc<Judged>| {
        let decision = known.release(other, &version)?;
        let ground = known.ground(visit, &other.adopted, &version);
        Some(OtherVerdict {
            verdict: verdict(&other.adopted, &decision, &ground),
            difference: policies::in_short(&other.adopted),
        })
    };
    others.filter_map(other).collect()
}
