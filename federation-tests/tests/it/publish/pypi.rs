//! Python releases handed in with twine and uv, installed from the staging index with pip and uv, and refused in their words.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use insta::assert_snapshot;
use serde_json::{Value, json};
use vetmoot_tests::clients::{Project, pip, twine, uv};
use vetmoot_tests::http::{Answer, Ask};
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::packages::Release;
use vetmoot_tests::upstream::{archive, pypi, sha256};

use super::{Person, ask, at, candidates, person, token};
use crate::world::World;

const NAME: &str = "tiny-orchard";
const PURL: &str = "pkg:pypi/tiny-orchard";

/// An instance, and somebody who may open projects.
pub fn community() -> (World, Person) {
    let world = World::start();
    let ada = person(&world.instance, "ada", &["auditor"], None);
    (world, ada)
}

/// Metadata that an index takes without a remark.
fn metadata(release: &Release) -> String {
    let needs: Vec<String> = release.needs.iter().map(|name| format!("Requires-Dist: {name}>=1\n")).collect();
    format!(
        "Metadata-Version: 2.4\nName: {}\nVersion: {}\nSummary: made up\nLicense-Expression: MIT\nRequires-Python: >=3.8\n{}",
        release.name,
        release.version,
        needs.concat()
    )
}

/// A wheel and a source distribution of a release, with their names.
pub fn files(release: &Release) -> [(String, Vec<u8>); 2] {
    [archive::wheel_with(release, &metadata(release)), archive::sdist_with(release, &metadata(release))]
}

/// Puts both files of a release into the folder `dist`; gives their paths.
pub fn build(project: &Project, release: &Release) -> [String; 2] {
    files(release).map(|(name, bytes)| {
        project.write(&format!("dist/{name}"), bytes);
        format!("dist/{name}")
    })
}

fn orchard() -> Release {
    Release::new(NAME, "1.0.0", 0).needs("mossy-lantern")
}

/// A project with twine, whose texts name the instance and its candidates the same way every time.
pub fn author(world: &World, token: &str) -> Option<Project> {
    let project = twine::project(&world.instance.at("/publish/pypi/"), token)?;
    Some(project.calling(&world.instance.url(), "instance"))
}

/// The golden text with ids of candidates called so.
fn golden(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/candidates/") {
        out.push_str(before);
        out.push_str("/candidates/");
        let end = after.find(|c: char| !c.is_ascii_hexdigit() && c != '-').unwrap_or(after.len());
        out.push_str(if end == 36 { "<id>" } else { after.get(..end).unwrap_or_default() });
        rest = after.get(end..).unwrap_or_default();
    }
    out + rest
}

/// The staging page of a project in JSON.
fn page(instance: &Instance, name: &str) -> Value {
    let answer = Ask::get(&instance.at(&format!("/publish/pypi/simple/{name}/"))).header("accept", pypi::JSON).answer();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The files a page lists, with what it says of each.
fn listed(page: &Value) -> Vec<(String, Value)> {
    let files = at(page, "/files").as_array().cloned().unwrap_or_default();
    files.into_iter().map(|file| (at(&file, "/filename").as_str().unwrap_or_default().to_owned(), file)).collect()
}

/// A form as twine sends it for a release that needs `mossy-lantern`, ready to be bent.
pub struct Form(Vec<(String, Option<String>, Vec<u8>)>);

impl Form {
    pub fn of(file_name: &str, bytes: &[u8]) -> Self {
        let filetype = if file_name.ends_with(".whl") { "bdist_wheel" } else { "sdist" };
        Self(Vec::new())
            .with(":action", "file_upload")
            .with("protocol_version", "1")
            .with("metadata_version", "2.4")
            .with("name", NAME)
            .with("version", "1.0.0")
            .with("filetype", filetype)
            .with("pyversion", if filetype == "sdist" { "source" } else { "py3" })
            .with("license_expression", "MIT")
            .with("summary", "made up")
            .with("requires_python", ">=3.8")
            .with("requires_dist", "mossy-lantern>=1")
            .with("sha256_digest", &sha256(bytes))
            .file(file_name, bytes)
    }

    fn file(mut self, file_name: &str, bytes: &[u8]) -> Self {
        self.0.push(("content".to_owned(), Some(file_name.to_owned()), bytes.to_vec()));
        self
    }

    /// With one more field, before the file.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(
            self.0.iter().position(|field| field.1.is_some()).unwrap_or(self.0.len()),
            (name.to_owned(), None, value.into()),
        );
        self
    }

    /// With another value in place of the first.
    pub fn but(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|field| field.0 != name);
        self.with(name, value)
    }

    fn file_first(mut self) -> Self {
        self.0.rotate_right(1);
        self
    }

    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, file, value) in &self.0 {
            let file = file.as_ref().map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            body.extend(format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes());
            body.extend(value);
            body.extend(b"\r\n");
        }
        body.extend(b"--frontier--\r\n");
        body
    }

    pub fn send(&self, instance: &Instance, token: &str) -> Answer {
        post(instance, token, self.body())
    }
}

