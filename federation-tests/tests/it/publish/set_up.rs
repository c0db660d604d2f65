//! What the pages tell people to paste: run as it stands there, with the real clients.

use serde_json::json;
use vetmoot_tests::clients::{Project, cargo, npm};
use vetmoot_tests::http::Answer;
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::packages::{Calendar, shelf};
use vetmoot_tests::upstream::{CargoUpstream, NpmUpstream};

use super::{Person, ask, candidates, person};

/// A text of a page as a browser shows it.
fn plain(html: &str) -> String {
    let text = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

/// What stands in the box of a page that has this label.
#[track_caller]
fn boxed(page: &Answer, label: &str) -> String {
    let html = page.text();
    let (_, after) = html.split_once(&format!("aria-label=\"{label}\">")).unwrap_or_else(|| panic!("no {label} in {html}"));
    plain(after.split_once("</pre>").expect("a box ends").0)
}

/// Runs a line that sets `TOKEN` in one variable and calls a client.
#[track_caller]
fn follow(project: Project, line: &str, client: &str, token: &str) -> Project {
    let (variable, command) = line.trim().split_once("=TOKEN ").unwrap_or_else(|| panic!("no token in `{line}`"));
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some(client), "{line}");
    let project = project.with_variable(variable, token);
    // Quotes are the shell's: no word of these lines has a space in it.
    let words: Vec<&str> = words.map(|word| word.trim_matches('\'')).collect();
    project.run(&words).good();
    project
}

fn opened(instance: &Instance, ada: &Person, purl: &str) -> Answer {
    let made = ask(instance, "POST", "/api/v1/projects", ada, Some(json!({"package": purl})));
    assert_eq!(made.status, 201, "{}", made.text());
    instance.get(&format!("/projects/{purl}"))
}

#[test]
fn the_lines_of_a_project_page_hand_in_a_workspace_and_give_reviewers_the_candidate() {
    let upstream = CargoUpstream::start(Calendar::of_the_machine(), &shelf());
    let instance = Plan::new().upstream("cargo", &upstream.url()).start();
    let ada = person(&instance, "ada", &["auditor"], None);
    let page = opened(&instance, &ada, "pkg:cargo/oak-root");
    let lines = boxed(&page, "Set-up of cargo");
    assert!(!lines.contains("replace-with"), "what nobody read is in no build of those who hand in: {lines}");

    let author = cargo::bare();
    author.write(".cargo/config.toml", &lines);
    author.write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"root\", \"trunk\"]\n");
    cargo::write_crate(&author, "root", "oak-root", "0.1.0", "mossy-lantern = \"1\"\n");
    let root = "oak-root = { path = \"../root\", version = \"0.1\" }\n";
    cargo::write_crate(&author, "trunk", "oak-trunk", "0.1.0", root);
    let label = "Or every crate of the workspace, in one go; for this command alone its own candidates are found, with cargo";
    follow(author, &boxed(&page, label), "cargo", &ada.token);
    let next = cargo::bare();
    next.write(".cargo/config.toml", &lines);
    cargo::write_crate(&next, "", "oak-root", "0.2.0", "");
    follow(next, &boxed(&page, "Command of cargo"), "cargo", &ada.token);
    let staged = candidates(&instance, "pkg:cargo/oak-trunk");
    assert_eq!((staged.len(), candidates(&instance, "pkg:cargo/oak-root").len()), (1, 2), "{staged:?}");

    // A reviewer follows the line on the candidate's page, in a project with the lines the guide has for reviewers.
    let id = staged[0]["id"].as_str().unwrap_or_default();
    let candidate = plain(&instance.get(&format!("/candidates/{id}")).text());
    let (_, after) = candidate.split_once("data-copy=\"cargo add ").expect("the page says how it is tried");
    let wanted = after.split_once('"').expect("a value ends").0.to_owned();
    let replaced = "[source.crates-io]\nreplace-with = \"community\"\n";
    assert!(instance.get("/guides/publishing").text().contains(replaced), "the guide has the lines for reviewers");
    let reviewer = cargo::bare();
    reviewer.write(".cargo/config.toml", format!("{lines}\n{replaced}"));
    cargo::ask(&reviewer, &[]);
    reviewer.write("src/lib.rs", "//! Made up.\n");
    reviewer.run(&["add", &wanted]).good();
    reviewer.run(&["build"]).good();
    assert_eq!(cargo::locked(&reviewer, "oak-trunk").as_deref(), Some("0.1.0"));
    let lock = reviewer.read("Cargo.lock").unwrap_or_default();
    assert!(!lock.contains("127.0.0.1") && !lock.contains("community"), "the lock file names the official index alone: {lock}");
}

#[test]
fn the_lines_of_a_project_page_hand_in_with_npm() {
    let upstream = NpmUpstream::start(Calendar::of_the_machine(), &shelf());
    let instance = Plan::new().upstream("npm", &upstream.url()).start();
    let ada = person(&instance, "ada", &["auditor"], None);
    for (name, purl) in [("brass-bell", "pkg:npm/brass-bell"), ("@harbour/bell", "pkg:npm/%40harbour/bell")] {
        let page = opened(&instance, &ada, purl);
        let Some(author) = npm::project("http://127.0.0.1:9/") else { return };
        author.write(".npmrc", boxed(&page, "Set-up of npm"));
        let manifest =
            json!({"name": name, "version": "1.0.0", "description": "made up", "license": "MIT", "main": "index.js"});
        npm::write_package(&author, &manifest);
        follow(author, &boxed(&page, "Command of npm"), "npm", &ada.token);
        assert_eq!(candidates(&instance, purl).len(), 1, "{name}");
    }
}
