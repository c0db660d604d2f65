//! While the database is away every door says so, and says when to come again.

use std::thread;

use serde_json::json;
use vetmoot_tests::http::{Answer, Ask};
use vetmoot_tests::instance::Plan;
use vetmoot_tests::postgres::Postgres;
use vetmoot_tests::process;

/// One request to each door and each form of answer there is: method, address, what it accepts.
const DOORS: [(&str, &str, &str); 31] = [
    ("GET", "/readyz", "application/json"),
    ("GET", "/", "text/html"),
    ("GET", "/search?q=lantern", "text/html"),
    ("GET", "/candidates", "text/html"),
    ("GET", "/releases/pkg:cargo/mossy-lantern@1.0.0", "text/html"),
    ("GET", "/api/v1/candidates", "application/json"),
    ("GET", "/api/v1/projects", "application/json"),
    ("POST", "/api/v1/decisions", "application/json"),
    ("POST", "/api/v1/audits", "application/json"),
    ("POST", "/api/v1/candidates/8f6d3f8e-4b8a-4b57-9a55-0d3cf0a2d2a1/checks", "application/json"),
    ("GET", "/cargo/cooldown/mo/ss/mossy-lantern", "*/*"),
    ("GET", "/cargo/cooldown/dl/mossy-lantern/1.0.0/download", "*/*"),
    ("GET", "/pypi/cooldown/simple/", "*/*"),
    ("GET", "/pypi/cooldown/simple/mossy-lantern/", "*/*"),
    ("GET", "/pypi/cooldown/files/mossy-lantern/mossy_lantern-1.0.0.tar.gz", "*/*"),
    ("GET", "/npm/cooldown/mossy-lantern", "*/*"),
    ("GET", "/npm/cooldown/mossy-lantern/-/mossy-lantern-1.0.0.tgz", "*/*"),
    ("GET", "/publish/cargo/mo/ss/mossy-lantern", "*/*"),
    ("PUT", "/publish/cargo/api/v1/crates/new", "*/*"),
    ("GET", "/publish/pypi/simple/mossy-lantern/", "*/*"),
    ("POST", "/publish/pypi/", "*/*"),
    ("GET", "/publish/npm/mossy-lantern", "*/*"),
    ("PUT", "/publish/npm/mossy-lantern", "*/*"),
    ("POST", "/_/oidc/mint-token", "*/*"),
    ("POST", "/-/npm/v1/oidc/token/exchange/package/mossy-lantern", "*/*"),
    ("PUT", "/publish/cargo/api/v1/trusted_publishing/tokens", "*/*"),
    ("GET", "/users/ada", "application/activity+json"),
    ("GET", "/users/ada", "text/html"),
    ("GET", "/audits/00000000000000000000000000000000/record", "application/activity+json"),
    ("GET", "/log/checkpoint", "*/*"),
    ("POST", "/inbox", "*/*"),
];

fn ask(instance: &str, (method, path, accept): (&str, &str, &str), token: &str) -> Answer {
    let ask = Ask::new(method, &format!("{instance}{path}")).header("accept", accept);
    if method == "GET" {
        return ask.answer();
    }
    let (kind, body) = match path {
        "/publish/pypi/" => ("multipart/form-data; boundary=x", "--x--\r\n".to_owned()),
        "/api/v1/decisions" => {
            ("application/json", json!({"policy": "cooldown", "purls": ["pkg:cargo/mossy-lantern@1.0.0"]}).to_string())
        }
        _ => ("application/json", json!({"token": "a.b.c", "jwt": "a.b.c"}).to_string()),
    };
    ask.header("content-type", kind).header("authorization", &format!("Bearer {token}")).body(body).answer()
}

#[test]
fn while_the_database_is_away_every_door_says_when_to_come_again() {
    let Some(postgres) = Postgres::start() else { return };
    // No index answers either: what needs one says 502, and what can be said without a database is said.
    let nowhere = format!("http://127.0.0.1:{}/", vetmoot_tests::ports::free());
    let mut plan = Plan::new().federated().database(&postgres.url()).env("VETMOOT__PUBLISH__POLICY", "cooldown");
    for ecosystem in ["cargo", "pypi", "npm"] {
        plan = plan.upstream(ecosystem, &nowhere);
    }
    let instance = plan.start();
    let token = instance.token("ada", &["lead"], &["publish"]);
    postgres.sql("postgres", "alter database vetmoot with allow_connections false");
    postgres.sql("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'vetmoot'");
    process::eventually("the database is away", || instance.get("/readyz").status == 503);

    let url = instance.url();
    let answers: Vec<_> = thread::scope(|scope| {
        let asked = DOORS.map(|door| {
            scope.spawn({
                let (url, token) = (&url, &token);
                move || (door, ask(url, door, token))
            })
        });
        asked.into_iter().map(|asked| asked.join().expect("an answer")).collect()
    });
    let mut away = Vec::new();
    for ((method, path, accept), answer) in &answers {
        assert!(
            answer.status < 500 || matches!(answer.status, 502 | 503),
            "{method} {path}: {} {}",
            answer.status,
            answer.text()
        );
        if !matches!(answer.status, 429 | 503) {
            continue;
        }
        away.push(format!("{method} {path} {accept}"));
        let seconds = answer.header("retry-after").and_then(|field| field.parse::<u32>().ok());
        assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "{method} {path}: {:?}", answer.headers);
    }
    let told: Vec<_> = answers.iter().map(|((method, path, _), answer)| format!("{method} {path} {}", answer.status)).collect();
    assert!(away.len() >= 20, "most doors need the database: {told:#?}");
}
