//! Expressions are bounded before they ever run, and running them has an answer always.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn check(source: &str, expected: &str) {
    let told = match compile(source) {
        Ok(_) => "fine".to_owned(),
        Err(faults) => faults.first().map(|fault| format!("{}: {}", fault.code, fault.message)).unwrap(),
    };
    assert!(told.starts_with(expected), "{source}: {told}");
}

#[test]
fn documented_variables_and_fields_are_admitted() {
    check("pkg.ecosystem == 'cargo' && !pkg.prerelease", "fine");
    check("audits.exists(a, 'safe-to-deploy' in a.criteria && a.level >= 3)", "fine");
    check("audits.filter(a, a.counts).exists(a, a.depth == 'deep')", "fine");
    check("advisories.all(a, a.severity != 'critical' || a.fixed)", "fine");
    check("audits.exists(a, advisories.exists(b, b.id == a.id))", "fine");
    check("size(audits) > 1 ? true : pkg.name.startsWith('x')", "fine");
}

#[test]
fn what_is_unknown_is_told() {
    check("nonsense", "cel-variable: `nonsense` is no variable");
    check("audits.exists(a, a.levle > 1)", "cel-field: an audit has no field `levle`");
    check("audits.filter(a, true).exists(b, b.levle > 1)", "cel-field: an audit has no field `levle`");
    check("advisories.exists(a, a.score > 1)", "cel-field: an advisory has no field `score`");
    check("pkg.version.reverse() == ''", "cel-function: `reverse` is no function here");
    check("pkg.name.matches('^a')", "cel-function: regular expressions are not admitted");
    check("timestamp('2026-01-01T00:00:00Z') < now()", "cel-function");
}

#[test]
fn what_is_too_large_is_refused() {
    check(&"true && ".repeat(300), "cel-bounds: an expression has at most");
    check(
        "audits.exists(a, audits.exists(b, audits.exists(c, true)))",
        "cel-bounds: a macro may stand inside one other macro, not deeper",
    );
    let list = (0..65).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    check(&format!("1 in [{list}]"), "cel-bounds: a list written out has at most 64 entries");
    check(&format!("{}true{}", "(".repeat(500), ")".repeat(500)), "cel-");
}

#[test]
fn what_is_as_deep_as_it_may_be_still_fits_on_the_stack() {
    check(&format!("{}true{}", "(!".repeat(6), ")".repeat(6)), "fine");
    check(&format!("{}true{}", "(".repeat(7), ")".repeat(7)), "cel-bounds: brackets stand at most 6 deep");
    check(&format!("{}true", "true ? true : ".repeat(31)), "fine");
    check(&format!("{}true", "true ? true : ".repeat(32)), "cel-bounds: operators, choices and macros stand more than 32 deep");
    check(&format!("1 != {}1", "1+".repeat(30)), "fine");
    check(&format!("1 == {}1", "1+".repeat(500)), "cel-bounds");
    check(&format!("pkg{} == 1", ".name".repeat(190)), "cel-bounds");
    check(&format!("audits{} == 1", "[0]".repeat(190)), "cel-bounds");
    check(&format!("{}1 == 1", "-".repeat(900)), "fine");
    check(&format!("'{}' != pkg.name", "+.[!?(".repeat(60)), "fine");
    check(&format!("'{}' != pkg.name", "\\\\\\'(((((((((".repeat(20)), "fine");
    check(&vec!["pkg.name != 'a'"; 40].join(" && "), "fine");
}

#[test]
fn what_can_never_work_is_told_at_adoption() {
    check("pkg.name > 3", "cel-type");
    check("pkg.name", "cel-type: gives string where true or false is asked for");
    check("audits", "cel-type");
    check("1 / 0 == 1", "cel-type: it divides by zero");
    check("pkg.name ==", "cel-syntax");
    check("", "cel-syntax");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_compiler_panic(source in "\\PC{0,60}", near in "[a-z().,'\\[\\]&|=<>! 0-9?:]{0,60}") {
        let _ = compile(&source);
        let _ = compile(&near);
    }
}
