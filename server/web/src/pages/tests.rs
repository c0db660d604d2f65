//! Words, addresses and forms of the pages.
#![expect(clippy::unwrap_used, reason = "tests")]

use vetmoot_domain::{Span, Timestamp};

use super::evidence::page_of_record;
use super::fediverse::{host_of, summary};
use super::fields::{Fields, Wrong};
use super::links;
use super::moment::{counted, day, exact, relative, sentence, size, took};
use super::peer::shown_author;
use super::peers::grouped;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn moments_are_told_exactly_and_from_now() {
    let now = at("2026-11-20T10:00:00Z");
    let check = |moment: &str, expected: &str| assert_eq!(relative(now, at(moment)), expected, "{moment}");
    check("2026-11-20T09:59:30Z", "just now");
    check("2026-11-20T10:00:30Z", "just now");
    check("2026-11-20T09:00:00Z", "1 hour ago");
    check("2026-11-17T10:00:00Z", "3 days ago");
    check("2026-11-22T10:00:00Z", "in 2 days");
    assert_eq!(exact(at("2026-11-05T07:08:09Z")), "5 November 2026, 07:08 UTC");
    assert_eq!(day("2027-01-31".parse().unwrap()), "31 January 2027");
}

#[test]
fn counts_and_sizes_carry_their_unit() {
    assert_eq!(counted(1, "audit"), "one audit");
    assert_eq!(counted(0, "audit"), "no audits");
    assert_eq!(counted(13, "audit"), "13 audits");
    assert_eq!((size(999), size(1_234_567), size(21_000_000_000)), ("999 bytes".into(), "1.2 MB".into(), "21.0 GB".into()));
    assert_eq!((took(Span::from_millis(340)), took(Span::from_millis(12_000))), ("340 ms".into(), "12 seconds".into()));
}

#[test]
fn a_sentence_begins_large_and_ends_with_a_stop() {
    assert_eq!(sentence("no index knows it"), "No index knows it.");
    assert_eq!(sentence("`x` is unknown."), "`x` is unknown.");
    assert_eq!(sentence("https://x.example/ is no feed"), "https://x.example/ is no feed.");
    assert_eq!(sentence(""), "");
}

#[test]
fn every_spelling_of_a_package_leads_to_one_address() {
    let check = |path: &str, expected: &str| {
        let canonical = links::package_of(path).map(|package| links::package(&package));
        let led = match canonical {
            Ok(canonical) => links::elsewhere(path, &canonical).unwrap_or_else(|| "here".to_owned()),
            Err(problem) => format!("{:?}", problem.kind),
        };
        assert_eq!(led, expected, "{path}");
    };
    check("/packages/pypi/Flask_Login", "/packages/pypi/flask-login");
    check("/packages/pypi/flask-login", "here");
    check("/packages/cargo/Inflector/", "/packages/cargo/inflector");
    check("/packages/NPM/@angular/core", "/packages/npm/@angular/core");
    // Escaped or not is the same address: a proxy that decodes paths must not lead in circles.
    check("/packages/npm/%40angular/core", "here");
    check("/packages/npm/@angular%2Fcore", "here");
    check("/packages/gem/rails", "NotFound");
    check("/packages/cargo/..", "NotFound");
    check("/packages/cargo/%ff", "NotFound");
}

#[test]
fn a_purl_with_a_file_is_read_from_path_and_query() {
    let artifact = links::artifact_of("pkg:pypi/Six@1.17.0", "file_name=six-1.17.0.tar.gz").unwrap();
    assert_eq!(artifact.to_string(), "pkg:pypi/six@1.17.0?file_name=six-1.17.0.tar.gz");
    let release = links::artifact_of("pkg:cargo/openssl-src@300.5.2%2B3.5.2", "").unwrap().release;
    assert_eq!(links::release(&release), "/releases/pkg:cargo/openssl-src@300.5.2%2B3.5.2");
    assert_eq!(links::record(&release, None), "/audits/new?release=pkg:cargo/openssl-src@300.5.2%252B3.5.2");
}

#[test]
fn a_form_keeps_what_was_typed_beside_what_is_wrong_with_it() {
    let fields = Fields::of_query("slug=Bal+anced&text=a%0D%0Ab&scope=x&scope=y");
    let mut wrong = Wrong::default();
    wrong.add("slug", "a slug holds no space");
    let slug = fields.field("slug", &wrong);
    assert_eq!((slug.value.as_str(), slug.error.as_deref()), ("Bal anced", Some("A slug holds no space.")));
    assert_eq!(fields.raw("text"), "a\nb");
    assert_eq!(fields.all("scope"), ["x", "y"]);
    assert_eq!(wrong.summary().len(), 1);
}

#[test]
fn a_followed_community_has_its_page_among_the_peers_and_an_import_among_the_imports() {
    assert_eq!(links::import("masters"), "/imports/masters");
    assert_eq!(links::import("vet.example.org"), "/peers/vet.example.org");
    assert_eq!(links::import("localhost:8443"), "/peers/localhost:8443");
    assert_eq!(links::peer("<b>/../x"), "/peers/%3Cb%3E%2F..%2Fx");
    assert_eq!(links::audit("a/b?c"), "/audits/a%2Fb%3Fc");
}

#[test]
fn authors_elsewhere_are_called_by_name_and_host() {
    assert_eq!(shown_author("https://pier.example/users/brook"), "brook@pier.example");
    assert_eq!(shown_author("https://pier.example:8443/community/"), "community@pier.example:8443");
    assert_eq!(host_of("https://pier.example/a?b"), "pier.example");
    assert_eq!(host_of("pier.example"), "pier.example");
    assert_eq!(page_of_record("https://pier.example/audits/1/record"), "https://pier.example/audits/1");
    assert_eq!(page_of_record("https://pier.example/other/1"), "https://pier.example/other/1");
}

#[test]
fn what_an_actor_says_of_itself_becomes_plain_text() {
    let check = |html: &str, expected: Option<&str>| {
        assert_eq!(summary(&serde_json::json!({ "summary": html })).as_deref(), expected, "{html}");
    };
    check("<p>Readers of the <b>pier</b>.</p><p>Since 2024</p>", Some("Readers of the pier . Since 2024"));
    // What is only then a tag was text for its author, and is text for the page, which escapes it.
    check("a &lt;b&gt; &amp;lt; c", Some("a <b> &lt; c"));
    check("<script", None);
    check("1 > 0", Some("1 > 0"));
    check("", None);
    assert_eq!(summary(&serde_json::json!({"summary": 7})), None);
}

#[test]
fn large_numbers_are_grouped() {
    assert_eq!(
        (grouped(0), grouped(999), grouped(1_000), grouped(12_345_678)),
        ("0".into(), "999".into(), "1,000".into(), "12,345,678".into())
    );
}
