//! The address this instance has for others; every URL it hands out begins with it, never with a request's `Host`.

use vetmoot_domain::Slug;

/// Scheme, host and port, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// The address of an instance that has a domain.
    pub fn of_domain(domain: &str, insecure: bool) -> Self {
        Self(format!("{}://{domain}", if insecure { "http" } else { "https" }))
    }
    /// The address of a trial: where it listens.
    pub fn of_listener(address: std::net::SocketAddr) -> Self {
        if address.ip().is_unspecified() {
            Self(format!("http://localhost:{}", address.port()))
        } else {
            Self(format!("http://{address}"))
        }
    }
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The address of a path that begins with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
    /// The page that explains a decision.
    pub fn why(&self, policy: &Slug, purl: &str) -> String {
        format!("{}/why/{policy}/{purl}", self.0)
    }
    /// Whether it is https.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}
