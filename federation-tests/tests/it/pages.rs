//! Every page, opened in a browser: wide and narrow, light and dark, with scripts and without.

use std::collections::{BTreeSet, VecDeque};

use vetmoot_tests::browser::{self, Look, Seen};
use vetmoot_tests::http;

use crate::world::{POLICY, World};

/// The most pages looked at; a crawl that reaches it goes in circles.
const MOST: usize = 60;

/// The most bytes a first visit may take.
const FIRST_VISIT: u64 = 50_000;

#[test]
fn every_page_opens_without_a_complaint() {
    let world = World::start();
    for path in ["/cargo/cooldown/mo/ss/mossy-lantern", "/npm/cooldown/mossy-lantern", "/pypi/cooldown/simple/mossy-lantern/"] {
        assert_eq!(world.instance.get(path).status, 200, "{path}");
    }
    let pages = crawl(&world);
    for expected in ["/", "/policies/cooldown", "/projects"] {
        assert!(pages.contains(expected), "{expected} is reached by links: {pages:?}");
    }
    let looks: Vec<Look> = pages.iter().flat_map(|path| looks(&world.instance.at(path))).collect();
    let Some(seen) = browser::open(&looks) else { return };
    let faults: Vec<String> = looks.iter().zip(&seen).flat_map(|(look, seen)| faults(&world, look, seen)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn looks(url: &str) -> [Look; 3] {
    [Look::at(url), Look::at(url).narrow().dark(), Look::at(url).without_scripts()]
}

fn faults(world: &World, look: &Look, seen: &Seen) -> Vec<String> {
    let place = format!("{} at {} px{}", look.url, look.width, if look.dark { ", dark" } else { "" });
    let mut faults = Vec::new();
    if seen.status != 200 {
        faults.push(format!("{place}: status {}", seen.status));
    }
    if seen.title.is_empty() || seen.text.trim().is_empty() {
        faults.push(format!("{place}: nothing to read"));
    }
    if seen.overflow > 0 {
        faults.push(format!("{place}: {} px too wide", seen.overflow));
    }
    if seen.bytes > FIRST_VISIT {
        faults.push(format!("{place}: {} bytes", seen.bytes));
    }
    let elsewhere = seen.requests.iter().filter(|url| !url.starts_with(&world.instance.url()) && !url.starts_with("data:"));
    faults.extend(elsewhere.map(|url| format!("{place}: asks {url}")));
    faults.extend(seen.complaints.iter().map(|line| format!("{place}: {line}")));
    faults.extend(seen.barriers.iter().map(|line| format!("{place}: {line}")));
    faults
}

/// The pages that links lead to from the first one, those of the stories, and the search, which its form leads to.
fn crawl(world: &World) -> BTreeSet<String> {
    let why = format!("/why/{POLICY}/pkg:cargo/mossy-lantern@1.2.0");
    let mut queue: VecDeque<String> = ["/", "/sign-in", "/search", why.as_str()].map(str::to_owned).into();
    let mut pages = BTreeSet::new();
    while let Some(path) = queue.pop_front() {
        if pages.len() >= MOST || pages.contains(&path) {
            continue;
        }
        let answer = http::Ask::get(&world.instance.at(&path)).header("accept", "text/html").answer();
        let is_page = answer.status == 200 && answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        assert!(answer.status < 400 || path == "/sign-in", "{path} answers {}", answer.status);
        if !is_page {
            continue;
        }
        queue.extend(links(&answer.text(), &world.instance.url()));
        pages.insert(path);
    }
    pages
}

fn links(page: &str, base: &str) -> Vec<String> {
    let targets = page.split("<a ").skip(1).filter_map(|tag| tag.split('>').next()?.split("href=\"").nth(1)?.split('"').next());
    let local = targets.filter_map(|target| target.strip_prefix(base).or(Some(target)).filter(|path| path.starts_with('/')));
    local.map(|path| path.split('#').next().unwrap_or(path).replace("&amp;", "&").replace("&#x2f;", "/")).collect()
}
