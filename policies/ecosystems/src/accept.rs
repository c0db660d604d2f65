//! Weighing an `Accept` header (RFC 9110 section 12.5.1).

use crate::limits::ACCEPT_BYTES_MAX;

/// The quality, in thousandths, that `accept` names for exactly one of `types`; none when it names none of them.
pub(crate) fn named(accept: &str, types: &[&str]) -> Option<u16> {
    ranges(accept).filter(|(range, _)| types.iter().any(|kind| range.eq_ignore_ascii_case(kind))).map(|(_, q)| q).max()
}

/// The media ranges of a header with their quality in thousandths.
fn ranges(accept: &str) -> impl Iterator<Item = (&str, u16)> {
    let accept = if accept.len() > ACCEPT_BYTES_MAX { "" } else { accept };
    accept.split(',').map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        (kind, quality.map_or(1000, thousandths))
    })
}

/// A quality value; one that is not readable counts as none at all.
fn thousandths(quality: &str) -> u16 {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    match (whole, fraction.parse::<u16>()) {
        ("1", _) => 1000,
        ("0" | "", Ok(fraction)) => fraction,
        _ => 0,
    }
}
