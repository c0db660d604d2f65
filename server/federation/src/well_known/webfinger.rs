//! WebFinger (RFC 7033): from a handle or an address to the actor, and from the whole server to its own (FEP-d556).

use activitypub_federation::fetch::webfinger::{Webfinger, WebfingerLink, build_webfinger_response_with_type};
use actix_web::{HttpRequest, HttpResponse, web};
use url::{Url, form_urlencoded};
use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::{federating, open, refused};
use crate::client;
use crate::limits::{ACTIVITY_JSON, ADDRESS_BYTES_MAX, RELATIONS_MAX};
use crate::objects::actor::ActorKind;
use crate::objects::authority;

/// The relation between a server and its own actor (FEP-d556).
const SERVICE: &str = "https://www.w3.org/ns/activitystreams#Service";
/// The relation between somebody and a page about them.
const PROFILE: &str = "http://webfinger.net/rel/profile-page";

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Resource {
    /// The whole server.
    Server,
    /// A handle on this server.
    Handle(String),
    /// The address of an actor here.
    Actor(LocalActor),
    /// Something that is not here.
    Elsewhere,
}

/// `GET /.well-known/webfinger?resource=...[&rel=...]`.
pub(super) async fn find(ctx: web::Data<Ctx>, request: HttpRequest) -> HttpResponse {
    match describe(&ctx, &request).await {
        Ok(found) => open().content_type("application/jrd+json").body(found),
        Err(trouble) => refused(&trouble),
    }
}

async fn describe(ctx: &Ctx, request: &HttpRequest) -> Result<String, Problem> {
    federating(ctx)?;
    let asked: Vec<(String, String)> = form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let mut resources = asked.iter().filter(|(name, _)| name == "resource").map(|(_, value)| value);
    let (Some(resource), None) = (resources.next(), resources.next()) else {
        return Err(Problem::invalid(
            "no-resource",
            "resource",
            "name one resource: ?resource=acct:NAME@HOST or the address of an actor",
        ));
    };
    let relations: Vec<&str> =
        asked.iter().filter(|(name, _)| name == "rel").map(|(_, rel)| rel.as_str()).take(RELATIONS_MAX).collect();
    let unknown = || Problem::not_found("unknown-resource", "nobody here goes by that name");
    let found = match read(ctx, resource)? {
        Resource::Server => return write(server(ctx)?, &relations),
        Resource::Elsewhere => None,
        Resource::Handle(handle) => actor::by_name(ctx, &handle, client::address(request)).await?,
        Resource::Actor(actor) => actor::look_up(ctx, &actor, client::address(request)).await?.then_some(actor),
    };
    let actor = found.ok_or_else(unknown)?;
    let about = actor::about(ctx, &actor).await?.ok_or_else(unknown)?;
    let id = address(ctx, &actor.to_string())?;
    let subject = format!("acct:{}@{}", about.handle, authority(ctx));
    let kind = ActorKind::of(&actor).as_str();
    let mut found = build_webfinger_response_with_type(subject, vec![(id.clone(), Some(kind))]);
    let page = address(ctx, &about.page)?;
    for link in found.links.iter_mut().filter(|link| link.rel.as_deref() == Some(PROFILE)) {
        link.href = Some(page.clone());
    }
    found.aliases.push(id.clone());
    if page != id {
        found.aliases.push(page);
    }
    write(found, &relations)
}

/// Reads what is asked for; names of hosts are compared without regard to case.
fn read(ctx: &Ctx, resource: &str) -> Result<Resource, Problem> {
    let bad = || {
        let text = "the resource is no address; write acct:NAME@HOST or the address of an actor";
        Problem::invalid("bad-resource", "resource", text)
    };
    if resource.len() > ADDRESS_BYTES_MAX {
        return Err(bad());
    }
    let (scheme, rest) = resource.split_once(':').ok_or_else(bad)?;
    match scheme.to_ascii_lowercase().as_str() {
        "acct" => {
            let (name, host) = rest.trim_start_matches('@').rsplit_once('@').ok_or_else(bad)?;
            if name.is_empty() || host.is_empty() {
                return Err(bad());
            }
            if !host.eq_ignore_ascii_case(&authority(ctx)) {
                return Ok(Resource::Elsewhere);
            }
            // The server goes by its own name too, as instance actors elsewhere do.
            let own = name.eq_ignore_ascii_case(host);
            Ok(if own { Resource::Actor(LocalActor::Instance) } else { Resource::Handle(name.to_owned()) })
        }
        "http" | "https" => {
            let url = Url::parse(resource).map_err(|_| bad())?;
            let base = Url::parse(ctx.base_url.as_str()).map_err(|_| bad())?;
            if url.origin() != base.origin() || url.query().is_some() || url.fragment().is_some() {
                return Ok(Resource::Elsewhere);
            }
            Ok(match url.path() {
                "/" => Resource::Server,
                path => path.parse().map_or(Resource::Elsewhere, Resource::Actor),
            })
        }
        _ => Ok(Resource::Elsewhere),
    }
}

/// The whole server, which leads to its own actor.
fn server(ctx: &Ctx) -> Result<Webfinger, Problem> {
    let link = WebfingerLink {
        rel: Some(SERVICE.to_owned()),
        kind: Some(ACTIVITY_JSON.to_owned()),
        href: Some(address(ctx, &LocalActor::Instance.to_string())?),
        ..WebfingerLink::default()
    };
    Ok(Webfinger { subject: ctx.base_url.join("/"), links: vec![link], ..Webfinger::default() })
}

/// Writes the answer with the relations that were asked for (all when none was), and without what is empty.
fn write(mut found: Webfinger, relations: &[&str]) -> Result<String, Problem> {
    if !relations.is_empty() {
        found.links.retain(|link| link.rel.as_deref().is_some_and(|rel| relations.contains(&rel)));
    }
    let unwritable = |error| Problem::new(Kind::Internal, "unwritable", "the answer could not be written").because(error);
    let mut value = serde_json::to_value(&found).map_err(unwritable)?;
    for link in value.get_mut("links").and_then(serde_json::Value::as_array_mut).into_iter().flatten() {
        if let Some(members) = link.as_object_mut() {
            members.retain(|_, member| !member.is_null());
        }
    }
    Ok(value.to_string())
}

fn address(ctx: &Ctx, path: &str) -> Result<Url, Problem> {
    Url::parse(&ctx.base_url.join(path))
        .map_err(|error| Problem::new(Kind::Internal, "bad-base", "the address of this instance is no address").because(error))
}
