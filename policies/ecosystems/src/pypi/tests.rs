//! How simple pages are read and written.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use insta::assert_snapshot;
use vetmoot_domain::{Ecosystem, Package};

use super::*;
use crate::tests::{check_order, compose, in_range, read, read_as, text, versions};

/// A page as an index of today writes it.
pub(crate) const GOOD: &str = r#"{"meta":{"api-version":"1.4","_last-serial":7},"name":"some","project-status":{"status":"active"},"files":[
{"filename":"some-1.0.0-py3-none-any.whl","url":"https://files.example/ab/some-1.0.0-py3-none-any.whl","hashes":{"md5":"00","sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},"requires-python":">=3.8","core-metadata":{"sha256":"1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},"data-dist-info-metadata":{"sha256":"1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},"size":11,"upload-time":"2024-12-04T17:35:26.475808Z","yanked":false,"provenance":"https://index.example/integrity/some","x-unknown":[1]},
{"filename":"some-1.0.0.tar.gz","url":"../../files/some-1.0.0.tar.gz","hashes":{"sha256":"2123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},"yanked":"broken \"build\""},
{"yanked":true,"filename":"some-0.9.zip","hashes":{},"url":"https://files.example/some-0.9.zip"}
],"versions":["0.9","1.0.0"],"alternate":null}"#;

/// A page as small servers write it.
pub(crate) const GOOD_HTML: &str = r#"<!doctype html><HTML><head><title>Links <a href="no"></title><!-- <a href="c-1.0.zip"> --></head><body>
<a href="/simple/">up</a>
<a href="/packages/some-1.0.0.tar.gz#md5=00">some-1.0.0.tar.gz</a><br/>
<A data-requires-python='&gt;=3.8, &lt;4' HREF = ../../+f/ab/some-1.0.0-py3-none-any.whl#sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef data-yanked>w</A>
<a href="some-1.1.0%2Blocal.tar.gz#sha256=2123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef&amp;egg=x" data-yanked="bad &#x27;one&#39;" data-core-metadata="sha256=1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" data-upload-time="2024-12-04T17:35:26+01:00" data-gpg-sig="true">
</body></html>"#;

fn value(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn everything_as_it_is_equals_upstream_but_for_the_addresses_of_files() {
    let listing = read("pkg:pypi/some", GOOD).unwrap();
    let composed = compose(&listing, "", Form::PypiJson);
    let mut expected = value(GOOD);
    for (place, name) in ["some-1.0.0-py3-none-any.whl", "some-1.0.0.tar.gz", "some-0.9.zip"].iter().enumerate() {
        expected["files"][place]["url"] = format!("https://moot.example/files/some/{name}").into();
    }
    assert_eq!(value(text(&composed)), expected);
    assert_eq!(listing.complaints, Vec::<String>::new());
    assert_eq!(composed.content_type, "application/vnd.pypi.simple.v1+json");
}

#[test]
fn withheld_files_stay_listed_and_are_yanked_with_the_reason() {
    let listing = read("pkg:pypi/some", GOOD).unwrap();
    let composed =
        compose(&listing, "some-1.0.0-py3-none-any.whl held, some-1.0.0.tar.gz refused, some-0.9.zip held", Form::PypiJson);
    let mut expected = value(text(&compose(&listing, "", Form::PypiJson)));
    for place in 0..3 {
        expected["files"][place]["yanked"] = "too \"young\" <moot.example/w/1>".into();
    }
    assert_eq!(value(text(&composed)), expected);
    assert!(!composed.any_listed);
}

#[test]
fn a_file_without_a_yank_member_gets_one() {
    let page = r#"{"name":"some","files":[{"filename":"some-1.0.zip","url":"https://f.example/some-1.0.zip","hashes":{}}]}"#;
    let listing = read("pkg:pypi/some", page).unwrap();
    assert_snapshot!(
        text(&compose(&listing, "1.0 held", Form::PypiJson)),
        @r#"{"meta":{"api-version":"1.0"},"name":"some","files":[{"yanked":"too \"young\" <moot.example/w/1>","filename":"some-1.0.zip","url":"https://moot.example/files/some/some-1.0.zip","hashes":{}}]}"#
    );
    assert_snapshot!(
        text(&compose(&listing, "", Form::PypiJson)),
        @r#"{"meta":{"api-version":"1.0"},"name":"some","files":[{"filename":"some-1.0.zip","url":"https://moot.example/files/some/some-1.0.zip","hashes":{}}]}"#
    );
}

#[test]
fn entries_carry_what_judging_needs() {
    let listing = read("pkg:pypi/some", GOOD).unwrap();
    let wheel = &listing.entries[0];
    assert_eq!(wheel.file_name.as_deref(), Some("some-1.0.0-py3-none-any.whl"));
    assert_eq!(wheel.published.unwrap().to_string(), "2024-12-04T17:35:26.475Z");
    assert_eq!(wheel.size, Some(11));
    assert_eq!(wheel.provenance.as_deref(), Some("https://index.example/integrity/some"));
    assert!(wheel.core_metadata.as_ref().unwrap().hex().starts_with("1123"));
    let sdist = &listing.entries[1];
    assert_eq!(sdist.url, "https://index.example/files/some-1.0.0.tar.gz");
    assert_eq!(sdist.yanked.as_deref(), Some("broken \"build\""));
    assert!(!sdist.has_metadata);
    let old = &listing.entries[2];
    assert_eq!(old.yanked.as_deref(), Some(""));
    assert!(old.digests.is_empty());
    let traits = listing.traits;
    assert!(traits.has_times && traits.has_sizes && traits.has_core_metadata && !traits.is_html);
}

#[test]
fn a_json_page_is_written_as_html() {
    let listing = read("pkg:pypi/some", GOOD).unwrap();
    let composed = compose(&listing, "some-1.0.0-py3-none-any.whl held", Form::PypiHtml);
    assert_eq!(composed.content_type, "text/html; charset=utf-8");
    assert_snapshot!(text(&composed), @r##"
    <!DOCTYPE html>
    <html>
      <head>
        <meta charset="utf-8">
        <meta name="pypi:repository-version" content="1.4">
        <meta name="pypi:project-status" content="active">
        <title>Links for some</title>
      </head>
      <body>
        <h1>Links for some</h1>
        <a href="https://moot.example/files/some/some-1.0.0-py3-none-any.whl#sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" data-requires-python="&gt;=3.8" data-core-metadata="sha256=1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" data-dist-info-metadata="sha256=1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" data-yanked="too &quot;young&quot; &lt;moot.example/w/1&gt;" data-provenance="https://index.example/integrity/some">some-1.0.0-py3-none-any.whl</a><br>
        <a href="https://moot.example/files/some/some-1.0.0.tar.gz#sha256=2123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" data-yanked="broken &quot;build&quot;">some-1.0.0.tar.gz</a><br>
        <a href="https://moot.example/files/some/some-0.9.zip" data-yanked="">some-0.9.zip</a><br>
      </body>
    </html>
    "##);
}

#[test]
fn an_html_page_is_written_as_json() {
    let listing = read_as("pkg:pypi/some", GOOD_HTML, Some("text/html; charset=utf-8")).unwrap();
    assert!(listing.traits.is_html);
    assert_eq!(versions(&listing), "1.0.0 1.0.0 1.1.0+local");
    assert_snapshot!(text(&compose(&listing, "1.1.0+local held", Form::PypiJson)), @r#"{"meta":{"api-version":"1.0"},"name":"some","files":[{"filename":"some-1.0.0.tar.gz","url":"https://moot.example/files/some/some-1.0.0.tar.gz","hashes":{"md5":"00"},"yanked":false},{"filename":"some-1.0.0-py3-none-any.whl","url":"https://moot.example/files/some/some-1.0.0-py3-none-any.whl","hashes":{"sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},"requires-python":">=3.8, <4","yanked":true},{"filename":"some-1.1.0+local.tar.gz","url":"https://moot.example/files/some/some-1.1.0+local.tar.gz","hashes":{"sha256":"2123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},"upload-time":"2024-12-04T17:35:26+01:00","yanked":"too \"young\" <moot.example/w/1>","core-metadata":{"sha256":"1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},"gpg-sig":true}]}"#);
    assert_eq!(listing.entries[2].published.unwrap().to_string(), "2024-12-04T16:35:26Z");
    assert_eq!(listing.entries[1].url, "https://index.example/+f/ab/some-1.0.0-py3-none-any.whl");
    assert_eq!(listing.entries[2].url, "https://index.example/simple/some/some-1.1.0%2Blocal.tar.gz");
    assert_eq!(listing.entries[2].yanked.as_deref(), Some("bad 'one'"));
}

#[test]
fn an_md5_stays_in_the_link_where_upstream_has_nothing_better() {
    let listing = read_as("pkg:pypi/some", GOOD_HTML, Some("text/html")).unwrap();
    assert!(text(&compose(&listing, "", Form::PypiHtml)).contains("some-1.0.0.tar.gz#md5=00\""));
}

#[test]
fn a_base_element_moves_relative_links() {
    let page = r#"<base href="https://files.example/x/"><base href="https://evil.example/"><a href="some-1.0.zip">a</a>"#;
    assert_eq!(read("pkg:pypi/some", page).unwrap().entries[0].url, "https://files.example/x/some-1.0.zip");
}

#[test]
fn the_first_character_tells_the_form_when_no_header_does() {
    assert!(read("pkg:pypi/some", GOOD_HTML).unwrap().traits.is_html);
    assert!(!read("pkg:pypi/some", GOOD).unwrap().traits.is_html);
    assert!(!read_as("pkg:pypi/some", GOOD, Some("application/vnd.pypi.simple.v1+json")).unwrap().traits.is_html);
    assert_eq!(read_as("pkg:pypi/some", GOOD_HTML, Some("application/json")).unwrap_err().code(), "listing-not-json");
}

#[test]
fn files_of_one_version_are_one_release_in_the_indexs_spelling() {
    let file = |name: &str| format!(r#"{{"filename":"{name}","url":"{name}","hashes":{{}}}}"#);
    let page = |versions: &str| {
        format!(
            r#"{{"name":"some","versions":{versions},"files":[{},{}]}}"#,
            file("some-1.0.0-py3-none-any.whl"),
            file("some-1.0.tar.gz")
        )
    };
    assert_eq!(versions(&read("pkg:pypi/some", &page(r#"["1.0"]"#)).unwrap()), "1.0 1.0");
    assert_eq!(versions(&read("pkg:pypi/some", &page("[]")).unwrap()), "1.0.0 1.0.0");
    assert_eq!(versions(&read("pkg:pypi/some", &page("7")).unwrap()), "1.0.0 1.0.0");
}

/// Which files stay, and the one complaint, when a file is added to a good one.
fn check(file: &str, complaint: &str) {
    let good = r#"{"filename":"some-1.0.zip","url":"https://f.example/some-1.0.zip","hashes":{}}"#;
    let listing = read("pkg:pypi/some", &format!(r#"{{"name":"some","files":[{good},{file}]}}"#)).unwrap();
    assert_eq!(versions(&listing), "1.0", "{file}");
    assert_eq!(listing.complaints.len(), 1, "{:?}", listing.complaints);
    assert!(listing.complaints[0].contains(complaint), "{:?}", listing.complaints);
}

#[test]
fn files_that_cannot_be_trusted_are_dropped_with_a_complaint() {
    let with = |name: &str, members: &str| format!(r#"{{"filename":"{name}","url":"https://f.example/x",{members}}}"#);
    check("7", "without a name");
    check(r#"{"filename":["some-2.0.zip"]}"#, "without a name");
    check(&with("other-2.0.zip", r#""hashes":{}"#), "another project");
    check(&with("../some-2.0.zip", r#""hashes":{}"#), "no file name");
    check(&with("some-2.0%2fx.zip", r#""hashes":{}"#), "no file name");
    check(&with("some-2.0.txt", r#""hashes":{}"#), "ending");
    check(&with("some-1.0.zip", r#""hashes":{}"#), "twice");
    check(&with("some-2.0.zip", r#""hashes":{},"url":"https://f.example/y""#), "two `url`");
    check(&with("some-2.0.zip", r#""hashes":{"sha256":"xyz"}"#), "hashes");
    check(&with("some-2.0.zip", r#""hashes":[]"#), "hashes");
    check(&with("some-2.0.zip", r#""hashes":{},"yanked":7"#), "yanked");
    check(&with("some-2.0.zip", r#""hashes":{},"size":-1"#), "size");
    check(&with("some-2.0.zip", r#""hashes":{},"size":"1""#), "size");
    check(&with("some-2.0.zip", r#""hashes":{},"upload-time":1"#), "upload-time");
    check(&with("some-2.0.zip", r#""hashes":{},"requires-python":[]"#), "requires-python");
    check(&with("some-2.0.zip", r#""hashes":{},"core-metadata":"sha256=00""#), "core-metadata");
    check(r#"{"filename":"some-2.0.zip","hashes":{}}"#, "no url");
    check(r#"{"filename":"some-2.0.zip","hashes":{},"url":"file:///etc/passwd"}"#, "no http");
    check(r#"{"filename":"some-2.0.zip","hashes":{},"url":"https://user:pass@f.example/"}"#, "no http");
}

#[test]
fn pages_that_cannot_be_trusted_are_errors() {
    let check = |page: &str, code: &str| assert_eq!(read("pkg:pypi/some", page).unwrap_err().code(), code, "{page}");
    check(r#"{"name":"other","files":[]}"#, "listing-other-package");
    check(r#"{"name":7,"files":[]}"#, "listing-wrong-shape");
    check(r#"{"name":"some"}"#, "listing-wrong-shape");
    check(r#"{"name":"some","files":{}}"#, "listing-wrong-shape");
    check(r#"{"name":"some","files":[{]}"#, "listing-not-json");
    check(&GOOD[..GOOD.len() / 2], "listing-not-json");
    let many = format!(
        r#"{{"name":"some","files":[{}]}}"#,
        (0..50_001).map(|n| format!(r#"{{"filename":"some-{n}.zip","url":"x","hashes":{{}}}}"#)).collect::<Vec<_>>().join(",")
    );
    check(&many, "listing-too-many-entries");
}

#[test]
fn a_page_may_spell_its_name_in_any_way() {
    assert!(read("pkg:pypi/flask-login", r#"{"name":"Flask_Login","files":[]}"#).is_ok());
}

#[test]
fn a_doubled_member_of_the_page_counts_once_and_is_written_once() {
    let listing = read("pkg:pypi/some", r#"{"name":"some","files":[],"files":[7],"versions":[]}"#).unwrap();
    assert_snapshot!(text(&compose(&listing, "", Form::PypiJson)), @r#"{"meta":{"api-version":"1.0"},"name":"some","files":[],"versions":[]}"#);
    assert!(listing.complaints[0].contains("two `files`"));
}

#[test]
fn a_relative_provenance_becomes_absolute() {
    let page = r#"{"name":"some","files":[{"filename":"some-1.0.zip","url":"x","hashes":{},"provenance":"/p"}]}"#;
    let composed = compose(&read("pkg:pypi/some", page).unwrap(), "", Form::PypiJson);
    assert!(text(&composed).contains(r#""provenance":"https://index.example/p""#));
}

#[test]
fn file_names_say_project_version_and_kind() {
    let check = |project: &str, file: &str, expected: &str| {
        let project = Package::new(Ecosystem::Pypi, project).unwrap();
        let found = match read_file_name(&project, file) {
            Ok((version, kind)) => format!("{version} {kind:?}"),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(found, expected, "{file}");
    };
    check("six", "six-1.17.0-py2.py3-none-any.whl", "1.17.0 Wheel");
    check("six", "six-1.17.0-1-py2.py3-none-any.whl", "1.17.0 Wheel");
    check("six", "six-1.17.0-x-py2.py3-none-any.whl", "file-name-no-version");
    check("six", "seven-1.17.0-py2.py3-none-any.whl", "file-name-other-project");
    check("flask-login", "Flask_Login-0.6.3-py3-none-any.whl", "0.6.3 Wheel");
    check("torch", "torch-2.1.0+cpu-cp311-cp311-linux_x86_64.whl", "2.1.0+cpu Wheel");
    check("six", "six-1.17.0.tar.gz", "1.17.0 Sdist");
    check("six", "six-1.17.0RC1.tar.gz", "1.17.0rc1 Sdist");
    check("zope-interface", "zope.interface-3.5.zip", "3.5 Sdist");
    check("zope-interface", "zope-interface-3.5.tar.bz2", "3.5 Sdist");
    check("foo", "foo-bar-1.0.tar.gz", "file-name-no-version");
    check("foo", "foo-1.0-2.tar.gz", "1.0.post2 Sdist");
    check("pytz", "pytz-2004d.tar.gz", "2004d Sdist");
    check("foo", "foo.tar.gz", "file-name-other-project");
    check("foo", "foo-.tar.gz", "file-name-no-version");
    check("numpy", "numpy-1.5.1.win32-py2.6.exe", "1.5.1 Other");
    check("numpy", "numpy-1.0-py2.5-linux-x86_64.egg", "1.0 Other");
    check("foo", "foo-1.0-1.noarch.rpm", "1.0 Other");
    check("foo", "foo-1.0.tar.gz.asc", "file-name-unknown-ending");
    check("foo", &format!("foo-{}.tar.gz", "1".repeat(10_000)), "file-name-bad");
    check("foo", "foo-1.0\u{430}.tar.gz", "file-name-bad");
}

#[test]
fn the_form_follows_the_accept_header() {
    let check = |accept: &str, expected: Form| assert_eq!(choose(accept), expected, "{accept}");
    let pip = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";
    check(pip, Form::PypiJson);
    check("application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01", Form::PypiJson);
    check("application/vnd.pypi.simple.latest+json", Form::PypiJson);
    check("application/vnd.pypi.simple.v1+json;q=0.1, text/html", Form::PypiHtml);
    check("application/vnd.pypi.simple.v1+json;q=0, */*", Form::PypiHtml);
    check("text/html,application/xhtml+xml,*/*;q=0.8", Form::PypiHtml);
    check("*/*", Form::PypiHtml);
    check("", Form::PypiHtml);
    check(&"application/vnd.pypi.simple.v1+json,".repeat(1_000), Form::PypiHtml);
}

#[test]
fn versions_are_ordered_as_pep_440_says() {
    check_order(Ecosystem::Pypi, "2004d < 1.0.dev1 < 1.0a1 < 1.0rc1 < 1.0 = 1.0.0 < 1.0.post1 < 1.1 < 1.10 < 1!0.1");
    assert!(PypiVersions.is_prerelease(&"1.0.dev1".parse().unwrap()));
    assert!(!PypiVersions.is_version(&"2004d".parse().unwrap()));
}

#[test]
fn ranges_are_pep_440_specifiers() {
    let check = |range, version, expected| assert_eq!(in_range(Ecosystem::Pypi, range, version), expected, "{range} {version}");
    check(">=1.0,<2", "1.5", true);
    check(">=1.0,!=1.5", "1.5.0", false);
    check("~=1.4", "1.9", true);
    check("==1.4.*", "1.4.7", true);
    check(">=1.0", "2.0rc1", true);
    check("*", "2004d", true);
    check("<9999", "2004d", false);
    assert!(PypiVersions.in_range("^1.0", &"1.0".parse().unwrap()).is_err());
}
