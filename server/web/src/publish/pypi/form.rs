//! The legacy upload form: multipart, read field by field within bounds, its file straight into the blob store.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use actix_multipart::{Field, Multipart};
use actix_web::error::PayloadError;
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::lock::Mutex;
use futures_util::stream::{self, LocalBoxStream};
use vetmoot_domain::{Ecosystem, Package};
use vetmoot_workflows::submission::hand_in::{self, Permit, Uploader};
use vetmoot_workflows::submission::receive::{self, Hashes, Incoming, Stored};
use vetmoot_workflows::{Ctx, Problem};

use super::super::body::{Body, announced};
use crate::limits::{UPLOAD_FIELD_BYTES_MAX, UPLOAD_FIELD_NAME_MAX, UPLOAD_FIELDS_BYTES_MAX, UPLOAD_FIELDS_MAX};

/// The fields of which a form may have several: lists of the core metadata (twine and uv send one part for each entry).
const REPEATED: [&str; 23] = [
    "classifiers",
    "dynamic",
    "import_name",
    "import_names",
    "import_namespace",
    "import_namespaces",
    "keywords",
    "license_file",
    "license_files",
    "obsoletes",
    "obsoletes_dist",
    "platform",
    "platforms",
    "project_urls",
    "provides",
    "provides_dist",
    "provides_extra",
    "provides_extras",
    "requires",
    "requires_dist",
    "requires_external",
    "supported_platform",
    "supported_platforms",
];

/// A form that was read whole.
pub(super) struct Form {
    /// Every field but the file, in the order of their names; those that may stand there several times in theirs.
    pub(super) fields: BTreeMap<String, Vec<String>>,
    /// The package it names.
    pub(super) package: Package,
    /// That it may be handed in.
    pub(super) permit: Permit,
    /// What the file is called.
    pub(super) file_name: String,
    /// The file's bytes.
    pub(super) stored: Stored,
}

impl Form {
    /// The first value of a field; none when it is empty.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.first().map(String::as_str).filter(|value| !value.is_empty())
    }
}

type Coming = Rc<Mutex<Body<LocalBoxStream<'static, Result<Bytes, PayloadError>>>>>;

/// Reads the form of a request, its file in pieces; a refusal reads on for a while, so that the client sees it.
pub(super) async fn read(
    ctx: &Ctx,
    uploader: &Uploader,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Form, Problem> {
    let coming: Coming = Rc::new(Mutex::new(Body::new(ctx, payload.boxed_local())));
    let mut stored = None;
    let read = whole(ctx, uploader, request, &coming, &mut stored).await;
    if let (Err(_), Some(stored)) = (&read, &stored) {
        hand_in::refused(ctx, uploader, stored).await;
    }
    if read.is_err() {
        coming.lock().await.drain(announced(request)).await;
    }
    read
}

/// Answers a request that is refused before its body is looked at.
pub(super) async fn refuse(ctx: &Ctx, request: &HttpRequest, payload: web::Payload) {
    Body::new(ctx, payload).drain(announced(request)).await;
}

/// Reads every part; `kept` is the file as soon as its bytes are stored, whatever comes of the form.
async fn whole(
    ctx: &Ctx,
    uploader: &Uploader,
    request: &HttpRequest,
    coming: &Coming,
    kept: &mut Option<Stored>,
) -> Result<Form, Problem> {
    let most = ctx.publishing.file_bytes_max.saturating_add(UPLOAD_FIELDS_BYTES_MAX);
    if announced(request).is_some_and(|bytes| bytes > most) {
        return Err(receive::too_large(ctx.publishing.file_bytes_max));
    }
    // What the reader of the form makes of an end that is none would hide why there was one.
    let ended: Rc<RefCell<Option<Problem>>> = Rc::default();
    let pieces = stream::unfold((coming.clone(), ended.clone()), |(coming, ended)| async move {
        let piece = coming.lock().await.piece(u64::MAX).await;
        match piece {
            Ok(Some(piece)) => Some((Ok(piece), (coming, ended))),
            Ok(None) => None,
            Err(problem) => {
                *ended.borrow_mut() = Some(problem);
                Some((Err(PayloadError::Incomplete(None)), (coming, ended)))
            }
        }
    });
    let fields = BTreeMap::new();
    let mut reading = Reading { ctx, uploader, ended, fields, count: 0, bytes: 0, permit: None, file: None, kept };
    // The reader of the form asks on after the end.
    let mut parts = Multipart::new(request.headers(), pieces.fuse().boxed_local());
    while let Some(part) = parts.next().await {
        let field = part.map_err(|error| reading.broken(&error))?;
        reading.part(field).await?;
    }
    reading.end().await
}

/// What was read so far.
struct Reading<'a> {
    ctx: &'a Ctx,
    uploader: &'a Uploader,
    ended: Rc<RefCell<Option<Problem>>>,
    fields: BTreeMap<String, Vec<String>>,
    count: usize,
    bytes: u64,
    permit: Option<(Package, Permit)>,
    file: Option<(String, Stored)>,
    kept: &'a mut Option<Stored>,
}

