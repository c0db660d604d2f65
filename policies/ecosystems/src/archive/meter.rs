//! Counts what an archive unpacks to, while it unpacks, and stops bombs.

use std::io::{self, Read};

use super::error::ArchiveError;
use super::limits::Limits;

/// The running count of unpacked bytes and entries of one archive.
#[derive(Debug)]
pub(super) struct Meter {
    packed: u64,
    unpacked: u64,
    entries: usize,
    limits: Limits,
}

impl Meter {
    /// A count for an archive of `packed` bytes.
    pub(super) fn new(packed: u64, limits: &Limits) -> Self {
        Self { packed, unpacked: 0, entries: 0, limits: *limits }
    }
    /// Counts bytes that came out.
    pub(super) fn bytes(&mut self, count: usize) -> Result<(), ArchiveError> {
        self.unpacked = self.unpacked.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if self.unpacked > self.limits.unpacked_bytes {
            return Err(ArchiveError::TooLarge(self.limits.unpacked_bytes));
        }
        if self.unpacked > self.limits.ratio_free_bytes && self.unpacked > self.packed.saturating_mul(self.limits.ratio) {
            return Err(ArchiveError::Ratio(self.limits.ratio));
        }
        Ok(())
    }
    /// Counts an entry.
    pub(super) fn entry(&mut self) -> Result<(), ArchiveError> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(ArchiveError::TooManyEntries(self.limits.entries));
        }
        Ok(())
    }
    /// The bounds it counts against.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// A reader whose bytes are counted as they pass.
pub(super) struct Metered<'m, R> {
    inner: R,
    meter: &'m mut Meter,
}

impl<'m, R> Metered<'m, R> {
    /// Counts what `inner` yields.
    pub(super) fn new(inner: R, meter: &'m mut Meter) -> Self {
        Self { inner, meter }
    }
    /// The count, for what is counted besides bytes.
    pub(super) fn meter(&mut self) -> &mut Meter {
        self.meter
    }
    /// The reader inside.
    pub(super) fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.meter.bytes(count).map_err(io::Error::other)?;
        Ok(count)
    }
}
