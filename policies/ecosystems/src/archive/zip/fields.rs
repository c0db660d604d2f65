//! Little-endian numbers out of zip records (APPNOTE 4.4), without ever reading past the end.

use super::super::error::ArchiveError;

/// Takes records apart from front to back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'b> {
    rest: &'b [u8],
}

impl<'b> Fields<'b> {
    /// Reads from `at` on.
    pub(super) fn at(bytes: &'b [u8], at: usize) -> Result<Self, ArchiveError> {
        bytes.get(at..).map(|rest| Self { rest }).ok_or(ArchiveError::Truncated)
    }
    /// The next bytes.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'b [u8], ArchiveError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(ArchiveError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], ArchiveError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(ArchiveError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }
    /// The next two bytes as a number.
    pub(super) fn u16(&mut self) -> Result<u16, ArchiveError> {
        Ok(u16::from_le_bytes(self.chunk()?))
    }
    /// The next four bytes as a number.
    pub(super) fn u32(&mut self) -> Result<u32, ArchiveError> {
        Ok(u32::from_le_bytes(self.chunk()?))
    }
    /// The next eight bytes as a number.
    pub(super) fn u64(&mut self) -> Result<u64, ArchiveError> {
        Ok(u64::from_le_bytes(self.chunk()?))
    }
    /// Whether the record begins with this signature, which is then passed.
    pub(super) fn signature(&mut self, signature: [u8; 4]) -> Result<bool, ArchiveError> {
        Ok(self.chunk::<4>()? == signature)
    }
    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// A number of 32 bits as a place in memory.
pub(super) fn place(number: u32) -> Result<usize, ArchiveError> {
    usize::try_from(number).map_err(|_| ArchiveError::ZipLayout)
}

/// The records of an extra field (APPNOTE 4.5): id and content of each.
pub(super) fn extras(extra: &[u8]) -> Result<Vec<(u16, &[u8])>, ArchiveError> {
    let unreadable = |_| ArchiveError::ZipFeature("an extra field that cannot be read");
    let mut fields = Fields { rest: extra };
    let mut records = Vec::new();
    while !fields.is_empty() {
        let id = fields.u16().map_err(unreadable)?;
        let size = fields.u16().map_err(unreadable)?;
        records.push((id, fields.bytes(usize::from(size)).map_err(unreadable)?));
    }
    Ok(records)
}
