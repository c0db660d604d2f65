//! Rules about files: the sentence at the door, and how long a file may be.

use super::House;

/// From here on a file deserves a look.
const LONG: usize = 400;

/// Longer than this no file may be; tests and entities apart.
const TOO_LONG: usize = 500;

/// Rust files whose first line is not a `//!` sentence.
pub fn first_lines(house: &House) -> Vec<String> {
    let says = |text: &str| {
        text.lines().next().is_some_and(|line| line.strip_prefix("//! ").is_some_and(|rest| rest.trim().len() > 3))
    };
    house
        .rust_files()
        .filter(|(_, text)| !says(text))
        .map(|(path, _)| format!("{path}: the first line is no //! sentence"))
        .collect()
}

/// Rust files beyond the limit.
pub fn too_long(house: &House) -> Vec<String> {
    measured(house).filter(|(_, lines)| *lines > TOO_LONG).map(|(path, lines)| format!("{path}: {lines} lines")).collect()
}

/// Rust files near the limit, for a warning.
pub fn long(house: &House) -> Vec<String> {
    measured(house)
        .filter(|(_, lines)| (LONG..=TOO_LONG).contains(lines))
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect()
}

fn measured(house: &House) -> impl Iterator<Item = (&str, usize)> {
    house.rust_files().filter(|(path, _)| !is_apart(path)).map(|(path, text)| (path, text.lines().count()))
}

/// Tests, entities and fixtures are lists rather than thoughts.
pub(super) fn is_apart(path: &str) -> bool {
    let mut folders = path.split('/');
    let file = folders.next_back().unwrap_or_default();
    matches!(file, "tests.rs" | "entities.rs" | "fixtures.rs")
        || folders.any(|folder| matches!(folder, "tests" | "entities" | "fixtures" | "benches"))
}
