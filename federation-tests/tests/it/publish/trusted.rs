//! A CI hands in under its identity, in each client's own form; no secret is stored anywhere.

use serde_json::{Value, json};
use vetmoot_tests::clients::npm;
use vetmoot_tests::http::Ask;
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::issuer::{Issuer, Signing};
use vetmoot_tests::packages::{Calendar, Release};
use vetmoot_tests::upstream::server::{Reply, Server};
use vetmoot_tests::upstream::{archive, cargo as crates, sha256};

use super::{Person, ask, candidates, person};

/// A community that believes an issuer, before empty indexes.
struct Yard {
    _index: Server,
    issuer: Issuer,
    instance: Instance,
    ada: Person,
}

impl Yard {
    fn start() -> Self {
        let issuer = Issuer::start();
        let index = Server::start(Box::new(|_| Reply::not_found()));
        let mut plan = Plan::new().env("VETMOOT__PUBLISH__ISSUERS", &issuer.name());
        for ecosystem in ["cargo", "pypi", "npm"] {
            plan = plan.upstream(ecosystem, &index.url());
        }
        let instance = plan.start();
        let ada = person(&instance, "ada", &["auditor"], None);
        Self { _index: index, issuer, instance, ada }
    }

    /// ada opens a project and names the repository whose jobs hand in.
    fn trusts(&self, purl: &str, repository: &str) {
        let opened = ask(&self.instance, "POST", "/api/v1/projects", &self.ada, Some(json!({ "package": purl })));
        assert_eq!(opened.status, 201, "{}", opened.text());
        let named = json!({ "issuer": self.issuer.name(), "claims": { "repository": repository } });
        let path = format!("/api/v1/projects/{purl}/publishers");
        let added = ask(&self.instance, "POST", &path, &self.ada, Some(named));
        assert_eq!(added.status, 201, "{}", added.text());
        assert_eq!(self.instance.get(&path).json()["publishers"][0]["added_by"], "ada");
    }

    /// An identity of a job of this repository.
    fn identity(&self, repository: &str, audience: &str, id: &str) -> String {
        let now = Calendar::of_the_machine().days_ago(0).millis() / 1_000;
        self.issuer.token(
            Signing::Rs256,
            &json!({
                "iss": self.issuer.name(), "aud": audience, "sub": format!("repo:{repository}"), "repository": repository,
                "workflow_ref": format!("{repository}/release.yml@refs/tags/v1"), "iat": now, "exp": now + 300, "jti": id,
            }),
        )
    }

    fn audience(&self) -> String {
        self.instance.get("/_/oidc/audience").json()["audience"].as_str().unwrap_or_default().to_owned()
    }

    fn post(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = Ask::new(method, &self.instance.at(path)).header("content-type", "application/json");
        let answer = answer.body(body.to_string()).answer();
        (answer.status, answer.json())
    }

