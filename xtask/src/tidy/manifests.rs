//! Rules about what a crate's manifest may ask for, and its licence.

use super::House;

/// Only these crates open the database.
const MAY_SAY_SQL: [&str; 2] = ["vetmoot-storage", "vetmoot-migrations"];

/// Crates other than storage and migrations that ask for sea-orm or sqlx.
pub fn only_storage_says_sql(house: &House) -> Vec<String> {
    let sql = ["sea-orm", "sea-orm-migration", "sqlx"];
    asking(house, &sql, |name| MAY_SAY_SQL.contains(&name))
}

/// Crates that ask for reqwest beside outbound and the tests that are a client themselves.
pub fn only_outbound_has_reqwest(house: &House) -> Vec<String> {
    asking(house, &["reqwest"], |name| matches!(name, "vetmoot-outbound" | "vetmoot-tests"))
}

/// Crates beside the command for consumers that ask for ureq or rustls.
pub fn only_the_command_has_ureq(house: &House) -> Vec<String> {
    asking(house, &["ureq", "rustls"], |name| name == "vetmoot-cli")
}

/// Crates whose manifest says another licence than their floor has.
pub fn licences(house: &House) -> Vec<String> {
    let wrong = |floor: &str, expected: &str| -> Vec<String> {
        let there = house.ours().filter(|package| package.is_in(floor));
        let wrong = there.filter(|package| package.license.as_deref() != Some(expected));
        wrong
            .map(|package| {
                format!("{}: {} instead of {expected}", package.name, package.license.as_deref().unwrap_or("no licence"))
            })
            .collect()
    };
    [wrong("policies", "MIT OR Apache-2.0"), wrong("server", "AGPL-3.0-only")].concat()
}

fn asking(house: &House, wanted: &[&str], may: impl Fn(&str) -> bool) -> Vec<String> {
    let others = house.ours().filter(|package| !may(&package.name));
    others
        .flat_map(|package| {
            wanted.iter().filter(|name| package.asks_for(name)).map(|name| format!("{} asks for {name}", package.name))
        })
        .collect()
}
