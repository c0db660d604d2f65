//! What an operator does and what can go wrong meanwhile: commands, backups, the API's errors, hostile paths, locks, full disks.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use vetmoot_tests::http::{self, Answer, Ask};
use vetmoot_tests::instance::{Instance, Plan, program};
use vetmoot_tests::packages::{Calendar, shelf};
use vetmoot_tests::process::{self, Ended, Running};
use vetmoot_tests::scratch::Scratch;
use vetmoot_tests::upstream::NpmUpstream;
use vetmoot_tests::{limits, ports};

/// The policy of a first start.
const POLICY: &str = "cooldown";
/// A release that is old enough for it.
const OLD: &str = "pkg:npm/mossy-lantern@1.1.0";
/// Its bytes at the door.
const OLD_FILE: &str = "/npm/cooldown/mossy-lantern/-/mossy-lantern-1.1.0.tgz";
/// A release that is not.
const YOUNG: &str = "pkg:npm/mossy-lantern@1.2.0";

/// An instance whose every index is one npm registry of ours: nothing of these stories needs a package manager.
fn start() -> (NpmUpstream, Instance) {
    let npm = NpmUpstream::start(Calendar::of_the_machine(), &shelf());
    let instance = plan(&npm).start();
    (npm, instance)
}

fn plan(npm: &NpmUpstream) -> Plan {
    let url = npm.url();
    Plan::new().upstream("npm", &url).upstream("pypi", &format!("{url}simple/")).upstream("cargo", &format!("{url}index/"))
}

/// Runs a command of the program in a folder, with nothing else set.
fn run_in(folder: &Path, args: &[&str]) -> Ended {
    process::run(program().args(args).current_dir(folder).env("HOME", folder))
}

fn words_of(ended: &Ended) -> String {
    format!("{}{}", ended.stdout, ended.stderr)
}

fn problem(answer: &Answer, status: u16, code: &str, field: Option<&str>) {
    let said = answer.text();
    assert_eq!(answer.status, status, "{said}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{said}");
    let body = answer.json();
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    assert_eq!((text("code"), text("field")), (Some(code), field), "{said}");
    assert_eq!(body.get("status"), Some(&json!(status)), "{said}");
    for key in ["type", "title", "detail"] {
        assert!(text(key).is_some_and(|text| !text.is_empty()), "{key}: {said}");
    }
}

#[test]
fn the_first_start_in_an_empty_folder_needs_no_flag_but_its_port() {
    let scratch = Scratch::new();
    let address = format!("127.0.0.1:{}", ports::free());
    let mut command = program();
    command.args(["serve", "--listen", &address]).current_dir(scratch.path()).env("HOME", scratch.path());
    let mut server = Running::start("vetmoot-server", &mut command);
    server.wait_until("readiness", |_| http::is_up(&format!("http://{address}/readyz")));
    server.wait_until("greeting", |output| output.contains("/sign-in?link="));
    let output = server.output();
    assert!(output.contains(&format!("http://{address}/policies/{POLICY}")), "{output}");
    assert!(output.contains("This is a trial"), "{output}");
    let link = output.split_whitespace().find(|word| word.contains("/sign-in?link=")).unwrap_or_default();
    let page = http::get(link);
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(scratch.join("vetmoot-data/vetmoot.db").is_file());
    let policies = http::get(&format!("http://{address}/api/v1/policies")).json();
    assert_eq!(policies.pointer("/policies/0/slug"), Some(&json!(POLICY)), "{policies}");
    server.signal("TERM");
    assert!(server.wait_for_end(limits::STOP).is_some_and(|status| status.success()), "{}", server.output());
}

