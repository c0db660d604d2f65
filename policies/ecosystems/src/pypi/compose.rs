//! Writing a filtered simple page: every file stays listed, those withheld are yanked with the reason.
//!
//! A yank reason is the one channel both installers print (PEP 592), so that refused files are listed too; their bytes are
//! refused where they are asked for.

use crate::json::{Span, push_string, string};
use crate::listing::{Entry, Listing, Segments};
use crate::shown::{Composed, Fate, Form, Links, Shown, fate};

use vetmoot_domain::Package;

use super::index::{File, Page};
use super::page::html;

/// The path of a file behind [`Links::files`]: `{project}/{file}`. Its metadata lies beside it, with `.metadata` appended.
pub fn file_path(project: &Package, file_name: &str) -> String {
    // File names are plain visible characters; only what an URL would not carry unchanged is encoded.
    format!("{}/{}", project.name(), percent_encoding::utf8_percent_encode(file_name, UNSAFE))
}

/// What may stand in a file name, but not unencoded in the path of an URL.
const UNSAFE: &percent_encoding::AsciiSet =
    &percent_encoding::CONTROLS.add(b'`').add(b'{').add(b'|').add(b'}').add(b'^').add(b'[').add(b']').add(b'&').add(b'\'');

/// Writes the page in the form asked for.
pub(super) fn compose(listing: &Listing, shown: &[Shown], form: Form, links: &Links) -> Composed {
    let Segments::Pypi(page) = &listing.segments else {
        return Composed::nothing(form);
    };
    let body = match form {
        Form::PypiJson => json(page, listing, shown, links),
        Form::PypiHtml => html(page, listing, shown, links),
        _ => return Composed::nothing(form),
    };
    let any_listed = (0..listing.entries.len()).any(|position| fate(shown, position) == Fate::AsIs);
    Composed { body, content_type: form.content_type(), any_listed }
}

fn json(page: &Page, listing: &Listing, shown: &[Shown], links: &Links) -> Vec<u8> {
    let mut body = Vec::with_capacity(page.bytes.len() + listing.entries.len() * (links.files.len() + 64));
    body.push(b'{');
    if page.member("meta").is_none() {
        body.extend_from_slice(br#""meta":{"api-version":"1.0"},"#);
    }
    if page.member("name").is_none() {
        body.extend_from_slice(br#""name":"#);
        push_string(&mut body, listing.package.name().as_str());
        body.push(b',');
    }
    for (position, (key, value)) in page.members.iter().enumerate() {
        if position > 0 {
            body.push(b',');
        }
        push_string(&mut body, key);
        body.push(b':');
        if key == "files" {
            files(&mut body, page, listing, shown, links);
        } else {
            body.extend_from_slice(value.of_bytes(&page.bytes));
        }
    }
    body.push(b'}');
    body
}

fn files(body: &mut Vec<u8>, page: &Page, listing: &Listing, shown: &[Shown], links: &Links) {
    body.push(b'[');
    let prefix = format!("{}{}", links.files, file_path(&listing.package, ""));
    for (position, (file, entry)) in page.files.iter().zip(&listing.entries).enumerate() {
        if position > 0 {
            body.push(b',');
        }
        let withheld = fate(shown, position).reason();
        file_object(body, &page.bytes, file, entry, &prefix, withheld);
    }
    body.push(b']');
}

/// What replaces a range of a file's object.
#[derive(Clone, Copy)]
enum Patch {
    Url,
    Provenance,
    Yanked,
}

/// Copies a file's object with its address, and what withholds it, replaced.
fn file_object(body: &mut Vec<u8>, bytes: &[u8], file: &File, entry: &Entry, prefix: &str, withheld: Option<&str>) {
    let mut patches = [
        Some((file.url, Patch::Url)),
        file.provenance.map(|at| (at, Patch::Provenance)),
        withheld.and(file.yanked).map(|at| (at, Patch::Yanked)),
    ];
    patches.sort_unstable_by_key(|patch| patch.map_or(usize::MAX, |(at, _)| at.start()));
    let mut done = file.object.start();
    if let (Some(reason), None) = (withheld, file.yanked) {
        // The object has members, an address at least, so that a comma is right behind the new one.
        body.extend_from_slice(br#"{"yanked":"#);
        push_string(body, reason);
        body.push(b',');
        done += 1;
    }
    for (at, patch) in patches.into_iter().flatten() {
        body.extend_from_slice(Span::between(done, at.start()).of_bytes(bytes));
        match patch {
            Patch::Url => {
                let name = entry.file_name.as_deref().unwrap_or_default();
                let encoded = percent_encoding::utf8_percent_encode(name, UNSAFE);
                push_string(body, &format!("{prefix}{encoded}"));
            }
            Patch::Provenance => match &entry.provenance {
                Some(url) => push_string(body, url),
                None => body.extend_from_slice(b"null"),
            },
            Patch::Yanked => push_string(body, withheld.unwrap_or_default()),
        }
        done = at.end();
    }
    body.extend_from_slice(Span::between(done, file.object.end()).of_bytes(bytes));
}

/// The raw value of a range as text, when it is a JSON string.
pub(super) fn text_at(page: &Page, at: Option<Span>) -> Option<String> {
    let raw = std::str::from_utf8(at?.of_bytes(&page.bytes)).ok()?;
    string(raw).map(|text| text.into_owned())
}
