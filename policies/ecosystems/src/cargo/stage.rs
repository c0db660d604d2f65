//! A sparse index file made here: lines of what is staged or released (Cargo Book, "Index Format").

use vetmoot_domain::Package;

use crate::listing::{Document, ListingError};
use crate::stage::StagedFile;

/// See [`crate::stage::document`].
pub(crate) fn document(
    _package: &Package,
    upstream: Option<&Document<'_>>,
    _staged: &[StagedFile<'_>],
) -> Result<Vec<u8>, ListingError> {
    Ok(upstream.map(|document| document.bytes.to_vec()).unwrap_or_default())
}
