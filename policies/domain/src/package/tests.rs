//! Every spelling of a package is one identity, and nothing else is.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn check(given: &str, expected: &str) {
    let text = given.parse::<Artifact>().map_or_else(|e| format!("error: {e}"), |artifact| artifact.to_string());
    assert!(text.starts_with(expected), "{given}: {text}");
}

#[test]
fn a_release_has_one_text_form_whatever_spelling_came_in() {
    check("pkg:pypi/Flask_Login@0.6.3", "pkg:pypi/flask-login@0.6.3");
    check("pkg:PyPI/requests@2.0", "pkg:pypi/requests@2.0");
    check("pkg:npm/%40angular/core@1.0.0", "pkg:npm/%40angular/core@1.0.0");
    check("pkg:npm/@angular/core@1.0.0", "pkg:npm/%40angular/core@1.0.0");
    check("pkg:npm/%40angular%2Fcore@1.0.0", "pkg:npm/%40angular/core@1.0.0");
    check("pkg:cargo/Inflector@0.11.4", "pkg:cargo/inflector@0.11.4");
    check("pkg:cargo/openssl-src@300.5.2+3.5.2", "pkg:cargo/openssl-src@300.5.2%2B3.5.2");
    check("pkg:cargo/x@1.0.0@git:abcd", "error");
    check(
        "pkg:pypi/six@1.17.0?file_name=six-1.17.0-py2.py3-none-any.whl",
        "pkg:pypi/six@1.17.0?file_name=six-1.17.0-py2.py3-none-any.whl",
    );
}

#[test]
fn hostile_names_are_refused_with_the_rule() {
    check("pkg:cargo/..@1.0.0", "error: `..` is not a cargo package name");
    check("pkg:cargo/a%2fb@1.0.0", "error: `a/b` is not a cargo package name");
    check("pkg:npm/%252e%252e@1", "error: `%2e%2e` is not a npm package name");
    check("pkg:npm/.hidden@1", "error");
    check("pkg:pypi/se\u{0440}de@1", "error");
    check("pkg:cargo/nul@1.0.0", "error: `nul` is not a cargo package name: names of Windows");
    check("pkg:cargo/0.7.11@1.0.0", "error: `0.7.11` is not a cargo package name");
    check(&format!("pkg:cargo/{}@1", "a".repeat(10_000)), "error: the package URL has");
    check("pkg:pypi/six@1.0?file_name=../../etc/passwd", "error");
    check("pkg:gem/rails@1.0", "error: `gem` is not a ecosystem");
    check("pkg:cargo/serde", "error: `pkg:cargo/serde` names no version");
    check("serde", "error: `serde` is not a package URL");
}

#[test]
fn a_package_is_no_release() {
    assert_eq!("pkg:cargo/serde".parse::<Package>().unwrap().to_string(), "pkg:cargo/serde");
    assert!("pkg:cargo/serde@1.0.0".parse::<Package>().is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic_and_what_it_reads_reads_again(text in "\\PC{0,60}") {
        for text in [text.clone(), format!("pkg:npm/{text}"), format!("pkg:pypi/{text}@1.0"), format!("pkg:cargo/{text}@{text}")] {
            if let Ok(artifact) = text.parse::<Artifact>() {
                let again: Artifact = artifact.to_string().parse().unwrap();
                proptest::prop_assert_eq!(again, artifact);
            }
        }
    }
}
