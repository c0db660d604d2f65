//! A CI's identity over https, as in production: uv, twine and cargo behind a front, and one token for several projects.

use insta::assert_snapshot;
use serde_json::{Value, json};
use vetmoot_tests::clients::{Project, cargo, twine, uv};
use vetmoot_tests::front::Front;
use vetmoot_tests::http::Ask;
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::issuer::Issuer;
use vetmoot_tests::packages::{Calendar, Release};
use vetmoot_tests::upstream::CargoUpstream;
use vetmoot_tests::upstream::server::{Reply, Server};

use super::pypi::build;
use super::{Person, ask, at, candidates, person};

const TOKENS: &str = "/publish/cargo/api/v1/trusted_publishing/tokens";

/// A community behind a front, before empty indexes, that believes an issuer.
struct Works {
    _index: Server,
    _crates: CargoUpstream,
    issuer: Issuer,
    front: Front,
    instance: Instance,
    ada: Person,
}

impl Works {
    fn start() -> Self {
        let (issuer, front) = (Issuer::start(), Front::start());
        let index = Server::start(Box::new(|_| Reply::not_found()));
        let mut plan = Plan::new().behind(&front.host()).env("VETMOOT__PUBLISH__ISSUERS", &issuer.name());
        for ecosystem in ["pypi", "npm"] {
            plan = plan.upstream(ecosystem, &index.url());
        }
        let crates = CargoUpstream::start(Calendar::of_the_machine(), &[]);
        let plan = plan.upstream("cargo", &crates.url());
        let instance = plan.start();
        front.leads_to(instance.port());
        let ada = person(&instance, "ada", &["auditor"], None);
        issuer.employs(job_of("works"));
        Self { _index: index, _crates: crates, issuer, front, instance, ada }
    }

    /// Somebody opens a project and names the repository whose jobs hand in; gives the publisher's number.
    fn trusts(&self, who: &Person, purl: &str, repository: &str) -> i64 {
        let opened = ask(&self.instance, "POST", "/api/v1/projects", who, Some(json!({ "package": purl })));
        assert_eq!(opened.status, 201, "{}", opened.text());
        let named = json!({ "issuer": self.issuer.name(), "claims": { "repository": repository } });
        let added = ask(&self.instance, "POST", &format!("/api/v1/projects/{purl}/publishers"), who, Some(named));
        assert_eq!(added.status, 201, "{}", added.text());
        at(&added.json(), "/id").as_i64().expect("a publisher has a number")
    }

    /// The client in a job of the CI, which believes the front.
    fn in_a_job(&self, project: Project) -> Project {
        let authority = self.front.authority().display().to_string();
        let believing = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CARGO_HTTP_CAINFO"];
        let project = believing.into_iter().fold(project, |project, name| project.with_variable(name, &authority));
        let variables = self.issuer.variables();
        let project = variables.iter().fold(project, |project, (name, value)| project.with_variable(name, value));
        project.calling(&self.front.at(""), "community").calling(&self.issuer.name(), "issuer")
    }

    /// What the action for crates does: the identity for the registry's address, exchanged for a token.
    fn token_for_crates(&self) -> (u16, Value) {
        let [_, (_, url), (_, secret)] = self.issuer.variables();
        let audience = format!("{}/publish/cargo", self.front.host());
        let asked = Ask::get(&format!("{url}&audience={audience}")).header("authorization", &format!("Bearer {secret}"));
        self.exchange("PUT", TOKENS, &json!({ "jwt": at(&asked.answer().json(), "/value") }))
    }

    fn exchange(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let asked = Ask::new(method, &self.instance.at(path)).header("content-type", "application/json");
        let answer = asked.body(body.to_string()).answer();
        (answer.status, answer.json())
    }

    /// In whose name the one candidate of a package was handed in, and by which program.
    #[track_caller]
    fn uploader(&self, purl: &str) -> (String, String) {
        let [found] = candidates(&self.instance, purl).try_into().unwrap_or_else(|all| panic!("{purl}: {all:?}"));
        let text = |pointer| at(&found, pointer).as_str().unwrap_or_default().to_owned();
        (text("/uploader"), text("/uploaded_as"))
    }
}

const JOB: &str = "moot/works (moot/works/release.yml@refs/tags/v1)";

/// What the largest forge says of a job.
fn job_of(name: &str) -> Value {
    let workflow = format!("moot/{name}/release.yml@refs/tags/v1");
    json!({
        "sub": format!("repo:moot/{name}:ref:refs/tags/v1"), "repository": format!("moot/{name}"), "repository_id": "71",
        "repository_owner": "moot", "repository_owner_id": "7", "ref": "refs/tags/v1", "ref_type": "tag",
        "workflow_ref": workflow, "job_workflow_ref": workflow, "runner_environment": "github-hosted", "run_attempt": "1",
    })
}

