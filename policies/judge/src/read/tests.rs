//! Every mistake in a policy has a line, a column, a code and a sentence.
#![expect(clippy::unwrap_used, reason = "tests")]

use crate::{Policy, PolicyErrors, ShelfAlone};

fn read(toml: &str) -> Result<Policy, PolicyErrors> {
    Policy::parse(toml.as_bytes(), &ShelfAlone)
}

/// Reads a body after the usual head, so that the first line of `body` is line 4.
fn check(body: &str, expected: &str) {
    let toml = format!("vetmoot-policy = 1\n[policy]\ntitle = \"T\"\n{body}");
    let told = match read(&toml) {
        Ok(_) => "fine".to_owned(),
        Err(errors) => errors.0.iter().map(|error| format!("{} {error}", error.code)).collect::<Vec<_>>().join("\n"),
    };
    assert_eq!(told, expected, "\n{toml}");
}

#[test]
fn the_smallest_policy_reads() {
    check("", "fine");
    let policy = read("vetmoot-policy = 1\npolicy = { title = \"T\" }").unwrap();
    assert_eq!(policy.title(), "T");
    assert_eq!(policy.ecosystems().len(), 3);
    assert_eq!(policy.serve_use(), vetmoot_domain::Use::Runtime);
}

#[test]
fn an_unknown_language_version_is_an_error() {
    let told = |toml: &str| read(toml).unwrap_err().to_string();
    assert_eq!(
        told("[policy]\ntitle = \"T\""),
        "line 1, column 1: `vetmoot-policy` is missing; a policy begins with `vetmoot-policy = 1`"
    );
    assert_eq!(
        told("vetmoot-policy = 2\n[policy]\ntitle = \"T\""),
        "line 1, column 18: language version 2 is unknown; this build reads `vetmoot-policy = 1`"
    );
    assert_eq!(told("vetmoot-policy = \"1\""), "line 1, column 18: `vetmoot-policy` is a whole number, not a text");
}

#[test]
fn unknown_keys_come_with_a_suggestion() {
    check("[requier]\nruntime = []", "unknown-key line 4, column 2: unknown key `requier`; did you mean `require`?");
    check("[evidence]\nquorom = 2", "unknown-key line 5, column 1: unknown key `quorom` in `evidence`; did you mean `quorum`?");
    check(
        "[gates]\nrelease-age = { minimum = \"7d\", xyzzy = 1 }",
        "unknown-key line 5, column 33: unknown key `xyzzy` in `gates.release-age`",
    );
}

#[test]
fn several_mistakes_are_told_at_once_in_the_order_of_the_text() {
    check(
        "[gates]\nrelease-age = \"7 days\"\nmalware = \"refused\"\n[evidence]\nauditor-level = 7\nquorum = \"two\"",
        "bad-span line 5, column 15: `7 days` is not a span of time: write a whole number and d, h, m or s, for example 7d\n\
         unknown-word line 6, column 11: `refused` is no value of `gates.malware`; use one of: hold, refuse; did you mean `refuse`?\n\
         out-of-bounds line 8, column 17: `evidence.auditor-level` is a whole number from 0 to 4\n\
         wrong-type line 9, column 10: `evidence.quorum` is a whole number, not a text",
    );
}

#[test]
fn circles_of_criteria_are_refused() {
    check(
        "[criteria.a]\ndescription = \"A\"\nimplies = \"b\"\n[criteria.b]\ndescription = \"B\"\nimplies = [\"c\"]\n[criteria.c]\ndescription = \"C\"\nimplies = [\"a\"]",
        "criteria-cycle line 6, column 11: criteria imply one another in a circle: a -> b -> c -> a",
    );
    check(
        "[criteria.a]\ndescription = \"A\"\nimplies = \"a\"",
        "criteria-cycle line 6, column 11: criteria imply one another in a circle: a -> a",
    );
}

#[test]
fn unknown_criteria_are_refused_wherever_they_stand() {
    check(
        "[require]\nruntime = [\"safe-to-deplyo\"]",
        "unknown-criterion line 5, column 12: `safe-to-deplyo` is no criterion of this policy; describe it in `[criteria.safe-to-deplyo]`; did you mean `safe-to-deploy`?",
    );
    check(
        "[criteria.a]\ndescription = \"A\"\nimplies = \"zz\"",
        "unknown-criterion line 6, column 11: `zz` is no criterion of this policy; describe it in `[criteria.zz]`",
    );
    check(
        "[[import]]\nname = \"m\"\nlevel = 2\ncriteria-map = { theirs = \"ours\" }",
        "unknown-criterion line 7, column 27: `ours` is no criterion of this policy; describe it in `[criteria.ours]`",
    );
}

