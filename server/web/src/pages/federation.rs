//! `/admin/federation`: queues of other servers, what came in, what could not be applied, and keys.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::Role;
use vetmoot_frontend::pages::federation::{Federation as Page, OutcomeRow, OwnerKeys, PoisonRow, QueueRow};
use vetmoot_frontend::parts::{Link, Notice, Pager, PeerState, Tone};
use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::delivery::peers::{Peer, Status};
use vetmoot_workflows::delivery::tend::Queue;
use vetmoot_workflows::{Origin, Problem, delivery, inbox};

use super::fediverse::peer_state;
use super::fields::Fields;
use super::links::query;
use super::moment::{counted, number, sentence, when};
use super::visit::{Visit, notice, see_other};
use crate::limits::{PAGE_ROWS, POISON_ROWS};

const PATH: &str = "/admin/federation";
const PEERS: &str = "/admin/federation/peers";
const REPLAY: &str = "/admin/federation/replay";
const ROTATE: &str = "/admin/federation/rotate";

/// What can become of an item, as counters name it.
const OUTCOMES: [&str; 5] = ["applied", "already-seen", "unknown", "refused", "retry"];

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route(PATH, super::reads().to(page))
        .route(PEERS, web::post().to(tend))
        .route(REPLAY, web::post().to(replay))
        .route(ROTATE, web::post().to(rotate));
}

