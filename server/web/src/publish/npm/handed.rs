//! A release on its way in: the body read while it comes, the tarball decoded straight into the blob store.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use data_encoding::BASE64;
use serde_json::{Value, json};
use vetmoot_domain::Package;
use vetmoot_ecosystems::npm;
use vetmoot_workflows::submission::hand_in::{self, Handed, Permit, Receipt, Uploader};
use vetmoot_workflows::submission::receive::{Hashes, Incoming, Stored};
use vetmoot_workflows::submission::{FileKind, Weight, preflight};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::checked::{self, Packed};
use super::reader::{Parts, Reader, too_large};
use super::refusal::{Refused, notice, warned};
use crate::limits::{NPM_DOCUMENT_BYTES_MAX, NPM_WRITE_BYTES};
use crate::publish::auth;
use crate::publish::body::{Body, announced};

/// Most bytes of one piece of a body that is looked at at once.
const PIECE: u64 = 64 << 10;

/// What came in one body, and who sent it.
pub(super) struct Came {
    /// Who sent it.
    pub(super) uploader: Uploader,
    /// The document, and what was attached to it.
    pub(super) parts: Parts,
    permit: Permit,
    file: Option<Incoming>,
}

impl Came {
    /// Whether a tarball was attached; without one, npm only changes what is there.
    pub(super) fn is_release(&self) -> bool {
        self.parts.tarball.is_some()
    }
}

/// Reads the body, once it is known that whoever sends it may.
pub(super) async fn receive(
    ctx: &Ctx,
    request: &HttpRequest,
    payload: web::Payload,
    package: &Package,
) -> Result<Came, Refused> {
    let mut body = Body::new(ctx, payload);
    match read(ctx, request, &mut body, package).await {
        Ok(came) => Ok(came),
        Err(problem) => {
            // A client that is still sending would take the end of the connection for the answer.
            body.drain(announced(request)).await;
            Err(problem.into())
        }
    }
}

async fn read(ctx: &Ctx, request: &HttpRequest, body: &mut Body<web::Payload>, package: &Package) -> Result<Came, Problem> {
    let uploader = auth::uploader(ctx, request).await?;
    let permit = hand_in::permit(ctx, &uploader, package).await?;
    if request.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Problem::new(Kind::Invalid, "body-compressed", "the body is compressed; send it as it is"));
    }
    // Base64 takes four characters for three bytes.
    let most = permit.file_bytes_max.saturating_mul(4) / 3 + u64::try_from(NPM_DOCUMENT_BYTES_MAX).unwrap_or(u64::MAX);
    if announced(request).is_some_and(|bytes| bytes > most) {
        return Err(too_large(permit.file_bytes_max));
    }
    let mut reader = Reader::new(permit.file_bytes_max);
    let mut file: Option<Incoming> = None;
    let mut decoded: Vec<u8> = Vec::new();
    while let Some(piece) = body.piece(PIECE).await? {
        reader.feed(&piece, &mut decoded)?;
        if decoded.len() >= NPM_WRITE_BYTES {
            write(ctx, &mut file, &mut decoded, permit.file_bytes_max).await?;
        }
    }
    let parts = reader.finish()?;
    if parts.tarball.is_some() {
        write(ctx, &mut file, &mut decoded, permit.file_bytes_max).await?;
    }
    Ok(Came { uploader, parts, permit, file })
}

async fn write(ctx: &Ctx, file: &mut Option<Incoming>, decoded: &mut Vec<u8>, max: u64) -> Result<(), Problem> {
    let mut incoming = match file.take() {
        Some(incoming) => incoming,
        None => Incoming::begin(ctx, Hashes::All, max).await?,
    };
    incoming.take(Bytes::from(std::mem::take(decoded))).await?;
    *file = Some(incoming);
    Ok(())
}

/// Hands a release in. Whatever contradicts itself in it is told together with what pre-flight finds.
pub(super) async fn take(ctx: &Ctx, package: &Package, came: Came) -> Result<Receipt, Refused> {
    let Came { uploader, parts, permit, file } = came;
    let no_tarball = || Problem::new(Kind::Invalid, "no-tarball", "the document has no tarball attached; publish with npm");
    let stored = file.ok_or_else(no_tarball)?.finish().await?;
    match whole(ctx, package, &parts, &permit, stored.clone()).await {
        Ok(handed) => Ok(hand_in::hand_in(ctx, &uploader, &permit, handed).await?),
        Err(refused) => {
            hand_in::refused(ctx, &uploader, &stored).await;
            Err(refused)
        }
    }
}

/// What the document hands in, once it contradicts itself nowhere.
async fn whole(ctx: &Ctx, package: &Package, parts: &Parts, permit: &Permit, stored: Stored) -> Result<Handed, Refused> {
    let packed = Packed { digests: &stored.digests, sha1: stored.sha1.as_ref(), size: stored.size };
    let (release, mut findings) = checked::release(package, parts, &packed)?;
    let attestations = parts.bundle.as_ref().map(|(name, text)| {
        let data = BASE64.encode(text.as_bytes());
        json!({ "name": name, "content_type": release.bundle_type, "data": data }).to_string()
    });
    let handed = Handed {
        file_name: npm::tarball_file(package, &release.version),
        version: release.version,
        kind: FileKind::Tgz,
        stored,
        metadata: json!({
            "manifest": release.manifest, "tag": release.tag, "access": release.access, "readme": release.readme,
        }),
        attestations,
        whole: true,
    };
    if findings.iter().any(|finding| finding.weight == Weight::Error) {
        findings.extend(preflight::run(ctx, &permit.project, &handed).await?);
        findings.sort_by_key(|finding| finding.weight);
        return Err(Refused::Findings(findings));
    }
    Ok(handed)
}

/// 201 with what happens next in the header that npm prints.
pub(super) fn created(receipt: &Receipt, body: &Value) -> HttpResponse {
    let text = format!("{}{}", receipt.next, warned(&receipt.warnings));
    HttpResponse::Created().insert_header(("npm-notice", notice(&text))).json(body)
}
