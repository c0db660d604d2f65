//! How bodies of `npm publish` are read, well meant and hostile ones.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use data_encoding::BASE64;

const MAX: u64 = 1_000;

/// Reads a body in pieces of these sizes, the last one for the rest.
fn read_in(body: &[u8], sizes: &[usize]) -> Result<(Parts, Vec<u8>), &'static str> {
    let (mut reader, mut out, mut rest) = (Reader::new(MAX), Vec::new(), body);
    for size in sizes {
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        reader.feed(piece, &mut out).map_err(|problem| problem.code)?;
        rest = after;
    }
    reader.feed(rest, &mut out).map_err(|problem| problem.code)?;
    Ok((reader.finish().map_err(|problem| problem.code)?, out))
}

fn read(body: &str) -> Result<(Parts, Vec<u8>), &'static str> {
    read_in(body.as_bytes(), &[])
}

fn refused(body: &str, code: &str) {
    let shown: String = body.chars().take(120).collect();
    assert_eq!(read(body).unwrap_err(), code, "{shown}");
}

fn published(bytes: &[u8]) -> Value {
    json!({
        "_id": "some", "name": "some", "versions": { "1.0.0": { "name": "some", "data": "not this" } },
        "_attachments": {
            "some-1.0.0.tgz": { "content_type": "application/octet-stream", "data": BASE64.encode(bytes), "length": bytes.len() },
            "some-1.0.0.sigstore": { "data": "{\"a\":\"\\u00e9 \\\"quoted\\\"\"}", "length": 7 },
        },
        "readme": "a \"quoted\" word, a \\ and an \u{e9}",
    })
}

#[test]
fn a_tarball_is_taken_out_and_everything_else_stays() {
    let sent = published(b"bytes of a tarball");
    let (parts, bytes) = read(&sent.to_string()).unwrap();
    assert_eq!(bytes, b"bytes of a tarball");
    assert_eq!(parts.tarball, Some(("some-1.0.0.tgz".to_owned(), 18)));
    assert_eq!(parts.bundle, Some(("some-1.0.0.sigstore".to_owned(), "{\"a\":\"\\u00e9 \\\"quoted\\\"\"}".to_owned())));
    let mut expected = sent;
    for name in ["some-1.0.0.tgz", "some-1.0.0.sigstore"] {
        *expected.pointer_mut(&format!("/_attachments/{name}/data")).unwrap() = json!("");
    }
    assert_eq!(serde_json::from_slice::<Value>(&parts.document).unwrap(), expected);
}

#[test]
fn members_come_in_any_order_and_keys_may_be_escaped() {
    let body = r#"{"\u005fattachments" : {"a.tgz":{"length":3,"d\u0061ta" :  "QUJD"},"x":{"y":1}},"versions":{}}"#;
    let (parts, bytes) = read(body).unwrap();
    assert_eq!((bytes.as_slice(), parts.tarball), (b"ABC".as_slice(), Some(("a.tgz".to_owned(), 3))));
}

