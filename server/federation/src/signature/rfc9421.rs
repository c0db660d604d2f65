//! RFC 9421 as the fediverse uses it: one signature over derived components and whole fields, without parameters.

use std::collections::HashSet;
use std::fmt::Write as _;

use data_encoding::BASE64;
use url::{Position, Url};
use vetmoot_domain::Timestamp;
use vetmoot_outbound::Origin;

use super::fields::Fields;
use super::message::{Algorithm, Claim, Message};
use super::sign::{Unsigned, authority};
use super::structured::{self, Parameter};
use super::{Scheme, SignatureError, digest, window};

/// The label of our one signature.
const LABEL: &str = "sig1";

/// A message of ours before it is signed.
pub(super) fn unsigned(
    method: &str,
    url: &Url,
    origin: &Origin,
    mut fields: Vec<(&'static str, String)>,
    key_id: &str,
    now: Timestamp,
) -> Unsigned {
    let mut components = vec![
        ("@method", method.to_ascii_uppercase()),
        ("@target-uri", url[..Position::AfterQuery].to_owned()),
        ("@authority", authority(origin)),
    ];
    components.extend(fields.iter().filter(|(name, _)| matches!(*name, "content-digest" | "content-type")).cloned());
    let names: Vec<String> = components.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let parameters = format!("({});created={};keyid=\"{key_id}\";alg=\"rsa-v1_5-sha256\"", names.join(" "), now.seconds());
    let base = base(&components, &parameters);
    fields.push(("signature-input", format!("{LABEL}={parameters}")));
    Unsigned { base, fields, around: (format!("{LABEL}=:"), ":") }
}

/// Reads a signature of this scheme.
pub(super) fn read(
    message: &Message<'_>,
    fields: &Fields<'_>,
    input: &str,
    signature: &str,
    now: Timestamp,
) -> Result<Claim, SignatureError> {
    let input = structured::signature_input(input)?;
    let encoded = structured::byte_sequence(signature, input.label)?;
    let names: HashSet<&str> = input.components.iter().copied().collect();
    if names.len() != input.components.len() {
        return Err(SignatureError::Unreadable("it covers a component twice"));
    }
    for needed in ["@method", "@target-uri"] {
        if !names.contains(needed) {
            return Err(SignatureError::NotCovered(needed));
        }
    }
    if let Some(sha256) = &message.body_sha256 {
        if !names.contains("content-digest") {
            return Err(SignatureError::NotCovered("content-digest"));
        }
        digest::check_rfc9530(fields.covered("content-digest")?, sha256)?;
    }
    let number = |name| match input.parameter(name) {
        Some(Parameter::Number(seconds)) => window::seconds(seconds).map(Some),
        Some(Parameter::Text(_)) => Err(SignatureError::Unreadable("a time in it is no number of seconds")),
        None => Ok(None),
    };
    let created = number("created")?.ok_or(SignatureError::NotCovered("created"))?;
    window::check(created, number("expires")?, now)?;
    let Some(Parameter::Text(key_id)) = input.parameter("keyid") else {
        return Err(SignatureError::Unreadable("it names no key"));
    };
    let values = input.components.iter().map(|name| Ok((*name, component(name, message, fields)?)));
    let components = values.collect::<Result<Vec<_>, SignatureError>>()?;
    Ok(Claim {
        key_id: key_id.to_owned(),
        scheme: Scheme::Rfc9421,
        algorithm: algorithm(input.parameter("alg"))?,
        base: base(&components, input.raw),
        signature: BASE64.decode(encoded.as_bytes()).map_err(|_| SignatureError::Unreadable("the signature is not base64"))?,
    })
}

/// The key a signature of this scheme names.
pub(super) fn named_key(input: &str) -> Result<&str, SignatureError> {
    match structured::signature_input(input)?.parameter("keyid") {
        Some(Parameter::Text(key_id)) => Ok(key_id),
        _ => Err(SignatureError::Unreadable("it names no key")),
    }
}

/// The signature base (RFC 9421 section 2.5).
fn base(components: &[(&str, String)], parameters: &str) -> String {
    let mut base = String::new();
    for (name, value) in components {
        // Writing into a string cannot fail.
        let _ = writeln!(base, "\"{name}\": {value}");
    }
    let _ = write!(base, "\"@signature-params\": {parameters}");
    base
}

/// What a component is here. What derives from the address is taken from our own, never from `Host`: a message signed
/// for somebody else has then another base, and its signature does not stand.
fn component(name: &str, message: &Message<'_>, fields: &Fields<'_>) -> Result<String, SignatureError> {
    let (path, query) = match message.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (message.target, None),
    };
    let origin = message.origin;
    Ok(match name {
        "@method" => message.method.to_ascii_uppercase(),
        "@target-uri" => format!("{origin}{}", message.target),
        "@authority" => authority(origin),
        "@scheme" => if origin.is_https() { "https" } else { "http" }.to_owned(),
        "@request-target" => message.target.to_owned(),
        "@path" => path.to_owned(),
        "@query" => format!("?{}", query.unwrap_or_default()),
        "host" => {
            let host = fields.covered("host")?;
            let ours = host.eq_ignore_ascii_case(&authority(origin));
            if ours { host.to_owned() } else { return Err(SignatureError::OtherHost) }
        }
        derived if derived.starts_with('@') => return Err(SignatureError::Absent(derived.chars().take(60).collect())),
        field => fields.covered(field)?.to_owned(),
    })
}

fn algorithm(named: Option<Parameter<'_>>) -> Result<Option<Algorithm>, SignatureError> {
    match named {
        None => Ok(None),
        Some(Parameter::Text("rsa-v1_5-sha256")) => Ok(Some(Algorithm::RsaSha256)),
        Some(Parameter::Text("ed25519")) => Ok(Some(Algorithm::Ed25519)),
        Some(_) => Err(SignatureError::Algorithm),
    }
}
