//! `/peers`: the communities that are followed, the servers the followers are on, and logs that contradicted themselves.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_frontend::pages::imports::Progress;
use vetmoot_frontend::pages::peers::{FollowedRow, Peers as Page, ServerRow};
use vetmoot_frontend::parts::{FollowState, Link, Notice, Pager, Tone};
use vetmoot_workflows::delivery::peers::Peer;
use vetmoot_workflows::follow::{self, Shown};
use vetmoot_workflows::{Problem, delivery, moderation};

use super::fediverse::{follow_state, forks, peer_state};
use super::fields::Fields;
use super::follow::{PATH as NEW, STEWARDS};
use super::links;
use super::moderation::sentence_of;
use super::moment::{counted, sentence, when};
use super::visit::{Visit, notice};
use crate::limits::PAGE_ROWS;

/// Adds the route.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/peers", super::reads().to(list));
}

async fn list(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = show(&visit, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn show(visit: &Visit, asked: &Fields) -> Result<HttpResponse, Problem> {
    let followed = follow::list(&visit.ctx).await?;
    let peers = delivery::peers(&visit.ctx).await?;
    let (servers, pager) = servers(visit, &peers, asked.text("after"));
    let page = Page {
        sentence: said(visit, &followed, &peers),
        notices: notices(visit),
        new_href: (visit.has(&STEWARDS) && visit.ctx.domain.is_some()).then(|| NEW.to_owned()),
        followed: followed.iter().map(|shown| row(visit, shown, &peers)).collect(),
        servers,
        pager,
        forks: forks(visit, None).await?,
        mode: sentence_of(moderation::mode(&visit.ctx)).to_owned(),
        moderation_href: "/moderation".to_owned(),
    };
    let mut shell = visit.shell("Peers", vec![Link::plain("Peers")]);
    shell.description = Some(page.sentence.clone());
    visit.page(&shell, &page)
}

fn notices(visit: &Visit) -> Vec<Notice> {
    let text = "This is a trial: no domain is set, so it speaks with no other server.";
    if visit.ctx.domain.is_none() { vec![notice(Tone::Info, text)] } else { Vec::new() }
}

fn said(visit: &Visit, followed: &[Shown], peers: &[Peer]) -> String {
    let live = followed.iter().filter(|shown| follow_state(shown.row.state.as_str()) == FollowState::Accepted).count();
    let on = peers.iter().filter(|peer| peer.followed_by > 0).count();
    if visit.ctx.domain.is_none() {
        return "A trial speaks with nobody.".to_owned();
    }
    let ours = match live {
        0 => "no community is followed here".to_owned(),
        1 => "one community is followed here".to_owned(),
        many => format!("{} communities are followed here", super::moment::number(many)),
    };
    let theirs = if on == 0 {
        "nobody elsewhere follows this one yet".to_owned()
    } else {
        format!("followers are on {}", counted(on, "server"))
    };
    sentence(&format!("{ours}, and {theirs}"))
}

/// One following as lists show it.
fn row(visit: &Visit, shown: &Shown, peers: &[Peer]) -> FollowedRow {
    let row = &shown.row;
    let peer = peers.iter().find(|peer| peer.origin == row.origin);
    FollowedRow {
        name: Link::new(&row.name, links::peer(&row.source)),
        handle: format!("@{}", row.handle),
        software: peer.and_then(|peer| peer.software.clone()),
        state: peer.map(|peer| peer_state(peer.state)).unwrap_or_default(),
        follow: follow_state(row.state.as_str()),
        progress: progress(shown),
        statements: shown.statements,
        last_in: peer.and_then(|peer| peer.last_in).max(row.checked_at).map(|at| when(visit.now, at)),
        error: row.last_error.clone(),
    }
}

/// How far its log was read; none when all of it was, or nothing is known of it.
pub fn progress(shown: &Shown) -> Option<Progress> {
    let (done, total) = shown.progress().filter(|(done, total)| done < total)?;
    let text = format!("{} of {} statements", grouped(done), grouped(total));
    Some(Progress { done, total: Some(total), text })
}

/// A number with commas.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let places = digits.len();
    let letter = |(at, digit): (usize, char)| {
        let comma = at > 0 && (places - at).is_multiple_of(3);
        comma.then_some(',').into_iter().chain(std::iter::once(digit))
    };
    digits.chars().enumerate().flat_map(letter).collect()
}

fn servers(visit: &Visit, peers: &[Peer], after: &str) -> (Vec<ServerRow>, Pager) {
    let start = match after {
        "" => 0,
        after => peers.iter().position(|peer| peer.host == after).map_or(0, |place| place + 1),
    };
    let shown: Vec<&Peer> = peers.iter().skip(start).take(PAGE_ROWS).collect();
    let more = start + shown.len() < peers.len();
    let pager = Pager {
        shown: shown.len() as u64,
        total: Some(peers.len() as u64),
        previous: (start > 0).then(|| "/peers".to_owned()),
        next: shown.last().filter(|_| more).map(|last| format!("/peers?after={}", links::query(&last.host))),
    };
    let row = |peer: &Peer| ServerRow {
        host: peer.host.clone(),
        software: peer.software.clone(),
        state: peer_state(peer.state),
        followers: peer.followed_by,
        last_in: peer.last_in.map(|at| when(visit.now, at)),
        last_out: peer.last_out.map(|at| when(visit.now, at)),
    };
    (shown.into_iter().map(row).collect(), pager)
}
