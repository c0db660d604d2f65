//! The exact times of tries.

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_700_049_600_000);
/// In milliseconds; whoever changes the schedule changes them knowingly.
const PAUSES_OF_ROW_1: [i64; 3] = [6_039, 10_382, 22_450];

fn seconds(seconds: i64) -> Span {
    Span::from_millis(seconds * 1_000)
}

fn host(id: i64) -> HostRow {
    HostRow {
        id,
        origin: "https://one.example".to_owned(),
        software: None,
        signature: None,
        state: HostState::Ok,
        failures: 0,
        failing_since: None,
        next_try_at: None,
        paused: false,
        last_in_at: None,
        last_out_at: None,
        last_error: None,
        nodeinfo_at: None,
        created_at: NOW,
    }
}

/// A host after so many failures, each at the moment it was to be tried; the pauses between them.
fn pauses(mut host: HostRow, failures: usize) -> (HostRow, Vec<Span>) {
    let (mut now, mut pauses) = (NOW, Vec::new());
    for _ in 0..failures {
        let Standing { state, failures, failing_since, next_try_at } = after_failure(&host, now, None);
        pauses.push(next_try_at.since(now));
        now = next_try_at;
        host = HostRow { state, failures, failing_since, next_try_at: Some(next_try_at), ..host };
    }
    (host, pauses)
}

#[test]
fn each_failure_doubles_the_pause_up_to_an_hour_and_a_quarter() {
    let (_, pauses) = pauses(host(1), 12);
    let shortest = [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600].map(seconds);
    for (pause, shortest) in pauses.iter().zip(shortest) {
        let longest = Span::from_millis(shortest.millis() + shortest.millis() / 4);
        assert!(*pause >= shortest && *pause <= longest, "{pause:?} is not within {shortest:?} and a quarter more");
    }
}

#[test]
fn the_pause_is_the_same_for_the_same_row_and_not_for_another() {
    let of = |id| pauses(host(id), 3).1.iter().map(|pause| pause.millis()).collect::<Vec<_>>();
    assert_eq!(of(1), PAUSES_OF_ROW_1);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn after_three_days_a_host_is_dead_and_probed_ever_more_rarely() {
    let mut failing = HostRow { state: HostState::Slow, failures: 80, failing_since: Some(NOW), ..host(1) };
    let at = |failing: &HostRow, days: i64| after_failure(failing, NOW.plus(Span::days(days)), None);
    assert_eq!(at(&failing, 3).state, HostState::Slow, "three days are still an outage");
    let just_after = after_failure(&failing, NOW.plus(Span::days(3)).plus(seconds(1)), None);
    assert_eq!(just_after.state, HostState::Dead);
    failing.state = HostState::Dead;
    let pause = |days: i64| at(&failing, days).next_try_at.since(NOW.plus(Span::days(days))).millis() / 3_600_000;
    assert_eq!([4, 8, 12, 24, 100].map(pause), [4, 8, 12, 24, 24], "hours between probes");
}

#[test]
fn a_host_that_asks_for_a_pause_gets_it_and_no_more_than_a_day() {
    let asked = |span| after_failure(&host(1), NOW, Some(span)).next_try_at.since(NOW);
    assert_eq!(asked(seconds(120)), seconds(120));
    assert_eq!(asked(Span::days(40)), Span::days(1));
    assert!(asked(seconds(0)).millis() > 0, "never at once, or there would be no end of it");
}

#[test]
fn patience_is_no_failure() {
    let slowed = after_patience(&host(1), NOW, Some(seconds(30)), 0);
    assert_eq!((slowed.state, slowed.failures, slowed.failing_since), (HostState::Slow, 0, None));
    assert_eq!(slowed.next_try_at, NOW.plus(seconds(30)));
    assert!(after_patience(&host(1), NOW, None, 4).next_try_at >= NOW.plus(seconds(80)));
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let field = |text: &str| retry_after(text, NOW);
    assert_eq!(field("120"), Some(seconds(120)));
    assert_eq!(field(" 0 "), Some(seconds(0)));
    assert_eq!(field("99999999999999999999999"), Some(Span::days(1)));
    assert_eq!(field(&NOW.plus(seconds(90)).http_date()), Some(seconds(90)));
    assert_eq!(field(&NOW.minus(seconds(90)).http_date()), Some(seconds(0)), "it is over");
    assert_eq!(field(&NOW.plus(Span::days(400)).http_date()), Some(Span::days(1)));
    for nothing in ["", "soon", "-5", "1.5", "12h"] {
        assert_eq!(field(nothing), None, "{nothing:?}");
    }
}

#[test]
fn a_delivery_waits_six_hours_at_most() {
    let longest = next_try(1, 60, NOW, None).since(NOW);
    assert!(longest >= BACK_OFF_MAX && longest.millis() <= BACK_OFF_MAX.millis() / 4 * 5, "{longest:?}");
    assert_eq!(next_try(1, 1, NOW, Some(seconds(7))), NOW.plus(seconds(7)));
    let days: i64 = (1..20).map(|tries| next_try(1, tries, NOW, None).since(NOW).millis()).sum();
    assert!(Span::from_millis(days).whole_days() >= 2, "what a healthy host fails on is tried for days");
}
