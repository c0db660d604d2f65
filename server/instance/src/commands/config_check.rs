//! `config check`: what the settings come to, with secrets left out.

use std::process::ExitCode;

use crate::config::Settings;

/// Prints the settings; they were read without an error, or this would not run.
pub fn run(settings: &Settings, json: bool) -> anyhow::Result<ExitCode> {
    let upstreams: serde_json::Map<String, serde_json::Value> =
        settings.upstreams.iter().map(|(ecosystem, url)| (ecosystem.to_string(), url.as_str().into())).collect();
    let shown = serde_json::json!({
        "data": settings.data,
        "listen": settings.listen.to_string(),
        "domain": settings.domain,
        "database": settings.database.as_deref().map_or("SQLite in the data folder", |_| "as configured"),
        "blobs": settings.blobs,
        "blobs_max": settings.blobs_max,
        "upstream": upstreams,
        "trusted_proxy": settings.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "reserved": settings.reserved_count,
        "federation_insecure": settings.federation_insecure,
        "metrics": settings.metrics.map(|address| address.to_string()),
    });
    if json {
        println!("{shown}");
        return Ok(ExitCode::SUCCESS);
    }
    for (key, value) in shown.as_object().into_iter().flatten() {
        println!("{key:20} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    println!("The configuration can be used.");
    Ok(ExitCode::SUCCESS)
}
