//! The door itself: two clients behind it, one that goes only to public addresses, one for what the operator configured.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::StreamExt as _;
use ipnet::IpNet;
use native_tls::TlsConnector;
use reqwest::header::{self, HeaderMap};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use crate::allow::{AllowList, Refused, Trust};
use crate::answer::{Answer, Meta, promised_length};
use crate::body::{Incoming, Patience};
use crate::config::{BuildError, OutboundConfig};
use crate::error::{FetchError, chain, shown};
use crate::gunzip::Gunzip;
use crate::hosts::Hosts;
use crate::limits;
use crate::names::Resolver;
use crate::origin::Origin;
use crate::request::{Method, Payload, Request};
use crate::upload::{Upload, Verb};

/// The door to foreign addresses; clones share connections and counters.
#[derive(Debug, Clone)]
pub struct Outbound {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Connects to public addresses alone.
    guarded: Client,
    /// Connects anywhere; used for origins the operator configured.
    open: Client,
    hosts: Hosts,
    trusted_origins: Vec<Origin>,
    trusted_networks: Arc<[IpNet]>,
}

/// One address of a request and its redirects.
struct Hop {
    url: Url,
    host: String,
    /// Host and port, by which places are counted: two ports are two servers.
    authority: String,
    trust: Trust,
}