#[test]
fn built_in_criteria_keep_their_meaning() {
    check("[criteria.safe-to-deploy]\nsame-as = \"x\"\nimplies = \"safe-to-run\"\nchecklist = [\"unsafe\"]", "fine");
    check(
        "[criteria.safe-to-run]\ndescription = \"anything\"",
        "builtin-criterion line 5, column 15: `safe-to-run` is built in and means the same everywhere; give your own claim another name",
    );
}

#[test]
fn exceptions_need_an_owner_a_reason_and_an_end() {
    check(
        "[[exception]]\npurl = \"pkg:cargo/a@1.0.0\"",
        "missing-key line 4, column 1: `exception.owner` is missing\n\
         missing-key line 4, column 1: `exception.reason` is missing\n\
         missing-key line 4, column 1: `exception.until` is missing",
    );
    check(
        "[[exception]]\npurl = \"cargo:a\"\nowner = \"o\"\nreason = \"r\"\nuntil = 2026-12-31",
        "bad-purl line 5, column 8: `cargo:a` is not a package URL; write pkg:cargo/NAME@VERSION, pkg:pypi/NAME@VERSION or pkg:npm/NAME@VERSION",
    );
    check(
        "[[exception]]\npurl = \"pkg:cargo/a\"\nrange = \"<2\"\nowner = \"o\"\nreason = \"r\"\nuntil = \"2026-12-31\"",
        "fine",
    );
    check(
        "[[exception]]\npurl = \"pkg:cargo/a\"\nowner = \"o\"\nreason = \"r\"\nuntil = \"tomorrow\"\nlifts = [\"violation\"]",
        "bad-day line 8, column 9: `exception.until`: `tomorrow` is not a day: write year-month-day, for example 2026-11-27\n\
         unknown-word line 9, column 10: `violation` is no reason an exception lifts; use some of: release-too-young, release-undated, release-date-unknown, advisory-matched, advisories-stale, audits-missing, digest-unmatched, digest-unknown, not-quiet, rule-unmet",
    );
}

#[test]
fn rules_are_checked_where_they_stand() {
    let rule = |when: &str| format!("[[rule]]\nid = \"r\"\nneeds = {when}\nmessage = \"m\"");
    check(&rule("\"pkg.name != ''\""), "fine");
    check(
        &rule("\"pkg.nmae == 'x'\""),
        "cel-field line 6, column 13: `rule.needs`: pkg has no field `nmae`; did you mean `name`?",
    );
    check(
        &rule("'audit.size() > 0'"),
        "cel-variable line 6, column 10: `rule.needs`: `audit` is no variable; there are pkg, audits and advisories; did you mean `audits`?",
    );
    check(
        &rule("'pkg.name.matches(\"a\")'"),
        "cel-function line 6, column 26: `rule.needs`: regular expressions are not admitted; use contains, startsWith or endsWith",
    );
}

#[test]
fn what_was_never_evaluated_is_never_served() {
    check(
        "[pending-bytes]\nnot-evaluated = \"serve\"",
        "unevaluated-bytes line 5, column 17: what was never evaluated is never served",
    );
}

#[test]
fn an_extension_adds_and_never_changes() {
    let (_, base) = crate::shelf().first().unwrap();
    let digest = vetmoot_domain::PolicyDigest::of(base.as_bytes());
    let head = format!("vetmoot-policy = 1\n[policy]\ntitle = \"Ours\"\nextends = \"{digest}\"\n");
    let exception = "[[exception]]\npurl = \"pkg:cargo/a\"\nowner = \"ada\"\nreason = \"we wrote it\"\nuntil = 2026-12-31\n";
    let import = "[[import]]\nname = \"m\"\norganisation = \"Mozilla\"\nlevel = 2\n";
    let policy = read(&format!("{head}{exception}{import}")).unwrap();
    assert_eq!(policy.extends(), Some(digest));
    assert_eq!(
        policy.loosened(),
        ["Audits of `m` count as Mozilla at level 2.", "pkg:cargo/a is excepted until 2026-12-31: we wrote it (ada)."]
    );
    assert_eq!(policy.gates().len(), 2, "the gates of the base stay");
    let errors = read(&format!("{head}[gates]\nmalware = \"hold\"")).unwrap_err().to_string();
    assert!(errors.starts_with("line 5, column 1: `gates` cannot stand beside `extends`"), "{errors}");
    let strange = head.replace(&digest.to_string(), &vetmoot_domain::PolicyDigest::of(b"x").to_string());
    let errors = read(&strange).unwrap_err().to_string();
    assert!(errors.contains("is not at hand"), "{errors}");
}

