//! Base64 decoded as it comes (RFC 4648 section 4), strict: no blanks, no line breaks, padding only at the very end.

use data_encoding::BASE64;
use vetmoot_workflows::{Kind, Problem};

/// Characters that make three bytes.
const GROUP: usize = 4;

/// Decodes base64 piece by piece.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Characters that make no whole group yet.
    rest: Vec<u8>,
    /// Whether padding was met: nothing may follow it.
    ended: bool,
}

impl Decoder {
    /// Decodes on; the bytes are added to `out`.
    pub fn push(&mut self, mut base64: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
        if !self.rest.is_empty() {
            let wanted = (GROUP - self.rest.len()).min(base64.len());
            let (first, more) = base64.split_at_checked(wanted).unwrap_or((base64, &[]));
            self.rest.extend_from_slice(first);
            base64 = more;
            if self.rest.len() < GROUP {
                return Ok(());
            }
            let group = std::mem::take(&mut self.rest);
            self.groups(&group, out)?;
        }
        let whole = base64.len() - base64.len() % GROUP;
        let (groups, rest) = base64.split_at_checked(whole).unwrap_or((base64, &[]));
        self.groups(groups, out)?;
        self.rest.extend_from_slice(rest);
        Ok(())
    }

    /// Says that no more comes.
    pub fn finish(&mut self) -> Result<(), Problem> {
        if self.rest.is_empty() { Ok(()) } else { Err(bad("it ends in the middle of a group of four characters")) }
    }

    fn groups(&mut self, groups: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
        if groups.is_empty() {
            return Ok(());
        }
        // The decoder itself would take one padded text after the other.
        if self.ended {
            return Err(bad("it goes on behind its padding"));
        }
        if let Some(at) = groups.iter().position(|byte| *byte == b'=') {
            if at + 2 < groups.len() {
                return Err(bad("it has padding in its middle"));
            }
            self.ended = true;
        }
        let start = out.len();
        let room = groups.len() / GROUP * 3;
        out.resize(start + room, 0);
        let place = out.get_mut(start..).unwrap_or_default();
        let written = BASE64.decode_mut(groups, place).map_err(|_| bad("it has characters or bits that are none of base64"))?;
        out.truncate(start + written);
        Ok(())
    }
}

fn bad(what: &str) -> Problem {
    let text = format!("the tarball's text is no base64: {what}; send the tarball as it is packed");
    Problem::new(Kind::Invalid, "attachment-not-base64", text)
}
