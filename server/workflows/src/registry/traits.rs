//! What an index offers and lacks, in words for pages and the doctor.

use serde_json::{Value, json};
use vetmoot_domain::Ecosystem;
use vetmoot_ecosystems::ListingTraits;

/// The download template a stored listing was read with; a cargo listing cannot be read without one.
pub fn dl(traits: &str) -> Option<String> {
    let traits: Value = serde_json::from_str(traits).ok()?;
    Some(traits.get("dl")?.as_str()?.to_owned())
}

/// The traits of a listing as the row keeps them.
pub fn to_json(ecosystem: Ecosystem, traits: ListingTraits, dl: Option<&str>) -> Value {
    json!({
        "dl": dl,
        "ecosystem": ecosystem.as_str(),
        "times": traits.has_times,
        "sizes": traits.has_sizes,
        "core_metadata": traits.has_core_metadata,
        "html": traits.is_html,
        "abbreviated": traits.is_abbreviated,
    })
}

/// What is missing, as a list of nouns.
pub fn missing_in_words(traits: &str) -> Vec<&'static str> {
    let traits: Value = serde_json::from_str(traits).unwrap_or_default();
    let is = |key: &str| traits.get(key).and_then(Value::as_bool);
    let mut missing = Vec::new();
    if is("times") == Some(false) {
        missing.push("publish times");
    }
    if traits.get("ecosystem").and_then(Value::as_str) == Some(Ecosystem::Pypi.as_str()) {
        if is("html") == Some(true) {
            missing.push("the JSON form");
        }
        if is("core_metadata") == Some(false) {
            missing.push("separate metadata files");
        }
    }
    if is("abbreviated") == Some(true) {
        missing.push("the full document");
    }
    missing
}
