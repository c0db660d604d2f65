//! The attestations that came with a Python file, as an index serves them beside it (PEP 740, "Provenance objects").

use serde_json::{Value, json};
use vetmoot_domain::{Ecosystem, Package, Version};
use vetmoot_ecosystems::{pypi, world};

use super::{FileRow, candidate};
use crate::ctx::Ctx;
use crate::problem::Problem;

/// Where the provenance of a file is read below the staging door for Python, whose address ends in a slash; none when
/// nothing was attested.
pub fn address(door: &str, package: &Package, version: &Version, file: &FileRow) -> Option<String> {
    if package.ecosystem() != Ecosystem::Pypi {
        return None;
    }
    file.attestations.as_ref()?;
    let path = pypi::file_path(package, &file.file_name);
    let name = path.split_once('/').map_or(path.as_str(), |(_, file)| file);
    Some(format!("{door}integrity/{}/{version}/{name}/provenance", package.name()))
}

/// The provenance of a file that was handed in: who brought it, and the attestations byte for byte as they came.
///
/// Nothing in it is verified here; whoever installs compares it with the identity they expect.
pub async fn show(ctx: &Ctx, package: &Package, version: &Version, file_name: &str) -> Result<Value, Problem> {
    let none = || Problem::not_found("no-provenance", format!("nothing was attested for {file_name}"));
    let versions = world(package.ecosystem()).versions();
    for candidate in candidate::live(ctx, package).await? {
        if versions.compare(&candidate.row.version, version) != std::cmp::Ordering::Equal {
            continue;
        }
        let Some(file) = candidate.files.iter().find(|file| file.file_name == file_name) else { continue };
        let attested = file.attestations.as_deref().ok_or_else(none)?;
        let attestations: Value = serde_json::from_str(attested).map_err(|error| none().because(error))?;
        return Ok(json!({
            "version": 1,
            "attestation_bundles": [{
                "publisher": {
                    "kind": "Vetmoot",
                    "community": ctx.base_url.as_str(),
                    "uploader": candidate.row.uploader_name.as_str(),
                    "identity": candidate.row.uploaded_as,
                    "candidate": candidate::page(ctx, &candidate.row.id),
                },
                "attestations": attestations,
            }],
        }));
    }
    Err(none())
}
