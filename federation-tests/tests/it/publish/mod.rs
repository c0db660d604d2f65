//! Releases handed to a community with the real clients; what is official stays empty until somebody releases.
#![expect(clippy::indexing_slicing, reason = "tests")]

mod attested;
mod cargo;
mod checks;
mod crashes;
mod encrypted;
mod harbour;
mod npm;
mod own_home;
mod pages;
mod people;
mod pypi;
mod registry;
mod release;
mod set_up;
mod signatures;
mod town;
mod trouble;
mod trusted;

use vetmoot_tests::http::{Answer, Ask};
use vetmoot_tests::instance::Instance;

/// A person of the community, by the token their programs use.
pub struct Person {
    pub token: String,
}

/// Makes a member with these roles, and a token of the scope `publish`, for one project when one is named.
pub fn person(instance: &Instance, name: &str, roles: &[&str], project: Option<&str>) -> Person {
    let mut words = vec!["user", "create", name];
    words.extend(roles.iter().flat_map(|role| ["--role", *role]));
    instance.must(&words);
    Person { token: token(instance, name, project) }
}

/// Makes one more token of the scope `publish` for a member.
pub fn token(instance: &Instance, name: &str, project: Option<&str>) -> String {
    let mut words = vec!["token", "create", "--user", name, "--scope", "publish"];
    words.extend(project.into_iter().flat_map(|project| ["--project", project]));
    instance.must(&words).trim().to_owned()
}

/// The API asked in somebody's name.
pub fn ask(instance: &Instance, method: &str, path: &str, person: &Person, body: Option<serde_json::Value>) -> Answer {
    let ask = Ask::new(method, &instance.at(path)).header("authorization", &format!("Bearer {}", person.token));
    match body {
        Some(body) => ask.header("content-type", "application/json").body(body.to_string()).answer(),
        None => ask.answer(),
    }
}

/// The candidates of a package, as the API lists them.
pub fn candidates(instance: &Instance, package: &str) -> Vec<serde_json::Value> {
    let listed = instance.get(&format!("/api/v1/candidates?package={package}")).json();
    listed.get("candidates").and_then(serde_json::Value::as_array).cloned().unwrap_or_default()
}

/// What stands at a place of a JSON document (RFC 6901); null where nothing does.
pub fn at<'v>(value: &'v serde_json::Value, pointer: &str) -> &'v serde_json::Value {
    value.pointer(pointer).unwrap_or(&serde_json::Value::Null)
}
