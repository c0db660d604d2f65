//! A plain HTTP client for questions that no package manager asks.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::limits;

/// A host and the address it is found at.
type Place = (String, SocketAddr);

/// One client for everybody, and one for each place somebody named: making one reads every root certificate there is.
static CLIENTS: LazyLock<Mutex<BTreeMap<Option<Place>, reqwest::Client>>> = LazyLock::new(Mutex::default);

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case; of several with one name, the last.
    pub headers: BTreeMap<String, String>,
    /// The bytes, as they were sent after transfer decoding.
    pub body: Vec<u8>,
}

impl Answer {
    /// The bytes as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The bytes as JSON.
    ///
    /// # Panics
    /// When they are none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// One header, or nothing.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A question in the making.
#[derive(Debug, Clone)]
pub struct Ask {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    place: Option<Place>,
}

impl Ask {
    /// Any method.
    pub fn new(method: &str, url: &str) -> Self {
        Self { method: method.to_owned(), url: url.to_owned(), headers: Vec::new(), body: Vec::new(), place: None }
    }

    /// `GET`.
    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// `POST` of JSON.
    pub fn post_json(url: &str, body: &serde_json::Value) -> Self {
        let mut ask = Self::new("POST", url).header("content-type", "application/json");
        ask.body = body.to_string().into_bytes();
        ask
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        self
    }

    /// With a host that is found at this address, whatever the machine's name service says.
    #[must_use]
    pub fn at(mut self, host: &str, address: SocketAddr) -> Self {
        self.place = Some((host.to_owned(), address));
        self
    }

    /// Asks, follows no redirect, and reads the whole answer; the error is the client's words.
    pub fn send(self) -> Result<Answer, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        runtime.block_on(self.exchange()).map_err(|error| format!("{error:?}"))
    }

    /// Asks and expects an answer, whatever its status.
    ///
    /// # Panics
    /// When there is none.
    pub fn answer(self) -> Answer {
        let what = format!("{} {}", self.method, self.url);
        self.send().unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    async fn exchange(self) -> Result<Answer, reqwest::Error> {
        let client = client(self.place.as_ref())?;
        let method = self.method.parse().unwrap_or(reqwest::Method::GET);
        let mut request = client.request(method, self.url).body(self.body);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let named = |name: &reqwest::header::HeaderName| name.as_str().to_owned();
        let headers =
            answer.headers().iter().map(|(name, value)| (named(name), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let headers = headers.collect();
        Ok(Answer { status, headers, body: answer.bytes().await?.to_vec() })
    }
}

/// The client for a place. Every question has a connection of its own: one that was kept would belong to the runtime of
/// the question before, which has ended.
fn client(place: Option<&Place>) -> Result<reqwest::Client, reqwest::Error> {
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = place.cloned();
    if let Some(client) = clients.get(&key) {
        return Ok(client.clone());
    }
    let mut builder = reqwest::Client::builder().pool_max_idle_per_host(0);
    if let Some((host, address)) = place {
        builder = builder.resolve(host, *address);
    }
    let client = builder.redirect(reqwest::redirect::Policy::none()).no_proxy().no_gzip().timeout(limits::ANSWER).build()?;
    if clients.len() >= limits::PLACES_KNOWN_MAX {
        clients.clear();
    }
    clients.insert(key, client.clone());
    Ok(client)
}

/// `GET` and an answer, whatever its status.
pub fn get(url: &str) -> Answer {
    Ask::get(url).answer()
}

/// Whether an address answers 200.
pub fn is_up(url: &str) -> bool {
    Ask::get(url).send().is_ok_and(|answer| answer.status == 200)
}
