//! WebFinger (RFC 7033): which actor a handle means, asked until the answer leads back to itself.

use serde::Deserialize;
use url::Url;
use vetmoot_outbound::Request;
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::errand::{Errand, answered};
use super::{Hops, address, allowed};
use crate::limits::{FETCH_STALL_TIMEOUT, FETCH_TIMEOUT, JRD_BYTES_MAX, JRD_LINKS_MAX};

/// A name at a host, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    name: String,
    host: String,
}

impl Account {
    /// Reads `@name@host`, `name@host` or `acct:name@host`; a host may have a port.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("acct:").unwrap_or(text);
        let text = text.strip_prefix('@').unwrap_or(text);
        let (name, host) = text.split_once('@')?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        let name_is_plain = !name.is_empty() && name.len() <= 200 && name.bytes().all(plain);
        // The parser of addresses turns names of other scripts into the form that is asked for.
        let url = Url::parse(&format!("https://{host}/")).ok()?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !name_is_plain || !bare || host.contains(['/', '?', '#', '@', '\\']) {
            return None;
        }
        let host = url.host_str()?.trim_end_matches('.');
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Some(Self { name: name.to_ascii_lowercase(), host })
    }
    /// The name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.name, self.host)
    }
}

#[derive(Deserialize)]
struct Jrd {
    subject: String,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    rel: String,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    href: Option<String>,
}

/// The actor an account means, and the account it goes by.
///
/// An answer with another subject is asked about once more; then it has to name itself and the same actor. So a host can
/// hand its names to another one, and nobody can take a name that is not theirs.
pub(crate) async fn confirm(ctx: &Ctx, account: &Account) -> Result<(Url, Account), Problem> {
    let (actor, subject) = ask(ctx, account).await?;
    if subject == *account {
        return Ok((actor, subject));
    }
    let (again, named) = ask(ctx, &subject).await?;
    if again == actor && named == subject {
        return Ok((actor, subject));
    }
    let text = format!("{account} is said to be {subject}, which does not say so itself");
    Err(Problem::new(Kind::Upstream, "handle-not-confirmed", text))
}

async fn ask(ctx: &Ctx, account: &Account) -> Result<(Url, Account), Problem> {
    let bad = |why: &str| Problem::new(Kind::Upstream, "webfinger-unreadable", format!("{}: {why}", account.host));
    let scheme = if ctx.insecure { "http" } else { "https" };
    let mut url = Url::parse(&format!("{scheme}://{}/.well-known/webfinger", account.host)).map_err(|_| bad("no such host"))?;
    url.query_pairs_mut().append_pair("resource", &format!("acct:{account}"));
    Errand { ctx: ctx.clone(), hops: Hops::Anywhere }.permits(&url)?;
    let request = Request {
        accept: Some("application/jrd+json, application/json"),
        max_bytes: JRD_BYTES_MAX,
        total_timeout: FETCH_TIMEOUT,
        idle_timeout: FETCH_STALL_TIMEOUT,
        ..Request::get(&url)
    };
    let (meta, bytes) = ctx.outbound.fetch_all(&allowed(ctx), request).await?;
    if !meta.is_success() {
        return Err(answered(reqwest_middleware::reqwest::StatusCode::from_u16(meta.status).unwrap_or_default()));
    }
    let jrd: Jrd = serde_json::from_slice(&bytes).map_err(|_| bad("its answer is no WebFinger document"))?;
    let subject = jrd.subject.strip_prefix("acct:").and_then(Account::parse).ok_or_else(|| bad("it names no account"))?;
    let is_activity = |link: &&Link| {
        let kind = link.kind.as_deref().unwrap_or_default();
        link.rel == "self" && super::literal::is_activity(kind)
    };
    let href = jrd.links.iter().take(JRD_LINKS_MAX).filter(is_activity).find_map(|link| link.href.as_deref());
    let (actor, _) = address(href.ok_or_else(|| bad("it names no actor"))?)?;
    Ok((actor, subject))
}
