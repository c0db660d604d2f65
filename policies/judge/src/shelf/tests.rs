//! Every policy of the shelf reads, reproduces its own tests, and does what its cases say.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use super::*;
use crate::{Policy, ShelfAlone, run_case};

fn policy(name: &str) -> Policy {
    let (_, toml) = shelf().iter().find(|(shelf, _)| *shelf == name).unwrap();
    Policy::parse(toml.as_bytes(), &ShelfAlone).unwrap_or_else(|errors| panic!("{name}:\n{errors}"))
}

#[test]
fn every_policy_reproduces_its_own_tests() {
    for (name, _) in shelf() {
        let outcomes = policy(name).run_tests();
        assert!(outcomes.len() >= 5, "{name} has only {} tests", outcomes.len());
        for outcome in outcomes {
            assert!(outcome.passed(), "{name}: {}: {}", outcome.name, outcome.failures.join("; "));
        }
    }
}

#[test]
fn every_case_holds() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    for (name, _) in shelf() {
        let policy = policy(name);
        let mut files: Vec<_> = std::fs::read_dir(cases.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        assert!(files.len() >= 6, "{name} has only {} cases", files.len());
        for file in files {
            let toml = std::fs::read_to_string(&file).unwrap();
            let outcome = run_case(&policy, &toml).unwrap_or_else(|errors| panic!("{}:\n{errors}", file.display()));
            assert!(outcome.passed(), "{}: {}: {}", file.display(), outcome.name, outcome.failures.join("; "));
        }
    }
}

#[test]
fn every_policy_is_told_in_plain_words() {
    for (name, _) in shelf() {
        let words = policy(name).plain_words();
        assert!(words.len() >= 3, "{name}: {words:?}");
        assert!(words.iter().all(|sentence| sentence.ends_with('.')), "{name}: {words:#?}");
    }
    insta::assert_snapshot!(policy("strict").plain_words().join("\n"), @r"
    What is used at run time or while building or in development needs audits for safe-to-deploy by 2 independent organisations.
    Audits count from level 2 on, if they name the digests they cover; audits by machines do not count; a package's own people do not count.
    A release waits 14 days after it was published; the fix of an advisory does not wait; undated releases of a package's first listing are held.
    Known malware is refused.
    A violation refuses every version in its range, whoever else trusts it.
    What is held for missing audits alone is not listed, but its bytes are served to who asks.
    ");
}
