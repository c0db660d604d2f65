//! What people see of federation: following in the browser, the pages of a community, cards, and who may press which button.

use serde_json::{Value, json};
use vetmoot_tests::browser::{self, Look};
use vetmoot_tests::fediverse::stranger::Stranger;
use vetmoot_tests::http::{self, Answer, Ask};
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::process;

use crate::world::World;

const RELEASE: &str = "pkg:cargo/mossy-lantern@1.2.0";
const POLICY: &str = "safe-to-deploy";

/// Text that would leave its place if it were not escaped, and turn the words after it if it were shown.
const HOSTILE: &str = "<script>alert(1)</script>\u{202e}gnp.exe";

/// A browser that is signed in.
pub struct Browser<'i> {
    instance: &'i Instance,
    pub cookie: String,
}

impl<'i> Browser<'i> {
    pub fn of(instance: &'i Instance, link: &str) -> Self {
        let token = link.split_once("link=").map(|(_, token)| token.trim()).unwrap_or_default();
        let answer = send(instance, None, "/sign-in", &[("token", token)]);
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
        assert!(answer.status == 303 && !cookie.is_empty(), "signing in: {} {}", answer.status, answer.text());
        Self { instance, cookie }
    }
    pub fn admin(instance: &'i Instance) -> Self {
        Self::of(instance, &instance.sign_in_link())
    }
    /// A member with these roles.
    fn member(instance: &'i Instance, name: &str, roles: &[&str]) -> Self {
        instance.token(name, roles, &["audit"]);
        Self::of(instance, &instance.must(&["user", "link", name]))
    }
    pub fn sees(&self, path: &str) -> Answer {
        Ask::get(&self.instance.at(path)).header("cookie", &self.cookie).answer()
    }
    pub fn sends(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        send(self.instance, Some(&self.cookie), path, fields)
    }
}

fn send(instance: &Instance, cookie: Option<&str>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut ask = Ask::new("POST", &instance.at(path))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(body);
    if let Some(cookie) = cookie {
        ask = ask.header("cookie", cookie);
    }
    ask.answer()
}

