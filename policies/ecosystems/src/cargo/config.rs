//! `config.json`, where a sparse index says how its crates are downloaded.

use serde::{Deserialize, Serialize};
use url::Url;

use super::prefix;
use crate::limits::{INDEX_CONFIG_BYTES_MAX, URL_BYTES_MAX};

/// What a sparse index says about itself (Cargo Book, "Index configuration").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct IndexConfig {
    /// The template of download URLs; see [`download_url`].
    pub dl: String,
    /// The base URL of the web API; an index that only serves has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// Whether every request needs a token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auth_required: bool,
}

/// A `config.json` that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is larger than any real one.
    #[error("config.json has {0} bytes; at most {INDEX_CONFIG_BYTES_MAX} are read")]
    TooLarge(usize),
    /// It is no JSON object with a `dl`.
    #[error("config.json is not readable: {0}")]
    NotJson(String),
    /// Its `dl` gives no http or https URL.
    #[error("the `dl` template of config.json gives no http or https address")]
    Template,
}

impl ConfigError {
    /// A stable name of the case, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "index-config-too-large",
            Self::NotJson(_) => "index-config-not-json",
            Self::Template => "index-config-bad-template",
        }
    }
}

/// Reads a `config.json`; unknown keys are passed over.
pub fn read_config(bytes: &[u8]) -> Result<IndexConfig, ConfigError> {
    if bytes.len() > INDEX_CONFIG_BYTES_MAX {
        return Err(ConfigError::TooLarge(bytes.len()));
    }
    let config: IndexConfig = serde_json::from_slice(bytes).map_err(|error| ConfigError::NotJson(error.to_string()))?;
    if is_template(&config.dl) { Ok(config) } else { Err(ConfigError::Template) }
}

/// Writes a `config.json`.
pub fn write_config(config: &IndexConfig) -> Vec<u8> {
    serde_json::to_vec(config).expect("texts and flags can always be written")
}

/// Whether a `dl` template gives usable addresses.
pub(super) fn is_template(dl: &str) -> bool {
    if dl.len() > URL_BYTES_MAX {
        return false;
    }
    let sample = download_url(dl, "sample", "1.0.0", &"0".repeat(64));
    Url::parse(&sample).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
}

/// The download URL of a version: the template with its markers `{crate}`, `{version}`, `{prefix}`, `{lowerprefix}` and
/// `{sha256-checksum}` filled in, or with `/{crate}/{version}/download` appended when it has none of them.
pub fn download_url(dl: &str, name: &str, version: &str, cksum: &str) -> String {
    let prefix = prefix(name);
    let lower = prefix.to_ascii_lowercase();
    let markers = [
        ("{crate}", name),
        ("{version}", version),
        ("{prefix}", prefix.as_str()),
        ("{lowerprefix}", lower.as_str()),
        ("{sha256-checksum}", cksum),
    ];
    if markers.iter().any(|(marker, _)| dl.contains(marker)) {
        // A value cannot bring a marker of its own: names, versions and checksums have no braces.
        markers.iter().fold(dl.to_owned(), |url, (marker, value)| url.replace(marker, value))
    } else {
        format!("{}/{name}/{version}/download", dl.trim_end_matches('/'))
    }
}
