//! Cuts a TOML document at its table headers while it streams in, holding one table at a time.

use std::io::Read;

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use super::FeedError;
use crate::feeds::limits::{ENTRY_BYTES_MAX, FEED_BYTES_MAX, READ_BYTES};

/// How far ahead the reader must see to tell the quotes of TOML apart: a closing run has at most five.
const AHEAD: usize = 8;
/// How much of a table beyond all bounds is kept, to say which one it was, in bytes.
const HEAD_BYTES: usize = 200;

/// One table with its header, or what stands before the first header.
pub(super) struct Piece {
    /// The line it begins in, counted from 1.
    pub line: u64,
    /// Its text; of an oversized one, the beginning.
    pub text: String,
    /// Whether it was longer than [`ENTRY_BYTES_MAX`].
    pub oversized: bool,
    /// Whether the document ends with it.
    pub last: bool,
}

/// Where in the document the scan stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    Plain,
    Comment,
    Basic,
    Literal,
    LongBasic,
    LongLiteral,
}

/// The cutter: bytes go in, pieces come out.
pub(super) struct Splitter<R> {
    source: R,
    held: Vec<u8>,
    /// Everything before this offset of `held` has been looked at.
    scan: usize,
    /// Where in `held` the current line begins, while it is blank so far.
    line_start: usize,
    place: Place,
    /// How many brackets and braces are open.
    depth: u32,
    /// The line `held` begins in.
    line: u64,
    /// The line the current piece begins in, and its head, once it has outgrown the bound.
    outgrown: Option<(u64, Vec<u8>)>,
    read: u64,
    held_bytes_max: usize,
    at_end: bool,
    done: bool,
}

