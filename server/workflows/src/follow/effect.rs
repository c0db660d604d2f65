//! What a policy would do if it counted a followed community: the policy's text with the `[[import]]`, and its effect.

use std::collections::BTreeMap;

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};
use vetmoot_domain::Slug;

use crate::ctx::Ctx;
use crate::policy::{adopt, compare};
use crate::problem::{Kind, Problem};

pub use compare::Change;

/// An `[[import]]` as a form gives it; whatever is wrong with it the policy's own reader says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportRuleDraft {
    /// The import's name here: the host of a followed community.
    pub name: String,
    /// The body its auditors count for; empty is its name.
    pub organisation: String,
    /// The level its auditors get, 0 to 4.
    pub level: u8,
    /// Foreign criteria and what they mean here.
    pub criteria_map: BTreeMap<String, Vec<String>>,
    /// The depth of audits that do not say theirs.
    pub depth: Option<String>,
    /// Whether audits without a date of their own count; none as the policy says.
    pub undated: Option<bool>,
    /// Whether audits without digests count; none as the policy says.
    pub unbound: Option<bool>,
    /// Whether each of its auditors is a body of their own.
    pub authors_apart: bool,
    /// Packages for which it does not count, as purls.
    pub exclude: Vec<String>,
}

/// What would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The policy's text with the `[[import]]`, to be adopted as it is.
    pub text: String,
    /// Known releases that become listed.
    pub becomes_listed: u64,
    /// Known releases that are listed no longer.
    pub lapses: u64,
    /// Known releases that become refused.
    pub refused: u64,
    /// The same by ecosystem.
    pub changes: Vec<Change>,
    /// Whether there are more known packages than were looked at.
    pub cut: bool,
}

impl Preview {
    /// The effect in a sentence: `41 releases become listed, none lapses.`
    pub fn sentence(&self) -> String {
        let listed = match self.becomes_listed {
            0 => "No release becomes listed".to_owned(),
            1 => "1 release becomes listed".to_owned(),
            many => format!("{many} releases become listed"),
        };
        let lapses = match self.lapses {
            0 => "none lapses".to_owned(),
            1 => "1 lapses".to_owned(),
            many => format!("{many} lapse"),
        };
        match self.refused {
            0 => format!("{listed}, {lapses}."),
            1 => format!("{listed}, {lapses}, 1 is refused."),
            many => format!("{listed}, {lapses}, {many} are refused."),
        }
    }
}

/// Judges the known releases with the `[[import]]` in the policy and without; nothing is changed.
///
/// An `[[import]]` of that name is replaced. The rest of the author's text stays as it is, comments included.
pub async fn effect(ctx: &Ctx, slug: &Slug, draft: &ImportRuleDraft) -> Result<Preview, Problem> {
    let adopted = ctx.book.newest(slug);
    let adopted =
        adopted.ok_or_else(|| Problem::not_found("unknown-policy", format!("this community has no policy `{slug}`")))?;
    let text = std::str::from_utf8(&adopted.bytes).map_err(|error| unreadable(&error.to_string()))?;
    let text = with_import(text, draft)?;
    let policy = adopt::check(ctx, text.as_bytes()).await.map_err(adopt::AdoptError::into_problem)?;
    let changes = compare::compare(ctx, slug, policy, text.as_bytes()).await?;
    let sum = |of: fn(&Change) -> u64| changes.iter().map(of).sum();
    Ok(Preview {
        becomes_listed: sum(|change| change.newly_listed),
        lapses: sum(|change| change.newly_withheld.saturating_sub(change.newly_refused_of_listed)),
        refused: sum(|change| change.newly_refused),
        cut: changes.iter().any(|change| change.cut),
        changes,
        text,
    })
}

fn unreadable(cause: &str) -> Problem {
    Problem::new(Kind::Internal, "stored-policy-unreadable", "the stored policy cannot be edited").because(cause)
}

