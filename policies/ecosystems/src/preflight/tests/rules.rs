//! What an official index is known to refuse: an error where its rules hold, and silence about what it takes.

use super::*;

/// Where a package goes.
#[derive(Clone, Copy)]
enum To {
    /// To the official index, which does not have it.
    New,
    /// To the official index, which has it or may have it.
    Known,
    /// To the community's own doors.
    Own,
}

/// The codes of the errors.
fn errors(purl: &str, kind: ArchiveKind, file_name: &str, bytes: &[u8], to: To) -> Vec<&'static str> {
    let package: Package = purl.parse().unwrap();
    let version = "1.0.0".parse().unwrap();
    let upload = Upload {
        package: &package,
        version: &version,
        file_name,
        kind,
        size: bytes.len() as u64,
        to_official: !matches!(to, To::Own),
        is_known: matches!(to, To::Known),
        said: &Value::Null,
    };
    let looked = look(&upload, &mut Cursor::new(bytes), &Limits::default());
    looked.notices.iter().filter(|notice| notice.is_error).map(|notice| notice.code).collect()
}

fn npm_errors(name: &str, to: To) -> Vec<&'static str> {
    let manifest = json!({
        "name": name, "version": "1.0.0", "description": "made up", "license": "MIT", "repository": "https://git.example/a",
    });
    let bytes = tgz(&[("package/package.json", &manifest.to_string()), ("package/index.js", "1;\n")]);
    errors(&format!("pkg:npm/{}", name.replace('@', "%40")), ArchiveKind::Tgz, "a.tgz", &bytes, to)
}

#[test]
fn a_name_that_npm_takes_no_more_is_refused_when_it_is_new() {
    for name in ["DemoMoth", "@scope/Moth", "demo!", "http", "wasi"] {
        assert_eq!(npm_errors(name, To::New), ["name-rules"], "{name}");
        assert_eq!(npm_errors(name, To::Known), [""; 0], "{name} is there and keeps its name");
        assert_eq!(npm_errors(name, To::Own), [""; 0], "{name} stays here");
    }
    for name in ["demo-moth", "@scope/moth", "test", "sqlite", "httpx"] {
        assert_eq!(npm_errors(name, To::New), [""; 0], "{name}");
    }
}

fn crate_errors(name: &str, more: &str, to: To) -> Vec<&'static str> {
    let manifest =
        format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\ndescription = \"A lamp\"\nlicense = \"MIT\"\n{more}\n");
    let root = format!("{name}-1.0.0");
    let (toml, code) = (format!("{root}/Cargo.toml"), format!("{root}/src/lib.rs"));
    let bytes = tgz(&[(&toml, &manifest), (&code, "//! Nothing.\n")]);
    errors(&format!("pkg:cargo/{name}"), ArchiveKind::Crate, &format!("{root}.crate"), &bytes, to)
}

#[test]
fn a_crate_is_held_to_addresses_and_names_the_index_takes() {
    for (more, expected) in [
        ("repository = \"https://git.example/lamp\"", None),
        ("repository = \"git@git.example:lamp.git\"", Some("bad-address")),
        ("homepage = \"lamp.example\"", Some("bad-address")),
        ("documentation = \"https://\"", Some("bad-address")),
    ] {
        assert_eq!(crate_errors("demo-lamp", more, To::New), expected.into_iter().collect::<Vec<_>>(), "{more}");
        assert_eq!(crate_errors("demo-lamp", more, To::Own), [""; 0], "{more}");
    }
    for name in ["std", "proc_macro", "proc-macro", "test"] {
        assert_eq!(crate_errors(name, "", To::New), ["name-reserved"], "{name}");
        assert_eq!(crate_errors(name, "", To::Known), [""; 0], "{name}");
    }
    // The bound is one of bytes.
    let long = GOOD_MANIFEST.replace("A lamp", &"\u{e9}".repeat(501));
    let told = crate_told(&long, &[], &Value::Null);
    assert!(told.starts_with("error description-too-long"), "{told}");
}

