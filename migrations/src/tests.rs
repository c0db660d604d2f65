//! The history is in order, and the list of tables says what a copy needs.

use std::collections::BTreeSet;

use sea_orm_migration::sea_orm::DbBackend;

use super::{Migrator, MigratorTrait, tables};

#[test]
fn migrations_are_named_in_ascending_order() {
    let names: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(names, sorted);
}

#[test]
fn a_table_only_refers_to_tables_that_stand_before_it() {
    let mut known = BTreeSet::new();
    for table in tables() {
        known.insert(table.name);
        for column in table.columns {
            if let Some((_, target)) = column.rest.split_once("REFERENCES ") {
                let name = target.split(' ').next().unwrap_or_default();
                assert!(known.contains(name), "{}.{} refers to {name}, which comes later", table.name, column.name);
            }
        }
    }
}

#[test]
fn both_databases_are_told_the_same_columns() {
    for table in tables() {
        let sqlite = table.statements(DbBackend::Sqlite).join(";");
        let postgres = table.statements(DbBackend::Postgres).join(";");
        for column in table.columns {
            assert!(sqlite.contains(column.name) && postgres.contains(column.name));
        }
        assert!(sqlite.contains("STRICT") && !postgres.contains("STRICT"));
    }
}
