//! `serve`: runs the instance until it is told to stop, then lets answers under way finish.

use std::process::ExitCode;
use std::sync::Arc;

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use vetmoot_domain::Home;
use vetmoot_workflows::instance::first_start;
use vetmoot_workflows::submission::project;

use crate::config::Settings;
use crate::{routes, start, workers};

/// Seconds that answers under way get after a signal to stop.
const DRAIN_SECONDS: u64 = 30;

/// Runs the server.
pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let ctx = start::context(&settings).await?;
    homes(&ctx).await?;
    let first = first_start::prepare(&ctx).await?;
    let _workers = workers::start(&ctx, settings.blobs_max);
    let _federation = vetmoot_federation::Workers::start(&ctx);
    let pages = Arc::new(vetmoot_web::Pages::new(routes::about(&settings))?);
    let app_ctx = ctx.clone();
    let server = HttpServer::new(move || {
        let (ctx, pages) = (app_ctx.clone(), pages.clone());
        App::new().configure(move |config| routes::routes(config, &ctx, &pages))
    })
    .shutdown_timeout(DRAIN_SECONDS)
    .bind(settings.listen)
    .with_context(|| format!("cannot listen on {}; is another program there?", settings.listen))?;
    let metrics = settings.metrics.map(|address| metrics(&ctx, address)).transpose()?;
    greet(&ctx, &settings, &first);
    let running = server.run();
    match metrics {
        Some(metrics) => {
            let (served, _) = tokio::join!(running, metrics);
            served?;
        }
        None => running.await?,
    }
    tracing::info!("stopped; everything acknowledged is on disk");
    Ok(ExitCode::SUCCESS)
}

/// A package of the community's own whose name is not reserved would be asked for upstream, where anybody may have it: such a
/// start is refused before a client is answered. One that is no longer to be forwarded is told, and is not.
async fn homes(ctx: &vetmoot_workflows::Ctx) -> anyhow::Result<()> {
    let (ours, official): (Vec<_>, Vec<_>) =
        project::homeless(ctx).await?.into_iter().partition(|(row, _)| row.home == Home::Community);
    for (row, problem) in official {
        tracing::warn!(package = %row.package, code = problem.code, "{}", problem.text);
    }
    match ours.first() {
        Some((_, problem)) => anyhow::bail!("reserved.names: {}", problem.text),
        None => Ok(()),
    }
}

fn metrics(ctx: &vetmoot_workflows::Ctx, address: std::net::SocketAddr) -> anyhow::Result<actix_web::dev::Server> {
    let mut registry = Registry::default();
    ctx.metrics.register(&mut registry);
    let registry = web::Data::new(registry);
    let server = HttpServer::new(move || {
        App::new().app_data(registry.clone()).route(
            "/metrics",
            web::get().to(|registry: web::Data<Registry>| async move {
                let mut text = String::new();
                match encode(&mut text, &registry) {
                    Ok(()) => {
                        HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text)
                    }
                    Err(_) => HttpResponse::InternalServerError().finish(),
                }
            }),
        )
    });
    let server =
        server.workers(1).disable_signals().bind(address).with_context(|| format!("cannot listen on {address} for metrics"))?;
    Ok(server.run())
}

fn greet(ctx: &vetmoot_workflows::Ctx, settings: &Settings, first: &first_start::Prepared) {
    let base = ctx.base_url.as_str();
    println!("Vetmoot listens on {} and calls itself {base}", settings.listen);
    for adopted in ctx.book.all() {
        println!("  policy {:16} {base}/policies/{}", adopted.slug, adopted.slug);
    }
    if ctx.domain.is_none() {
        println!("This is a trial: without --domain, statements count here and carry no proof.");
    }
    if settings.federation_insecure {
        println!("Federation is insecure: http, ports and loopback peers are allowed.");
    }
    if let Some(link) = &first.link {
        println!("Sign in as the first admin (once, within a day): {link}");
    }
    println!("Set-up lines for cargo, pip, uv and npm: {base}/policies/cooldown#set-up");
}
