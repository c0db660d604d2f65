//! Each rule, alone and against the others.

use vetmoot_domain::{Phase, Timestamp};

use crate::scenario::judge_case;
use crate::{Policy, ShelfAlone};

fn policy(body: &str) -> Policy {
    let toml = format!("vetmoot-policy = 1\n[policy]\ntitle = \"House\"\n{body}");
    Policy::parse(toml.as_bytes(), &ShelfAlone).unwrap_or_else(|errors| panic!("{errors}\n{toml}"))
}

/// Judges `given` under the policy `body`; `expected` is state, phase, bytes, reasons and how long it holds.
fn check(body: &str, given: &str, expected: &str) {
    let policy = policy(body);
    let case = format!("name = \"n\"\nexpect = {{}}\n[given]\n{given}");
    let (decision, now) = judge_case(&policy, &case).unwrap_or_else(|errors| panic!("{errors}\n{case}"));
    let mut told = decision.state.to_string();
    if let Some(phase) = decision.phase {
        told = format!("{told} {}", Phase::as_str(phase));
    }
    told = format!("{told} {}", decision.bytes);
    for reason in &decision.reasons {
        told = format!("{told}, {}", reason.code);
    }
    if let Some(until) = decision.valid_until {
        told = format!("{told}, for {}", until.since(now));
    }
    assert_eq!(told, expected, "\n{body}\n{given}\n{:#?}", decision.reasons);
}

/// The same, for the words of the reasons and their remedies.
fn tell(body: &str, given: &str) -> String {
    let case = format!("name = \"n\"\nexpect = {{}}\n[given]\n{given}");
    let (decision, _) = judge_case(&policy(body), &case).unwrap_or_else(|errors| panic!("{errors}"));
    let tell = |reason: &vetmoot_domain::Reason| {
        let mut told = format!("{} [{}] {}", reason.rule, reason.statements.join(" "), reason.text);
        if let Some(remedy) = &reason.remedy {
            let from = remedy.from.as_ref().map_or("nothing", |from| from.as_str());
            let to = remedy.to.as_ref().map_or("here", |to| to.as_str());
            let criteria: Vec<&str> = remedy.criteria.iter().map(|name| name.as_str()).collect();
            let until = remedy.until.map(|until: Timestamp| until.to_string()).unwrap_or_default();
            told = format!("{told} => {} {from} to {to} {} {:?} {until}", remedy.kind, criteria.join(" "), remedy.level);
        }
        told
    };
    decision.reasons.iter().map(tell).collect::<Vec<_>>().join("\n")
}

const DEPLOY: &str = "[require]\nruntime = [\"safe-to-deploy\"]\n";

#[test]
fn a_policy_that_asks_for_nothing_lists_everything() {
    check("", "", "listed serve, nothing-missing");
    check("", "published = 'unknown'", "listed serve, nothing-missing");
}

#[test]
fn ecosystems_the_policy_does_not_judge_are_held() {
    check("ecosystems = ['npm']", "", "held pending refuse, ecosystem-not-covered");
    check("ecosystems = ['cargo']", "", "listed serve, nothing-missing");
}

#[test]
fn an_advisory_of_a_followed_community_counts_where_the_policy_imports_it() {
    let gate = "[gates.advisories]\neffect = 'hold'\n";
    let imported = format!("{gate}[[import]]\nname = 'vet.example.org'\nlevel = 2\n");
    let given = "advisories = [{ community = 'vet.example.org' }]";
    check(gate, given, "listed serve, nothing-missing");
    check(&imported, given, "held pending refuse, advisory-matched");
    check(&imported, "advisories = [{ community = 'other.example.org' }]", "listed serve, nothing-missing");
}

#[test]
fn advisories_match_by_severity_score_and_kind() {
    let gate = "[gates.advisories]\neffect = 'hold'\n";
    check(gate, "advisories = [{}]", "held pending refuse, advisory-matched");
    check(gate, "advisories = [{ fixed = '1.0.0' }]", "listed serve, nothing-missing");
    check(gate, "advisories = [{ kind = 'unsound' }]", "listed serve, nothing-missing");
    check(gate, "advisories = [{}]\nlisted-before = true", "held lapsed serve, advisory-matched");
    let high =
        "[gates.advisories]\neffect = 'refuse'\nseverity-at-least = 'high'\ncvss-at-least = 7.0\ninformational = 'unsound'\n";
    check(high, "advisories = [{ severity = 'medium' }]", "listed serve, nothing-missing");
    check(high, "advisories = [{ severity = 'medium', cvss-tenths = 70 }]", "refused refuse, advisory-matched");
    check(high, "advisories = [{ severity = 'high', cvss-tenths = 10 }]", "refused refuse, advisory-matched");
    check(high, "advisories = [{ kind = 'unsound' }]", "refused refuse, advisory-matched");
    check(high, "advisories = [{}]", "refused refuse, advisory-matched");
    check(&format!("{high}unscored = 'ignore'"), "advisories = [{}]", "listed serve, nothing-missing");
}

