//! Settings: file, then environment, then flags; unknown keys are errors.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use vetmoot_domain::Ecosystem;
use vetmoot_workflows::reserved::{Pattern, Reserved};
use vetmoot_workflows::submission::Publishing;

use crate::cli::Flags;

/// Where the instance listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:8480";
/// Where everything is kept unless told otherwise.
const DATA: &str = "vetmoot-data";

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{field}: {text}")]
pub struct SettingsError {
    /// The key at fault.
    pub field: String,
    /// What is wrong and what would be right.
    pub text: String,
}

fn wrong(field: &str, text: impl std::fmt::Display) -> SettingsError {
    SettingsError { field: field.to_owned(), text: text.to_string() }
}

/// The file's and the environment's form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Document {
    server: Server,
    database: Database,
    blobs: Blobs,
    upstream: Upstream,
    reserved: ReservedNames,
    federation: Federation,
    metrics: Metrics,
    outbound: Outbound,
    publish: Publish,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Publish {
    /// The policy that vets projects which name none.
    policy: Option<String>,
    /// How long after its last file a draft counts as whole.
    quiet: Option<String>,
    cargo: Option<String>,
    pypi: Option<String>,
    npm: Option<String>,
    /// Issuers of identities that stand in for tokens.
    issuers: Vec<String>,
    /// Most bytes of one uploaded file.
    file_max: Option<String>,
    /// How long one upload may take altogether.
    upload_time: Option<String>,
    /// How long an upload may be silent in its middle.
    upload_silence: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Server {
    data: Option<PathBuf>,
    listen: Option<String>,
    domain: Option<String>,
    trusted_proxy: Vec<String>,
    name: Option<String>,
    about: Option<String>,
    master_key_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Database {
    url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Blobs {
    dir: Option<PathBuf>,
    max: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Upstream {
    cargo: Option<String>,
    pypi: Option<String>,
    npm: Option<String>,
    /// Further origins from which files of configured indexes may come.
    files: Vec<String>,
    /// How long a listing counts as fresh.
    fresh: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReservedNames {
    names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Federation {
    insecure: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Metrics {
    listen: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Outbound {
    /// Certificates (PEM files) trusted beside the system's.
    extra_root: Vec<PathBuf>,
}

/// What the instance runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where everything is kept.
    pub data: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Its domain.
    pub domain: Option<String>,
    /// The database's URL.
    pub database: Option<String>,
    /// Where artifacts are kept.
    pub blobs: PathBuf,
    /// Most bytes artifacts may take.
    pub blobs_max: Option<u64>,
    /// Indexes in place of the official ones.
    pub upstreams: BTreeMap<Ecosystem, url::Url>,
    /// Further origins their files may come from.
    pub upstream_files: Vec<url::Url>,
    /// How long a listing counts as fresh before upstream is asked again.
    pub listing_fresh: vetmoot_domain::Span,
    /// Networks whose forwarding headers are believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Names that never leave the instance.
    pub reserved: Reserved,
    /// How many patterns that are.
    pub reserved_count: usize,
    /// Whether http, ports and loopback peers are allowed in federation.
    pub federation_insecure: bool,
    /// Where `/metrics` listens, when it does.
    pub metrics: Option<SocketAddr>,
    /// What the community is called.
    pub name: String,
    /// What it is, in a sentence.
    pub about: String,
    /// The file with the key that encrypts private keys at rest.
    pub master_key_file: Option<PathBuf>,
    /// Extra root certificates, PEM.
    pub extra_roots: Vec<String>,
    /// How releases are vetted and passed on.
    pub publishing: Publishing,
}

impl Settings {
    /// Reads file, environment and flags, the later ones winning.
    pub fn read(flags: &Flags) -> Result<Self, SettingsError> {
        let mut builder = config::Config::builder();
        if let Some(file) = &flags.config {
            if !file.is_file() {
                return Err(wrong("config", format!("there is no file {}", file.display())));
            }
            builder = builder.add_source(config::File::from(file.as_path()).format(config::FileFormat::Toml));
        }
        let environment = config::Environment::with_prefix("VETMOOT")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("server.trusted_proxy")
            .with_list_parse_key("upstream.files")
            .with_list_parse_key("reserved.names")
            .with_list_parse_key("outbound.extra_root")
            .with_list_parse_key("publish.issuers");
        let document: Document = builder
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|error| wrong("config", format!("{error}; docs/OPERATING.md lists every key")))?;
        Self::settle(document, flags)
    }

    fn settle(document: Document, flags: &Flags) -> Result<Self, SettingsError> {
        let Document { server, database, blobs, upstream, reserved, federation, metrics, outbound, publish } = document;
        let data = flags.data.clone().or(server.data).unwrap_or_else(|| PathBuf::from(DATA));
        let listen = flags.listen.clone().or(server.listen).unwrap_or_else(|| LISTEN.to_owned());
        let listen = listen
            .parse()
            .map_err(|_| wrong("listen", format!("`{listen}` is no address and port; write for example {LISTEN}")))?;
        let domain = flags.domain.clone().or(server.domain).map(|domain| check_domain(&domain)).transpose()?;
        let proxies = if flags.trusted_proxy.is_empty() { server.trusted_proxy } else { flags.trusted_proxy.clone() };
        let networks = proxies.iter().map(|text| {
            text.parse().map_err(|_| wrong("trusted_proxy", format!("`{text}` is no network; write for example 10.0.0.0/8")))
        });
        let patterns =
            reserved.names.iter().map(|name| name.parse::<Pattern>().map_err(|error| wrong("reserved.names", error)));
        let patterns: Vec<Pattern> = patterns.collect::<Result<_, _>>()?;
        let max = flags.blobs_max.clone().or(blobs.max);
        let metrics = metrics
            .listen
            .map(|text| text.parse().map_err(|_| wrong("metrics.listen", format!("`{text}` is no address and port"))));
        Ok(Self {
            listen,
            domain,
            database: flags.database.clone().or(database.url),
            blobs: flags.blobs.clone().or(blobs.dir).unwrap_or_else(|| data.join("blobs")),
            blobs_max: max.map(|text| size("blobs_max", &text)).transpose()?,
            publishing: publishing(&publish)?,
            upstreams: upstreams(&upstream, &flags.upstream)?,
            upstream_files: upstream.files.iter().map(|text| address("upstream.files", text)).collect::<Result<_, _>>()?,
            listing_fresh: fresh(upstream.fresh.as_deref())?,
            trusted_proxies: networks.collect::<Result<_, _>>()?,
            reserved_count: patterns.len(),
            reserved: Reserved::new(patterns),
            federation_insecure: flags.federation_insecure || federation.insecure,
            metrics: metrics.transpose()?,
            name: server.name.unwrap_or_else(|| "Vetmoot".to_owned()),
            about: server.about.unwrap_or_else(|| "A community that vets packages together.".to_owned()),
            master_key_file: server.master_key_file,
            extra_roots: outbound.extra_root.iter().map(|path| read_text(path)).collect::<Result<_, _>>()?,
            data,
        })
    }
}

fn publishing(said: &Publish) -> Result<Publishing, SettingsError> {
    let mut settings = Publishing::default();
    if let Some(policy) = &said.policy {
        settings.policy = policy.parse().map_err(|error| wrong("publish.policy", error))?;
    }
    if let Some(quiet) = &said.quiet {
        settings.quiet = quiet.parse().map_err(|error| wrong("publish.quiet", error))?;
    }
    if let Some(max) = &said.file_max {
        settings.file_bytes_max = size("publish.file_max", max)?;
    }
    if let Some(time) = &said.upload_time {
        settings.upload_time = time.parse().map_err(|error| wrong("publish.upload_time", error))?;
    }
    if let Some(silence) = &said.upload_silence {
        settings.upload_silence = silence.parse().map_err(|error| wrong("publish.upload_silence", error))?;
    }
    for (ecosystem, text) in [(Ecosystem::Cargo, &said.cargo), (Ecosystem::Pypi, &said.pypi), (Ecosystem::Npm, &said.npm)] {
        if let Some(text) = text {
            settings.targets.insert(ecosystem, address(&format!("publish.{ecosystem}"), text)?);
        }
    }
    settings.issuers = said.issuers.iter().map(|text| address("publish.issuers", text)).collect::<Result<_, _>>()?;
    Ok(settings)
}

fn read_text(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path)
        .map_err(|error| wrong("outbound.extra_root", format!("{} cannot be read: {error}", path.display())))
}

fn fresh(text: Option<&str>) -> Result<vetmoot_domain::Span, SettingsError> {
    match text {
        Some(text) => text.parse().map_err(|error| wrong("upstream.fresh", error)),
        None => Ok(vetmoot_workflows::limits::LISTING_FRESH),
    }
}

fn check_domain(text: &str) -> Result<String, SettingsError> {
    let url: Result<url::Url, _> = format!("https://{text}/").parse();
    let fine = url.is_ok_and(|url| url.path() == "/" && url.username().is_empty() && url.query().is_none() && url.has_host());
    if fine {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(wrong("domain", format!("`{text}` is no host; write for example vet.example.org")))
    }
}

fn address(field: &str, text: &str) -> Result<url::Url, SettingsError> {
    let text = text.strip_prefix("sparse+").unwrap_or(text);
    let url: url::Url = text.parse().map_err(|error| wrong(field, format!("`{text}` is no URL: {error}")))?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err(wrong(field, format!("`{text}` is neither http nor https")))
    }
}

fn upstreams(file: &Upstream, flags: &[String]) -> Result<BTreeMap<Ecosystem, url::Url>, SettingsError> {
    let mut upstreams = BTreeMap::new();
    for (ecosystem, text) in [(Ecosystem::Cargo, &file.cargo), (Ecosystem::Pypi, &file.pypi), (Ecosystem::Npm, &file.npm)] {
        if let Some(text) = text {
            upstreams.insert(ecosystem, address(&format!("upstream.{ecosystem}"), text)?);
        }
    }
    for flag in flags {
        let (ecosystem, text) = flag
            .split_once('=')
            .ok_or_else(|| wrong("upstream", "write ECOSYSTEM=URL, for example pypi=https://mirror.example/simple/"))?;
        let ecosystem: Ecosystem = ecosystem.parse().map_err(|error| wrong("upstream", error))?;
        upstreams.insert(ecosystem, address("upstream", text)?);
    }
    Ok(upstreams)
}

/// A size in bytes: a number with `KiB`, `MiB`, `GiB`, `TiB`, their decimal cousins, or nothing.
fn size(field: &str, text: &str) -> Result<u64, SettingsError> {
    let bad = || wrong(field, format!("`{text}` is no size; write for example 20GiB"));
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = text.get(digits.len()..).unwrap_or_default().trim().to_ascii_lowercase();
    let factor: u64 = match unit.as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return Err(bad()),
    };
    digits.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn sizes_are_read_in_both_kinds_of_units() {
        for (text, bytes) in [("1", 1), ("2KiB", 2048), ("20 GiB", 20 << 30), ("1MB", 1_000_000)] {
            assert_eq!(size("blobs_max", text).unwrap(), bytes);
        }
        for bad in ["", "GiB", "1.5GiB", "10 parsecs", "99999999999TiB"] {
            assert!(size("blobs_max", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn flags_name_the_field_at_fault() {
        let check = |flags: Flags, field: &str| assert_eq!(Settings::read(&flags).unwrap_err().field, field);
        check(Flags { listen: Some("nowhere".into()), ..Flags::default() }, "listen");
        check(Flags { domain: Some("a/b".into()), ..Flags::default() }, "domain");
        check(Flags { upstream: vec!["gem=http://x".into()], ..Flags::default() }, "upstream");
        check(Flags { upstream: vec!["npm=ftp://x".into()], ..Flags::default() }, "upstream");
        check(Flags { trusted_proxy: vec!["here".into()], ..Flags::default() }, "trusted_proxy");
    }
}
