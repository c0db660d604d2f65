//! `/community`: who we are, how to follow, what was said last, and the log that holds it.

use actix_web::{HttpResponse, web};
use vetmoot_domain::Role;
use vetmoot_frontend::pages::community::{Community as Page, FollowedPolicy, Log};
use vetmoot_frontend::parts::{Link, MemberRow};
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::audit::list;
use vetmoot_workflows::member::account;
use vetmoot_workflows::{Problem, actor, follow, log};

use super::evidence::recorded_row;
use super::fediverse::{also_object, handle, preview};
use super::visit::Visit;
use super::{cards, links, members, policies};
use crate::limits::LATEST_AUDITS;

/// Where the page is.
pub const PATH: &str = "/community";

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route(PATH, super::reads().to(community));
}

async fn community(visit: Visit) -> HttpResponse {
    let page = show(&visit).await;
    visit.answer(page)
}

async fn show(visit: &Visit) -> Result<HttpResponse, Problem> {
    let ctx = &visit.ctx;
    let about = visit.about();
    let latest = list::recent(ctx, LATEST_AUDITS, None).await?;
    let page = Page {
        name: about.name.clone(),
        sentence: sentence(visit),
        handle: handle(ctx, "community"),
        actor: ctx.base_url.join(PATH),
        followers: follow::followers::count(ctx, &LocalActor::Community).await?,
        policies: followed_policies(visit).await?,
        auditors: auditors(visit).await?,
        latest: latest.iter().map(|audit| recorded_row(visit.now, audit)).collect(),
        log: own_log(visit).await?,
        peers_href: "/peers".to_owned(),
        moderation_href: "/moderation".to_owned(),
    };
    let mut shell = visit.shell(&about.name, vec![Link::plain("Community")]);
    shell.description = Some(page.sentence.clone());
    also_object(visit, &mut shell, PATH);
    preview(&mut shell, cards::href(PATH), &page.sentence);
    visit.page(&shell, &page)
}

/// What the page says first; the card says it too.
pub fn sentence(visit: &Visit) -> String {
    let about = visit.about();
    match &visit.ctx.domain {
        Some(domain) => {
            format!("{} Follow @community@{domain} and each audit reaches you.", super::moment::sentence(&about.about))
        }
        None => "This is a trial: no domain is set, so nobody elsewhere can follow it yet.".to_owned(),
    }
}

async fn followed_policies(visit: &Visit) -> Result<Vec<FollowedPolicy>, Problem> {
    let mut rows = Vec::new();
    for adopted in visit.ctx.book.all() {
        let owns = actor::exists(&visit.ctx, &LocalActor::Policy(adopted.slug.clone())).await?;
        rows.push(FollowedPolicy {
            name: links::policy_link(&adopted),
            in_short: policies::in_short(&adopted),
            handle: handle(&visit.ctx, adopted.slug.as_str()).filter(|_| owns),
        });
    }
    Ok(rows)
}

async fn auditors(visit: &Visit) -> Result<Vec<MemberRow>, Problem> {
    let audits = list::counts(&visit.ctx).await?;
    let all = account::members(&visit.ctx).await?;
    let auditors = all.iter().filter(|row| [Role::Auditor, Role::Lead, Role::Steward].into_iter().any(|role| row.has(role)));
    Ok(auditors.map(|row| members::row(&visit.ctx, row, &audits)).collect())
}

async fn own_log(visit: &Visit) -> Result<Option<Log>, Problem> {
    if visit.ctx.domain.is_none() {
        return Ok(None);
    }
    let checkpoint = log::checkpoint(&visit.ctx).await?;
    // The second line of a checkpoint is the size of its tree (C2SP tlog-checkpoint).
    let size = checkpoint.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or_default();
    Ok(Some(Log {
        size,
        vkey: log::vkey(&visit.ctx).await?.to_string(),
        checkpoint,
        signed: None,
        href: "/log/checkpoint".to_owned(),
    }))
}
