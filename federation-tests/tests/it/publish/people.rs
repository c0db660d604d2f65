//! Projects and candidates through the API and the operator's commands: who may, in which words, and that one of two wins.
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use vetmoot_tests::http::{Answer, Ask};
use vetmoot_tests::instance::Plan;
use vetmoot_tests::upstream::server::{Reply, Server};

use super::harbour::{Harbour, OPEN, READ};
use super::{Person, ask, person, token};

const KETTLE: &str = "pkg:cargo/copper-kettle";

/// A community whose own names begin with `copper-`, so that a release needs no index; there is an empty one all the same.
fn town(policy: &str) -> (Harbour, Server) {
    let index = Server::start(Box::new(|_| Reply::not_found()));
    let plan = Plan::new().upstream("cargo", &index.url()).env("VETMOOT__RESERVED__NAMES", "cargo:copper-*");
    (Harbour::without_credential(plan, policy), index)
}

fn code(answer: &Answer) -> String {
    answer.json().get("code").and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[track_caller]
fn refused(answer: &Answer, status: u16, wanted: &str) {
    assert_eq!((answer.status, code(answer).as_str()), (status, wanted), "{}", answer.text());
}

fn people(project: &Value) -> Vec<String> {
    let people = project["people"].as_array().cloned().unwrap_or_default();
    people.iter().map(|one| format!("{} {}", one["role"].as_str().unwrap(), one["name"].as_str().unwrap())).collect()
}

fn go(town: &Harbour, id: &str, verb: &str, who: &Person, body: Option<Value>) -> Answer {
    ask(&town.instance, "POST", &format!("/api/v1/candidates/{id}/{verb}"), who, body)
}

#[test]
fn a_project_is_opened_led_and_stopped_through_the_api() {
    let (town, _index) = town(OPEN);
    let (instance, ada, lena) = (&town.instance, &town.ada, &town.lena);
    let mia = person(instance, "mia", &[], None);
    let open = json!({ "package": KETTLE });
    refused(&ask(instance, "POST", "/api/v1/projects", &mia, Some(open.clone())), 403, "not-a-project");
    refused(&Ask::post_json(&instance.at("/api/v1/projects"), &open).answer(), 401, "no-token");
    let opened = ask(instance, "POST", "/api/v1/projects", ada, Some(open.clone()));
    assert_eq!(opened.status, 201, "{}", opened.text());
    assert_eq!((people(&opened.json()), &opened.json()["home"]), (vec!["lead ada".to_owned()], &json!("community")));
    refused(&ask(instance, "POST", "/api/v1/projects", ada, Some(open)), 409, "project-exists");
    refused(&ask(instance, "POST", "/api/v1/projects", ada, Some(json!({ "package": "kettle" }))), 422, "bad-purl");

    let part = |name: &str| format!("/api/v1/projects/{KETTLE}/people/{name}");
    let role = |role: &str| Some(json!({ "role": role }));
    refused(&ask(instance, "PUT", &part("mia"), &mia, role("lead")), 403, "leads-only");
    refused(&ask(instance, "PUT", &part("mia"), ada, role("owner")), 422, "bad-role");
    refused(&ask(instance, "DELETE", &part("ada"), ada, None), 409, "last-lead");
    let appointed = ask(instance, "PUT", &part("mia"), ada, role("maintainer"));
    assert_eq!(people(&appointed.json()), ["lead ada", "maintainer mia"], "{}", appointed.text());
    assert_eq!(people(&ask(instance, "PUT", &part("mia"), lena, role("lead")).json()), ["lead ada", "lead mia"]);
    assert_eq!(people(&ask(instance, "DELETE", &part("ada"), ada, None).json()), ["lead mia"]);

    let scoped = "pkg:npm/%40acme/kettle";
    let opened = ask(instance, "POST", "/api/v1/projects", lena, Some(json!({ "package": scoped })));
    assert_eq!(opened.status, 201, "{}", opened.text());
    let shown = instance.get(&format!("/api/v1/projects/{scoped}"));
    assert_eq!((shown.status, &shown.json()["package"]), (200, &json!(scoped)), "{}", shown.text());
    let listed = instance.get("/api/v1/projects").json();
    assert_eq!(listed["projects"].as_array().map(Vec::len), Some(2));

    let change = |who: &Person, body: Value| ask(instance, "PATCH", &format!("/api/v1/projects/{KETTLE}"), who, Some(body));
    refused(&change(ada, json!({ "stopped": true })), 403, "leads-only");
    refused(&change(&mia, json!({ "policy": "nowhere" })), 422, "unknown-policy");
    assert_eq!(change(&mia, json!({ "policy": "harbour", "stopped": true })).json()["stopped_by"], json!("mia"));
    let stopped = town.crate_sent("copper-kettle", "1.0.0", &json!([]), b"never read");
    assert_eq!(stopped.status, 403, "{}", stopped.text());
    assert!(stopped.text().contains("mia stopped"), "{}", stopped.text());

    refused(&ask(instance, "POST", "/api/v1/publishing", lena, Some(json!({ "stopped": true }))), 403, "stewards-only");
    let all = ask(instance, "POST", "/api/v1/publishing", &town.stella, Some(json!({ "stopped": true })));
    assert_eq!(all.json(), json!({ "stopped": true, "stopped_by": "stella" }));
    assert_eq!(instance.get("/api/v1/publishing").json()["stopped"], json!(true));
}

#[test]
fn a_candidate_is_moved_by_those_who_may_and_of_two_leads_one_releases() {
    let (town, _index) = town(READ);
    let (id, _) = town.crate_handed_in("copper-kettle", "1.0.0");
    let shown = town.candidate(&id);
    assert_eq!((shown["state"].as_str(), shown["uploader"].as_str()), (Some("staged"), Some("ada")), "{shown}");
    assert_eq!(shown["files"][0]["name"], json!("copper-kettle-1.0.0.crate"));
    assert_eq!(shown["needs"]["met"], json!(false), "{shown}");
    refused(&go(&town, &id, "release", &town.lena, None), 409, "illegal-move");
    refused(&go(&town, &id, "ask-changes", &town.lena, Some(json!({ "reason": "" }))), 422, "no-reason");
    refused(&go(&town, &id, "ask-changes", &town.lena, Some(json!({ "words": "no" }))), 422, "bad-json");
    assert_eq!(go(&town, &id, "take", &town.lena, None).json()["state"], json!("in-review"));
    refused(&go(&town, &id, "complete", &town.ada, None), 409, "illegal-move");
    assert_eq!(go(&town, &id, "dance", &town.ada, None).status, 404);
    refused(&go(&town, "00000000-0000-4000-8000-000000000000", "take", &town.lena, None), 404, "unknown-candidate");
    refused(&go(&town, "nonsense", "take", &town.lena, None), 404, "unknown-candidate");

    // The same community under a policy that asks for nothing: what waits is approved, and two leads press at once.
    let file = town.instance.write("open.toml", OPEN);
    town.instance.must(&["policy", "adopt", &file.display().to_string(), "--slug", "harbour"]);
    town.wait_for(&id, "approved");
    refused(&go(&town, &id, "release", &town.ada, None), 403, "own-upload");
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let press = |who| {
            let (town, id) = (&town, &id);
            scope.spawn(move || go(town, id, "release", who, None))
        };
        let pressed = [press(&town.lena), press(&town.lars), press(&town.stella)];
        pressed.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (done, late): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((done.len(), late.len()), (1, 2));
    for answer in &late {
        assert_eq!(answer.status, 409, "{}", answer.text());
        assert!(["already-moved", "illegal-move"].contains(&code(answer).as_str()), "{}", answer.text());
    }
    town.wait_for(&id, "released");
    let moves = town.candidate(&id)["moves"].as_array().cloned().unwrap_or_default();
    let states: Vec<&str> = moves.iter().filter_map(|step| step["state"].as_str()).collect();
    assert_eq!(states, ["draft", "staged", "in-review", "approved", "releasing", "released"]);
    let listed = town.instance.get("/api/v1/candidates?state=released,failed").json();
    assert_eq!(listed["candidates"].as_array().map(Vec::len), Some(1));
    assert_eq!(town.instance.get("/api/v1/candidates?state=nowhere").status, 422);
}

#[test]
fn a_token_of_one_project_moves_nothing_of_another_and_the_uploader_releases_nothing() {
    let (town, _index) = town(OPEN);
    let (kettle, _) = town.crate_handed_in("copper-kettle", "1.0.0");
    let (pan, _) = town.crate_handed_in("copper-pan", "1.0.0");
    for id in [&kettle, &pan] {
        town.wait_for(id, "approved");
    }
    // ada opened both by her uploads and leads them, and still does not release what she handed in.
    refused(&go(&town, &kettle, "release", &town.ada, None), 403, "own-upload");
    let only = Person { token: token(&town.instance, "lena", Some(KETTLE)) };
    refused(&go(&town, &pan, "release", &only, None), 403, "other-project");
    refused(&go(&town, &pan, "withdraw", &only, None), 403, "other-project");
    refused(&ask(&town.instance, "POST", "/api/v1/publishing", &only, Some(json!({ "stopped": true }))), 403, "other-project");
    let body = Some(json!({ "role": "lead" }));
    let path = "/api/v1/projects/pkg:cargo/copper-pan/people/lars";
    refused(&ask(&town.instance, "PUT", path, &only, body), 403, "other-project");
    // Nor does it more of its own project than hand in: what a thief finds in a CI is not the second pair of eyes.
    refused(&go(&town, &kettle, "release", &only, None), 403, "project-token");
    let path = "/api/v1/projects/pkg:cargo/copper-kettle";
    for (method, rest, body) in [
        ("PUT", "/people/lars", json!({ "role": "lead" })),
        ("PATCH", "", json!({ "policy": "" })),
        ("POST", "/publishers", json!({ "issuer": "https://ci.example", "claims": { "repository": "acme/kettle" } })),
        ("POST", "/actions", json!({ "kind": "yank", "versions": ["1.0.0"] })),
    ] {
        refused(&ask(&town.instance, method, &format!("{path}{rest}"), &only, Some(body)), 403, "project-token");
    }
    let waiver = Some(json!({ "name": "tests", "reason": "they are slow" }));
    let waivers = format!("/api/v1/candidates/{kettle}/waivers");
    refused(&ask(&town.instance, "POST", &waivers, &only, waiver), 403, "project-token");
    assert_eq!(go(&town, &kettle, "release", &town.lena, None).status, 200);
    town.wait_for(&kettle, "released");
    assert_eq!(town.state(&pan), "approved");
}

#[test]
fn the_operator_opens_projects_beside_the_server_and_reads_who_holds_a_duty_alone() {
    let (town, _index) = town(OPEN);
    let instance = &town.instance;
    let warnings = || {
        let warnings = instance.get("/readyz").json()["warnings"].as_array().cloned().unwrap_or_default();
        warnings.iter().map(|one| one["code"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let before = warnings();
    assert!(before.contains(&"single-admin".to_owned()), "{before:?}");
    let opened = instance.must(&["project", "open", KETTLE, "--lead", "lars"]);
    assert_eq!(opened.trim(), "pkg:cargo/copper-kettle home=community lead=lars");
    assert!(warnings().contains(&"single-lead".to_owned()));
    assert!(!instance.admin(&["project", "open", KETTLE]).is_good());
    assert!(!instance.admin(&["project", "open", "pkg:cargo/copper-pan", "--lead", "nobody"]).is_good());
    assert_eq!(instance.get("/api/v1/projects/pkg:cargo/copper-pan").status, 404, "nothing is half opened");
    instance.must(&["project", "appoint", KETTLE, "lena", "--role", "lead"]);
    assert!(!warnings().contains(&"single-lead".to_owned()));
    instance.must(&["project", "dismiss", KETTLE, "lars"]);
    let ended = instance.admin(&["project", "dismiss", KETTLE, "lena"]);
    assert!(!ended.is_good() && ended.stderr.contains("without a lead"), "{}", ended.stderr);
    assert_eq!(instance.must(&["project", "list"]).trim(), "pkg:cargo/copper-kettle home=community lead=lena");
    // A token for a package nobody opened opens it, with its holder as maintainer.
    token(instance, "ada", Some("pkg:cargo/copper-pan"));
    let shown = instance.get("/api/v1/projects/pkg:cargo/copper-pan").json();
    assert_eq!(people(&shown), ["maintainer ada"]);
}