fn by(name: &str) -> (String, String) {
    (name.to_owned(), JOB.to_owned())
}

/// The files of two projects of one repository.
fn two_projects(project: &Project) -> Vec<String> {
    ["copper-snake", "copper-worm"].iter().flat_map(|name| build(project, &Release::new(name, "1.0.0", 0))).collect()
}

#[test]
fn uv_publishes_two_projects_from_a_ci_with_no_token_at_all() {
    let works = Works::start();
    let grace = person(&works.instance, "grace", &["auditor"], None);
    works.trusts(&works.ada, "pkg:pypi/copper-snake", "moot/works");
    works.trusts(&grace, "pkg:pypi/copper-worm", "moot/works");
    let Some(project) = uv::project(&works.front.at("/publish/pypi/simple/"), &[]) else { return };
    let project = works.in_a_job(project);
    let paths = two_projects(&project);
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let door = works.front.at("/publish/pypi/legacy/");
    let said = uv::publish_from_a_ci(&project, &door, &paths).good();
    // It hides the token from the CI's log, and gives it back when the last file is there.
    let (_, token) = said.ended.stdout.trim().split_once("::add-mask::").expect("uv hides its token");
    assert_snapshot!(said.golden().replace(token, "<token>"), @r#"
    exit 0
    -- stdout
    ::add-mask::<token>
    -- stderr
    Publishing 4 files to https://community/publish/pypi/legacy/
    Hashing copper_snake-1.0.0-py3-none-any.whl (1009B)
    Uploading copper_snake-1.0.0-py3-none-any.whl (1009B)
    Hashing copper_worm-1.0.0-py3-none-any.whl (998B)
    Uploading copper_worm-1.0.0-py3-none-any.whl (998B)
    Hashing copper_snake-1.0.0.tar.gz (1.2KiB)
    Uploading copper_snake-1.0.0.tar.gz (1.2KiB)
    Hashing copper_worm-1.0.0.tar.gz (1.2KiB)
    Uploading copper_worm-1.0.0.tar.gz (1.2KiB)
    "#);
    let answer = Ask::new("POST", &works.instance.at("/publish/pypi/")).header("authorization", &format!("Bearer {token}"));
    assert_eq!(answer.answer().status, 401);
    // Each project's own publisher answers for it, though the token was one.
    assert_eq!(works.uploader("pkg:pypi/copper-snake"), by("ada"));
    assert_eq!(works.uploader("pkg:pypi/copper-worm"), by("grace"));
    // A repository that nobody trusts is told so in uv's words.
    works.issuer.employs(job_of("other"));
    assert_snapshot!(uv::publish_from_a_ci(&project, &door, &paths).bad().golden(), @r#"
    exit 2
    -- stderr
    Publishing 4 files to https://community/publish/pypi/legacy/
    error: Failed to obtain token for trusted publishing
      cause: Server returned error code 401 Unauthorized, is trusted publishing correctly configured?
             Response: {"success":false,"message":"Token request failed","errors":[{"code":"untrusted-publisher","description":"the identity of moot/other (moot/other/release.yml@refs/tags/v1) fits no trusted publisher of any pypi project here; a lead of the project names it"}]}
             Token claims, which must match the publisher configuration: GitHub(
                 GitHubTokenClaims {
                     sub: "repo:moot/other:ref:refs/tags/v1",
                     repository: "moot/other",
                     repository_owner: "moot",
                     repository_owner_id: "7",
                     job_workflow_ref: "moot/other/release.yml@refs/tags/v1",
                     ref: "refs/tags/v1",
                     environment: None,
                 },
             )
    "#);
    assert!(!works.instance.output().contains("eyJ"), "an identity stands in the log");
}

#[test]
fn a_token_is_given_back_at_the_door_where_python_clients_get_it() {
    let works = Works::start();
    works.trusts(&works.ada, "pkg:pypi/copper-snake", "moot/works");
    let identity = || {
        let [_, (_, url), (_, secret)] = works.issuer.variables();
        let asked = Ask::get(&format!("{url}&audience={}", works.front.host()));
        at(&asked.header("authorization", &format!("Bearer {secret}")).answer().json(), "/value").clone()
    };
    for mint in ["/_/oidc/mint-token", "/publish/pypi/_/oidc/mint-token", "/_/oidc/github/mint-token"] {
        let (status, minted) = works.exchange("POST", mint, &json!({ "token": identity() }));
        assert_eq!(status, 200, "{minted}");
        let burn = || works.exchange("POST", "/_/oidc/burn-token", &json!({ "token": minted["token"] }));
        assert_eq!(burn().0, 202);
        let (status, gone) = burn();
        assert_eq!((status, at(&gone, "/errors/0/code")), (401, &json!("bad-token")), "{gone}");
    }
    // A member's own token is not ended so.
    let (status, kept) = works.exchange("POST", "/_/oidc/burn-token", &json!({ "token": works.ada.token }));
    assert_eq!((status, at(&kept, "/errors/0/code")), (403, &json!("not-minted")), "{kept}");
    assert_eq!(works.exchange("POST", "/_/oidc/burn-token", &json!({})).0, 422);
}

#[test]
fn twine_uploads_two_projects_with_the_token_its_own_program_got_the_identity_for() {
    let works = Works::start();
    works.trusts(&works.ada, "pkg:pypi/copper-snake", "moot/works");
    works.trusts(&works.ada, "pkg:pypi/copper-worm", "moot/works");
    let door = works.front.at("/publish/pypi/legacy/");
    // By itself twine asks the two official indexes alone, whatever the CI could tell it.
    let Some(project) = twine::without_a_token(&door) else { return };
    let project = works.in_a_job(project);
    let paths = two_projects(&project);
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    assert_snapshot!(twine::upload(&project, &paths).bad().golden(), @r#"
    exit 1
    -- stdout
    Uploading distributions to https://community/publish/pypi/legacy/
    ERROR NonInteractive: Credential not found for password.
    "#);
    let Some(identities) = twine::identities() else { return };
    let said = works.in_a_job(identities).run(&[&works.front.host()]).good();
    let (status, minted) = works.exchange("POST", "/_/oidc/mint-token", &json!({ "token": said.ended.stdout.trim() }));
    assert_eq!(status, 200, "{minted}");
    let project = project.with_variable("TWINE_PASSWORD", minted["token"].as_str().unwrap_or_default());
    assert_snapshot!(twine::upload(&project, &paths).good().golden(), @r#"
    exit 0
    -- stdout
    Uploading distributions to https://community/publish/pypi/legacy/
    Uploading copper_snake-1.0.0-py3-none-any.whl
    Uploading copper_worm-1.0.0-py3-none-any.whl
    Uploading copper_snake-1.0.0.tar.gz
    Uploading copper_worm-1.0.0.tar.gz
    "#);
    for purl in ["pkg:pypi/copper-snake", "pkg:pypi/copper-worm"] {
        assert_eq!(works.uploader(purl), by("ada"));
    }
    build(&project, &Release::new("copper-eel", "1.0.0", 0));
    let refused = twine::upload(&project, &["dist/copper_eel-1.0.0-py3-none-any.whl"]).bad();
    assert_snapshot!(refused.golden(), @r#"
    exit 1
    -- stdout
    Uploading distributions to https://community/publish/pypi/legacy/
    Uploading copper_eel-1.0.0-py3-none-any.whl
    WARNING Error during upload. Retry with the --verbose option for more details.
    ERROR HTTPError: 403 Forbidden from
             https://community/publish/pypi/legacy/
             The token is for another project
    "#);
}

#[test]
fn a_workspace_goes_through_with_one_token_of_a_ci() {
    let works = Works::start();
    let grace = person(&works.instance, "grace", &["auditor"], None);
    works.trusts(&works.ada, "pkg:cargo/oak-root", "moot/works");
    works.trusts(&works.ada, "pkg:cargo/oak-trunk", "moot/works");
    let crown = works.trusts(&grace, "pkg:cargo/oak-crown", "moot/works");
    works.trusts(&works.ada, "pkg:cargo/oak-branch", "moot/branch");
    let (status, minted) = works.token_for_crates();
    assert_eq!(status, 200, "{minted}");
    let token = minted["token"].as_str().unwrap_or_default().to_owned();
    let project = works.in_a_job(cargo::author(&works.front.at("/publish/cargo/"), true));
    let project = project.with_variable("CARGO_REGISTRIES_COMMUNITY_TOKEN", &token);
    write_workspace(&project, "0.1.0");
    project.run(&["publish", "--registry", "community", "--workspace"]).good();
    assert_eq!(works.uploader("pkg:cargo/oak-root"), by("ada"));
    assert_eq!(works.uploader("pkg:cargo/oak-trunk"), by("ada"));
    assert_eq!(works.uploader("pkg:cargo/oak-crown"), by("grace"));
    // What does not trust the job is not covered, and what stops trusting it is covered no longer.
    cargo::write_crate(&project, "branch", "oak-branch", "0.1.0", "");
    project.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"root\", \"trunk\", \"crown\", \"branch\"]\n");
    let publish = |name: &str| project.run(&["publish", "--registry", "community", "--no-verify", "--package", name]);
    assert_snapshot!(publish("oak-branch").bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
       Packaging oak-branch v0.1.0 (~/project/branch)
        Packaged 4 files, <size>
       Uploading oak-branch v0.1.0 (~/project/branch)
    error: failed to publish oak-branch v0.1.0 to registry at https://community/publish/cargo

    Caused by:
      the remote server responded with an error (status 403 Forbidden): this token hands in pkg:cargo/oak-crown and 2 more, and pkg:cargo/oak-branch is not among them; a lead of pkg:cargo/oak-branch names this program as its trusted publisher
    "#);
    let path = format!("/api/v1/projects/pkg:cargo/oak-crown/publishers/{crown}");
    assert_eq!(ask(&works.instance, "DELETE", &path, &grace, None).status, 204);
    write_workspace(&project, "0.2.0");
    for name in ["oak-root", "oak-trunk"] {
        publish(name).good();
    }
    assert_snapshot!(publish("oak-crown").bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
       Packaging oak-crown v0.2.0 (~/project/crown)
        Updating `community` index
        Packaged 4 files, <size>
       Uploading oak-crown v0.2.0 (~/project/crown)
    error: failed to publish oak-crown v0.2.0 to registry at https://community/publish/cargo

    Caused by:
      the remote server responded with an error (status 403 Forbidden): this token hands in pkg:cargo/oak-root and 1 more, and pkg:cargo/oak-crown is not among them; a lead of pkg:cargo/oak-crown names this program as its trusted publisher
    "#);
    // The job gives the token back, as the action does when it ends.
    let back = || Ask::new("DELETE", &works.instance.at(TOKENS)).header("authorization", &format!("Bearer {token}")).answer();
    assert_eq!((back().status, back().status), (204, 401));
    write_workspace(&project, "0.3.0");
    assert_snapshot!(publish("oak-root").bad().golden(), @r#"
    exit 101
    -- stderr
        Updating `community` index
       Packaging oak-root v0.3.0 (~/project/root)
        Packaged 4 files, <size>
       Uploading oak-root v0.3.0 (~/project/root)
    error: failed to publish oak-root v0.3.0 to registry at https://community/publish/cargo

    Caused by:
      the remote server responded with an error (status 403 Forbidden): the token is unknown or has expired; make a new one on /account or with `admin token create`
    "#);
}

#[test]
fn on_the_other_forge_the_identity_lies_in_a_variable_named_after_the_audience() {
    let works = Works::start();
    works.trusts(&works.ada, "pkg:pypi/copper-snake", "moot/works");
    let host = works.front.host();
    let [_, (_, url), (_, secret)] = works.issuer.variables();
    let asked = Ask::get(&format!("{url}&audience={host}")).header("authorization", &format!("Bearer {secret}"));
    let identity = at(&asked.answer().json(), "/value").as_str().unwrap_or_default().to_owned();
    // Every letter that no variable may have is an underscore.
    let variable: String = host.chars().map(|letter| if letter.is_ascii_digit() { letter } else { '_' }).collect();
    let Some(project) = uv::project(&works.front.at("/publish/pypi/simple/"), &[]) else { return };
    let authority = works.front.authority().display().to_string();
    let project = project.with_variable("SSL_CERT_FILE", &authority).with_variable("GITLAB_CI", "true");
    let project = project.with_variable(&format!("{variable}_ID_TOKEN"), &identity);
    let paths = build(&project, &Release::new("copper-snake", "1.0.0", 0));
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    uv::publish_from_a_ci(&project, &works.front.at("/publish/pypi/legacy/"), &paths).good();
    assert_eq!(works.uploader("pkg:pypi/copper-snake"), by("ada"));
}

/// Three crates that depend on each other.
fn write_workspace(project: &Project, version: &str) {
    project.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"root\", \"trunk\", \"crown\"]\n");
    let root = format!("oak-root = {{ path = \"../root\", version = \"{version}\" }}\n");
    cargo::write_crate(project, "root", "oak-root", version, "");
    cargo::write_crate(project, "trunk", "oak-trunk", version, &root);
    let trunk = format!("oak-trunk = {{ path = \"../trunk\", version = \"{version}\" }}\n");
    cargo::write_crate(project, "crown", "oak-crown", version, &format!("{root}{trunk}"));
}