#[test]
fn members_links_and_tokens_are_made_by_command() {
    let (_npm, instance) = start();
    assert_eq!(instance.must(&["user", "create", "ada", "--role", "auditor"]).trim(), "ada");
    let link = instance.must(&["user", "link", "ada"]);
    assert!(link.trim().starts_with(&instance.at("/sign-in?link=")) && link.lines().count() == 1, "{link}");
    let token = instance.must(&["token", "create", "--user", "ada", "--scope", "audit"]);
    assert_eq!(token.split_whitespace().count(), 1, "the token stands alone: {token}");
    let said = instance.post("/api/v1/audits", token.trim(), &json!({"kind": "full"}));
    assert_ne!(said.status, 401, "{}", said.text());
    for (args, hint) in [
        (&["user", "create", "ada"][..], "already"),
        (&["user", "create", "Not A Name"][..], "Not A Name"),
        (&["user", "create", "bob", "--role", "king"][..], "king"),
        (&["user", "link", "nobody"][..], "nobody"),
        (&["token", "create", "--user", "ada", "--scope", "everything"][..], "everything"),
        (&["token", "create", "--user", "ada", "--scope", "audit", "--days", "9999"][..], "366"),
    ] {
        let ended = instance.admin(args);
        assert_eq!(ended.code, Some(1), "{args:?}: {}", words_of(&ended));
        assert!(ended.stderr.contains("error: ") && ended.stderr.contains(hint), "{args:?}: {}", ended.stderr);
    }
    let ended = instance.admin(&["user", "create", "carl", "--json"]);
    let told: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
    assert_eq!(told.get("handle"), Some(&json!("carl")), "{}", words_of(&ended));
}

#[test]
fn policies_come_from_the_shelf_or_a_file_and_a_broken_one_says_where() {
    let (_npm, instance) = start();
    let printed = instance.must(&["policy", "adopt", "strict"]);
    assert!(printed.starts_with("strict sha256:"), "{printed}");
    let good = "vetmoot-policy = 1\n\n[policy]\ntitle = \"Ours\"\nsummary = \"Ours.\"\n";
    let file = instance.write("ours.toml", good);
    assert!(instance.must(&["policy", "adopt", &file.display().to_string()]).starts_with("ours sha256:"));
    process::eventually("the server notices", || instance.get("/policies/ours.toml").status == 200);
    assert_eq!(instance.get("/policies/ours.toml").text(), good);
    let broken = instance.write("broken.toml", format!("{good}[gates]\nrelease-agee = \"7d\"\n"));
    let ended = instance.admin(&["policy", "adopt", &broken.display().to_string(), "--slug", "ours"]);
    assert_eq!(ended.code, Some(1), "{}", words_of(&ended));
    assert!(ended.stderr.contains("line 7, column 1") && ended.stderr.contains("release-agee"), "{}", ended.stderr);
    let failing =
        format!("{good}[[test]]\nname = \"never so\"\ngiven = {{ age = \"1d\" }}\nexpect = {{ state = \"refused\" }}\n");
    let failing = instance.write("failing.toml", failing);
    let ended = instance.admin(&["policy", "adopt", &failing.display().to_string(), "--slug", "ours"]);
    assert!(ended.code == Some(1) && ended.stderr.contains("never so"), "{}", words_of(&ended));
    let ended = instance.admin(&["policy", "adopt", "nonesuch"]);
    assert!(ended.code == Some(1) && ended.stderr.contains("balanced"), "the shelf is told: {}", words_of(&ended));
    assert_eq!(instance.get("/policies/ours.toml").text(), good);
}

#[test]
fn a_feed_that_breaks_off_ends_with_1_and_changes_nothing() {
    let (_npm, instance) = start();
    let entry = |name: &str| {
        format!("[[audits.{name}]]\nwho = \"A <a@example.org>\"\ncriteria = \"safe-to-run\"\nversion = \"1.0.0\"\n\n")
    };
    let import = |text: &str| {
        let feed = instance.write("feed.toml", text).display().to_string();
        instance.admin(&["import", "cargo-vet", &feed, "--as", "peer"])
    };
    let live = || instance.get("/api/v1/imports").json().pointer("/imports/0/entries").and_then(Value::as_u64);
    let first = import(&entry("mossy-lantern"));
    assert!(first.is_good() && first.stdout.contains("1 added"), "{}", words_of(&first));
    let longer = [entry("quiet-harbour"), entry("newborn-heron")].concat();
    let cut = import(longer.get(..longer.len() - 12).unwrap_or_default());
    assert_eq!(cut.code, Some(1), "{}", words_of(&cut));
    assert!(cut.stderr.contains("nothing was changed"), "{}", cut.stderr);
    assert_eq!(live(), Some(1));
    let whole = import(&longer);
    assert!(whole.is_good() && whole.stdout.contains("2 added") && whole.stdout.contains("1 gone"), "{}", words_of(&whole));
    assert_eq!(live(), Some(2));
    let missing = instance.admin(&["import", "osv", "nowhere"]);
    assert!(missing.code == Some(1) && missing.stderr.contains("nowhere"), "{}", words_of(&missing));
}

