//! A community in front of official indexes that keep rules, with people who hand in and people who release.

use serde_json::{Value, json};
use vetmoot_tests::http::{Answer, Ask};
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::official::{OfficialCargo, OfficialNpm, OfficialPypi, TOKEN};
use vetmoot_tests::packages::Release;
use vetmoot_tests::process;
use vetmoot_tests::upstream::{archive, cargo as crates, sha256};

use super::{Person, ask, candidates, person};

/// The policy the harbour vets under: nothing is asked for.
pub const OPEN: &str = "vetmoot-policy = 1\n[policy]\ntitle = \"Open\"\nsummary = \"Asks for nothing.\"\n";

/// The same, with one audit of every file.
pub const READ: &str = "vetmoot-policy = 1\n[policy]\ntitle = \"Read\"\nsummary = \"Somebody has read it.\"\n\
    [require]\nruntime = [\"safe-to-deploy\"]\n[evidence]\nquorum = 1\nauditor-level = 2\n";

/// A community, and its people: ada hands in, lena and lars release, stella is a steward.
pub struct Harbour {
    pub instance: Instance,
    pub ada: Person,
    pub lena: Person,
    pub lars: Person,
    pub stella: Person,
}

impl Harbour {
    /// A community that sends crates to this stand-in.
    pub fn for_crates(plan: Plan, official: &OfficialCargo) -> Self {
        Self::start(plan.upstream("cargo", &official.index()).env("VETMOOT__PUBLISH__CARGO", &official.api()), OPEN, "cargo")
    }

    /// A community that sends Python files to this stand-in.
    pub fn for_python(plan: Plan, official: &OfficialPypi) -> Self {
        Self::start(plan.upstream("pypi", &official.index()).env("VETMOOT__PUBLISH__PYPI", &official.upload()), OPEN, "pypi")
    }

    /// A community that sends npm packages to this stand-in.
    pub fn for_npm(plan: Plan, official: &OfficialNpm) -> Self {
        Self::start(plan.upstream("npm", &official.url()).env("VETMOOT__PUBLISH__NPM", &official.url()), OPEN, "npm")
    }

    /// A community with this policy and the stand-ins' credential for one ecosystem.
    pub fn start(plan: Plan, policy: &str, ecosystem: &str) -> Self {
        let harbour = Self::without_credential(plan, policy);
        harbour.credential(&["--ecosystem", ecosystem], TOKEN);
        harbour
    }

    /// A community with this policy and no credential.
    pub fn without_credential(plan: Plan, policy: &str) -> Self {
        let instance = plan.env("VETMOOT__PUBLISH__POLICY", "harbour").start();
        let file = instance.write("harbour.toml", policy);
        instance.must(&["policy", "adopt", &file.display().to_string(), "--slug", "harbour"]);
        process::eventually("the policy is there", || instance.get("/policies/harbour.toml").status == 200);
        let ada = person(&instance, "ada", &["auditor"], None);
        let lena = person(&instance, "lena", &["lead"], None);
        let lars = person(&instance, "lars", &["lead"], None);
        let stella = person(&instance, "stella", &["steward"], None);
        Self { instance, ada, lena, lars, stella }
    }

    /// Adds a credential as the operator does; gives its number.
    pub fn credential(&self, words: &[&str], secret: &str) -> String {
        let file = self.instance.write("secret", secret);
        let file = file.display().to_string();
        let mut all = vec!["credential", "add", "--label", "the bot", "--secret-file", &file];
        all.extend(words);
        let number = self.instance.must(&all).trim().to_owned();
        std::fs::remove_file(&file).expect("the file was just written");
        number
    }

