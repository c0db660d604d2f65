//! What an instance costs that nobody asks anything: memory, and time until it answers.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::limits::{IDLE_BYTES, START, STARTS};
use super::row::{megabytes, middle};
use super::stage::memory;
use super::{Measured, Row, Stage};

/// Starts the instance again and again on its data; asks it for readiness and a page, and looks at its memory.
pub fn measure(stage: &mut Stage) -> Measured {
    let site = stage.site()?;
    let mut times = Vec::new();
    let mut idle = Vec::new();
    let mut peak = 0;
    for _ in 0..STARTS {
        site.instance.kill();
        let begin = Instant::now();
        site.instance.restart();
        times.push(begin.elapsed());
        idle.push(resident(site)?);
        ensure!(site.instance.get("/livez").status == 200, "the instance does not answer");
        peak = peak.max(memory(site.instance.id(), "VmHWM")?);
    }
    let bytes = middle(&mut idle);
    let bound = format!("< {}", megabytes(IDLE_BYTES));
    let names = super::limits::NAMES;
    Ok(vec![
        Row::new("memory of an idle instance", &megabytes(bytes), &bound, bytes < IDLE_BYTES)
            .beside(format!("{names} names known; at most {} since the start", megabytes(peak))),
        Row::below("start to first answer", middle(&mut times), START)
            .beside(format!("{names} names known; looked at every 25 ms")),
    ])
}

fn resident(site: &super::stage::Site) -> Result<u64> {
    memory(site.instance.id(), "VmRSS")
}
