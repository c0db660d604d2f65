//! The body of `npm publish`, read as it comes: the document without its attachments, and the tarball's bytes apart.
//!
//! npm sends the tarball as base64 inside of a JSON document. The reader is handed the body piece by piece and copies it
//! into a document, but for the text of `_attachments.NAME.data`, in whose place an empty text stands: a tarball is decoded
//! and handed on at once, a sigstore bundle is kept. What this leaves is small, and is read afterwards like any JSON, so
//! that a mistake in tracking its structure can never be believed.

use vetmoot_workflows::{Kind, Problem};

use super::base64::Decoder;
use crate::limits::{NPM_BUNDLE_BYTES_MAX, NPM_DEPTH_MAX, NPM_DOCUMENT_BYTES_MAX, NPM_KEY_BYTES_MAX};

/// The name's end that tells the tarball among the attachments.
const TARBALL: &str = ".tgz";
/// The name's end that tells the sigstore bundle.
const BUNDLE: &str = ".sigstore";
/// How deep in the document the text of an attachment lies: `_attachments`, its name, `data`.
const DATA_DEPTH: usize = 3;

/// A body that was read to its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts {
    /// The document, an empty text in the place of every attachment's.
    pub document: Vec<u8>,
    /// The attachment whose name ends in `.tgz`: its name, and how many bytes it had.
    pub tarball: Option<(String, u64)>,
    /// The attachment whose name ends in `.sigstore`: its name, and its text.
    pub bundle: Option<(String, String)>,
}

/// Where in the document the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Not in a text.
    Between,
    /// In the key of a member.
    Key,
    /// In a text that is copied.
    Text,
    /// In the base64 of the tarball.
    Tarball,
    /// In the text of the sigstore bundle.
    Bundle,
}

/// What stands before the next byte of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    /// Nothing.
    No,
    /// A backslash.
    Begun,
    /// A backslash, `u`, and so many hexadecimal digits, of this value (in base64 alone; elsewhere they are copied).
    Unicode(u8, u32),
}

/// Reads a body piece by piece.
#[derive(Debug)]
pub struct Reader {
    document: Vec<u8>,
    /// The brackets that are open.
    open: Vec<u8>,
    /// Whether a text would be the key of a member.
    awaits_key: bool,
    place: Place,
    escape: Escape,
    /// The key that is being read, as it is written, its quotes apart.
    key: Vec<u8>,
    /// The keys on the way to here, as far as attachments lie deep.
    path: Vec<String>,
    decoder: Decoder,
    tarball: Option<(String, u64)>,
    tarball_bytes_max: u64,
    bundle: Option<(String, Vec<u8>)>,
}

impl Reader {
    /// A reader of a body whose tarball may have so many bytes.
    pub fn new(tarball_bytes_max: u64) -> Self {
        Self {
            document: Vec::new(),
            open: Vec::new(),
            awaits_key: false,
            place: Place::Between,
            escape: Escape::No,
            key: Vec::new(),
            path: Vec::new(),
            decoder: Decoder::default(),
            tarball: None,
            tarball_bytes_max,
            bundle: None,
        }
    }

    /// Reads on; bytes of the tarball are added to `out`.
    pub fn feed(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.place == Place::Between {
                self.between(first)?;
                bytes = rest;
            } else if self.escape != Escape::No {
                self.escaped(first, out)?;
                bytes = rest;
            } else {
                let end = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(bytes.len());
                let (plain, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
                self.text(plain, out)?;
                bytes = match rest.split_first() {
                    Some((b'"', rest)) => {
                        self.end_of_text()?;
                        rest
                    }
                    Some((_, rest)) => {
                        self.escape = Escape::Begun;
                        rest
                    }
                    None => rest,
                };
            }
        }
        Ok(())
    }

    /// What was read, once the body ended.
    pub fn finish(self) -> Result<Parts, Problem> {
        if self.place != Place::Between || !self.open.is_empty() {
            return Err(bad("body-cut-off", "the body ends before its document does; send it again"));
        }
        let bundle = self.bundle.map(|(name, raw)| text_of(&raw).map(|text| (name, text))).transpose()?;
        Ok(Parts { document: self.document, tarball: self.tarball, bundle })
    }

    /// A byte that is in no text.
    fn between(&mut self, byte: u8) -> Result<(), Problem> {
        match byte {
            b'"' => return self.begin_text(),
            b'{' | b'[' => {
                if self.open.len() >= NPM_DEPTH_MAX {
                    return Err(bad("body-too-deep", format!("the document is nested deeper than {NPM_DEPTH_MAX} times")));
                }
                self.open.push(byte);
                self.awaits_key = byte == b'{';
            }
            b'}' | b']' => {
                self.open.pop();
                self.path.truncate(self.open.len());
                self.awaits_key = false;
            }
            b',' => self.awaits_key = self.open.last() == Some(&b'{'),
            b':' => self.awaits_key = false,
            _ => {}
        }
        self.copy(&[byte])
    }

    fn begin_text(&mut self) -> Result<(), Problem> {
        self.place = if self.awaits_key {
            self.key.clear();
            Place::Key
        } else if let Some(name) = self.attachment() {
            let place = self.begin_attachment(name)?;
            self.copy(b"\"\"")?;
            self.place = place;
            return Ok(());
        } else {
            Place::Text
        };
        self.copy(b"\"")
    }

