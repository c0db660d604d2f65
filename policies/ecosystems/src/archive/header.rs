//! One header block of a tar archive, held to the one form that all readers of archives take alike.
//!
//! Readers stop at a header they cannot read, pass over it, or take its content for further headers, each after its own
//! rules. So every field has to be what writers write, not only those that are used here: pip stops without a word at a
//! number it does not know, and npm unpacks what lies inside of a file that has a link's target.

use std::borrow::Cow;
use std::ops::Range;

use super::error::ArchiveError;

/// Bytes of a header, and what contents are rounded up to (POSIX ustar).
pub(super) const BLOCK_BYTES: usize = 512;

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const USER: Range<usize> = 108..116;
const GROUP: Range<usize> = 116..124;
const SIZE: Range<usize> = 124..136;
const CHANGED: Range<usize> = 136..148;
const CHECKSUM: Range<usize> = 148..156;
const KIND: Range<usize> = 156..157;
const LINK: Range<usize> = 157..257;
const MAGIC: Range<usize> = 257..265;
/// Everything behind the fields of version 7 archives.
const AFTER_LINK: Range<usize> = 257..512;
const DEVICE_MAJOR: Range<usize> = 329..337;
const DEVICE_MINOR: Range<usize> = 337..345;
const PREFIX: Range<usize> = 345..500;
/// The prefix where two times follow it, as old npm clients wrote them; its last byte is zero then.
const SHORT_PREFIX: Range<usize> = 345..476;
const READ: Range<usize> = 476..488;
const CREATED: Range<usize> = 488..500;
const REST: Range<usize> = 500..512;
const AFTER_DEVICES: Range<usize> = 345..512;

/// The largest number that every reader takes as it is: the npm client's reader cannot count further (2^53 - 1).
const NUMBER_MAX: u64 = 9_007_199_254_740_991;

/// What a header says, as far as it matters here.
#[derive(Debug)]
pub(super) struct Header<'b> {
    /// The path, its prefix included; nobody has looked at it yet.
    pub name: Cow<'b, [u8]>,
    /// The type byte.
    pub kind: u8,
    /// Bytes of the content that follows.
    pub size: u64,
    /// Rights as Unix writes them; links may be without.
    pub mode: Option<u64>,
}

impl<'b> Header<'b> {
    /// Reads a block that is not all zeros.
    pub(super) fn read(block: &'b [u8; BLOCK_BYTES]) -> Result<Self, ArchiveError> {
        let wrong = |why| Err(ArchiveError::TarHeader(why));
        if !checksum_fits(block) {
            return wrong("the checksum is wrong");
        }
        let kind = field(block, KIND).first().copied().unwrap_or_default();
        let Some(name) = text(field(block, NAME)) else { return wrong("bytes stand behind the end of the name") };
        if name.is_empty() {
            return wrong("it has no name");
        }
        // Entries of other kinds are refused for what they are, or passed over.
        if matches!(kind, 0 | b'0' | b'5' | b'x' | b'g' | b'L') && !is_zero(field(block, LINK)) {
            return wrong("what is no link has a link's target");
        }
        let Some(size) = number(field(block, SIZE)) else { return wrong("the size is no number") };
        let mode = octal(field(block, MODE));
        let others = [MODE, USER, GROUP, CHANGED, DEVICE_MAJOR, DEVICE_MINOR];
        if !others.into_iter().all(|range| is_number_or_blank(field(block, range))) {
            return wrong("rights, an owner, a time or a device are no number");
        }
        let name = match Layout::of(block, kind)? {
            Layout::Ustar { prefix: [] } | Layout::Gnu | Layout::Old => Cow::Borrowed(name),
            Layout::Ustar { prefix } => Cow::Owned([prefix, b"/", name].concat()),
        };
        Ok(Self { name, kind, size, mode })
    }
}

