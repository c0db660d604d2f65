//! What extended tar headers may change: the name of the next entry, and nothing else.

use std::borrow::Cow;

use super::error::{ArchiveError, cut};
use super::path::checked;

/// The fewest bytes of a name that was cut because it did not fit; a cut between two characters loses up to three.
const CUT_BYTES_MIN: usize = 97;
/// The name some writers give to an entry whose real name stands in an extended header.
const NO_NAME: &[u8] = b"PaxHeader";
/// Records of the standard that change nothing which is read here; every other one of these has its maker's name before it.
const HARMLESS: [&[u8]; 8] = [b"atime", b"comment", b"ctime", b"gid", b"gname", b"mtime", b"uid", b"uname"];

/// What the extended headers before an entry said about it.
#[derive(Debug, Default)]
pub(super) struct Extended {
    seen: bool,
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Extended {
    /// Takes in a POSIX extended header (records of `LENGTH KEY=VALUE`, POSIX.1-2001 "pax extended header").
    pub(super) fn pax(&mut self, content: &[u8]) -> Result<(), ArchiveError> {
        self.once()?;
        let mut rest = content;
        while !rest.is_empty() {
            let (key, value, after) = record(rest).ok_or(ArchiveError::Pax("a record is misshapen"))?;
            self.take(key, value)?;
            rest = after;
        }
        Ok(())
    }

    /// As [`Self::pax`], where links are passed over: their targets may stand there.
    pub(super) fn pax_with_links(&mut self, content: &[u8]) -> Result<(), ArchiveError> {
        match self.pax(content) {
            Err(ArchiveError::Link(_)) => Ok(()),
            read => read,
        }
    }

    /// Looks at a global header: it would speak for every later entry, so it may carry comments and times only. What was
    /// said before it about an entry speaks about the global header to some readers, and about the next file to others.
    pub(super) fn global(&self, content: &[u8]) -> Result<(), ArchiveError> {
        if self.seen {
            return Err(ArchiveError::Pax("a global one stands between it and its entry"));
        }
        let mut alone = Self::default();
        alone.pax(content)?;
        if alone.name.is_some() || alone.size.is_some() {
            return Err(ArchiveError::Pax("a global one names every entry or gives every size"));
        }
        Ok(())
    }

    /// Takes in a GNU long name.
    pub(super) fn long_name(&mut self, mut content: Vec<u8>) -> Result<(), ArchiveError> {
        self.once()?;
        if content.last() == Some(&0) {
            content.pop();
        }
        self.name = Some(content);
        Ok(())
    }

    /// The name of the entry that follows, by the extended header if there was one, and forgets it.
    pub(super) fn name_for<'n>(&mut self, header_name: &'n [u8], header_size: u64) -> Result<Cow<'n, [u8]>, ArchiveError> {
        let told = std::mem::take(self);
        if let Some(pax) = told.size
            && pax != header_size
        {
            let path = cut(&String::from_utf8_lossy(told.name.as_deref().unwrap_or(header_name)));
            return Err(ArchiveError::PaxSize { path, header: header_size, pax });
        }
        Ok(told.name.map_or(Cow::Borrowed(header_name), Cow::Owned))
    }

    /// Whether an extended header speaks about the next entry.
    pub(super) fn is_seen(&self) -> bool {
        self.seen
    }

    /// An extended header speaks about an entry; at the end there is none left.
    pub(super) fn finish(&self) -> Result<(), ArchiveError> {
        if self.seen {
            return Err(ArchiveError::Pax("no entry follows it"));
        }
        Ok(())
    }

    fn once(&mut self) -> Result<(), ArchiveError> {
        if self.seen {
            return Err(ArchiveError::Pax("two of them stand before one entry"));
        }
        self.seen = true;
        Ok(())
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), ArchiveError> {
        if key.is_empty() || key.iter().any(|byte| matches!(byte, 0 | b'\n')) || !is_one_record(key, value) {
            return Err(ArchiveError::Pax("a record has no name, or could be taken for several"));
        }
        match key {
            b"path" if self.name.is_some() => return Err(ArchiveError::Pax("it names its entry twice")),
            b"path" => self.name = Some(value.to_vec()),
            b"size" if self.size.is_some() => return Err(ArchiveError::Pax("it gives the size twice")),
            b"size" => {
                let size = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
                let size = size.and_then(|text| text.parse().ok());
                self.size = Some(size.ok_or(ArchiveError::Pax("its size is no number"))?);
            }
            b"linkpath" => return Err(ArchiveError::Link(cut(&String::from_utf8_lossy(value)))),
            b"SCHILY.realsize" | b"SCHILY.filetype" => return Err(ArchiveError::Sparse(cut(&String::from_utf8_lossy(value)))),
            key if key.starts_with(b"GNU.sparse.") => {
                return Err(ArchiveError::Sparse(cut(&String::from_utf8_lossy(value))));
            }
            b"charset" | b"hdrcharset" if value == b"ISO-IR 10646 2000 UTF-8" => {}
            // Times, owners, comments and what makers of archives note for themselves change nothing that is read here.
            key if HARMLESS.contains(&key) || key.contains(&b'.') => {}
            _ => return Err(ArchiveError::Pax("it has a record that readers take for different things")),
        }
        Ok(())
    }
}

