//! A second, widely used reader of tar archives (cargo's): it has to see every entry as it is seen here.

use std::io::Cursor;

use super::error::{ArchiveError, cut};
use super::header::BLOCK_BYTES;

/// The headers that lead to the next entry, for the other reader to read as well. Contents are not among them: where one
/// begins and ends is what is compared.
#[derive(Debug, Default)]
pub(super) struct Witness {
    blocks: Vec<u8>,
}

impl Witness {
    /// Takes in a header, or the content of an extended one with what fills its last block.
    pub(super) fn sees(&mut self, blocks: &[u8]) {
        self.blocks.extend_from_slice(blocks);
    }

    /// Forgets headers that lead to nothing that is unpacked.
    pub(super) fn forgets(&mut self) {
        self.blocks.clear();
    }

    /// Has the other reader read what was taken in, and compares: one entry with this name, this size and this type byte,
    /// to which all the headers before it belong.
    pub(super) fn confirms(&mut self, name: &[u8], size: u64, kind: u8) -> Result<(), ArchiveError> {
        let disagrees = || ArchiveError::ReadersDisagree(cut(&String::from_utf8_lossy(name)));
        let last = self.blocks.len().saturating_sub(BLOCK_BYTES);
        let mut archive = ::tar::Archive::new(Cursor::new(self.blocks.as_slice()));
        let mut entries = archive.entries_with_seek().map_err(|_| disagrees())?;
        let entry = entries.next().and_then(Result::ok).ok_or_else(disagrees)?;
        // Archives of version 7 have no byte for a file.
        let kind = if kind == 0 { b'0' } else { kind };
        let same = entry.path_bytes().as_ref() == name
            && entry.size() == size
            && entry.header().entry_type().as_byte() == kind
            && usize::try_from(entry.raw_header_position()) == Ok(last);
        drop(entry);
        self.blocks.clear();
        if same { Ok(()) } else { Err(disagrees()) }
    }
}