#[test]
fn stale_sources_hold_only_what_was_never_listed() {
    let gate = "[gates.advisories]\neffect = 'hold'\nmax-staleness = '3d'\n";
    check(gate, "sources = [{ age = '4d' }]", "held pending refuse, advisories-stale");
    check(gate, "sources = [{ age = '1d' }]", "listed serve, nothing-missing, for 2d");
    check(gate, "sources = [{ age = '4d' }]\nlisted-before = true", "listed serve, nothing-missing");
    check(gate, "", "listed serve, nothing-missing");
    let malware = "[gates.malware]\nmax-staleness = '1d'\n";
    check(malware, "sources = [{ age = '2d', malware = false }]", "listed serve, nothing-missing");
    check(malware, "sources = [{ age = '2d' }]", "held pending refuse, advisories-stale");
}

#[test]
fn held_malware_stays_held_whatever_is_excepted() {
    let body =
        "[gates]\nmalware = 'hold'\n[[exception]]\npurl = 'pkg:cargo/example'\nowner = 'o'\nreason = 'r'\nuntil = 2027-01-01\n";
    check(body, "advisories = [{ kind = 'malware' }]", "held pending refuse, malware");
}

#[test]
fn exceptions_lift_what_can_be_lifted_until_their_last_day_is_over() {
    let exception =
        "[[exception]]\npurl = 'pkg:cargo/example@1.0.0'\nowner = 'ada'\nreason = 'we wrote it'\nuntil = 2026-11-21\n";
    check(&format!("{DEPLOY}{exception}"), "", "listed serve, excepted, for 36h");
    check(&format!("{DEPLOY}{exception}"), "now = '2026-11-21T23:59:59Z'", "listed serve, excepted, for 1s");
    check(&format!("{DEPLOY}{exception}"), "now = '2026-11-22T00:00:00Z'", "held pending serve, audits-missing");
    check(&format!("{DEPLOY}{exception}"), "purl = 'pkg:cargo/example@1.0.1'", "held pending serve, audits-missing");
    check(&format!("{DEPLOY}{exception}"), "audits = [{ range = '*' }]", "refused refuse, violation");
    check(&format!("{DEPLOY}{exception}"), "changed-digest = true", "refused refuse, digest-changed");
    let narrow = format!("{DEPLOY}[gates]\nrelease-age = '7d'\n{exception}lifts = ['audits-missing']\n");
    check(&narrow, "age = '1d'", "held pending refuse, release-too-young, for 36h");
    check(&narrow, "age = '8d'", "listed serve, old-enough, excepted, for 36h");
    let range =
        "[[exception]]\npurl = 'pkg:cargo/example'\nrange = '<1.0.0'\nowner = 'ada'\nreason = 'r'\nuntil = 2026-11-21\n";
    check(&format!("{DEPLOY}{range}"), "purl = 'pkg:cargo/example@0.9.0'", "listed serve, excepted, for 36h");
    check(&format!("{DEPLOY}{range}"), "", "held pending serve, audits-missing");
}

