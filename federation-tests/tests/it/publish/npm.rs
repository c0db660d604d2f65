//! `npm publish` and `npm stage` to a community: what npm says, what is staged, and that nothing is official yet.

use insta::assert_snapshot;
use serde_json::{Value, json};
use vetmoot_tests::clients::{Project, npm};
use vetmoot_tests::http::Ask;
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::packages::{Calendar, shelf};
use vetmoot_tests::process;
use vetmoot_tests::upstream::NpmUpstream;

use super::town::Community;
use super::{candidates, person, token};
use crate::world::{PASS_ALL, adopt_pass_all};

pub mod bodies;
mod hostile;
mod staged;

/// A community in front of a registry with releases, and of an official registry that must hear nothing.
struct Town {
    upstream: NpmUpstream,
    community: Community,
}

impl std::ops::Deref for Town {
    type Target = Community;

    fn deref(&self) -> &Community {
        &self.community
    }
}

impl Town {
    fn start() -> Self {
        Self::on(Plan::new())
    }

    fn on(plan: Plan) -> Self {
        let upstream = NpmUpstream::start(Calendar::of_the_machine(), &shelf());
        let community = Community::start(plan, "npm", &upstream.url());
        Self { upstream, community }
    }

    /// Where everything that is handed in is approved at once, and some names have the community as their home.
    fn easy() -> Self {
        let plan = Plan::new().env("VETMOOT__PUBLISH__POLICY", PASS_ALL);
        let town = Self::on(plan.env("VETMOOT__RESERVED__NAMES", "npm:copper-*"));
        adopt_pass_all(&town.instance);
        town
    }

    fn registry(&self) -> String {
        self.instance.at("/publish/npm/")
    }

    /// A project of somebody's, set up as the guide says.
    fn project(&self, token: &str) -> Option<Project> {
        Some(npm::author(&self.registry(), token)?.calling(&self.instance.url(), "instance"))
    }

    /// A project of ada's with a package in it.
    fn package(&self, name: &str, version: &str) -> Option<Project> {
        let project = self.project(&self.ada.token)?;
        npm::write_package(&project, &manifest(name, version));
        Some(project)
    }

    fn packument(&self, path: &str) -> Value {
        self.instance.get(&format!("/publish/npm/{path}")).json()
    }
}

fn manifest(name: &str, version: &str) -> Value {
    json!({
        "name": name, "version": version, "description": "made up", "license": "MIT", "main": "index.js",
        "repository": { "type": "git", "url": "git+https://example.org/made-up.git" },
    })
}

