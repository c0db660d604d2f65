//! `/`: what this community is, its policies, and its latest audits.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use vetmoot_frontend::pages::home::{Holding, Home};
use vetmoot_frontend::parts::{Link, Step};
use vetmoot_workflows::Problem;
use vetmoot_workflows::audit::list;
use vetmoot_workflows::instance::holdings;

use super::evidence::recorded_row;
use super::moment::{counted, counted_as};
use super::visit::Visit;
use super::{candidates, policies};
use crate::limits::LATEST_AUDITS;

/// How long the first page waits for counts before it goes without.
const PATIENCE: Duration = Duration::from_millis(200);

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/", super::reads().to(home));
}

async fn home(visit: Visit) -> HttpResponse {
    let page = show(&visit).await;
    visit.answer(page)
}

async fn show(visit: &Visit) -> Result<HttpResponse, Problem> {
    let held = holdings::holdings(&visit.ctx).await?;
    let policies = policies::rows(visit, PATIENCE).await;
    let latest = list::recent(&visit.ctx, LATEST_AUDITS, None).await?;
    let packages: u64 = held.packages.iter().map(|count| count.listed).sum();
    let decide = match policies.len() {
        0 => "no policy decides about them yet".to_owned(),
        1 => "one policy decides about them".to_owned(),
        many => format!("{} decide about them", counted_as(many, "policy", "policies")),
    };
    let releases = |ecosystem: &str| {
        let of = policies.iter().flat_map(|row| &row.counts).filter(|row| row.ecosystem == ecosystem);
        of.map(|row| row.counts.listed + row.counts.held + row.counts.refused + row.counts.unknown).max().unwrap_or(0)
    };
    let holding = |count: &holdings::EcosystemCount| Holding {
        ecosystem: count.ecosystem.to_string(),
        packages: count.listed,
        releases: releases(count.ecosystem.as_str()),
        ..Holding::default()
    };
    let audit_href = if visit.may_audit() { "/audits/new" } else { "/sign-in" };
    let page = Home {
        sentence: format!(
            "This instance knows {}, and {decide}.",
            counted(usize::try_from(packages).unwrap_or(usize::MAX), "package")
        ),
        use_href: "/policies".to_owned(),
        audit_href: audit_href.to_owned(),
        maintain_href: "/projects".to_owned(),
        waits: candidates::waiting_in_words(visit).await?,
        released: candidates::released_last(visit).await?,
        holdings: held.packages.iter().filter(|count| count.listed > 0).map(holding).collect(),
        audits: held.evidence.audits,
        imported: held.evidence.imported,
        advisories: held.evidence.advisories,
        latest: latest.iter().map(|audit| recorded_row(visit.now, audit)).collect(),
        steps: if packages == 0 { first_steps(visit, &policies) } else { Vec::new() },
        policies,
    };
    visit.page(&visit.shell("Home", Vec::new()), &page)
}

fn first_steps(visit: &Visit, policies: &[vetmoot_frontend::pages::policies::PolicyRow]) -> Vec<Step> {
    let step = |text: &str, link: &str, href: &str| Step { text: text.into(), link: Some(Link::new(link, href)) };
    let mut steps = Vec::new();
    if let Some(first) = policies.first() {
        let href = format!("{}#set-up", first.href);
        steps.push(step("Point a package manager here; what it asks for becomes known.", "Set up a client", &href));
    }
    steps.push(step("See what a policy says of a project you have.", "Check a lock file", "/check"));
    if visit.member.is_none() {
        steps.push(step("The link printed at the first start signs the first admin in.", "Sign in", "/sign-in"));
    } else {
        steps.push(step("Take in what other communities audited, and known advisories.", "Add an import", "/imports/new"));
    }
    steps
}
