//! Attestations with the real clients: they come with twine, uv and npm, go along to the index, and nobody's install minds.

use serde_json::{Value, json};
use vetmoot_tests::clients::{Project, npm, pip, twine, uv};
use vetmoot_tests::http::Ask;
use vetmoot_tests::instance::Plan;
use vetmoot_tests::official::{OfficialNpm, OfficialPypi};
use vetmoot_tests::packages::Release;
use vetmoot_tests::upstream::{pypi, sha256};

use super::harbour::Harbour;
use super::{ask, at};

const NAME: &str = "tall-ship";
const PURL: &str = "pkg:pypi/tall-ship";

/// An attestation of a file (PEP 740): a statement about its digest with made-up proofs, spaced as Python writes JSON.
fn attestation(file: &str, bytes: &[u8]) -> String {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "subject": [{"name": file, "digest": {"sha256": sha256(bytes)}}],
        "predicateType": "https://index.example/attestations/publish/v1", "predicate": null,
    });
    let base64 = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
    format!(
        "{{\"version\": 1, \"verification_material\": {{\"certificate\": \"{}\", \"transparency_entries\": [{{\"logIndex\": \"1\", \
         \"integratedTime\": \"1\"}}]}}, \"envelope\": {{\"statement\": \"{}\", \"signature\": \"{}\"}}}}",
        base64(b"no certificate"),
        base64(statement.to_string().as_bytes()),
        base64(b"no signature")
    )
}

/// The files of a release, each with its attestation beside it, in the folder `dist`.
fn build(project: &Project, version: &str) -> Vec<(String, String, Vec<u8>)> {
    let made = super::pypi::files(&Release::new(NAME, version, 0));
    let build = made.into_iter().map(|(name, bytes)| {
        let attestation = attestation(&name, &bytes);
        project.write(&format!("dist/{name}"), &bytes);
        project.write(&format!("dist/{name}.publish.attestation"), &attestation);
        (name, attestation, bytes)
    });
    build.collect()
}

/// The page of the project at some index, file by file.
fn listed(index: &str) -> Vec<Value> {
    let page = Ask::get(&format!("{index}{NAME}/")).header("accept", pypi::JSON).answer();
    assert_eq!(page.status, 200, "{}", page.text());
    at(&page.json(), "/files").as_array().cloned().unwrap_or_default()
}

/// The attestations that an index says it has of a file.
fn attested(index: &str, name: &str) -> Value {
    let files = listed(index);
    let file = files.iter().find(|file| *at(file, "/filename") == name).expect("it is listed");
    let answer = Ask::get(at(file, "/provenance").as_str().unwrap_or_default()).answer();
    assert_eq!(answer.header("content-type"), Some("application/vnd.pypi.integrity.v1+json"), "{}", answer.text());
    at(&answer.json(), "/attestation_bundles/0/attestations").clone()
}

/// pip and uv install this version of the project from an index.
fn installs(index: &str, version: &str) {
    let wish = format!("{NAME}=={version}");
    if let Some(project) = pip::project(index) {
        pip::install(&project, &[&wish]).good();
        assert_eq!(pip::installed(&project, NAME).as_deref(), Some(version));
    }
    if let Some(project) = uv::project(index, &[]) {
        uv::install(&project, &[&wish]).good();
        assert_eq!(uv::installed(&project, NAME).as_deref(), Some(version));
    }
}

/// Takes the candidate all the way to the index.
fn released(harbour: &Harbour) {
    let id = harbour.newest(PURL);
    let whole = ask(&harbour.instance, "POST", &format!("/api/v1/candidates/{id}/complete"), &harbour.ada, Some(json!({})));
    assert_eq!(whole.status, 200, "{}", whole.text());
    harbour.release(&id);
    harbour.wait_for(&id, "released");
}

#[test]
fn what_twine_attests_arrives_at_the_index_byte_for_byte() {
    let official = OfficialPypi::start();
    let harbour = Harbour::for_python(Plan::new(), &official);
    let Some(author) = twine::project(&harbour.instance.at("/publish/pypi/"), &harbour.ada.token) else { return };
    let files = build(&author, "1.0.0");
    let said = twine::upload(&author, &["--attestations", "dist/*"]).good();
    // Its one remark is that it knows two indexes that take them.
    assert!(said.text().contains("Only PyPI and TestPyPI support attestations"), "{}", said.text());
    let staging = harbour.instance.at("/publish/pypi/simple/");
    for (name, attestation, _) in &files {
        assert_eq!(attested(&staging, name), json!([read(attestation)]));
    }
    installs(&staging, "1.0.0");

    released(&harbour);
    let door = harbour.instance.door("pypi", "harbour");
    for (name, attestation, bytes) in &files {
        assert_eq!(official.file(name).as_ref(), Some(bytes));
        assert_eq!(official.fields(name)["attestations"], [format!("[{attestation}]")]);
        // The policy's door names where the index has them.
        assert_eq!(attested(&door, name), json!([read(attestation)]));
    }
    installs(&door, "1.0.0");
}