fn post(instance: &Instance, token: &str, body: Vec<u8>) -> Answer {
    Ask::new("POST", &instance.at("/publish/pypi/"))
        .header("authorization", &format!("Bearer {token}"))
        .header("content-type", "multipart/form-data; boundary=frontier")
        .body(body)
        .answer()
}

/// The code of a refusal, or of one of its findings.
#[track_caller]
fn check(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(answer.text().contains(code), "{code}: {}", answer.text());
}

#[test]
fn twine_hands_in_two_files_as_one_candidate_that_is_listed_at_once() {
    let (world, ada) = community();
    let Some(project) = author(&world, &ada.token) else { return };
    let [wheel, sdist] = build(&project, &orchard());
    assert_snapshot!("twine-taken", twine::upload(&project, &[&wheel, &sdist]).good().golden());

    let [candidate] = candidates(&world.instance, PURL).try_into().expect("both files are one candidate");
    assert_eq!(*at(&candidate, "/state"), "draft");
    let files = listed(&page(&world.instance, NAME));
    for (name, bytes) in self::files(&orchard()) {
        let (_, file) = files.iter().find(|file| file.0 == name).expect("what was handed in is listed");
        assert_eq!(*at(file, "/hashes/sha256"), sha256(&bytes));
        assert_eq!(*at(file, "/yanked"), false);
        let url = at(file, "/url").as_str().unwrap_or_default();
        assert_eq!(Ask::get(url).answer().body, bytes);
        assert_eq!(file.get("core-metadata").is_some(), name.ends_with(".whl"));
        if let Some(digest) = file.pointer("/core-metadata/sha256") {
            let metadata = Ask::get(&format!("{url}.metadata")).answer();
            assert_eq!((metadata.status, json!(sha256(&metadata.body))), (200, digest.clone()));
        }
    }

    // Uploading again is how a client goes on after it lost an answer.
    twine::upload(&project, &[&wheel, &sdist]).good();
    assert_eq!(candidates(&world.instance, PURL).len(), 1);
    let id = at(&candidate, "/id").as_str().unwrap_or_default();
    let whole = ask(&world.instance, "POST", &format!("/api/v1/candidates/{id}/complete"), &ada, Some(json!({})));
    assert_eq!(whole.status, 200, "{}", whole.text());
    let states: Vec<Value> = candidates(&world.instance, PURL).iter().map(|one| at(one, "/state").clone()).collect();
    assert!(states.len() == 1 && states.iter().all(|state| state != "draft"), "{states:?}");
    twine::upload(&project, &[&wheel]).good();
    assert_eq!(world.pypi.server.seen().iter().filter(|seen| seen.method != "GET" && seen.method != "HEAD").count(), 0);
}

#[test]
fn pip_and_uv_install_a_candidate_with_what_it_needs() {
    let (world, ada) = community();
    for (name, bytes) in files(&orchard()) {
        assert_eq!(Form::of(&name, &bytes).send(&world.instance, &ada.token).status, 200);
    }
    let index = world.instance.at("/publish/pypi/simple/");
    let Some(pip) = pip::project(&index) else { return };
    pip::install(&pip, &[NAME]).good();
    assert_eq!(pip::installed(&pip, NAME).as_deref(), Some("1.0.0"));
    // What it needs comes under the policy that vets: the youngest release is held.
    assert_eq!(pip::installed(&pip, "mossy-lantern").as_deref(), Some("1.1.0"));
    pip.remove("site");
    pip::install(&pip, &[NAME, "--no-binary", NAME]).good();
    let Some(uv) = uv::project(&index, &[]) else { return };
    uv::install(&uv, &[NAME]).good();
    assert_eq!(uv::installed(&uv, NAME).as_deref(), Some("1.0.0"));
    assert_eq!(uv::installed(&uv, "mossy-lantern").as_deref(), Some("1.1.0"));
}

