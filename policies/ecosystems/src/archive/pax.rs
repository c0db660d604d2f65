//! What extended tar headers may change: the name of the next entry, and nothing else.

use std::borrow::Cow;

use super::error::{ArchiveError, cut};
use super::path::checked;

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

    /// Looks at a global header: it would speak for every later entry, so it may carry comments and times only.
    pub(super) fn global(content: &[u8]) -> Result<(), ArchiveError> {
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
        let Some(name) = told.name else { return Ok(Cow::Borrowed(header_name)) };
        // Readers without extended headers take the short name: it may be cut, but must be as harmless.
        match checked(header_name) {
            Ok(_) | Err(ArchiveError::PathEncoding(_)) => Ok(Cow::Owned(name)),
            Err(error) => Err(error),
        }
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
            key if key.starts_with(b"GNU.sparse.") => {
                return Err(ArchiveError::Sparse(cut(&String::from_utf8_lossy(value))));
            }
            // Times, owners and comments change nothing that is read here.
            _ => {}
        }
        Ok(())
    }
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
