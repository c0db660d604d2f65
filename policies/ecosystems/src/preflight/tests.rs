//! Notices of whole archives, right and wrong ones.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Write as _;
use std::io::Cursor;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use vetmoot_domain::{Ecosystem, Package};

use super::names::{self, Likeness};
use super::{Upload, look, source};
use crate::archive::{ArchiveKind, Limits, source_files};

mod rules;
mod said;

fn tgz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, path, content.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// One line a notice: its weight, its code, where and what.
fn told(purl: &str, version: &str, file_name: &str, kind: ArchiveKind, bytes: &[u8], said: &Value) -> String {
    let package: Package = purl.parse().unwrap();
    let version = version.parse().unwrap();
    let size = bytes.len() as u64;
    let upload =
        Upload { package: &package, version: &version, file_name, kind, size, to_official: true, is_known: false, said };
    let looked = look(&upload, &mut Cursor::new(bytes), &Limits::default());
    looked.notices.iter().fold(String::new(), |mut text, notice| {
        let weight = if notice.is_error { "error" } else { "warning" };
        writeln!(text, "{weight} {} [{}] {}", notice.code, notice.place.as_deref().unwrap_or(""), notice.text).unwrap();
        text
    })
}

const GOOD_MANIFEST: &str = "[package]\nname = \"demo-lamp\"\nversion = \"1.0.0\"\ndescription = \"A lamp\"\n\
    license = \"MIT OR Apache-2.0\"\nrepository = \"https://git.example/lamp\"\n";

fn crate_of(manifest: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut files = vec![("demo-lamp-1.0.0/Cargo.toml", manifest), ("demo-lamp-1.0.0/src/lib.rs", "//! Nothing.\n")];
    files.extend(more);
    tgz(&files)
}

fn crate_told(manifest: &str, more: &[(&str, &str)], said: &Value) -> String {
    let bytes = crate_of(manifest, more);
    told("pkg:cargo/demo-lamp", "1.0.0", "demo-lamp-1.0.0.crate", ArchiveKind::Crate, &bytes, said)
}

#[test]
fn a_good_crate_is_taken_without_a_word() {
    assert_eq!(crate_told(GOOD_MANIFEST, &[], &Value::Null), "");
}

