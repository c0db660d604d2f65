//! Documents of other servers, from their own origin: activitypub_federation fetches, our rules say where from.
//!
//! The library runs in its debug mode, because its rules for addresses are not ours: it compares host names without
//! scheme and port, refuses every port, and resolves a name a second time to look at its addresses. Here the connection
//! itself refuses addresses that are not public ([`vetmoot_outbound`]), and each hop is held against [`Hops`].

mod actor;
mod errand;
mod literal;
mod webfinger;

use activitypub_federation::config::{Data, FederationConfig, UrlVerifier};
use activitypub_federation::error::Error;
use activitypub_federation::fetch::fetch_object_http;
use activitypub_federation::fetch::object_id::ObjectId;
use async_trait::async_trait;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::OnceCell;
use url::Url;
use vetmoot_domain::proof;
use vetmoot_outbound::{AllowList, Origin};
use vetmoot_workflows::peer::RemoteActor;
use vetmoot_workflows::{Ctx, Kind, Problem};

pub(crate) use actor::read as read_actor;
pub(crate) use errand::no_federation;
pub(crate) use literal::is_activity;
pub(crate) use webfinger::{Account, confirm};

use crate::limits::{ADDRESS_BYTES_MAX, FETCH_TIMEOUT, FETCHES_PER_ERRAND};
use actor::PeerActor;
use errand::{ERRAND, Errand};

/// Where one errand may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hops {
    /// To this address alone: no redirect, no other id.
    Exact(Url),
    /// To this origin: redirects and ids within it.
    Within(Origin),
    /// To any origin; for an address a person typed, where nothing is believed of what it redirects from.
    Anywhere,
}

/// The library with our client; made when first needed, for it starts tasks that never end.
#[derive(Default)]
pub(crate) struct Library {
    config: OnceCell<FederationConfig<()>>,
}

impl Library {
    /// A document from its own origin: its `id` is the address that answered.
    pub(crate) async fn document(&self, ctx: &Ctx, url: &Url, hops: Hops) -> Result<Value, Problem> {
        let fetched = self.raw(ctx, url, hops).await;
        let read = fetched.and_then(|(raw, at)| whole(raw.get(), &at));
        ctx.metrics.count_fetch(read.as_ref().err().map_or("fetched", |problem| problem.code));
        read
    }

    /// An actor fetched, verified and written down.
    pub(crate) async fn actor(&self, ctx: &Ctx, url: &Url, hops: Hops) -> Result<RemoteActor, Problem> {
        if is_literal(url) {
            let document = self.document(ctx, url, hops).await?;
            return actor::write_down(ctx, &read_actor(&document)?).await;
        }
        let data = self.data(ctx).await?;
        let errand = Errand { ctx: ctx.clone(), hops };
        errand.permits(url)?;
        let id = ObjectId::<PeerActor>::from(url.clone());
        let fetched = ERRAND.scope(errand, id.dereference_forced(&data)).await.map_err(|failure| failure.0);
        ctx.metrics.count_fetch(fetched.as_ref().err().map_or("fetched", |problem| problem.code));
        Ok(fetched?.remote)
    }

    async fn raw(&self, ctx: &Ctx, url: &Url, hops: Hops) -> Result<(Box<RawValue>, Url), Problem> {
        let errand = Errand { ctx: ctx.clone(), hops };
        errand.permits(url)?;
        if is_literal(url) {
            return literal::fetch(ctx, url).await;
        }
        let data = self.data(ctx).await?;
        let fetched = ERRAND.scope(errand, fetch_object_http::<(), Box<RawValue>>(url, &data)).await;
        let fetched = fetched.map_err(errand::problem)?;
        Ok((fetched.object, fetched.url))
    }

    async fn data(&self, ctx: &Ctx) -> Result<Data<()>, Problem> {
        let config = self.config.get_or_try_init(|| config(ctx)).await?;
        Ok(config.to_request_data())
    }
}

async fn config(ctx: &Ctx) -> Result<FederationConfig<()>, Problem> {
    let client = reqwest_middleware::ClientBuilder::new(ctx.outbound.peer_client(ctx.insecure)).with(errand::Sending).build();
    let domain = ctx.base_url.as_str().split_once("://").map_or("", |(_, domain)| domain);
    let built = FederationConfig::builder()
        .domain(domain)
        .app_data(())
        .client(client)
        .debug(true)
        .allow_http_urls(ctx.insecure)
        .http_fetch_limit(FETCHES_PER_ERRAND)
        .request_timeout(FETCH_TIMEOUT)
        .url_verifier(Box::new(Rules))
        .build()
        .await;
    built.map_err(|error| Problem::new(Kind::Internal, "no-library", "other servers cannot be reached").because(error))
}

/// Asked by the library before each request it makes.
#[derive(Clone)]
struct Rules;

#[async_trait]
impl UrlVerifier for Rules {
    async fn verify(&self, url: &Url) -> Result<(), Error> {
        let checked = ERRAND.try_with(|errand| errand.permits(url));
        match checked {
            Ok(Ok(())) => Ok(()),
            Ok(Err(problem)) => Err(Error::ReqwestMiddleware(reqwest_middleware::Error::middleware(problem))),
            Err(_) => Err(Error::UrlVerificationError("nobody sent for it")),
        }
    }
}

/// The address of something at another server.
///
/// # Errors
/// It is no http(s) address with a host, is too long, or carries a password.
pub(crate) fn address(text: &str) -> Result<(Url, Origin), Problem> {
    let bad =
        |why: &str| Problem::new(Kind::Invalid, "bad-address", format!("this is not an address of another server: {why}"));
    if text.len() > ADDRESS_BYTES_MAX {
        return Err(bad("it is too long"));
    }
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    let origin = Origin::of(&url).map_err(|refused| bad(&refused.to_string()))?;
    Ok((url, origin))
}

/// Where requests to others may go at all.
pub(crate) fn allowed(ctx: &Ctx) -> AllowList {
    if ctx.insecure { AllowList::anything() } else { AllowList::any_public() }
}

/// Whether the host is an address, which the library refuses to go to.
fn is_literal(url: &Url) -> bool {
    url.domain().is_none()
}

/// Reads a document strictly, and holds its id against where it came from.
fn whole(text: &str, at: &Url) -> Result<Value, Problem> {
    let document = proof::parse(text.as_bytes()).map_err(|error| {
        let text = format!("what {} answered cannot be read: {error}", at.host_str().unwrap_or("it"));
        Problem::new(Kind::Upstream, "document-unreadable", text)
    })?;
    let id = document.get("id").and_then(Value::as_str).and_then(|id| Url::parse(id).ok());
    if id.as_ref() == Some(at) {
        Ok(document)
    } else {
        Err(Problem::new(Kind::Upstream, "wrong-id", "what was fetched says that it is something else"))
    }
}

/// What a status that is no document means.
pub(crate) fn answered(status: u16) -> Problem {
    errand::answered(
        reqwest_middleware::reqwest::StatusCode::from_u16(status)
            .unwrap_or(reqwest_middleware::reqwest::StatusCode::INTERNAL_SERVER_ERROR),
    )
}
