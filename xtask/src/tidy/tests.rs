//! Every rule, on a small house in memory that breaks it.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::{House, edges, files, functions, graph, manifests, papers, words};

fn house(files: &[(&str, &str)]) -> House {
    House { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect(), ..House::default() }
}

fn with_crates(mut house: House, metadata: serde_json::Value) -> House {
    house.metadata = serde_json::from_value(metadata).unwrap();
    house
}

fn check(faults: &[String], expected: &[&str]) {
    assert_eq!(faults, expected);
}

#[test]
fn a_file_without_a_first_sentence_is_found() {
    let house = house(&[("a/good.rs", "//! What it is for.\n"), ("a/bad.rs", "use x;\n"), ("a/note.md", "# no\n")]);
    check(&files::first_lines(&house), &["a/bad.rs: the first line is no //! sentence"]);
}

#[test]
fn a_long_file_is_found_unless_it_is_a_test() {
    let (long, near) = ("x\n".repeat(501), "x\n".repeat(450));
    let house = house(&[("a/lib.rs", &long), ("a/tests.rs", &long), ("a/tests/it.rs", &long), ("a/near.rs", &near)]);
    check(&files::too_long(&house), &["a/lib.rs: 501 lines"]);
    check(&files::long(&house), &["a/near.rs: 450 lines"]);
}

#[test]
fn a_long_function_is_found_with_its_place() {
    let body = "    let brace = '{'; // }\n".repeat(70);
    let text = format!(
        "//! x\n/// fn in words {{\nfn short() {{ \"}}}}\"; }}\npub async fn long<'a>(x: [u8; 3]) -> u8 {{\n{body}}}\ntrait T {{\n    fn declared();\n}}\n"
    );
    let found = functions::functions(&text);
    let names: Vec<(&str, usize)> = found.iter().map(|function| (function.name.as_str(), function.lines)).collect();
    assert_eq!(names, [("short", 1), ("long", 72)]);
    check(&functions::too_long(&house(&[("a/lib.rs", &text)])), &["a/lib.rs:4: long has 72 lines"]);
}

#[test]
fn raw_strings_and_escapes_hide_their_braces() {
    let text = "fn a() {\n  r#\"}\"#; '\\''; b\"}\"; '\\u{7f}'; \"\\\"}\";\n}\n";
    assert_eq!(functions::functions(text)[0].lines, 3);
}

fn two_crates(licence: &str) -> serde_json::Value {
    json!({
        "workspace_members": ["d", "w"],
        "packages": [
            {"id": "d", "name": "vetmoot-domain", "license": licence, "manifest_path": "/x/policies/domain/Cargo.toml",
             "dependencies": [{"name": "left", "kind": null}, {"name": "apx", "kind": "dev"}]},
            {"id": "w", "name": "vetmoot-web", "license": "AGPL-3.0-only", "manifest_path": "/x/server/web/Cargo.toml",
             "dependencies": [{"name": "vetmoot-domain", "kind": null}, {"name": "sea-orm", "kind": "dev"}, {"name": "reqwest", "kind": null}, {"name": "ureq", "kind": null}]},
            {"id": "l", "name": "left", "license": "MIT"},
            {"id": "g", "name": "deep", "license": "AGPL-3.0"},
            {"id": "o", "name": "either", "license": "MIT OR LGPL-3.0"},
            {"id": "a", "name": "apx", "license": "AGPL-3.0"},
        ],
        "resolve": {"nodes": [
            {"id": "d", "deps": [{"pkg": "l", "dep_kinds": [{"kind": null}]}, {"pkg": "a", "dep_kinds": [{"kind": "dev"}]}]},
            {"id": "l", "deps": [{"pkg": "g", "dep_kinds": [{"kind": null}]}, {"pkg": "o", "dep_kinds": [{"kind": null}]}]},
        ]},
    })
}

#[test]
fn a_table_of_edges_that_lies_is_found_both_ways() {
    let page = "# A\n\n| Crate | rests on | why |\n|---|---|---|\n| `vetmoot-domain` | `vetmoot-web` | x |\n| `vetmoot-web` | nothing | x |\n| `vetmoot-gone` | nothing | |\n";
    let house = with_crates(house(&[("docs/ARCHITECTURE.md", page)]), two_crates("MIT"));
    let faults = edges::table_is_true(&house);
    let expected = [
        "vetmoot-domain does not rest on vetmoot-web, the table says so",
        "vetmoot-web rests on vetmoot-domain, the table does not say so",
        "there is no crate vetmoot-gone",
    ];
    assert_eq!(faults[..3], expected);
    assert!(faults[3].contains("| `vetmoot-web` | `vetmoot-domain` |"));
}

#[test]
fn a_true_table_of_edges_is_left_alone() {
    let page = "| crate | rests on |\n|---|---|\n| `vetmoot-domain` | nothing |\n| `vetmoot-web` | `vetmoot-domain` |\n";
    check(&edges::table_is_true(&with_crates(house(&[("docs/ARCHITECTURE.md", page)]), two_crates("MIT"))), &[]);
}

