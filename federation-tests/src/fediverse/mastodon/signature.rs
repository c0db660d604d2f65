//! HTTP signatures as Mastodon makes and checks them (signed_request.rb), on openssl alone.

use openssl::base64::{decode_block, encode_block};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::{Signer, Verifier};
use vetmoot_domain::Timestamp;

use super::Inner;
use super::account::authority;
use crate::upstream::server::Request;

/// How far two clocks may be apart, in milliseconds: an hour.
const SKEW_MS: i64 = 3_600_000;

/// The longest a signature lasts, in milliseconds: twelve hours.
const WINDOW_MS: i64 = 12 * 3_600_000;

impl Inner {
    /// The fields of a signed request: a `GET` by the instance's own actor, a `POST` by the person.
    pub(super) fn sign(&self, method: &str, url: &str, body: Option<&[u8]>) -> Result<Vec<(&'static str, String)>, String> {
        let parsed = url::Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
        let host = authority(url).ok_or("the address names no host")?;
        let path = parsed.query().map_or_else(|| parsed.path().to_owned(), |query| format!("{}?{query}", parsed.path()));
        let mut fields = vec![("host", host), ("date", (self.clock)().http_date())];
        if let Some(body) = body {
            fields.push(("digest", digest(body)));
        }
        let mut lines = vec![format!("(request-target): {method} {path}")];
        lines.extend(fields.iter().map(|(name, value)| format!("{name}: {value}")));
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key).map_err(|error| error.to_string())?;
        let signature = signer.sign_oneshot_to_vec(lines.join("\n").as_bytes()).map_err(|error| error.to_string())?;
        let names: Vec<&str> = std::iter::once("(request-target)").chain(fields.iter().map(|(name, _)| *name)).collect();
        let actor = if body.is_some() { self.person() } else { format!("{}/actor", self.base()) };
        let value = format!(
            "keyId=\"{actor}#main-key\",algorithm=\"rsa-sha256\",headers=\"{}\",signature=\"{}\"",
            names.join(" "),
            encode_block(&signature)
        );
        fields.push(("signature", value));
        Ok(fields)
    }

    /// Who signed a request; the reason where it does not hold.
    pub(super) fn signer(&self, request: &Request) -> Result<String, String> {
        let header = request.header("signature").ok_or("unsigned: there is no Signature")?;
        if request.header("signature-input").is_some() {
            return Err("both-signatures: one form at a time".to_owned());
        }
        let parameter = |name: &str| {
            let parts = header.split(',').map(str::trim);
            let found = parts.filter_map(|part| part.split_once('=')).find(|(key, _)| *key == name);
            found.map(|(_, value)| value.trim_matches('"').to_owned())
        };
        let key_id = parameter("keyId").ok_or("signature-form: no keyId")?;
        let algorithm = parameter("algorithm").unwrap_or_else(|| "hs2019".to_owned());
        if !matches!(algorithm.as_str(), "rsa-sha256" | "hs2019") {
            return Err(format!("algorithm: {algorithm}"));
        }
        let names = parameter("headers").unwrap_or_else(|| "date".to_owned());
        let names: Vec<&str> = names.split(' ').collect();
        self.covered(request, &names, parameter("created").as_deref(), parameter("expires").as_deref())?;
        let signature =
            parameter("signature").and_then(|text| decode_block(&text).ok()).ok_or("signature-form: no signature")?;
        let text = signing_text(request, &names, parameter("created").as_deref(), parameter("expires").as_deref())?;
        let actor = key_id.split('#').next().unwrap_or_default().to_owned();
        if self.holds(&actor, &key_id, &text, &signature)? {
            return Ok(actor);
        }
        // The key may have been changed since it was fetched: it is fetched again, once.
        self.forget(&actor);
        if self.holds(&actor, &key_id, &text, &signature)? {
            return Ok(actor);
        }
        Err(format!("signature: it does not hold under {key_id}"))
    }

    fn holds(&self, actor: &str, key_id: &str, text: &str, signature: &[u8]) -> Result<bool, String> {
        let account = self.account(actor)?;
        let Some((_, pem)) = account.keys.iter().find(|(id, _)| id == key_id) else { return Ok(false) };
        let key = PKey::public_key_from_pem(pem.as_bytes()).map_err(|error| error.to_string())?;
        let mut verifier = Verifier::new(MessageDigest::sha256(), &key).map_err(|error| error.to_string())?;
        verifier.verify_oneshot(signature, text.as_bytes()).map_err(|error| error.to_string())
    }

    /// Whether what must be signed is signed, the digest is right, and the time is now.
    fn covered(&self, request: &Request, names: &[&str], created: Option<&str>, expires: Option<&str>) -> Result<(), String> {
        let has = |name: &str| names.contains(&name);
        if !(has("date") || has("(created)")) {
            return Err("coverage: neither date nor (created) is signed".to_owned());
        }
        if !(has("(request-target)") || has("digest")) {
            return Err("coverage: neither (request-target) nor digest is signed".to_owned());
        }
        if request.method == "POST" {
            if !has("digest") {
                return Err("coverage: digest is not signed".to_owned());
            }
            if request.header("digest") != Some(digest(&request.body).as_str()) {
                return Err("digest: it is not that of the body".to_owned());
            }
        }
        let seconds = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok()).map(|seconds| seconds * 1000);
        let made = match seconds(created) {
            Some(made) => made,
            None => {
                let date = request.header("date").and_then(Timestamp::from_http_date);
                date.ok_or("date: it cannot be read")?.millis()
            }
        };
        let ends = seconds(expires).unwrap_or(made + 300_000).min(made + WINDOW_MS);
        let now = (self.clock)().millis();
        if made > now + SKEW_MS || now > ends + SKEW_MS {
            return Err("date: outside the window".to_owned());
        }
        Ok(())
    }
}

fn signing_text(request: &Request, names: &[&str], created: Option<&str>, expires: Option<&str>) -> Result<String, String> {
    let target = if request.query.is_empty() { request.path.clone() } else { format!("{}?{}", request.path, request.query) };
    let line = |name: &&str| {
        let value = match *name {
            "(request-target)" => format!("{} {target}", request.method.to_ascii_lowercase()),
            "(created)" => created.ok_or("(created) is signed and not given")?.to_owned(),
            "(expires)" => expires.ok_or("(expires) is signed and not given")?.to_owned(),
            other => request.header(other).ok_or_else(|| format!("{other} is signed and not there"))?.to_owned(),
        };
        Ok(format!("{name}: {value}"))
    };
    let lines: Result<Vec<String>, String> = names.iter().map(line).collect();
    Ok(lines?.join("\n"))
}

fn digest(body: &[u8]) -> String {
    format!("SHA-256={}", encode_block(&openssl::sha::sha256(body)))
}
