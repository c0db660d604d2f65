//! What is wrong or missing here, each finding with the step that mends it.

use serde::Serialize;
use vetmoot_domain::Ecosystem;
use vetmoot_storage::{imports, incidents, listings};

use super::duty;
use crate::ctx::Ctx;
use crate::problem::Problem;
use crate::registry::passthrough;
use crate::submission::{credential, hindrance};

/// How a checked thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Works, but somebody should know.
    Warn,
    /// Does not work.
    Fail,
}

impl Health {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// How it is.
    pub health: Health,
    /// What was found.
    pub text: String,
    /// The step that mends it.
    pub fix: Option<String>,
}

impl Finding {
    fn new(what: &str, health: Health, text: impl Into<String>) -> Self {
        Self { what: what.to_owned(), health, text: text.into(), fix: None }
    }
    fn mend(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

/// Looks at everything; never fails itself.
pub async fn examine(ctx: &Ctx, federation_insecure: bool) -> Vec<Finding> {
    let mut findings = vec![database(ctx).await, domain(ctx)];
    if federation_insecure {
        findings.push(
            Finding::new("federation", Health::Warn, "insecure mode is on: http, ports and loopback peers are allowed")
                .mend("start without --federation-insecure once trials are over"),
        );
    }
    for ecosystem in Ecosystem::ALL {
        findings.push(upstream(ctx, *ecosystem).await);
    }
    findings.extend(poor_listings(ctx).await);
    findings.extend(gates(ctx));
    findings.extend(sources(ctx).await);
    findings.extend(changed_files(ctx).await);
    findings.extend(transparency_log(ctx).await);
    findings.extend(credentials(ctx).await);
    findings.extend(publishing(ctx).await);
    findings.extend(alone(ctx).await);
    findings
}

/// Who holds a duty alone, so that nothing goes on without them.
async fn alone(ctx: &Ctx) -> Vec<Finding> {
    match duty::held_alone(ctx).await {
        Ok(duties) => duties.into_iter().map(|duty| Finding::new(&duty.code, Health::Warn, duty.text).mend(duty.fix)).collect(),
        Err(problem) => vec![Finding::new("duties", Health::Fail, problem.to_string())],
    }
}

async fn database(ctx: &Ctx) -> Finding {
    match ctx.store.health().await {
        Ok(health) => match ctx.store.damage().await {
            Ok(damage) if damage.is_empty() => {
                Finding::new("database", Health::Ok, format!("{} {} at {}", health.kind, health.version, health.place))
            }
            Ok(damage) => Finding::new("database", Health::Fail, damage.join("; "))
                .mend("restore the last backup: vetmoot-server backup restore DIR"),
            Err(error) => Finding::new("database", Health::Fail, error.to_string()),
        },
        Err(error) => {
            Finding::new("database", Health::Fail, error.to_string()).mend("check the database URL and that its server runs")
        }
    }
}

fn domain(ctx: &Ctx) -> Finding {
    match &ctx.domain {
        Some(domain) => Finding::new("domain", Health::Ok, format!("{domain}, for ever")),
        None => Finding::new("domain", Health::Warn, "a trial: statements count here, but have no proof and no id elsewhere")
            .mend("vetmoot-server admin domain set HOST, once and for ever"),
    }
}

async fn upstream(ctx: &Ctx, ecosystem: Ecosystem) -> Finding {
    let what = format!("upstream {ecosystem}");
    let probe = match ecosystem {
        Ecosystem::Cargo => ctx.upstreams.of(ecosystem).cargo_config(&ctx.outbound).await.map(|_| 200),
        // Nothing is crawled: one small request that any such index answers somehow.
        Ecosystem::Pypi => passthrough::get(ctx, ecosystem, "six/").await.map(|passed| passed.status),
        Ecosystem::Npm => passthrough::get(ctx, ecosystem, "-/ping").await.map(|passed| passed.status),
    };
    let host = ctx.upstreams.of(ecosystem).base().host_str().unwrap_or_default().to_owned();
    match probe {
        Ok(status) if status < 500 => Finding::new(&what, Health::Ok, format!("{host} answers")),
        Ok(status) => Finding::new(&what, Health::Warn, format!("{host} answers {status}"))
            .mend("listings already known are served stale meanwhile"),
        Err(problem) => Finding::new(&what, Health::Warn, problem.text)
            .mend(format!("check the network, or name a mirror: --upstream {ecosystem}=URL")),
    }
}

/// What the indexes behind us lack, so that nobody wonders why a gate behaves as it does.
async fn poor_listings(ctx: &Ctx) -> Vec<Finding> {
    let lacks = match listings::traits(&ctx.store.read()).await {
        Ok(rows) => rows,
        Err(error) => return vec![Finding::new("listings", Health::Fail, error.to_string())],
    };
    let mut findings = Vec::new();
    for row in lacks {
        let missing = crate::registry::traits::missing_in_words(&row.traits);
        if !missing.is_empty() {
            let noun = if row.count == 1 { "listing" } else { "listings" };
            let text = format!("without {}: {} {noun} of {}", missing.join(", "), row.count, row.ecosystem);
            findings.push(Finding::new("listings", Health::Warn, text).mend("releases without a date count from when they first appeared here; a mirror that passes dates on gives better answers"));
        }
    }
    findings
}

fn gates(ctx: &Ctx) -> Vec<Finding> {
    let sources = ctx.sources();
    let mut findings = Vec::new();
    for adopted in ctx.book.all() {
        for gate in adopted.policy.not_configured(&sources.states) {
            let text = format!("policy {}: the gate {} has no source and changes nothing", adopted.slug, gate.rule);
            findings.push(Finding::new("gate", Health::Warn, text).mend("vetmoot-server admin import osv PATH|URL"));
        }
    }
    findings
}

async fn sources(ctx: &Ctx) -> Vec<Finding> {
    let rows = match imports::sources(&ctx.store.read()).await {
        Ok(rows) => rows,
        Err(error) => return vec![Finding::new("imports", Health::Fail, error.to_string())],
    };
    let mut findings = Vec::new();
    for row in rows {
        let last = imports::runs(&ctx.store.read(), row.id, 1).await.ok().and_then(|runs| runs.into_iter().next());
        if let Some(error) = last.and_then(|run| run.outcome).and_then(|outcome| outcome.error) {
            findings
                .push(Finding::new("import", Health::Warn, format!("{}: {error}", row.name)).mend("run it again: /imports"));
        }
    }
    findings
}

async fn transparency_log(ctx: &Ctx) -> Option<Finding> {
    match crate::log::examine(ctx).await {
        Ok(None) => None,
        Ok(Some(log)) => Some(match log.wrong {
            None => Finding::new(
                "log",
                Health::Ok,
                format!("{} leaves, and the root they have is the one that is signed", log.size),
            ),
            Some(wrong) => Finding::new("log", Health::Fail, format!("the transparency log is damaged: {wrong}"))
                .mend("restore the last backup: vetmoot-server backup restore DIR"),
        }),
        Err(problem) => Some(Finding::new("log", Health::Fail, problem.to_string())),
    }
}

async fn credentials(ctx: &Ctx) -> Vec<Finding> {
    let troubled = match credential::troubled(ctx).await {
        Ok(troubled) => troubled,
        Err(problem) => return vec![Finding::new("credentials", Health::Fail, problem.to_string())],
    };
    let found = troubled.into_iter().map(|(row, text)| {
        Finding::new("credential", Health::Warn, format!("{} `{}`: {text}", row.ecosystem, row.label))
            .mend("vetmoot-server admin credential add, then retire the old one")
    });
    found.collect()
}

/// Whether releases can be handed in and released, and how those stand that were asked for.
async fn publishing(ctx: &Ctx) -> Vec<Finding> {
    let looked = async { Ok::<_, Problem>((hindrance::hindrances(ctx).await?, hindrance::projects(ctx).await?)) };
    let (found, projects) = match looked.await {
        Ok(looked) => looked,
        Err(problem) => return vec![Finding::new("publishing", Health::Fail, problem.to_string())],
    };
    if found.is_empty() && projects > 0 {
        let noun = if projects == 1 { "project" } else { "projects" };
        return vec![Finding::new("publishing", Health::Ok, format!("{projects} {noun}; nothing is in the way of a release"))];
    }
    // A warning all the same: the rest of the instance does not wait for it.
    found.into_iter().map(|one| Finding::new("publishing", Health::Warn, one.text).mend(one.fix)).collect()
}

async fn changed_files(ctx: &Ctx) -> Vec<Finding> {
    match incidents::open_count(&ctx.store.read()).await {
        Ok(0) => Vec::new(),
        Ok(count) => vec![
            Finding::new("incidents", Health::Warn, format!("{count} upstream files changed under their name and are refused"))
                .mend("/admin/incidents lists them"),
        ],
        Err(error) => vec![Finding::new("incidents", Health::Fail, error.to_string())],
    }
}