#[test]
fn the_age_gate_tells_until_when() {
    let body = "[gates]\nrelease-age = { minimum = '7d', security-fix = '2h' }\n";
    check(body, "age = '2d'", "held pending refuse, release-too-young, for 5d");
    check(body, "age = '1h'\nadvisories = [{ fixed = '1.0.0' }]", "held pending refuse, release-too-young, for 1h");
    check(body, "age = '3h'\nadvisories = [{ fixed = '1.0.0' }]", "listed serve, security-fix, for 165h");
    let followed = format!("{body}\n[[import]]\nname = 'vet.example.org'\nlevel = 2\n");
    let theirs = "age = '3h'\nadvisories = [{ fixed = '1.0.0', community = 'vet.example.org' }]";
    check(&followed, theirs, "held pending refuse, release-too-young, for 165h");
    check(body, "published = 'first-sight'", "listed serve, first-sight");
    insta::assert_snapshot!(tell(body, "age = '2d'"), @r"
    gates.release-age [] published 2026-11-18T12:00:00Z; House waits 7 days, until 2026-11-25T12:00:00Z => wait nothing to here  None 2026-11-25T12:00:00Z
    ");
}

#[test]
fn pending_bytes_follow_the_strictest_rule() {
    let body = format!("{DEPLOY}[gates]\nrelease-age = '7d'\n[pending-bytes]\nrelease-age = 'serve'\n");
    check(&body, "age = '1d'", "held pending serve, release-too-young, audits-missing, for 6d");
    let body = format!("{body}audits = 'refuse'\n");
    check(&body, "age = '1d'", "held pending refuse, release-too-young, audits-missing, for 6d");
    check(&body, "age = '1d'\nlisted-before = true", "held lapsed serve, release-too-young, audits-missing, for 6d");
}

#[test]
fn audits_grow_too_old() {
    let body = format!("{DEPLOY}[evidence]\nmax-age = '100d'\n");
    check(&body, "audits = [{ age = '40d' }]", "listed serve, audited, for 60d");
    check(&body, "audits = [{ age = '100d' }]", "held pending serve, audits-missing");
    check(&body, "audits = [{ undated = true }]", "held pending serve, audits-missing");
    check(
        &body,
        "audits = [{ version = '0.9', age = '90d' }, { from = '0.9', age = '20d' }]",
        "listed serve, audited, for 10d",
    );
}

#[test]
fn a_chain_has_at_most_so_many_links() {
    let body = format!("{DEPLOY}[evidence]\nmax-chain = 2\n");
    check(&body, "audits = [{ version = '0.8' }, { from = '0.8' }]", "listed serve, audited");
    check(
        &body,
        "audits = [{ version = '0.8' }, { version = '0.9', from = '0.8' }, { from = '0.9' }]",
        "held pending serve, audits-missing",
    );
    check(&format!("{DEPLOY}[evidence]\nmax-chain = 1\n"), "audits = [{}]", "listed serve, audited");
}

#[test]
fn imports_count_as_the_policy_says() {
    let import = |more: &str| format!("{DEPLOY}[evidence]\ndepth = 'read'\n[[import]]\nname = 'm'\nlevel = 2\n{more}");
    let given = "audits = [{ import = 'm', level = 0, depth = 'none' }]";
    check(&import(""), given, "held pending serve, audits-missing");
    check(&import("depth = 'read'"), given, "listed serve, audited");
    check(&import("depth = 'read'\nexclude = ['pkg:cargo/example']"), given, "held pending serve, audits-missing");
    let unbound = "audits = [{ import = 'm', digest = 'none' }]";
    check(&import(""), unbound, "listed serve, audited");
    check(&import("unbound = 'ignore'"), unbound, "held pending serve, audits-missing");
    let undated = "audits = [{ import = 'm', undated = true }]";
    check(&import("undated = 'ignore'"), undated, "held pending serve, audits-missing");
    check(&import(""), undated, "listed serve, audited");
}

#[test]
fn an_entry_reached_by_two_imports_counts_by_the_one_the_policy_names() {
    let import = format!("{DEPLOY}[[import]]\nname = 'm'\nlevel = 2\n");
    check(&import, "audits = [{ id = 'x', import = 'a' }, { id = 'x', import = 'm' }]", "listed serve, audited");
    check(&import, "audits = [{ id = 'x', import = 'm' }, { id = 'x', import = 'z' }]", "listed serve, audited");
    check(
        &import,
        "audits = [{}, { id = 'x', import = 'a', range = '*' }, { id = 'x', import = 'm', range = '*' }]",
        "refused refuse, violation",
    );
}

#[test]
fn foreign_criteria_mean_nothing_until_they_are_mapped() {
    let import = |map: &str| format!("{DEPLOY}[criteria.crypto]\ndescription = 'c'\n[[import]]\nname = 'm'\nlevel = 2\n{map}");
    let foreign = "audits = [{ import = 'm', criteria = 'crypto' }]";
    let mapped = "audits = [{ import = 'm', criteria = 'theirs' }]";
    let builtin = "audits = [{ import = 'm' }]";
    check(&import("criteria-map = { theirs = 'safe-to-deploy' }"), mapped, "listed serve, audited");
    check(&import(""), mapped, "held pending serve, audits-missing");
    check(&import(""), foreign, "held pending serve, audits-missing");
    check(&import(""), builtin, "listed serve, audited");
    check(&import("criteria-map = { safe-to-deploy = [] }"), builtin, "held pending serve, audits-missing");
}

#[test]
fn authors_of_one_feed_are_one_organisation_unless_named_apart() {
    let body = |more: &str| format!("{DEPLOY}[evidence]\nquorum = 2\n[[import]]\nname = 'm'\nlevel = 2\n{more}");
    let given = "audits = [{ import = 'm', by = 'ada' }, { import = 'm', by = 'bob' }]";
    check(&body(""), given, "held pending serve, audits-missing");
    check(&body("authors-apart = true"), given, "listed serve, audited");
    let persons = format!("{DEPLOY}[evidence]\nquorum = 2\nindependence = 'person'\n");
    check(&persons, "audits = [{ by = 'ada' }, { by = 'bob' }]", "listed serve, audited");
    check(&persons, "audits = [{ by = 'ada' }, { by = 'ada' }]", "held pending serve, audits-missing");
    check(&persons, "audits = [{ by = ['ada', 'bob'] }]", "listed serve, audited");
}

#[test]
fn files_of_a_release_are_covered_one_by_one_unless_the_policy_says_so() {
    let file = "purl = 'pkg:pypi/six@1.0.0?file_name=six-1.0.0.tar.gz'\n";
    let other = "audits = [{ digest = 'other', age = '10d' }]";
    check(DEPLOY, &format!("{file}{other}"), "held pending refuse, digest-unmatched");
    let release = format!("{DEPLOY}[pypi]\ncovers = 'release'\n");
    check(&release, &format!("{file}uploaded-ago = '20d'\n{other}"), "listed serve, audited");
    check(&release, &format!("{file}uploaded-ago = '5d'\n{other}"), "held pending refuse, digest-unmatched");
    check(&release, &format!("{file}{other}"), "held pending refuse, digest-unmatched");
}

#[test]
fn one_version_may_be_written_in_two_ways_on_the_python_index() {
    check(DEPLOY, "purl = 'pkg:pypi/six@1.0'\naudits = [{ version = '1.0.0', digest = 'none' }]", "listed serve, audited");
    check(
        DEPLOY,
        "purl = 'pkg:pypi/six@2.0'\naudits = [{ version = '1.0.0', digest = 'none' }, { version = '2.0.0', from = '1', digest = 'none' }]",
        "listed serve, audited",
    );
}

#[test]
fn trust_in_a_publisher_holds_within_its_window_and_a_year_at_most() {
    let given = |more: &str| format!("publisher = 'user:1'\n{more}");
    let trust = "audits = [{ publisher = 'user:1', age = '400d', window-before = '1000d', window-after = '10d' }]";
    check(DEPLOY, &given(&format!("age = '20d'\n{trust}")), "held pending serve, audits-missing");
    check(DEPLOY, &given(&format!("age = '40d'\n{trust}")), "listed serve, audited");
    let today = "audits = [{ publisher = 'user:1', window-after = '0d' }]";
    check(DEPLOY, &given(&format!("age = '1h'\n{today}")), "listed serve, audited");
    let other = "audits = [{ publisher = 'user:2' }]";
    check(DEPLOY, &given(&format!("age = '1h'\n{other}")), "held pending serve, audits-missing");
    check(
        &format!("{DEPLOY}[evidence]\ndepth = 'skim'\n"),
        &given("audits = [{ publisher = 'user:1', depth = 'none' }]"),
        "held pending serve, audits-missing",
    );
}

#[test]
fn a_violation_counts_from_its_own_level_on() {
    check(DEPLOY, "audits = [{}, { range = '*', level = 0 }]", "listed serve, audited");
    check(DEPLOY, "audits = [{}, { range = '*', level = 1 }]", "refused refuse, violation");
    check(DEPLOY, "audits = [{}, { range = '*', machine = 'alone' }]", "refused refuse, violation");
    check(DEPLOY, "audits = [{}, { range = '*', import = 'nobody' }]", "listed serve, audited");
    check(
        &format!("{DEPLOY}[evidence]\nviolation-level = 2\n"),
        "audits = [{}, { range = '*', level = 1 }]",
        "listed serve, audited",
    );
    check(
        DEPLOY,
        "audits = [{}, { range = 'what?' }]",
        "held pending refuse, violation-unreadable, audited".trim_end_matches(", audited"),
    );
    check(DEPLOY, "audits = [{}, { range = '*', criteria = 'safe-to-run' }]", "refused refuse, violation");
}

#[test]
fn own_rules_hold_and_refuse_with_their_message() {
    let rule = |needs: &str, more: &str| format!("[[rule]]\nid = 'r'\nneeds = {needs:?}\nmessage = 'No.'\n{more}");
    check(&rule("pkg.name != 'example'", ""), "", "held pending refuse, rule-unmet");
    check(&rule("pkg.name != 'example'", "else = 'refuse'"), "", "refused refuse, rule-unmet");
    check(&rule("pkg.name != 'example'", "when = \"pkg.ecosystem == 'npm'\""), "", "listed serve, nothing-missing");
    check(
        &rule("audits.exists(a, a.level >= 3 && a.counts && a.covers)", ""),
        "audits = [{ level = 3 }]",
        "listed serve, nothing-missing",
    );
    check(&rule("audits.exists(a, a.level >= 3)", ""), "audits = [{ level = 2 }]", "held pending refuse, rule-unmet");
    check(
        &rule("advisories.all(a, a.severity == 'low')", ""),
        "advisories = [{ severity = 'low' }]",
        "listed serve, nothing-missing",
    );
    check(&rule("audits[0].level > 0", ""), "", "held pending refuse, rule-error");
}

#[test]
fn the_cheapest_audit_is_named() {
    insta::assert_snapshot!(tell(DEPLOY, ""), @r"
    require.runtime [] no audit by level 2 or above covers safe-to-deploy => audit nothing to here safe-to-deploy Some(2)
    ");
    insta::assert_snapshot!(tell(DEPLOY, "purl = 'pkg:cargo/example@1.5.0'\naudits = [{ version = '1.0.0' }, { version = '1.4.0', from = '1.0.0' }, { version = '1.9.0' }]"), @r"
    require.runtime [] no audit by level 2 or above covers safe-to-deploy => audit 1.4.0 to here safe-to-deploy Some(2)
    ");
    insta::assert_snapshot!(tell(DEPLOY, "purl = 'pkg:cargo/example@1.5.0'\naudits = [{ version = '1.0.0' }, { version = '1.5.0', from = '1.1.0' }, { version = '1.3.0' , from = '1.2.0' }]"), @r"
    require.runtime [] no audit by level 2 or above covers safe-to-deploy => audit 1.0.0 to 1.1.0 safe-to-deploy Some(2)
    ");
    let two = format!("{DEPLOY}[evidence]\nquorum = 2\n");
    insta::assert_snapshot!(tell(&two, "purl = 'pkg:cargo/example@1.5.0'\naudits = [{ version = '1.4.0', organisation = 'a' }, { version = '1.3.0', organisation = 'a' }, { version = '1.3.0', organisation = 'b', by = 'b' }, { version = '1.5.0', from = '1.3.0', organisation = 'a' }]"), @r"
    require.runtime [audit-2 audit-4] safe-to-deploy is vouched for by 1 of 2 independent organisations => audit 1.3.0 to here safe-to-deploy Some(2)
    ");
}

#[test]
fn reasons_tell_who_says_what() {
    let body = format!("{DEPLOY}[evidence]\nquorum = 2\n[gates]\nrelease-age = '7d'\n");
    insta::assert_snapshot!(tell(&body, "age = '20d'\naudits = [{ organisation = 'acme' }, { organisation = 'globex' }]"), @r"
    gates.release-age [] published 2026-10-31; the 7 days that House waits are over
    require.runtime [audit-1 audit-2] safe-to-deploy is vouched for by acme and globex
    ");
    insta::assert_snapshot!(tell(&body, "age = '20d'\naudits = [{ range = '>=1.0.0', by = 'eve' }]"), @r"
    evidence.violation [audit-1] versions >=1.0.0 fail safe-to-deploy, says eve
    ");
    insta::assert_snapshot!(tell(&body, "age = '20d'\nchanged-digest = true"), @r"
    digest [] other bytes appeared under this name on 2026-11-19; first seen sha256:92521fc3cbd9..., then sha256:d67e2e944994...
    ");
    insta::assert_snapshot!(tell(&body, "age = '20d'\naudits = [{ digest = 'other', organisation = 'a' }, { digest = 'other', organisation = 'b' }]"), @r"
    require.runtime [] the audits of this version that claim safe-to-deploy cover other bytes => audit nothing to here safe-to-deploy Some(2)
    ");
}