fn python_errors(name: &str, headers: &str, to: To) -> Vec<&'static str> {
    let root = format!("{}-1.0.0", name.replace('-', "_"));
    let info = format!("{headers}Name: {name}\nVersion: 1.0.0\nSummary: made up\nRequires-Python: >=3.9\n\nLong.\n");
    let bytes = sdist(&root, &info, &[]);
    errors(&format!("pkg:pypi/{name}"), ArchiveKind::Sdist, &format!("{root}.tar.gz"), &bytes, to)
}

#[test]
fn python_metadata_is_held_to_what_the_index_refuses() {
    let bad = |headers: &str, expected: &str| {
        assert_eq!(python_errors("demo-snake", headers, To::New), [expected], "{headers}");
        assert_eq!(python_errors("demo-snake", headers, To::Own), [""; 0], "{headers}");
    };
    let good = |headers: &str| assert_eq!(python_errors("demo-snake", headers, To::New), [""; 0], "{headers}");
    good("Metadata-Version: 2.4\nLicense-Expression: MIT\nLicense-File: LICENSE\n");
    good(
        "Metadata-Version: 2.1\nLicense: MIT\nProject-URL: Source, https://git.example/snake\nAuthor-email: A <a@b.example>\n",
    );
    bad("Metadata-Version: 2.0\nLicense: MIT\n", "metadata-version");
    bad("Metadata-Version: 2.1\nLicense-Expression: MIT\n", "metadata-version");
    bad("Metadata-Version: 2.1\nLicense: MIT\nLicense-File: LICENSE\n", "metadata-version");
    bad("Metadata-Version: 2.4\nLicense-Expression: MIT\nLicense: MIT\n", "licence-twice");
    bad("Metadata-Version: 2.1\nLicense: MIT\nProject-URL: Source, git.example\n", "bad-address");
    bad("Metadata-Version: 2.1\nLicense: MIT\nProject-URL: https://git.example\n", "bad-address");
    let label = "x".repeat(33);
    bad(&format!("Metadata-Version: 2.1\nLicense: MIT\nProject-URL: {label}, https://git.example\n"), "bad-address");
    bad("Metadata-Version: 2.1\nLicense: MIT\nHome-page: snake.example\n", "bad-address");
    bad("Metadata-Version: 2.1\nLicense: MIT\nMaintainer-email: nobody\n", "bad-address");
    let plain = "Metadata-Version: 2.1\nLicense: MIT\n";
    assert_eq!(python_errors("tomllib", plain, To::New), ["name-reserved"]);
    assert_eq!(python_errors("tomllib", plain, To::Known), [""; 0]);
}

#[test]
fn names_that_an_index_takes_for_one_are_known() {
    let check = |ecosystem, one, other, expected| {
        assert_eq!(names::collide(ecosystem, one, other), expected, "{ecosystem} {one} {other}");
        assert_eq!(names::collide(ecosystem, other, one), expected, "{ecosystem} {other} {one}");
    };
    check(Ecosystem::Cargo, "serde-json", "serde_json", true);
    check(Ecosystem::Cargo, "serdejson", "serde_json", false);
    check(Ecosystem::Pypi, "python-dateutil", "pythondateutil", true);
    check(Ecosystem::Pypi, "f1ask", "flask", true);
    check(Ecosystem::Pypi, "p00l", "pool", true);
    check(Ecosystem::Pypi, "flasks", "flask", false);
    check(Ecosystem::Npm, "react.native", "react-native", true);
    check(Ecosystem::Npm, "reactnative", "react-native", true);
    check(Ecosystem::Npm, "@me/reactnative", "react-native", false);
    check(Ecosystem::Npm, "1odash", "lodash", false);
    for name in names::popular(Ecosystem::Cargo) {
        assert!(!names::is_reserved(&Package::new(Ecosystem::Cargo, name).unwrap()), "{name} is there");
    }
}