#[test]
fn a_backup_taken_while_it_serves_decides_the_same_elsewhere() {
    let (npm, mut instance) = start();
    let token = instance.token("ada", &["auditor"], &["audit"]);
    let audit =
        json!({"kind": "full", "release": OLD, "criteria": ["safe-to-deploy"], "depth": "read", "notes": "read it all"});
    let made = instance.post("/api/v1/audits", &token, &audit);
    assert_eq!(made.status, 201, "{}", made.text());
    let bytes = instance.get(OLD_FILE).body;
    assert_eq!(bytes, npm.file("mossy-lantern", "1.1.0"));
    let paths = [OLD, YOUNG].map(|purl| format!("/api/v1/decisions?policy={POLICY}&purl={purl}"));
    let before = paths.clone().map(|path| instance.get(&path).json());
    let scratch = Scratch::new();
    let copy = scratch.join("copy").display().to_string();
    let ended = instance.command(&["backup", "create", &copy]);
    assert!(ended.is_good(), "{}", words_of(&ended));
    let again = instance.command(&["backup", "create", &copy]);
    assert!(again.code == Some(1) && again.stderr.contains("not empty"), "{}", words_of(&again));
    let full = instance.command(&["backup", "restore", &copy]);
    assert_eq!(full.code, Some(1), "an instance that is there is not overwritten: {}", words_of(&full));
    assert_eq!(instance.get("/readyz").status, 200);
    let address = instance.url().replace("http://", "");
    assert!(instance.stop());
    npm.server.go_down();
    let data = scratch.join("elsewhere").display().to_string();
    let restored = run_in(scratch.path(), &["backup", "restore", &copy, "--data", &data]);
    assert!(restored.is_good(), "{}", words_of(&restored));
    let upstream = format!("npm={}", npm.url());
    let mut command = program();
    command.args(["serve", "--data", &data, "--listen", &address, "--upstream", &upstream]);
    let mut server = Running::start("vetmoot-server", command.current_dir(scratch.path()).env("HOME", scratch.path()));
    server.wait_until("readiness", |_| http::is_up(&format!("http://{address}/readyz")));
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(http::get(&format!("http://{address}{path}")).json(), before);
    }
    assert_eq!(http::get(&format!("http://{address}{OLD_FILE}")).body, bytes, "artifacts come along");
    let kept =
        Ask::post_json(&format!("http://{address}/api/v1/audits"), &audit).header("authorization", &format!("Bearer {token}"));
    assert_eq!(kept.answer().status, 201, "tokens come along");
}

#[test]
fn the_configuration_is_checked_and_a_wrong_key_is_named() {
    let scratch = Scratch::new();
    let check = |args: &[&str]| run_in(scratch.path(), &[&["config", "check"], args].concat());
    let plain = check(&[]);
    assert!(plain.is_good() && plain.stdout.contains("can be used"), "{}", words_of(&plain));
    assert_eq!(std::fs::read_dir(scratch.path()).map(Iterator::count).ok(), Some(0), "checking makes nothing");
    let wrong = scratch.write("wrong.toml", "[server]\nlissten = \"127.0.0.1:1\"\n").display().to_string();
    let number = scratch.write("number.toml", "[upstream]\nfresh = \"soon\"\n").display().to_string();
    let pattern = scratch.write("pattern.toml", "[reserved]\nnames = [\"acme\"]\n").display().to_string();
    for (args, named) in [
        (&["--config", &wrong][..], "lissten"),
        (&["--config", &number][..], "upstream.fresh"),
        (&["--config", &pattern][..], "reserved.names"),
        (&["--config", "nowhere.toml"][..], "nowhere.toml"),
        (&["--listen", "everywhere"][..], "listen"),
        (&["--upstream", "gem=https://index.example/"][..], "gem"),
        (&["--trusted-proxy", "10.0.0.0/99"][..], "trusted_proxy"),
        (&["--blobs-max", "a lot"][..], "blobs_max"),
        (&["--domain", "https://vet.example/"][..], "domain"),
    ] {
        let ended = check(args);
        assert_eq!(ended.code, Some(2), "{args:?}: {}", words_of(&ended));
        assert!(ended.stderr.contains(named), "{args:?}: {}", ended.stderr);
    }
    let environment =
        process::run(program().args(["config", "check"]).current_dir(scratch.path()).env("VETMOOT__SERVER__LISSTEN", "x"));
    assert!(environment.code == Some(2) && environment.stderr.to_lowercase().contains("lissten"), "{}", words_of(&environment));
}

