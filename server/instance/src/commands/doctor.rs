//! `doctor`: what is wrong or missing, each with the step that mends it.

use std::process::ExitCode;

use vetmoot_workflows::instance::doctor::{self, Health};

use crate::config::Settings;
use crate::start;

/// Runs every check; exits with 1 when one failed.
pub async fn run(settings: Settings, json: bool) -> anyhow::Result<ExitCode> {
    let ctx = start::context(&settings).await?;
    let findings = doctor::examine(&ctx, settings.federation_insecure).await;
    let failed = findings.iter().any(|finding| finding.health == Health::Fail);
    if json {
        println!("{}", serde_json::to_string(&findings)?);
    } else {
        for finding in &findings {
            println!("{:4} {:24} {}", finding.health.word(), finding.what, finding.text);
            if let Some(fix) = &finding.fix {
                println!("     {:24} -> {fix}", "");
            }
        }
    }
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
