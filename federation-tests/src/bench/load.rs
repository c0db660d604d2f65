//! wrk: as many requests as a server answers, over connections that stay open.

use anyhow::{Context as _, Result, ensure};

use super::limits::{ROUND_SECONDS, ROUNDS};
use super::row::middle;
use super::stage::program;

/// What a server did under load.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Load {
    /// Requests answered each second.
    pub requests: f64,
    /// Bytes sent each second, heads included.
    pub bytes: f64,
}

/// Two servers that took turns under the same load.
#[derive(Debug, Clone, Copy)]
pub struct Turns {
    /// The middle of what ours did.
    pub ours: Load,
    /// The middle of what the peer did.
    pub peer: Load,
    /// The middle of the rounds' ratios.
    pub share: f64,
}

/// Puts load on one address with 32 connections of one thread, with header lines that each question carries.
pub fn on(url: &str, headers: &[&str]) -> Result<Load> {
    let mut command = program("wrk")?;
    command.args(["-t1", "-c32", &format!("-d{ROUND_SECONDS}s"), "--timeout", "20s"]);
    for header in headers {
        command.args(["-H", header]);
    }
    let output = command.arg(url).output().context("wrk cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "wrk: {text}{}", String::from_utf8_lossy(&output.stderr));
    ensure!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "not every answer was good: {text}");
    let value = |label: &str| text.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
    let requests = value("Requests/sec:").and_then(|number| number.parse().ok()).context("wrk counts no requests")?;
    let bytes = value("Transfer/sec:").and_then(size).context("wrk counts no bytes")?;
    Ok(Load { requests, bytes })
}

/// Lets both servers take turns, the peer first, so that what else the machine does meets both.
pub fn turns(ours: (&str, &[&str]), peer: (&str, &[&str])) -> Result<Turns> {
    // Once for each without counting: files, caches and connections are warm from then on.
    on(peer.0, peer.1)?;
    on(ours.0, ours.1)?;
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        let (peer, ours) = (on(peer.0, peer.1)?, on(ours.0, ours.1)?);
        eprintln!("  {:.0} requests/s, the peer {:.0}", ours.requests, peer.requests);
        all.push((ours, peer, ours.requests / peer.requests));
    }
    let mut ours: Vec<Load> = all.iter().map(|(ours, ..)| *ours).collect();
    let mut peer: Vec<Load> = all.iter().map(|(_, peer, _)| *peer).collect();
    let mut shares: Vec<f64> = all.iter().map(|(.., share)| *share).collect();
    Ok(Turns { ours: middle(&mut ours), peer: middle(&mut peer), share: middle(&mut shares) })
}

/// A size as wrk writes it: `1.25GB`, in powers of 1024.
fn size(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text.get(digits.len()..)? {
        "B" => 1.0,
        "KB" => 1024.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(digits.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_read_as_wrk_writes_them() {
        assert_eq!(size("512.00B"), Some(512.0));
        assert_eq!(size("2.00GB"), Some(2_147_483_648.0));
        assert_eq!(size("fast"), None);
    }
}
