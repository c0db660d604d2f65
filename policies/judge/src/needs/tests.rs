//! What a release needs, each kind of need alone and against the others.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use vetmoot_domain::proof::Multikey;
use vetmoot_domain::{
    Audit, AuditKind, Author, CheckVerdict, Digest, Digests, Evidence, NeedState, Organisation, Span, Subject, Testimony,
    TestimonyOrigin, Timestamp,
};

use super::{CheckFact, Staged, StagedFile, needs};
use crate::{DottedVersions, Policy, ShelfAlone, run_case};

const KEY: &str = "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw";
const DEPLOY: &str = "[require]\nruntime = ['safe-to-deploy']\n";

fn policy(body: &str) -> Policy {
    let toml = format!("vetmoot-policy = 1\n[policy]\ntitle = \"House\"\n{body}");
    Policy::parse(toml.as_bytes(), &ShelfAlone).unwrap_or_else(|errors| panic!("{errors}\n{toml}"))
}

/// Judges a candidate that was staged as `given` says; `expected` is `ready` or `waiting`, then each need.
fn check(body: &str, given: &str, expected: &str) {
    let (release, needs) = expected.split_once(": ").unwrap_or((expected, ""));
    let needs: Vec<String> = needs.split(", ").map(|need| format!("'{need}'")).collect();
    let staged = if given.contains("staged =") { "" } else { "staged = '1h'\n" };
    let case =
        format!("name = \"n\"\nexpect = {{ release = '{release}', needs = [{}] }}\n[given]\n{staged}{given}", needs.join(", "));
    let outcome = run_case(&policy(body), &case).unwrap_or_else(|errors| panic!("{errors}\n{case}"));
    assert!(outcome.passed(), "{}\n{body}\n{given}", outcome.failures.join("\n"));
}

fn ci(more: &str) -> String {
    format!("[[release.check]]\nname = 'ci'\nkey = '{KEY}'\n{more}\n")
}

#[test]
fn a_policy_without_the_section_needs_what_it_requires_and_nothing_counts_days() {
    check("", "", "ready: clean met");
    check("[gates]\nrelease-age = '7d'\n", "", "ready: clean met");
    check(DEPLOY, "", "waiting: safe-to-deploy waiting, clean met");
    check(DEPLOY, "audits = [{}]", "ready: safe-to-deploy met, clean met");
    let quiet = format!("{DEPLOY}[evidence]\nor-quiet = '1d'\n");
    check(&quiet, "staged = '30d'", "waiting: safe-to-deploy waiting, clean met");
}

#[test]
fn the_wait_begins_when_it_is_staged() {
    let body = "[release]\nwait = '2d'\n";
    check(body, "staged = '47h'", "waiting: clean met, wait waiting");
    check(body, "staged = '2d'", "ready: clean met, wait met");
    check("[release]\nwait = '0d'\n", "staged = '0d'", "ready: clean met");
}

#[test]
fn what_the_section_says_stands_in_the_place_of_the_evidence_section() {
    let body = format!(
        "{DEPLOY}[release]\nquorum = 2\nauditor-level = 1\ndepth = 'skim'\n[evidence]\ndepth = 'deep'\nauditor-level = 3\n"
    );
    check(&body, "audits = [{ level = 1, depth = 'skim' }]", "waiting: safe-to-deploy waiting, clean met");
    let two = "audits = [{ level = 1, depth = 'skim' }, { level = 1, depth = 'skim', by = 'bob', organisation = 'other' }]";
    check(&body, two, "ready: safe-to-deploy met, clean met");
    let run = format!("{DEPLOY}[release]\ncriteria = ['safe-to-run']\n");
    check(&run, "audits = [{ criteria = 'safe-to-run' }]", "ready: safe-to-run met, clean met");
    check(&format!("{DEPLOY}[release]\ncriteria = []\n"), "", "ready: clean met");
}

#[test]
fn quorums_have_the_forms_of_the_evidence_section() {
    let two = "audits = [{}, { by = 'bob', organisation = 'other' }]";
    let body = format!("{DEPLOY}[evidence]\nquorum = 2\n");
    check(&format!("{body}[release]\n"), "audits = [{}]", "waiting: safe-to-deploy waiting, clean met");
    check(&format!("{body}[release]\nquorum = {{ safe-to-run = 1 }}\n"), two, "ready: safe-to-deploy met, clean met");
    check(&format!("{body}[release]\nquorum = {{ default = 1 }}\n"), "audits = [{}]", "ready: safe-to-deploy met, clean met");
    check(&format!("{body}[release]\nquorum = {{ safe-to-deploy = 3 }}\n"), two, "waiting: safe-to-deploy waiting, clean met");
}