/// npm and cargo look for records line by line, whatever their lengths say, so that a value of several lines may hold
/// another record for them. Old npm clients wrote descriptions down like that: their lines begin like no record does.
fn is_one_record(key: &[u8], value: &[u8]) -> bool {
    let begins_like_none = |line: &[u8]| {
        let first = line.trim_ascii_start().first();
        first.is_none_or(|byte| byte.is_ascii_graphic() && !byte.is_ascii_digit() && *byte != b'+')
    };
    let mut more = value.split(|byte| *byte == b'\n').skip(1).peekable();
    more.peek().is_none() || (key.contains(&b'.') && more.all(begins_like_none))
}

/// Refuses a short name that is not the real one made short. Readers that miss the extended header, and npm's misses some,
/// write the file there.
pub(super) fn stands_for(short: &[u8], name: &[u8]) -> Result<(), ArchiveError> {
    match checked(short) {
        Ok(_) | Err(ArchiveError::PathEncoding(_)) => {}
        Err(error) => return Err(error),
    }
    let bare = |name: &'_ [u8]| name.strip_suffix(b"/").unwrap_or(name).to_vec();
    let (short, name) = (bare(short), bare(name));
    let is_cut = |whole: &[u8]| whole == short || (short.len() >= CUT_BYTES_MIN && whole.starts_with(&short));
    // Some writers keep to ASCII.
    let plain = |c: char| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?');
    let plain: Vec<u8> = String::from_utf8_lossy(&name).chars().map(plain).collect();
    if short == NO_NAME || is_cut(&name) || is_cut(&plain) || is_cut_inside(&short, &name) {
        return Ok(());
    }
    Err(ArchiveError::Pax("the name it gives and the one of the entry itself have nothing in common"))
}

/// Whether parts in the middle of a long path were left out, as macOS and the BSDs do.
fn is_cut_inside(short: &[u8], name: &[u8]) -> bool {
    let mut parts = name.split(|byte| *byte == b'/');
    let first = |path: &[u8]| path.split(|byte| *byte == b'/').next().map(<[u8]>::to_vec);
    short.len() >= CUT_BYTES_MIN
        && first(short) == first(name)
        && short.split(|byte| *byte == b'/').all(|wanted| parts.any(|part| part.starts_with(wanted)))
}

/// One record and what follows it.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let digits = std::str::from_utf8(bytes.get(..space)?).ok()?;
    if digits.is_empty() || digits.len() > 8 || digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let length: usize = digits.parse().ok()?;
    let (record, after) = bytes.split_at_checked(length)?;
    let body = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|byte| *byte == b'=')?;
    let (key, value) = body.split_at_checked(equals)?;
    Some((key, value.get(1..)?, after))
}
