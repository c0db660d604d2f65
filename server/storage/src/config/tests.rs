//! A database URL is understood, and never shows its password.

use super::*;

fn check(url: &str, expected: &str) {
    let config = StoreConfig::url(url);
    assert_eq!(format!("{} {}", config.kind(), config.describe()), expected, "{url}");
}

#[test]
fn both_kinds_of_url_are_read() {
    check("sqlite:data/vetmoot.db", "sqlite data/vetmoot.db");
    check("sqlite:///var/lib/vetmoot.db?mode=rwc", "sqlite /var/lib/vetmoot.db");
    check("postgres://vetmoot@localhost/vetmoot", "postgresql postgres://vetmoot@localhost/vetmoot");
}

#[test]
fn a_password_is_never_shown() {
    check("postgres://ada:s3cret@db.example/vm?sslmode=require", "postgresql postgres://ada@db.example/vm");
    check("mysql://ada:s3cret@db.example/vm", "unknown mysql://ada@db.example/vm");
}

#[test]
fn a_database_in_memory_is_refused_since_nothing_of_it_would_be_on_disk() {
    check("sqlite::memory:", "unknown sqlite::memory:");
    check("", "unknown ");
}
