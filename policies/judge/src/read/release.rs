//! `[release]`: what a release of the community's own packages needs.

use vetmoot_domain::Slug;
use vetmoot_domain::proof::Multikey;

use super::criteria::known;
use super::cursor::{Table, parsed};
use super::evidence::{COUNT, quorum};
use crate::limits::{CHECK_KEYS_MAX, CHECKS_MAX};
use crate::policy::{Policy, ReleaseCheck, ReleaseTable, loosened_release};

/// Reads the section into the policy; an extension's keys replace those of its base, and its checks add to them.
pub(super) fn read(root: &Table<'_, '_>, policy: &mut Policy) {
    let Some(table) = root.table("release") else { return };
    let before = policy.extends().map(|_| policy.release());
    let mut own = policy.release_table().clone();
    own.stated = true;
    own.wait = table.span_of_time("wait").or(own.wait);
    if table.get("criteria").is_some() {
        let mut places: Vec<usize> =
            table.texts("criteria").iter().filter_map(|(name, span)| known(name, span, &table, policy)).collect();
        places.sort_unstable();
        places.dedup();
        own.criteria = Some(places);
    }
    let level = table.number("auditor-level", 0..=4).and_then(|level| u8::try_from(level).ok());
    own.level = level.or(own.level);
    own.depth = table.word("depth").or(own.depth);
    own.self_audits = table.choice("self-audits", COUNT).or(own.self_audits);
    if let Some(read) = quorum(&table, policy) {
        own.quorum = read.default;
        own.quorum_of = read.of;
    }
    checks(&table, &mut own);
    table.finish();
    own.loosened.clear();
    policy.set_release(own);
    if let Some(before) = before {
        let told = loosened_release(&before, &policy.release());
        policy.set_release_loosened(told);
    }
}

fn checks(table: &Table<'_, '_>, own: &mut ReleaseTable) {
    let mut here: Vec<String> = Vec::new();
    for entry in table.tables("check") {
        let Some(check) = check(&entry) else { continue };
        if here.contains(&check.name) {
            entry.errors().add("duplicate", &entry.span, format!("the check `{}` stands here twice", check.name));
            continue;
        }
        // A result is known by the key that signed it, so a key that stood for two checks would answer for both.
        let other =
            own.checks.iter().find(|other| other.name != check.name && other.keys.iter().any(|key| check.keys.contains(key)));
        if let Some(other) = other {
            let message =
                format!("a key of the check `{}` is one of the check `{}` too; give each its own", check.name, other.name);
            entry.errors().add("duplicate", &entry.span, message);
            continue;
        }
        here.push(check.name.clone());
        own.checks.retain(|known| known.name != check.name);
        own.checks.push(check);
    }
    if own.checks.len() > CHECKS_MAX {
        let message = format!("a release passes at most {CHECKS_MAX} checks");
        table.errors().add("too-many", &table.span, message);
        own.checks.truncate(CHECKS_MAX);
    }
}

fn check(table: &Table<'_, '_>) -> Option<ReleaseCheck> {
    let errors = table.errors();
    let name = table.need_text("name").and_then(|name| {
        if name.parse::<Slug>().is_err() {
            let place = table.get("name").map_or(0..0, toml::Spanned::span);
            let message = "`release.check.name` is 1 to 64 of a-z, 0-9 and hyphen, beginning with a letter";
            errors.add("bad-word", &place, message);
            return None;
        }
        Some(name.to_owned())
    });
    let one = table.get("key").is_some();
    let several = table.get("keys").is_some();
    if one == several {
        let message = "a check has one `key` or several `keys`, each an Ed25519 multikey (z6Mk...)";
        errors.add(if one { "duplicate" } else { "missing-key" }, &table.span, message);
    }
    let mut texts = table.texts("key");
    texts.extend(table.texts("keys"));
    let wanted = texts.len();
    let mut keys: Vec<Multikey> =
        texts.iter().take(CHECK_KEYS_MAX).filter_map(|(text, span)| parsed(text, span, "bad-multikey", errors)).collect();
    keys.sort_unstable_by_key(|key| key.to_bytes());
    keys.dedup();
    if wanted > CHECK_KEYS_MAX {
        errors.add("too-many", &table.span, format!("a check has at most {CHECK_KEYS_MAX} keys"));
    }
    if several && wanted == 0 {
        errors.add("empty", &table.span, "`release.check.keys` is empty: nobody could sign a result");
    }
    let waivable = table.flag("waivable").unwrap_or(true);
    table.finish();
    (!keys.is_empty()).then_some(())?;
    Some(ReleaseCheck { name: name?, keys, waivable })
}
