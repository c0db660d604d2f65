//! What a client says beside the archive, what installers read out of it, and the codes that no other test meets.

use super::*;
use crate::archive::headers::Headers;

/// The codes of everything that was noticed about an npm package, with the fields that disagree.
fn npm(manifest: &Value, said: &Value, files: &[(&str, &str)]) -> String {
    let mut all = json!({
        "name": "demo-moth", "version": "1.0.0", "description": "made up", "license": "MIT", "repository": "https://git.example/a",
    });
    let mut request = all.clone();
    for (of, more) in [(&mut all, manifest), (&mut request, said)] {
        of.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    let text = all.to_string();
    let mut entries = vec![("package/package.json", text.as_str())];
    entries.extend_from_slice(files);
    let said = json!({ "manifest": request });
    told("pkg:npm/demo-moth", "1.0.0", "demo-moth-1.0.0.tgz", ArchiveKind::Tgz, &tgz(&entries), &said)
}

#[test]
fn what_npm_takes_from_the_index_is_what_the_archive_says() {
    let differs = |manifest: Value, said: Value, field: &str| {
        let found = npm(&manifest, &said, &[]);
        assert!(found.starts_with("error metadata-differs") && found.lines().next().unwrap().ends_with(field), "{found}");
    };
    let agrees = |manifest: Value, said: Value| assert_eq!(npm(&manifest, &said, &[]), "", "{manifest} {said}");
    differs(json!({}), json!({ "bin": { "git": "evil.js" } }), " bin");
    differs(json!({ "bin": "cli.js" }), json!({ "bin": { "demo-moth": "other.js" } }), " bin");
    differs(json!({ "directories": { "bin": "bin" } }), json!({ "bin": { "git": "binary/git" } }), " bin");
    differs(json!({}), json!({ "bundleDependencies": ["left"] }), " bundleDependencies");
    differs(json!({}), json!({ "os": ["linux"] }), " os");
    differs(json!({ "engines": { "node": ">=20" } }), json!({}), " engines");
    differs(json!({}), json!({ "peerDependenciesMeta": { "a": { "optional": true } } }), " peerDependenciesMeta");
    differs(json!({}), json!({ "_hasShrinkwrap": true }), " _hasShrinkwrap");
    differs(json!({}), json!({ "dependencies": { "a": { "version": "1" } } }), " dependencies/optionalDependencies");
    differs(json!({}), json!({ "scripts": { "postinstall": ["node", "evil.js"] } }), " scripts");
    agrees(json!({ "bin": "./cli.js" }), json!({ "bin": { "demo-moth": "cli.js" } }));
    agrees(json!({ "bin": { "@me/moth": "./cli.js", "none": "" } }), json!({ "bin": { "moth": "cli.js" } }));
    agrees(json!({ "directories": { "bin": "./bin" } }), json!({ "bin": { "moth": "bin/moth" } }));
    agrees(json!({ "bundledDependencies": ["b", "a"] }), json!({ "bundleDependencies": ["a", "b"] }));
    agrees(json!({ "bundleDependencies": false, "engines": {} }), json!({ "_hasShrinkwrap": false, "gitHead": "3f2a" }));
    let shrinkwrap = npm(&json!({}), &json!({ "_hasShrinkwrap": true }), &[("package/npm-shrinkwrap.json", "{}")]);
    assert!(shrinkwrap.starts_with("warning shrinkwrap"), "{shrinkwrap}");
}

#[test]
fn what_resolvers_take_from_the_request_is_what_the_crate_says() {
    let manifest = format!(
        "{GOOD_MANIFEST}links = \"lamp\"\n[dependencies.json]\npackage = \"serde_json\"\nversion = \"1\"\noptional = true\n\
        default-features = false\nfeatures = [\"alloc\", \"std\"]\n[features]\nfull = [\"dep:json\"]\n"
    );
    let request = json!({ "name": "demo-lamp", "links": "lamp", "features": { "full": ["dep:json"] }, "deps": [{
        "name": "serde_json", "version_req": "^1", "kind": "normal", "target": null, "registry": null, "optional": true,
        "default_features": false, "features": ["std", "alloc"], "explicit_name_in_toml": "json",
    }] });
    let check = |change: &dyn Fn(&mut Value), expected: &str| {
        let mut request = request.clone();
        change(&mut request);
        let told = crate_told(&manifest, &[], &json!({ "publish": request }));
        assert!(told.is_empty() == expected.is_empty() && told.contains(expected), "{told}");
    };
    check(&|_| {}, "");
    check(
        &|request| request["features"]["full"] = json!([]),
        "metadata-differs [Cargo.toml] The request and the manifest in the archive disagree about features",
    );
    check(&|request| request["features"]["default"] = json!(["full"]), "disagree about features");
    check(&|request| request["links"] = json!("other"), "disagree about the native library");
    for (field, value) in [
        ("optional", json!(false)),
        ("default_features", json!(true)),
        ("features", json!(["std"])),
        ("explicit_name_in_toml", json!("other")),
    ] {
        check(&|request| request["deps"][0][field] = value.clone(), "dependencies: serde_json");
    }
}

#[test]
fn headers_are_read_as_installers_read_them() {
    let read = |text: &str| {
        let headers = Headers::read(text.as_bytes());
        let fields: Vec<String> = headers.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (fields.join("|"), headers.has_body, headers.defect.is_some())
    };
    let is = |text: &str, fields: &str, has_body: bool, defect: bool| {
        assert_eq!(read(text), (fields.to_owned(), has_body, defect), "{text:?}");
    };
    is("A: 1\nB: 2\n\ntext\n", "A=1|B=2", true, false);
    is("A: 1\r\nB: 2\r\n\r\n", "A=1|B=2", false, false);
    // A line of blanks continues a header; what follows it is a header still.
    is("A: 1\n \nRequires-Dist: evil\n", "A=1\n|Requires-Dist=evil", false, false);
    is("A: 1\rRequires-Dist: evil\n", "A=1|Requires-Dist=evil", false, true);
    is("A: 1\nno header\nB: 2\n", "A=1", true, true);
    is("A: 1\nB c: 2\n", "A=1", true, true);
    is(" x\nA: 1\n", "A=1", false, true);
    is(": 1\nA: 1\n", "A=1", false, true);
    is("A: \0\n", "A=\0", false, true);
    assert!(Headers::read(b"A: \xff\n").defect.is_some());
}

/// What is told about a source distribution with these headers beside the usual ones, and a form.
fn python(headers: &str, form: &Value) -> String {
    let info = format!(
        "Metadata-Version: 2.1\nName: demo-snake\nVersion: 1.0\nSummary: s\nLicense: MIT\nRequires-Python: >=3.9\n\
        Project-URL: Source, https://git.example/x\n{headers}\nLong.\n"
    );
    let said = json!({ "fields": form });
    let bytes = sdist("demo_snake-1.0", &info, &[]);
    told("pkg:pypi/demo-snake", "1.0", "demo_snake-1.0.tar.gz", ArchiveKind::Sdist, &bytes, &said)
}

#[test]
fn the_form_says_what_the_metadata_says() {
    let form = |more: Value| {
        let mut form = json!({ "requires_python": [">=3.9"] });
        form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        form
    };
    assert_eq!(python("", &form(json!({ "summary": ["s"], "project_urls": ["Source, https://git.example/x"] }))), "");
    let hidden = python(" \nRequires-Dist: evil\n", &form(json!({})));
    assert!(hidden.contains("metadata-differs") && hidden.contains("requires_dist"), "{hidden}");
    for (field, value) in [
        ("summary", "Another"),
        ("project_urls", "Source, https://evil.example/x"),
        ("home_page", "https://evil.example"),
        ("classifiers", "Development Status :: 7 - Inactive"),
    ] {
        let found = python("", &form(json!({ field: [value] })));
        assert!(found.contains("metadata-differs") && found.contains(field), "{found}");
    }
    let found = python("Comment\n", &form(json!({})));
    assert!(found.starts_with("error metadata-form"), "{found}");
}

#[test]
fn files_that_are_one_elsewhere_are_told() {
    let clash = |one: &str, other: &str| {
        let (one, other) = (format!("demo-lamp-1.0.0/{one}"), format!("demo-lamp-1.0.0/{other}"));
        let found = crate_told(GOOD_MANIFEST, &[(&one, "1"), (&other, "2")], &Value::Null);
        assert!(found.is_empty() || found.starts_with("error names-clash"), "{found}");
        !found.is_empty()
    };
    assert!(clash("src/a.rs", "src/A.rs"));
    assert!(clash("Docs/a.md", "docs/a.md"));
    assert!(clash("src/\u{e9}.rs", "src/e\u{301}.rs"));
    assert!(clash("src/\u{c9}.rs", "src/e\u{301}.rs"));
    assert!(clash("src/a.rs", "src/a.rs."));
    assert!(clash("src/a.rs", "src/a.rs "));
    assert!(clash("src/lib1.rs", "src/lib1.rs::$DATA"));
    assert!(clash("src/Data", "src/data/x"));
    assert!(!clash("src/a.rs", "src/b.rs"));
    assert!(!clash("Docs/a.md", "docs/b.md"));
}

#[test]
fn what_the_official_indexes_bound_is_told_by_its_code() {
    let code = |manifest: &str, said: &Value, expected: &str| {
        let found = crate_told(manifest, &[], said);
        assert!(found.starts_with(&format!("error {expected} ")), "{expected}: {found}");
    };
    let features = (0..301).map(|at| format!("f{at} = []\n")).collect::<Vec<String>>().concat();
    code(&format!("{GOOD_MANIFEST}[features]\n{features}"), &Value::Null, "too-many-features");
    let dependencies = (0..501).map(|at| format!("d{at} = \"1\"\n")).collect::<Vec<String>>().concat();
    code(&format!("{GOOD_MANIFEST}[dependencies]\n{dependencies}"), &Value::Null, "too-many-dependencies");
    let said = json!({ "publish": { "name": "demo-lamp", "deps": [], "readme": "x".repeat(1024 * 1024) } });
    code(GOOD_MANIFEST, &said, "metadata-too-large");
    let manifest = json!({
        "name": "demo-moth", "version": "1.0.0+x", "description": "made up", "license": "MIT", "repository": "https://git.example/a",
    });
    let bytes = tgz(&[("package/package.json", &manifest.to_string())]);
    let found = told("pkg:npm/demo-moth", "1.0.0+x", "demo-moth-1.0.0.tgz", ArchiveKind::Tgz, &bytes, &Value::Null);
    assert!(found.starts_with("error local-version"), "{found}");
    let bytes =
        sdist("demo_snake-1.0+x", "Metadata-Version: 2.1\nName: demo-snake\nVersion: 1.0+x\nSummary: s\nLicense: MIT\n", &[]);
    let found = told("pkg:pypi/demo-snake", "1.0+x", "demo_snake-1.0+x.tar.gz", ArchiveKind::Sdist, &bytes, &Value::Null);
    assert!(found.contains("error local-version"), "{found}");
    let info = format!("Metadata-Version: 2.1\nName: demo-snake\nVersion: 1.0\nSummary: {}\n", "s".repeat(513));
    let bytes = sdist("demo_snake-1.0", &info, &[]);
    let found = told("pkg:pypi/demo-snake", "1.0", "demo_snake-1.0.tar.gz", ArchiveKind::Sdist, &bytes, &Value::Null);
    assert!(found.contains("error description-too-long"), "{found}");
    let wanted: serde_json::Map<String, Value> = (0..250).map(|at| (format!("d{at}"), json!("*"))).collect();
    let found = npm(&json!({ "dependencies": wanted }), &json!({ "dependencies": wanted }), &[]);
    assert!(found.contains("warning more-findings"), "{found}");
}