#[test]
fn uv_publishes_and_sees_with_its_check_what_is_staged_already() {
    let (world, ada) = community();
    let Some(project) = uv::project(&world.door("pypi"), &[]) else { return };
    let project = project.calling(&world.instance.url(), "instance");
    let paths = build(&project, &orchard());
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let (door, index) = (world.instance.at("/publish/pypi/"), world.instance.at("/publish/pypi/simple/"));
    assert_snapshot!("uv-taken", uv::publish(&project, &door, Some(&index), &ada.token, &paths).good().golden());
    assert_snapshot!("uv-again", uv::publish(&project, &door, Some(&index), &ada.token, &paths).good().golden());
    let other = build(&project, &orchard().with_line("other bytes"));
    let other: Vec<&str> = other.iter().map(String::as_str).collect();
    let said = uv::publish(&project, &door, Some(&index), &ada.token, &other).bad();
    let digests = |text: String, files: [(String, Vec<u8>); 2], name: &str| text.replace(&sha256(&files[0].1), name);
    let text = digests(said.golden(), files(&orchard()), "<staged>");
    assert_snapshot!("uv-check-other-bytes", digests(text, files(&orchard().with_line("other bytes")), "<other>"));
}

/// Both clients' words for one refusal.
fn both(world: &World, name: &str, token: &str, files: &[(String, Vec<u8>)]) {
    let door = world.instance.at("/publish/pypi/");
    let Some(twine) = author(world, token) else { return };
    let Some(uv) = uv::project(&world.door("pypi"), &[]) else { return };
    let uv = uv.calling(&world.instance.url(), "instance");
    let paths: Vec<String> = files.iter().map(|(name, _)| format!("dist/{name}")).collect();
    for (path, (_, bytes)) in paths.iter().zip(files) {
        twine.write(path, bytes);
        uv.write(path, bytes);
    }
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let said = twine::upload(&twine, &paths).bad();
    assert_snapshot!(format!("twine-{name}"), golden(&said.golden()));
    assert_snapshot!(format!("uv-{name}"), golden(&uv::publish(&uv, &door, None, token, &paths).bad().golden()));
}

#[test]
fn a_bad_token_and_one_of_another_project_are_told_so() {
    let (world, ada) = community();
    let [wheel, _] = files(&orchard());
    both(&world, "bad-token", "vm_nobody-has-this", std::slice::from_ref(&wheel));
    assert_eq!(Form::of(&wheel.0, &wheel.1).send(&world.instance, &ada.token).status, 200);
    let other = token(&world.instance, "ada", Some("pkg:pypi/quiet-harbour"));
    both(&world, "other-project", &other, &[wheel]);
}

#[test]
fn other_bytes_under_a_staged_name_are_refused_with_the_way_out() {
    let (world, ada) = community();
    let [wheel, _] = files(&orchard());
    assert_eq!(Form::of(&wheel.0, &wheel.1).send(&world.instance, &ada.token).status, 200);
    let [other, _] = files(&orchard().with_line("other bytes"));
    both(&world, "other-bytes", &ada.token, &[other]);
    let Some((_, file)) = listed(&page(&world.instance, NAME)).into_iter().find(|file| file.0 == wheel.0) else {
        panic!("the first bytes stay listed")
    };
    assert_eq!(*at(&file, "/hashes/sha256"), sha256(&wheel.1));
}

#[test]
fn a_wheel_that_contradicts_itself_is_refused() {
    let (world, ada) = community();
    let (name, bytes) = archive::wheel_with(&orchard(), &metadata(&Release::new("quiet-harbour", "9.9.9", 0)));
    // Both clients read the metadata themselves and send what stands there: the name of the file says something else.
    both(&world, "other-name", &ada.token, &[(name.clone(), bytes.clone())]);
    // A form that follows the file's name meets the archive's own word.
    let answer = Form::of(&name, &bytes).send(&world.instance, &ada.token);
    check(&answer, 400, "quiet-harbour");
    assert!(candidates(&world.instance, PURL).is_empty());
}