impl Outbound {
    /// Builds the door.
    pub fn new(config: OutboundConfig) -> Result<Self, BuildError> {
        if config.per_host_concurrency == 0 {
            return Err(BuildError::NoConcurrency);
        }
        let trusted_origins = config.trusted_origins.iter().map(Origin::of).collect::<Result<_, _>>()?;
        let tls = system_or_extended_tls(&config.extra_root_pem)?;
        let trusted_networks: Arc<[IpNet]> = config.trusted_networks.into();
        let names = Arc::new(config.names);
        let client = |resolver| client(&config.user_agent, config.per_host_concurrency, tls.clone(), resolver);
        let inner = Inner {
            guarded: client(Resolver::guarded(Arc::clone(&names), Arc::clone(&trusted_networks)))?,
            open: client(Resolver::open(names))?,
            hosts: Hosts::new(config.per_host_concurrency),
            trusted_origins,
            trusted_networks,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether a request to `url` would be sent under this list; what its name resolves to is checked when connecting.
    pub fn permits(&self, allow: &AllowList, url: &Url) -> Result<(), Refused> {
        self.hop(allow, url.clone()).map(|_| ())
    }

    /// Sends a request, follows at most [`limits::REDIRECTS_MAX`] redirects, each checked as the first address was,
    /// and returns when the head of the answer has come.
    pub async fn fetch(&self, allow: &AllowList, request: Request<'_>) -> Result<Answer, FetchError> {
        let patience = Patience::new(request.idle_timeout, request.total_timeout);
        let mut hop = self.hop(allow, request.url.clone())?;
        for _ in 0..=limits::REDIRECTS_MAX {
            let place = patience.queue(&hop.host, self.inner.hosts.place(&hop.authority)).await?;
            let response = match self.send(&hop, &request, &patience).await {
                // A kept connection may have died unnoticed, so what can be asked twice is.
                Err(FetchError::NoAnswer { .. }) if request.is_repeatable() => self.send(&hop, &request, &patience).await?,
                sent => sent?,
            };
            if !request.may_follow() {
                return answer(hop, &request, response, patience, place);
            }
            let Some(target) = redirect_target(&hop, &request.method, &response)? else {
                return answer(hop, &request, response, patience, place);
            };
            hop = self.hop(allow, target).map_err(|refused| FetchError::RedirectRefused { host: hop.host.clone(), refused })?;
        }
        Err(FetchError::TooManyRedirects { host: hop.host })
    }

    /// As [`Self::fetch`], with the body read to its end.
    pub async fn fetch_all(&self, allow: &AllowList, request: Request<'_>) -> Result<(Meta, Bytes), FetchError> {
        self.fetch(allow, request).await?.read().await
    }

    /// The client for a library that makes its own requests to other servers: it connects to public addresses alone and
    /// follows no redirect. With `insecure` it connects anywhere.
    pub fn peer_client(&self, insecure: bool) -> Client {
        if insecure { self.inner.open.clone() } else { self.inner.guarded.clone() }
    }

    fn hop(&self, allow: &AllowList, url: Url) -> Result<Hop, Refused> {
        let origin = Origin::of(&url)?;
        let trust = allow.trust(&origin, &url, &self.inner.trusted_origins, &self.inner.trusted_networks)?;
        let authority = format!("{}:{}", shown(origin.host()), origin.port());
        Ok(Hop { host: shown(origin.host()), authority, url, trust })
    }

    async fn send(&self, hop: &Hop, request: &Request<'_>, patience: &Patience) -> Result<Response, FetchError> {
        let client = match hop.trust {
            Trust::Operator => &self.inner.open,
            Trust::Learned => &self.inner.guarded,
        };
        let mut builder = match &request.method {
            Method::Get => client.get(hop.url.clone()),
            Method::Head => client.head(hop.url.clone()),
            Method::Post(payload) => with_payload(client.post(hop.url.clone()), payload),
            Method::Put(payload) => with_payload(client.put(hop.url.clone()), payload),
            Method::Delete => client.delete(hop.url.clone()),
            Method::Upload(upload) => with_upload(client, hop, upload)?,
        };
        let encoding = if request.wants_identity() { "identity" } else { "gzip" };
        let fields = [
            (header::ACCEPT, request.accept),
            (header::IF_NONE_MATCH, request.if_none_match),
            (header::IF_MODIFIED_SINCE, request.if_modified_since),
            (header::RANGE, request.range),
            (header::ACCEPT_ENCODING, Some(encoding)),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                builder = builder.header(name, value);
            }
        }
        if hop.url == *request.url {
            for (name, value) in request.fields.iter().filter(|(name, _)| *name != "host") {
                builder = builder.header(*name, value);
            }
            if let Some(authorization) = &request.authorization {
                let bad =
                    || FetchError::BadRequest { host: hop.host.clone(), cause: "what proves who asks is no text".to_owned() };
                builder = builder.header(header::AUTHORIZATION, authorization.value().ok_or_else(bad)?);
            }
        }
        let Method::Upload(upload) = &request.method else {
            let sent = patience.wait(&hop.host, builder.send()).await?;
            return sent.map_err(|error| FetchError::before_answer(&hop.host, error));
        };
        let sent = patience.wait_moving(&hop.host, || upload.moved(), builder.send()).await?;
        sent.map_err(|error| match upload.broken() {
            Some(cause) => FetchError::SourceBroken { host: hop.host.clone(), cause: shown(&cause) },
            None => FetchError::before_answer(&hop.host, error),
        })
    }
}

fn with_payload(builder: RequestBuilder, payload: &Payload) -> RequestBuilder {
    let builder = builder.body(payload.bytes.clone()).header(header::CONTENT_TYPE, &payload.content_type);
    match &payload.content_encoding {
        Some(encoding) => builder.header(header::CONTENT_ENCODING, encoding),
        None => builder,
    }
}

fn with_upload(client: &Client, hop: &Hop, upload: &Upload) -> Result<RequestBuilder, FetchError> {
    let builder = match upload.verb {
        Verb::Put => client.put(hop.url.clone()),
        Verb::Post => client.post(hop.url.clone()),
    };
    let spent = || FetchError::BadRequest { host: hop.host.clone(), cause: "its body was sent before".to_owned() };
    let body = upload.body().ok_or_else(spent)?;
    // The length is known, so the host can tell a whole body from one that was broken off.
    let builder = builder.header(header::CONTENT_TYPE, &upload.content_type).header(header::CONTENT_LENGTH, upload.length);
    Ok(builder.body(body))
}

/// One TLS set-up for all clients of the process, unless roots are added: reading the system's authorities is the
/// slowest step of a start.
fn system_or_extended_tls(extra_root_pem: &[String]) -> Result<TlsConnector, BuildError> {
    static SYSTEM: OnceLock<TlsConnector> = OnceLock::new();
    if !extra_root_pem.is_empty() {
        return tls(extra_root_pem);
    }
    if let Some(known) = SYSTEM.get() {
        return Ok(known.clone());
    }
    let built = tls(&[])?;
    Ok(SYSTEM.get_or_init(|| built).clone())
}

fn tls(extra_root_pem: &[String]) -> Result<TlsConnector, BuildError> {
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(native_tls::Protocol::Tlsv12)).request_alpns(&["h2", "http/1.1"]);
    for (number, pem) in (1..).zip(extra_root_pem) {
        let bad = |cause: String| BuildError::ExtraRoot { number, cause };
        let roots = native_tls::Certificate::stack_from_pem(pem.as_bytes()).map_err(|error| bad(chain(&error)))?;
        if roots.is_empty() {
            return Err(bad("there is no certificate in it".to_owned()));
        }
        for root in roots {
            builder.add_root_certificate(root);
        }
    }
    builder.build().map_err(|error| BuildError::Client { cause: chain(&error) })
}

