//! npm: `PUT /:pkg` with attachments, or staged publishing, which a person approves with a second factor at the index.

use serde_json::{Map, Value, json};
use url::Url;
use vetmoot_outbound::{Authorization, Payload, Request, Verb};
use vetmoot_storage::submission::releases;

use super::answer::{self, Refused, Sent, said, says_it_exists};
use super::body::{self, Frame};
use super::run::{Journey, Went, doubled};
use super::send::{self, Opened, Parcel};
use super::{look, over, target};
use crate::ctx::Ctx;
use crate::limits::{
    APPROVAL_PAUSE_FIRST, APPROVAL_PAUSE_MAX, INDEX_ANSWER_BYTES_MAX, LISTING_BYTES_MAX, LISTING_TIMEOUT, STAGE_ID_BYTES_MAX,
    STALL_TIMEOUT,
};
use crate::problem::{Kind, Problem};
use crate::submission::credential::CredentialKind;
use crate::submission::{FileRow, candidate, vet};

pub(super) async fn parcel(
    ctx: &Ctx,
    journey: &Journey<'_>,
    file: &FileRow,
    base: &Url,
    opened: &Opened,
) -> Result<Parcel, Problem> {
    let stages = opened.row.kind == CredentialKind::Stage;
    let name = journey.row.package.name().as_str();
    let document = document(&file.metadata, file.attestations.as_deref(), name, base)?;
    let frame = frame(document, &format!("{name}-{}.tgz", journey.row.version), file.size)?;
    let path = if stages { format!("-/stage/package/{}", escaped(name)) } else { escaped(name) };
    let verb = if stages { Verb::Post } else { Verb::Put };
    let upload = body::upload(ctx, file, verb, "application/json", frame).await?;
    Ok(Parcel { url: target::join(base, &path)?, upload, authorization: Authorization::bearer(&opened.secret), stages })
}

/// A package's name as one segment of a path.
pub(super) fn escaped(name: &str) -> String {
    name.replace('/', "%2f")
}

/// The publish document without the tarball: the manifest as it was sent, its tarball's address that of the target.
fn document(metadata: &str, attestations: Option<&str>, name: &str, base: &Url) -> Result<Map<String, Value>, Problem> {
    let unreadable = || Problem::new(Kind::Conflict, "not-releasable", "its metadata cannot be read; hand it in again");
    let stored: Value = serde_json::from_str(metadata).map_err(|_| unreadable())?;
    let mut manifest = stored.get("manifest").cloned().ok_or_else(unreadable)?;
    let version = manifest.get("version").and_then(Value::as_str).ok_or_else(unreadable)?.to_owned();
    if let Some(dist) = manifest.get_mut("dist").and_then(Value::as_object_mut) {
        let last = name.rsplit('/').next().unwrap_or(name);
        dist.insert("tarball".to_owned(), format!("{base}{name}/-/{last}-{version}.tgz").into());
    }
    let tag = stored.get("tag").and_then(Value::as_str).unwrap_or("latest");
    let mut document = Map::new();
    document.insert("_id".to_owned(), name.into());
    document.insert("name".to_owned(), name.into());
    if let Some(description) = manifest.get("description") {
        document.insert("description".to_owned(), description.clone());
    }
    document.insert("dist-tags".to_owned(), json!({ tag: version }));
    document.insert("access".to_owned(), stored.get("access").cloned().unwrap_or_default());
    if let Some(readme) = stored.get("readme").filter(|readme| readme.is_string()) {
        document.insert("readme".to_owned(), readme.clone());
    }
    document.insert("versions".to_owned(), json!({ version: manifest }));
    let mut attached = Map::new();
    if let Some(text) = attestations {
        let stored: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
        let part = |key: &str| stored.get(key).and_then(Value::as_str);
        let (Some(file), Some(data)) = (part("name"), part("data")) else { return Err(unreadable()) };
        // Kept in base64; npm's client sends the bundle as the text it is.
        let data =
            openssl::base64::decode_block(data).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(unreadable)?;
        let kind = part("content_type").unwrap_or("application/octet-stream");
        let content = json!({ "content_type": kind, "data": data, "length": data.len() });
        attached.insert(file.to_owned(), content);
    }
    document.insert("_attachments".to_owned(), Value::Object(attached));
    Ok(document)
}