/// The text of a page's own part, as a reader meets it.
pub fn words(page: &Answer) -> String {
    let html = page.text();
    let main = html.split_once("<main").map_or(html.as_str(), |(_, rest)| rest);
    let main = main.split_once("</main>").map_or(main, |(main, _)| main);
    let pieces = main.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[track_caller]
pub fn assert_says(page: &Answer, expected: &str) {
    let found = words(page);
    assert!(found.contains(expected), "{}: `{expected}` is not said in: {found}", page.status);
}

/// The address of a community as it names itself.
fn community(instance: &Instance) -> String {
    format!("{}/community", instance.origin())
}

/// Two communities in front of the same upstreams; one has said something.
fn two() -> (World, Instance, String) {
    let alpha = World::on(Plan::new().federated());
    let beta = Plan::new().federated().upstream("cargo", &alpha.cargo.url()).start();
    let token = alpha.instance.token("ada", &["auditor"], &["audit"]);
    let audit =
        json!({"kind": "full", "release": RELEASE, "criteria": ["safe-to-deploy"], "depth": "read", "notes": "read it all"});
    let answer = alpha.instance.post("/api/v1/audits", &token, &audit);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let path = answer.header("location").unwrap_or_default().to_owned();
    let id = path.rsplit('/').next().unwrap_or_default().to_owned();
    assert_eq!(id.len(), 32, "{path} {}", answer.text());
    (alpha, beta, id)
}

#[test]
fn a_steward_follows_a_community_in_the_browser_and_its_audits_count() {
    let (alpha, beta, id) = two();
    beta.must(&["policy", "adopt", POLICY]);
    process::eventually("the policy is there", || beta.get(&format!("/policies/{POLICY}")).status == 200);
    // The release is known here once a client asked for it.
    assert!(http::get(&format!("{}mo/ss/mossy-lantern", beta.door("cargo", POLICY))).status < 500);
    let steward = Browser::admin(&beta);
    let host = alpha.instance.host();

    let found = steward.sees(&format!("/peers/new?handle=@community@{host}"));
    assert_says(&found, "is a community on a server that runs vetmoot");
    let asked = steward.sends("/peers", &[("handle", &community(&alpha.instance))]);
    assert_eq!(asked.header("location"), Some(format!("/peers/{host}?asked=1").as_str()), "{}", asked.text());
    let here = format!("/peers/{host}");
    process::eventually("its log was read", || words(&beta.get(&here)).contains("ada@"));
    let page = beta.get(&here);
    assert_says(&page, "it counts under no policy yet");
    assert!(page.text().contains(&format!("/audits/{id}\"")), "the statement leads to its page there");
    assert!(!page.text().contains("<form action=\"/peers"), "visitors are offered no buttons");

    let form = [("policy", POLICY), ("organisation", "alpha"), ("level", "2"), ("undated", "on"), ("unbound", "on")];
    let trust = format!("{here}/trust");
    let with = |step: &'static str| [form.as_slice(), &[("step", step)]].concat();
    assert_says(&steward.sends(&trust, &with("preview")), "1 release becomes listed, none lapses.");
    assert_eq!(beta.state(POLICY, RELEASE), "held", "looking changes nothing");
    assert_eq!(steward.sends(&trust, &with("save")).status, 303);
    process::eventually("it is listed", || beta.state(POLICY, RELEASE) == "listed");
    assert_says(&beta.get(&here), "it counts under one policy");
    assert_says(&beta.get(&format!("/releases/{RELEASE}")), &format!("by import from {host}"));
    assert_says(&beta.get(&format!("/policies/{POLICY}")), "alpha, level 2");

    assert_eq!(steward.sends(&format!("{here}/end"), &[]).status, 303);
    assert_says(&beta.get(&here), "followed no longer");
    process::eventually("it is held again", || beta.state(POLICY, RELEASE) != "listed");
}

#[test]
fn an_audits_page_tells_its_place_in_the_log_and_where_it_went() {
    let (alpha, beta, id) = two();
    let here = format!("/audits/{id}");
    let page = alpha.instance.get(&here);
    assert_says(&page, "in this community's log, so it cannot be changed or left out unseen");
    assert_says(&page, "vetmoot verify");
    assert!(!words(&page).contains("Where it went"), "strangers do not see the ledger");
    let html = page.text();
    let card = alpha.instance.at(&format!("/cards{here}.png"));
    for tag in [
        format!("property=\"og:image\" content=\"{}", alpha.instance.origin()),
        format!("property=\"og:url\" content=\"{}{here}\"", alpha.instance.origin()),
        "name=\"twitter:card\" content=\"summary_large_image\"".to_owned(),
        "type=\"application/activity+json\"".to_owned(),
    ] {
        assert!(html.contains(&tag), "{tag} is missing");
    }
    let record = http::get(&alpha.instance.at(&format!("{here}/record"))).json();
    assert!(record.get("proof").is_some(), "the record can be kept and checked: {record}");

    let first = http::get(&card);
    assert_eq!((first.status, first.header("content-type")), (200, Some("image/png")));
    assert_eq!(first.body.get(16..24), Some([0, 0, 4, 176, 0, 0, 2, 118].as_slice()), "1200 by 630");
    let tag = first.header("etag").unwrap_or_default().to_owned();
    assert_eq!(Ask::get(&card).header("if-none-match", &tag).answer().status, 304);

    // A follower elsewhere makes a line in the ledger, for its author alone.
    let admin = Browser::admin(&beta);
    assert_eq!(admin.sends("/peers", &[("handle", &community(&alpha.instance))]).status, 303);
    process::eventually("it is a follower", || words(&alpha.instance.get("/community")).contains("Followers elsewhere 1"));
    let author = Browser::of(&alpha.instance, &alpha.instance.must(&["user", "link", "ada"]));
    assert_says(&author.sees(&here), "Where it went");
    assert_eq!(author.sends(&format!("{here}/withdrawal"), &[("reason", "the wrong archive")]).status, 303);
    process::eventually("the withdrawal went out", || words(&author.sees(&here)).contains(&beta.host()));
    let other = Browser::member(&alpha.instance, "brook", &["auditor"]);
    assert!(!words(&other.sees(&here)).contains("Where it went"), "another auditor does not see the ledger");

    assert_says(&alpha.instance.get(&here), "Withdrawn: it does not count any more");
    let second = http::get(&card);
    assert_ne!(second.header("etag"), Some(tag.as_str()), "the picture says so too");
    assert_eq!(alpha.instance.get(&format!("{here}/withdrawal")).header("location"), Some(here.as_str()));
}

#[test]
fn members_packages_and_policies_show_how_to_follow_them() {
    let (alpha, _beta, _id) = two();
    let (host, instance) = (alpha.instance.host(), &alpha.instance);
    assert_says(&instance.get("/users/ada"), &format!("@ada@{host}"));
    assert_says(&instance.get("/users/ada"), "this instance says that ada said it");
    assert_says(&instance.get("/users/ada"), "has recorded one audit");
    assert_says(&instance.get("/packages/cargo/mossy-lantern"), &format!("@cargo.mossy-lantern@{host}"));
    assert_says(&instance.get("/policies/cooldown"), &format!("@cooldown@{host}"));
    assert_eq!(instance.get("/packages/cargo.mossy-lantern").header("location"), Some("/packages/cargo/mossy-lantern"));
    assert_eq!(instance.get("/users/nobody").status, 404);
    assert_eq!(instance.get("/orgs/nobody").status, 404);
    let revision = instance.get("/policies/cooldown/revisions/1");
    assert!(revision.header("location").is_some_and(|to| to.starts_with("/policies/cooldown@sha256:")), "{revision:?}");
    for card in ["/cards/community.png", "/cards/policies/cooldown.png", "/cards/packages/cargo/mossy-lantern.png"] {
        assert_eq!(instance.get(card).header("content-type"), Some("image/png"), "{card}");
    }
    assert_eq!(instance.get(&format!("/cards/releases/{RELEASE}.png")).status, 200);
    assert_eq!(instance.get("/cards/packages/cargo/never-heard-of.png").status, 404, "a picture asks no index");
}

#[test]
fn forms_of_federation_refuse_strangers_and_other_sites() {
    let world = World::on(Plan::new().federated());
    let instance = &world.instance;
    let auditor = Browser::member(instance, "ada", &["auditor"]);
    let steward = Browser::member(instance, "cedar", &["steward"]);
    let block = [("subject", "spam.example"), ("verdict", "block"), ("reason", "spam")];
    let forms: [(&str, &[(&str, &str)]); 10] = [
        ("/peers", &[("handle", "@community@pier.example")]),
        ("/peers/pier.example/end", &[]),
        ("/peers/pier.example/log", &[]),
        ("/peers/pier.example/trust", &[("policy", "cooldown"), ("step", "save")]),
        ("/peers/forks", &[("fork", "1"), ("do", "end")]),
        ("/moderation", &block),
        ("/moderation/mode", &[("mode", "open"), ("mode_reason", "why not")]),
        ("/admin/federation/peers", &[("host", "pier.example"), ("do", "drop")]),
        ("/admin/federation/replay", &[("item", "1")]),
        ("/admin/federation/rotate", &[("owner", "/community")]),
    ];
    for (path, fields) in forms {
        assert_eq!(send(instance, None, path, fields).status, 401, "{path} without a session");
        assert_eq!(auditor.sends(path, fields).status, 403, "{path} by an auditor");
        let elsewhere = Ask::new("POST", &instance.at(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://evil.example")
            .header("cookie", &steward.cookie)
            .body("x=1");
        assert_eq!(elsewhere.answer().status, 403, "{path} from another site");
    }
    // What a steward may, and what only an admin may.
    assert_eq!(steward.sends("/moderation", &block).status, 303);
    assert_eq!(steward.sends("/moderation/mode", &[("mode", "open"), ("mode_reason", "x")]).status, 403);
    assert_eq!(steward.sends("/admin/federation/rotate", &[("owner", "/community")]).status, 403);
    assert_eq!(steward.sees("/admin/federation").status, 403);
    assert_says(&instance.get("/moderation"), "One block in force.");
    assert_eq!(steward.sends("/moderation", &[("subject", "spam.example"), ("verdict", "block"), ("reason", "")]).status, 422);
    assert_eq!(
        steward.sends("/moderation", &[("subject", "spam.example"), ("verdict", "undo"), ("reason", "a mistake")]).status,
        303
    );
    assert_says(&instance.get("/moderation"), "The decision about spam.example was taken back.");
    let blank = steward.sees("/peers/new");
    assert_eq!(blank.status, 200);
    assert_eq!(auditor.sees("/peers/new?handle=@community@pier.example").status, 403, "looking asks another server");
}

#[test]
fn an_admin_tends_queues_and_keys() {
    let (alpha, beta, _id) = two();
    let follower = Browser::admin(&beta);
    assert_eq!(follower.sends("/peers", &[("handle", &community(&alpha.instance))]).status, 303);
    process::eventually("it is a follower", || words(&alpha.instance.get("/community")).contains("Followers elsewhere 1"));
    let admin = Browser::admin(&alpha.instance);
    let page = admin.sees("/admin/federation");
    assert_says(&page, "Federation is insecure");
    assert_says(&page, &beta.host());
    let host = beta.host();
    let tend = |verb: &str| admin.sends("/admin/federation/peers", &[("host", &host), ("do", verb)]);
    assert_eq!(tend("pause").status, 303);
    assert_says(&admin.sees("/admin/federation"), "paused");
    assert_eq!(tend("resume").status, 303);
    assert!(!words(&admin.sees("/admin/federation")).contains("paused"));
    for verb in ["retry", "reset", "drop"] {
        assert_eq!(tend(verb).status, 303, "{verb}");
    }
    assert_eq!(tend("juggle").status, 422);
    assert_eq!(admin.sends("/admin/federation/peers", &[("host", "nowhere.example"), ("do", "retry")]).status, 404);
    assert_eq!(admin.sends("/admin/federation/replay", &[("item", "4711")]).status, 404);

    let key =
        |page: &Answer| page.text().split("community#main-key").nth(1).map(|rest| rest.chars().take(2).collect::<String>());
    let before = key(&admin.sees("/admin/federation"));
    assert_eq!(admin.sends("/admin/federation/rotate", &[("owner", "/community")]).status, 303);
    assert_ne!(key(&admin.sees("/admin/federation")), before, "a new key signs");
    assert_eq!(admin.sends("/admin/federation/rotate", &[("owner", "/users/nobody")]).status, 404);
}

#[test]
fn the_names_of_hostile_peers_stay_text() {
    let world = World::on(Plan::new().federated());
    let stranger = Stranger::on_loopback();
    let mut actor = stranger.person("community");
    for (name, value) in [
        ("type", json!("Group")),
        ("name", json!(HOSTILE)),
        ("summary", json!("<p>We are <b>kind</b>&lt;script&gt;alert(2)&lt;/script&gt;\u{202e}dnik</p>")),
    ] {
        if let Some(fields) = actor.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    }
    let address = actor.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    stranger.shows("/users/community", actor);
    let steward = Browser::admin(&world.instance);
    let found = steward.sees(&format!("/peers/new?handle={address}"));
    check_tame(&found);
    assert_says(&found, "&lt;script&gt;alert(1)&lt;/script&gt;gnp.exe");
    assert_says(&found, "We are kind &lt;script&gt;alert(2)&lt;/script&gt;dnik");
    assert_says(&found, "It has no transparency log");

    let asked = steward.sends("/peers", &[("handle", &address)]);
    let peer = asked.header("location").unwrap_or_else(|| panic!("{}: {}", asked.status, asked.text())).to_owned();
    for path in ["/peers", &peer] {
        let page = world.instance.get(path);
        check_tame(&page);
        assert_says(&page, "&lt;script&gt;alert(1)&lt;/script&gt;gnp.exe");
    }
    // Whatever the answer was, a page that cannot be shown is a page of its own, not a broken one.
    assert_eq!(world.instance.get("/peers/%3Cscript%3E").status, 404);
    check_tame(&world.instance.get("/peers/%3Cscript%3E"));
    check_tame(&steward.sees("/moderation?subject=%22%3E%3Cscript%3Ealert(1)&verdict=undo&reason=%E2%80%AE"));
    check_tame(&steward.sees("/admin/federation?done=retry&host=%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AE"));
}

#[track_caller]
fn check_tame(page: &Answer) {
    let html = page.text();
    assert!(!html.contains("<script>alert"), "{html}");
    // A field keeps what was typed into it, letter by letter; elsewhere nothing turns the words.
    let fields =
        html.split("<input").skip(1).filter_map(|tag| tag.split('>').next()).filter(|tag| tag.contains('\u{202e}')).count();
    assert_eq!(html.matches('\u{202e}').count(), fields, "{html}");
}

#[test]
fn a_trial_says_that_nobody_can_follow_it() {
    let world = World::start();
    let instance = &world.instance;
    assert_says(&instance.get("/community"), "This is a trial");
    assert_says(&instance.get("/peers"), "A trial speaks with nobody.");
    assert_says(&instance.get("/moderation"), "Nobody is blocked.");
    assert_says(&instance.get("/users/admin"), "There is none yet.");
    for path in ["/community", "/users/admin", "/policies/cooldown"] {
        assert!(!instance.get(path).text().contains("application/activity+json"), "{path} is no object on a trial");
    }
    let admin = Browser::admin(instance);
    assert_says(&admin.sees("/admin/federation"), "there is no federation");
    let refused = admin.sends("/peers", &[("handle", "@community@pier.example")]);
    assert_eq!(refused.status, 422);
    assert_says(&refused, "A trial follows nobody; set a domain first.");
}

#[test]
fn statements_of_a_trial_are_signed_when_their_author_confirms_them() {
    let world = World::start();
    let instance = &world.instance;
    let token = instance.token("ada", &["auditor"], &["audit"]);
    let audit = |release: &str| json!({"kind": "full", "release": release, "criteria": ["safe-to-deploy"], "depth": "read"});
    for release in [RELEASE, "pkg:cargo/mossy-lantern@1.1.0"] {
        assert_eq!(instance.post("/api/v1/audits", &token, &audit(release)).status, 201);
    }
    let before = Browser::of(instance, &instance.must(&["user", "link", "ada"]));
    assert!(!words(&before.sees("/account")).contains("wait for you"), "a trial has nobody to sign for");
    let mut world = world;
    world.instance.becomes_federated();
    let ada = Browser::of(&world.instance, &world.instance.must(&["user", "link", "ada"]));
    let page = ada.sees("/account");
    assert_says(&page, "2 statements wait for you");
    let ids: Vec<String> = page
        .text()
        .split("name=\"statement\" value=\"")
        .skip(1)
        .filter_map(|rest| Some(rest.split('"').next()?.to_owned()))
        .collect();
    let first = ids.first().map(String::as_str).unwrap_or_default();
    assert_eq!(ada.sends("/account/statements/confirm", &[("statement", first)]).status, 303);
    assert_says(&ada.sees("/account"), "1 statement waits for you");
    assert_says(&world.instance.get(&format!("/audits/{first}")), "in this community's log");
    assert_eq!(ada.sends("/account/statements/confirm", &[]).header("location"), Some("/account?confirmed=0"));
    assert_says(&ada.sees("/account"), "1 statement waits for you");
}

#[test]
fn the_pages_of_federation_open_without_a_complaint() {
    let (alpha, beta, id) = two();
    let steward = Browser::admin(&beta);
    let host = alpha.instance.host();
    assert_eq!(steward.sends("/peers", &[("handle", &community(&alpha.instance))]).status, 303);
    process::eventually("its log was read", || words(&beta.get(&format!("/peers/{host}"))).contains("ada@"));
    assert_eq!(
        steward.sends("/moderation", &[("subject", "spam.example"), ("verdict", "block"), ("reason", "spam")]).status,
        303
    );
    let here = [
        "/community".to_owned(),
        "/users/admin".to_owned(),
        "/peers".to_owned(),
        format!("/peers/{host}"),
        format!("/peers/{host}/trust"),
        format!("/peers/new?handle=@community@{host}"),
        "/moderation".to_owned(),
        "/admin/federation".to_owned(),
        "/account".to_owned(),
    ];
    let with = |path: &String| Look::at(&beta.at(path)).with_cookie(&steward.cookie);
    let mut looks: Vec<Look> =
        here.iter().flat_map(|path| [with(path), with(path).narrow().dark(), with(path).without_scripts()]).collect();
    let author = Browser::of(&alpha.instance, &alpha.instance.must(&["user", "link", "ada"]));
    let audit = Look::at(&alpha.instance.at(&format!("/audits/{id}"))).with_cookie(&author.cookie);
    looks.extend([audit.clone(), audit.narrow().dark()]);
    let Some(seen) = browser::open(&looks) else { return };
    let mut faults = Vec::new();
    for (look, seen) in looks.iter().zip(&seen) {
        let place = format!("{} at {} px", look.url, look.width);
        let all = seen.complaints.iter().chain(&seen.barriers).map(|line| format!("{place}: {line}"));
        faults.extend(all);
        if seen.status != 200 || seen.overflow > 0 || seen.bytes > 50_000 {
            faults.push(format!("{place}: status {}, {} px too wide, {} bytes", seen.status, seen.overflow, seen.bytes));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