impl<R: Read> Splitter<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            held: Vec::new(),
            scan: 0,
            line_start: 0,
            place: Place::LineStart,
            depth: 0,
            line: 1,
            outgrown: None,
            read: 0,
            held_bytes_max: 0,
            at_end: false,
            done: false,
        }
    }

    /// How many bytes have been read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read
    }

    /// The most bytes ever held at once.
    pub(super) fn held_bytes_max(&self) -> usize {
        self.held_bytes_max
    }

    /// The next piece; none after the last.
    pub(super) fn next_piece(&mut self) -> Result<Option<Piece>, FeedError> {
        if self.done {
            return Ok(None);
        }
        loop {
            if !self.at_end && self.held.len().saturating_sub(self.scan) < AHEAD {
                self.fill()?;
                continue;
            }
            if self.scan >= self.held.len() {
                return self.finish().map(Some);
            }
            if let Some(cut) = self.step()? {
                return self.cut(cut, false).map(Some);
            }
            if self.scan > ENTRY_BYTES_MAX {
                self.outgrow();
            }
        }
    }

    fn fill(&mut self) -> Result<(), FeedError> {
        let room = u64::try_from(READ_BYTES).unwrap_or(u64::MAX);
        let got = self.source.by_ref().take(room).read_to_end(&mut self.held).map_err(FeedError::Unreadable)?;
        self.at_end = got == 0;
        self.read = self.read.saturating_add(u64::try_from(got).unwrap_or(u64::MAX));
        self.held_bytes_max = self.held_bytes_max.max(self.held.len());
        if self.read > FEED_BYTES_MAX {
            return Err(FeedError::TooLarge { bytes_max: FEED_BYTES_MAX });
        }
        Ok(())
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.scan..).unwrap_or_default()
    }

    /// Moves on by one word of the lexer; the offset to cut at when a header begins.
    fn step(&mut self) -> Result<Option<usize>, FeedError> {
        match self.place {
            Place::LineStart => return Ok(self.line_start()),
            Place::Plain => self.plain(),
            Place::Comment => {
                let found = memchr(b'\n', self.rest());
                self.skip_past(found, Place::LineStart);
            }
            Place::Basic => match memchr3(b'"', b'\\', b'\n', self.rest()) {
                Some(at) if self.is_near_end(at) => self.scan += at,
                Some(at) => match self.rest().get(at) {
                    Some(b'\\') => self.scan += at + 2,
                    Some(b'"') => self.skip_past(Some(at), Place::Plain),
                    _ => return Err(self.malformed(at, "a string in double quotes is not closed on its line")),
                },
                None => self.skip_all(),
            },
            Place::Literal => match memchr2(b'\'', b'\n', self.rest()) {
                Some(at) if self.rest().get(at) == Some(&b'\'') => self.skip_past(Some(at), Place::Plain),
                Some(at) => return Err(self.malformed(at, "a string in single quotes is not closed on its line")),
                None => self.skip_all(),
            },
            Place::LongBasic => match memchr2(b'"', b'\\', self.rest()) {
                Some(at) if self.is_near_end(at) => self.scan += at,
                Some(at) if self.rest().get(at) == Some(&b'\\') => self.scan += at + 2,
                found => self.long_quotes(found, b'"'),
            },
            Place::LongLiteral => {
                let found = memchr(b'\'', self.rest());
                match found {
                    Some(at) if self.is_near_end(at) => self.scan += at,
                    found => self.long_quotes(found, b'\''),
                }
            }
        }
        self.scan = self.scan.min(self.held.len());
        Ok(None)
    }

    fn line_start(&mut self) -> Option<usize> {
        let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\r');
        let line_start = self.line_start;
        match self.held.get(self.scan) {
            Some(b) if blank(b) => self.scan += 1,
            Some(b'\n') => {
                self.scan += 1;
                self.line_start = self.scan;
            }
            Some(b'[') if self.depth == 0 => {
                self.place = Place::Plain;
                return (line_start > 0 || self.outgrown.is_some()).then_some(line_start);
            }
            _ => self.place = Place::Plain,
        }
        None
    }

    fn plain(&mut self) {
        let Some(byte) = self.held.get(self.scan).copied() else { return };
        let run = self.rest().iter().take(5).take_while(|b| **b == byte).count();
        match byte {
            b'"' | b'\'' => {
                let (short, long) =
                    if byte == b'"' { (Place::Basic, Place::LongBasic) } else { (Place::Literal, Place::LongLiteral) };
                let (length, place) = match run {
                    1 => (1, short),
                    // Two quotes are an empty string.
                    2 => (2, Place::Plain),
                    _ => (3, long),
                };
                self.scan += length;
                self.place = place;
            }
            b'#' => self.place = Place::Comment,
            b'\n' => {
                self.scan += 1;
                self.line_start = self.scan;
                self.place = Place::LineStart;
            }
            b'[' | b'{' => {
                self.depth = self.depth.saturating_add(1);
                self.scan += 1;
            }
            b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                self.scan += 1;
            }
            _ => {
                let dull = |b: &u8| !matches!(b, b'"' | b'\'' | b'#' | b'\n' | b'[' | b']' | b'{' | b'}');
                self.scan += self.rest().iter().position(|b| !dull(b)).unwrap_or_else(|| self.rest().len());
            }
        }
    }

    /// Inside a long string, at a quote: three or more close it, of which two may still belong to the text.
    fn long_quotes(&mut self, found: Option<usize>, quote: u8) {
        let Some(at) = found else { return self.skip_all() };
        let run = self.rest().iter().skip(at).take(5).take_while(|b| **b == quote).count();
        self.scan += at + run;
        if run >= 3 {
            self.place = Place::Plain;
        }
    }

    /// Whether what stands `at` bytes on may be cut off by the end of what is held; it is then looked at again, first in
    /// line, once more has been read.
    fn is_near_end(&self, at: usize) -> bool {
        !self.at_end && at > 0 && at + AHEAD > self.rest().len()
    }

    fn skip_past(&mut self, found: Option<usize>, then: Place) {
        match found {
            Some(at) => {
                self.scan += at + 1;
                self.place = then;
                if then == Place::LineStart {
                    self.line_start = self.scan;
                }
            }
            None => self.skip_all(),
        }
    }

    fn skip_all(&mut self) {
        self.scan = self.held.len();
    }

    /// Lets go of the part already looked at of a table that is longer than any real one.
    fn outgrow(&mut self) {
        let line = self.line;
        if self.outgrown.is_none() {
            self.outgrown = Some((line, self.held.get(..HEAD_BYTES).unwrap_or_default().to_vec()));
        }
        let passed = self.held.get(..self.scan).unwrap_or_default();
        self.line += lines(passed);
        self.held.drain(..self.scan);
        self.line_start = self.line_start.saturating_sub(self.scan);
        self.scan = 0;
    }

    fn cut(&mut self, at: usize, last: bool) -> Result<Piece, FeedError> {
        let rest = self.held.split_off(at.min(self.held.len()));
        let bytes = std::mem::replace(&mut self.held, rest);
        self.scan = self.scan.saturating_sub(bytes.len());
        self.line_start = 0;
        let first = self.line;
        self.line += lines(&bytes);
        if let Some((line, head)) = self.outgrown.take() {
            return Ok(Piece { line, text: String::from_utf8_lossy(&head).into_owned(), oversized: true, last });
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = if first == 1 { text.trim_start_matches('\u{feff}').to_owned() } else { text };
                Ok(Piece { line: first, text, oversized: false, last })
            }
            Err(error) => {
                let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
                Err(FeedError::Malformed { line: first + lines(good), why: "it is not UTF-8".to_owned() })
            }
        }
    }

    fn finish(&mut self) -> Result<Piece, FeedError> {
        self.done = true;
        let open = match self.place {
            Place::Basic | Place::Literal | Place::LongBasic | Place::LongLiteral => Some("inside a string"),
            Place::LineStart | Place::Plain | Place::Comment if self.depth > 0 => Some("inside a list or header"),
            Place::LineStart | Place::Plain | Place::Comment => None,
        };
        if let Some(place) = open {
            return Err(FeedError::Truncated { line: self.line + lines(&self.held), place: place.to_owned() });
        }
        self.cut(self.held.len(), true)
    }

    fn malformed(&self, at: usize, why: &str) -> FeedError {
        let before = self.held.get(..self.scan + at).unwrap_or_default();
        FeedError::Malformed { line: self.line + lines(before), why: why.to_owned() }
    }
}

fn lines(bytes: &[u8]) -> u64 {
    u64::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u64::MAX)
}