#[test]
fn all_findings_are_told_at_once() {
    let (world, ada) = community();
    let [(name, bytes), _] = files(&orchard());
    let form =
        Form::of(&name, &bytes).but("sha256_digest", &"0".repeat(64)).but("filetype", "sdist").with("attestations", "{}");
    let answer = form.send(&world.instance, &ada.token);
    for code in ["digest-differs", "file-kind", "bad-attestations"] {
        check(&answer, 400, code);
    }
    assert_snapshot!(
        "form-findings",
        at(&answer.json(), "/detail").as_str().unwrap_or_default().replace(&sha256(&bytes), "<digest>")
    );
    check(&Form::of(&name, &bytes).but("version", "1.0.1").send(&world.instance, &ada.token), 400, "file-name");
    check(&Form::of(&name, &bytes).but("version", "one").send(&world.instance, &ada.token), 400, "bad-version");
    check(&Form::of("tiny_orchard-1.0.0.tar.bz2", b"x").send(&world.instance, &ada.token), 400, "file-name");
    check(&Form::of("tiny_orchard-1.0.0.exe", b"x").send(&world.instance, &ada.token), 400, "file-name");
    check(&Form::of("../tiny_orchard-1.0.0.tar.gz", b"x").send(&world.instance, &ada.token), 400, "file-name");
    let mut archive = archive::files_of_wheel(&orchard(), &metadata(&orchard()));
    archive.push((".env".to_owned(), "SECRET=1".to_owned()));
    archive.retain(|(path, _)| !path.ends_with("/RECORD"));
    both(&world, "findings", &ada.token, &[(name, archive::zip(&archive))]);
    assert!(candidates(&world.instance, PURL).is_empty());
}

#[test]
fn a_stopped_community_says_so() {
    let (world, ada) = community();
    let grace = person(&world.instance, "grace", &["steward"], None);
    let stop = ask(&world.instance, "POST", "/api/v1/publishing", &grace, Some(json!({"stopped": true})));
    assert_eq!(stop.status, 200, "{}", stop.text());
    let [wheel, _] = files(&orchard());
    both(&world, "stopped", &ada.token, &[wheel]);
}

#[test]
fn names_and_versions_are_compared_in_their_normal_forms() {
    let (world, ada) = community();
    let [wheel, sdist] = files(&orchard());
    let odd = Form::of(&wheel.0, &wheel.1).but("name", "Tiny.Orchard").but("version", "v1.0.0");
    assert_eq!(odd.send(&world.instance, &ada.token).status, 200);
    let plain = Form::of(&sdist.0, &sdist.1).but("name", "TINY__orchard").file_first();
    assert_eq!(plain.send(&world.instance, &ada.token).status, 200);
    let [candidate] = candidates(&world.instance, PURL).try_into().expect("one release, however it is spelled");
    assert_eq!(*at(&candidate, "/version"), "1.0.0");
    for name in ["tiny orchard", "tiny\u{2011}orchard", "-tiny-orchard", ""] {
        let answer = Form::of(&wheel.0, &wheel.1).but("name", name).send(&world.instance, &ada.token);
        check(&answer, 400, "bad-name");
    }
}

#[test]
fn attestations_are_kept_and_served_beside_the_file() {
    let (world, ada) = community();
    let [(name, bytes), (plain, others)] = files(&orchard());
    let attestation = json!({
        "version": 1,
        "verification_material": {"certificate": "bWFkZSB1cA==", "transparency_entries": [{"logIndex": "1"}]},
        "envelope": {"statement": "e30=", "signature": "bWFkZSB1cA=="},
    });
    let form = Form::of(&name, &bytes).with("attestations", &json!([attestation]).to_string());
    assert_eq!(form.send(&world.instance, &ada.token).status, 200);
    assert_eq!(Form::of(&plain, &others).send(&world.instance, &ada.token).status, 200);
    let files = listed(&page(&world.instance, NAME));
    let provenance = |wanted: &str| {
        let (_, file) = files.iter().find(|file| file.0 == wanted).expect("it is listed");
        file.get("provenance").and_then(Value::as_str).map(str::to_owned)
    };
    assert_eq!(provenance(&plain), None);
    let answer = Ask::get(&provenance(&name).expect("its attestations have an address")).answer();
    assert_eq!(answer.header("content-type"), Some("application/vnd.pypi.integrity.v1+json"));
    let object = answer.json();
    assert_eq!(*at(&object, "/version"), 1);
    assert_eq!(*at(&object, "/attestation_bundles/0/attestations"), json!([attestation]));
    assert_eq!(*at(&object, "/attestation_bundles/0/publisher/uploader"), "ada");
    let none = world.instance.get(&format!("/publish/pypi/integrity/{NAME}/1.0.0/{plain}/provenance"));
    assert_eq!(none.status, 404);
}

