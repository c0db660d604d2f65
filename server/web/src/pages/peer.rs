//! `/peers/{host}`: one followed community, what came from it and what it changes here; stewards end and read it anew.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::Role;
use vetmoot_frontend::pages::peer::{KindCount, Peer as Page, PeerAuditor, PeerEffect, PeerLog, StatementRow};
use vetmoot_frontend::parts::{FollowState, Link, Notice, Tone};
use vetmoot_workflows::follow::fork::Decision;
use vetmoot_workflows::follow::{self, Arrived, ArrivedRow, Shown};
use vetmoot_workflows::statement::Via;
use vetmoot_workflows::{Problem, delivery};

use super::evidence::page_of_record;
use super::fediverse::{FORKS, follow_state, forks, host_of, is_web, peer_state, summary};
use super::fields::Fields;
use super::follow::{STEWARDS, steward};
use super::links;
use super::moment::when;
use super::peers::{grouped, progress};
use super::visit::{Visit, notice, see_other};
use crate::limits::STATEMENT_ROWS;

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route(FORKS, web::post().to(decide))
        .route("/peers/{host}", super::reads().to(peer))
        .route("/peers/{host}/end", web::post().to(end))
        .route("/peers/{host}/log", web::post().to(read));
}

async fn peer(visit: Visit, host: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let page = show(&visit, &host, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn end(visit: Visit, host: web::Path<String>) -> HttpResponse {
    let page = take_end(&visit, &host).await;
    visit.answer(page)
}

async fn read(visit: Visit, host: web::Path<String>) -> HttpResponse {
    let page = take_read(&visit, &host).await;
    visit.answer(page)
}

async fn decide(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = take_decision(&visit, &Fields::new(form.into_inner())).await;
    visit.answer(page)
}

async fn take_end(visit: &Visit, host: &str) -> Result<HttpResponse, Problem> {
    let member = steward(visit)?;
    let shown = one(visit, host).await?;
    let ended = follow::end(&visit.ctx, member, &shown.row.actor_uri).await?;
    Ok(see_other(&format!("{}?ended={}", links::peer(&shown.row.source), ended.statements)))
}

async fn take_read(visit: &Visit, host: &str) -> Result<HttpResponse, Problem> {
    let member = steward(visit)?;
    let shown = one(visit, host).await?;
    follow::read_again(&visit.ctx, member, &shown.row.actor_uri).await?;
    Ok(see_other(&format!("{}?read=1", links::peer(&shown.row.source))))
}

async fn take_decision(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = visit.required_role(&[Role::Admin], "admins")?;
    let missing = || Problem::not_found("no-such-fork", "no such contradiction of a log is known here");
    let fork = fields.text("fork").parse().map_err(|_| missing())?;
    let decision = match fields.text("do") {
        "read-anew" => Decision::ReadAnew,
        "end" => Decision::End,
        _ => return Err(Problem::invalid("no-decision", "do", "choose to follow it no longer, or to read its log anew")),
    };
    follow::fork::decide(&visit.ctx, member, fork, decision).await?;
    Ok(see_other("/peers"))
}

/// The following of this host. The actor of a person on the same server is another following, found by its own address.
pub async fn one(visit: &Visit, host: &str) -> Result<Shown, Problem> {
    let all = follow::list(&visit.ctx).await?;
    let found = all.into_iter().find(|shown| shown.row.source == host);
    found.ok_or_else(|| Problem::not_found("not-followed", "no community of this host is, or was, followed here"))
}

async fn show(visit: &Visit, host: &str, asked: &Fields) -> Result<HttpResponse, Problem> {
    let shown = one(visit, host).await?;
    let arrived = follow::arrived(&visit.ctx, &shown, STATEMENT_ROWS).await?;
    let server = delivery::peers(&visit.ctx).await?.into_iter().find(|peer| peer.origin == shown.row.origin);
    let row = &shown.row;
    let state = follow_state(row.state.as_str());
    let live = matches!(state, FollowState::Requested | FollowState::Accepted);
    let may = visit.has(&STEWARDS);
    let effects = effects(visit, host);
    let here = links::peer(host);
    let page = Page {
        sentence: said(&shown, state, effects.iter().filter(|effect| effect.counts.is_some()).count()),
        host: row.source.clone(),
        name: row.name.clone(),
        handle: format!("@{}", row.handle),
        href: page_there(&row.actor_uri),
        summary: arrived.document.as_ref().and_then(summary),
        notices: notices(asked, &shown),
        software: server.as_ref().and_then(|server| server.software.clone()),
        state: server.as_ref().map(|server| peer_state(server.state)).unwrap_or_default(),
        follow: state,
        since: row.accepted_at.or(Some(row.requested_at)).map(|at| when(visit.now, at)),
        progress: progress(&shown),
        counts: arrived.kinds.iter().map(|(kind, count)| KindCount { kind: kind.clone(), count: *count }).collect(),
        policies: policies(&arrived),
        auditors: arrived.authors.iter().map(|(author, audits)| auditor(author, *audits)).collect(),
        statements: arrived.latest.iter().map(|row| statement(visit, row)).collect(),
        effects,
        log: log(visit, &shown, &arrived),
        forks: forks(visit, Some(row.log_id.unwrap_or(-1))).await?,
        last_in: server.as_ref().and_then(|server| server.last_in).map(|at| when(visit.now, at)),
        last_out: server.as_ref().and_then(|server| server.last_out).map(|at| when(visit.now, at)),
        error: row.last_error.clone().or_else(|| server.and_then(|server| server.last_error)),
        trust_href: (may && state == FollowState::Accepted).then(|| format!("{here}/trust")),
        end_action: (may && live).then(|| format!("{here}/end")),
        read_action: (may && state == FollowState::Accepted && row.log_id.is_some()).then(|| format!("{here}/log")),
        block_href: may.then(|| format!("/moderation?subject={}#decide", links::query(host))),
    };
    let name = vetmoot_frontend::tame(&row.name);
    let mut shell = visit.shell(&name, vec![Link::new("Peers", "/peers"), Link::plain(&row.source)]);
    shell.description = Some(vetmoot_frontend::tame(&page.sentence));
    visit.page(&shell, &page)
}

fn page_there(uri: &str) -> String {
    if is_web(uri) { uri.to_owned() } else { String::new() }
}

fn said(shown: &Shown, state: FollowState, policies: usize) -> String {
    let name = &shown.row.name;
    match state {
        FollowState::Requested => format!("{name} was asked and has not answered yet."),
        FollowState::Rejected => format!("{name} was asked and refused."),
        FollowState::Ended => format!("{name} is followed no longer, and nothing of it counts here."),
        FollowState::Accepted => {
            let here = match shown.statements {
                0 => "nothing of it is here yet".to_owned(),
                1 => "one statement of it is here".to_owned(),
                many => format!("{} statements of it are here", grouped(many)),
            };
            let counts = match policies {
                0 => "it counts under no policy yet".to_owned(),
                1 => "it counts under one policy".to_owned(),
                many => format!("it counts under {} policies", super::moment::number(many)),
            };
            format!("{name} is followed; {here}, and {counts}.")
        }
    }
}

fn notices(asked: &Fields, shown: &Shown) -> Vec<Notice> {
    let mut notices = Vec::new();
    if asked.text("asked") == "1" {
        notices.push(notice(Tone::Done, "It was asked. Once it accepts, its log is read from the beginning."));
    }
    if asked.text("read") == "1" {
        notices
            .push(notice(Tone::Done, "Its log is read again from the beginning; load this page again to see how far it is."));
    }
    if asked.text("trusted") == "1" {
        notices.push(notice(Tone::Done, "The policy names it now; the listings follow within a second."));
    }
    if let Ok(statements) = asked.text("ended").parse::<u64>() {
        notices.push(notice(
            Tone::Done,
            format!("It is followed no longer; {} of its statements stopped counting.", grouped(statements)),
        ));
    }
    if shown.equivocations > 0 {
        let text = format!(
            "Under {} of its ids it said two different things; the first of each is kept.",
            grouped(shown.equivocations)
        );
        notices.push(notice(Tone::Danger, text));
    }
    notices
}

/// Policies it revised, by their pages there; a record's id ends with the revision.
fn policies(arrived: &Arrived) -> Vec<Link> {
    let mut all: Vec<Link> = Vec::new();
    for row in arrived.latest.iter().filter(|row| row.kind == "PolicyRevision" && is_web(&row.author)) {
        let slug = row.author.rsplit('/').next().unwrap_or(&row.author);
        let link = Link::new(slug, &row.author);
        if !all.contains(&link) {
            all.push(link);
        }
    }
    all
}

fn auditor(author: &str, audits: u64) -> PeerAuditor {
    PeerAuditor { name: Link::new(shown_author(author), page_there(author)), audits }
}

/// `brook@pier.example` for an actor's address.
pub fn shown_author(uri: &str) -> String {
    let name = uri.trim_end_matches('/').rsplit('/').next().unwrap_or(uri);
    format!("{name}@{}", host_of(uri))
}

fn statement(visit: &Visit, row: &ArrivedRow) -> StatementRow {
    let record: serde_json::Value = row.record.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    StatementRow {
        kind: Link::new(&row.kind, page_there(page_of_record(&row.uri))),
        about: about(row, &record),
        author: shown_author(&row.author),
        published: when(visit.now, row.published_at),
        via: match row.via {
            Via::Log => "by its log",
            Via::Post => "by post",
            Via::Fetch | Via::Own => "fetched",
        }
        .to_owned(),
        leaf: row.leaf.and_then(|leaf| u64::try_from(leaf).ok()),
        withdrawn: row.withdrawn_at.is_some(),
    }
}

/// What a statement is about: a release, a package, a policy, or another statement.
pub fn about(row: &ArrivedRow, record: &serde_json::Value) -> Link {
    let text = |name: &str| record.get(name).and_then(serde_json::Value::as_str);
    if let Some(release) = text("release").and_then(|release| links::artifact_of(release, "").ok()).map(|one| one.release) {
        return Link::new(links::said(&release), links::release(&release));
    }
    if let Some(package) = &row.package {
        return Link::new(package.name().as_str(), links::package(package));
    }
    match (row.kind.as_str(), text("slug"), text("object")) {
        ("PolicyRevision", Some(slug), _) => Link::plain(format!("the policy {slug}")),
        (_, _, Some(object)) => Link::plain(object),
        _ if row.record.is_none() => Link::plain("its text was erased"),
        _ => Link::plain("a kind that is not understood here"),
    }
}

/// What each policy makes of it.
fn effects(visit: &Visit, host: &str) -> Vec<PeerEffect> {
    let effect = |adopted: &std::sync::Arc<vetmoot_workflows::policy::book::Adopted>| {
        let rule = adopted.policy.imports().iter().find(|rule| rule.name == host);
        PeerEffect {
            policy: links::policy_link(adopted),
            counts: rule.map(|rule| format!("as {}, level {}", rule.organisation, rule.level)),
            text: match rule {
                Some(_) => "Its audits stand among the reasons of what they admit.".to_owned(),
                None => "The policy does not name it.".to_owned(),
            },
        }
    };
    visit.ctx.book.all().iter().map(effect).collect()
}

fn log(visit: &Visit, shown: &Shown, arrived: &Arrived) -> Option<PeerLog> {
    let (vkey, note) = arrived.log.clone()?;
    let (read, total) = shown.progress().unwrap_or((shown.leaves, shown.leaves));
    Some(PeerLog {
        vkey,
        size: total,
        read,
        checked: shown.row.checked_at.map(|at| when(visit.now, at)),
        next: shown.row.next_check_at.map(|at| when(visit.now, at)),
        checkpoint: note.unwrap_or_default(),
    })
}