impl Reading<'_> {
    async fn part(&mut self, field: Field) -> Result<(), Problem> {
        let name = field.name().unwrap_or_default().to_owned();
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':');
        if name.is_empty() || name.len() > UPLOAD_FIELD_NAME_MAX || !name.bytes().all(known) {
            return Err(Problem::invalid("bad-form", "form", "the form has a field with a name no upload form has"));
        }
        if name == "content" {
            return self.file(field).await;
        }
        self.count += 1;
        if self.count > UPLOAD_FIELDS_MAX {
            let text = format!("the form has more than {UPLOAD_FIELDS_MAX} fields");
            return Err(Problem::invalid("too-many-fields", "form", text));
        }
        // Of two values one index reads the first and another one the last, so what was vetted would not be what is told.
        if self.fields.contains_key(&name) && !REPEATED.contains(&name.as_str()) {
            let text = format!("the form has the field `{name}` twice; send it once");
            return Err(Problem::invalid("repeated-field", &name, text));
        }
        let value = self.text(&name, field).await?;
        self.fields.entry(name).or_default().push(value);
        Ok(())
    }

    async fn text(&mut self, name: &str, mut field: Field) -> Result<String, Problem> {
        let mut value = Vec::new();
        while let Some(piece) = field.next().await {
            let piece = piece.map_err(|error| self.broken(&error))?;
            self.bytes += piece.len() as u64;
            if value.len() + piece.len() > UPLOAD_FIELD_BYTES_MAX || self.bytes > UPLOAD_FIELDS_BYTES_MAX {
                let text = format!(
                    "the field `{name}` is too long; one has at most {UPLOAD_FIELD_BYTES_MAX} bytes, all together {UPLOAD_FIELDS_BYTES_MAX}"
                );
                return Err(Problem::invalid("field-too-long", name, text));
            }
            value.extend_from_slice(&piece);
        }
        String::from_utf8(value).map_err(|_| Problem::invalid("bad-field", name, format!("the field `{name}` is not UTF-8")))
    }

    async fn file(&mut self, mut field: Field) -> Result<(), Problem> {
        if self.file.is_some() {
            return Err(Problem::invalid("bad-form", "content", "the form has two files; send one request for each"));
        }
        let file_name = field.content_disposition().and_then(|said| said.get_filename()).unwrap_or_default().to_owned();
        // Who may not is told before the file is read, where the client sends its name first, as all known ones do.
        if self.fields.contains_key("name") {
            self.permit().await?;
        }
        let most = self.permit.as_ref().map_or(self.ctx.publishing.file_bytes_max, |(_, permit)| permit.file_bytes_max);
        let mut incoming = Incoming::begin(self.ctx, Hashes::Sha256, most).await?;
        while let Some(piece) = field.next().await {
            incoming.take(piece.map_err(|error| self.broken(&error))?).await?;
        }
        let stored = incoming.finish().await?;
        *self.kept = Some(stored.clone());
        self.file = Some((file_name, stored));
        Ok(())
    }

    async fn permit(&mut self) -> Result<(), Problem> {
        if self.permit.is_some() {
            return Ok(());
        }
        let name = match self.fields.get("name").map(Vec::as_slice) {
            Some([name]) => name,
            Some(_) => return Err(Problem::invalid("bad-name", "name", "the form names several projects")),
            None => return Err(Problem::invalid("bad-name", "name", "the form names no project; send the field `name`")),
        };
        let package =
            Package::new(Ecosystem::Pypi, name).map_err(|error| Problem::invalid("bad-name", "name", error.to_string()))?;
        let permit = hand_in::permit(self.ctx, self.uploader, &package).await?;
        self.permit = Some((package, permit));
        Ok(())
    }

    async fn end(mut self) -> Result<Form, Problem> {
        self.permit().await?;
        let (Some((package, permit)), Some((file_name, stored))) = (self.permit, self.file) else {
            return Err(Problem::invalid("no-file", "content", "the form has no file; send it in the field `content`"));
        };
        Ok(Form { fields: self.fields, package, permit, file_name, stored })
    }

    /// Why the form could not be read on: what ended its body, else what is wrong with its shape.
    fn broken(&self, error: &actix_multipart::MultipartError) -> Problem {
        let ended = self.ended.borrow_mut().take();
        ended.unwrap_or_else(|| {
            Problem::invalid("bad-form", "form", format!("this is no upload form that can be read: {error}")).because(error)
        })
    }
}
