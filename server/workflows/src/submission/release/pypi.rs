//! Python: the legacy upload, one form a file (the index's "Upload API").

use serde_json::Value;
use url::Url;
use vetmoot_domain::Ecosystem;
use vetmoot_outbound::{Authorization, Verb};

use super::body::{self, Frame};
use super::run::Journey;
use super::send::{Opened, Parcel};
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::submission::FileRow;
use crate::submission::credential::CredentialKind;

/// The user name that stands for a token.
const TOKEN_USER: &str = "__token__";

pub(super) async fn parcel(
    ctx: &Ctx,
    journey: &Journey<'_>,
    file: &FileRow,
    base: &Url,
    opened: &Opened,
) -> Result<Parcel, Problem> {
    let sha256 = file.digests.sha256.map(hex::encode).unwrap_or_default();
    // Random and long: no field of the form holds it by accident.
    let boundary = format!("vetmoot-{}", hex::encode(vetmoot_keys::random_id_128().map_err(chance)?));
    let attestations = file.attestations.as_deref().filter(|_| takes_attestations(base));
    let fields = fields(&file.metadata, attestations, &sha256)?;
    let (before, after) = form(&boundary, &fields, &file.file_name);
    let content_type = format!("multipart/form-data; boundary={boundary}");
    let upload = body::upload(ctx, file, Verb::Post, &content_type, Frame { before, after, base64: false }).await?;
    tracing::debug!(candidate = %journey.row.id, "a Python file is ready to go");
    Ok(Parcel { url: base.clone(), upload, authorization: authorization(opened), stages: false })
}

/// Whether attestations may go along to this upload address. The official index takes them from trusted publishers alone and
/// refuses a whole upload that carries them under a token, so they stay here; any other index gets them as they came.
pub(super) fn takes_attestations(base: &Url) -> bool {
    vetmoot_ecosystems::Upstream::official_upload(Ecosystem::Pypi).as_ref() != Some(base)
}

fn authorization(opened: &Opened) -> Authorization {
    match (opened.row.kind, opened.secret.split_once(':')) {
        (CredentialKind::Password, Some((user, password))) => Authorization::basic(user, password),
        _ => Authorization::basic(TOKEN_USER, &opened.secret),
    }
}

fn chance(error: vetmoot_keys::KeysError) -> Problem {
    Problem::new(Kind::Internal, error.code(), "no random numbers are to be had").because(error)
}

/// Every field of the form as it was uploaded here, in a settled order, and the digest of the vetted bytes.
fn fields(metadata: &str, attestations: Option<&str>, sha256: &str) -> Result<Vec<(String, String)>, Problem> {
    let unreadable = || Problem::new(Kind::Conflict, "not-releasable", "its metadata cannot be read; hand it in again");
    let metadata: Value = serde_json::from_str(metadata).map_err(|_| unreadable())?;
    let stored = metadata.get("fields").and_then(Value::as_object).ok_or_else(unreadable)?;
    let mut fields = vec![(":action".to_owned(), "file_upload".to_owned()), ("protocol_version".to_owned(), "1".to_owned())];
    for (name, values) in stored {
        let texts = values.as_array().into_iter().flatten().filter_map(Value::as_str);
        fields.extend(texts.map(|text| (name.clone(), text.to_owned())));
    }
    fields.push(("sha256_digest".to_owned(), sha256.to_owned()));
    if let Some(attestations) = attestations {
        fields.push(("attestations".to_owned(), attestations.to_owned()));
    }
    Ok(fields)
}

/// The form around the file's bytes (RFC 7578).
fn form(boundary: &str, fields: &[(String, String)], file_name: &str) -> (Vec<u8>, Vec<u8>) {
    let field = |(name, text): &(String, String)| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{text}\r\n", quoted(name))
    };
    let mut before: String = fields.iter().map(field).collect();
    before.extend([
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{}\"\r\n", quoted(file_name)),
        "Content-Type: application/octet-stream\r\n\r\n".to_owned(),
    ]);
    (before.into_bytes(), format!("\r\n--{boundary}--\r\n").into_bytes())
}

/// A name between quotation marks, as browsers write it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn every_field_goes_out_as_it_came() {
        let metadata = r#"{"fields": {"name": ["Demo"], "classifiers": ["a", "b"], "description": ["two\nlines"]}}"#;
        let fields = fields(metadata, Some("[{}]"), "00ff").unwrap();
        let texts: Vec<String> = fields.iter().map(|(name, text)| format!("{name}={text}")).collect();
        assert_eq!(texts[..2], [":action=file_upload", "protocol_version=1"]);
        for field in
            ["name=Demo", "classifiers=a", "classifiers=b", "description=two\nlines", "sha256_digest=00ff", "attestations=[{}]"]
        {
            assert!(texts.iter().any(|text| text == field), "{field} in {texts:?}");
        }
    }

    #[test]
    fn attestations_go_along_to_every_index_but_the_official_one() {
        let official = vetmoot_ecosystems::Upstream::official_upload(Ecosystem::Pypi).unwrap();
        assert!(!takes_attestations(&official));
        assert!(takes_attestations(&"https://index.example/legacy/".parse().unwrap()));
    }

    #[test]
    fn a_form_ends_with_its_boundary_and_no_name_leaves_its_quotes() {
        let (before, after) = form("b", &[("a\"\r\nx".to_owned(), "1".to_owned())], "demo-1.0.tar.gz");
        let before = String::from_utf8(before).unwrap();
        assert!(
            before.starts_with("--b\r\nContent-Disposition: form-data; name=\"a%22%0D%0Ax\"\r\n\r\n1\r\n--b\r\n"),
            "{before}"
        );
        assert!(before.ends_with("filename=\"demo-1.0.tar.gz\"\r\nContent-Type: application/octet-stream\r\n\r\n"), "{before}");
        assert_eq!(after, b"\r\n--b--\r\n");
    }
}