#[test]
fn manifests_that_break_a_wall_are_found() {
    let house = with_crates(House::default(), two_crates("MIT"));
    check(&manifests::only_storage_says_sql(&house), &["vetmoot-web asks for sea-orm"]);
    check(&manifests::only_outbound_has_reqwest(&house), &["vetmoot-web asks for reqwest"]);
    check(&manifests::only_the_command_has_ureq(&house), &["vetmoot-web asks for ureq"]);
    check(&manifests::licences(&house), &["vetmoot-domain: MIT instead of MIT OR Apache-2.0"]);
}

#[test]
fn a_copyleft_crate_deep_beneath_the_policies_is_found_and_a_choice_is_not() {
    let house = with_crates(House::default(), two_crates("MIT OR Apache-2.0"));
    check(&graph::policies_rest_on_permissive_crates(&house), &["vetmoot-domain rests on deep, which is AGPL-3.0"]);
}

#[test]
fn two_versions_of_one_crate_are_found() {
    let lock = "name = \"reqwest\"\nname = \"reqwest\"\nname = \"sqlx\"\nname = \"openssl\"\nname = \"openssl-sys\"\n";
    check(&graph::one_of_each(&house(&[("Cargo.lock", lock)])), &["reqwest is there 2 times"]);
}

#[test]
fn rustls_in_the_server_is_found_once() {
    let mut house = House::default();
    "vetmoot-server v0.1.0\nopenssl v0.10.82\nrustls v0.23.46\nrustls v0.23.46\n".clone_into(&mut house.server_tree);
    check(&graph::no_rustls_in_the_server(&house), &["vetmoot-server is linked with rustls v0.23.46"]);
}

#[test]
fn a_path_that_does_not_exist_is_found() {
    let page = "See `server/web/src/lib.rs`, `server/web/`, `policies/gone/`, `cargo test` and `policies/<x>/y`.\n";
    let house = house(&[("docs/ARCHITECTURE.md", page), ("server/web/src/lib.rs", "//! x\n")]);
    check(&papers::named_paths_exist(&house), &["policies/gone/ is named and does not exist"]);
}

#[test]
fn activities_are_compared_both_ways() {
    let page = "| activity | what |\n|---|---|\n| `follow` | x |\n| `like` | x |\n";
    let house = house(&[
        ("docs/FEDERATION.md", page),
        ("server/federation/src/activities/mod.rs", "list! {\n    \"Follow\" => follow::Follow,\n}\n"),
        ("server/federation/src/activities/follow/wire.rs", ""),
        ("server/federation/src/activities/follow/fixtures/received.json", ""),
        ("server/federation/src/activities/undo/wire.rs", ""),
    ]);
    check(
        &papers::activities_are_true(&house),
        &[
            "undo is not in FEDERATION.md",
            "FEDERATION.md names like, which is not there",
            "undo is not in THE LIST of server/federation/src/activities/mod.rs",
            "undo has no fixture",
        ],
    );
}

#[test]
fn a_migration_outside_the_list_is_found() {
    let list = "mod m0001_start;\nmod m0002_more;\nBox::new(m0001_start::Migration)\n";
    let house =
        house(&[("migrations/src/lib.rs", list), ("migrations/src/m0001_start.rs", ""), ("migrations/src/m0002_more.rs", "")]);
    check(&papers::migrations_are_registered(&house), &["m0002_more is not in migrations/src/lib.rs"]);
}

#[test]
fn a_shelf_policy_without_cases_is_found() {
    let house = house(&[("policies/shelf/a.toml", ""), ("policies/shelf/b.toml", ""), ("policies/cases/a/one.toml", "")]);
    check(&papers::shelf_policies_have_cases(&house), &["policies/cases/b holds no case"]);
}

#[test]
fn missing_papers_are_found() {
    let house =
        house(&[("CHANGELOG.md", " \n"), ("README.md", "x"), ("LICENSE", "x"), ("LICENSE-MIT", "x"), ("LICENSE-APACHE", "x")]);
    check(&papers::papers_exist(&house), &["CHANGELOG.md is not there"]);
}

#[test]
fn hosts_and_machine_paths_are_found_where_they_stand() {
    let host = ["https://py", "pi.org/simple"].concat();
    let path = ["/ro", "ot/x"].concat();
    let lock = ["registry+https://x/crates", ".io-index"].concat();
    let house = house(&[("a.md", &host), ("b/c.rs", &format!("//! x\n{path}")), ("Cargo.lock", &lock)]);
    let expected = [["a.md:1: py", "pi.org"].concat(), ["b/c.rs:2: /ro", "ot/"].concat()];
    assert_eq!(words::forbidden(&house), expected);
}

#[test]
fn work_put_off_is_found() {
    let line = ["// TO", "DO later"].concat();
    assert_eq!(words::unfinished(&house(&[("a.rs", &line)])), [format!("a.rs:1: {line}")]);
}

#[test]
fn an_npm_lock_file_with_addresses_is_found() {
    let house = house(&[("x/package-lock.json", "{\"resolved\": \"\"}"), ("y/package-lock.json", "{}")]);
    check(&words::resolved_npm_locks(&house), &["x/package-lock.json names where packages were resolved"]);
}
