//! crates: `PUT api/v1/crates/new` (Cargo Book, "Web API").

use serde_json::Value;
use url::Url;
use vetmoot_domain::Ecosystem;
use vetmoot_outbound::{Authorization, Verb};

use super::answer::{Refused, Sent, said, says_it_exists};
use super::body::{self, Frame};
use super::run::Journey;
use super::send::{Opened, Parcel};
use super::target;
use crate::ctx::Ctx;
use crate::limits::INDEX_SAID_CHARS_MAX;
use crate::problem::{Kind, Problem};
use crate::submission::FileRow;

pub(super) async fn parcel(
    ctx: &Ctx,
    journey: &Journey<'_>,
    file: &FileRow,
    base: &Url,
    opened: &Opened,
) -> Result<Parcel, Problem> {
    let metadata = metadata(ctx, &file.metadata).map_err(|text| Problem::new(Kind::Conflict, "not-releasable", text))?;
    let mut before = length(metadata.len())?.to_vec();
    before.extend_from_slice(&metadata);
    let size = u32::try_from(file.size).map_err(|_| too_large())?;
    before.extend_from_slice(&size.to_le_bytes());
    let frame = Frame { before, after: Vec::new(), base64: false };
    let upload = body::upload(ctx, file, Verb::Put, "application/octet-stream", frame).await?;
    tracing::debug!(candidate = %journey.row.id, "a crate is ready to go");
    Ok(Parcel {
        url: target::join(base, "api/v1/crates/new")?,
        upload,
        authorization: Authorization::bare(&opened.secret),
        stages: false,
    })
}

fn length(bytes: usize) -> Result<[u8; 4], Problem> {
    u32::try_from(bytes).map(u32::to_le_bytes).map_err(|_| too_large())
}

fn too_large() -> Problem {
    Problem::new(Kind::Conflict, "not-releasable", "crates of 4 GiB cannot be released; hand in a smaller one")
}

/// The metadata for the official index, of what was handed in here.
fn metadata(ctx: &Ctx, stored: &str) -> Result<Vec<u8>, String> {
    let stored: Value = serde_json::from_str(stored).map_err(|_| "its metadata cannot be read; hand it in again".to_owned())?;
    let mut publish = stored.get("publish").cloned().ok_or("its metadata has no publish request; hand it in again")?;
    correct(&mut publish, |index| place(ctx, index))?;
    serde_json::to_vec(&publish).map_err(|error| error.to_string())
}

/// Where a dependency is to come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The index the release goes to.
    Target,
    /// This community's staging door.
    Staging,
    /// Some other index; whether the target takes that is its own business.
    Elsewhere,
}

fn place(ctx: &Ctx, index: &str) -> Place {
    let same = |base: &str| bare(index) == bare(base);
    if vetmoot_ecosystems::Upstream::is_official_index(index) || same(ctx.upstreams.of(Ecosystem::Cargo).base().as_str()) {
        Place::Target
    } else if same(&ctx.base_url.join("/publish/cargo/")) {
        Place::Staging
    } else {
        Place::Elsewhere
    }
}

fn bare(index: &str) -> &str {
    index.trim_start_matches("sparse+").trim_start_matches("registry+").trim_end_matches('/')
}

/// Makes dependencies point where they have to as the target sees it: no index means the target's own, as it meant ours.
fn correct(publish: &mut Value, place: impl Fn(&str) -> Place) -> Result<(), String> {
    let Some(dependencies) = publish.get_mut("deps").and_then(Value::as_array_mut) else { return Ok(()) };
    for dependency in dependencies {
        let name = dependency.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let found = dependency.get("registry").and_then(Value::as_str).map_or(Place::Staging, &place);
        match found {
            Place::Staging => return Err(staging_dependency(&name)),
            Place::Elsewhere => {}
            Place::Target => {
                if let Some(fields) = dependency.as_object_mut() {
                    fields.insert("registry".to_owned(), Value::Null);
                }
            }
        }
    }
    Ok(())
}

fn staging_dependency(name: &str) -> String {
    format!(
        "its Cargo.toml takes {name} from this community's staging index, which no official index accepts; \
         leave `registry` out of that dependency and hand it in again"
    )
}

/// Why this crate cannot be released as it is, where its metadata tells.
pub(super) fn obstacle(ctx: &Ctx, stored: &str) -> Option<String> {
    metadata(ctx, stored).err()
}

/// What a success says: it may be an error all the same, and it may hold warnings.
pub(super) fn taken(body: &[u8], secret: &str) -> Sent {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    if json.get("errors").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty()) {
        let said = said(Some("application/json"), body, secret);
        let exists = says_it_exists(&said);
        return Sent::Refused(Refused { text: said, credential: false, exists, sure: true });
    }
    let warnings = json.get("warnings").and_then(Value::as_object);
    let texts: Vec<&str> = warnings
        .into_iter()
        .flat_map(|kinds| kinds.values())
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let notes: String = texts.join("; ").chars().filter(|c| !c.is_control()).take(INDEX_SAID_CHARS_MAX).collect();
    Sent::Taken { notes: (!notes.is_empty()).then_some(notes) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use serde_json::json;

    use super::*;

    fn places(index: &str) -> Place {
        match index {
            "official" => Place::Target,
            "staging" => Place::Staging,
            _ => Place::Elsewhere,
        }
    }

    #[test]
    fn what_pointed_at_the_official_index_points_at_none() {
        let mut publish =
            json!({"name": "a", "deps": [{"name": "serde", "registry": "official"}, {"name": "x", "registry": "far"}]});
        correct(&mut publish, places).unwrap();
        assert_eq!(publish["deps"], json!([{"name": "serde", "registry": null}, {"name": "x", "registry": "far"}]));
    }

    #[test]
    fn what_points_at_our_own_staging_index_is_refused_with_the_way_out() {
        for registry in [json!(null), json!("staging")] {
            let mut publish = json!({"name": "a", "deps": [{"name": "inner", "registry": registry}]});
            let text = correct(&mut publish, places).unwrap_err();
            assert!(text.contains("inner") && text.contains("leave `registry` out"), "{text}");
        }
    }

    #[test]
    fn a_success_can_hide_an_error_and_carry_warnings() {
        let hidden = taken(br#"{"errors":[{"detail":"crate version `1.0.0` is already uploaded"}]}"#, "");
        assert!(matches!(hidden, Sent::Refused(Refused { exists: true, credential: false, .. })), "{hidden:?}");
        let warned = taken(br#"{"warnings":{"invalid_categories":["a"],"invalid_badges":[],"other":["b"]}}"#, "");
        let Sent::Taken { notes: Some(notes) } = warned else { panic!("{warned:?}") };
        assert!(notes == "a; b" || notes == "b; a", "{notes}");
        assert_eq!(taken(b"{}", ""), Sent::Taken { notes: None });
        assert_eq!(taken(b"", ""), Sent::Taken { notes: None });
    }
}