#[test]
fn large_deep_and_broken_documents_are_refused() {
    let told = |toml: &str| read(toml).unwrap_err().0.first().unwrap().code;
    assert_eq!(told(&" ".repeat(crate::limits::POLICY_BYTES_MAX + 1)), "too-large");
    assert_eq!(told(&format!("x = {}{}", "[".repeat(5_000), "]".repeat(5_000))), "toml-syntax");
    assert_eq!(told("vetmoot-policy = "), "toml-syntax");
    assert_eq!(Policy::parse(&[0xff, 0xfe], &ShelfAlone).unwrap_err().0.first().unwrap().code, "not-text");
    let many = (0..70).map(|n| format!("[criteria.c{n}]\ndescription = \"d\"")).collect::<Vec<_>>().join("\n");
    assert_eq!(told(&format!("vetmoot-policy = 1\n[policy]\ntitle = \"T\"\n{many}")), "too-many-criteria");
}

#[test]
fn a_quorum_may_differ_by_criterion() {
    check("[evidence]\nquorum = { safe-to-deploy = 2, default = 1 }", "fine");
    check(
        "[evidence]\nquorum = { safe-to-deplo = 2 }",
        "unknown-criterion line 5, column 12: `safe-to-deplo` is no criterion of this policy; describe it in `[criteria.safe-to-deplo]`; did you mean `safe-to-deploy`?",
    );
    check("[evidence]\nquorum = 6", "out-of-bounds line 5, column 10: `evidence.quorum` is a whole number from 1 to 5");
}

const KEY: &str = "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw";
const OTHER: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";

#[test]
fn what_a_release_needs_is_read_like_the_rest() {
    let whole = format!(
        "[release]\nwait = \"2d\"\ncriteria = [\"safe-to-run\"]\nquorum = {{ default = 2 }}\nauditor-level = 1\ndepth = \"skim\"\nself-audits = \"count\"\n[[release.check]]\nname = \"ci\"\nkeys = [\"{KEY}\", \"{OTHER}\"]\nwaivable = false"
    );
    check(&whole, "fine");
    let rules = read(&format!("vetmoot-policy = 1\n[policy]\ntitle = \"T\"\n{whole}")).unwrap().release();
    assert_eq!((rules.stated, rules.level, rules.self_audits), (true, 1, true));
    assert_eq!(rules.criteria, [("safe-to-run".parse().unwrap(), 2)]);
    assert_eq!(rules.wait, Some(vetmoot_domain::Span::days(2)));
    assert_eq!(
        rules.checks.first().map(|check| (check.name.as_str(), check.keys.len(), check.waivable)),
        Some(("ci", 2, false))
    );
}

#[test]
fn mistakes_in_what_a_release_needs_have_a_place_and_a_suggestion() {
    check(
        "[release]\nwiat = \"2d\"\ncriteria = [\"safe-to-deplyo\"]\nquorum = 9\nself-audits = \"cuont\"",
        "unknown-key line 5, column 1: unknown key `wiat` in `release`; did you mean `wait`?\n\
         unknown-criterion line 6, column 13: `safe-to-deplyo` is no criterion of this policy; describe it in `[criteria.safe-to-deplyo]`; did you mean `safe-to-deploy`?\n\
         out-of-bounds line 7, column 10: `release.quorum` is a whole number from 1 to 5\n\
         unknown-word line 8, column 15: `cuont` is no value of `release.self-audits`; use one of: count, ignore; did you mean `count`?",
    );
    check(
        "[[release.check]]\nname = \"CI!\"\nkey = \"ssh-ed25519 AAAA\"\nwaiveable = true",
        "bad-word line 5, column 8: `release.check.name` is 1 to 64 of a-z, 0-9 and hyphen, beginning with a letter\n\
         bad-multikey line 6, column 7: `ssh-ed25519 AAAA` is not an Ed25519 multikey; it begins with z6Mk and has 48 characters\n\
         unknown-key line 7, column 1: unknown key `waiveable` in `release.check`; did you mean `waivable`?",
    );
    check(
        "[[release.check]]\nname = \"ci\"",
        "missing-key line 4, column 1: a check has one `key` or several `keys`, each an Ed25519 multikey (z6Mk...)",
    );
    check(
        &format!("[[release.check]]\nname = \"ci\"\nkey = \"{KEY}\"\n[[release.check]]\nname = \"lint\"\nkey = \"{KEY}\""),
        "duplicate line 7, column 1: a key of the check `lint` is one of the check `ci` too; give each its own",
    );
    check(
        &format!("[[release.check]]\nname = \"ci\"\nkey = \"{KEY}\"\n[[release.check]]\nname = \"ci\"\nkey = \"{OTHER}\""),
        "duplicate line 7, column 1: the check `ci` stands here twice",
    );
}

