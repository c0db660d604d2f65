//! What answers mean.

use vetmoot_domain::{Span, Timestamp};
use vetmoot_outbound::Meta;
use vetmoot_workflows::delivery::record::Verdict;

use super::verdict;

const NOW: Timestamp = Timestamp::from_millis(1_700_049_600_000);

fn answered(status: u16, kind: &str, retry_after: Option<&str>) -> Meta {
    Meta {
        status,
        url: "https://one.example/inbox".parse().expect("an address"),
        etag: None,
        last_modified: None,
        content_type: Some(kind.to_owned()),
        content_length: None,
        content_encoding: None,
        content_range: None,
        cache_control: None,
        retry_after: retry_after.map(str::to_owned),
        date: None,
    }
}

#[test]
fn only_a_two_hundred_is_taken_and_only_some_refusals_are_final() {
    let of = |status| verdict::of_answer(&answered(status, "", None), NOW);
    for taken in [200, 201, 202, 204] {
        assert_eq!(of(taken), Verdict::Taken, "{taken}");
    }
    for refused in [400, 403, 405, 406, 409, 413, 422, 451] {
        assert_eq!(of(refused), Verdict::Refused, "{refused}");
    }
    for unwilling in [301, 302, 307, 308, 401] {
        assert_eq!(of(unwilling), Verdict::Unwilling, "{unwilling}");
    }
    for failing in [408, 425, 500, 501, 502, 503, 504] {
        assert_eq!(of(failing), Verdict::Failing { asked: None }, "{failing}");
    }
    assert_eq!((of(404), of(410), of(429)), (Verdict::Missing, Verdict::NoInbox, Verdict::Patience { asked: None }));
}

#[test]
fn a_pause_is_read_from_busy_and_failing_servers() {
    let asked = Some(Span::from_millis(120_000));
    assert_eq!(verdict::of_answer(&answered(429, "", Some("120")), NOW), Verdict::Patience { asked });
    assert_eq!(verdict::of_answer(&answered(503, "", Some("120")), NOW), Verdict::Failing { asked });
    assert_eq!(verdict::of_answer(&answered(202, "", Some("120")), NOW), Verdict::Taken);
}

#[test]
fn a_reason_is_kept_when_it_is_text_and_short() {
    let words = |kind: &str, body: &str| verdict::in_words(&answered(403, kind, None), body.as_bytes());
    assert_eq!(words("application/problem+json", "{\"code\":\n \"no\"}"), "answered 403: {\"code\": \"no\"}");
    assert_eq!(words("text/plain", "a\u{1b}[31mb"), "answered 403: a[31mb");
    assert_eq!(words("text/html", "<h1>Forbidden</h1>"), "answered 403");
    assert_eq!(words("text/plain", &"x".repeat(5_000)).chars().count(), "answered 403: ".len() + 200);
}
