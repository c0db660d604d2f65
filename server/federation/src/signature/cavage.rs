//! draft-cavage-http-signatures-12. The crate http-signature-normalization builds the string that is signed; parameters
//! are read here (it takes the last of two and stumbles over spaces), and so are times (it asks the machine's clock).

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use data_encoding::BASE64;
use http_signature_normalization::Config;
use http_signature_normalization::verify::ParsedHeader;
use url::{Position, Url};
use vetmoot_domain::Timestamp;
use vetmoot_workflows::{Kind, Problem};

use super::fields::Fields;
use super::message::{Algorithm, Claim, Message};
use super::sign::{Unsigned, authority};
use super::{Scheme, SignatureError, digest, window};
use crate::limits::{ADDRESS_BYTES_MAX, COMPONENTS_MAX, SIGNATURE_FIELD_BYTES_MAX};

/// Longer than any time in a message is away from the machine's clock, which the crate compares it with.
const FOR_EVER: Duration = Duration::from_hours(24 * 365 * 1_000);

/// A message of ours before it is signed: draft 10's set of fields, without `(created)`, which some servers refuse
/// beside `rsa-sha256`.
pub(super) fn unsigned(
    method: &str,
    url: &Url,
    fields: Vec<(&'static str, String)>,
    key_id: &str,
) -> Result<Unsigned, Problem> {
    let failed = |cause: String| Problem::new(Kind::Internal, "cannot-sign", "the message could not be signed").because(cause);
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let headers = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let begun = Config::new().dont_use_created_field().begin_sign(method, target, headers);
    let mut base = String::new();
    let signed = begun.map_err(|error| failed(error.to_string()))?.sign(key_id.to_owned(), |text| {
        text.clone_into(&mut base);
        Ok::<_, std::convert::Infallible>(String::new())
    });
    let Ok(signed) = signed;
    // The crate can only write `hs2019`; the older name is the one every server reads.
    let header = signed.signature_header().replacen("algorithm=\"hs2019\"", "algorithm=\"rsa-sha256\"", 1);
    let before = header.strip_suffix('"').ok_or_else(|| failed("the signature does not stand last".to_owned()))?;
    Ok(Unsigned { base, fields, around: (before.to_owned(), "\"") })
}

/// Reads a signature of this scheme.
pub(super) fn read(
    message: &Message<'_>,
    fields: &Fields<'_>,
    signature: &str,
    now: Timestamp,
) -> Result<Claim, SignatureError> {
    let parameters = parameters(signature)?;
    let text = |name: &str| parameters.get(name).copied();
    let needed = |name, why| text(name).ok_or(SignatureError::Unreadable(why));
    let key_id = needed("keyId", "it names no key")?;
    let covered: Vec<&str> = needed("headers", "it does not say what it covers")?.split(' ').collect();
    let distinct: HashSet<&str> = covered.iter().copied().collect();
    if covered.len() > COMPONENTS_MAX || distinct.len() != covered.len() || covered.iter().any(|name| !is_name(name)) {
        return Err(SignatureError::Unreadable("its list of fields is too long, repeats one, or holds what is no field"));
    }
    check_window(fields, text("created"), text("expires"), &distinct, now)?;
    if !distinct.contains("(request-target)") {
        return Err(SignatureError::NotCovered("(request-target)"));
    }
    if !distinct.contains("host") {
        return Err(SignatureError::NotCovered("host"));
    }
    if !is_our_host(fields.covered("host")?, message) {
        return Err(SignatureError::OtherHost);
    }
    if let Some(sha256) = &message.body_sha256 {
        if !distinct.contains("digest") {
            return Err(SignatureError::NotCovered("digest"));
        }
        digest::check_cavage(fields.covered("digest")?, sha256)?;
    }
    let mut values = BTreeMap::new();
    for name in &covered {
        let value = match *name {
            "(request-target)" => continue,
            // As plain values they are signed as they came, and the crate does not hold them against its clock.
            "(created)" => needed("created", "it covers a time it does not name")?,
            "(expires)" => needed("expires", "it covers an end it does not name")?,
            name => fields.covered(name)?,
        };
        values.insert((*name).to_owned(), value.to_owned());
    }
    Ok(Claim {
        key_id: key_id.to_owned(),
        scheme: Scheme::Cavage,
        algorithm: algorithm(text("algorithm"))?,
        base: signing_string(message, key_id, &covered, &mut values)?,
        signature: BASE64
            .decode(needed("signature", "it holds no signature")?.as_bytes())
            .map_err(|_| SignatureError::Unreadable("the signature is not base64"))?,
    })
}

/// The key a signature of this scheme names.
pub(super) fn named_key(signature: &str) -> Result<&str, SignatureError> {
    parameters(signature)?.get("keyId").copied().ok_or(SignatureError::Unreadable("it names no key"))
}

fn signing_string(
    message: &Message<'_>,
    key_id: &str,
    covered: &[&str],
    values: &mut BTreeMap<String, String>,
) -> Result<String, SignatureError> {
    let unreadable = |_| SignatureError::Unreadable("it cannot be normalised");
    let normal = format!("keyId=\"{key_id}\",headers=\"{}\",signature=\"\"", covered.join(" "));
    let parsed: ParsedHeader = normal.parse().map_err(|_| SignatureError::Unreadable("it cannot be normalised"))?;
    let unvalidated = parsed
        .into_unvalidated(message.method, message.target, values, HashSet::new())
        .map_err(|missing| SignatureError::Absent(missing.to_string()))?;
    Ok(unvalidated.validate(FOR_EVER).map_err(unreadable)?.signing_string().to_owned())
}

/// The time of signing has to be signed: `(created)`, else `date`.
fn check_window(
    fields: &Fields<'_>,
    created: Option<&str>,
    expires: Option<&str>,
    covered: &HashSet<&str>,
    now: Timestamp,
) -> Result<(), SignatureError> {
    let created = match created.filter(|_| covered.contains("(created)")) {
        Some(created) => window::seconds(created)?,
        None if covered.contains("date") => Timestamp::from_http_date(fields.covered("date")?)
            .ok_or(SignatureError::Unreadable("the date is not an HTTP date"))?,
        None => return Err(SignatureError::NotCovered("date")),
    };
    let expires = match expires {
        Some(_) if !covered.contains("(expires)") => return Err(SignatureError::NotCovered("(expires)")),
        Some(expires) => Some(window::seconds(expires)?),
        None => None,
    };
    window::check(created, expires, now)
}

/// `name="value"` or `name=123`, with commas between; each name once.
fn parameters(text: &str) -> Result<BTreeMap<&str, &str>, SignatureError> {
    if text.len() > SIGNATURE_FIELD_BYTES_MAX {
        return Err(SignatureError::Unreadable("it is too long"));
    }
    let mut found = BTreeMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(SignatureError::Unreadable("a parameter has no value"))?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or(SignatureError::Unreadable("a quote is not closed"))?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        if value.len() > ADDRESS_BYTES_MAX || value.contains('\\') {
            return Err(SignatureError::Unreadable("a parameter is too long or escaped"));
        }
        if found.insert(name.trim(), value.trim()).is_some() {
            return Err(SignatureError::Unreadable("a parameter comes twice"));
        }
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => after,
            None => return Err(SignatureError::Unreadable("something stands between two parameters")),
        };
    }
    Ok(found)
}

/// `hs2019` says nothing, so the key decides; every other name has to be one of ours.
fn algorithm(named: Option<&str>) -> Result<Option<Algorithm>, SignatureError> {
    match named {
        None | Some("hs2019") => Ok(None),
        Some("rsa-sha256") => Ok(Some(Algorithm::RsaSha256)),
        Some("ed25519") => Ok(Some(Algorithm::Ed25519)),
        Some(_) => Err(SignatureError::Algorithm),
    }
}

fn is_name(name: &str) -> bool {
    let field = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    matches!(name, "(request-target)" | "(created)" | "(expires)") || (!name.is_empty() && name.bytes().all(field))
}

/// Whether `Host` is ours; the scheme's usual port may be said or left out.
fn is_our_host(host: &str, message: &Message<'_>) -> bool {
    let ours = message.origin;
    let host = host.to_ascii_lowercase();
    host == authority(ours) || host == format!("{}:{}", ours.host(), ours.port())
}