/// What stands behind the fields that all archives have.
enum Layout<'b> {
    /// POSIX: the beginning of a long path may stand in a field of its own.
    Ustar {
        /// That beginning.
        prefix: &'b [u8],
    },
    /// GNU: nothing of use. Times and parts of sparse files have their place here, which pip takes for a prefix.
    Gnu,
    /// Version 7: nothing at all.
    Old,
}

impl<'b> Layout<'b> {
    fn of(block: &'b [u8; BLOCK_BYTES], kind: u8) -> Result<Self, ArchiveError> {
        let wrong = |why| Err(ArchiveError::TarHeader(why));
        match field(block, MAGIC) {
            b"ustar\x0000" => match prefix(block) {
                Some(prefix) if is_zero(field(block, REST)) => Ok(Self::Ustar { prefix }),
                _ => wrong("bytes stand behind the end of the prefix"),
            },
            b"ustar  \0" if is_zero(field(block, AFTER_DEVICES)) => Ok(Self::Gnu),
            b"ustar  \0" => wrong("a GNU header has more than a name and numbers"),
            // cargo takes extended headers for files when they are not marked as belonging to a younger format.
            _ if is_zero(field(block, AFTER_LINK)) && !matches!(kind, b'x' | b'g' | b'L' | b'K') => Ok(Self::Old),
            _ => wrong("it is of no known format"),
        }
    }
}

/// The beginning of a long path; none when the field can be read in two ways.
fn prefix(block: &[u8; BLOCK_BYTES]) -> Option<&[u8]> {
    if field(block, SHORT_PREFIX).last() != Some(&0) {
        return text(field(block, PREFIX));
    }
    let are_times = [READ, CREATED].into_iter().all(|range| is_number_or_blank(field(block, range)));
    text(field(block, SHORT_PREFIX)).filter(|_| are_times)
}

/// Whether a block is a tar header by its checksum (POSIX ustar: the sum of all bytes, the checksum taken as spaces). The
/// number has to be closed inside of its field: npm reads on behind it otherwise.
pub(super) fn checksum_fits(block: &[u8; BLOCK_BYTES]) -> bool {
    let spaces = u64::from(b' ') * 8;
    let all: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    let own: u64 = field(block, CHECKSUM).iter().map(|byte| u64::from(*byte)).sum();
    let written = field(block, CHECKSUM);
    matches!(written.last(), Some(0 | b' ')) && octal(written) == Some(all - own + spaces)
}

fn field(block: &[u8; BLOCK_BYTES], range: Range<usize>) -> &[u8] {
    block.get(range).unwrap_or_default()
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// A text up to its first zero; none when something else follows that.
fn text(field: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    let (text, after) = field.split_at_checked(end)?;
    is_zero(after).then_some(text)
}

/// A number in octal digits, or in base 256 (GNU and star).
fn number(field: &[u8]) -> Option<u64> {
    let Some((0x80, rest)) = field.split_first() else { return octal(field) };
    let number = rest.iter().try_fold(0_u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)))?;
    (number <= NUMBER_MAX).then_some(number)
}

/// A number in octal digits: spaces may stand before them, spaces and zeros behind them, and nothing else anywhere. Looser
/// readings differ from tool to tool.
fn octal(field: &[u8]) -> Option<u64> {
    let spaces = field.iter().take_while(|byte| **byte == b' ').count();
    let (_, rest) = field.split_at_checked(spaces)?;
    let count = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let (digits, after) = rest.split_at_checked(count)?;
    if digits.is_empty() || !after.iter().all(|byte| matches!(byte, 0 | b' ')) {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, digit| sum.checked_mul(8)?.checked_add(u64::from(digit - b'0')))
}

/// A number that is not used: it may be missing, and a time may lie before 1970.
fn is_number_or_blank(field: &[u8]) -> bool {
    let is_blank = field.iter().all(|byte| matches!(byte, 0 | b' '));
    // Six bytes of sign keep it inside of what every reader can count.
    let is_negative = field.len() == CHANGED.len() && field.iter().take(6).all(|byte| *byte == 0xff);
    is_blank || is_negative || number(field).is_some()
}
