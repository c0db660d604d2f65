//! `[[import]]`, `[[exception]]` and `[[rule]]`: what a policy lists one by one, and what an extension may add.

use std::collections::BTreeMap;

use toml::Spanned;
use vetmoot_domain::{Artifact, CriterionName, Organisation, Package};

use super::criteria::known;
use super::cursor::{Table, nearest, parsed, texts};
use super::evidence::COUNT;
use crate::cel::{self, Rule};
use crate::policy::Policy;
use crate::policy::model::{Exception, ImportRule};
use crate::rules::LIFTABLE_CODES;

/// Reads `[[import]]`.
pub(super) fn imports(root: &Table<'_, '_>, policy: &mut Policy) {
    for table in root.tables("import") {
        let Some(import) = import(&table, policy) else { continue };
        if policy.imports().iter().any(|other| other.name == import.name) {
            table.errors().add("duplicate", &table.span, format!("the import `{}` stands here twice", import.name));
        } else {
            policy.add_import(import);
        }
    }
}

fn import(table: &Table<'_, '_>, policy: &Policy) -> Option<ImportRule> {
    let named = table.text("name");
    let by_url = table.text("url");
    if named.is_none() && by_url.is_none() {
        table.errors().add("missing-key", &table.span, "an import is known by its `name` or its `url`; give one");
    }
    let name = named.or(by_url);
    let organisation: Option<Organisation> = match table.get("organisation") {
        Some(_) => table.word("organisation"),
        None => name.and_then(|name| parsed(name, &table.span, "bad-word", table.errors())),
    };
    table.need("level");
    let level = table.number("level", 0..=4).and_then(|level| u8::try_from(level).ok());
    let criteria_map = criteria_map(table, policy);
    let packages = table.texts("exclude");
    let exclude = packages.iter().filter_map(|(text, span)| parsed::<Package>(text, span, "bad-purl", table.errors()));
    let import = ImportRule {
        url: by_url.map(str::to_owned),
        exclude: exclude.collect(),
        depth: table.word("depth"),
        undated: table.choice("undated", COUNT),
        unbound: table.choice("unbound", COUNT),
        authors_apart: table.flag("authors-apart").unwrap_or(false),
        criteria_map,
        ..ImportRule::new(name?, organisation?, level?)
    };
    table.finish();
    Some(import)
}

fn criteria_map(table: &Table<'_, '_>, policy: &Policy) -> BTreeMap<CriterionName, Vec<CriterionName>> {
    let Some(map) = table.table("criteria-map") else { return BTreeMap::new() };
    let mut read = BTreeMap::new();
    for (theirs, span, value) in map.entries() {
        let Some(name) = parsed::<CriterionName>(theirs, &span, "bad-word", table.errors()) else { continue };
        let ours = texts(value, &map.path(theirs), table.errors());
        let ours = ours.iter().filter_map(|(ours, span)| {
            let place = known(ours, span, table, policy)?;
            policy.known_criteria().name(place).cloned()
        });
        read.insert(name, ours.collect());
    }
    read
}

/// Reads `[[exception]]`.
pub(super) fn exceptions(root: &Table<'_, '_>, policy: &mut Policy) {
    for table in root.tables("exception") {
        if let Some(exception) = exception(&table) {
            policy.add_exception(exception);
        }
    }
}

fn exception(table: &Table<'_, '_>) -> Option<Exception> {
    let errors = table.errors();
    let purl = table.need_text("purl").map(|text| (text, table.get("purl").map_or(0..0, Spanned::span)));
    let range = table.text("range").map(str::to_owned);
    let owner = table.need_text("owner").map(str::to_owned);
    let reason = table.need_text("reason").map(str::to_owned);
    let until = table.need_day("until");
    let lifts = table.texts("lifts");
    for (code, span) in &lifts {
        if !LIFTABLE_CODES.contains(code) {
            let message = format!("`{code}` is no reason an exception lifts; use some of: {}", LIFTABLE_CODES.join(", "));
            errors.suggest("unknown-word", span, message, nearest(code, LIFTABLE_CODES.iter().copied()));
        }
    }
    table.finish();
    let (text, span) = purl?;
    let (package, version, file_name) = match text.parse::<Package>() {
        Ok(package) => (package, None, None),
        Err(_) => {
            let artifact: Artifact = parsed(text, &span, "bad-purl", errors)?;
            (artifact.release.package, Some(artifact.release.version), artifact.file_name)
        }
    };
    if version.is_some() && range.is_some() {
        errors.add("out-of-bounds", &table.span, "an exception names one version or a `range`, not both");
    }
    let lifts = lifts.into_iter().map(|(code, _)| code.to_owned()).collect();
    Some(Exception { package, version, file_name, range, owner: owner?, reason: reason?, until: until?, lifts })
}

/// Reads `[[rule]]`.
pub(super) fn rules(root: &Table<'_, '_>, policy: &mut Policy) {
    for table in root.tables("rule") {
        let Some(rule) = rule(&table) else { continue };
        if policy.rules().iter().any(|other| other.id == rule.id) {
            table.errors().add("duplicate", &table.span, format!("the rule `{}` stands here twice", rule.id));
        } else {
            policy.add_rule(rule);
        }
    }
}

fn rule(table: &Table<'_, '_>) -> Option<Rule> {
    let id = table.need_text("id").and_then(|id| {
        let place = table.get("id").map_or(0..0, Spanned::span);
        parsed::<vetmoot_domain::Slug>(id, &place, "bad-word", table.errors())
    });
    let compile = |key: &'static str| {
        let value = table.get(key)?;
        let source = table.text(key)?;
        match cel::compile(source) {
            Ok(checked) => Some(checked),
            Err(faults) => {
                for fault in faults {
                    let message = format!("`{}`: {}", table.path(key), fault.message);
                    table.errors().suggest(fault.code, &fault.place_in(&value.span()), message, fault.suggestion);
                }
                None
            }
        }
    };
    let when = compile("when");
    table.need("needs");
    let needs = compile("needs");
    let refuse = table.choice("else", &[("hold", false), ("refuse", true)]).unwrap_or(false);
    let message = table.need_text("message").map(str::to_owned);
    table.finish();
    Some(Rule { id: id?.to_string(), when, needs: needs?, refuse, message: message? })
}
