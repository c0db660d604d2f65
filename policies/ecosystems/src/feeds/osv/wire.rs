//! The shape of an OSV record as it travels; read leniently, since every database adds fields of its own.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

#[derive(Deserialize)]
pub(super) struct RecordWire {
    pub id: String,
    pub modified: String,
    #[serde(default)]
    pub published: Option<String>,
    #[serde(default)]
    pub withdrawn: Option<String>,
    #[serde(default)]
    pub aliases: Option<Vec<String>>,
    #[serde(default)]
    pub summary: Option<String>,
    #[serde(default)]
    pub details: Option<String>,
    #[serde(default)]
    pub severity: Option<Vec<SeverityWire>>,
    #[serde(default)]
    pub affected: Option<Vec<AffectedWire>>,
    #[serde(default)]
    pub references: Option<Vec<ReferenceWire>>,
    #[serde(default)]
    pub database_specific: Option<SpecificWire>,
}

#[derive(Deserialize)]
pub(super) struct SeverityWire {
    #[serde(rename = "type", default)]
    pub kind: Words,
    #[serde(default)]
    pub score: Words,
}

#[derive(Deserialize)]
pub(super) struct ReferenceWire {
    #[serde(rename = "type", default)]
    pub kind: Words,
    #[serde(default)]
    pub url: Words,
}

/// What the databases read here say in places of their own.
#[derive(Deserialize, Default)]
pub(super) struct SpecificWire {
    /// GitHub's word for the severity.
    #[serde(default)]
    pub severity: Words,
    /// RustSec's kind of notice that is no vulnerability.
    #[serde(default)]
    pub informational: Words,
    /// RustSec's vector.
    #[serde(default)]
    pub cvss: Words,
}

#[derive(Deserialize)]
pub(super) struct AffectedWire {
    #[serde(default)]
    pub package: Option<PackageWire>,
    #[serde(default)]
    pub severity: Option<Vec<SeverityWire>>,
    #[serde(default)]
    pub ranges: Option<Vec<RangeWire>>,
    #[serde(default)]
    pub versions: Option<Vec<String>>,
    #[serde(default)]
    pub database_specific: Option<SpecificWire>,
}

#[derive(Deserialize)]
pub(super) struct PackageWire {
    pub ecosystem: String,
    pub name: String,
}

#[derive(Deserialize)]
pub(super) struct RangeWire {
    #[serde(rename = "type", default)]
    pub kind: Words,
    #[serde(default)]
    pub events: Option<Vec<EventWire>>,
}

#[derive(Deserialize)]
pub(super) struct EventWire {
    #[serde(default)]
    pub introduced: Option<String>,
    #[serde(default)]
    pub fixed: Option<String>,
    #[serde(default)]
    pub last_affected: Option<String>,
    #[serde(default)]
    pub limit: Option<String>,
}

/// A text, or nothing where something else stands: fields outside the schema may hold anything.
#[derive(Default)]
pub(super) struct Words(pub Option<String>);

impl Words {
    pub(super) fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordsVisitor)
    }
}

struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = Words;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_str<E>(self, text: &str) -> Result<Words, E> {
        Ok(Words(Some(text.to_owned())))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Words, E> {
        Ok(Words(None))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Words, E> {
        Ok(Words(None))
    }
    fn visit_u64<E>(self, _: u64) -> Result<Words, E> {
        Ok(Words(None))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Words, E> {
        Ok(Words(None))
    }
    fn visit_unit<E>(self) -> Result<Words, E> {
        Ok(Words(None))
    }
    fn visit_none<E>(self) -> Result<Words, E> {
        Ok(Words(None))
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Words, D::Error> {
        deserializer.deserialize_any(Self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Words, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Words(None))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Words, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Words(None))
    }
}