#[test]
fn what_uv_attests_arrives_at_the_index() {
    let official = OfficialPypi::start();
    let harbour = Harbour::for_python(Plan::new(), &official);
    let staging = harbour.instance.at("/publish/pypi/simple/");
    let Some(author) = uv::project(&staging, &[]) else { return };
    let files = build(&author, "2.0.0");
    // uv finds what lies beside a file by itself.
    uv::publish(&author, &harbour.instance.at("/publish/pypi/"), None, &harbour.ada.token, &["dist/*"]).good();
    for (name, attestation, _) in &files {
        assert_eq!(attested(&staging, name), json!([read(attestation)]));
    }
    released(&harbour);
    let door = harbour.instance.door("pypi", "harbour");
    for (name, attestation, bytes) in &files {
        assert_eq!(official.file(name).as_ref(), Some(bytes));
        let sent = official.fields(name)["attestations"].concat();
        assert_eq!(read(&sent), json!([read(attestation)]));
        assert_eq!(attested(&door, name), json!([read(attestation)]));
    }
    installs(&door, "2.0.0");
}

fn read(json: &str) -> Value {
    serde_json::from_str(json).expect("it is JSON")
}

/// npm looks a bundle's signature up in the public log, which no test can reach; everything else it does is its own.
const WITHOUT_THE_LOG: &str = "const module_ = require('node:module');\n\
    const load = module_._load;\n\
    module_._load = function (name, ...rest) {\n  const loaded = load.call(this, name, ...rest);\n\
    return name === 'sigstore' ? { ...loaded, verify: async () => {} } : loaded;\n};\n";

#[test]
fn the_bundle_that_npm_attaches_arrives_at_the_index_as_npm_sent_it() {
    let official = OfficialNpm::start();
    let harbour = Harbour::for_npm(Plan::new(), &official);
    let Some(author) = npm::author(&harbour.instance.at("/publish/npm/"), &harbour.ada.token) else { return };
    let manifest = json!({"name": "@quay/ship", "version": "1.0.0", "description": "made up", "license": "MIT"});
    npm::write_package(&author, &manifest);
    author.run(&["pack"]).good();
    let tarball = std::fs::read(author.folder().join("quay-ship-1.0.0.tgz")).expect("npm packed it");
    author.remove("quay-ship-1.0.0.tgz");
    author.write("../without-the-log.cjs", WITHOUT_THE_LOG);
    let author_with = author.folder().join("../without-the-log.cjs");
    let author = author.with_variable("NODE_OPTIONS", &format!("--require={}", author_with.display()));

    // A bundle about other bytes never leaves the client.
    author.write("../bundle.json", bundle("@quay/ship", b"other").to_string());
    let publish = ["publish", "--access", "public", "--provenance-file", "../bundle.json"];
    let refused = author.run(&publish).bad();
    assert!(refused.text().contains("subject digest does not match"), "{}", refused.text());

    let bundle = bundle("@quay/ship", &tarball);
    author.write("../bundle.json", format!("{bundle:#}"));
    author.run(&publish).good();
    let purl = "pkg:npm/%40quay/ship";
    let id = harbour.newest(purl);
    harbour.release(&id);
    harbour.wait_for(&id, "released");
    assert_eq!(official.file("@quay/ship", "1.0.0"), Some(tarball));
    let attached = official.attachment("@quay/ship-1.0.0.sigstore").expect("the bundle came along");
    let sent = attached["data"].as_str().unwrap_or_default();
    assert_eq!(attached["content_type"], "application/vnd.dev.sigstore.bundle.v0.3+json");
    assert_eq!(attached["length"], sent.len());
    // npm writes it in its shortest form, in the order in which it read it.
    assert_eq!(read(sent), bundle);

    let Some(user) = npm::project(&harbour.instance.door("npm", "harbour")) else { return };
    user.run(&["install", "@quay/ship@1.0.0"]).good();
    assert_eq!(npm::installed(&user, "@quay/ship").as_deref(), Some("1.0.0"));
}

/// A sigstore bundle about these bytes, with made-up proofs.
fn bundle(name: &str, tarball: &[u8]) -> Value {
    let subject = json!({
        "name": format!("pkg:npm/{}@1.0.0", name.replace('@', "%40")),
        "digest": {"sha512": hex::encode(<sha2::Sha512 as sha2::Digest>::digest(tarball))},
    });
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "subject": [subject],
        "predicateType": "https://slsa.dev/provenance/v1", "predicate": {},
    });
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"certificate": {"rawBytes": "bm8="}, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": data_encoding::BASE64.encode(statement.to_string().as_bytes()),
            "payloadType": "application/vnd.in-toto+json", "signatures": [{"sig": "bm8=", "keyid": ""}],
        },
    })
}
