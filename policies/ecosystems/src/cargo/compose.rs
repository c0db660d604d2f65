//! Writing a filtered index file: lines copied, `yanked` patched, never written anew.

use crate::json::Span;
use crate::listing::{Listing, Segments};
use crate::shown::{Composed, Fate, Form, Shown, fate};

use super::index::Yanked;

/// Held versions are marked yanked, so that locked builds keep working; refused ones lose their line, so that their
/// checksum cannot be resolved.
pub(super) fn compose(listing: &Listing, shown: &[Shown], form: Form) -> Composed {
    let (Segments::Cargo(file), Form::CargoLines) = (&listing.segments, form) else {
        return Composed::nothing(form);
    };
    let mut body = Vec::with_capacity(file.bytes.len() + 16 * file.lines.len());
    let mut any_listed = false;
    for (position, line) in file.lines.iter().enumerate() {
        let mut copy = |start: usize, end: usize| body.extend_from_slice(Span::between(start, end).of_bytes(&file.bytes));
        match (fate(shown, position), line.yanked) {
            (Fate::AsIs, _) => {
                any_listed = true;
                copy(line.whole.start(), line.whole.end());
            }
            (Fate::Held(_), Yanked::Already) => copy(line.whole.start(), line.whole.end()),
            (Fate::Held(_), Yanked::False(at)) => {
                copy(line.whole.start(), at.start());
                body.extend_from_slice(b"true");
                body.extend_from_slice(Span::between(at.end(), line.whole.end()).of_bytes(&file.bytes));
            }
            (Fate::Held(_), Yanked::Missing(at)) => {
                copy(line.whole.start(), at.start());
                body.extend_from_slice(b",\"yanked\":true");
                body.extend_from_slice(Span::between(at.end(), line.whole.end()).of_bytes(&file.bytes));
            }
            (Fate::Refused(_), _) => {}
        }
    }
    Composed { body, content_type: form.content_type(), any_listed }
}
