//! The pages of publish-through: one release goes from the upload to its index by buttons alone, each pressed by who may.

mod widths;

use serde_json::json;
use vetmoot_tests::http::{Answer, Ask};
use vetmoot_tests::instance::Plan;
use vetmoot_tests::process;

use super::harbour::{Harbour, OPEN, READ};

/// A browser that is signed in.
struct Browser<'h> {
    harbour: &'h Harbour,
    cookie: String,
}

impl<'h> Browser<'h> {
    fn of(harbour: &'h Harbour, name: &str) -> Self {
        let link = harbour.instance.must(&["user", "link", name]);
        let token = link.split_once("link=").map(|(_, token)| token.trim()).unwrap_or_default();
        let answer = send(harbour, None, "/sign-in", &[("token", token)]);
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
        assert!(answer.status == 303 && !cookie.is_empty(), "signing in: {} {}", answer.status, answer.text());
        Self { harbour, cookie }
    }
    fn sees(&self, path: &str) -> Answer {
        Ask::get(&self.harbour.instance.at(path)).header("cookie", &self.cookie).answer()
    }
    fn sends(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        send(self.harbour, Some(&self.cookie), path, fields)
    }
    /// The moves the page of a candidate offers.
    fn offered(&self, page: &str) -> Vec<String> {
        let html = self.sees(page).text();
        let forms = html.split("<form action=\"").skip(1).filter_map(|part| part.split_once('"'));
        let below = forms.filter_map(|(action, _)| action.strip_prefix(page)?.strip_prefix('/'));
        below.map(str::to_owned).collect()
    }
}

fn send(harbour: &Harbour, cookie: Option<&str>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let ask = Ask::new("POST", &harbour.instance.at(path))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(body);
    match cookie {
        Some(cookie) => ask.header("cookie", cookie).answer(),
        None => ask.answer(),
    }
}

