//! `/api/v1/federation`: the other servers known here, and where an activity went.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_workflows::delivery::ledger::LedgerRow;
use vetmoot_workflows::delivery::peers::{Peer, host_of};
use vetmoot_workflows::member::token::Scope;
use vetmoot_workflows::{Ctx, Kind, Origin, Problem, delivery};

use crate::{problem, session};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/federation/peers", web::get().to(peers))
        .route("/api/v1/federation/deliveries", web::get().to(deliveries));
}

async fn peers(ctx: web::Data<Ctx>) -> HttpResponse {
    match delivery::peers(&ctx).await {
        Ok(peers) => HttpResponse::Ok().json(peers.iter().map(peer).collect::<Vec<_>>()),
        Err(problem) => problem::json(&problem),
    }
}

fn peer(peer: &Peer) -> Value {
    json!({
        "host": peer.host, "software": peer.software, "state": peer.state, "queue": peer.queue, "last_in": peer.last_in,
        "last_out": peer.last_out, "last_error": peer.last_error, "following": peer.following,
        "followed_by": peer.followed_by, "paused": peer.paused, "failing_since": peer.failing_since,
        "next_try": peer.next_try,
    })
}

#[derive(Deserialize)]
struct Asked {
    activity: String,
}

async fn deliveries(ctx: web::Data<Ctx>, request: HttpRequest, asked: web::Query<Asked>) -> HttpResponse {
    let found = async {
        let origin = reader(&ctx, &request).await?;
        delivery::ledger_for(&ctx, &origin, &asked.activity).await
    };
    match found.await {
        Ok(ledger) => HttpResponse::Ok().json(ledger.rows.iter().map(row).collect::<Vec<_>>()),
        Err(problem) => problem::json(&problem),
    }
}

/// Who asks: by a token for audits, or one for operating the instance.
async fn reader(ctx: &Ctx, request: &HttpRequest) -> Result<Origin, Problem> {
    match session::for_api(ctx, request, Scope::Audit).await {
        Err(problem) if problem.kind == Kind::Forbidden => session::for_api(ctx, request, Scope::Admin).await,
        answered => answered,
    }
}

fn row(row: &LedgerRow) -> Value {
    json!({
        "host": host_of(&row.origin), "inbox": row.inbox, "state": row.state, "tries": row.tries,
        "last_error": row.last_error, "next_try": row.next_at, "sent_at": row.sent_at,
    })
}