#[test]
fn the_doctor_tells_what_is_wrong_and_how_to_mend_it() {
    let (npm, instance) = start();
    let well = instance.command(&["doctor"]);
    assert!(well.is_good(), "warnings are no failure: {}", words_of(&well));
    assert!(well.stdout.contains("database") && well.stdout.contains("->"), "{}", well.stdout);
    npm.server.go_down();
    let alone = instance.command(&["doctor", "--json"]);
    let findings: Value = serde_json::from_str(&alone.stdout).unwrap_or_default();
    let mut all = findings.as_array().into_iter().flatten();
    let upstream = all.find(|one| one.get("what") == Some(&json!("upstream npm"))).cloned().unwrap_or_default();
    assert_eq!((alone.code, upstream.get("health")), (Some(0), Some(&json!("warn"))), "{}", words_of(&alone));
    assert!(upstream.get("fix").and_then(Value::as_str).is_some_and(|fix| fix.contains("--upstream npm=")), "{upstream}");
    let scratch = Scratch::new();
    scratch.write("data/vetmoot.db", "this is no database, whatever its name says; it is long enough to look like one");
    let ill = run_in(scratch.path(), &["doctor", "--data", "data"]);
    assert_eq!(ill.code, Some(1), "{}", words_of(&ill));
    assert!(ill.stderr.contains("database"), "{}", ill.stderr);
    let far = run_in(scratch.path(), &["doctor", "--data", "other", "--database", "mysql://nowhere/x"]);
    assert!(far.code == Some(1) && far.stderr.contains("database"), "{}", words_of(&far));
}

#[test]
fn every_error_of_the_api_is_a_problem_with_its_code_and_field() {
    let (_npm, instance) = start();
    let token = instance.token("ada", &["auditor"], &["audit"]);
    let steward = instance.token("eve", &["steward"], &["policy", "import"]);
    let get = |path: &str| instance.get(path);
    problem(&get("/api/v1/decisions"), 422, "bad-query", Some("query"));
    problem(&get(&format!("/api/v1/decisions?policy=nonesuch&purl={OLD}")), 404, "unknown-policy", None);
    problem(&get(&format!("/api/v1/decisions?policy=No%20Slug&purl={OLD}")), 422, "bad-policy", Some("policy"));
    problem(&get("/api/v1/decisions?policy=cooldown&purl=serde"), 422, "bad-purl", Some("purl"));
    problem(&get(&format!("/api/v1/decisions?policy=cooldown&purl={OLD}&use=lunch")), 422, "bad-use", Some("use"));
    problem(&get("/api/v1/decisions?policy=cooldown&purl=pkg:npm/mossy-lantern@9.9.9"), 404, "unknown-release", None);
    problem(&get("/api/v1/decisions?policy=cooldown&purl=pkg:npm/nonesuch@1.0.0"), 404, "unknown-package", None);
    problem(&get("/api/v1/audits/nonesuch"), 404, "unknown-audit", None);
    problem(&get("/api/v1/policies/nonesuch"), 404, "unknown-policy", None);
    problem(&get("/api/v1/packages/pkg:npm/nonesuch"), 404, "unknown-package", None);
    let decisions = instance.at("/api/v1/decisions");
    problem(
        &Ask::new("POST", &decisions).header("content-type", "application/json").body("{").answer(),
        422,
        "bad-json",
        Some("body"),
    );
    let many = json!({"policy": "cooldown", "purls": vec![OLD; 1_001]});
    problem(&Ask::post_json(&decisions, &many).answer(), 422, "too-many-purls", Some("purls"));
    let audits = instance.at("/api/v1/audits");
    let audit = json!({"kind": "full", "release": OLD, "criteria": ["safe-to-deploy"], "depth": "read"});
    problem(&Ask::post_json(&audits, &audit).answer(), 401, "no-token", None);
    problem(&instance.post("/api/v1/audits", "vm_guess", &audit), 401, "bad-token", None);
    problem(&instance.post("/api/v1/audits", &steward, &audit), 403, "scope-missing", None);
    for (field, value, code) in [
        ("release", json!("pkg:npm/mossy-lantern@9.9.9"), "unknown-release"),
        ("criteria", json!(["safe-to-fly"]), "unknown-criterion"),
        ("digests", json!([format!("sha256:{}", "ab".repeat(32))]), "unknown-digest"),
        ("depth", json!("glance"), "bad-audit"),
        ("kind", json!("rumour"), "bad-audit"),
    ] {
        let mut wrong = audit.clone();
        wrong.as_object_mut().and_then(|fields| fields.insert(field.to_owned(), value));
        problem(&instance.post("/api/v1/audits", &token, &wrong), 422, code, Some(field));
    }
    let policy = json!({"slug": "ours", "toml": "vetmoot-policy = 1\n[policy\n"});
    problem(&instance.post("/api/v1/policies", &steward, &policy), 422, "policy-unreadable", Some("policy"));
    let import = json!({"name": "peer", "kind": "osv", "location": "/etc"});
    problem(&instance.post("/api/v1/imports", &steward, &import), 422, "bad-location", Some("location"));
    assert_eq!(get("/api/v1/nonesuch").status, 404);
}

