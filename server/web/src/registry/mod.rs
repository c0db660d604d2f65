//! The doors for package managers: `/cargo/{policy}/`, `/pypi/{policy}/`, `/npm/{policy}/`.

mod cargo;
pub(crate) mod names;
mod npm;
mod pypi;
pub(crate) mod respond;
pub(crate) mod signature;

use actix_web::web;
use percent_encoding::percent_decode_str;

/// Adds the three doors.
pub fn routes(config: &mut web::ServiceConfig) {
    cargo::routes(config);
    pypi::routes(config);
    npm::routes(config);
}

/// The path of a request below its door, split at slashes, every segment decoded exactly once.
///
/// The raw path is used, since `%2f` inside a segment (npm's scoped names) is no separator.
pub(crate) fn segments(path: &str, door: &str) -> Option<Vec<String>> {
    let rest = path.strip_prefix(door)?.strip_prefix('/')?;
    let decode = |segment: &str| percent_decode_str(segment).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    rest.split('/').map(decode).collect()
}
