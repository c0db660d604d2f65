//! The addresses of things: one spelling each, and the way back from a path that somebody typed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use vetmoot_domain::{Artifact, CandidateId, Ecosystem, Package, Release, Version};
use vetmoot_frontend::parts::Link;
use vetmoot_workflows::Problem;
use vetmoot_workflows::policy::book::Adopted;

/// What stands unescaped in a query value.
const QUERY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'/').remove(b'@');
/// What stands unescaped in a package's name within a path.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@').remove(b'/');

/// What stands unescaped in one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'+');

/// What stands unescaped in a host with its port within a path.
const HOST: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b':').remove(b'[').remove(b']');

/// A value of a query, escaped.
pub fn query(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

/// The package's page.
pub fn package(package: &Package) -> String {
    format!("/packages/{}/{}", package.ecosystem(), utf8_percent_encode(package.name().as_str(), NAME))
}

/// The release's page.
pub fn release(release: &Release) -> String {
    format!("/releases/{release}")
}

/// The page that explains what a policy says of an artifact or release.
pub fn why(policy: &str, artifact: &Artifact) -> String {
    format!("/why/{policy}/{artifact}")
}

/// The project of a package.
pub fn project(package: &Package) -> String {
    format!("/projects/{package}")
}

/// A candidate's page.
pub fn candidate(id: &CandidateId) -> String {
    format!("/candidates/{id}")
}

/// A text as one segment of a path.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A policy's page.
pub fn policy(slug: &str) -> String {
    format!("/policies/{slug}")
}

/// An import's page. A followed community is called by its host, which no import's name looks like.
pub fn import(name: &str) -> String {
    if is_host(name) { peer(name) } else { format!("/imports/{}", utf8_percent_encode(name, NAME)) }
}

/// An audit's page. Anything but an id of ours leads to the page that says there is none.
pub fn audit(id: &str) -> String {
    format!("/audits/{}", utf8_percent_encode(id, NON_ALPHANUMERIC))
}

/// The page of a followed community.
pub fn peer(host: &str) -> String {
    format!("/peers/{}", utf8_percent_encode(host, HOST))
}

/// Whether a source's name is that of a community's host: imports are called without dots and colons.
pub fn is_host(name: &str) -> bool {
    name.contains(['.', ':'])
}

/// The form that records an audit of a release.
pub fn record(release: &Release, from: Option<&Version>) -> String {
    let from = from.map(|from| format!("&kind=delta&from={}", query(&release.package.release(from.clone()).to_string())));
    format!("/audits/new?release={}{}", query(&release.to_string()), from.unwrap_or_default())
}

/// The form for an advisory about a package.
pub fn advise(package: &Package) -> String {
    format!("/advisories/new?package={}", query(&package.to_string()))
}

/// What a policy is called: its title, and its slug where the title does not say it.
pub fn name_of(adopted: &Adopted) -> String {
    let title = adopted.policy.title();
    let plain: String = title
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    if title.is_empty() {
        adopted.slug.to_string()
    } else if plain == adopted.slug.as_str() {
        title.to_owned()
    } else {
        format!("{title} ({})", adopted.slug)
    }
}

/// A policy by its name, linked to its page.
pub fn policy_link(adopted: &Adopted) -> Link {
    Link::new(name_of(adopted), policy(adopted.slug.as_str()))
}

/// What follows a prefix in a path, when it is the same address however it is escaped: where to go instead, if anywhere.
///
/// Compared decoded, so that a proxy that decodes paths does not send browsers round in circles.
pub fn elsewhere(path: &str, canonical: &str) -> Option<String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    (decoded(path) != decoded(canonical)).then(|| canonical.to_owned())
}

/// The package that a path below `/packages/` names, in any spelling.
pub fn package_of(path: &str) -> Result<Package, Problem> {
    let bad = |text: String| Problem::not_found("bad-name", text);
    let rest = path.strip_prefix("/packages/").unwrap_or(path);
    let (ecosystem, name) =
        rest.split_once('/').ok_or_else(|| bad("a package's address is /packages/ECOSYSTEM/NAME".to_owned()))?;
    let ecosystem: Ecosystem = ecosystem.to_ascii_lowercase().parse().map_err(|error| bad(format!("{error}")))?;
    let name =
        percent_decode_str(name.trim_end_matches('/')).decode_utf8().map_err(|_| bad("the name is not text".to_owned()))?;
    Package::new(ecosystem, &name).map_err(|error| bad(error.to_string()))
}

/// The artifact that a path ends with, in any spelling; `file_name` may stand in the query as purls write it.
pub fn artifact_of(purl: &str, query: &str) -> Result<Artifact, Problem> {
    let text = if query.is_empty() { purl.to_owned() } else { format!("{purl}?{query}") };
    text.parse().map_err(|error: vetmoot_domain::package::PurlError| Problem::not_found("bad-purl", error.to_string()))
}

/// A release as people say it: "serde 1.0.219".
pub fn said(release: &Release) -> String {
    format!("{} {}", release.package.name(), release.version)
}