async fn page(visit: Visit, request: HttpRequest) -> HttpResponse {
    let page = show(&visit, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn tend(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = take_tend(&visit, &Fields::new(form.into_inner())).await;
    visit.answer(page)
}

async fn replay(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = take_replay(&visit, &Fields::new(form.into_inner())).await;
    visit.answer(page)
}

async fn rotate(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = take_rotate(&visit, &Fields::new(form.into_inner())).await;
    visit.answer(page)
}

fn admin(visit: &Visit) -> Result<&Origin, Problem> {
    visit.required_role(&[Role::Admin], "admins")
}

async fn take_tend(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = admin(visit)?;
    let (ctx, host) = (&visit.ctx, fields.text("host"));
    match fields.text("do") {
        "retry" => delivery::retry(ctx, member, host).await?,
        "pause" => delivery::pause(ctx, member, host).await?,
        "resume" => delivery::resume(ctx, member, host).await?,
        "reset" => delivery::reset(ctx, member, host, Queue::Send).await?,
        "drop" => delivery::reset(ctx, member, host, Queue::Drop).await?,
        _ => return Err(Problem::invalid("no-such-step", "do", "choose retry, pause, resume, reset or drop")),
    };
    Ok(see_other(&format!("{PATH}?done={}&host={}", query(fields.text("do")), query(host))))
}

async fn take_replay(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    admin(visit)?;
    let gone = || Problem::not_found("no-such-item", "there is no such item; it may have been applied meanwhile");
    let row = fields.text("item").parse().map_err(|_| gone())?;
    match inbox::replay(&visit.ctx, Some(row)).await? {
        0 => Err(gone()),
        _ => Ok(see_other(&format!("{PATH}?done=replay"))),
    }
}

async fn take_rotate(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = admin(visit)?;
    let nobody = || Problem::not_found("unknown-actor", "there is no such actor");
    let local: LocalActor = fields.text("owner").parse().map_err(|_| nobody())?;
    actor::rotate(&visit.ctx, member, &local).await?;
    Ok(see_other(&format!("{PATH}?done=rotate")))
}

async fn show(visit: &Visit, asked: &Fields) -> Result<HttpResponse, Problem> {
    admin(visit)?;
    let status = delivery::status(&visit.ctx).await?;
    let mut peers = delivery::peers(&visit.ctx).await?;
    peers.sort_by(|a, b| (rank(a), b.queue, &a.host).cmp(&(rank(b), a.queue, &b.host)));
    let poison = inbox::poisoned(&visit.ctx, POISON_ROWS).await?;
    let (rows, pager) = queue_rows(visit, &peers, asked.text("after"));
    let page = Page {
        sentence: said(&status, poison.len()),
        notices: notices(visit, asked),
        peers: rows,
        pager,
        peer_action: PEERS.to_owned(),
        poison: poison.into_iter().map(|row| poison_row(visit, row)).collect(),
        replay_action: REPLAY.to_owned(),
        outcomes: outcomes(visit),
        keys: keys(visit).await?,
        rotate_action: ROTATE.to_owned(),
    };
    let mut shell = visit.shell("Federation", vec![Link::plain("Federation")]);
    shell.noindex = true;
    visit.page(&shell, &page)
}

/// Those with trouble stand first.
fn rank(peer: &Peer) -> u8 {
    match peer_state(peer.state) {
        PeerState::Dead => 0,
        PeerState::Slow => 1,
        PeerState::Ok if peer.paused || peer.queue > 0 => 2,
        PeerState::Ok => 3,
        PeerState::Blocked => 4,
    }
}

fn queue_rows(visit: &Visit, peers: &[Peer], after: &str) -> (Vec<QueueRow>, Pager) {
    let start = match after {
        "" => 0,
        after => peers.iter().position(|peer| peer.host == after).map_or(0, |place| place + 1),
    };
    let shown: Vec<&Peer> = peers.iter().skip(start).take(PAGE_ROWS).collect();
    let more = start + shown.len() < peers.len();
    let pager = Pager {
        shown: shown.len() as u64,
        total: Some(peers.len() as u64),
        previous: (start > 0).then(|| PATH.to_owned()),
        next: shown.last().filter(|_| more).map(|last| format!("{PATH}?after={}", query(&last.host))),
    };
    let row = |peer: &Peer| QueueRow {
        host: peer.host.clone(),
        software: peer.software.clone(),
        state: peer_state(peer.state),
        queue: peer.queue,
        last_in: peer.last_in.map(|at| when(visit.now, at)),
        last_out: peer.last_out.map(|at| when(visit.now, at)),
        error: peer.last_error.clone(),
        next: peer.next_try.filter(|at| *at > visit.now).map(|at| when(visit.now, at)),
        paused: peer.paused,
    };
    (shown.into_iter().map(row).collect(), pager)
}

fn poison_row(visit: &Visit, row: inbox::PoisonRow) -> PoisonRow {
    PoisonRow {
        id: row.id.to_string(),
        kind: row.kind,
        actor: row.actor,
        received: when(visit.now, row.received_at),
        tries: row.tries.into(),
        detail: row.detail.unwrap_or_else(|| "no reason was kept".to_owned()),
    }
}

fn outcomes(visit: &Visit) -> Vec<OutcomeRow> {
    let counted = visit.ctx.metrics.applied(&OUTCOMES).into_iter().filter(|(_, count)| *count > 0);
    counted
        .map(|(outcome, count)| OutcomeRow { outcome: outcome.replace('-', " "), meaning: meaning(outcome), count })
        .collect()
}

fn meaning(outcome: &str) -> String {
    match outcome {
        "applied" => "It changed something here.",
        "already-seen" => "What it says was known.",
        "unknown" => "It is of a kind that is not understood here; that is no fault.",
        "refused" => "It was not believed, or not allowed.",
        _ => "Something it needs was missing; it is tried again.",
    }
    .to_owned()
}

fn said(status: &Status, poison: usize) -> String {
    if !status.on {
        return "This is a trial: no domain is set, so there is no federation.".to_owned();
    }
    let counts = |count: u64, noun: &str| counted(usize::try_from(count).unwrap_or(usize::MAX), noun);
    let mut trouble = Vec::new();
    if status.dead > 0 {
        let does = if status.dead == 1 { "does" } else { "do" };
        trouble.push(format!("{} {does} not answer", counts(status.dead, "server")));
    }
    if poison > 0 {
        trouble.push(format!("{} could not be applied", counted(poison, "message")));
    }
    let waiting = match status.queue {
        0 => "nothing waits to be sent".to_owned(),
        1 => "one delivery waits".to_owned(),
        many => format!("{} deliveries wait", number(usize::try_from(many).unwrap_or(usize::MAX))),
    };
    trouble.push(waiting);
    sentence(&format!("{}; {}", counts(status.hosts, "server") + " known", trouble.join(", ")))
}

fn notices(visit: &Visit, asked: &Fields) -> Vec<Notice> {
    let mut notices = Vec::new();
    let host = vetmoot_frontend::tame(asked.text("host"));
    let done = match asked.text("done") {
        "retry" => Some(format!("What waits for {host} is tried now.")),
        "pause" => Some(format!("Nothing is sent to {host} until it is resumed.")),
        "resume" => Some(format!("Sending to {host} goes on.")),
        "reset" => Some(format!("The failures of {host} are forgotten and what waits is sent.")),
        "drop" => Some(format!("What waited for {host} was given up.")),
        "replay" => Some("The message is applied again now.".to_owned()),
        "rotate" => Some("A new key signs from now on; the old one stays in the actor document with its time.".to_owned()),
        _ => None,
    };
    notices.extend(done.map(|text| notice(Tone::Done, text)));
    if visit.about().insecure {
        notices.push(notice(
            Tone::Danger,
            "Federation is insecure: plain http, ports and peers on this machine are allowed. Start the server without \
             --federation-insecure for anything but trials.",
        ));
    }
    notices
}

/// The keys of those who speak for the community as a whole, and one's own.
async fn keys(visit: &Visit) -> Result<Vec<OwnerKeys>, Problem> {
    if visit.ctx.domain.is_none() {
        return Ok(Vec::new());
    }
    let mut owners = vec![(LocalActor::Community, "the community"), (LocalActor::Instance, "the server")];
    if let Some(adopted) = visit.ctx.book.all().first() {
        owners.push((LocalActor::Policy(adopted.slug.clone()), "every policy and package"));
    }
    if let Some(Origin::Member { name, .. }) = &visit.member {
        owners.push((LocalActor::Person(name.clone()), "you"));
    }
    let mut rows = Vec::new();
    for (local, whose) in owners {
        let keys = actor::keys_of(&visit.ctx, &local).await?;
        let current = keys.statements.iter().rev().find(|key| key.until.is_none());
        rows.push(OwnerKeys {
            owner: local.to_string(),
            whose: whose.to_owned(),
            id: keys.http.id,
            statement: current.map(|key| key.key.to_string()),
            retired: keys.statements.iter().filter(|key| key.until.is_some()).count() as u64,
        });
    }
    Ok(rows)
}