/// Asks with the path exactly as written; answers the status.
fn raw(instance: &Instance, path: &str) -> u16 {
    let address = instance.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).expect("the instance listens");
    stream.set_read_timeout(Some(limits::ANSWER)).expect("a socket takes a bound");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    // The server may answer and close before it has read an absurd request to its end.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    text.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{path}: no answer: {text}"))
}

#[test]
fn hostile_paths_are_turned_away_and_never_reach_upstream() {
    let (npm, instance) = start();
    npm.server.forget();
    let long = "a".repeat(10_000);
    let paths = [
        "/npm/cooldown/..%2f..%2fmaster.key",
        "/npm/cooldown/../../etc/passwd",
        "/npm/cooldown/@acme%2f..%2f..%2fetc",
        "/npm/cooldown/@acme%2f%2e%2e",
        "/npm/cooldown/@/x",
        "/npm/cooldown/left%00pad",
        "/npm/cooldown/left%0d%0ax-evil:%201",
        "/npm/cooldown/%ff%fe",
        "/npm/cooldown/mossy%2dl%d0%b0ntern",
        "/npm/cooldown/-/npm/v1/attestations/..%2f..%2fx",
        "/npm/cooldown/-/..%2f..%2fx",
        "/pypi/cooldown/simple/../../x/",
        "/pypi/cooldown/simple/%2e%2e/",
        "/pypi/cooldown/simple/x%2fy/",
        "/pypi/cooldown/simple/m%d0%bessy/",
        "/pypi/cooldown/files/..%2f..%2fmaster.key",
        "/pypi/cooldown/files/x%2f/..%2f..%2fmaster.key",
        "/cargo/cooldown/../../master.key",
        "/cargo/cooldown/mo/ss/mossy%2flantern",
        "/cargo/cooldown/mo/ss/m%d0%bessy-lantern",
        "/cargo/cooldown/se/rd/mossy-lantern",
        "/cargo/cooldown/dl/../x/download",
        "/cargo/cooldown/dl/..%2fx/1.0.0/download",
        "/cargo/..%2fcooldown/config.json",
        "/why/cooldown/pkg:npm/..%2f..%2fx@1",
        "/static/..%2f..%2fmaster.key",
        "/policies/..%2f..%2fmaster.key.toml",
    ];
    let long =
        [format!("/npm/cooldown/{long}"), format!("/pypi/cooldown/simple/{long}/"), format!("/cargo/cooldown/aa/aa/{long}")];
    for path in paths.iter().map(|path| (*path).to_owned()).chain(long) {
        let status = raw(&instance, &path);
        assert!(matches!(status, 400 | 404), "{}: {status}", path.get(..80).unwrap_or(&path));
        assert_eq!(npm.server.seen(), [], "{}", path.get(..80).unwrap_or(&path));
    }
    assert_eq!(instance.get(OLD_FILE).status, 200);
}

