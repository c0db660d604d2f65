//! The cheapest client there is: asks once on a connection of its own, counts what comes, keeps nothing it need not keep.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::limits::SILENCE;

/// An answer whose end was seen.
#[derive(Debug, Clone, Default)]
pub struct Got {
    /// Its head, in lower case.
    pub head: String,
    /// Bytes after the head, as they were sent.
    pub bytes: u64,
    /// From the connection to the last byte.
    pub took: Duration,
}

/// Asks for `http://HOST:PORT/PATH` with further header lines, and reads to the end; the answer must be 200 and whole.
pub fn get(url: &str, headers: &str) -> Result<Got> {
    let begin = Instant::now();
    let rest = url.strip_prefix("http://").context("only plain http is measured")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).with_context(|| format!("no connection to {host}"))?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.write_all(format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n").as_bytes())?;
    let mut buffer = vec![0; 1 << 18];
    let mut first = Vec::new();
    let split = loop {
        let count = stream.read(&mut buffer)?;
        ensure!(count > 0, "the connection ended within the head");
        first.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if let Some(at) = first.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = String::from_utf8_lossy(first.get(..split).unwrap_or_default()).to_lowercase();
    let mut bytes = u64::try_from(first.len() - split)?;
    let mut tail: Vec<u8> = first.split_off(first.len().saturating_sub(5).max(split));
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        bytes += u64::try_from(count)?;
        tail.extend_from_slice(buffer.get(count.saturating_sub(5)..count).unwrap_or_default());
        tail.drain(..tail.len().saturating_sub(5));
    }
    let took = begin.elapsed();
    if !head.starts_with("http/1.1 200") {
        bail!("{path} was answered {}", head.lines().next().unwrap_or_default());
    }
    let got = Got { head, bytes, took };
    match got.header("content-length") {
        Some(length) => ensure!(length.parse() == Ok(bytes), "{bytes} of {length} bytes came"),
        None if got.header("transfer-encoding") == Some("chunked") => {
            ensure!(tail == b"0\r\n\r\n", "the answer broke off after {bytes} bytes");
        }
        None => {}
    }
    Ok(got)
}

impl Got {
    /// One header, or nothing.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.trim())
    }
}

/// The same question by many clients at once: the time until the last one has everything, and every answer.
pub fn together(url: &str, headers: &str, clients: usize) -> Result<(Duration, Vec<Got>)> {
    let begin = Instant::now();
    let answers = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(|| get(url, headers))).collect();
        let joined =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a client gave up"))));
        joined.collect::<Result<Vec<Got>>>()
    })?;
    Ok((begin.elapsed(), answers))
}