#[test]
fn base64_may_escape_its_slashes() {
    let (_, bytes) = read(r#"{"_attachments":{"a.tgz":{"data":"\/\/\u002F\u002f"}}}"#).unwrap();
    assert_eq!(bytes, [0xff; 3]);
}

#[test]
fn data_elsewhere_is_left_alone() {
    for body in [
        r#"{"data":"!","x":{"data":"!"},"a":{"_attachments":{"data":"!"}}}"#,
        r#"{"_attachments":[{"a.tgz":{"data":"!"}}]}"#,
        r#"{"_attachments":{"a.tgz":[{"data":"!"}]}}"#,
        r#"{"_attachments":{"a.tgz":{"x":{"data":"!"}}}}"#,
        r#"{"_attachments":{"a.tgz":{"data":1,"x":"data"}}}"#,
        r#"[{"_attachments":{"a.tgz":{"data":"!"}}}]"#,
    ] {
        let (parts, bytes) = read(body).unwrap();
        assert_eq!((parts.document.as_slice(), bytes.len(), parts.tarball), (body.as_bytes(), 0, None), "{body}");
    }
}

#[test]
fn a_second_attachment_of_a_kind_is_refused() {
    refused(r#"{"_attachments":{"a.tgz":{"data":"QUJD"},"b.tgz":{"data":"QUJD"}}}"#, "attachment-twice");
    refused(r#"{"_attachments":{"a.tgz":{"data":"QUJD","data":"QUJD"}}}"#, "attachment-twice");
    refused(r#"{"_attachments":{"a.tgz":{"data":"QUJD"}},"_attachments":{"a.tgz":{"data":"QUJD"}}}"#, "attachment-twice");
    refused(r#"{"_attachments":{"a.sigstore":{"data":"{}"},"b.sigstore":{"data":"{}"}}}"#, "attachment-twice");
    refused(r#"{"_attachments":{"a.exe":{"data":"QUJD"}}}"#, "attachment-unknown");
}

#[test]
fn what_is_no_base64_is_refused() {
    for data in [
        "QUJ",
        "QUJD QUJD",
        "QUJD\\n",
        "QU=D",
        "QQ==QUJD",
        "Q===",
        "====",
        "QUI=QUI=",
        "QR==",
        "Q\u{e9}JD",
        "\\u00e9",
        "\\u12",
        "-_-_",
    ] {
        refused(&format!(r#"{{"_attachments":{{"a.tgz":{{"data":"{data}"}}}}}}"#), "attachment-not-base64");
    }
}

#[test]
fn nesting_keys_and_sizes_have_bounds() {
    refused(&"[".repeat(10_000), "body-too-deep");
    refused(&"{\"a\":".repeat(10_000), "body-too-deep");
    refused(&format!("{{\"{}\":1}}", "k".repeat(NPM_KEY_BYTES_MAX + 1)), "body-key-too-long");
    refused(&" ".repeat(NPM_DOCUMENT_BYTES_MAX + 1), "document-too-large");
    refused(&format!("{{\"a\":\"{}\"}}", "a".repeat(NPM_DOCUMENT_BYTES_MAX)), "document-too-large");
    let bundle = "b".repeat(NPM_BUNDLE_BYTES_MAX + 1);
    refused(&format!(r#"{{"_attachments":{{"a.sigstore":{{"data":"{bundle}"}}}}}}"#), "bundle-too-large");
    let bytes = BASE64.encode(&vec![0; usize::try_from(MAX).unwrap() + 1]);
    refused(&format!(r#"{{"_attachments":{{"a.tgz":{{"data":"{bytes}"}}}}}}"#), "file-too-large");
}

#[test]
fn a_body_that_was_cut_off_is_no_body() {
    let whole = published(b"abc").to_string();
    for end in 1..whole.len() {
        let Some(cut) = whole.get(..end) else { continue };
        assert!(read(cut).is_err(), "{cut}");
    }
}

proptest! {
    #[test]
    fn however_a_body_is_cut_into_pieces_the_same_is_read(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        sizes in proptest::collection::vec(0_usize..40, 0..60),
        readme in ".{0,40}",
    ) {
        let mut sent = published(&bytes);
        sent["readme"] = json!(readme);
        let body = sent.to_string();
        let (whole, decoded) = read(&body).unwrap();
        prop_assert_eq!(&decoded, &bytes);
        let (parts, again) = read_in(body.as_bytes(), &sizes).unwrap();
        prop_assert_eq!(parts, whole);
        prop_assert_eq!(again, decoded);
    }

    #[test]
    fn nonsense_is_an_error_or_a_document_and_never_a_panic(
        text in "[\\[\\]{}\",:\\\\ a-c_0-9]{0,80}",
        sizes in proptest::collection::vec(0_usize..10, 0..20),
    ) {
        let whole = read(&text);
        let pieces = read_in(text.as_bytes(), &sizes);
        prop_assert_eq!(whole.is_ok(), pieces.is_ok());
    }
}
