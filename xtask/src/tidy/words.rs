//! Rules about words that must stand nowhere. They are put together here, so that this file does not hold them.

use super::House;

/// Hosts of the official indexes and places on a builder's machine, each split where it may not be read as itself.
fn forbidden_words() -> Vec<String> {
    let hosts = [["crates", ".io"], ["pypi", ".org"], ["python", "hosted.org"], ["npm", "js.org"], ["npm", "js.com"]];
    let places = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"], ["/mnt", "/"]];
    hosts.iter().chain(&places).map(|parts| parts.concat()).collect()
}

/// Words for work that was put off.
fn unfinished_words() -> [String; 5] {
    [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["todo", "!("], ["unimple", "mented!("]].map(|parts| parts.concat())
}

/// Lines that spell an official index or a path of a machine. Cargo's own lock file must name its source.
pub fn forbidden(house: &House) -> Vec<String> {
    let words = forbidden_words();
    lines(house)
        .filter(|(path, ..)| *path != "Cargo.lock")
        .filter_map(|(path, number, line)| {
            let word = words.iter().find(|word| line.contains(word.as_str()))?;
            Some(format!("{path}:{number}: {word}"))
        })
        .collect()
}

/// Lines that say something is yet to be done.
pub fn unfinished(house: &House) -> Vec<String> {
    let words = unfinished_words();
    let found = lines(house).filter(|(_, _, line)| words.iter().any(|word| line.contains(word.as_str())));
    found.map(|(path, number, line)| format!("{path}:{number}: {}", line.trim())).collect()
}

/// npm lock files with the address of every package: they would bind the house to one registry.
pub fn resolved_npm_locks(house: &House) -> Vec<String> {
    let locks =
        house.files.iter().filter(|(path, _)| path.ends_with("package-lock.json") || path.ends_with("npm-shrinkwrap.json"));
    locks
        .filter(|(_, text)| text.contains("\"resolved\""))
        .map(|(path, _)| format!("{path} names where packages were resolved"))
        .collect()
}

fn lines(house: &House) -> impl Iterator<Item = (&str, usize, &str)> {
    house
        .files
        .iter()
        .flat_map(|(path, text)| text.lines().enumerate().map(move |(number, line)| (path.as_str(), number + 1, line)))
}
