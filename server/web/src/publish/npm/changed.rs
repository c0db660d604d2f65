//! A packument that comes back without a tarball: deprecations are asked for, and nothing is unpublished.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::{Value, json};
use vetmoot_domain::{Package, Version};
use vetmoot_ecosystems::{Form, npm, world};
use vetmoot_workflows::submission::action::{self, ActionKind};
use vetmoot_workflows::submission::candidate::{self, Wanted};
use vetmoot_workflows::submission::staging;
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::handed::Came;
use super::invalid;
use super::read::links;
use super::refusal::{Refused, notice};

/// A packument, as far as it matters here.
#[derive(Deserialize)]
struct Wire {
    name: Option<String>,
    #[serde(default)]
    versions: BTreeMap<String, Marked>,
}

/// A version, as far as it matters here.
#[derive(Deserialize)]
struct Marked {
    /// A text; some registries write `false` for none.
    #[serde(default)]
    deprecated: Value,
}

impl Marked {
    fn message(&self) -> &str {
        self.deprecated.as_str().unwrap_or_default()
    }
}

/// That nothing is unpublished here, with the way out.
pub(super) fn unpublish(ctx: &Ctx) -> Problem {
    let text = format!(
        "nothing is unpublished here: withdraw a candidate with `npm stage reject ID` or on its page ({}), and deprecate a release that is out",
        ctx.base_url.join("/candidates")
    );
    Problem::new(Kind::Forbidden, "no-unpublishing", text)
}

/// `npm deprecate`: the packument comes back with other texts, and each text becomes an action that another lead decides.
pub(super) async fn deprecate(ctx: &Ctx, package: &Package, came: Came) -> Result<HttpResponse, Refused> {
    let wanted: Wire = serde_json::from_slice(&came.parts.document)
        .map_err(|error| invalid("body-not-json", format!("the body is no packument: {error}")))?;
    if wanted.name.as_deref() != Some(package.name().as_str()) {
        return Err(invalid("contradicts-itself", format!("the packument is not that of {package}")).into());
    }
    let known = known(ctx, package).await?;
    if known.versions.keys().any(|version| !wanted.versions.contains_key(version)) {
        return Err(unpublish(ctx).into());
    }
    let asked = asked(package, &known, &wanted)?;
    not_staged(ctx, package, &asked).await?;
    if asked.is_empty() {
        let text = "nothing was changed: these versions say so already";
        return Ok(HttpResponse::Ok().insert_header(("npm-notice", notice(text))).json(json!({ "ok": true })));
    }
    let mut ids = Vec::new();
    let mut count = 0;
    for (message, versions) in asked {
        count += versions.len();
        ids.push(action::ask(ctx, &came.uploader, package, ActionKind::Deprecate, versions, Some(&message)).await?);
    }
    let page = ctx.base_url.join(&format!("/projects/{package}"));
    let versions = if count == 1 { "one version".to_owned() } else { format!("{count} versions") };
    let text = format!("asked for {versions}; a lead who is not you approves it, then it is passed on: {page}");
    Ok(HttpResponse::Ok().insert_header(("npm-notice", notice(&text))).json(json!({ "ok": true, "actions": ids })))
}

/// The packument that the client was given, and changed.
async fn known(ctx: &Ctx, package: &Package) -> Result<Wire, Problem> {
    let staged = staging::listing(ctx, package).await?;
    let links = links(ctx);
    let read = move || {
        let listing = &staged.listing;
        let body = world(listing.package.ecosystem()).compose(listing, &staged.shown, Form::NpmFull, &links).body;
        serde_json::from_slice::<Wire>(&body).map_err(|error| error.to_string())
    };
    let unreadable = |cause: String| {
        let text = format!("the packument of {package} could not be read; the operator finds the cause in the log");
        Problem::new(Kind::Internal, "packument-unreadable", text).because(cause)
    };
    tokio::task::spawn_blocking(read).await.map_err(|panic| unreadable(panic.to_string()))?.map_err(unreadable)
}

/// The versions whose text changed, by their new text.
fn asked(package: &Package, known: &Wire, wanted: &Wire) -> Result<BTreeMap<String, Vec<Version>>, Problem> {
    let mut asked: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    for (name, marked) in &wanted.versions {
        let Some(before) = known.versions.get(name) else {
            let name: String = name.chars().take(80).collect();
            return Err(invalid("unknown-version", format!("{package} has no version {name}; publish it with its tarball")));
        };
        if before.message() == marked.message() {
            continue;
        }
        let version: Version = name.parse().map_err(|_| invalid("bad-version", "a version of the packument is none"))?;
        asked.entry(marked.message().to_owned()).or_default().push(version);
    }
    Ok(asked)
}

/// What is not out yet is not deprecated; its candidate is withdrawn.
async fn not_staged(ctx: &Ctx, package: &Package, asked: &BTreeMap<String, Vec<Version>>) -> Result<(), Problem> {
    let states = super::stage::STAGED.to_vec();
    let wanted = Wanted { package: Some(package.clone()), states, uploader: None };
    let rows = candidate::list(ctx, &wanted, 0, crate::limits::NPM_STAGED_MAX).await?;
    match rows.iter().find(|row| asked.values().flatten().any(|version| *version == row.version)) {
        Some(row) => {
            let page = candidate::page(ctx, &row.id);
            let text =
                format!("{} is not released yet: withdraw it instead ({page})", npm::tarball_file(package, &row.version));
            Err(Problem::new(Kind::Conflict, "not-released", text))
        }
        None => Ok(()),
    }
}
