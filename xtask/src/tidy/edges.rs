//! The rule that the table of crate edges in docs/ARCHITECTURE.md tells the truth.

use std::collections::{BTreeMap, BTreeSet};

use super::House;

/// Where the table stands.
const PAGE: &str = "docs/ARCHITECTURE.md";

/// The first two cells of the table's head.
const HEAD: [&str; 2] = ["crate", "rests on"];

type Edges = BTreeMap<String, BTreeSet<String>>;

/// Compares the table with the normal dependencies between our own crates; a wrong table is answered with the right one.
pub fn table_is_true(house: &House) -> Vec<String> {
    let Some(page) = house.files.get(PAGE) else { return vec![format!("{PAGE} is not there")] };
    let real = real(house);
    let Some(written) = written(page) else {
        return vec![format!(
            "{PAGE} has no table that begins `| {} | {} |`; it should be\n{}",
            HEAD[0],
            HEAD[1],
            table(&real)
        )];
    };
    let mut faults = Vec::new();
    for (name, uses) in &real {
        match written.get(name) {
            None => faults.push(format!("{name} is not in the table")),
            Some(said) => {
                faults.extend(uses.difference(said).map(|used| format!("{name} rests on {used}, the table does not say so")));
                faults.extend(said.difference(uses).map(|used| format!("{name} does not rest on {used}, the table says so")));
            }
        }
    }
    faults.extend(written.keys().filter(|name| !real.contains_key(*name)).map(|name| format!("there is no crate {name}")));
    if !faults.is_empty() {
        faults.push(format!("the table should be\n{}", table(&real)));
    }
    faults
}

fn real(house: &House) -> Edges {
    let names: BTreeSet<&str> = house.ours().map(|package| package.name.as_str()).collect();
    let normal = |package: &super::house::Package| {
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        normal.filter(|dependency| names.contains(dependency.name.as_str())).map(|dependency| dependency.name.clone()).collect()
    };
    house.ours().map(|package| (package.name.clone(), normal(package))).collect()
}

fn written(page: &str) -> Option<Edges> {
    let mut lines = page.lines().skip_while(|line| !cells(line).iter().take(2).eq(HEAD.iter()));
    lines.next()?;
    let rows = lines.take_while(|line| line.trim_start().starts_with('|')).skip(1);
    let edge = |line: &str| {
        let cells = cells(line);
        let name = cells.first()?.clone();
        let uses = cells
            .get(1)?
            .split(',')
            .map(|used| used.trim().to_owned())
            .filter(|used| !matches!(used.as_str(), "" | "-" | "nothing"));
        Some((name, uses.collect()))
    };
    rows.map(edge).collect()
}

/// The cells of a table's row, without the marks of code.
fn cells(line: &str) -> Vec<String> {
    let Some(inner) = line.trim().strip_prefix('|') else { return Vec::new() };
    inner.trim_end_matches('|').split('|').map(|cell| cell.replace('`', "").trim().to_lowercase()).collect()
}

fn table(edges: &Edges) -> String {
    let row = |(name, uses): (&String, &BTreeSet<String>)| {
        let uses: Vec<String> = uses.iter().map(|used| format!("`{used}`")).collect();
        let uses = if uses.is_empty() { "nothing".to_owned() } else { uses.join(", ") };
        format!("| `{name}` | {uses} |\n")
    };
    let rows: String = edges.iter().map(row).collect();
    format!("| {} | {} |\n|---|---|\n{rows}", HEAD[0], HEAD[1])
}