/// The document with a gap where the tarball streams in.
fn frame(mut document: Map<String, Value>, tarball: &str, size: u64) -> Result<Frame, Problem> {
    let attachments = document.remove("_attachments").unwrap_or_default();
    let text = |value: &Value| {
        serde_json::to_string(value)
            .map_err(|error| Problem::new(Kind::Internal, "unwritable", "a publish document cannot be written").because(error))
    };
    let mut before = text(&Value::Object(document))?;
    // The objects are closed again after the tarball.
    before.pop();
    before.push_str(",\"_attachments\":{");
    let name = text(&Value::String(tarball.to_owned()))?;
    before.extend([name, format!(":{{\"content_type\":\"application/octet-stream\",\"length\":{size},\"data\":\"")]);
    let mut after = String::from("\"}");
    // Behind the tarball, as npm's client sends them: there are registries that take the first one for it.
    if let Value::Object(others) = attachments {
        for (name, content) in others {
            after.extend([",".to_owned(), text(&Value::String(name))?, ":".to_owned(), text(&content)?]);
        }
    }
    after.push_str("}}");
    Ok(Frame { before: before.into_bytes(), after: after.into_bytes(), base64: true })
}

/// What a success says: some registries answer 200 with an error in it.
pub(super) fn taken(body: &[u8], secret: &str) -> Sent {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let failed = json.get("error").is_some_and(|error| !error.is_null() && error != false)
        || json.get("ok") == Some(&Value::Bool(false))
        || json.get("success") == Some(&Value::Bool(false));
    if !failed {
        return Sent::Taken { notes: None };
    }
    let said = said(Some("application/json"), body, secret);
    let exists = says_it_exists(&said);
    Sent::Refused(Refused { text: said, credential: false, exists, sure: true })
}

/// What a stage answers: the id under which it keeps the release.
pub(super) fn staged(body: &[u8]) -> Sent {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    match json.get("stageId").and_then(Value::as_str).filter(|id| is_stage_id(id)) {
        Some(id) => Sent::Staged { remote: id.to_owned() },
        None => {
            let text = "the index took it for staging and named no id; it is looked for among what is staged there".to_owned();
            Sent::Later { text, asked: None, limited: false, untaken: false }
        }
    }
}

