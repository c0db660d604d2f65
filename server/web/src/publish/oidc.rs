//! The exchange of a CI's OpenID Connect identity for a short token, in each client's own form.
//!
//! `twine` and `uv` ask below the root of the upload's host, and npm asks there too whatever path its registry has, so these
//! addresses are served at the root and below the doors.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::json;
use vetmoot_domain::{Ecosystem, Package};
use vetmoot_workflows::submission::oidc::{self, Minted};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::auth;
use crate::problem;

/// Adds the door.
pub fn routes(config: &mut web::ServiceConfig) {
    for base in ["", "/publish/pypi"] {
        config
            .route(&format!("{base}/_/oidc/audience"), web::get().to(audience))
            .route(&format!("{base}/_/oidc/mint-token"), web::post().to(mint_python))
            // What the official index's action asked before every issuer had one address.
            .route(&format!("{base}/_/oidc/github/mint-token"), web::post().to(mint_python))
            .route(&format!("{base}/_/oidc/burn-token"), web::post().to(burn));
    }
    for base in ["", "/publish/npm"] {
        config.route(&format!("{base}/-/npm/v1/oidc/token/exchange/package/{{name:.*}}"), web::post().to(mint_npm));
    }
    // The official index takes both methods: its own action puts, other clients post.
    let tokens = "/publish/cargo/api/v1/trusted_publishing/tokens";
    config
        .route(tokens, web::put().to(mint_cargo))
        .route(tokens, web::post().to(mint_cargo))
        .route(tokens, web::delete().to(give_back));
}

/// `GET /_/oidc/audience`: which audience an identity has to name.
async fn audience(ctx: web::Data<Ctx>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "audience": oidc::audience(&ctx) }))
}

#[derive(Deserialize)]
struct PythonBody {
    token: String,
}

/// `POST /_/oidc/mint-token {"token"}`, as the official Python index answers it.
async fn mint_python(ctx: web::Data<Ctx>, body: web::Bytes) -> HttpResponse {
    let minted = async {
        let body: PythonBody = serde_json::from_slice(&body).map_err(|_| unreadable("{\"token\": \"...\"}"))?;
        mint(&ctx, &body.token, None, Ecosystem::Pypi).await
    };
    match minted.await {
        Ok(minted) => {
            let expires = minted.expires_at.millis().div_euclid(1_000);
            HttpResponse::Ok().json(json!({ "success": true, "token": minted.token, "expires": expires }))
        }
        Err(problem) => python_error(&problem, "Token request failed"),
    }
}

/// `POST /_/oidc/burn-token {"token"}`: `uv` gives its token back when its last file is there.
async fn burn(ctx: web::Data<Ctx>, body: web::Bytes) -> HttpResponse {
    let burnt = async {
        let body: PythonBody = serde_json::from_slice(&body).map_err(|_| unreadable("{\"token\": \"...\"}"))?;
        oidc::give_back(&ctx, &body.token).await
    };
    match burnt.await {
        Ok(()) => HttpResponse::Accepted().json(json!({ "message": "Accepted" })),
        Err(problem) => python_error(&problem, "The token was not given back"),
    }
}

fn python_error(problem: &Problem, message: &str) -> HttpResponse {
    let status = problem::status(problem);
    problem::log(problem, status);
    // Clients print what stands in `errors`.
    let errors = json!([{ "code": problem.code, "description": problem.text }]);
    problem::begin(refusal(status), problem).json(json!({ "success": false, "message": message, "errors": errors }))
}

#[derive(Deserialize)]
struct CargoBody {
    jwt: String,
}

/// `PUT /api/v1/trusted_publishing/tokens {"jwt"}`, as the official crate index answers it.
async fn mint_cargo(ctx: web::Data<Ctx>, body: web::Bytes) -> HttpResponse {
    let minted = async {
        let body: CargoBody = serde_json::from_slice(&body).map_err(|_| unreadable("{\"jwt\": \"...\"}"))?;
        mint(&ctx, &body.jwt, None, Ecosystem::Cargo).await
    };
    match minted.await {
        Ok(minted) => HttpResponse::Ok().json(json!({ "token": minted.token })),
        Err(problem) => cargo_error(&problem),
    }
}

/// `DELETE /api/v1/trusted_publishing/tokens`: the action gives its token back when the job ends.
async fn give_back(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    let missing = || Problem::new(Kind::Unauthenticated, "no-token", "send the token that is given back");
    let given = async { oidc::give_back(&ctx, &auth::token(request.headers()).ok_or_else(missing)?).await };
    match given.await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(problem) => cargo_error(&problem),
    }
}

fn cargo_error(problem: &Problem) -> HttpResponse {
    let status = problem::status(problem);
    problem::log(problem, status);
    problem::begin(refusal(status), problem).json(json!({ "errors": [{ "detail": problem.text }] }))
}

/// `POST /-/npm/v1/oidc/token/exchange/package/NAME` with the identity as bearer token.
async fn mint_npm(ctx: web::Data<Ctx>, request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let minted = async {
        // The separator of a scope comes written out or not, depending on the client; it is decoded exactly once.
        let name = percent_decode_str(&name).decode_utf8_lossy().into_owned();
        let package = Package::new(Ecosystem::Npm, &name);
        let package = package.map_err(|error| Problem::not_found("bad-name", error.to_string()))?;
        let missing = || Problem::new(Kind::Unauthenticated, "no-token", "send the identity as `Authorization: Bearer`");
        let token = auth::token(request.headers()).ok_or_else(missing)?;
        mint(&ctx, &token, Some(&package), Ecosystem::Npm).await
    };
    match minted.await {
        Ok(minted) => {
            let (token, expires) = (minted.token, minted.expires_at);
            HttpResponse::Created().json(json!({ "token": token, "token_type": "oidc", "expires": expires }))
        }
        Err(problem) => {
            let status = problem::status(&problem);
            problem::log(&problem, status);
            problem::begin(refusal(status), &problem).json(json!({ "message": problem.text, "error": problem.text }))
        }
    }
}

/// A token for a project of the door's own ecosystem; an identity that is trusted for another one is of no use here.
async fn mint(ctx: &Ctx, token: &str, wanted: Option<&Package>, ecosystem: Ecosystem) -> Result<Minted, Problem> {
    oidc::mint(ctx, token, oidc::Wanted { package: wanted, ecosystem }).await
}

/// Clients repeat what answers 5xx, and an identity is not the worse for an issuer that is silent: 503 says so.
fn refusal(status: StatusCode) -> StatusCode {
    if status == StatusCode::BAD_GATEWAY { StatusCode::SERVICE_UNAVAILABLE } else { status }
}

fn unreadable(form: &str) -> Problem {
    Problem::invalid("bad-json", "body", format!("the body is `{form}`"))
}
