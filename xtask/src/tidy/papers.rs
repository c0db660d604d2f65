//! Rules about what is written beside the code: named paths, lists of activities and migrations, cases, licences.

use std::collections::BTreeSet;

use super::House;

/// The papers that must be there.
const PAPERS: [&str; 5] = ["CHANGELOG.md", "README.md", "LICENSE", "LICENSE-MIT", "LICENSE-APACHE"];

/// Papers that are missing or empty.
pub fn papers_exist(house: &House) -> Vec<String> {
    let is_there = |paper: &&str| house.files.get(*paper).is_some_and(|text| !text.trim().is_empty());
    PAPERS.iter().filter(|paper| !is_there(paper)).map(|paper| format!("{paper} is not there")).collect()
}

/// Paths in backticks in docs/ARCHITECTURE.md that lead to no file and no folder.
pub fn named_paths_exist(house: &House) -> Vec<String> {
    let page = house.files.get("docs/ARCHITECTURE.md").map_or("", String::as_str);
    let named: BTreeSet<&str> = in_backticks(page).filter(|word| is_path(word)).collect();
    let missing = named.into_iter().filter(|path| !exists(house, path));
    missing.map(|path| format!("{path} is named and does not exist")).collect()
}

fn in_backticks(page: &str) -> impl Iterator<Item = &str> {
    page.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Whether a word names a place in the house: it begins with one of its folders, and holds no pattern.
fn is_path(word: &str) -> bool {
    let floors = ["policies/", "server/", "frontend/", "migrations/", "federation-tests/", "docs/", "xtask/"];
    floors.iter().any(|floor| word.starts_with(floor)) && !word.contains(['<', '*', '{', ' '])
}

fn exists(house: &House, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    house.files.contains_key(path)
        || house.files.keys().any(|file| file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
}

/// Where the folders of activities are.
const ACTIVITIES: &str = "server/federation/src/activities/";

/// Where they are listed for the program.
const THE_LIST: &str = "server/federation/src/activities/mod.rs";

/// Activities that have a folder and no row in FEDERATION.md, no line in THE LIST or no fixture, or rows without a folder.
pub fn activities_are_true(house: &House) -> Vec<String> {
    let real: BTreeSet<&str> = folders(house, ACTIVITIES);
    let Some(page) = ["FEDERATION.md", "docs/FEDERATION.md"].iter().find_map(|path| house.files.get(*path)) else {
        return if real.is_empty() { Vec::new() } else { vec!["there are activities and no FEDERATION.md".to_owned()] };
    };
    let rows = page.lines().skip_while(|line| !line.starts_with("| activity |")).skip(2);
    let said: BTreeSet<&str> =
        rows.take_while(|line| line.starts_with('|')).filter_map(|line| line.split('`').nth(1)).collect();
    let mut faults: Vec<String> = real.difference(&said).map(|name| format!("{name} is not in FEDERATION.md")).collect();
    faults.extend(said.difference(&real).map(|name| format!("FEDERATION.md names {name}, which is not there")));
    let list = house.files.get(THE_LIST).map_or("", String::as_str);
    let listed = |name: &&str| list.contains(&format!("=> {name}::")) || list.contains(&format!("=> r#{name}::"));
    faults.extend(real.iter().filter(|name| !listed(name)).map(|name| format!("{name} is not in THE LIST of {THE_LIST}")));
    let fixture = |name: &&str| house.files.keys().any(|path| path.starts_with(&format!("{ACTIVITIES}{name}/fixtures/")));
    faults.extend(real.iter().filter(|name| !fixture(name)).map(|name| format!("{name} has no fixture")));
    faults
}

/// Migrations that no list names: a file `mYYYY..._name.rs` must be a module and stand in the list.
pub fn migrations_are_registered(house: &House) -> Vec<String> {
    let names = house.files.keys().filter_map(|path| path.strip_prefix("migrations/src/")).filter_map(|file| {
        let stem = file.strip_suffix("/mod.rs").or_else(|| file.strip_suffix(".rs"))?;
        let is_migration = stem.strip_prefix('m').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()));
        (is_migration && !stem.contains('/')).then_some(stem)
    });
    let list = house.files.get("migrations/src/lib.rs").map_or("", String::as_str);
    let registered = |name: &str| list.contains(&format!("mod {name};")) && list.contains(&format!("{name}::"));
    names.filter(|name| !registered(name)).map(|name| format!("{name} is not in migrations/src/lib.rs")).collect()
}

/// Policies of the shelf without a case.
pub fn shelf_policies_have_cases(house: &House) -> Vec<String> {
    let shelf: Vec<&str> =
        house.files.keys().filter_map(|path| path.strip_prefix("policies/shelf/")?.strip_suffix(".toml")).collect();
    if shelf.is_empty() {
        return vec!["policies/shelf holds no policy".to_owned()];
    }
    let cases = folders(house, "policies/cases/");
    shelf.into_iter().filter(|name| !cases.contains(name)).map(|name| format!("policies/cases/{name} holds no case")).collect()
}

/// The names of the folders right below a folder.
fn folders<'a>(house: &'a House, below: &str) -> BTreeSet<&'a str> {
    house.files.keys().filter_map(|path| path.strip_prefix(below)?.split_once('/')).map(|(folder, _)| folder).collect()
}