/// The text of a page's own part, as a reader meets it.
fn words(page: &Answer) -> String {
    let html = page.text();
    let main = html.split_once("<main").map_or(html.as_str(), |(_, rest)| rest);
    let main = main.split_once("</main>").map_or(main, |(main, _)| main);
    let pieces = main.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_says(page: &Answer, expected: &str) {
    let found = words(page);
    assert!(found.contains(expected), "{}: `{expected}` is not said in: {found}", page.status);
}

/// A community whose own packages are crates that begin with `moot-`.
fn harbour() -> Harbour {
    Harbour::without_credential(Plan::new().env("VETMOOT__RESERVED__NAMES", "cargo:moot-*"), READ)
}

#[test]
fn a_release_goes_from_upload_to_index_by_buttons_alone() {
    let harbour = harbour();
    let (first, _) = harbour.crate_handed_in("moot-lamp", "1.0.0");
    let [ada, lena, lars] = ["ada", "lena", "lars"].map(|name| Browser::of(&harbour, name));
    let page = format!("/candidates/{first}");
    assert_says(&harbour.instance.get("/candidates"), "Waiting: one candidate for a reviewer.");
    assert_says(
        &harbour.instance.get(&page),
        "waits for somebody to look at it: an audit for safe-to-deploy is still missing under Read (harbour).",
    );
    assert_eq!(ada.offered(&page), ["take", "ask-changes", "withdraw"], "who handed it in releases nothing");
    assert!(!harbour.instance.get(&page).text().contains(&format!("<form action=\"{page}")), "visitors get no buttons");

    // A reviewer wants something else; what was typed is kept until it can be taken.
    assert_eq!(lars.sends(&format!("{page}/take"), &[]).header("location"), Some(format!("{page}?done=take").as_str()));
    let empty = lars.sends(&format!("{page}/ask-changes"), &[("reason", " ")]);
    assert_eq!(empty.status, 422);
    assert_says(&empty, "Say what should be changed.");
    let long = "please ".repeat(2_000);
    let too_long = lars.sends(&format!("{page}/ask-changes"), &[("reason", &long)]);
    assert!(too_long.status == 422 && too_long.text().contains(long.trim()), "{}", too_long.status);
    assert_eq!(lars.sends(&format!("{page}/ask-changes"), &[("reason", "Say what it is for.")]).status, 303);
    assert_says(&harbour.instance.get(&page), "needs changes before anybody releases it: Say what it is for.");
    assert_eq!(lars.sends(&format!("{page}/release"), &[]).status, 409, "nothing is released that was not approved");

    // The next upload is another candidate, which says what it came after.
    let (second, _) = harbour.crate_handed_in("moot-lamp", "1.0.0");
    assert_ne!(first, second);
    let page = format!("/candidates/{second}");
    assert!(harbour.instance.get(&page).text().contains(&format!("/candidates/{first}")), "it leads to the one before");
    let form = lars.sees("/audits/new?release=pkg:cargo/moot-lamp@1.0.0");
    assert_says(&form, "moot-lamp-1.0.0.crate");
    let audit = [("kind", "full"), ("release", "pkg:cargo/moot-lamp@1.0.0"), ("criteria", "safe-to-deploy"), ("depth", "read")];
    assert_eq!(lars.sends("/audits", &audit).status, 303, "{}", words(&lars.sends("/audits", &audit)));
    process::eventually("the audit approved it", || harbour.state(&second) == "approved");
    assert_says(&harbour.instance.get(&page), "a lead other than ada may release it.");
    assert_says(&harbour.instance.get(&page), "Audits of these bytes 1");
    assert_eq!(ada.sends(&format!("{page}/release"), &[]).status, 403);
    assert_eq!(lena.offered(&page), ["release", "ask-changes", "withdraw"]);
    assert_eq!(lena.sends(&format!("{page}/release"), &[]).status, 303);
    assert_eq!(lars.sends(&format!("{page}/release"), &[]).status, 409, "of two who press, one does");
    harbour.wait_for(&second, "released");
    assert_says(
        &harbour.instance.get(&page),
        "is released: lena sent it to this community's own index.".replace('\'', "&#39;").as_str(),
    );
    assert_says(&harbour.instance.get("/candidates?state=released"), "moot-lamp 1.0.0 released by lena");
    assert_says(&harbour.instance.get("/candidates"), "Nothing waits");

    // Whoever handed in finds it again, and so does whoever looks at them.
    for seen in [ada.sees("/account"), harbour.instance.get("/users/ada"), harbour.instance.get("/candidates?by=ada")] {
        assert!(seen.status == 200 && seen.text().contains(&page), "{}", words(&seen));
    }
    assert_says(&lars.sees("/account"), "Handed in by you Nothing yet.");
    assert_says(&harbour.instance.get("/candidates?by=lars"), "There is no candidate that lars handed in.");
    assert_eq!(harbour.instance.get("/candidates?by=nobody").status, 404);
    let by = |name: &str| harbour.instance.get(&format!("/api/v1/candidates?by={name}"));
    assert_eq!(by("ada").json()["candidates"].as_array().map(Vec::len), Some(2));
    assert_eq!(by("lars").json()["candidates"].as_array().map(Vec::len), Some(0));
    assert_eq!(
        (by("nobody").status, by("nobody").json()["code"].as_str().map(str::to_owned)),
        (422, Some("unknown-member".to_owned()))
    );
    assert_says(&harbour.instance.get("/"), "Released last 1");
    // What an address says was done is said only to who did it, and only while it is so.
    assert!(!words(&lena.sees(&format!("{page}?done=release"))).contains("It is on its way"));
    assert!(!words(&harbour.instance.get(&format!("{page}?done=withdraw"))).contains("It is withdrawn"));
}

#[test]
fn a_policy_that_asks_nothing_says_so_and_a_draft_is_not_audited() {
    let harbour = Harbour::without_credential(Plan::new().env("VETMOOT__RESERVED__NAMES", "pypi:moot-*"), OPEN);
    let draft = harbour.python_draft("moot-lamp", "1.0.0");
    let [lars, stella] = ["lars", "stella"].map(|name| Browser::of(&harbour, name));
    let page = lars.sees(&format!("/candidates/{draft}"));
    assert_says(&page, "files may still come until ada says that is all, or none came for 10 minutes.");
    assert_says(&page, "Nobody audits a draft");
    assert!(!page.text().contains("/audits/new"), "{}", words(&page));
    assert_says(&lars.sees("/audits/new?release=pkg:pypi/moot-lamp@1.0.0"), "No artifact of this release is known yet");
    assert_says(&harbour.instance.get("/projects/pkg:pypi/moot-lamp"), "Open (harbour) asks nothing of a release");
    assert_says(&stella.sees("/admin/publishing"), "Open (harbour) asks nothing of a release");
    // What a steward may not open is not offered to them.
    let rooms = stella.sees("/admin").text();
    assert!(rooms.contains("\"/admin/members\"") && !rooms.contains("\"/admin/federation\""), "{rooms}");
    for path in ["/admin/doctor", "/admin/incidents", "/admin/publishing", "/admin/credentials", "/admin/members", "/proposals"]
    {
        assert_eq!(stella.sees(path).status, 200, "{path}");
    }
    assert_eq!(lars.sees("/admin").status, 403);
    for name in ["publishing", "pre-flight.md"] {
        assert_eq!(harbour.instance.get(&format!("/guides/{name}")).status, 200, "{name}");
    }
    assert_eq!(harbour.instance.get("/guides/nothing").status, 404);
}

#[test]
fn a_project_is_led_in_the_browser_and_a_credential_is_never_shown() {
    let harbour = harbour();
    harbour.crate_handed_in("moot-lamp", "1.0.0");
    let [ada, stella, lars] = ["ada", "stella", "lars"].map(|name| Browser::of(&harbour, name));
    let project = "/projects/pkg:cargo/moot-lamp";
    assert_says(&harbour.instance.get("/projects"), "hands one package through");
    assert_says(&ada.sees(project), "cargo publish --registry community -p moot-lamp");
    let nobody = ada.sends(&format!("{project}/people"), &[("name", "nobody"), ("role", "lead")]);
    assert!(nobody.status == 422 && nobody.text().contains("value=\"nobody\""), "{} {}", nobody.status, words(&nobody));
    assert_eq!(ada.sends(&format!("{project}/people"), &[("name", "lars"), ("role", "maintainer")]).status, 303);
    assert_says(&harbour.instance.get(project), "lars maintainer");
    assert_eq!(lars.sends(&format!("{project}/people/ada/dismiss"), &[]).status, 409, "the last lead stays");
    assert_eq!(ada.sends(&format!("{project}/switch"), &[("stopped", "true")]).status, 303);
    assert_says(&harbour.instance.get(project), "ada stopped this project");
    assert_eq!(harbour.crate_sent("moot-lamp", "2.0.0", &json!([]), b"x").status, 403);
    assert_eq!(ada.sends(&format!("{project}/switch"), &[("stopped", "false")]).status, 303);
    assert_eq!(stella.sends("/admin/publishing", &[("stopped", "true")]).status, 303);
    assert_says(&harbour.instance.get("/projects"), "stella stopped all publishing");
    assert_eq!(stella.sends("/admin/publishing", &[("stopped", "false")]).status, 303);
    assert_eq!(ada.sees("/admin/credentials").status, 403);
    let secret = "s3cret-of-the-index";
    let wrong = [("label", "the bot"), ("ecosystem", "cargo"), ("kind", "token"), ("secret", secret), ("days", "none")];
    let refused = stella.sends("/admin/credentials", &wrong);
    assert!(refused.status == 422 && !refused.text().contains(secret), "{}", refused.status);
    assert!(refused.text().contains("value=\"the bot\""), "what was typed is kept");
    let right = [("label", "the bot"), ("ecosystem", "cargo"), ("kind", "token"), ("secret", secret), ("days", "5")];
    assert_eq!(stella.sends("/admin/credentials", &right).status, 303);
    let listed = stella.sees("/admin/credentials");
    assert_says(&listed, "the bot token cargo: every package in 4 days");
    assert!(!listed.text().contains(secret) && words(&listed).contains("make the next one"), "it warns of its end");
}