/// The only candidate of a package, with the names of its id in golden texts.
#[track_caller]
fn only_candidate(instance: &Instance, purl: &str) -> String {
    let found = candidates(instance, purl);
    assert_eq!(found.len(), 1, "{found:?}");
    found.first().and_then(|one| one.get("id")).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What npm said, with the candidate's id called so, and what depends on the machine left out.
fn said(text: &str, id: &str) -> String {
    let shown =
        |line: &&str| !["shasum:", "integrity:", "package size:", "unpacked size:"].iter().any(|part| line.contains(part));
    let lines: Vec<&str> = text.lines().filter(shown).collect();
    lines.join("\n").replace(id, "<id>")
}

#[test]
fn a_package_is_staged_at_once_and_nothing_is_official() {
    let town = Town::start();
    let Some(project) = town.package("copper-kettle", "0.1.0") else { return };
    let published = project.run(&["publish"]).good();
    let id = only_candidate(&town.instance, "pkg:npm/copper-kettle");
    assert_snapshot!(said(&published.golden(), &id), @r#"
    exit 0
    -- stdout
    + copper-kettle@0.1.0
    -- stderr
    npm notice 📦 copper-kettle@0.1.0
    npm notice Tarball Contents
    npm notice 10B README.md
    npm notice 223B index.js
    npm notice 213B package.json
    npm notice Tarball Details
    npm notice name: copper-kettle
    npm notice version: 0.1.0
    npm notice filename: copper-kettle-0.1.0.tgz
    npm notice total files: 3
    npm notice Publishing to http://instance/publish/npm/ with tag latest and default access
    npm notice copper-kettle 0.1.0 has what the policy `cooldown` wants; a lead releases it: http://instance/candidates/<id>
    "#);
    let packument = town.packument("copper-kettle");
    assert_eq!(packument.pointer("/dist-tags/latest"), Some(&json!("0.1.0")), "{packument:#}");
    assert_eq!(packument.pointer("/readme"), Some(&json!("# Made up\n")), "{packument:#}");
    let tarball = packument.pointer("/versions/0.1.0/dist/tarball").and_then(Value::as_str).unwrap_or_default().to_owned();
    assert_eq!(tarball, format!("{}copper-kettle/-/copper-kettle-0.1.0.tgz", town.registry()));
    project.run(&["pack"]).good();
    let packed = project.digest("copper-kettle-0.1.0.tgz");
    project.remove("copper-kettle-0.1.0.tgz");
    assert_eq!(vetmoot_tests::upstream::sha256(&Ask::get(&tarball).answer().body), packed);
    assert_eq!(town.instance.get("/npm/cooldown/copper-kettle").status, 404, "the door of the policy has no candidates");
    assert_snapshot!(said(&project.run(&["publish"]).bad().golden(), &id), @r#"
    exit 1
    -- stderr
    npm notice 📦 copper-kettle@0.1.0
    npm notice Tarball Contents
    npm notice 10B README.md
    npm notice 223B index.js
    npm notice 213B package.json
    npm notice Tarball Details
    npm notice name: copper-kettle
    npm notice version: 0.1.0
    npm notice filename: copper-kettle-0.1.0.tgz
    npm notice total files: 3
    npm error You cannot publish over the previously published versions: 0.1.0.
    "#);
    assert_snapshot!(said(&project.run(&["view", "copper-kettle@0.1.0", "name", "version", "dist-tags"]).good().golden(), &id), @r#"
    exit 0
    -- stdout
    name = 'copper-kettle'
    version = '0.1.0'
    dist-tags = { latest: '0.1.0' }
    "#);
    town.nothing_is_official();
}

#[test]
fn a_scoped_package_goes_in_under_the_tag_it_asks_for() {
    let town = Town::start();
    let Some(project) = town.package("@moot/tea-table", "1.0.0-rc.1") else { return };
    let published = project.run(&["publish", "--tag", "next", "--access", "public"]).good();
    let id = only_candidate(&town.instance, "pkg:npm/%40moot/tea-table");
    assert_snapshot!(said(&published.golden(), &id), @r#"
    exit 0
    -- stdout
    + @moot/tea-table@1.0.0-rc.1
    -- stderr
    npm notice 📦 @moot/tea-table@1.0.0-rc.1
    npm notice Tarball Contents
    npm notice 10B README.md
    npm notice 230B index.js
    npm notice 220B package.json
    npm notice Tarball Details
    npm notice name: @moot/tea-table
    npm notice version: 1.0.0-rc.1
    npm notice filename: moot-tea-table-1.0.0-rc.1.tgz
    npm notice total files: 3
    npm notice Publishing to http://instance/publish/npm/ with tag next and public access
    npm notice @moot/tea-table 1.0.0-rc.1 has what the policy `cooldown` wants; a lead releases it: http://instance/candidates/<id>
    "#);
    for path in ["@moot%2ftea-table", "@moot%2Ftea-table", "@moot/tea-table"] {
        let tags = town.packument(path).get("dist-tags").cloned().unwrap_or_default();
        // A registry gives `latest` to the first version whatever it asks for.
        assert_eq!(tags, json!({ "latest": "1.0.0-rc.1", "next": "1.0.0-rc.1" }), "{path}");
    }
    assert_snapshot!(project.run(&["dist-tag", "ls", "@moot/tea-table"]).good().golden(), @r#"
    exit 0
    -- stdout
    latest: 1.0.0-rc.1
    next: 1.0.0-rc.1
    "#);
    assert_snapshot!(project.run(&["dist-tag", "add", "@moot/tea-table@1.0.0-rc.1", "old"]).bad().golden(), @r#"
    exit 1
    -- stderr
    npm error code E403
    npm error 403 403 tags-come-with-releases - PUT http://instance/publish/npm/-/package/@moot%2ftea-table/dist-tags/old - a tag is set with the release that asks for it (npm publish --tag NAME); tags of releases that are out are not moved here
    npm error 403 In most cases, you or one of your dependencies are requesting a package version that is forbidden by your security policy, or on a server you do not have access to.
    "#);
    town.nothing_is_official();
}

#[test]
fn a_candidate_never_takes_the_latest_tag_from_what_is_out() {
    let town = Town::start();
    let Some(project) = town.package("mossy-lantern", "1.3.0") else { return };
    project.run(&["publish"]).good();
    let packument = town.packument("mossy-lantern");
    assert_eq!(packument.pointer("/dist-tags/latest"), Some(&json!("1.1.0")), "{packument:#}");
    assert!(packument.pointer("/versions/1.3.0").is_some() && packument.pointer("/versions/1.0.0").is_some(), "{packument:#}");
    assert!(packument.pointer("/versions/1.2.0").is_none(), "a young release stays held: {packument:#}");
    let short = Ask::get(&format!("{}mossy-lantern", town.registry()))
        .header("accept", "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*")
        .answer();
    assert!(short.header("content-type").is_some_and(|kind| kind.starts_with("application/vnd.npm.install-v1+json")));
    let tag = short.header("etag").unwrap_or_default().to_owned();
    let again = Ask::get(&format!("{}mossy-lantern", town.registry()))
        .header("accept", "application/vnd.npm.install-v1+json")
        .header("if-none-match", &tag)
        .answer();
    assert_eq!(again.status, 304);
    assert_eq!(town.packument("mossy-lantern/1.3.0").get("version"), Some(&json!("1.3.0")));
}

#[test]
fn a_reviewer_installs_the_candidate_and_what_it_needs() {
    let town = Town::start();
    let Some(project) = town.project(&town.ada.token) else { return };
    let mut package = manifest("tea-table", "0.1.0");
    package["dependencies"] = json!({ "quiet-harbour": "^1.0.0" });
    npm::write_package(&project, &package);
    project.run(&["publish"]).good();
    let Some(reviewer) = npm::project(&town.registry()) else { return };
    let reviewer = reviewer.calling(&town.instance.url(), "instance");
    assert_snapshot!(reviewer.run(&["install", "tea-table@0.1.0"]).good().golden(), @r#"
    exit 0
    -- stdout

    added 3 packages in <duration>
    "#);
    for (name, version) in [("tea-table", "0.1.0"), ("quiet-harbour", "1.0.0"), ("mossy-lantern", "1.1.0")] {
        assert_eq!(npm::installed(&reviewer, name).as_deref(), Some(version), "{name}");
    }
}

#[test]
fn everything_wrong_with_a_package_is_told_at_once() {
    let town = Town::start();
    let Some(project) = town.project(&town.ada.token) else { return };
    project.write("index.js", "module.exports = 1;\n");
    let bare = json!({ "name": "@moot/bare-shelf", "version": "0.1.0" });
    project.write("package.json", bare.to_string());
    assert_snapshot!(said(&project.run(&["publish", "--access", "restricted"]).bad().golden(), "<none>"), @r#"
    exit 1
    -- stderr
    npm notice 📦 @moot/bare-shelf@0.1.0
    npm notice Tarball Contents
    npm notice 20B index.js
    npm notice 45B package.json
    npm notice Tarball Details
    npm notice name: @moot/bare-shelf
    npm notice version: 0.1.0
    npm notice filename: moot-bare-shelf-0.1.0.tgz
    npm notice total files: 2
    npm notice Publishing to http://instance/publish/npm/ with tag latest and restricted access
    npm error code E422
    npm error 422 upload-refused - PUT http://instance/publish/npm/@moot%2fbare-shelf - the release was not taken, because of one problem:
    npm error - error (restricted-access): candidates are vetted in the open, and this one asks to be restricted. Fix: publish with --access public, or keep what is private elsewhere
    npm error - warning (licence-missing) [package.json]: The package names no licence, so nobody may use it. Fix: name one as an SPDX expression, for example `MIT OR Apache-2.0`
    npm error - warning (description-missing) [package.json]: The package has no description. Fix: describe the package in a sentence (`description` in package.json)
    npm error - warning (repository-missing) [package.json]: The package does not say where its source is kept, so nobody can compare the two. Fix: name the repository in the manifest
    "#);
    assert_eq!(candidates(&town.instance, "pkg:npm/%40moot/bare-shelf").len(), 0);
    town.nothing_is_official();
}

#[test]
fn a_token_opens_its_own_project_alone_and_a_bad_one_nothing() {
    let town = Town::start();
    let only = token(&town.instance, "ada", Some("pkg:npm/copper-kettle"));
    for (token, name) in [(only.as_str(), "tea-table"), ("nobody-has-this", "copper-kettle")] {
        let Some(project) = town.project(token) else { return };
        npm::write_package(&project, &manifest(name, "0.1.0"));
        assert_snapshot!(format!("no-{name}"), said(&project.run(&["publish"]).bad().golden(), "<none>"));
    }
    let outsider = person(&town.instance, "mallory", &[], None);
    let Some(project) = town.project(&outsider.token) else { return };
    npm::write_package(&project, &manifest("copper-kettle", "0.1.0"));
    let said = project.run(&["publish"]).bad();
    assert!(said.text().contains("403"), "{}", said.golden());
    assert_eq!(candidates(&town.instance, "pkg:npm/copper-kettle").len(), 0);
    town.nothing_is_official();
}

#[test]
fn npm_learns_who_it_is_and_where_tokens_are_made() {
    let town = Town::start();
    let Some(project) = town.project(&town.ada.token) else { return };
    assert_snapshot!(project.run(&["whoami"]).good().golden(), @r#"
    exit 0
    -- stdout
    ada
    "#);
    let ping = project.run(&["ping"]).good();
    assert!(ping.text().contains("PONG"), "{}", ping.golden());
    let user = Ask::get(&town.instance.at("/publish/npm/-/npm/v1/user"))
        .header("authorization", &format!("Bearer {}", town.ada.token));
    assert_eq!(user.answer().json().get("name"), Some(&json!("ada")));
    let Some(stranger) = town.project("nobody-has-this") else { return };
    assert_snapshot!(stranger.run(&["whoami"]).bad().golden(), @r#"
    exit 1
    -- stderr
    npm error code E401
    npm error 401 bad-token - GET http://instance/publish/npm/-/whoami - the token is unknown or has expired; make a new one on /account or with `admin token create`
    "#);
    for (method, path) in [("POST", "/-/v1/login"), ("PUT", "/-/user/org.couchdb.user:ada")] {
        let answer = Ask::new(method, &town.instance.at(&format!("/publish/npm{path}"))).body("{}").answer();
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.header("npm-notice").is_some_and(|text| text.contains("/account")), "{:?}", answer.headers);
    }
}

#[test]
fn a_deprecation_is_asked_for_and_nothing_is_unpublished() {
    let town = Town::start();
    let Some(project) = town.package("mossy-lantern", "1.3.0") else { return };
    project.run(&["publish"]).good();
    assert_snapshot!(project.run(&["deprecate", "mossy-lantern@1.0.0", "use 1.1 or later"]).good().golden(), @r#"
    exit 0
    -- stderr
    npm notice deprecating mossy-lantern@1.0.0 with message "use 1.1 or later"
    npm notice asked for one version; a lead who is not you approves it, then it is passed on: http://instance/projects/pkg:npm/mossy-lantern
    "#);
    let asked = town.instance.get("/api/v1/projects/pkg:npm%2Fmossy-lantern/actions").text();
    assert!(asked.contains("use 1.1 or later") && asked.contains("1.0.0") && !asked.contains("1.1.0"), "{asked}");
    assert_snapshot!(project.run(&["deprecate", "mossy-lantern@1.3.0", "not good"]).bad().golden().replace(&only_candidate(&town.instance, "pkg:npm/mossy-lantern"), "<id>"), @r#"
    exit 1
    -- stderr
    npm notice deprecating mossy-lantern@1.3.0 with message "not good"
    npm notice see http://instance/candidates/<id>
    npm error code E409
    npm error 409 not-released - PUT http://instance/publish/npm/mossy-lantern - mossy-lantern-1.3.0.tgz is not released yet: withdraw it instead (http://instance/candidates/***)
    "#);
    assert_snapshot!(project.run(&["unpublish", "mossy-lantern@1.0.0"]).bad().golden(), @r#"
    exit 1
    -- stderr
    npm error code E403
    npm error 403 403 no-unpublishing - PUT http://instance/publish/npm/mossy-lantern/-rev/undefined - nothing is unpublished here: withdraw a candidate with `npm stage reject ID` or on its page (http://instance/candidates), and deprecate a release that is out
    npm error 403 In most cases, you or one of your dependencies are requesting a package version that is forbidden by your security policy, or on a server you do not have access to.
    "#);
    assert_snapshot!(project.run(&["unpublish", "mossy-lantern", "--force"]).bad().golden(), @r#"
    exit 1
    -- stderr
    npm warn using --force Recommended protections disabled.
    npm error code E403
    npm error 403 403 no-unpublishing - DELETE http://instance/publish/npm/mossy-lantern/-rev/undefined - nothing is unpublished here: withdraw a candidate with `npm stage reject ID` or on its page (http://instance/candidates), and deprecate a release that is out
    npm error 403 In most cases, you or one of your dependencies are requesting a package version that is forbidden by your security policy, or on a server you do not have access to.
    "#);
    town.nothing_is_official();
}

/// Waits until a candidate stands there.
fn stands(instance: &Instance, id: &str, state: &str) {
    process::eventually(&format!("it is {state}"), || {
        let candidate = instance.get(&format!("/api/v1/candidates/{id}")).json();
        let found =
            candidate.pointer("/candidate/state").or_else(|| candidate.get("state")).and_then(Value::as_str).map(str::to_owned);
        found.as_deref() == Some(state)
    });
}