    #[track_caller]
    fn uploaded_as(&self, purl: &str) -> String {
        let found = candidates(&self.instance, purl);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["uploader"], "ada");
        found[0]["uploaded_as"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn npm_publishes_from_a_ci_without_a_token() {
    let yard = Yard::start();
    yard.trusts("pkg:npm/%40moot/copper-kettle", "moot/kettle");
    let registry = yard.instance.at("/publish/npm/");
    let Some(project) = npm::project(&registry) else { return };
    let identity = yard.identity("moot/kettle", "npm:127.0.0.1", "npm-1");
    let project = project.with_variable("GITLAB_CI", "true").with_variable("NPM_ID_TOKEN", &identity);
    let manifest = json!({ "name": "@moot/copper-kettle", "version": "0.1.0", "description": "made up", "license": "MIT", "main": "index.js" });
    npm::write_package(&project, &manifest);
    let published = project.run(&["publish", "--access", "public"]).good();
    assert!(published.text().contains("+ @moot/copper-kettle@0.1.0"), "{}", published.text());
    assert_eq!(yard.uploaded_as("pkg:npm/%40moot/copper-kettle"), "moot/kettle (moot/kettle/release.yml@refs/tags/v1)");
    // The identity is used up, and npm has nothing else.
    npm::write_package(&project, &json!({ "name": "@moot/copper-kettle", "version": "0.2.0", "license": "MIT" }));
    project.run(&["publish", "--access", "public"]).bad();
    // Another repository's jobs hand nothing in.
    let other = yard.identity("moot/other", "npm:127.0.0.1", "npm-2");
    let project = project.with_variable("NPM_ID_TOKEN", &other);
    project.run(&["publish", "--access", "public"]).bad();
    assert_eq!(candidates(&yard.instance, "pkg:npm/%40moot/copper-kettle").len(), 1);
    assert!(!yard.instance.output().contains(&identity[..40]), "an identity stands in the log");
}

#[test]
fn a_python_upload_takes_the_token_that_was_minted_and_no_other_project_does() {
    let yard = Yard::start();
    yard.trusts("pkg:pypi/copper-snake", "moot/snake");
    assert_eq!(yard.audience(), yard.instance.url().trim_start_matches("http://"));
    let identity = yard.identity("moot/snake", &yard.audience(), "py-1");
    let (status, minted) = yard.post("POST", "/_/oidc/mint-token", &json!({ "token": identity }));
    assert_eq!((status, &minted["success"]), (200, &json!(true)), "{minted}");
    let token = minted["token"].as_str().unwrap_or_default().to_owned();
    let (status, again) = yard.post("POST", "/publish/pypi/_/oidc/mint-token", &json!({ "token": identity }));
    assert_eq!((status, &again["errors"][0]["code"]), (401, &json!("identity-used")), "{again}");
    let (status, wrong) = yard.post("POST", "/_/oidc/mint-token", &json!({ "jwt": identity }));
    assert_eq!((status, &wrong["errors"][0]["code"]), (422, &json!("bad-json")), "{wrong}");

    let send = |name: &str| {
        let (file, bytes) = archive::wheel(&Release::new(name, "1.0", 0));
        let digest = sha256(&bytes);
        let fields = [
            (":action", "file_upload"),
            ("protocol_version", "1"),
            ("metadata_version", "2.1"),
            ("name", name),
            ("version", "1.0"),
            ("summary", "made up"),
            ("filetype", "bdist_wheel"),
            ("pyversion", "py3"),
            ("sha256_digest", &digest),
        ];
        let mut body = Vec::new();
        for (field, value) in fields {
            body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").as_bytes());
        }
        body.extend(
            format!("--edge\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{file}\"\r\n\r\n").as_bytes(),
        );
        body.extend(bytes);
        body.extend(b"\r\n--edge--\r\n");
        let basic = data_encoding::BASE64.encode(format!("__token__:{token}").as_bytes());
        Ask::new("POST", &yard.instance.at("/publish/pypi/"))
            .header("authorization", &format!("Basic {basic}"))
            .header("content-type", "multipart/form-data; boundary=edge")
            .body(body)
            .answer()
    };
    let answer = send("copper-snake");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(yard.uploaded_as("pkg:pypi/copper-snake"), "moot/snake (moot/snake/release.yml@refs/tags/v1)");
    let answer = send("copper-worm");
    assert_eq!(answer.status, 403, "{}", answer.text());
    // The token hands files in; it neither releases, nor appoints, nor names publishers.
    let program = Person { token };
    for (method, path, body) in [
        ("PUT", "/api/v1/projects/pkg:pypi/copper-snake/people/ada", json!({ "role": "lead" })),
        (
            "POST",
            "/api/v1/projects/pkg:pypi/copper-snake/publishers",
            json!({ "issuer": yard.issuer.name(), "claims": { "repository": "x/y" } }),
        ),
        ("DELETE", "/api/v1/projects/pkg:pypi/copper-snake/publishers/1", Value::Null),
    ] {
        let answer = ask(&yard.instance, method, path, &program, Some(body));
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
    }
}

#[test]
fn cargos_own_action_gets_a_token_and_gives_it_back() {
    let yard = Yard::start();
    yard.trusts("pkg:cargo/copper-kettle", "moot/kettle");
    let tokens = "/publish/cargo/api/v1/trusted_publishing/tokens";
    // The action takes the address of the registry for its audience.
    let audience = format!("{}/publish/cargo", yard.audience());
    let (status, minted) = yard.post("PUT", tokens, &json!({ "jwt": yard.identity("moot/kettle", &audience, "c-1") }));
    assert_eq!(status, 200, "{minted}");
    let token = minted["token"].as_str().unwrap_or_default().to_owned();
    let bytes = crates::package(&Release::new("copper-kettle", "1.0.0", 0));
    let publish = json!({
        "name": "copper-kettle", "vers": "1.0.0", "deps": [], "features": {}, "authors": [], "description": "made up",
        "documentation": null, "homepage": null, "readme": null, "readme_file": null, "keywords": [], "categories": [],
        "license": "MIT", "license_file": null, "repository": null, "badges": {}, "links": null, "rust_version": null,
    });
    let publish = publish.to_string().into_bytes();
    let mut body = Vec::new();
    for part in [publish.as_slice(), &bytes] {
        body.extend(u32::try_from(part.len()).expect("a fixture is small").to_le_bytes());
        body.extend(part);
    }
    let sent = || {
        Ask::new("PUT", &yard.instance.at("/publish/cargo/api/v1/crates/new"))
            .header("authorization", &token)
            .body(body.clone())
            .answer()
    };
    let answer = sent();
    assert!(answer.status == 200 && answer.json().get("errors").is_none(), "{}", answer.text());
    assert_eq!(yard.uploaded_as("pkg:cargo/copper-kettle"), "moot/kettle (moot/kettle/release.yml@refs/tags/v1)");
    let back = || Ask::new("DELETE", &yard.instance.at(tokens)).header("authorization", &format!("Bearer {token}")).answer();
    assert_eq!(back().status, 204);
    assert_eq!(back().status, 401);
    assert!(matches!(sent().status, 401 | 403));
    let (status, refused) = yard.post("POST", tokens, &json!({ "jwt": yard.identity("moot/other", &audience, "c-2") }));
    assert_eq!(status, 401, "{refused}");
    assert!(refused["errors"][0]["detail"].as_str().unwrap_or_default().contains("moot/other"), "{refused}");
}
