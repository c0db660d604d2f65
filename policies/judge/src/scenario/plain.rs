//! Versions as dotted numbers, the same for every ecosystem: what a policy's tests are judged with everywhere.

use std::cmp::Ordering;

use vetmoot_domain::{RangeError, Version, Versions};

/// Versions compared number by number; a text after a hyphen makes a pre-release, one after a plus says nothing.
///
/// A policy's own tests use this order on every instance, whatever package worlds it knows. Ranges are comparators
/// (`<`, `<=`, `>`, `>=`, `=`) divided by commas; `*` is every version.
#[derive(Debug, Clone, Copy, Default)]
pub struct DottedVersions;

fn numbers(version: &str) -> Option<(Vec<u64>, Option<&str>)> {
    let plain = version.split('+').next().unwrap_or(version);
    let (dotted, pre) = plain.split_once('-').map_or((plain, None), |(dotted, pre)| (dotted, Some(pre)));
    let mut numbers: Vec<u64> = dotted.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some((numbers, pre))
}

fn compare(left: &str, right: &str) -> Ordering {
    match (numbers(left), numbers(right)) {
        (Some((a, a_pre)), Some((b, b_pre))) => a.cmp(&b).then_with(|| match (a_pre, b_pre) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.cmp(b),
        }),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => left.cmp(right),
    }
}

impl Versions for DottedVersions {
    fn compare(&self, left: &Version, right: &Version) -> Ordering {
        compare(left.as_str(), right.as_str())
    }

    fn in_range(&self, range: &str, version: &Version) -> Result<bool, RangeError> {
        let wrong = |why: &str| RangeError { ecosystem: "tests", range: range.chars().take(80).collect(), why: why.to_owned() };
        let mut inside = true;
        for part in range.split(',').map(str::trim) {
            if part == "*" {
                continue;
            }
            let rest = part.trim_start_matches(['<', '>', '=']);
            let sign = part.strip_suffix(rest).unwrap_or_default();
            let bound = rest.trim();
            if numbers(bound).is_none() {
                return Err(wrong("a comparator is a sign and a version"));
            }
            let order = compare(version.as_str(), bound);
            inside &= match sign {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                ">=" => order.is_ge(),
                "=" | "" => order.is_eq(),
                _ => return Err(wrong("signs are <, <=, >, >= and =")),
            };
        }
        Ok(inside)
    }

    fn is_prerelease(&self, version: &Version) -> bool {
        numbers(version.as_str()).is_some_and(|(_, pre)| pre.is_some())
    }

    fn is_version(&self, version: &Version) -> bool {
        numbers(version.as_str()).is_some()
    }
}