#[test]
fn what_a_release_needs_is_bounded() {
    let check_of = |n: usize| format!("[[release.check]]\nname = \"c{n}\"\nkeys = []\n");
    let many: String = (0..=crate::limits::CHECKS_MAX).map(check_of).collect();
    let errors = read(&format!("vetmoot-policy = 1\n[policy]\ntitle = \"T\"\n{many}")).unwrap_err();
    assert!(errors.0.iter().all(|error| error.code == "empty"), "{errors}");
    let keys: Vec<String> = (0..=crate::limits::CHECK_KEYS_MAX).map(|_| format!("\"{KEY}\"")).collect();
    let body = format!("[[release.check]]\nname = \"ci\"\nkeys = [{}]", keys.join(", "));
    check(&body, "too-many line 4, column 1: a check has at most 10 keys");
}

#[test]
fn an_extension_tells_where_it_asks_less_of_our_own_releases() {
    let base = format!(
        "vetmoot-policy = 1\n[policy]\ntitle = \"Base\"\n[require]\nruntime = [\"safe-to-deploy\"]\n[release]\nwait = \"3d\"\nquorum = 2\n[[release.check]]\nname = \"ci\"\nkey = \"{KEY}\"\nwaivable = false\n"
    );
    let digest = vetmoot_domain::PolicyDigest::of(base.as_bytes());
    let source = move |wanted: &vetmoot_domain::PolicyDigest| (*wanted == digest).then(|| base.clone().into_bytes());
    let extend = |body: &str| {
        let toml = format!("vetmoot-policy = 1\n[policy]\ntitle = \"Ours\"\nextends = \"{digest}\"\n{body}");
        Policy::parse(toml.as_bytes(), &source).unwrap_or_else(|errors| panic!("{errors}\n{toml}"))
    };
    let same = extend("");
    assert_eq!((same.release().checks.len(), same.loosened().len()), (1, 0), "all of the base stays");
    let stricter = extend(&format!("[release]\nwait = \"4d\"\n[[release.check]]\nname = \"lint\"\nkey = \"{OTHER}\""));
    assert_eq!((stricter.release().checks.len(), stricter.loosened()), (2, Vec::new()));
    let looser = extend(&format!(
        "[release]\nwait = \"1d\"\nquorum = 1\nauditor-level = 1\nself-audits = \"count\"\n[[release.check]]\nname = \"ci\"\nkey = \"{OTHER}\""
    ));
    insta::assert_snapshot!(looser.loosened().join("\n"), @r"
    Releases of our own wait 1 day in place of 3 days.
    Releases of our own need 1 in place of 2 voices for safe-to-deploy.
    Audits of releases of our own count from level 1 on, in place of 2.
    Audits by a package's own people count for releases of our own.
    The check `ci` may be waived.
    The check `ci` takes results of other keys.
    ");
    let none = extend("[release]\ncriteria = []");
    assert_eq!(none.loosened(), ["Releases of our own need no audits for safe-to-deploy any more."]);
    assert_eq!(none.release().wait, Some(vetmoot_domain::Span::days(3)), "what is left out stays as the base says");
}

#[test]
fn what_a_release_needs_is_told_in_plain_words() {
    let toml = format!(
        "vetmoot-policy = 1\n[policy]\ntitle = \"T\"\n[require]\nruntime = [\"safe-to-deploy\"]\n[release]\nwait = \"2d\"\n[[release.check]]\nname = \"ci\"\nkey = \"{KEY}\"\nwaivable = false"
    );
    insta::assert_snapshot!(
        read(&toml).unwrap().plain_words().last().unwrap(),
        @"A release of the community's own packages needs 2 days in the open; audits for safe-to-deploy by one organisation from level 2 on; the check `ci`, which nobody can waive."
    );
}

proptest::proptest! {
    #[test]
    fn no_broken_policy_makes_the_reader_panic(
        which in 0..4usize, at in 0..4_000usize, cut in 0..200usize, put in "[a-z\\[\\]\"'= .{}\\n0-9-]{0,12}",
    ) {
        let (_, toml) = crate::shelf().get(which).unwrap();
        let head: String = toml.chars().take(at).collect();
        let tail: String = toml.chars().skip(at + cut).collect();
        if let Ok(policy) = read(&format!("{head}{put}{tail}")) {
            policy.run_tests();
            policy.plain_words();
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,80}", body in "[a-z\\[\\]\"= .{}\\n0-9-]{0,120}") {
        for toml in [text.clone(), body.clone(), format!("vetmoot-policy = 1\n[policy]\ntitle = \"T\"\n{body}")] {
            let _ = read(&toml);
        }
    }
}