fn client(agent: &str, idle: usize, tls: TlsConnector, resolver: Resolver) -> Result<Client, BuildError> {
    Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(agent)
        .dns_resolver(resolver)
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        // Bodies are unpacked here, where the bound on them is.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .retry(reqwest::retry::never())
        .connect_timeout(limits::CONNECT_TIMEOUT)
        .pool_idle_timeout(limits::POOL_IDLE_TIMEOUT)
        .pool_max_idle_per_host(idle)
        .http1_max_headers(limits::HEADERS_MAX)
        .http2_max_header_list_size(limits::HEADER_LIST_BYTES_MAX)
        .build()
        .map_err(|error| BuildError::Client { cause: chain(&error) })
}

/// Where an answer sends us on to, if it does.
fn redirect_target(hop: &Hop, method: &Method, response: &Response) -> Result<Option<Url>, FetchError> {
    let keeps_method = match response.status() {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => false,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        _ => return Ok(None),
    };
    let bad = |why| FetchError::BadRedirect { host: hop.host.clone(), why };
    if matches!(method, Method::Post(_)) && !keeps_method {
        return Err(bad("it would turn a question into a read"));
    }
    let location = response.headers().get(header::LOCATION).ok_or_else(|| bad("it names no target"))?;
    let location = location.to_str().map_err(|_| bad("its target is not text"))?;
    hop.url.join(location).map(Some).map_err(|_| bad("its target is not an address"))
}

fn answer(
    hop: Hop,
    request: &Request<'_>,
    response: Response,
    patience: Patience,
    place: OwnedSemaphorePermit,
) -> Result<Answer, FetchError> {
    let decoding = !request.wants_identity() && is_gzip(&hop.host, response.headers())?;
    let status = response.status();
    let bodiless =
        matches!(request.method, Method::Head) || matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT);
    let promised = promised_length(response.headers()).filter(|_| !bodiless);
    if promised.is_some_and(|promised| promised > request.max_bytes) {
        return Err(FetchError::TooLarge { host: hop.host, max_bytes: request.max_bytes });
    }
    let meta = Meta::of(status.as_u16(), hop.url, response.headers(), decoding);
    tracing::debug!(host = %hop.host, status = status.as_u16(), "foreign host answered");
    let incoming = Incoming {
        host: hop.host,
        wire: response.bytes_stream().boxed(),
        gunzip: (decoding && !bodiless).then(Gunzip::new),
        promised,
        max_bytes: request.max_bytes,
        patience,
        place,
    };
    Ok(Answer { meta, body: incoming.into_body() })
}

/// Whether the body is gzip; another encoding than the one asked for is an error.
fn is_gzip(host: &str, headers: &HeaderMap) -> Result<bool, FetchError> {
    let Some(encoding) = headers.get(header::CONTENT_ENCODING) else { return Ok(false) };
    let encoding = String::from_utf8_lossy(encoding.as_bytes()).trim().to_ascii_lowercase();
    match encoding.as_str() {
        "gzip" | "x-gzip" => Ok(true),
        "" | "identity" => Ok(false),
        _ => Err(FetchError::BadEncoding { host: host.to_owned(), encoding: shown(&encoding) }),
    }
}