/// The document with the `[[import]]` in it.
fn with_import(text: &str, draft: &ImportRuleDraft) -> Result<String, Problem> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| unreadable(&error.to_string()))?;
    let imports = document.entry("import").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(tables) = imports.as_array_of_tables_mut() else {
        return Err(Problem::new(
            Kind::Conflict,
            "imports-inline",
            "this policy writes its imports in one line; write them as [[import]] tables first",
        ));
    };
    let known = tables.iter().position(|table| named(table) == Some(draft.name.as_str()));
    if let Some(table) = known.and_then(|place| tables.get_mut(place)) {
        write(table, draft);
    } else {
        let mut table = Table::new();
        write(&mut table, draft);
        tables.push(table);
    }
    Ok(document.to_string())
}

fn named(table: &Table) -> Option<&str> {
    table.get("name").or_else(|| table.get("url"))?.as_str()
}

fn write(table: &mut Table, draft: &ImportRuleDraft) {
    let text = |text: &str| Some(value(text));
    let word = |counts: Option<bool>| counts.map(|counts| value(if counts { "count" } else { "ignore" }));
    let organisation = if draft.organisation.is_empty() { None } else { text(&draft.organisation) };
    let mut put = |key: &str, item: Option<Item>| match item {
        Some(item) => {
            table.insert(key, item);
        }
        None => {
            table.remove(key);
        }
    };
    put("name", text(&draft.name));
    put("organisation", organisation);
    put("level", Some(value(i64::from(draft.level))));
    put("criteria-map", (!draft.criteria_map.is_empty()).then(|| value(criteria(&draft.criteria_map))));
    put("depth", draft.depth.as_deref().and_then(text));
    put("undated", word(draft.undated));
    put("unbound", word(draft.unbound));
    put("authors-apart", draft.authors_apart.then(|| value(true)));
    put("exclude", (!draft.exclude.is_empty()).then(|| value(draft.exclude.iter().collect::<Array>())));
}

fn criteria(map: &BTreeMap<String, Vec<String>>) -> InlineTable {
    let one = |(theirs, ours): (&String, &Vec<String>)| {
        let ours = match ours.as_slice() {
            [one] => Value::from(one.as_str()),
            several => Value::from(several.iter().collect::<Array>()),
        };
        (theirs.clone(), ours)
    };
    map.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const POLICY: &str =
        "# ours\nvetmoot-policy = 1\n[policy]\ntitle = \"Ours\" # a title\n\n[require]\nruntime = [\"safe-to-deploy\"]\n";

    fn draft() -> ImportRuleDraft {
        ImportRuleDraft {
            name: "vet.example".to_owned(),
            organisation: "Vetters".to_owned(),
            level: 2,
            ..ImportRuleDraft::default()
        }
    }

    #[test]
    fn an_import_is_added_at_the_end_and_the_authors_text_stays() {
        let text = with_import(POLICY, &draft()).unwrap();
        assert_eq!(text, format!("{POLICY}\n[[import]]\nname = \"vet.example\"\norganisation = \"Vetters\"\nlevel = 2\n"));
    }

    #[test]
    fn an_import_that_is_there_is_edited_in_its_place() {
        let before = with_import(POLICY, &draft()).unwrap() + "\n[[rule]]\nid = \"x\" # last\n";
        let map = [("theirs".to_owned(), vec!["safe-to-run".to_owned()]), ("no".to_owned(), Vec::new())];
        let after = ImportRuleDraft { level: 3, criteria_map: map.into(), unbound: Some(true), ..draft() };
        let text = with_import(&before, &after).unwrap();
        assert_eq!(text.matches("[[import]]").count(), 1);
        assert!(
            text.contains("level = 3\ncriteria-map = { no = [], theirs = \"safe-to-run\" }\nunbound = \"count\"\n"),
            "{text}"
        );
        assert!(text.starts_with("# ours\n") && text.ends_with("\n[[rule]]\nid = \"x\" # last\n"), "{text}");
        assert_eq!(with_import(&text, &draft()).unwrap(), before, "what is taken back leaves no trace");
    }
}
