//! The counting, on lines that runners really print.

use super::{Reader, Tally};

fn check(lines: &str, expected: &str) {
    let mut reader = Reader::default();
    lines.lines().for_each(|line| reader.read(line));
    let found = format!("{} {} {} {}", reader.passed, reader.failed, reader.ignored, reader.names.join("|"));
    assert_eq!(found.trim(), expected);
}

#[test]
fn suites_of_cargo_test_are_added_up() {
    check(
        "test a ... ok\ntest b::c ... FAILED\n\
         test result: FAILED. 1 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\
         test result: ok. 40 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
        "41 1 2 b::c",
    );
}

#[test]
fn the_summary_of_nextest_is_read_with_every_kind_of_failure() {
    check(
        "        FAIL [   0.004s] (1/9) vetmoot-tests::it clients::a_name
             TIMEOUT [ 600.004s] vetmoot-judge other
             Summary [   0.103s] 9 tests run: 6 passed (1 slow), 1 failed, 1 timed out, 1 exec failed, 2 skipped
        FAIL [   0.004s] (1/9) vetmoot-tests::it clients::a_name",
        "6 3 2 vetmoot-tests::it clients::a_name|vetmoot-judge other",
    );
}

#[test]
fn what_a_failed_test_printed_is_not_counted_again() {
    check(
        "    test b::c ... FAILED
             test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 119 filtered out; finished in 0.34s
             Summary [ 236.375s] 800 tests run: 799 passed (1 slow), 1 failed, 3 skipped
                FAIL [   0.350s] (710/800) vetmoot-workflows::it b::c",
        "799 1 3 vetmoot-workflows::it b::c",
    );
}

#[test]
fn a_test_that_passed_when_it_ran_again_is_named_and_counts_as_passed() {
    let mut reader = Reader::default();
    for line in [
        "     Summary [   0.103s] 2 tests run: 2 passed (1 flaky), 0 skipped",
        "   FLAKY 2/2 [   0.004s] (1/2) vetmoot-tests::it a_name",
    ] {
        reader.read(line);
    }
    assert_eq!((reader.passed, reader.failed, reader.names.len()), (2, 0, 0));
    assert_eq!(reader.flaky, ["vetmoot-tests::it a_name"]);
}

#[test]
fn a_runner_that_ran_nothing_is_a_failure() {
    let mut tally = Tally::default();
    tally.add(Reader::default(), true);
    assert!(!tally.is_good());
    assert_eq!(tally.failed, 1);
}

#[test]
fn a_runner_that_ends_badly_without_a_failed_test_is_a_failure() {
    let mut tally = Tally::default();
    tally.add(Reader { passed: 3, ..Reader::default() }, false);
    assert!(!tally.is_good());
}
