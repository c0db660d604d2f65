//! `[criteria.NAME]` and `[require]`: what is claimed, what implies what, and which use asks for what.

use std::collections::BTreeMap;
use std::ops::Range;

use vetmoot_domain::{CriterionName, Use};

use super::cursor::{Table, nearest, parsed};
use crate::limits::CRITERIA_MAX;
use crate::policy::Policy;
use crate::policy::model::{Criteria, Criterion};

/// Reads the criteria and the requirements into the policy.
pub(super) fn read(root: &Table<'_, '_>, policy: &mut Policy) {
    let described = described(root);
    let closure = closure(&described);
    policy.set_criteria(Criteria { described, closure });
    let required = required(root, policy);
    policy.set_required(required);
}

/// A criterion by its name; an error with the nearest known one when there is none.
pub(super) fn known(name: &str, span: &Range<usize>, table: &Table<'_, '_>, policy: &Policy) -> Option<usize> {
    let parsed: CriterionName = parsed(name, span, "bad-word", table.errors())?;
    let place = policy.known_criteria().place(&parsed);
    if place.is_none() {
        unknown(name, span, table, policy.known_criteria().described.iter().map(|one| one.name.as_str()));
    }
    place
}

fn unknown<'w>(name: &str, span: &Range<usize>, table: &Table<'_, '_>, words: impl Iterator<Item = &'w str>) {
    let message = format!("`{name}` is no criterion of this policy; describe it in `[criteria.{name}]`");
    table.errors().suggest("unknown-criterion", span, message, nearest(name, words));
}

fn described(root: &Table<'_, '_>) -> Vec<Criterion> {
    let mut all = Criteria::builtins();
    let mut implied: BTreeMap<CriterionName, Vec<(CriterionName, Range<usize>)>> = BTreeMap::new();
    let Some(tables) = root.table("criteria") else { return all };
    for (key, span, value) in tables.entries() {
        let path = format!("criteria.{key}");
        let Some(name) = parsed::<CriterionName>(key, &span, "bad-word", root.errors()) else { continue };
        let Some(table) = Table::of(value, &path, root.errors()) else { continue };
        let found = one(&table, name.clone());
        let own: Vec<_> = table
            .texts("implies")
            .into_iter()
            .filter_map(|(text, span)| Some((parsed(text, &span, "bad-word", root.errors())?, span)))
            .collect();
        table.finish();
        if name.is_builtin() {
            builtin(&table, &mut all, found, &own);
        } else {
            if found.text.is_empty() {
                let message = format!("`{path}` says nothing; give it a `description` or `same-as`");
                root.errors().add("missing-key", &table.span, message);
            }
            implied.insert(name, own);
            all.push(found);
        }
    }
    if all.len() > CRITERIA_MAX {
        let message = format!("a policy knows at most {CRITERIA_MAX} criteria, the two built-ins included");
        root.errors().add("too-many-criteria", &tables.span, message);
        all.truncate(CRITERIA_MAX);
    }
    resolve(&tables, &mut all, &implied);
    all
}

fn one(table: &Table<'_, '_>, name: CriterionName) -> Criterion {
    let texts = |key| table.texts(key).into_iter().map(|(text, _)| text.to_owned()).collect();
    let same_as = table.text("same-as").map(str::to_owned);
    let described = table.text("description").map(str::to_owned);
    Criterion {
        name,
        text: described.or_else(|| same_as.as_ref().map(|url| format!("As {url} says."))).unwrap_or_default(),
        implies: Vec::new(),
        same_as,
        guidance: table.text("guidance").map(str::to_owned),
        checklist: texts("checklist"),
        skill: table.text("skill").map(str::to_owned),
        examples: texts("examples"),
    }
}