    /// The name of the attachment whose text would begin here.
    fn attachment(&self) -> Option<String> {
        let in_objects = self.open.len() == DATA_DEPTH && self.open.iter().all(|bracket| *bracket == b'{');
        match self.path.as_slice() {
            [attachments, name, data] if in_objects && attachments == "_attachments" && data == "data" => Some(name.clone()),
            _ => None,
        }
    }

    fn begin_attachment(&mut self, name: String) -> Result<Place, Problem> {
        let twice =
            |what: &str| bad("attachment-twice", format!("the document has two {what}; a release of npm is one tarball"));
        if name.ends_with(TARBALL) {
            if self.tarball.is_some() {
                return Err(twice("tarballs"));
            }
            self.tarball = Some((name, 0));
            Ok(Place::Tarball)
        } else if name.ends_with(BUNDLE) {
            if self.bundle.is_some() {
                return Err(twice("sigstore bundles"));
            }
            self.bundle = Some((name, Vec::new()));
            Ok(Place::Bundle)
        } else {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
            Err(bad(
                "attachment-unknown",
                format!("the attachment `{shown}` is neither a tarball (.tgz) nor a bundle (.sigstore)"),
            ))
        }
    }

    /// Bytes of a text that are what they are.
    fn text(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
        match self.place {
            Place::Tarball => self.tarball(plain, out),
            Place::Bundle => self.bundle(plain),
            Place::Key => {
                if self.key.len() + plain.len() > NPM_KEY_BYTES_MAX {
                    return Err(bad(
                        "body-key-too-long",
                        format!("the document has a key longer than {NPM_KEY_BYTES_MAX} bytes"),
                    ));
                }
                self.key.extend_from_slice(plain);
                self.copy(plain)
            }
            Place::Text | Place::Between => self.copy(plain),
        }
    }

    /// A byte behind a backslash. Only base64 is read here; other texts keep their escapes for whoever reads the document.
    fn escaped(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<(), Problem> {
        let escape = std::mem::replace(&mut self.escape, Escape::No);
        if self.place != Place::Tarball {
            return self.text(&[b'\\', byte], out);
        }
        let not_base64 = || bad("attachment-not-base64", "the tarball's text has an escape that is no base64");
        match escape {
            Escape::Begun if byte == b'/' => self.tarball(b"/", out),
            Escape::Begun if byte == b'u' => {
                self.escape = Escape::Unicode(0, 0);
                Ok(())
            }
            Escape::Unicode(digits, value) => {
                let digit = char::from(byte).to_digit(16).ok_or_else(not_base64)?;
                let value = value * 16 + digit;
                if digits < 3 {
                    self.escape = Escape::Unicode(digits + 1, value);
                    return Ok(());
                }
                let character = u8::try_from(value).map_err(|_| not_base64())?;
                self.tarball(&[character], out)
            }
            _ => Err(not_base64()),
        }
    }

    fn end_of_text(&mut self) -> Result<(), Problem> {
        let place = std::mem::replace(&mut self.place, Place::Between);
        match place {
            Place::Key => {
                let depth = self.open.len();
                if (1..=DATA_DEPTH).contains(&depth) {
                    let key = text_of(&self.key)?;
                    self.path.truncate(depth - 1);
                    self.path.push(key);
                }
                self.copy(b"\"")
            }
            Place::Text => self.copy(b"\""),
            Place::Tarball => self.decoder.finish(),
            Place::Bundle | Place::Between => Ok(()),
        }
    }

    fn tarball(&mut self, base64: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
        let before = out.len();
        self.decoder.push(base64, out)?;
        self.count(out.len() - before)
    }

    fn count(&mut self, more: usize) -> Result<(), Problem> {
        let Some((_, bytes)) = &mut self.tarball else { return Ok(()) };
        *bytes = bytes.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        if *bytes > self.tarball_bytes_max {
            return Err(too_large(self.tarball_bytes_max));
        }
        Ok(())
    }

    fn bundle(&mut self, raw: &[u8]) -> Result<(), Problem> {
        let Some((_, kept)) = &mut self.bundle else { return Ok(()) };
        if kept.len() + raw.len() > NPM_BUNDLE_BYTES_MAX {
            let text = format!("the sigstore bundle has more than {NPM_BUNDLE_BYTES_MAX} bytes");
            return Err(Problem::new(Kind::TooLarge, "bundle-too-large", text));
        }
        kept.extend_from_slice(raw);
        Ok(())
    }

    fn copy(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        if self.document.len() + bytes.len() > NPM_DOCUMENT_BYTES_MAX {
            let text = format!("the document beside the tarball has more than {NPM_DOCUMENT_BYTES_MAX} bytes");
            return Err(Problem::new(Kind::TooLarge, "document-too-large", text));
        }
        self.document.extend_from_slice(bytes);
        Ok(())
    }
}

/// That a tarball has more bytes than this instance takes.
pub fn too_large(bytes_max: u64) -> Problem {
    let text =
        format!("the tarball is larger than the {bytes_max} bytes this community takes; leave out what users do not need");
    Problem::new(Kind::TooLarge, "file-too-large", text)
}

/// The text of a JSON string, from between its quotes.
fn text_of(raw: &[u8]) -> Result<String, Problem> {
    let quoted = [b"\"".as_slice(), raw, b"\"".as_slice()].concat();
    serde_json::from_slice(&quoted).map_err(|_| bad("body-not-json", "the document has a text that is no JSON string"))
}

fn bad(code: &'static str, text: impl Into<String>) -> Problem {
    Problem::new(Kind::Invalid, code, text)
}

#[cfg(test)]
mod tests;