#[test]
fn a_form_that_says_something_twice_is_refused_and_leaves_no_bytes() {
    let (world, ada) = community();
    let [_, (name, bytes)] = files(&orchard());
    let blob = |bytes: &[u8]| {
        let hex = sha256(bytes);
        let (folder, rest) = hex.split_at(2);
        world.instance.data().join(format!("blobs/sha256/{folder}/{rest}")).exists()
    };
    // Behind the file, too: an index that reads the last of two would be told of another project than was vetted.
    for (field, value) in [("name", "other-orchard"), ("version", "9.9"), ("filetype", "bdist_wheel"), ("summary", "else")] {
        let mut form = Form::of(&name, &bytes);
        form.0.push((field.to_owned(), None, value.into()));
        check(&form.send(&world.instance, &ada.token), 400, "repeated-field");
        check(&Form::of(&name, &bytes).with(field, value).send(&world.instance, &ada.token), 400, "repeated-field");
    }
    assert_eq!(candidates(&world.instance, PURL).len(), 0);
    assert!(!blob(&bytes), "nothing is kept of what is refused");
    // Lists have an entry a part, as twine and uv send them.
    let form = Form::of(&name, &bytes).with("platform", "any").with("platform", "all");
    let answer = form.with("dynamic", "author").with("dynamic", "license").send(&world.instance, &ada.token);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(blob(&bytes));
}

#[test]
fn floods_of_fields_are_refused() {
    let (world, ada) = community();
    let [(name, bytes), _] = files(&orchard());
    let form = || Form::of(&name, &bytes);
    let mut many = form();
    for number in 0..2_100 {
        many.0.insert(0, ("classifiers".to_owned(), None, format!("C :: {number}").into_bytes()));
    }
    check(&many.send(&world.instance, &ada.token), 400, "too-many-fields");
    check(&form().with("description", &"x".repeat(3 << 20)).send(&world.instance, &ada.token), 400, "field-too-long");
    let mut long = form();
    for part in ["a", "b", "c"] {
        long = long.with(part, &"x".repeat(1_900_000));
    }
    check(&long.send(&world.instance, &ada.token), 400, "field-too-long");
    check(&form().with(&"n".repeat(100), "x").send(&world.instance, &ada.token), 400, "bad-form");
    check(&form().file(&name, &bytes).send(&world.instance, &ada.token), 400, "two files");
    check(
        &post(&world.instance, &ada.token, b"--frontier\r\nContent-Disposition: form-data; name=\"x\"".to_vec()),
        400,
        "bad-form",
    );
    check(&post(&world.instance, &ada.token, Vec::new()), 400, "bad-");
    let mut header = b"--frontier\r\n".to_vec();
    header.extend("X-Long: 1\r\n".repeat(100_000).as_bytes());
    check(&post(&world.instance, &ada.token, header), 400, "bad-form");
    let mut not_text = form();
    not_text.0.insert(0, ("summary".to_owned(), None, vec![0xff, 0xfe]));
    check(&not_text.send(&world.instance, &ada.token), 400, "bad-field");
    assert!(candidates(&world.instance, PURL).is_empty());
    assert_eq!(form().send(&world.instance, &ada.token).status, 200);
}

/// Sends the beginning of an upload by hand and reads what comes back until the other side closes.
fn begin(instance: &Instance, token: &str, length: u64, body: &[u8]) -> String {
    let address = instance.url();
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).expect("the instance listens");
    let head = format!(
        "POST /publish/pypi/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary=frontier\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("the instance reads");
    stream.write_all(body).expect("the instance reads");
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    // The answer is whole when its length came; the connection may stay open longer.
    while let Ok(count) = stream.read(&mut piece) {
        answer.extend(piece.iter().take(count));
        let text = String::from_utf8_lossy(&answer).into_owned();
        let told = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            length.is_some_and(|length: usize| body.len() >= length)
        });
        if count == 0 || told {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_body_that_never_comes_and_one_that_is_far_too_long_are_refused_early() {
    let world = World::on(Plan::new().env("VETMOOT__PUBLISH__UPLOAD_SILENCE", "1s"));
    let ada = person(&world.instance, "ada", &["auditor"], None);
    let [(name, bytes), _] = files(&orchard());
    let body = Form::of(&name, &bytes).body();
    let began = Instant::now();
    let huge = begin(&world.instance, &ada.token, 10 << 30, &[]);
    assert!(huge.starts_with("HTTP/1.1 413 ") && huge.contains("upload-too-large"), "{huge}");
    let slow = begin(&world.instance, &ada.token, 1_000_000, body.get(..200).unwrap_or_default());
    assert!(slow.contains("upload-too-slow"), "{slow}");
    assert!(began.elapsed().as_secs() < 20, "neither is waited for");
    // What was begun and never finished left nothing behind.
    assert_eq!(std::fs::read_dir(world.instance.data().join("blobs/tmp")).map_or(0, Iterator::count), 0);
    assert_eq!(Form::of(&name, &bytes).send(&world.instance, &ada.token).status, 200);
}
