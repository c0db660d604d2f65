//! The transparency log over HTTP: checkpoint, tiles (C2SP tlog-tiles), statements in bulk, and the key.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use vetmoot_domain::log::Tile;
use vetmoot_workflows::{Ctx, Problem, log};

use crate::limits::{LOG_FRESH_S, LOG_FULL_TILE_S, LOG_STATEMENTS_USUAL};
use crate::objects::problem;

/// Adds the routes of the log.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/log/checkpoint", web::get().to(checkpoint))
        .route("/log/key", web::get().to(key))
        .route("/log/statements", web::get().to(statements))
        .route("/log/{tile:tile/.+}", web::get().to(tile));
}

/// `GET /log/checkpoint`: what the log is now, signed.
async fn checkpoint(ctx: web::Data<Ctx>) -> HttpResponse {
    answer(log::checkpoint(&ctx).await.map(String::into_bytes), "text/plain; charset=utf-8", LOG_FRESH_S)
}

/// `GET /log/key`: the key that verifies checkpoints, on one line.
async fn key(ctx: web::Data<Ctx>) -> HttpResponse {
    let line = log::vkey(&ctx).await.map(|key| format!("{key}\n").into_bytes());
    answer(line, "text/plain; charset=utf-8", LOG_FRESH_S)
}

/// `GET /log/tile/...`: hashes of the tree, or entries of leaves.
async fn tile(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    let path = request.match_info().query("tile");
    let Ok(tile) = path.parse::<Tile>() else {
        return problem(&Problem::not_found("no-such-tile", "this is the path of no tile; see C2SP tlog-tiles"));
    };
    // A partial tile does not change either, but its log soon has a wider one.
    let kept_s = if tile.is_full() { LOG_FULL_TILE_S } else { LOG_FRESH_S };
    answer(log::tile(&ctx, &tile).await, "application/octet-stream", kept_s)
}

/// What a request for statements says.
#[derive(Debug, Deserialize)]
struct Piece {
    from: Option<u64>,
    limit: Option<u64>,
}

/// `GET /log/statements?from=N&limit=M`: the statements behind leaves, in bulk.
async fn statements(ctx: web::Data<Ctx>, piece: Result<web::Query<Piece>, actix_web::Error>) -> HttpResponse {
    let Ok(piece) = piece else {
        return problem(&Problem::invalid("bad-number", "from", "`from` and `limit` are whole numbers"));
    };
    let (from, limit) = (piece.from.unwrap_or(0), piece.limit.unwrap_or(LOG_STATEMENTS_USUAL));
    answer(log::statements(&ctx, from, limit).await.map(String::into_bytes), "application/json", LOG_FRESH_S)
}

fn answer(found: Result<Vec<u8>, Problem>, kind: &'static str, kept_s: u32) -> HttpResponse {
    match found {
        Ok(body) => {
            let forever = if kept_s == LOG_FULL_TILE_S { ", immutable" } else { "" };
            HttpResponse::Ok()
                .insert_header((CACHE_CONTROL, format!("public, max-age={kept_s}{forever}")))
                .insert_header(("X-Content-Type-Options", "nosniff"))
                .content_type(kind)
                .body(body)
        }
        Err(trouble) => problem(&trouble),
    }
}