#[test]
fn a_violation_refuses_whatever_vouches_for_it() {
    let given = "audits = [{}, { range = '=1.0.0', by = 'eve' }]";
    check(DEPLOY, given, "waiting: safe-to-deploy waiting, violation failed");
    check("", "audits = [{ range = '*' }]", "waiting: violation failed");
    // What a release asks for may be less than what its users ask for.
    let run = format!("{DEPLOY}[release]\ncriteria = ['safe-to-run']\n");
    let given = "audits = [{ criteria = 'safe-to-run' }, { range = '*', criteria = 'safe-to-deploy' }]";
    check(&run, given, "waiting: safe-to-run waiting, violation failed");
}

#[test]
fn what_speaks_against_a_release_of_others_speaks_against_ours() {
    check("[gates]\nmalware = 'refuse'\n", "advisories = [{ kind = 'malware' }]", "waiting: malware failed");
    let gate = "[gates.advisories]\neffect = 'hold'\nmax-staleness = '3d'\n";
    check(gate, "advisories = [{}]", "waiting: advisory-matched failed");
    check(gate, "advisories = [{ fixed = '1.0.0' }]", "ready: clean met");
    check(gate, "sources = [{ age = '4d' }]", "waiting: advisories-stale waiting");
    let rule = "[[rule]]\nid = 'no-prereleases'\nneeds = '!pkg.prerelease'\nmessage = 'm'\n";
    check(rule, "purl = 'pkg:cargo/example@1.0.0-rc'", "waiting: rule-unmet failed");
    check("ecosystems = ['npm']\n", "", "waiting: ecosystem-not-covered failed");
}

#[test]
fn an_exception_answers_for_missing_audits_and_never_for_a_check_or_the_wait() {
    let exception = "[[exception]]\npurl = 'pkg:cargo/example'\nowner = 'ada'\nreason = 'we wrote it'\nuntil = 2026-12-31\n";
    check(&format!("{DEPLOY}{exception}"), "", "ready: safe-to-deploy met, clean met");
    let body = format!("{DEPLOY}{exception}[release]\nwait = '2d'\n{}", ci(""));
    check(&body, "", "waiting: safe-to-deploy met, clean met, wait waiting, ci waiting");
}

#[test]
fn the_latest_result_of_a_check_counts() {
    let body = ci("");
    check(&body, "", "waiting: clean met, ci waiting");
    check(&body, "checks = [{ name = 'ci' }]", "ready: clean met, ci met");
    check(&body, "checks = [{ name = 'ci', result = 'WARNED' }]", "ready: clean met, ci met");
    check(&body, "checks = [{ name = 'ci', result = 'FAILED' }]", "waiting: clean met, ci failed");
    let mended = "checks = [{ name = 'ci', age = '1h' }, { name = 'ci', result = 'FAILED', age = '2h' }]";
    check(&body, mended, "ready: clean met, ci met");
    let broken = "checks = [{ name = 'ci', age = '2h' }, { name = 'ci', result = 'FAILED', age = '1h' }]";
    check(&body, broken, "waiting: clean met, ci failed");
    let at_once = "checks = [{ name = 'ci', result = 'FAILED' }, { name = 'ci' }]";
    check(&body, at_once, "waiting: clean met, ci failed");
}

#[test]
fn a_waiver_stands_in_for_what_was_known_when_it_was_given() {
    let waived = "waivers = [{ check = 'ci' }]\n";
    check(&ci(""), waived, "ready: clean met, ci waived");
    check(
        &ci(""),
        &format!("{waived}checks = [{{ name = 'ci', result = 'FAILED', age = '1h' }}]"),
        "ready: clean met, ci waived",
    );
    check(
        &ci(""),
        "waivers = [{ check = 'ci', age = '2h' }]\nchecks = [{ name = 'ci', result = 'FAILED', age = '1h' }]",
        "waiting: clean met, ci failed",
    );
    check(&ci(""), &format!("{waived}checks = [{{ name = 'ci', age = '1h' }}]"), "ready: clean met, ci met");
    check(&ci("waivable = false"), waived, "waiting: clean met, ci waiting");
    check(&ci(""), "waivers = [{ check = 'lint' }]", "waiting: clean met, ci waiting");
}

