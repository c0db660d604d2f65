//! The official index behind one ecosystem's door, or the mirror an operator put in its place.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use url::Url;
use vetmoot_domain::Ecosystem;
use vetmoot_ecosystems::cargo::IndexConfig;
use vetmoot_outbound::{AllowList, Outbound, Refused, Request};

use crate::limits::{CONFIG_BYTES_MAX, LISTING_TIMEOUT, STALL_TIMEOUT};
use crate::problem::{Kind, Problem};

/// One upstream index and where its files may come from.
#[derive(Debug)]
pub struct Upstream {
    base: Url,
    /// Whether the operator named it (then it may be private and plain http) or it is the official index.
    configured: bool,
    state: RwLock<State>,
}

#[derive(Debug, Clone)]
struct State {
    allow: Arc<AllowList>,
    /// A cargo index's own configuration, read once a start.
    config: Option<Arc<IndexConfig>>,
}

impl Upstream {
    /// The official index of an ecosystem.
    pub fn official(ecosystem: Ecosystem) -> Result<Self, Refused> {
        Self::official_at(ecosystem, vetmoot_ecosystems::Upstream::official(ecosystem))
    }

    /// An index at this address, ending in a slash, that is treated as the official one: what it says of itself is followed.
    pub fn official_at(ecosystem: Ecosystem, base: Url) -> Result<Self, Refused> {
        // Its name is our own choice and https proves who answers, so it may resolve to a mirror inside a closed network.
        let mut allow = AllowList::operator(&base)?;
        for host in vetmoot_ecosystems::Upstream::extra_hosts(ecosystem, &base) {
            let Ok(files) = format!("https://{host}/").parse() else { continue };
            allow.add_operator(&files)?;
        }
        Ok(Self { base, configured: false, state: RwLock::new(State { allow: Arc::new(allow), config: None }) })
    }

    /// An index the operator configured, with further origins its files may come from.
    pub fn configured(base: Url, files: &[Url]) -> Result<Self, Refused> {
        let mut base = base;
        if !base.path().ends_with('/') {
            // Index documents are joined to the base, which only keeps its last segment when it ends in a slash.
            base.set_path(&format!("{}/", base.path()));
        }
        let mut allow = AllowList::operator(&base)?;
        for origin in files {
            allow.add_operator(origin)?;
        }
        Ok(Self { base, configured: true, state: RwLock::new(State { allow: Arc::new(allow), config: None }) })
    }

    /// The index's address, ending in a slash.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Whether the operator configured it.
    pub fn is_configured(&self) -> bool {
        self.configured
    }

    /// Where requests for this index may go.
    pub fn allow(&self) -> Arc<AllowList> {
        self.read(|state| state.allow.clone())
    }

    /// The address of something below the index's base.
    pub fn join(&self, path: &str) -> Result<Url, Problem> {
        self.base.join(path).map_err(|error| {
            Problem::new(Kind::Internal, "upstream-address", "the upstream index has an address that cannot be extended")
                .because(error)
        })
    }

    /// A cargo index's own configuration; the hosts it names join the allow-list.
    pub async fn cargo_config(&self, outbound: &Outbound) -> Result<Arc<IndexConfig>, Problem> {
        if let Some(config) = self.read(|state| state.config.clone()) {
            return Ok(config);
        }
        let url = self.join("config.json")?;
        let request = Request {
            accept: Some("application/json, text/plain"),
            max_bytes: CONFIG_BYTES_MAX,
            total_timeout: LISTING_TIMEOUT,
            idle_timeout: STALL_TIMEOUT,
            ..Request::get(&url)
        };
        let (meta, body) = outbound.fetch_all(&self.allow(), request).await?;
        if !meta.is_success() {
            return Err(Problem::new(
                Kind::Upstream,
                "upstream-status",
                format!("the cargo index answered {} to config.json", meta.status),
            ));
        }
        let config = vetmoot_ecosystems::cargo::read_config(&body).map_err(|error| {
            Problem::new(Kind::Upstream, "upstream-config", format!("the cargo index has an unreadable config.json: {error}"))
        })?;
        let config = Arc::new(config);
        let mut state = self.state.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut allow = (*state.allow).clone();
        for named in [Some(config.dl.as_str()), config.api.as_deref()].into_iter().flatten() {
            // A template's markers stand in its path; the origin is what counts here.
            let Ok(url) = named.split('{').next().unwrap_or(named).parse::<Url>() else { continue };
            if let Err(refused) = learn(&mut allow, &self.base, &url) {
                tracing::warn!(%refused, "the cargo index names a host that is not used");
            }
        }
        state.allow = Arc::new(allow);
        state.config = Some(config.clone());
        Ok(config)
    }

    fn read<T>(&self, of: impl FnOnce(&State) -> T) -> T {
        of(&self.state.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// Takes in an origin that an index's configuration names. Over https the certificate proves who answers, so it may lie
/// in a closed network; plain http counts only on the index's own host, or an index could point us at whatever listens inside.
fn learn(allow: &mut AllowList, base: &Url, named: &Url) -> Result<(), Refused> {
    let same_host = base.scheme() == "http" && base.host() == named.host();
    if named.scheme() == "https" || same_host { allow.add_operator(named) } else { allow.extend(named) }
}

/// The upstream of every ecosystem.
#[derive(Debug)]
pub struct Upstreams(BTreeMap<Ecosystem, Upstream>);

impl Upstreams {
    /// Official indexes, with those of `configured` in their place.
    pub fn new(configured: BTreeMap<Ecosystem, Upstream>) -> Result<Self, Refused> {
        let mut upstreams = configured;
        for ecosystem in Ecosystem::ALL {
            if !upstreams.contains_key(ecosystem) {
                upstreams.insert(*ecosystem, Upstream::official(*ecosystem)?);
            }
        }
        Ok(Self(upstreams))
    }
    /// The upstream of an ecosystem.
    pub fn of(&self, ecosystem: Ecosystem) -> &Upstream {
        self.0.get(&ecosystem).expect("`new` puts one upstream in for every ecosystem")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(base: &str, named: &str, expected: bool) {
        let (base, named): (Url, Url) = (base.parse().unwrap(), named.parse().unwrap());
        let mut allow = AllowList::operator(&base).unwrap();
        learn(&mut allow, &base, &named).unwrap();
        assert_eq!(allow.permits(&named).is_ok(), expected, "{base} names {named}");
    }

    #[test]
    fn an_index_cannot_point_us_at_what_listens_inside() {
        check("https://index.example/", "https://files.example/", true);
        check("https://index.example/", "http://127.0.0.1:9200/", false);
        check("http://127.0.0.1:8000/", "http://127.0.0.1:8001/", true);
        check("http://mirror.example/", "http://10.0.0.7/", false);
    }
}
