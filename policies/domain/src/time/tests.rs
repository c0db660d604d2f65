//! Times keep one text form, whatever form they came in.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn offsets_and_microseconds_become_utc_milliseconds() {
    let moment: Timestamp = "2026-01-01T02:30:00.123456+02:00".parse().unwrap();
    assert_eq!(moment.to_string(), "2026-01-01T00:30:00.123Z");
}

#[test]
fn http_dates_survive_the_round_trip() {
    let moment: Timestamp = "2026-11-27T10:00:00Z".parse().unwrap();
    assert_eq!(moment.http_date(), "Fri, 27 Nov 2026 10:00:00 GMT");
    assert_eq!(Timestamp::from_http_date(&moment.http_date()), Some(moment));
}

#[test]
fn a_span_has_one_text_form() {
    for (given, expected) in [("7d", "7d"), ("48h", "2d"), ("90m", "90m"), ("0d", "0d"), ("30s", "30s")] {
        assert_eq!(given.parse::<Span>().unwrap().to_string(), expected);
    }
    for bad in ["7", "d", "-3d", "7w", "99999999999d", "1.5d", ""] {
        assert!(bad.parse::<Span>().is_err(), "{bad}");
    }
}

#[test]
fn spans_speak_like_people() {
    assert_eq!(Span::days(1).in_words(), "1 day");
    assert_eq!(Span::days(2).in_words(), "2 days");
    assert_eq!(Span::from_millis(7_200_000).in_words(), "2 hours");
}