fn is_stage_id(id: &str) -> bool {
    (1..=STAGE_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The id of what was staged by an upload whose answer was lost; none when nothing is staged, or nothing could be.
pub(super) async fn staged_before(
    ctx: &Ctx,
    journey: &Journey<'_>,
    file: &FileRow,
    base: &Url,
    opened: &Opened,
) -> Result<Option<String>, Problem> {
    if opened.row.kind != CredentialKind::Stage {
        return Ok(None);
    }
    let mut url = target::join(base, "-/stage")?;
    url.query_pairs_mut().append_pair("package", journey.row.package.name().as_str()).append_pair("perPage", "100");
    let Some(listed) = ask(ctx, &url, base, opened).await? else { return Ok(None) };
    let items = listed.get("items").and_then(Value::as_array);
    let same = |item: &&Value| {
        let version = item.get("version").and_then(Value::as_str) == Some(journey.row.version.as_str());
        version && is_ours(item, file)
    };
    let id = items
        .into_iter()
        .flatten()
        .find(same)
        .and_then(|item| item.get("id").or_else(|| item.get("stageId")).and_then(Value::as_str));
    Ok(id.filter(|id| is_stage_id(id)).map(str::to_owned))
}

/// Whether what is staged there has our bytes: what names no digest is somebody else's for all that is known.
fn is_ours(item: &Value, file: &FileRow) -> bool {
    let named = |key: &str| item.get(key).and_then(Value::as_str);
    let sha1 = named("shasum").zip(file.sha1).map(|(seen, ours)| seen.eq_ignore_ascii_case(&hex::encode(ours)));
    let sha512 = named("integrity").zip(file.digests.sha512.as_ref()).map(|(seen, ours)| {
        let ours = format!("sha512-{}", data_encoding::BASE64.encode(ours.as_slice()));
        seen.split_whitespace().any(|one| one == ours)
    });
    [sha512, sha1].into_iter().flatten().reduce(|one, other| one && other).unwrap_or(false)
}

/// Waits for the person who approves it at the official index; what the index serves was looked at just before.
pub(super) async fn await_approval(ctx: &Ctx, journey: &Journey<'_>) -> Result<Went, Problem> {
    let Some(remote) = journey.release.remote.as_deref() else {
        let text = "the release that was staged at the official index is gone from there and was not published: somebody rejected it, or it lapsed";
        // The index said that it is not there; no one file is named, since a package of npm's has one.
        let back = journey.files.first().map(|file| over::Back { file, said: text });
        over::failed(ctx, journey, back, text).await?;
        return Ok(Went::On);
    };
    let opened = send::credential(ctx, &journey.project).await?;
    let base = target::of(ctx, journey.release.ecosystem).await?;
    let waits = ask(ctx, &target::join(&base, &format!("-/stage/{remote}"))?, &base, &opened).await?.is_some();
    let tries = journey.release.tries.saturating_add(1);
    let now = ctx.clock.now();
    if waits {
        let needs = vet::of_policy(ctx, &candidate::show(ctx, &journey.row.id).await?).await?;
        if let Some(missing) = needs.missing() {
            let text =
                format!("{missing}. It is staged at the official index: reject it there with `npm stage reject {remote}`");
            over::lapsed(ctx, journey, &text).await?;
            return Ok(Went::On);
        }
        let text = format!(
            "it waits at the official index for an approval with a second factor: `npm stage approve {remote}`, by an owner of the package there"
        );
        let until = now.plus(doubled(APPROVAL_PAUSE_FIRST, tries, APPROVAL_PAUSE_MAX));
        return Ok(Went::Waits { text, until, tries });
    }
    // Approved or rejected: the index is looked at once more before anything is said.
    let tx = ctx.store.begin().await?;
    releases::set_remote(&tx, &journey.row.id, None).await?;
    tx.commit().await?;
    let text = "the official index no longer keeps it staged; what it serves is looked at".to_owned();
    Ok(Went::Waits { text, until: now.plus(APPROVAL_PAUSE_FIRST), tries })
}

/// A record of the stage; none when there is none.
async fn ask(ctx: &Ctx, url: &Url, base: &Url, opened: &Opened) -> Result<Option<Value>, Problem> {
    let request = Request {
        authorization: Some(Authorization::bearer(&opened.secret)),
        accept: Some("application/json"),
        fields: look::no_cache(),
        follow: false,
        max_bytes: INDEX_ANSWER_BYTES_MAX,
        total_timeout: LISTING_TIMEOUT,
        idle_timeout: STALL_TIMEOUT,
        ..Request::get(url)
    };
    let (meta, body) = ctx.outbound.fetch_all(&target::allow(base)?, request).await?;
    match meta.status {
        200 => Ok(Some(serde_json::from_slice(&body).unwrap_or_default())),
        404 | 410 => Ok(None),
        status => {
            send::note(ctx, &opened.row, &answer::read(&meta, &body, &opened.secret, ctx.clock.now())).await?;
            let text = format!("the index answered {status} when it was asked what is staged there");
            Err(Problem::new(Kind::Upstream, "upstream-status", text))
        }
    }
}

/// Sets or takes away the text of a deprecation: the packument, read and put back with nothing else changed.
pub(super) async fn deprecate(
    ctx: &Ctx,
    name: &str,
    versions: &[vetmoot_domain::Version],
    message: &str,
    base: &Url,
    opened: &Opened,
) -> Result<Sent, Problem> {
    let mut url = target::join(base, &escaped(name))?;
    url.set_query(Some("write=true"));
    let bearer = || Some(Authorization::bearer(&opened.secret));
    let read = Request {
        authorization: bearer(),
        accept: Some("application/json"),
        fields: look::no_cache(),
        follow: false,
        max_bytes: LISTING_BYTES_MAX,
        total_timeout: LISTING_TIMEOUT,
        idle_timeout: STALL_TIMEOUT,
        ..Request::get(&url)
    };
    let now = ctx.clock.now();
    let (meta, body) = ctx.outbound.fetch_all(&target::allow(base)?, read).await?;
    if meta.status != 200 {
        return Ok(answer::read(&meta, &body, &opened.secret, now));
    }
    let mut packument: Value = serde_json::from_slice(&body).map_err(|error| {
        Problem::new(Kind::Upstream, "upstream-document", "the package's document cannot be read").because(error)
    })?;
    for version in versions {
        let Some(manifest) = packument.pointer_mut("/versions").and_then(|all| all.get_mut(version.as_str())) else {
            let text = format!("the index has no version {version}");
            return Ok(Sent::Refused(Refused { text, credential: false, exists: false, sure: true }));
        };
        if let Some(fields) = manifest.as_object_mut() {
            fields.insert("deprecated".to_owned(), message.into());
        }
    }
    url.set_query(None);
    let payload = Payload {
        bytes: serde_json::to_vec(&packument).unwrap_or_default().into(),
        content_type: "application/json".to_owned(),
        content_encoding: None,
    };
    let put = Request {
        authorization: bearer(),
        accept: Some("application/json"),
        max_bytes: INDEX_ANSWER_BYTES_MAX,
        total_timeout: LISTING_TIMEOUT,
        idle_timeout: STALL_TIMEOUT,
        ..Request::put(&url, payload)
    };
    let (meta, body) = ctx.outbound.fetch_all(&target::allow(base)?, put).await?;
    Ok(match answer::read(&meta, &body, &opened.secret, now) {
        Sent::Taken { .. } => taken(&body, &opened.secret),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn a_document_is_whole_with_its_tarball_in_the_gap() {
        let metadata = json!({"manifest": {"name": "@s/p", "version": "1.0.0", "description": "d",
            "dist": {"integrity": "sha512-x", "tarball": "http://here/publish/npm/p.tgz"}},
            "tag": "next", "access": "public", "readme": "# r"});
        let attestation = r#"{"name": "@s/p-1.0.0.sigstore", "content_type": "a/b", "data": "eyJ4IjoxfQ=="}"#;
        let base: Url = "https://registry.example/".parse().unwrap();
        let document = document(&metadata.to_string(), Some(attestation), "@s/p", &base).unwrap();
        let frame = frame(document, "@s/p-1.0.0.tgz", 3).unwrap();
        let whole = [frame.before.as_slice(), b"YWJj", frame.after.as_slice()].concat();
        let read: Value = serde_json::from_slice(&whole).unwrap();
        assert_eq!(read["dist-tags"], json!({"next": "1.0.0"}));
        assert_eq!(read["versions"]["1.0.0"]["dist"]["tarball"], "https://registry.example/@s/p/-/p-1.0.0.tgz");
        assert_eq!(read["versions"]["1.0.0"]["dist"]["integrity"], "sha512-x");
        assert_eq!((&read["access"], &read["readme"]), (&json!("public"), &json!("# r")));
        assert_eq!(read["_attachments"]["@s/p-1.0.0.tgz"]["data"], "YWJj");
        assert_eq!(read["_attachments"]["@s/p-1.0.0.tgz"]["length"], 3);
        assert_eq!(
            read["_attachments"]["@s/p-1.0.0.sigstore"],
            json!({"content_type": "a/b", "data": "{\"x\":1}", "length": 7})
        );
    }

    #[test]
    fn a_stage_id_never_leaves_its_place_in_a_path() {
        assert_eq!(staged(br#"{"stageId": "ab-12"}"#), Sent::Staged { remote: "ab-12".to_owned() });
        for bad in [r#"{"stageId": "../x"}"#, r#"{"stageId": ""}"#, "{}", "no json"] {
            assert!(matches!(staged(bad.as_bytes()), Sent::Later { .. }), "{bad}");
        }
    }

    #[test]
    fn a_success_can_hide_an_error() {
        assert_eq!(taken(br#"{"ok": "created new package"}"#, ""), Sent::Taken { notes: None });
        let hidden = taken(br#"{"error": "this package is already present"}"#, "");
        assert!(matches!(hidden, Sent::Refused(Refused { exists: true, .. })), "{hidden:?}");
    }
}
