//! The official indexes' addresses, taken from crates that know them; none is spelled out here.

use url::Url;
use vetmoot_domain::Ecosystem;

/// Where an ecosystem's packages come from unless the operator says otherwise.
pub struct Upstream;

impl Upstream {
    /// The base URL of the official index, ending in a slash: [`crate::World::listing_path`] is appended to it.
    pub fn official(ecosystem: Ecosystem) -> Url {
        let address = match ecosystem {
            Ecosystem::Cargo => tame_index::CRATES_IO_HTTP_INDEX.trim_start_matches("sparse+").to_owned(),
            Ecosystem::Npm => deno_npmrc::NPM_DEFAULT_REGISTRY.to_owned(),
            // No light crate publishes this one; the index has its ecosystem's name and the path of PEP 503.
            Ecosystem::Pypi => format!("https://{ecosystem}.org/simple"),
        };
        let mut url = Url::parse(&address).expect("the constants are absolute URLs, as a test shows");
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        url
    }

    /// Where releases are uploaded at the official index; none where the index says so itself (cargo's `api`).
    pub fn official_upload(ecosystem: Ecosystem) -> Option<Url> {
        let address = match ecosystem {
            Ecosystem::Cargo => return None,
            Ecosystem::Npm => return Some(Self::official(ecosystem)),
            // As above: the ecosystem's name, and the path its upload form has had since the first one.
            Ecosystem::Pypi => format!("https://upload.{ecosystem}.org/legacy/"),
        };
        Some(Url::parse(&address).expect("the constants are absolute URLs, as a test shows"))
    }

    /// Whether a cargo client that names this index means the official one, in whichever of its forms.
    pub fn is_official_index(index: &str) -> bool {
        let bare =
            |text: &str| text.trim_start_matches("registry+").trim_start_matches("sparse+").trim_end_matches('/').to_owned();
        [tame_index::CRATES_IO_INDEX, tame_index::CRATES_IO_HTTP_INDEX].iter().any(|official| bare(official) == bare(index))
    }

    /// Further hosts on which the index at `base` is known to keep its files. What an index says of itself (cargo's `dl`)
    /// comes on top; for an index of the operator's own nothing is known beforehand.
    pub fn extra_hosts(ecosystem: Ecosystem, base: &Url) -> Vec<String> {
        let official = Self::official(ecosystem).host_str() == base.host_str();
        match ecosystem {
            Ecosystem::Pypi if official => vec![format!("files.{}hosted.org", "python")],
            _ => Vec::new(),
        }
    }
}