    /// ada hands in a crate; gives its candidate and its bytes.
    pub fn crate_handed_in(&self, name: &str, version: &str) -> (String, Vec<u8>) {
        let bytes = crates::package(&Release::new(name, version, 0));
        let answer = self.crate_sent(name, version, &json!([]), &bytes);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.json().get("errors").is_none(), "{}", answer.text());
        (self.newest(&format!("pkg:cargo/{name}")), bytes)
    }

    /// ada sends a crate whose request names these dependencies.
    pub fn crate_sent(&self, name: &str, version: &str, deps: &Value, bytes: &[u8]) -> Answer {
        let publish = json!({
            "name": name, "vers": version, "deps": deps, "features": {}, "authors": [], "description": "made up",
            "documentation": null, "homepage": null, "readme": null, "readme_file": null, "keywords": [], "categories": [],
            "license": "MIT", "license_file": null, "repository": null, "badges": {}, "links": null, "rust_version": null,
        });
        let publish = publish.to_string().into_bytes();
        let mut body = Vec::new();
        for part in [publish.as_slice(), bytes] {
            body.extend(u32::try_from(part.len()).expect("a fixture is small").to_le_bytes());
            body.extend(part);
        }
        Ask::new("PUT", &self.instance.at("/publish/cargo/api/v1/crates/new"))
            .header("authorization", &self.ada.token)
            .body(body)
            .answer()
    }

    /// ada hands in a wheel, and nothing says that this is all; gives the candidate.
    pub fn python_draft(&self, name: &str, version: &str) -> String {
        let metadata = format!(
            "Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nSummary: made up\nLicense-Expression: MIT\nRequires-Python: >=3.8\n"
        );
        let (file, bytes) = archive::wheel_with(&Release::new(name, version, 0), &metadata);
        let answer = self.python_file(name, version, &file, &bytes);
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.newest(&format!("pkg:pypi/{name}"))
    }

    /// ada hands in a wheel and a source distribution; gives the candidate and the files.
    pub fn python_handed_in(&self, name: &str, version: &str) -> (String, [(String, Vec<u8>); 2]) {
        let release = Release::new(name, version, 0);
        let metadata = format!(
            "Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nSummary: made up\nLicense-Expression: MIT\nRequires-Python: >=3.8\n"
        );
        let files = [archive::wheel_with(&release, &metadata), archive::sdist_with(&release, &metadata)];
        for (file, bytes) in &files {
            let answer = self.python_file(name, version, file, bytes);
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        let id = self.newest(&format!("pkg:pypi/{name}"));
        let whole = ask(&self.instance, "POST", &format!("/api/v1/candidates/{id}/complete"), &self.ada, Some(json!({})));
        assert_eq!(whole.status, 200, "{}", whole.text());
        (id, files)
    }

    fn python_file(&self, name: &str, version: &str, file: &str, bytes: &[u8]) -> Answer {
        let wheel = file.strip_suffix(".whl").is_some();
        let digest = sha256(bytes);
        let fields = [
            (":action", "file_upload"),
            ("protocol_version", "1"),
            ("metadata_version", "2.4"),
            ("name", name),
            ("version", version),
            ("summary", "made up"),
            ("license_expression", "MIT"),
            ("requires_python", ">=3.8"),
            ("filetype", if wheel { "bdist_wheel" } else { "sdist" }),
            ("pyversion", if wheel { "py3" } else { "source" }),
            ("sha256_digest", &digest),
        ];
        let mut body = Vec::new();
        for (field, value) in fields {
            body.extend(
                format!("--frontier\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").as_bytes(),
            );
        }
        let head = format!("--frontier\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{file}\"\r\n\r\n");
        body.extend(head.as_bytes());
        body.extend(bytes);
        body.extend(b"\r\n--frontier--\r\n");
        Ask::new("POST", &self.instance.at("/publish/pypi/"))
            .header("authorization", &format!("Bearer {}", self.ada.token))
            .header("content-type", "multipart/form-data; boundary=frontier")
            .body(body)
            .answer()
    }

    /// ada hands in an npm package; gives its candidate and its tarball.
    pub fn npm_handed_in(&self, name: &str, version: &str) -> (String, Vec<u8>) {
        let manifest =
            json!({"name": name, "version": version, "description": "made up", "license": "MIT", "main": "index.js"});
        let text = manifest.to_string();
        let bytes = archive::tar_gz(&[("package/package.json", &text), ("package/index.js", "module.exports = 1;\n")]);
        let tarball = format!("{name}-{version}.tgz");
        let mut whole = manifest.clone();
        whole["_id"] = format!("{name}@{version}").into();
        whole["dist"] = json!({
            "integrity": format!("sha512-{}", data_encoding_of(&bytes)), "shasum": sha1(&bytes),
            "tarball": self.instance.at(&format!("/publish/npm/{name}/-/{tarball}")),
        });
        let document = json!({
            "_id": name, "name": name, "description": "made up", "dist-tags": {"latest": version}, "versions": {version: whole},
            "access": null,
            "_attachments": {tarball: {"content_type": "application/octet-stream", "data": base64(&bytes), "length": bytes.len()}},
        });
        let answer = Ask::new("PUT", &self.instance.at(&format!("/publish/npm/{}", name.replace('/', "%2f"))))
            .header("authorization", &format!("Bearer {}", self.ada.token))
            .header("content-type", "application/json")
            .body(document.to_string())
            .answer();
        assert!(matches!(answer.status, 200..=202), "{} {}", answer.status, answer.text());
        (self.newest(&format!("pkg:npm/{}", name.replace('@', "%40"))), bytes)
    }

    /// The newest candidate of a package.
    pub fn newest(&self, purl: &str) -> String {
        let listed = candidates(&self.instance, purl);
        let newest = listed.first().unwrap_or_else(|| panic!("{purl} was handed in"));
        newest["id"].as_str().unwrap_or_default().to_owned()
    }

    /// What the API says of a candidate.
    pub fn candidate(&self, id: &str) -> Value {
        let answer = self.instance.get(&format!("/api/v1/candidates/{id}")).json();
        answer.get("candidate").cloned().unwrap_or(answer)
    }

    /// Where a candidate stands.
    pub fn state(&self, id: &str) -> String {
        self.candidate(id).get("state").and_then(Value::as_str).unwrap_or("none").to_owned()
    }

    /// Why it stands where it stands.
    pub fn reason(&self, id: &str) -> String {
        self.candidate(id).get("reason").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// How far each file is on its way.
    pub fn steps(&self, id: &str) -> Vec<String> {
        let answer = self.instance.get(&format!("/api/v1/candidates/{id}")).json();
        let files = answer.get("files").or_else(|| answer.pointer("/candidate/files")).and_then(Value::as_array).cloned();
        files.unwrap_or_default().iter().map(|file| file["step"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits until a candidate stands there.
    ///
    /// # Panics
    /// When it comes to stand elsewhere for good.
    pub fn wait_for(&self, id: &str, wanted: &str) {
        process::eventually(wanted, || {
            let state = self.state(id);
            let ended = matches!(state.as_str(), "released" | "failed" | "withdrawn") && state != wanted;
            assert!(!ended, "the candidate is {state}: {}\n{}", self.reason(id), self.instance.output());
            state == wanted
        });
    }

    /// Somebody presses release.
    pub fn press(&self, id: &str, person: &Person) -> Answer {
        ask(&self.instance, "POST", &format!("/api/v1/candidates/{id}/release"), person, Some(json!({})))
    }

    /// lena releases what is approved.
    pub fn release(&self, id: &str) {
        self.wait_for(id, "approved");
        let pressed = self.press(id, &self.lena);
        assert!(matches!(pressed.status, 200 | 202), "{}", pressed.text());
    }
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

fn data_encoding_of(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    base64(&sha2::Sha512::digest(bytes))
}

fn sha1(bytes: &[u8]) -> String {
    hex::encode(openssl::sha::sha1(bytes))
}
