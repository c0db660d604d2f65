//! The answer a client gets for a listing: composed once, compressed once, found again by its tag.

use std::io::Write as _;
use std::sync::Arc;

use ::bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use vetmoot_ecosystems::{Form, Links, world};

use super::judged::Judged;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};
use crate::submission::staging::Staged;

/// What a composed answer is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AnswerKey {
    package: vetmoot_domain::Package,
    tag: String,
    form: Form,
    prefix: String,
    gzip: bool,
}

/// The entity tag of a judged listing in one form (RFC 9110 section 8.8.3); answered without composing anything.
pub fn etag(judged: &Judged, form: Form, gzip: bool) -> String {
    etag_of(&judged.tag, form, gzip)
}

/// The entity tag of whatever `tag` changes with, in one form.
pub fn etag_of(tag: &str, form: Form, gzip: bool) -> String {
    let form = match form {
        Form::CargoLines => "c",
        Form::PypiJson => "j",
        Form::PypiHtml => "h",
        Form::NpmFull => "f",
        Form::NpmAbbreviated => "a",
    };
    format!("\"{tag}-{form}{}\"", if gzip { "z" } else { "" })
}

/// The body of a judged listing. One composes while everybody else who wants the same waits for it.
pub async fn body(ctx: &Ctx, judged: &Arc<Judged>, form: Form, links: &Links, gzip: bool) -> Result<Bytes, Problem> {
    let key =
        AnswerKey { package: judged.current.package.clone(), tag: judged.tag.clone(), form, prefix: links.files.clone(), gzip };
    let (judged, links) = (judged.clone(), links.clone());
    made(ctx, key, move || {
        let listing = &judged.current.listing;
        world(listing.package.ecosystem()).compose(listing, &judged.shown, form, &links).body
    })
    .await
}

/// The body of a package as its staging door lists it, found again like that of a judged listing.
pub async fn staged_body(ctx: &Ctx, staged: &Arc<Staged>, form: Form, links: &Links, gzip: bool) -> Result<Bytes, Problem> {
    let package = staged.listing.package.clone();
    let key = AnswerKey { package, tag: staged.tag.clone(), form, prefix: links.files.clone(), gzip };
    let (staged, links) = (staged.clone(), links.clone());
    made(ctx, key, move || world(staged.listing.package.ecosystem()).compose(&staged.listing, &staged.shown, form, &links).body)
        .await
}

async fn made(ctx: &Ctx, key: AnswerKey, compose: impl FnOnce() -> Vec<u8> + Send + 'static) -> Result<Bytes, Problem> {
    let gzip = key.gzip;
    let made = ctx.registry.answers.try_get_with(key, async move {
        let compose = move || {
            let body = compose();
            if gzip { compress(&body) } else { Ok(Bytes::from(body)) }
        };
        tokio::task::spawn_blocking(compose).await.map_err(|panic| panic.to_string())?.map_err(|error| error.to_string())
    });
    made.await.map_err(|error: Arc<String>| {
        Problem::new(
            Kind::Internal,
            "composing-failed",
            "the listing could not be composed; the operator finds the cause in the log",
        )
        .because(error)
    })
}

fn compress(body: &[u8]) -> std::io::Result<Bytes> {
    // Level 1 costs a third of the default and the answer is kept: clients on the same machine gain nothing from more.
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    Ok(Bytes::from(encoder.finish()?))
}
