//! Bytes from files and addresses, bounded, with a progress bar where somebody watches.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use url::{Host, Url};

use crate::exit::Failure;
use crate::limits::{ANSWER_BYTES_MAX, ANSWER_TIMEOUT, CONNECT_TIMEOUT, REDIRECTS_MAX};
use crate::terminal::Progress;

/// The way to files and the network.
pub(crate) struct Fetcher {
    offline: bool,
    progress: Progress,
}

/// Whether an argument is an address rather than a file.
pub(crate) fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

impl Fetcher {
    pub(crate) fn new(offline: bool, progress: Progress) -> Self {
        Self { offline, progress }
    }

    /// The bytes of a file or address.
    pub(crate) fn bytes(&self, place: &str, bytes_max: u64) -> Result<Vec<u8>, Failure> {
        if is_address(place) { self.get(&parse(place)?, bytes_max) } else { self.file(Path::new(place), bytes_max) }
    }

    /// The bytes of a file.
    #[expect(clippy::unused_self, reason = "reading a file is asked of the same one as fetching")]
    pub(crate) fn file(&self, path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
        let wrong = |why: String| Failure::File { place: path.display().to_string(), why };
        let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
        let mut bytes = Vec::new();
        file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > bytes_max {
            return Err(wrong(format!("it has more than {bytes_max} bytes")));
        }
        Ok(bytes)
    }

    /// The bytes at an address.
    pub(crate) fn get(&self, url: &Url, bytes_max: u64) -> Result<Vec<u8>, Failure> {
        let agent = self.agent(url)?;
        let accept = "application/json, application/activity+json;q=0.9, application/toml, text/plain;q=0.8, */*;q=0.5";
        let response = agent.get(url.as_str()).header("accept", accept).call().map_err(|error| unreachable(url, &error))?;
        self.body(url, response, bytes_max)
    }

    /// What an address answers to a JSON document.
    pub(crate) fn post(&self, url: &Url, question: &Value) -> Result<Vec<u8>, Failure> {
        let agent = self.agent(url)?;
        let request = agent.post(url.as_str()).header("accept", "application/json");
        let response = request.send_json(question).map_err(|error| unreachable(url, &error))?;
        self.body(url, response, ANSWER_BYTES_MAX)
    }

    fn agent(&self, url: &Url) -> Result<ureq::Agent, Failure> {
        if self.offline {
            return Err(Failure::Unreachable { url: url.to_string(), why: "--offline forbids the network".to_owned() });
        }
        let plain = url.scheme() == "http";
        let config = ureq::Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(ANSWER_TIMEOUT))
            .max_redirects(REDIRECTS_MAX)
            .http_status_as_error(false)
            .https_only(!plain)
            .user_agent(concat!("vetmoot/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(config.into())
    }

    fn body(&self, url: &Url, mut response: ureq::http::Response<ureq::Body>, bytes_max: u64) -> Result<Vec<u8>, Failure> {
        let status = response.status().as_u16();
        let length = response.body().content_length();
        let reader = response.body_mut().with_config().limit(bytes_max).reader();
        let mut bytes = Vec::new();
        let bar = self.progress.download(url, length);
        bar.wrap_read(reader).read_to_end(&mut bytes).map_err(|error| unreachable(url, &error))?;
        bar.finish_and_clear();
        if (200..300).contains(&status) {
            return Ok(bytes);
        }
        Err(Failure::Answer { url: url.to_string(), status, why: problem(&bytes) })
    }
}

/// Reads an address; http is for this machine alone, where nobody can stand in between.
pub(crate) fn parse(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).map_err(|error| Failure::Usage(format!("`{text}` is no address: {error}")))?;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "https" || (url.scheme() == "http" && here) {
        return Ok(url);
    }
    Err(Failure::Usage(format!("`{text}` is not fetched: only https addresses are, and http ones on this machine")))
}

fn unreachable(url: &Url, error: &dyn std::error::Error) -> Failure {
    Failure::Unreachable { url: url.to_string(), why: error.to_string() }
}

/// Title and detail of a problem document (RFC 9457), else the first line of the answer.
fn problem(bytes: &[u8]) -> String {
    let document: Option<Value> = serde_json::from_slice(bytes).ok();
    let text = |field: &str| document.as_ref()?.get(field)?.as_str().map(str::to_owned);
    let said = match (text("title"), text("detail")) {
        (Some(title), Some(detail)) => format!("{title}: {detail}"),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => String::from_utf8_lossy(bytes).lines().next().unwrap_or("nothing more").to_owned(),
    };
    said.chars().filter(|c| !c.is_control()).take(300).collect()
}
