//! Moments, sizes and counts in the words of the pages. Everything relative counts from a moment that is handed in.

use vetmoot_domain::{Day, Span, Timestamp};
use vetmoot_frontend::parts::When;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

const NUMBERS: [&str; 13] =
    ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// A moment in the three forms a page needs.
pub fn when(now: Timestamp, at: Timestamp) -> When {
    When::new(at.to_string(), exact(at), relative(now, at))
}

/// "20 November 2026, 10:00 UTC".
pub fn exact(at: Timestamp) -> String {
    let iso = at.to_string();
    let time = iso.get(11..16).unwrap_or("00:00");
    format!("{}, {time} UTC", day(at.day()))
}

/// "20 November 2026".
pub fn day(day: Day) -> String {
    let iso = day.to_string();
    let mut parts = iso.split('-');
    let (year, month, date) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let month = month.and_then(|month| month.parse::<usize>().ok()).and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    match (month, date) {
        (Some(month), Some(date)) => format!("{} {month} {year}", date.trim_start_matches('0')),
        _ => iso,
    }
}

/// "3 days ago", "in 2 hours", "just now".
pub fn relative(now: Timestamp, at: Timestamp) -> String {
    let passed = now.since(at);
    match passed.millis() {
        ms if ms >= 60_000 => format!("{} ago", passed.in_words()),
        ms if ms > -60_000 => "just now".to_owned(),
        _ => format!("in {}", passed.in_words()),
    }
}

/// How long it is since `at`, in words; "a moment" where it is less than a second or yet to come.
pub fn age(now: Timestamp, at: Timestamp) -> String {
    let passed = now.since(at);
    if passed.millis() < 1_000 { "a moment".to_owned() } else { passed.in_words() }
}

/// How long something took: "340 ms", "12 seconds".
pub fn took(span: Span) -> String {
    if span.millis() < 1_000 { format!("{} ms", span.millis().max(0)) } else { span.in_words() }
}

/// A number in words up to twelve, in digits beyond.
pub fn number(count: usize) -> String {
    NUMBERS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// A count with its noun: "one release", "1,204 releases".
pub fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", number(count), if count == 1 { "" } else { "s" })
}

/// A count with its noun in both forms: "one entry", "three entries".
pub fn counted_as(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A size with its unit, to one decimal from 10 kB on.
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    for (unit, each) in UNITS {
        if bytes >= each {
            let tenths = bytes / (each / 10);
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} bytes")
}

/// A text as a sentence: a capital first, a full stop last.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    // Addresses, purls and names in backticks keep their spelling; words alone take a capital.
    let word = text.split_whitespace().next().unwrap_or_default();
    let plain = word.trim_end_matches([',', ';']).chars().all(char::is_alphabetic);
    let begun: String = if plain { first.to_uppercase().chain(chars).collect() } else { text.to_owned() };
    if begun.ends_with(['.', '!', '?', ':', '\u{2026}']) { begun } else { format!("{begun}.") }
}
