//! `/policies/{slug}`: a policy in plain words, in machine form, what it lists, how to use it.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{PolicyRef, Role, Slug, Timestamp, Use};
use vetmoot_frontend::Alternate;
use vetmoot_frontend::pages::policy::{
    Criterion, ExceptionRow, Extends, Gate, ObservedRow, Policy as Page, PolicyImport, Revision, UseRow,
};
use vetmoot_frontend::parts::{ClientTab, Link, State, Tone, client_tabs};
use vetmoot_judge::{ImportRule, Policy};
use vetmoot_workflows::Problem;
use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::ctx::Sources;
use vetmoot_workflows::policy::book::Adopted;
use vetmoot_workflows::policy::history;

use super::fediverse::{also_object, handle, preview};
use super::fields::Fields;
use super::moment::{number, relative, when};
use super::visit::{Visit, notice, see_other};
use super::{cards, effects, links, policies, verdict};
use crate::limits::PAGE_ROWS;

/// How long the page waits for counts before it says that they are being worked out.
const PATIENCE: Duration = Duration::from_secs(3);

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/policies/{slug}", super::reads().to(policy))
        .route("/policies/{slug}/revisions/{number}", super::reads().to(revision));
}

async fn policy(visit: Visit, slug: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let page = show(&visit, &slug, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

/// A revision by its number has its page at the address with its digest.
async fn revision(visit: Visit, path: web::Path<(Slug, u32)>) -> HttpResponse {
    let (slug, number) = path.into_inner();
    let page = history::revisions(&visit.ctx, &slug).await.and_then(|rows| {
        let found = rows.into_iter().find(|row| row.revision == number);
        let row = found.ok_or_else(|| Problem::not_found("unknown-policy", "there is no such revision of a policy"))?;
        Ok(see_other(&format!("/policies/{}@{}", row.slug, row.digest)))
    });
    visit.answer(page)
}

/// How the policy is followed, when its slug is a handle and not somebody else's.
async fn policy_handle(visit: &Visit, adopted: &Adopted) -> Result<Option<String>, Problem> {
    let owns = actor::exists(&visit.ctx, &LocalActor::Policy(adopted.slug.clone())).await?;
    Ok(handle(&visit.ctx, adopted.slug.as_str()).filter(|_| owns))
}

async fn show(visit: &Visit, slug: &str, asked: &Fields) -> Result<HttpResponse, Problem> {
    let wanted: PolicyRef = slug.parse().map_err(|error| Problem::not_found("unknown-policy", format!("{error}")))?;
    let adopted = visit.ctx.book.find(&visit.ctx.store, &wanted).await?;
    let policy = &adopted.policy;
    let sources = visit.ctx.sources();
    let counts = visit.effects().of(&visit.ctx, &adopted, PATIENCE).await;
    let mut notices = Vec::new();
    if asked.text("adopted") == "1" {
        notices.push(notice(Tone::Done, "It was adopted and is in force now."));
    }
    if visit.ctx.book.newest(&adopted.slug).is_some_and(|newest| newest.digest != adopted.digest) {
        let mut old = notice(Tone::Warn, "This is not the newest revision; clients that name it keep getting it.");
        old.link = Some(Link::new("See the newest", links::policy(adopted.slug.as_str())));
        notices.push(old);
    }
    match &counts {
        None => notices.push(notice(Tone::Info, "How many releases it lists is being counted; look again in a moment.")),
        Some(effects) if effects.iter().any(|effect| effect.cut) => {
            notices.push(notice(
                Tone::Info,
                "More packages are known than were counted below; the first of each ecosystem stand for the rest.",
            ));
        }
        Some(_) => {}
    }
    let page = Page {
        name: links::name_of(&adopted),
        slug: adopted.slug.to_string(),
        in_short: policies::in_short(&adopted),
        plain: policy.plain_words(),
        digest: adopted.digest.to_string(),
        revision: u64::from(adopted.revision),
        mode: verdict::mode(adopted.mode),
        notices,
        clients: clients(visit, &adopted, &wanted),
        counts: counts.map(|effects| effects::rows(&effects)).unwrap_or_default(),
        observed: observed(visit, &adopted).await?,
        uses: uses(policy),
        release: release(policy),
        release_stated: policy.release().stated,
        criteria: criteria(policy),
        gates: gates(policy, &sources, visit.now),
        exceptions: exceptions(policy, visit.now),
        extends: extends(visit, policy),
        imports: policy.imports().iter().map(import).collect(),
        tests: policy.run_tests().len() as u64,
        revisions: revisions(visit, &adopted).await?,
        machine: String::from_utf8_lossy(&adopted.bytes).into_owned(),
        toml_href: format!("/policies/{wanted}.toml"),
        adopt_href: visit.has(&[Role::Steward]).then(|| format!("/policies/new?slug={}", adopted.slug)),
        why_href: format!("/why/{wanted}"),
        handle: policy_handle(visit, &adopted).await?,
    };
    let mut shell = visit.shell(&page.name, vec![Link::new("Policies", "/policies"), Link::plain(&page.name)]);
    shell.description = Some(page.in_short.clone());
    shell.alternates.push(Alternate {
        href: page.toml_href.clone(),
        media_type: "application/toml".into(),
        title: "The document itself".into(),
    });
    let here = links::policy(adopted.slug.as_str());
    if page.handle.is_some() {
        also_object(visit, &mut shell, &here);
    }
    preview(&mut shell, cards::href(&here), &page.name);
    visit.page(&shell, &page)
}

/// The set-up of the clients whose ecosystem the policy judges.
fn clients(visit: &Visit, adopted: &Adopted, wanted: &PolicyRef) -> Vec<ClientTab> {
    let judges = |client: &str| {
        let ecosystem = match client {
            "cargo" => "cargo",
            "pip" | "uv" => "pypi",
            _ => "npm",
        };
        adopted.policy.ecosystems().iter().any(|one| one.as_str() == ecosystem)
    };
    let tabs = client_tabs(visit.ctx.base_url.as_str(), &wanted.to_string());
    tabs.into_iter().filter(|tab| judges(&tab.client)).collect()
}

async fn observed(visit: &Visit, adopted: &Adopted) -> Result<Vec<ObservedRow>, Problem> {
    let limit = u64::try_from(PAGE_ROWS).unwrap_or(u64::MAX);
    let rows = history::observed(&visit.ctx, &adopted.slug, limit).await?;
    let row = |row: history::ObservedRow| ObservedRow {
        release: Link::new(
            row.artifact.file_name.clone().unwrap_or_else(|| links::said(&row.artifact.release)),
            links::why(adopted.slug.as_str(), &row.artifact),
        ),
        state: state_of_code(&row.reason),
        because: words_of_code(&row.reason),
        times: row.times,
        last: when(visit.now, row.last_at),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The state that a recorded reason stands for.
pub fn state_of_code(code: &str) -> State {
    match code {
        "violation" | "malware" | "digest-changed" => State::Refused,
        _ => State::Held,
    }
}

/// A reason's code as words, where only the code was kept.
pub fn words_of_code(code: &str) -> String {
    code.replace('-', " ")
}

fn uses(policy: &Policy) -> Vec<UseRow> {
    let row = |usage: &Use| {
        let required = policy.requirements(*usage);
        let names: Vec<&str> = required.iter().map(|name| name.as_str()).collect();
        let served = if *usage == policy.serve_use() { "; the package indexes here are judged for this use" } else { "" };
        let requires = if names.is_empty() { "no audit".to_owned() } else { format!("audits for {}", names.join(" and ")) };
        UseRow { name: usage.to_string(), requires: format!("{requires}{served}") }
    };
    Use::ALL.iter().map(row).collect()
}

/// What a release of the community's own packages needs.
fn release(policy: &Policy) -> Vec<UseRow> {
    let rules = policy.release();
    let row = |name: String, requires: String| UseRow { name, requires };
    let wait = rules.wait.map(|span| row("waiting time".to_owned(), format!("{} after it was handed in", span.in_words())));
    let depth = rules.depth.map(|depth| format!(", {depth} or closer")).unwrap_or_default();
    let audits = rules.criteria.iter().map(|(name, voices)| {
        let voices = usize::try_from(*voices).unwrap_or(usize::MAX);
        let who = if voices == 1 { "one auditor".to_owned() } else { format!("{} independent auditors", number(voices)) };
        row(format!("audits for {name}"), format!("{who} of level {} or above{depth}", rules.level))
    });
    let checks = rules.checks.iter().map(|check| {
        let keys: Vec<String> = check.keys.iter().map(ToString::to_string).collect();
        let waived = if check.waivable { "a lead may waive it" } else { "nobody may waive it" };
        row(format!("outside check {}", check.name), format!("a signed result by {}; {waived}", keys.join(" or ")))
    });
    wait.into_iter().chain(audits).chain(checks).collect()
}

/// The criteria of a policy as pages show them.
pub fn criteria(policy: &Policy) -> Vec<Criterion> {
    policy.criteria().iter().map(criterion).collect()
}

/// One criterion with everything its author gave auditors to go by.
pub fn criterion(criterion: &vetmoot_judge::Criterion) -> Criterion {
    let mut guidance: Vec<String> = criterion.guidance.iter().cloned().collect();
    guidance.extend(criterion.checklist.iter().cloned());
    guidance.extend(criterion.skill.iter().map(|skill| format!("Skill needed: {skill}")));
    guidance.extend(criterion.examples.iter().map(|example| format!("Example: {example}")));
    guidance.extend(criterion.same_as.iter().map(|same| format!("Defined as in {same}")));
    Criterion {
        name: criterion.name.to_string(),
        text: criterion.text.clone(),
        guidance,
        implies: criterion.implies.iter().map(ToString::to_string).collect(),
        built_in: criterion.name.is_builtin(),
    }
}

/// The gates of a policy, those without a source here included.
pub fn gates(policy: &Policy, sources: &Sources, now: Timestamp) -> Vec<Gate> {
    let lacking = policy.not_configured(&sources.states);
    let read = |malware: bool| {
        let named = sources.states.iter().filter(|source| source.malware || !malware);
        let named: Vec<String> =
            named.map(|source| format!("{}, read {}", source.name, relative(now, source.last_read))).collect();
        (!named.is_empty()).then(|| named.join("; "))
    };
    let mut gates: Vec<Gate> = policy
        .gates()
        .into_iter()
        .map(|gate| {
            let lacks = lacking.iter().find(|one| one.rule == gate.rule);
            let text = lacks.map_or_else(|| gate.text.clone(), |lacks| format!("{} {}", gate.text, lacks.text));
            let source = match gate.rule {
                "gates.malware" => read(true),
                "gates.advisories" => read(false),
                _ => None,
            };
            let name = gate.rule.strip_prefix("gates.").unwrap_or(gate.rule).to_owned();
            Gate { name, text, configured: lacks.is_none(), source, stale: false }
        })
        .collect();
    let shown = |rule: &str| policy.gates().iter().any(|gate| gate.rule == rule);
    let more = lacking.into_iter().filter(|one| !shown(one.rule));
    gates.extend(more.map(|one| Gate {
        name: one.rule.to_owned(),
        text: one.text,
        configured: false,
        source: None,
        stale: false,
    }));
    gates
}

fn exceptions(policy: &Policy, now: Timestamp) -> Vec<ExceptionRow> {
    let row = |exception: &vetmoot_judge::Exception| {
        let package = &exception.package;
        let scope = match (&exception.version, &exception.range) {
            (Some(version), _) => package.release(version.clone()).artifact(exception.file_name.as_deref()).to_string(),
            (None, Some(range)) => format!("{package} {range}"),
            (None, None) => package.to_string(),
        };
        // Its last day counts whole.
        let ends = exception.until.plus_days(1).start();
        ExceptionRow {
            scope,
            owner: exception.owner.clone(),
            reason: exception.reason.clone(),
            expires: when(now, ends),
            expired: ends <= now,
        }
    };
    policy.exceptions().iter().map(row).collect()
}

fn extends(visit: &Visit, policy: &Policy) -> Option<Extends> {
    let digest = policy.extends()?;
    let adopted = visit.ctx.book.all().into_iter().find(|adopted| adopted.digest == digest);
    let base = match adopted {
        Some(adopted) => links::policy_link(&adopted),
        None => {
            let shelf =
                vetmoot_judge::shelf().iter().find(|(_, text)| vetmoot_domain::PolicyDigest::of(text.as_bytes()) == digest);
            Link::plain(shelf.map_or_else(|| digest.to_string(), |(name, _)| format!("{name} of the shelf")))
        }
    };
    Some(Extends { base, loosens: policy.loosened() })
}

fn import(rule: &ImportRule) -> PolicyImport {
    let maps = rule.criteria_map.iter().map(|(theirs, ours)| {
        let ours: Vec<&str> = ours.iter().map(|name| name.as_str()).collect();
        format!("{theirs} \u{2192} {}", if ours.is_empty() { "nothing".to_owned() } else { ours.join(", ") })
    });
    PolicyImport {
        source: Link::new(&rule.name, links::import(&rule.name)),
        organisation: rule.organisation.to_string(),
        level: u64::from(rule.level),
        maps: maps.collect(),
        depth: rule.depth.map_or_else(|| "as each entry says".to_owned(), |depth| depth.to_string()),
        undated: rule.undated.unwrap_or(true),
        unbound: rule.unbound.unwrap_or(true),
    }
}

async fn revisions(visit: &Visit, adopted: &Adopted) -> Result<Vec<Revision>, Problem> {
    let rows = history::revisions(&visit.ctx, &adopted.slug).await?;
    let revision = |row: history::PolicyRow| Revision {
        number: Link::new(format!("revision {}", row.revision), format!("/policies/{}@{}", row.slug, row.digest)),
        digest: row.digest.to_string(),
        adopted: when(visit.now, row.adopted_at),
        by: row.adopted_by,
        current: row.digest == adopted.digest,
    };
    Ok(rows.into_iter().map(revision).collect())
}
