//! Cuts a stream of JSON into its records (a list, one a line, or a single one), holding one record at a time.

use std::io::Read;

use memchr::{memchr_iter, memchr2};

use super::OsvError;
use crate::feeds::limits::{FEED_BYTES_MAX, READ_BYTES, RECORD_BYTES_MAX};

/// One record, not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// What to call it in messages; a name ending in `.yaml` or `.yml` says that it is YAML.
    pub name: String,
    /// Its bytes; none when it was oversized.
    pub bytes: Vec<u8>,
    /// Whether it was longer than records may be, and was skipped.
    pub oversized: bool,
}

/// The records of a JSON source, cut but not yet understood; `name` is what to call the source in messages.
pub fn json_values<R: Read>(source: R, name: &str) -> impl Iterator<Item = Result<Raw, OsvError>> {
    let mut cutter = Cutter {
        source,
        name: name.to_owned(),
        held: Vec::new(),
        scan: 0,
        line: 1,
        depth: 0,
        in_text: false,
        in_list: false,
        oversized: false,
        read: 0,
        at_end: false,
        over: false,
    };
    std::iter::from_fn(move || {
        if cutter.over {
            return None;
        }
        let next = cutter.next_value().transpose();
        cutter.over = !matches!(next, Some(Ok(_)));
        next
    })
}

struct Cutter<R> {
    source: R,
    name: String,
    held: Vec<u8>,
    scan: usize,
    /// The line `held` begins in.
    line: u64,
    depth: u32,
    in_text: bool,
    in_list: bool,
    oversized: bool,
    read: u64,
    at_end: bool,
    over: bool,
}

impl<R: Read> Cutter<R> {
    fn next_value(&mut self) -> Result<Option<Raw>, OsvError> {
        loop {
            // Two bytes ahead, so that a backslash is never parted from what it escapes.
            if !self.at_end && self.held.len().saturating_sub(self.scan) < 2 {
                self.fill()?;
                continue;
            }
            let Some(byte) = self.held.get(self.scan).copied() else {
                return if self.depth > 0 || self.in_text || self.in_list {
                    Err(OsvError::Truncated { line: self.line + lines(&self.held) })
                } else {
                    Ok(None)
                };
            };
            if self.depth == 0 {
                self.between(byte)?;
            } else if self.inside(byte) {
                return Ok(Some(self.cut()));
            }
            if self.depth > 0 && self.scan > RECORD_BYTES_MAX {
                self.oversized = true;
                self.forget();
            }
        }
    }

    fn fill(&mut self) -> Result<(), OsvError> {
        let room = u64::try_from(READ_BYTES).unwrap_or(u64::MAX);
        let got = self.source.by_ref().take(room).read_to_end(&mut self.held).map_err(OsvError::Unreadable)?;
        self.at_end = got == 0;
        self.read = self.read.saturating_add(u64::try_from(got).unwrap_or(u64::MAX));
        if self.read > FEED_BYTES_MAX {
            return Err(OsvError::TooLarge { bytes_max: FEED_BYTES_MAX });
        }
        Ok(())
    }

    /// Between records: space, commas, the list's own brackets, or the beginning of a record.
    fn between(&mut self, byte: u8) -> Result<(), OsvError> {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => self.scan += 1,
            // A byte order mark is no content.
            0xef | 0xbb | 0xbf if self.read <= u64::try_from(READ_BYTES).unwrap_or(u64::MAX) && self.line == 1 => {
                self.scan += 1;
            }
            b'[' if !self.in_list => {
                self.in_list = true;
                self.scan += 1;
            }
            b']' if self.in_list => {
                self.in_list = false;
                self.scan += 1;
            }
            b'{' => {
                self.forget();
                self.depth = 1;
                self.scan = 1;
            }
            _ => {
                let before = self.held.get(..self.scan).unwrap_or_default();
                return Err(OsvError::Malformed { line: self.line + lines(before) });
            }
        }
        Ok(())
    }

    /// Inside a record; true when it has just ended.
    fn inside(&mut self, byte: u8) -> bool {
        if self.in_text {
            let rest = self.held.get(self.scan..).unwrap_or_default();
            match memchr2(b'"', b'\\', rest) {
                Some(at) if rest.get(at) == Some(&b'"') => {
                    self.scan += at + 1;
                    self.in_text = false;
                }
                // The escaped byte may not have been read yet: stop at the backslash, which is then first in line.
                Some(at) if at > 0 => self.scan += at,
                Some(_) => self.scan = (self.scan + 2).min(self.held.len()),
                None => self.scan = self.held.len(),
            }
            return false;
        }
        self.scan += 1;
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
        self.depth == 0
    }

    fn cut(&mut self) -> Raw {
        let name = format!("{} (line {})", self.name, self.line);
        let oversized = std::mem::take(&mut self.oversized);
        let bytes = if oversized { Vec::new() } else { self.held.get(..self.scan).unwrap_or_default().to_vec() };
        self.forget();
        Raw { name, bytes, oversized }
    }

    fn forget(&mut self) {
        self.line += lines(self.held.get(..self.scan).unwrap_or_default());
        self.held.drain(..self.scan);
        self.scan = 0;
    }
}

fn lines(bytes: &[u8]) -> u64 {
    u64::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u64::MAX)
}
