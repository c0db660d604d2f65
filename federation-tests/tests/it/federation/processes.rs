//! Communities as programs: followed by the documented command, away for a while, and killed in the middle of their work.

use std::net::SocketAddr;

use serde_json::{Value, json};
use vetmoot_tests::fediverse::crowd::Crowd;
use vetmoot_tests::http::Ask;
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::packages::{Calendar, Release};
use vetmoot_tests::postgres::Postgres;
use vetmoot_tests::process;
use vetmoot_tests::upstream::CargoUpstream;

const POLICY: &str = "balanced";

/// How many follow in the test of a fan-out.
const FANS: usize = 1_000;

/// Statements that are filled in after a follow.
const HISTORY: usize = 300;

fn index() -> CargoUpstream {
    let releases: Vec<Release> = (0..HISTORY).map(|minor| Release::new("mossy-lantern", &format!("1.{minor}.0"), 20)).collect();
    CargoUpstream::start(Calendar::of_the_machine(), &releases)
}

fn start(index: &CargoUpstream, database: Option<&str>) -> Instance {
    let plan = Plan::new().federated().upstream("cargo", &index.url());
    database.map_or_else(|| plan.clone(), |url| plan.clone().database(url)).start()
}

/// Adopts the policy with a line that trusts another community.
fn trust(instance: &Instance, other: &Instance) {
    instance.must(&["policy", "adopt", POLICY]);
    let page = format!("/policies/{POLICY}.toml");
    process::eventually("the server noticed the policy", || instance.get(&page).status == 200);
    let toml = instance.get(&page).text();
    let name = other.host();
    let import = format!("\n[[import]]\nname = \"{name}\"\norganisation = \"{name}\"\nlevel = 2\n");
    let file = instance.write("trusting.toml", format!("{toml}{import}"));
    instance.must(&["policy", "adopt", &file.display().to_string(), "--slug", POLICY]);
}

fn release(minor: usize) -> String {
    format!("pkg:cargo/mossy-lantern@1.{minor}.0")
}

fn audit(instance: &Instance, token: &str, minor: usize) {
    let audit = json!({"kind": "full", "release": release(minor), "criteria": ["safe-to-deploy"], "depth": "read"});
    let made = instance.post("/api/v1/audits", token, &audit);
    assert_eq!(made.status, 201, "{}", made.text());
}

fn peers(instance: &Instance) -> Value {
    instance.get("/api/v1/federation/peers").json()
}

/// Whether cargo may choose a version at an instance's door; what is held stands there as yanked, or not at all.
fn cargo_gets(instance: &Instance, minor: usize) -> bool {
    let listing = instance.get(&format!("/cargo/{POLICY}/mo/ss/mossy-lantern")).text();
    let line = listing.lines().find(|line| line.contains(&format!("\"vers\":\"1.{minor}.0\""))).map(str::to_owned);
    line.is_some_and(|line| !line.contains("\"yanked\":true"))
}

/// One number from the rows of an instance.
fn count(instance: &Instance, postgres: Option<&Postgres>, question: &str) -> u64 {
    let text = match postgres {
        Some(postgres) => postgres.sql("vetmoot", question),
        None => {
            let script = "import sqlite3, sys\nprint(sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True).execute(sys.argv[2]).fetchone()[0])";
            let mut python = std::process::Command::new("python3");
            process::run(python.args(["-c", script]).arg(instance.data().join("vetmoot.db")).arg(question)).stdout
        }
    };
    text.trim().parse().unwrap_or_default()
}

const STATEMENTS: &str = "select count(*) from statements where source_id is not null";
const TESTIMONIES: &str = "select count(*) from evidence where kind = 'peer' and ended_at is null";

#[test]
fn a_follow_by_the_documented_command_and_an_audit_changes_what_cargo_gets_within_seconds() {
    let index = index();
    let (alpha, mut beta) = (start(&index, None), start(&index, None));
    let token = alpha.token("ada", &["auditor"], &["audit"]);
    alpha.must(&["policy", "adopt", POLICY]);
    audit(&alpha, &token, 0);
    trust(&beta, &alpha);
    let printed = beta.must(&["federation", "follow", &format!("@community@{}", alpha.host())]);
    assert!(printed.contains("community@"), "{printed}");
    process::eventually("what was said before is filled in", || cargo_gets(&beta, 0));
    assert!(!cargo_gets(&beta, 1), "{}", beta.decision(POLICY, &release(1)));
    audit(&alpha, &token, 1);
    process::eventually("the next audit admits the release", || cargo_gets(&beta, 1));
    let known = peers(&beta);
    let alpha_there = known.as_array().into_iter().flatten().find(|peer| peer.get("host") == Some(&json!(alpha.host())));
    assert!(alpha_there.is_some_and(|peer| peer.get("following") == Some(&json!(1))), "{known}");
    // Beta is away while alpha goes on.
    beta.kill();
    for minor in 2..12 {
        audit(&alpha, &token, minor);
    }
    beta.restart();
    process::eventually("nothing is missing", || (2..12).all(|minor| cargo_gets(&beta, minor)));
    assert_eq!(count(&beta, None, TESTIMONIES), 12, "and nothing is double");
}

