//! The answer a client gets for a listing: composed once, compressed once, found again by its tag.

use std::io::Write as _;
use std::sync::Arc;

use ::bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use vetmoot_ecosystems::{Form, Links, world};

use super::judged::Judged;
use crate::ctx::Ctx;
use crate::problem::{Kind, Problem};

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
    let form = match form {
        Form::CargoLines => "c",
        Form::PypiJson => "j",
        Form::PypiHtml => "h",
        Form::NpmFull => "f",
        Form::NpmAbbreviated => "a",
    };
    format!("\"{}-{form}{}\"", judged.tag, if gzip { "z" } else { "" })
}

/// The body of a judged listing. One composes while everybody else who wants the same waits for it.
pub async fn body(ctx: &Ctx, judged: &Arc<Judged>, form: Form, links: &Links, gzip: bool) -> Result<Bytes, Problem> {
    let key =
        AnswerKey { package: judged.current.package.clone(), tag: judged.tag.clone(), form, prefix: links.files.clone(), gzip };
    let (judged, links) = (judged.clone(), links.clone());
    let made = ctx.registry.answers.try_get_with(key, async move {
        let compose = move || {
            let listing = &judged.current.listing;
            let composed = world(listing.package.ecosystem()).compose(listing, &judged.shown, form, &links);
            if gzip { compress(&composed.body) } else { Ok(Bytes::from(composed.body)) }
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
