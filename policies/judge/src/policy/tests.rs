//! Policies speak plainly, and know which of their gates lack a source.

use vetmoot_domain::{Organisation, SourceState, Timestamp};

use super::*;

fn read(body: &str) -> Policy {
    let toml = format!("vetmoot-policy = 1\n[policy]\ntitle = \"T\"\n{body}");
    Policy::parse(toml.as_bytes(), &ShelfAlone).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn a_policy_is_told_sentence_by_sentence() {
    let policy = read(
        "[criteria.inert]\ndescription = \"Does nothing at install.\"\nimplies = \"safe-to-run\"\n\
         [require]\nruntime = [\"safe-to-deploy\", \"inert\"]\ndev = \"safe-to-run\"\n\
         [evidence]\nquorum = { safe-to-deploy = 2 }\ndepth = \"deep\"\nmax-age = \"730d\"\nunbound = \"ignore\"\nor-quiet = \"30d\"\nmachine-audits = \"guided\"\n\
         [gates]\nrelease-age = { minimum = \"36h\", first-sight = \"hold\", security-fix = \"1h\" }\n\
         advisories = { severity-at-least = \"high\", cvss-at-least = 7.5, informational = \"unmaintained\", effect = \"hold\", max-staleness = \"3d\" }\n\
         [[rule]]\nid = \"no-pre\"\nneeds = \"!pkg.prerelease\"\nelse = \"refuse\"\nmessage = \"Pre-releases are not for us.\"\n\
         [[import]]\nname = \"m\"\norganisation = \"Mozilla\"\nlevel = 3\ncriteria-map = { tested = \"inert\", nothing = [] }\n",
    );
    insta::assert_snapshot!(policy.plain_words().join("\n"), @r"
    What is used at run time or while building needs audits for safe-to-deploy by 2 independent organisations and inert by one organisation.
    What is used in development needs audits for safe-to-run by one organisation.
    Audits count from level 2 on, deeply read, for 730 days, if they name the digests they cover; audits by machines count where a person guided them; a package's own people do not count.
    30 days after its publication without an advisory about it stand in for missing audits.
    A release waits 36 hours after it was published; the fix of an advisory waits 1 hour; undated releases of a package's first listing are held.
    Vulnerabilities of severity high or worse, or a CVSS score of 7.5 or more, and notices of kind unmaintained hold a release. Advisories older than 3 days hold what is new.
    A violation refuses every version in its range, whoever else trusts it.
    The rule `no-pre` refuses a release: Pre-releases are not for us.
    Audits of `m` count as Mozilla at level 3; their nothing means nothing; their tested means inert.
    What is held for missing audits alone is not listed, but its bytes are served to who asks.
    ");
}

#[test]
fn gates_without_a_source_are_told() {
    let policy = read("[evidence]\nor-quiet = \"30d\"\n[gates]\nmalware = \"refuse\"\nadvisories = { effect = \"hold\" }");
    let lacking =
        |sources: &[SourceState]| policy.not_configured(sources).into_iter().map(|gate| gate.rule).collect::<Vec<_>>();
    let source = |malware| SourceState { name: "osv".to_owned(), last_read: Timestamp::from_millis(0), malware };
    assert_eq!(lacking(&[]), ["gates.malware", "gates.advisories", "evidence.or-quiet"]);
    assert_eq!(lacking(&[source(false)]), ["gates.malware"]);
    assert_eq!(lacking(&[source(true)]), Vec::<&str>::new());
}

#[test]
fn further_imports_stand_beside_those_of_the_policy() {
    let policy = read("[[import]]\nname = \"a\"\nlevel = 1\n");
    let import = |name: &str| ImportRule::new(name, Organisation::community(), 2);
    let more = policy.with_imports(vec![import("a"), import("b")]);
    let told: Vec<String> = more.imports().iter().map(|import| format!("{} {}", import.name, import.level)).collect();
    assert_eq!(told, ["a 1", "b 2"]);
    assert_eq!(more.digest(), policy.digest());
}

#[test]
fn a_use_that_is_not_named_asks_for_what_runtime_asks() {
    let policy = read("[require]\nruntime = \"safe-to-deploy\"\ndev = []");
    let asked = |usage| policy.requirements(usage).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(asked(Use::Runtime), ["safe-to-deploy"]);
    assert_eq!(asked(Use::Build), ["safe-to-deploy"]);
    assert_eq!(asked(Use::Dev), Vec::<String>::new());
}

#[test]
fn a_policy_says_where_it_asks_less_than_another_one() {
    let (key, other) = ("z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw", "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2");
    let strict = format!(
        "[require]\nruntime = [\"safe-to-deploy\"]\n[evidence]\nmax-age = \"90d\"\nunbound = \"ignore\"\n\
         [gates]\nmalware = \"refuse\"\nadvisories = {{ severity-at-least = \"high\", effect = \"hold\" }}\n\
         [release]\nwait = \"2d\"\n[[release.check]]\nname = \"ci\"\nkey = \"{key}\"\n\
         [[rule]]\nid = \"no-pre\"\nneeds = \"!pkg.prerelease\"\nelse = \"refuse\"\nmessage = \"No.\"\n"
    );
    let present = read(&strict);
    assert_eq!(read(&strict).asks_less_than(&present), Vec::<String>::new());
    assert_eq!(present.asks_less_than(&read("")), Vec::<String>::new(), "what asks for more asks for less of nothing");
    let stricter = strict.replace("2d", "3d").replace("90d", "30d");
    assert_eq!(read(&stricter).asks_less_than(&present), Vec::<String>::new());
    insta::assert_snapshot!(read("[evidence]\nindependence = \"person\"\n[[import]]\nname = \"m\"\norganisation = \"Mozilla\"\nlevel = 2\n").asks_less_than(&present).join("\n"), @r"
    Releases of our own wait no time in place of 2 days.
    Releases of our own need no audits for safe-to-deploy any more.
    The check `ci` is not asked for.
    Several people of one organisation count as independent.
    Older audits count.
    Audits that name no digest count.
    Known malware is withheld less strictly, or not at all.
    Other advisories withhold a release, or none.
    The rule `no-pre` is missing or written otherwise.
    Audits of `m` count as Mozilla at level 2.
    ");
    let told = |from: &str, to: &str| read(&strict.replace(from, to)).asks_less_than(&present).join("\n");
    assert_eq!(told("malware = \"refuse\"", "malware = \"hold\""), "Known malware is withheld less strictly, or not at all.");
    assert_eq!(told("!pkg.prerelease", "true"), "The rule `no-pre` is missing or written otherwise.");
    assert_eq!(told("else = \"refuse\"", "else = \"hold\""), "The rule `no-pre` is missing or written otherwise.");
    assert_eq!(told(key, other), "The check `ci` takes results of other keys.");
}
