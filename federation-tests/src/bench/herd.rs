//! Many clients that want a file nobody has yet: it is fetched once, and everybody follows it as it comes.

use anyhow::ensure;

use super::limits::{HEAVY_BYTES, HERD};
use super::row::{megabytes, time};
use super::stage::memory;
use super::upstream::HEAVY;
use super::{Measured, Row, Stage, raw};

/// One client alone takes one release, then all of them another one.
pub fn measure(stage: &mut Stage) -> Measured {
    let site = stage.site()?;
    let alone = raw::get(&site.crate_file(HEAVY, "1.0.0"), "")?;
    let before = memory(site.instance.id(), "VmRSS")?;
    let (took, answers) = raw::together(&site.crate_file(HEAVY, "1.1.0"), "", HERD)?;
    let size = u64::try_from(HEAVY_BYTES)?;
    ensure!(answers.iter().all(|got| got.bytes >= size), "somebody got less than the file");
    let requests = site.index.asked_for(HEAVY, "1.1.0");
    let sent = f64::from(u32::try_from(HERD * HEAVY_BYTES / 1_000_000)?) / 1e3;
    let beside = format!(
        "last client done after {} ({:.2} GB/s), one client alone {}; memory {} before, at most {}",
        time(took),
        sent / took.as_secs_f64(),
        time(alone.took),
        megabytes(before),
        megabytes(memory(site.instance.id(), "VmHWM")?)
    );
    let what = format!("upstream requests for {HERD} clients of one uncached file of 50 MB");
    Ok(vec![Row::new(&what, &requests.to_string(), "exactly 1", requests == 1).beside(beside)])
}
