//! The criteria a feed defines, and what its own `implies` adds to the claims of its entries.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde::Serialize;
use toml::{Table, Value};
use vetmoot_domain::CriterionName;
use vetmoot_domain::criterion::{SAFE_TO_DEPLOY, SAFE_TO_RUN};

use super::FeedError;
use super::split::Splitter;
use super::value::{cut, parse_piece, texts};
use crate::feeds::limits::{CRITERIA_MAX, DESCRIPTION_BYTES_MAX, SOURCES_MAX};
use crate::feeds::{DropReason, Dropped};

/// One criterion as a feed defines it. It means nothing here until a policy maps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedCriterion {
    /// Its name in the feed.
    pub name: CriterionName,
    /// What it claims, where the feed says so in words.
    pub description: Option<String>,
    /// Where it is described, where the feed points elsewhere.
    pub description_url: Option<String>,
    /// The criteria it implies in the feed, as written.
    pub implies: Vec<CriterionName>,
    /// The sources it was taken from, the first one first.
    pub aggregated_from: Vec<String>,
}

/// All criteria of one feed. The two built-ins belong to every feed and are not listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedCriteria {
    defined: BTreeMap<CriterionName, FeedCriterion>,
    closure: BTreeMap<CriterionName, BTreeSet<CriterionName>>,
    dropped: Dropped,
}

impl FeedCriteria {
    /// Reads the definitions of a whole feed, wherever they stand in it. The first of the two passes over a feed: it goes
    /// to the end, so a feed that breaks off inside a table is found before anything of it was taken over.
    pub fn read(source: impl Read) -> Result<Self, FeedError> {
        let mut criteria = Self::default();
        let mut pieces = Splitter::new(source);
        while let Some(piece) = pieces.next_piece()? {
            // Only a header that says so holds definitions; other tables are left to the second pass, but for the last one,
            // which shows whether the feed breaks off.
            let header = piece.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let elsewhere = header.trim_start().starts_with('[') && !header.contains("criteria");
            if piece.oversized || elsewhere && !piece.last {
                continue;
            }
            let table = parse_piece(&piece)?;
            match table.get("criteria") {
                Some(Value::Table(definitions)) => criteria.define(definitions, piece.line)?,
                Some(_) => return Err(FeedError::Malformed { line: piece.line, why: "criteria is not a table".to_owned() }),
                None => {}
            }
        }
        criteria.close()?;
        Ok(criteria)
    }

    fn define(&mut self, definitions: &Table, line: u64) -> Result<(), FeedError> {
        for (name, value) in definitions {
            let criterion = match read_one(name, value) {
                Ok(criterion) => criterion,
                Err(reason) => {
                    self.dropped.add(reason, name);
                    continue;
                }
            };
            if self.defined.insert(criterion.name.clone(), criterion).is_some() {
                return Err(FeedError::Malformed { line, why: format!("the criterion `{}` is defined twice", cut(name)) });
            }
            if self.defined.len() > CRITERIA_MAX {
                return Err(FeedError::TooManyCriteria);
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), FeedError> {
        for name in self.defined.keys() {
            let mut reached = BTreeSet::new();
            let mut open: Vec<&CriterionName> = self.implied(name).collect();
            while let Some(next) = open.pop() {
                if next == name {
                    return Err(FeedError::CriteriaCycle { name: name.to_string() });
                }
                if reached.insert(next.clone()) {
                    open.extend(self.implied(next));
                }
            }
            if reached.iter().any(|one| one.as_str() == SAFE_TO_DEPLOY) {
                reached.extend(SAFE_TO_RUN.parse::<CriterionName>());
            }
            self.closure.insert(name.clone(), reached);
        }
        Ok(())
    }

    /// What a criterion implies at once, as far as the feed knows it.
    fn implied<'a>(&'a self, name: &CriterionName) -> impl Iterator<Item = &'a CriterionName> {
        let implies = self.defined.get(name).map(|criterion| criterion.implies.as_slice()).unwrap_or_default();
        implies.iter().filter(|one| self.knows(one))
    }

    /// Whether the feed defines the criterion, or it is a built-in.
    pub fn knows(&self, name: &CriterionName) -> bool {
        name.is_builtin() || self.defined.contains_key(name)
    }

    /// The criteria the feed defines, by name.
    pub fn iter(&self) -> impl Iterator<Item = &FeedCriterion> {
        self.defined.values()
    }

    /// The definitions that were dropped.
    pub fn dropped(&self) -> &Dropped {
        &self.dropped
    }

    /// The criteria given and all they imply in this feed; unknown ones are left out.
    pub fn closed<'a>(&self, names: impl IntoIterator<Item = &'a CriterionName>) -> BTreeSet<CriterionName> {
        let mut all = BTreeSet::new();
        for name in names.into_iter().filter(|name| self.knows(name)) {
            all.insert(name.clone());
            match self.closure.get(name) {
                Some(implied) => all.extend(implied.iter().cloned()),
                None if name.as_str() == SAFE_TO_DEPLOY => all.extend(SAFE_TO_RUN.parse::<CriterionName>()),
                None => {}
            }
        }
        all
    }
}

fn read_one(name: &str, value: &Value) -> Result<FeedCriterion, DropReason> {
    let Value::Table(table) = value else { return Err(DropReason::BadField) };
    let name: CriterionName = name.parse().map_err(|_| DropReason::BadCriterion)?;
    if name.is_builtin() {
        return Err(DropReason::BuiltinRedefined);
    }
    let known = ["description", "description-url", "implies", "aggregated-from"];
    if table.keys().any(|key| !known.contains(&key.as_str())) {
        return Err(DropReason::UnknownField);
    }
    let text = |key: &str| match table.get(key) {
        Some(Value::String(text)) => Ok(Some(bounded(text))),
        Some(_) => Err(DropReason::BadField),
        None => Ok(None),
    };
    // An implied criterion nobody could name is one the feed cannot know, and those imply nothing.
    let implies = texts(table, "implies", CRITERIA_MAX)?.iter().filter_map(|name| name.parse().ok()).collect();
    Ok(FeedCriterion {
        name,
        description: text("description")?,
        description_url: text("description-url")?,
        implies,
        aggregated_from: texts(table, "aggregated-from", SOURCES_MAX)?,
    })
}

fn bounded(text: &str) -> String {
    text.get(..text.floor_char_boundary(DESCRIPTION_BYTES_MAX)).unwrap_or(text).to_owned()
}