#[test]
fn the_packages_own_people_do_not_vouch_for_it_unless_the_policy_says_so() {
    let own = "own-people = ['ada']\naudits = [{}]";
    check(DEPLOY, own, "waiting: safe-to-deploy waiting, clean met");
    check(&format!("{DEPLOY}[release]\nself-audits = 'count'\n"), own, "ready: safe-to-deploy met, clean met");
    check(
        &format!("{DEPLOY}[evidence]\nself-audits = 'count'\n[release]\nself-audits = 'ignore'\n"),
        own,
        "waiting: safe-to-deploy waiting, clean met",
    );
    check(DEPLOY, "own-people = ['bob']\naudits = [{}]", "ready: safe-to-deploy met, clean met");
    // What they said of an earlier version, before it was theirs, stays what it was.
    let base = "own-people = ['ada']\naudits = [{ version = '0.9.0' }, { from = '0.9.0', by = 'bob' }]";
    check(DEPLOY, base, "ready: safe-to-deploy met, clean met");
}

#[test]
fn an_audit_that_names_no_digest_is_not_about_bytes_nobody_else_has() {
    let import = format!("{DEPLOY}[[import]]\nname = 'm'\nlevel = 2\n");
    check(&import, "audits = [{ import = 'm', digest = 'none' }]", "waiting: safe-to-deploy waiting, clean met");
    check(&import, "audits = [{ import = 'm', digest = 'other' }]", "waiting: safe-to-deploy waiting, clean met");
    check(&import, "audits = [{ import = 'm' }]", "ready: safe-to-deploy met, clean met");
    let base = "audits = [{ import = 'm', version = '0.9.0', digest = 'none' }, { from = '0.9.0' }]";
    check(&import, base, "ready: safe-to-deploy met, clean met");
}

#[test]
fn trust_in_a_publisher_is_not_about_what_this_community_will_publish() {
    check(
        DEPLOY,
        "publisher = 'login:ada'\naudits = [{ publisher = 'login:ada' }]",
        "waiting: safe-to-deploy waiting, clean met",
    );
}

