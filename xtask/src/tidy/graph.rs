//! Rules about the resolved graph: licences beneath the policies, versions, and the TLS of the server.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::House;
use super::house::{Node, Package};

/// The crates of which there must be exactly one version.
const ONE: [&str; 3] = ["reqwest", "sqlx", "openssl"];

/// Copyleft crates that a crate under policies/ rests on, through normal dependencies.
pub fn policies_rest_on_permissive_crates(house: &House) -> Vec<String> {
    let packages: BTreeMap<&str, &Package> =
        house.metadata.packages.iter().map(|package| (package.id.as_str(), package)).collect();
    let nodes: BTreeMap<&str, &Node> = house.metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let mut faults = Vec::new();
    for root in house.ours().filter(|package| package.is_in("policies")) {
        for id in beneath(&nodes, &root.id) {
            let Some(package) = packages.get(id).filter(|package| is_copyleft(package.license.as_deref())) else { continue };
            faults.push(format!(
                "{} rests on {}, which is {}",
                root.name,
                package.name,
                package.license.as_deref().unwrap_or_default()
            ));
        }
    }
    faults
}

/// Whether no reading of the licence is permissive; `MIT OR LGPL-3.0` is, for one may choose.
fn is_copyleft(licence: Option<&str>) -> bool {
    let Some(licence) = licence else { return false };
    let licence = licence.replace('/', " OR ");
    licence.split(" OR ").all(|choice| choice.contains("GPL"))
}

fn beneath<'a>(nodes: &BTreeMap<&'a str, &'a Node>, root: &'a str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([root]);
    while let Some(id) = queue.pop_front() {
        let Some(node) = nodes.get(id) else { continue };
        for edge in &node.deps {
            let is_normal = edge.dep_kinds.iter().any(|kind| kind.kind.is_none());
            if is_normal && seen.insert(edge.pkg.as_str()) {
                queue.push_back(&edge.pkg);
            }
        }
    }
    seen
}

/// Crates of which the lock file holds none or several versions.
pub fn one_of_each(house: &House) -> Vec<String> {
    let Some(lock) = house.files.get("Cargo.lock") else { return vec!["Cargo.lock is not there".to_owned()] };
    let count = |name: &str| lock.lines().filter(|line| *line == format!("name = \"{name}\"")).count();
    let wrong = ONE.iter().map(|name| (name, count(name))).filter(|(_, count)| *count != 1);
    wrong.map(|(name, count)| format!("{name} is there {count} times")).collect()
}

/// TLS stacks beside openssl in what the server is linked from.
pub fn no_rustls_in_the_server(house: &House) -> Vec<String> {
    let named =
        |line: &&str| line.split_whitespace().next().is_some_and(|name| matches!(name, "rustls" | "ring" | "aws-lc-rs"));
    let mut found: Vec<String> =
        house.server_tree.lines().filter(named).map(|line| format!("vetmoot-server is linked with {line}")).collect();
    found.sort();
    found.dedup();
    if house.server_tree.is_empty() {
        found.push("cargo tree says nothing about vetmoot-server".to_owned());
    }
    found
}