#[test]
fn everything_the_crate_index_would_refuse_is_told_at_once() {
    let manifest = "[package]\nname = \"demo-lamp\"\nversion = \"1.0.0\"\nlicense = \"GPL-ish\"\n\
        keywords = [\"a\", \"b\", \"c\", \"d\", \"e\", \"not good\"]\n\
        [dependencies]\nserde = \"*\"\nours = { version = \"1\", registry-index = \"sparse+https://vet.example/publish/cargo/\" }\n\
        bare = { path = \"../bare\" }\n\
        [dev-dependencies]\nhelper = { path = \"../helper\" }\n";
    insta::assert_snapshot!(crate_told(manifest, &[], &Value::Null), @r"
    error licence-not-spdx [Cargo.toml] The licence `GPL-ish` is no SPDX expression
    error description-missing [Cargo.toml] The package has no description
    error too-many-keywords [Cargo.toml] There are 6 keywords; the official index takes 5
    error bad-keyword [Cargo.toml] `not good` is no keyword the official index takes
    error dependency-without-version [Cargo.toml] bare is taken from a folder or a repository and has no version, so nobody else could find it
    error foreign-registry [Cargo.toml] ours is taken from the index sparse+https://vet.example/publish/cargo/, and the official index takes crates of its own alone
    error wildcard-version [Cargo.toml] Any version of serde is allowed (`*`), which the official index refuses
    warning repository-missing [Cargo.toml] The package does not say where its source is kept, so nobody can compare the two
    ");
}

#[test]
fn an_old_form_of_licence_is_taken_with_the_new_one_beside_it() {
    let manifest = GOOD_MANIFEST.replace("MIT OR Apache-2.0", "MIT/Apache-2.0");
    let bytes = crate_of(&manifest, &[]);
    let package: Package = "pkg:cargo/demo-lamp".parse().unwrap();
    let (version, said) = ("1.0.0".parse().unwrap(), Value::Null);
    let upload = Upload {
        package: &package,
        version: &version,
        file_name: "demo-lamp-1.0.0.crate",
        kind: ArchiveKind::Crate,
        size: 1,
        to_official: true,
        is_known: false,
        said: &said,
    };
    let looked = look(&upload, &mut Cursor::new(&bytes), &Limits::default());
    let [notice] = looked.notices.as_slice() else { panic!("{:?}", looked.notices) };
    assert_eq!((notice.code, notice.is_error, notice.fix.as_str()), ("licence-old-form", false, "write `MIT OR Apache-2.0`"));
}

#[test]
fn a_request_that_says_other_dependencies_than_the_archive_is_refused() {
    let manifest = format!("{GOOD_MANIFEST}[dependencies]\nserde = \"1.0\"\nlog = \"0.4\"\n");
    let dep =
        |name: &str, req: &str| json!({ "name": name, "version_req": req, "kind": "normal", "target": null, "registry": null });
    let said = json!({ "publish": { "name": "demo-lamp", "deps": [dep("serde", "^1.0"), dep("log", "^0.4")] } });
    assert_eq!(crate_told(&manifest, &[], &said), "");
    let said = json!({ "publish": { "name": "demo-lamp", "deps": [dep("serde", "^1.0"), dep("lag", "^0.4")] } });
    let told = crate_told(&manifest, &[], &said);
    assert!(told.starts_with("error metadata-differs [Cargo.toml] The request and the manifest"), "{told}");
    assert!(told.contains("dependencies: lag, log"), "{told}");
}

/// What is no secret here is made up and looks like one.
fn secrets() -> Vec<(&'static str, String)> {
    let body = "Zq3vR8tLx0PwYk5HnJd2BfGsMc7Ue9Ai4To6Vy1Q";
    vec![
        ("ghp_", format!("ghp_{}", &body[..36])),
        ("npm_", format!("npm_{}", &body[..36])),
        ("pypi", format!("pypi-AgE{body}{body}")),
        ("cio", format!("cio{}", &body[..32])),
        ("aws", "AKIAZQ3VR8TLX0PWYK5H".to_owned()),
        ("ours", format!("vm_{body}{}", &body[..3])),
        ("glpat", format!("glpat-{}", &body[..20])),
    ]
}

#[test]
fn secrets_are_found_by_file_and_line_and_never_shown() {
    for (kind, secret) in secrets() {
        let code = format!("fn main() {{\n    let t = \"{secret}\";\n}}\n");
        let told = crate_told(GOOD_MANIFEST, &[("demo-lamp-1.0.0/src/main.rs", &code)], &Value::Null);
        assert!(told.starts_with("error secret [src/main.rs:2] There is a"), "{kind}: {told}");
        assert!(!told.contains(&secret[..12]), "{kind}: {told}");
    }
}

#[test]
fn a_manifest_that_holds_a_secret_does_not_spread_it() {
    for (kind, secret) in secrets() {
        let manifest = GOOD_MANIFEST.replace("MIT OR Apache-2.0", &secret).replace(
            "repository = \"https://git.example/lamp\"",
            &format!(
                "keywords = [\"{secret}\"]\nlicense-file = \"{:x<50} {secret}\"\n[dependencies]\n\
                 a = {{ version = \"1\", registry-index = \"https://ada:hunter2@index.example/{secret}/\" }}",
                ""
            ),
        );
        let path = format!("demo-lamp-1.0.0/{secret}.rs");
        let told = crate_told(&manifest, &[(&path, &secret)], &Value::Null);
        for code in ["licence-not-spdx", "bad-keyword", "licence-file-missing", "foreign-registry", "secret"] {
            // The shortest of them would be a keyword like any other.
            assert!(told.contains(code) || (code == "bad-keyword" && secret.len() <= 20), "{kind} {code}: {told}");
        }
        let tail = &secret[secret.len() - 16..];
        assert!(!told.contains(tail) && !told.contains(&secret[..16]) && !told.contains("hunter2"), "{kind}: {told}");
    }
}

#[test]
fn a_secret_on_the_border_of_two_windows_is_found_once_with_its_line() {
    let secret = &secrets()[0].1;
    for padding in [262_100_usize, 262_130, 262_144, 261_200, 261_130] {
        let code =
            format!("{}\n{secret}\n", "a b c d e f g h i j k l m n o p\n".repeat(padding / 32) + &" ".repeat(padding % 32));
        let line = code.lines().position(|line| line == secret.as_str()).unwrap() + 1;
        let told = crate_told(GOOD_MANIFEST, &[("demo-lamp-1.0.0/big.txt", &code)], &Value::Null);
        let expected = format!("error secret [big.txt:{line}] There is a GitHub token");
        assert_eq!(told.lines().count(), 1, "{padding}: {told}");
        assert!(told.starts_with(&expected), "{padding}: {told}");
    }
}

#[test]
fn private_keys_are_secrets_and_those_of_tests_are_not() {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7zq3vR8tLx0Pw";
    let key = format!("-----BEGIN PRIVATE KEY-----\n{line}\n-----END PRIVATE KEY-----\n");
    let json = format!("{{\"private_key\": \"-----BEGIN RSA PRIVATE KEY-----\\n{line}\\n\"}}\n");
    for (path, content, expected) in [
        ("demo-lamp-1.0.0/deploy.pem", key.as_str(), "error private-key [deploy.pem:1]"),
        ("demo-lamp-1.0.0/account.json", &json, "error private-key [account.json:1]"),
        ("demo-lamp-1.0.0/tests/server.pem", &key, "warning private-key-in-tests [tests/server.pem:1]"),
        ("demo-lamp-1.0.0/README.md", &key, "warning private-key-in-tests [README.md:1]"),
        (
            "demo-lamp-1.0.0/src/a.rs",
            &format!("// pragma: allowlist secret\nconst K: &str = \"{key}\";\n"),
            "warning secret-marked [src/a.rs:2]",
        ),
        (
            "demo-lamp-1.0.0/src/b.rs",
            &format!("// pragma: allowlist secret\n\nconst K: &str = \"{key}\";\n"),
            "error private-key [src/b.rs:3]",
        ),
    ] {
        let told = crate_told(GOOD_MANIFEST, &[(path, content)], &Value::Null);
        assert!(told.starts_with(expected), "{path}: {told}");
        assert!(!told.contains(&line[..10]), "{told}");
    }
    // Programs that read keys name the mark alone.
    for harmless in [
        "const MARK: &str = \"-----BEGIN PRIVATE KEY-----\";\n",
        "-----BEGIN PUBLIC KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n",
    ] {
        assert_eq!(crate_told(GOOD_MANIFEST, &[("demo-lamp-1.0.0/src/pem.rs", harmless)], &Value::Null), "");
    }
}

#[test]
fn settings_with_passwords_are_found_and_samples_are_not() {
    for (path, content, is_found) in [
        (".npmrc", "registry=https://npm.example/\n//npm.example/:_authToken=s3cr3t\n", true),
        (".npmrc", "//npm.example/:_authToken=${NPM_TOKEN}\n", false),
        (".pypirc", "[pypi]\nusername = ada\npassword = s3cr3t\n", true),
        (".env", "# nothing\nDB_URL=postgres://ada:s3cr3t@db/x\n", true),
        (".env.production", "KEY='s3cr3t'\n", true),
        (".env.example", "KEY=s3cr3t\n", false),
        ("tests/.env", "KEY=s3cr3t\n", false),
        (".env", "# KEY=\nKEY=\n", false),
        (".cargo/credentials.toml", "[registry]\ntoken = \"s3cr3t\"\n", true),
        ("config.json", "{\"auth\": \"s3cr3t\"}\n", false),
    ] {
        let inside = format!("demo-lamp-1.0.0/{path}");
        let told = crate_told(GOOD_MANIFEST, &[(&inside, content)], &Value::Null);
        assert_eq!(told.starts_with("error secret-file"), is_found, "{path}: {told}");
        assert!(!told.contains("s3cr3t"), "{told}");
    }
}

#[test]
fn samples_of_tokens_and_longer_words_are_no_secrets() {
    let code = "AKIAIOSFODNN7EXAMPLE\nnpm_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nprecioZq3vR8tLx0PwYk5HnJd2BfGsMc7Ue9Ai\n\
        sha512-cioZq3vR8tLx0PwYk5HnJd2BfGsMc7Ue9AiZq3vR8tLx0PwYk5HnJd2BfGsMc7Ue9Ai\n";
    assert_eq!(crate_told(GOOD_MANIFEST, &[("demo-lamp-1.0.0/src/a.rs", code)], &Value::Null), "");
}

fn sdist(root: &str, info: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let paths: Vec<String> = ["PKG-INFO", "demo.py"]
        .iter()
        .copied()
        .chain(more.iter().map(|(path, _)| *path))
        .map(|path| format!("{root}/{path}"))
        .collect();
    let contents: Vec<&str> = [info, "X = 1\n"].into_iter().chain(more.iter().map(|(_, content)| *content)).collect();
    let files: Vec<(&str, &str)> = paths.iter().map(String::as_str).zip(contents).collect();
    tgz(&files)
}

#[test]
fn one_bad_source_distribution_tells_all_its_problems_at_once() {
    let secret = secrets().remove(2).1;
    let info = "Metadata-Version: 9.9\nName: other-snake\nVersion: 1.0\nRequires-Python: three\n\
        Requires-Dist: lamp @ https://ada:hunter2@evil.example/lamp.tar.gz\nClassifier: Private :: Do Not Upload\n";
    let bytes = sdist("other_snake-1.0", info, &[("setup.cfg", &format!("[upload]\ntoken = {secret}\n"))]);
    let said = json!({ "fields": { "name": ["demo-snake"], "version": ["1.0"], "filetype": ["bdist_wheel"] } });
    let found = told("pkg:pypi/demo-snake", "1.0", "demo-snake-1.0.tar.gz", ArchiveKind::Sdist, &bytes, &said);
    insta::assert_snapshot!(found, @r"
    error file-name-old-form [] The file is called `demo-snake-1.0.tar.gz`; since PEP 625 it is `demo_snake-1.0.tar.gz`
    error root-folder [other_snake-1.0/PKG-INFO] Everything in the archive should lie in the folder `demo-snake-1.0`, but there is `other_snake-1.0/PKG-INFO`
    error other-release [] The archive says it is other-snake 1.0, but it was published as demo-snake 1.0
    error metadata-version [PKG-INFO] The version of the metadata is `9.9`, which the official index does not take
    error requires-python [PKG-INFO] `three` says no versions of Python that installers understand
    error direct-dependency [PKG-INFO] lamp is required from an address of its own, which the official index refuses
    error private-package [PKG-INFO] A classifier says that the project is private, and the official index refuses it for that
    error file-kind [PKG-INFO] The form calls the file `bdist_wheel`, and it is `sdist`
    error metadata-differs [PKG-INFO] The form and the metadata in the file disagree about requires_dist, requires_python
    error secret [setup.cfg:2] There is a token of the official Python index in the archive, and everybody who downloads it could use it
    warning licence-missing [PKG-INFO] The package names no licence, so nobody may use it
    warning description-missing [PKG-INFO] The project has no summary
    warning readme-missing [PKG-INFO] The project has no long description
    warning repository-missing [PKG-INFO] The package does not say where its source is kept, so nobody can compare the two
    ");
    assert!(!found.contains("hunter2") && !found.contains(&secret[..16]));
}

#[test]
fn names_of_python_files_have_to_fit_their_release() {
    let info = "Metadata-Version: 2.1\nName: Demo.Snake\nVersion: 1.0\nSummary: s\nLicense: MIT\nRequires-Python: >=3.9\n\
        Project-URL: Source, https://git.example/x\n\nLong.\n";
    for (name, root, expected) in [
        ("demo_snake-1.0.tar.gz", "demo_snake-1.0", ""),
        ("demo_snake-1.0.0.tar.gz", "demo_snake-1.0", ""),
        ("demo_snake-1.1.tar.gz", "demo_snake-1.0", "error file-name"),
        ("dem\u{43e}_snake-1.0.tar.gz", "demo_snake-1.0", "error file-name"),
        ("demo_snake-1.0.whl", "demo_snake-1.0", "error file-kind"),
        ("demo_snake-1.0.tar.gz", "demo_snake-2.0", "error root-folder"),
    ] {
        let bytes = sdist(root, info, &[]);
        let found = told("pkg:pypi/demo-snake", "1.0", name, ArchiveKind::Sdist, &bytes, &Value::Null);
        assert!(found.starts_with(expected) && found.is_empty() == expected.is_empty(), "{name} {root}: {found}");
    }
}

#[test]
fn everything_about_an_npm_package_is_told_at_once() {
    let manifest = json!({
        "name": "demo-moth", "version": "1.0.0", "private": true, "license": "Whatever",
        "scripts": { "postinstall": "node evil.js" },
        "dependencies": { "a": "workspace:*", "b": "*", "c": "git+https://ada:hunter2@git.example/c" },
    });
    let files = [("package/package.json", manifest.to_string()), ("package/node_modules/left/index.js", "1\n".to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, content)| (*path, content.as_str())).collect();
    let said = json!({ "manifest": { "name": "demo-moth", "version": "1.0.0", "dependencies": { "b": "*" } } });
    let found = told("pkg:npm/demo-moth", "1.0.0", "demo-moth-1.0.0.tgz", ArchiveKind::Tgz, &tgz(&files), &said);
    insta::assert_snapshot!(found, @r"
    error private-package [package.json] The manifest says that the package is private
    error dependency-without-version [package.json] a is asked for as `workspace:*`, which works on your machine alone
    error metadata-differs [package.json] The request and the manifest in the archive disagree about dependencies/optionalDependencies, scripts
    warning licence-not-spdx [package.json] The licence `Whatever` is no SPDX expression
    warning description-missing [package.json] The package has no description
    warning repository-missing [package.json] The package does not say where its source is kept, so nobody can compare the two
    warning install-scripts [package.json] Installing the package runs `postinstall` on every machine
    warning wildcard-version [package.json] Any version of b is taken, the next broken or hostile one too
    warning direct-dependency [package.json] c is asked for from an address of its own, which no policy covers
    warning bundled-modules [node_modules/left/index.js] 1 files of other packages are bundled in node_modules, where no policy sees them
    ");
    assert!(!found.contains("hunter2"));
}

#[test]
fn a_crate_with_capitals_is_itself() {
    let manifest = GOOD_MANIFEST.replace("demo-lamp", "Demo-Lamp");
    let bytes = tgz(&[("Demo-Lamp-1.0.0/Cargo.toml", &manifest), ("Demo-Lamp-1.0.0/src/lib.rs", "")]);
    let said = json!({ "publish": { "name": "Demo-Lamp", "deps": [] } });
    let with = |said: &Value| told("pkg:cargo/demo-lamp", "1.0.0", "Demo-Lamp-1.0.0.crate", ArchiveKind::Crate, &bytes, said);
    assert_eq!(with(&said), "");
    let said = json!({ "publish": { "name": "demo-lamp", "deps": [] } });
    assert!(with(&said).starts_with("error name-spelling"), "{}", with(&said));
}

#[test]
fn what_is_no_archive_is_told_too() {
    for (bytes, expected) in [
        (&b"hello"[..], "error archive-format"),
        (&b""[..], "error archive-format"),
        (&b"\x1f\x8b\x08\0"[..], "error archive-truncated"),
    ] {
        let found = told("pkg:cargo/demo-lamp", "1.0.0", "demo-lamp-1.0.0.crate", ArchiveKind::Crate, bytes, &Value::Null);
        assert!(found.starts_with(expected), "{found}");
    }
    let large =
        told("pkg:cargo/demo-lamp", "1.0.0", "demo-lamp-1.0.0.crate", ArchiveKind::Crate, &vec![0; 11 << 20], &Value::Null);
    assert!(
        large.starts_with("error file-too-large [] The file has 11534336 bytes; the official index takes 10485760 unless"),
        "{large}"
    );
}

#[test]
fn names_that_look_like_others_are_found() {
    let check = |ecosystem: Ecosystem, name: &str, expected: Option<(&str, Likeness)>| {
        let package = Package::new(ecosystem, name).unwrap();
        let found = names::look_alike(&package, names::popular(ecosystem).iter().copied());
        let found = found.as_ref().map(|found| (found.name.as_str(), found.likeness));
        assert_eq!(found, expected, "{ecosystem} {name}");
    };
    check(Ecosystem::Pypi, "dateutil-python", Some(("python-dateutil", Likeness::Separators)));
    check(Ecosystem::Pypi, "requets", Some(("requests", Likeness::Typo)));
    check(Ecosystem::Pypi, "numpy", None);
    check(Ecosystem::Npm, "1odash", Some(("lodash", Likeness::Confusable)));
    check(Ecosystem::Npm, "types-node", Some(("@types/node", Likeness::Separators)));
    check(Ecosystem::Npm, "expresss", Some(("express", Likeness::Typo)));
    check(Ecosystem::Cargo, "serde-json", Some(("serde_json", Likeness::Separators)));
    check(Ecosystem::Cargo, "tokoi", Some(("tokio", Likeness::Typo)));
    check(Ecosystem::Cargo, "sha5", None);
    check(Ecosystem::Cargo, "mossy-lantern", None);
}

#[test]
fn no_popular_name_stands_there_twice_and_all_are_names() {
    for ecosystem in Ecosystem::ALL {
        let mut names: Vec<&str> = names::popular(*ecosystem).to_vec();
        assert!((200..=500).contains(&names.len()), "{}", names.len());
        for name in &names {
            Package::new(*ecosystem, name).unwrap();
        }
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{ecosystem}");
    }
}

#[test]
fn what_the_source_lacks_is_told_and_what_tools_write_is_told_apart() {
    let archive = crate_of(
        GOOD_MANIFEST,
        &[
            ("demo-lamp-1.0.0/Cargo.toml.orig", "[package]\n"),
            ("demo-lamp-1.0.0/.cargo_vcs_info.json", "{}"),
            ("demo-lamp-1.0.0/Cargo.lock", "#\n"),
            ("demo-lamp-1.0.0/build.rs", "fn main() { evil() }\n"),
            ("demo-lamp-1.0.0/src/extra.rs", "// not in git\n"),
        ],
    );
    let given = tgz(&[
        ("lamp-abc/README.md", "# Lamp\n"),
        ("lamp-abc/crates/demo/Cargo.toml", "[package]\n"),
        ("lamp-abc/crates/demo/src/lib.rs", "//! Nothing.\n"),
        ("lamp-abc/crates/demo/build.rs", "fn main() {}\n"),
        ("lamp-abc/crates/demo/tests/a.rs", "// left out\n"),
    ]);
    let facts = |bytes: &[u8]| source_files(&mut Cursor::new(bytes), &Limits::default()).unwrap().0;
    let found = source::compare(ArchiveKind::Crate, "demo-lamp-1.0.0.crate", &facts(&archive), &facts(&given), "crates/demo/");
    assert_eq!(found.same, 2);
    assert_eq!(found.generated.paths, [".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml"]);
    assert_eq!(found.missing.paths, ["src/extra.rs"]);
    assert_eq!(found.differing.paths, ["build.rs"]);
    assert_eq!(found.extra.paths, ["tests/a.rs"]);
    assert!(!found.agrees());
}

#[test]
fn links_in_a_source_are_passed_over() {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    header.set_cksum();
    tar.append_link(&mut header, "root/link", "../../etc/passwd").unwrap();
    let long = "long/".repeat(40);
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, format!("root/{long}link"), &long).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_size(2);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append_data(&mut header, "root/a", &b"a\n"[..]).unwrap();
    let bytes = tar.into_inner().unwrap().finish().unwrap();
    let (files, links) = source_files(&mut Cursor::new(&bytes), &Limits::default()).unwrap();
    assert_eq!((files.len(), links), (1, 2));
}