#[test]
fn a_test_that_expects_something_else_fails_and_says_what_differs() {
    let told = |case: &str| run_case(&policy(&ci("")), case).map(|outcome| outcome.failures.join("\n"));
    let case = "name = \"n\"\nexpect = { release = 'ready', needs = ['ci met'] }\n[given]\nstaged = '1h'\nchecks = [{ name = 'lint' }]";
    insta::assert_snapshot!(told(case).unwrap_or_else(|errors| errors.to_string()), @r"
    the policy asks for no check `lint`
    release is waiting, not ready
    needs are [ci waiting, clean met], not [ci met]
    ");
    let case = "name = \"n\"\nexpect = { release = 'ready' }\n[given]\nage = '1h'";
    insta::assert_snapshot!(told(case).unwrap_or_else(|errors| errors.to_string()), @"`release` and `needs` are asked of a candidate; say since when it is `staged`");
}

/// The needs in words: name, state, sentence, who, until when.
fn tell(body: &str, given: &str) -> String {
    let case = format!("name = \"n\"\nexpect = {{}}\n[given]\nstaged = '1h'\n{given}");
    let needs = crate::scenario::needs_of_case(&policy(body), &case).unwrap_or_else(|errors| panic!("{errors}"));
    let mut lines: Vec<String> = Vec::new();
    for need in &needs.needs {
        let by = need.by.as_ref().map(|by| format!(" <{by}>")).unwrap_or_default();
        let until = need.until.map(|until| format!(" until {until}")).unwrap_or_default();
        lines.push(format!("{} {} {}: {}{by}{until}", need.kind, need.name, need.state, need.text));
    }
    lines.extend(needs.changes_at.map(|at| format!("changes at {at}")));
    lines.join("\n")
}

#[test]
fn each_need_is_told_in_a_sentence() {
    let body = format!("{DEPLOY}[evidence]\nmax-age = '20d'\n[release]\nwait = '2d'\n{}", ci(""));
    insta::assert_snapshot!(tell(&body, "audits = [{}]\nwaivers = [{ check = 'ci' }]"), @r"
    audits safe-to-deploy met: safe-to-deploy is vouched for by ada <ada>
    clean clean met: nothing known here speaks against it
    wait wait waiting: staged 2026-11-20T11:00:00Z; House waits 2 days, until 2026-11-22T11:00:00Z until 2026-11-22T11:00:00Z
    check ci waived: waived by a lead: a reason <a lead>
    changes at 2026-11-22T11:00:00Z
    ");
    insta::assert_snapshot!(tell(&body, "checks = [{ name = 'ci', result = 'FAILED' }]"), @r"
    audits safe-to-deploy waiting: no audit by level 2 or above covers safe-to-deploy
    clean clean met: nothing known here speaks against it
    wait wait waiting: staged 2026-11-20T11:00:00Z; House waits 2 days, until 2026-11-22T11:00:00Z until 2026-11-22T11:00:00Z
    check ci failed: `ci` failed
    changes at 2026-11-22T11:00:00Z
    ");
}

#[test]
fn every_file_has_to_be_covered() {
    let file = |name: &str| StagedFile {
        subject: Subject {
            artifact: format!("pkg:pypi/example@1.0.0?file_name={name}").parse().unwrap(),
            digests: Digests::of(digest(name)),
        },
        uploaded: now().minus(Span::days(2)),
    };
    let files = [file("example-1.0.0.tar.gz"), file("example-1.0.0-py3-none-any.whl")];
    let judge = |body: &str, digests: &[&str]| {
        let evidence = Evidence { testimonies: vec![audit(digests)], advisories: Vec::new() };
        let staged = Staged { files: &files, staged: Some(now()), checks: &[], waivers: &[], own_people: &[] };
        let needs = needs(&policy(body), &evidence, &staged, now(), &[], &DottedVersions);
        assert_eq!(needs.decisions.len(), 2);
        format!("{} {}", needs.met, needs.needs[0].text)
    };
    let both = ["example-1.0.0.tar.gz", "example-1.0.0-py3-none-any.whl"];
    assert_eq!(judge(DEPLOY, &both), "true safe-to-deploy is vouched for by ada");
    assert_eq!(
        judge(DEPLOY, &both[..1]),
        "false 1 of 2 files are covered; example-1.0.0-py3-none-any.whl: the audits of this version that claim \
         safe-to-deploy cover other files of this release"
    );
    let covers = format!("{DEPLOY}[pypi]\ncovers = 'release'\n");
    assert_eq!(judge(&covers, &both[..1]), "true safe-to-deploy is vouched for by ada", "both came before it was recorded");
}

#[test]
fn nothing_is_met_while_files_still_come() {
    let files = [StagedFile {
        subject: Subject { artifact: "pkg:cargo/example@1.0.0".parse().unwrap(), digests: Digests::of(digest("x")) },
        uploaded: now(),
    }];
    for (files, staged, met) in [(&files[..], None, false), (&[], Some(now()), false), (&files[..], Some(now()), true)] {
        let staged = Staged { files, staged, checks: &[], waivers: &[], own_people: &[] };
        let needs = needs(&policy(""), &Evidence::default(), &staged, now(), &[], &DottedVersions);
        assert_eq!(needs.met, met, "{staged:?}");
    }
}

#[test]
fn a_result_counts_by_the_key_that_signed_it() {
    let other = Multikey::from_bytes(&[0x58; 32]).or_else(|| Multikey::from_bytes(&[0x77; 32]));
    let stranger = other.unwrap_or_else(|| panic!("one of two points is a key"));
    for (key, state) in [(KEY.parse().unwrap(), NeedState::Met), (stranger, NeedState::Waiting)] {
        let check = CheckFact { key, verdict: CheckVerdict::Passed, at: now(), url: None, detail: None };
        let staged = Staged { files: &[], staged: Some(now()), checks: &[check], waivers: &[], own_people: &[] };
        let needs = needs(&policy(&ci("")), &Evidence::default(), &staged, now(), &[], &DottedVersions);
        assert_eq!(needs.needs.last().map(|need| need.state), Some(state));
    }
}

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn digest(text: &str) -> Digest {
    use sha2::Digest as _;
    Digest::Sha256(sha2::Sha256::digest(text.as_bytes()).into())
}

fn audit(files: &[&str]) -> Testimony {
    Testimony {
        id: "/audits/1".to_owned(),
        origin: TestimonyOrigin::Local,
        authors: vec![Author { name: "ada".to_owned(), organisation: Organisation::community(), level: 2 }],
        recorded: Some(now()),
        dated: true,
        audit: Audit {
            package: "pkg:pypi/example".parse().unwrap(),
            kind: AuditKind::Full {
                version: "1.0.0".parse().unwrap(),
                digests: files.iter().map(|file| digest(file)).collect(),
            },
            criteria: ["safe-to-deploy".parse().unwrap()].into(),
            depth: None,
            notes: String::new(),
            self_audit: false,
            machine: None,
            findings: Vec::new(),
        },
    }
}