#[test]
fn a_database_locked_by_another_program_is_told_and_work_goes_on_afterwards() {
    let (_npm, instance) = start();
    let token = instance.token("ada", &["auditor"], &["audit"]);
    assert_eq!(instance.get(OLD_FILE).status, 200);
    let script = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], isolation_level=None)\ndb.execute('BEGIN IMMEDIATE')\nprint('locked', flush=True)\nsys.stdin.read()\n";
    let holder = Command::new("python3")
        .args(["-c", script])
        .arg(instance.data().join("vetmoot.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut holder) = holder else {
        eprintln!("left out: python3, which holds the lock");
        return;
    };
    let mut word = [0; 6];
    let mut told = holder.stdout.take().expect("its output is kept");
    told.read_exact(&mut word).expect("it takes the lock");
    let audit = json!({"kind": "full", "release": OLD, "criteria": ["safe-to-deploy"], "depth": "read"});
    problem(&instance.post("/api/v1/audits", &token, &audit), 503, "database-locked", None);
    assert_eq!((instance.get("/readyz").status, instance.get(OLD_FILE).status), (200, 200), "what only reads goes on");
    assert_eq!(instance.state(POLICY, OLD), "listed");
    assert!(matches!(holder.try_wait(), Ok(None)), "the lock is still held");
    let ended = instance.admin(&["user", "create", "bob"]);
    assert_eq!(ended.code, Some(1), "{}", words_of(&ended));
    assert!(ended.stderr.contains("busy") || ended.stderr.contains("locked"), "{}", ended.stderr);
    drop(holder.stdin.take());
    assert!(holder.wait().is_ok_and(|status| status.success()));
    assert_eq!(instance.post("/api/v1/audits", &token, &audit).status, 201);
    instance.must(&["user", "create", "bob"]);
}

#[test]
fn a_full_disk_is_told_and_nothing_is_half_written() {
    let npm = NpmUpstream::start(Calendar::of_the_machine(), &shelf());
    let scratch = Scratch::new();
    let disk = scratch.folder("disk");
    let address = format!("127.0.0.1:{}", ports::free());
    let at = |path: &str| format!("http://{address}{path}");
    let script = r#"mount -t tmpfs -o size=12m none "$1" || exit 77; shift; exec "$@""#;
    let probe = process::run(Command::new("unshare").args(["-rm", "sh", "-c", script, "sh"]).arg(&disk).arg("true"));
    if !probe.is_good() {
        eprintln!("left out: nobody may mount a small disk here ({})", probe.stderr.trim());
        return;
    }
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", script, "sh"]).arg(&disk).arg(program().get_program());
    command
        .args(["serve", "--listen", &address, "--upstream", &format!("npm={}", npm.url())])
        .arg("--data")
        .arg(disk.join("data"));
    let mut server = Running::start("vetmoot-server", command.current_dir(scratch.path()));
    server.wait_until("readiness", |_| http::is_up(&at("/readyz")));
    // The disk is to be seen from within the server's own mounts alone.
    let inside = Path::new("/proc").join(server.id().to_string()).join("root").join(disk.strip_prefix("/").unwrap_or(&disk));
    let listing = http::get(&at("/npm/cooldown/mossy-lantern"));
    assert_eq!(listing.status, 200, "{}", listing.text());
    let filler = inside.join("filler");
    let mut file = std::fs::File::create(&filler).expect("the disk has room");
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    let refused = http::get(&at(OLD_FILE));
    assert!(matches!(refused.status, 500..=599), "{}: {}", refused.status, refused.text());
    assert!(refused.text().contains("disk") && refused.text().contains("full"), "{}", refused.text());
    let left = std::fs::read_dir(inside.join("data/blobs/tmp")).map(Iterator::count);
    assert_eq!(left.ok(), Some(0), "nothing half-written is left behind");
    let other = http::get(&at("/npm/cooldown/quiet-harbour"));
    assert!(other.status == 200 || matches!(other.status, 500..=599), "{}", other.status);
    assert_eq!(http::get(&at("/npm/cooldown/mossy-lantern")).status, 200, "what is known is served on");
    std::fs::remove_file(filler).expect("the filler is ours");
    assert_eq!(http::get(&at(OLD_FILE)).body, npm.file("mossy-lantern", "1.1.0"));
    assert_eq!(http::get(&at("/npm/cooldown/quiet-harbour")).status, 200);
}