#[test]
fn a_community_that_was_away_knows_everything_afterwards() {
    let index = index();
    let (mut alpha, beta) = (start(&index, None), start(&index, None));
    let token = beta.token("bob", &["auditor"], &["audit"]);
    beta.must(&["policy", "adopt", POLICY]);
    trust(&alpha, &beta);
    alpha.must(&["federation", "follow", &format!("@community@{}", beta.host())]);
    audit(&beta, &token, 0);
    process::eventually("they are friends", || cargo_gets(&alpha, 0));
    alpha.kill();
    for minor in 1..30 {
        audit(&beta, &token, minor);
    }
    alpha.restart();
    process::eventually("nothing is missing", || (0..30).all(|minor| cargo_gets(&alpha, minor)));
    assert_eq!(count(&alpha, None, TESTIMONIES), 30, "and nothing is double");
    assert_eq!(count(&alpha, None, "select count(*) from equivocations"), 0);
}

#[test]
fn a_fan_out_cut_by_kill_9_reaches_everybody_on_sqlite() {
    fan_out(None);
}

#[test]
fn a_fan_out_cut_by_kill_9_reaches_everybody_on_postgresql() {
    let Some(postgres) = Postgres::start() else { return };
    fan_out(Some(&postgres));
}

fn fan_out(postgres: Option<&Postgres>) {
    let index = index();
    let crowd = Crowd::start();
    let mut alpha = start(&index, postgres.map(Postgres::url).as_deref());
    let token = alpha.token("ada", &["auditor"], &["audit"]);
    alpha.must(&["policy", "adopt", POLICY]);
    let address: SocketAddr = alpha.url().trim_start_matches("http://").parse().expect("an instance has an address");
    let now = Calendar::of_the_machine().days_ago(0);
    let community = format!("{}/community", alpha.origin());
    crowd.follow_all(FANS, address, &format!("{}/inbox", alpha.origin()), &community, now);
    process::eventually("all of them follow, and know it", || {
        count(&alpha, postgres, "select count(*) from followers") == FANS as u64 && crowd.messages() >= FANS as u64
    });
    let before = crowd.messages();
    let known: Vec<String> = crowd.ids().into_iter().map(|(id, _)| id).collect();
    audit(&alpha, &token, 0);
    process::eventually("some of them were told", || crowd.messages() > before + FANS as u64 / 5);
    alpha.kill();
    let told = crowd.messages() - before;
    alpha.restart();
    let news = || crowd.ids().into_iter().filter(|(id, _)| !known.contains(id)).collect::<Vec<_>>();
    process::eventually("everybody was told", || {
        let news = news();
        !news.is_empty()
            && news.iter().all(|(_, hosts)| *hosts == FANS)
            && count(&alpha, postgres, "select count(*) from deliveries where state in ('queued', 'retry')") == 0
    });
    for (id, hosts) in news() {
        let (reached, repeats) = crowd.reached(&id);
        assert_eq!((reached, hosts), (FANS, FANS), "{id}");
        assert!(repeats <= 2, "{id}: what was under way is sent again, with the same id: {repeats} times");
    }
    eprintln!("killed after {told} deliveries");
}

#[test]
fn a_back_fill_cut_by_kill_9_is_complete_on_sqlite() {
    back_fill(None);
}

#[test]
fn a_back_fill_cut_by_kill_9_is_complete_on_postgresql() {
    let Some(postgres) = Postgres::start() else { return };
    back_fill(Some(&postgres));
}

fn back_fill(postgres: Option<&Postgres>) {
    let index = index();
    let (alpha, mut beta) = (start(&index, None), start(&index, postgres.map(Postgres::url).as_deref()));
    let token = alpha.token("ada", &["auditor"], &["audit"]);
    alpha.must(&["policy", "adopt", POLICY]);
    for minor in 0..HISTORY {
        audit(&alpha, &token, minor);
    }
    trust(&beta, &alpha);
    let mut cut = 0;
    beta.must(&["federation", "follow", &format!("@community@{}", alpha.host())]);
    // As often as there is something to be cut: each time it goes on where it was.
    for wanted in [1, HISTORY as u64 / 3, 2 * HISTORY as u64 / 3] {
        process::eventually("some of it came", || count(&beta, postgres, STATEMENTS) >= wanted);
        cut += u64::from(count(&beta, postgres, STATEMENTS) < HISTORY as u64);
        beta.kill();
        beta.restart();
    }
    process::eventually("all of it came", || count(&beta, postgres, TESTIMONIES) == HISTORY as u64);
    let leaves = Ask::get(&alpha.at("/log/checkpoint")).answer().text();
    let leaves: u64 = leaves.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or_default();
    process::eventually("every leaf has its statement", || count(&beta, postgres, STATEMENTS) == leaves);
    assert_eq!(count(&beta, postgres, TESTIMONIES), HISTORY as u64, "nothing is double");
    assert!((0..HISTORY).step_by(37).all(|minor| cargo_gets(&beta, minor)));
    eprintln!("cut {cut} times before the end");
}
