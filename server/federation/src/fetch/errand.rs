//! One errand to another server: who sends it, where it may go, and the requests it makes, signed as the instance.

use activitypub_federation::error::Error;
use async_trait::async_trait;
use http::Extensions;
use reqwest_middleware::reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use reqwest_middleware::reqwest::{Request, Response, StatusCode};
use reqwest_middleware::{Middleware, Next};
use url::Url;
use vetmoot_outbound::Origin;
use vetmoot_workflows::actor::LocalActor;
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::{Hops, allowed, is_activity};
use crate::limits::ACTIVITY_JSON;
use crate::signature::{Scheme, sign};

tokio::task_local! {
    /// The errand this task is on. The library keeps one configuration for all, and ours would lead in a circle.
    pub(super) static ERRAND: Errand;
}

/// What one errand is allowed to do.
#[derive(Clone)]
pub(super) struct Errand {
    /// For whom.
    pub(super) ctx: Ctx,
    /// Where it may go.
    pub(super) hops: Hops,
}

impl Errand {
    /// Whether this address may be asked: not our own, permitted by the moderators, public, and within the errand.
    pub(super) fn permits(&self, url: &Url) -> Result<(), Problem> {
        let refused = |code, text: String| Err(Problem::new(Kind::Upstream, code, text));
        if self.ctx.domain.is_none() {
            return Err(no_federation());
        }
        let origin = match self.ctx.outbound.permits(&allowed(&self.ctx), url).and_then(|()| Origin::of(url)) {
            Ok(origin) => origin,
            Err(why) => return refused(why.code(), why.to_string()),
        };
        if origin.to_string() == self.ctx.base_url.as_str() {
            return refused("own-origin", "this server does not ask itself".to_owned());
        }
        let within = match &self.hops {
            Hops::Exact(only) => url == only,
            Hops::Within(home) => origin == *home,
            Hops::Anywhere => true,
        };
        if !within {
            return refused("leaves-origin", format!("it leads on to {origin}, which may not speak for it"));
        }
        if !self.ctx.moderation.permits(&origin.to_string(), None) {
            return Err(Problem::new(Kind::Forbidden, "blocked", format!("this server does not speak with {origin}")));
        }
        Ok(())
    }
}

/// Signs requests as the instance and turns answers away that are none.
pub(super) struct Sending;

#[async_trait]
impl Middleware for Sending {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let errand = ERRAND.try_with(Clone::clone).map_err(reqwest_middleware::Error::middleware)?;
        errand.permits(request.url()).map_err(reqwest_middleware::Error::middleware)?;
        let again = request.try_clone();
        let mut response = send(&errand.ctx, request, extensions, next.clone(), Scheme::Cavage).await?;
        // Who reads only the newer signatures says so with one of these.
        if let (StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST, Some(again)) = (response.status(), again) {
            response = send(&errand.ctx, again, extensions, next, Scheme::Rfc9421).await?;
        }
        let status = response.status();
        if status.is_redirection() {
            // The library reads whole addresses only.
            let target = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            let target = target.and_then(|to| response.url().join(to).ok());
            let Some(target) = target else { return Err(reqwest_middleware::Error::middleware(answered(status))) };
            errand.permits(&target).map_err(reqwest_middleware::Error::middleware)?;
            let target = HeaderValue::from_str(target.as_str()).map_err(reqwest_middleware::Error::middleware)?;
            response.headers_mut().insert(LOCATION, target);
            return Ok(response);
        }
        // It would follow this field under any status.
        response.headers_mut().remove(LOCATION);
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if content_type.is_some_and(is_activity) {
            // The library knows three ways of writing the two types; parameters come in more orders than that.
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(ACTIVITY_JSON));
        }
        if status == StatusCode::OK || status == StatusCode::GONE {
            return Ok(response);
        }
        Err(reqwest_middleware::Error::middleware(answered(status)))
    }
}

async fn send(
    ctx: &Ctx,
    mut request: Request,
    extensions: &mut Extensions,
    next: Next<'_>,
    scheme: Scheme,
) -> reqwest_middleware::Result<Response> {
    let signed = sign(ctx, &LocalActor::Instance, scheme, "get", request.url(), None).await;
    for (name, value) in signed.map_err(reqwest_middleware::Error::middleware)? {
        let value = HeaderValue::from_str(&value).map_err(reqwest_middleware::Error::middleware)?;
        request.headers_mut().insert(HeaderName::from_static(name), value);
    }
    next.run(request, extensions).await
}

/// What a trial says where it would have to ask another server.
pub(crate) fn no_federation() -> Problem {
    let text = "this instance is a trial without a domain and does not speak with other servers";
    Problem::new(Kind::Unavailable, "no-federation", text)
}

/// What a status that is no document means.
pub(super) fn answered(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found("not-there", "its server does not know it"),
        StatusCode::GONE => Problem::not_found("gone", "its server says that it is gone"),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Problem::new(Kind::Upstream, "turned-away", "its server does not show it to this one")
        }
        status => {
            Problem::new(Kind::Upstream, "bad-answer", format!("its server answered with status {status}; try again later"))
        }
    }
}

/// What an error of the library means. Its text may hold the whole document, so it is not passed on.
pub(super) fn problem(error: Error) -> Problem {
    let upstream = |code, text: &str| Problem::new(Kind::Upstream, code, text);
    match error {
        Error::ReqwestMiddleware(reqwest_middleware::Error::Middleware(ours)) => match ours.downcast::<Problem>() {
            Ok(problem) => problem,
            Err(other) => upstream("not-reached", "its server could not be asked").because(other),
        },
        Error::ReqwestMiddleware(reqwest_middleware::Error::Reqwest(error)) | Error::Reqwest(error) => {
            let text = if error.is_timeout() { "its server did not answer in time" } else { "its server could not be reached" };
            upstream("not-reached", text).because(error.without_url())
        }
        Error::ObjectDeleted(_) => answered(StatusCode::GONE),
        Error::NotFound => upstream("own-origin", "this server does not ask itself"),
        Error::RequestLimit => upstream("too-many-hops", "it leads on to too many other addresses"),
        Error::ResponseBodyLimit => upstream("too-large", "it is larger than what is read here"),
        Error::FetchInvalidContentType(_) => {
            upstream("not-activity-json", "its server answers with something that is no ActivityPub")
        }
        Error::FetchWrongId(_) => upstream("wrong-id", "what was fetched says that it is something else"),
        Error::ParseFetchedObject(error, _, _) => upstream("document-unreadable", "it cannot be read").because(error),
        Error::UrlVerificationError(why) => upstream("bad-address", &format!("its address is not gone to: {why}")),
        other => upstream("not-reached", "its server could not be asked").because(kind_of(&other)),
    }
}

/// The name of an error without what it holds.
fn kind_of(error: &Error) -> String {
    let text = format!("{error:?}");
    text.split(['(', '{', ' ']).next().unwrap_or_default().to_owned()
}
