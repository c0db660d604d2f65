//! Where releases of an ecosystem go.

use url::Url;
use vetmoot_domain::Ecosystem;
use vetmoot_outbound::AllowList;

use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

/// Where releases go: the base of cargo's web API, the legacy upload address of a Python index, or the base of an npm
/// registry; what the operator configured, else what is known of the official index.
pub(super) async fn of(ctx: &Ctx, ecosystem: Ecosystem) -> Result<Url, Problem> {
    if let Some(url) = ctx.publishing.targets.get(&ecosystem) {
        return Ok(if ecosystem == Ecosystem::Pypi { url.clone() } else { with_slash(url.clone()) });
    }
    let upstream = ctx.upstreams.of(ecosystem);
    // A mirror says where it reads from, not where somebody may write.
    if upstream.is_configured() {
        return Err(missing(ecosystem));
    }
    match vetmoot_ecosystems::Upstream::official_upload(ecosystem) {
        Some(url) => Ok(url),
        None => {
            let config = upstream.cargo_config(&ctx.outbound).await?;
            let api = config.api.as_deref().ok_or_else(|| missing(ecosystem))?;
            let url: Url = api.parse().map_err(|error| missing(ecosystem).because(error))?;
            // A credential goes there: what the index names, nobody on the way may read.
            if url.scheme() == "https" { Ok(with_slash(url)) } else { Err(open_to_all(ecosystem)) }
        }
    }
}

/// The only place an upload to this target may go to.
pub(super) fn allow(target: &Url) -> Result<AllowList, Problem> {
    AllowList::operator(target).map_err(|refused| {
        Problem::new(Kind::Invalid, refused.code(), format!("releases cannot be sent where they are to go: {refused}"))
    })
}

/// The address of something below a target.
pub(super) fn join(target: &Url, path: &str) -> Result<Url, Problem> {
    target.join(path).map_err(|error| {
        Problem::new(Kind::Internal, "target-address", "the target has an address that cannot be extended").because(error)
    })
}

fn with_slash(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}

fn open_to_all(ecosystem: Ecosystem) -> Problem {
    let text = format!(
        "the index of {ecosystem} names an upload address that is not https, and no credential goes there; the operator sets \
         `publish.{ecosystem}` to the upload address of the index"
    );
    Problem::new(Kind::Unavailable, "no-target", text)
}

fn missing(ecosystem: Ecosystem) -> Problem {
    let text = format!(
        "nobody said where releases of {ecosystem} go; the operator sets `publish.{ecosystem}` to the upload address of the index"
    );
    Problem::new(Kind::Unavailable, "no-target", text)
}
