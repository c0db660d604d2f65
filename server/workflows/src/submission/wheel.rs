//! The metadata of a wheel that was handed in: read out of it once, kept beside it, and handed out alone (PEP 658).

use bytes::Bytes;
use vetmoot_ecosystems::archive::{self, Limits};

use crate::ctx::Ctx;
use crate::problem::Problem;

/// Reads the metadata of a stored wheel and keeps it; answers its SHA-256 in hexadecimal, as
/// `vetmoot_ecosystems::stage` reads it. None when the wheel has none that can be read, which pre-flight says.
pub async fn keep_metadata(ctx: &Ctx, wheel: &[u8; 32]) -> Result<Option<String>, Problem> {
    let Some(metadata) = read(ctx, wheel).await? else { return Ok(None) };
    Ok(Some(hex::encode(ctx.blobs.put(metadata).await?)))
}

/// The metadata of a stored wheel, read out of it again where it was not kept.
pub async fn metadata(ctx: &Ctx, wheel: &[u8; 32], digest: Option<&[u8; 32]>) -> Result<Option<Bytes>, Problem> {
    if let Some(digest) = digest
        && let Some(kept) = ctx.blobs.read(digest).await?
    {
        return Ok(Some(kept));
    }
    read(ctx, wheel).await
}

async fn read(ctx: &Ctx, wheel: &[u8; 32]) -> Result<Option<Bytes>, Problem> {
    let Some(found) = ctx.blobs.open(wheel, ctx.clock.now()).await? else { return Ok(None) };
    let work = move || archive::wheel_metadata(std::io::BufReader::new(found.file), &Limits::default());
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(content)) => Ok(Some(Bytes::from(content))),
        Ok(Err(error)) => {
            tracing::debug!(code = error.code(), "a wheel has no metadata that can be read");
            Ok(None)
        }
        Err(panic) => {
            tracing::error!(%panic, "the reader of wheels gave up");
            Ok(None)
        }
    }
}