/// A built-in means the same everywhere: it may get guidance, never another text or implication.
fn builtin(table: &Table<'_, '_>, all: &mut [Criterion], found: Criterion, own: &[(CriterionName, Range<usize>)]) {
    let Some(known) = all.iter_mut().find(|one| one.name == found.name) else { return };
    let described = table.get("description").map(toml::Spanned::span);
    let implied = own.iter().find(|(name, _)| !known.implies.contains(name)).map(|(_, span)| span.clone());
    if let Some(span) = described.or(implied) {
        let message = format!("`{}` is built in and means the same everywhere; give your own claim another name", known.name);
        table.errors().add("builtin-criterion", &span, message);
    }
    known.same_as = found.same_as;
    known.guidance = found.guidance;
    known.checklist = found.checklist;
    known.skill = found.skill;
    known.examples = found.examples;
}

/// Writes the implications in and refuses circles.
fn resolve(
    tables: &Table<'_, '_>,
    all: &mut [Criterion],
    implied: &BTreeMap<CriterionName, Vec<(CriterionName, Range<usize>)>>,
) {
    let names: Vec<CriterionName> = all.iter().map(|one| one.name.clone()).collect();
    for criterion in all.iter_mut() {
        for (name, span) in implied.get(&criterion.name).into_iter().flatten() {
            if names.contains(name) {
                criterion.implies.push(name.clone());
            } else {
                unknown(name.as_str(), span, tables, names.iter().map(CriterionName::as_str));
            }
        }
    }
    for criterion in all.iter() {
        let Some(circle) = circle_from(&criterion.name, all) else { continue };
        // Each circle is told once, at its first name.
        if circle.iter().min() == Some(&criterion.name) {
            let span = implied.get(&criterion.name).and_then(|own| own.first()).map_or(0..0, |(_, span)| span.clone());
            let mut words: Vec<&str> = circle.iter().map(CriterionName::as_str).collect();
            words.push(criterion.name.as_str());
            let message = format!("criteria imply one another in a circle: {}", words.join(" -> "));
            tables.errors().add("criteria-cycle", &span, message);
        }
    }
}

/// The shortest way from a criterion through `implies` back to itself.
fn circle_from(start: &CriterionName, all: &[Criterion]) -> Option<Vec<CriterionName>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen: Vec<CriterionName> = Vec::new();
    while !ways.is_empty() {
        let mut further = Vec::new();
        for way in ways {
            let last = way.last()?;
            for next in all.iter().find(|one| one.name == *last).into_iter().flat_map(|one| &one.implies) {
                if next == start {
                    return Some(way);
                }
                if !seen.contains(next) {
                    seen.push(next.clone());
                    further.push(way.iter().cloned().chain([next.clone()]).collect());
                }
            }
        }
        ways = further;
    }
    None
}

fn closure(described: &[Criterion]) -> Vec<u64> {
    let mut sets: Vec<u64> = (0..described.len()).map(|place| 1u64 << place).collect();
    let implied: Vec<Vec<usize>> = described
        .iter()
        .map(|one| one.implies.iter().filter_map(|name| described.iter().position(|other| other.name == *name)).collect())
        .collect();
    // As often as there are criteria is enough for the longest way, and ends on circles too.
    for _ in 0..described.len() {
        let before = sets.clone();
        for (set, own) in sets.iter_mut().zip(&implied) {
            for place in own {
                *set |= before.get(*place).copied().unwrap_or(0);
            }
        }
    }
    sets
}

fn required(root: &Table<'_, '_>, policy: &Policy) -> [Vec<usize>; 3] {
    let Some(table) = root.table("require") else { return Default::default() };
    let read = |key| {
        table.get(key).map(|_| {
            let mut places: Vec<usize> =
                table.texts(key).iter().filter_map(|(name, span)| known(name, span, &table, policy)).collect();
            places.sort_unstable();
            places.dedup();
            places
        })
    };
    // A use the policy does not name asks for what runtime asks for: the strictest reading of silence.
    let runtime = read(Use::Runtime.as_str()).unwrap_or_default();
    let build = read(Use::Build.as_str()).unwrap_or_else(|| runtime.clone());
    let dev = read(Use::Dev.as_str()).unwrap_or_else(|| runtime.clone());
    table.finish();
    [runtime, build, dev]
}
