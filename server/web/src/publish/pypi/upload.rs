//! An upload by twine or uv: what the form says is compared with the file's name and bytes, and all findings are told at once.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use vetmoot_domain::Version;
use vetmoot_domain::package::is_file_name;
use vetmoot_ecosystems::{pypi, world};
use vetmoot_workflows::submission::hand_in::{self, Handed, Receipt, Refusal, Uploader};
use vetmoot_workflows::submission::{FileKind, Finding, Weight, preflight, wheel};
use vetmoot_workflows::{Ctx, Problem};

use super::super::auth;
use super::form::{self, Form};
use super::refusal;
use crate::limits::ATTESTATIONS_MAX;

/// Fields that are about the request and not about the release.
const OF_THE_REQUEST: [&str; 8] = [
    ":action",
    "protocol_version",
    "attestations",
    "md5_digest",
    "sha256_digest",
    "blake2_256_digest",
    "gpg_signature",
    "submit",
];

/// `POST /publish/pypi/`: takes one file.
pub(super) async fn receive(ctx: web::Data<Ctx>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let uploader = match auth::uploader(&ctx, &request).await {
        Ok(uploader) => uploader,
        Err(problem) => {
            form::refuse(&ctx, &request, payload).await;
            return refusal::of_problem(&problem);
        }
    };
    let form = match form::read(&ctx, &uploader, &request, payload).await {
        Ok(form) => form,
        Err(problem) => return refusal::of_problem(&problem),
    };
    let file_name = form.file_name.clone();
    match hand(&ctx, &uploader, form).await {
        Ok(receipt) => taken(&file_name, &receipt),
        Err(Refusal::Problem(problem)) => refusal::of_problem(&problem),
        Err(Refusal::Findings(findings)) => refusal::of_findings(&file_name, &findings),
    }
}

async fn hand(ctx: &Ctx, uploader: &Uploader, form: Form) -> Result<Receipt, Refusal> {
    let (permit, stored) = (form.permit.clone(), form.stored.clone());
    match checked(ctx, form).await {
        Ok(handed) => hand_in::hand_in(ctx, uploader, &permit, handed).await,
        Err(refusal) => {
            hand_in::refused(ctx, uploader, &stored).await;
            Err(refusal)
        }
    }
}

/// What the form hands in, once it contradicts itself nowhere.
async fn checked(ctx: &Ctx, form: Form) -> Result<Handed, Refusal> {
    let mut findings = Vec::new();
    let version = version(&form, &mut findings);
    let kind = kind(&form, version.as_ref(), &mut findings);
    digest(&form, &mut findings);
    let attestations = attestations(&form, &mut findings);
    request(&form, &mut findings);
    let (Some(version), Some(kind)) = (version, kind) else { return Err(Refusal::Findings(findings)) };
    if !is_file_name(&form.file_name) {
        return Err(Refusal::Findings(findings));
    }
    let core_metadata = match kind {
        FileKind::Wheel => wheel::keep_metadata(ctx, &form.stored.sha256).await?,
        _ => None,
    };
    let handed = Handed {
        version,
        metadata: metadata(&form, core_metadata),
        attestations,
        kind,
        whole: false,
        file_name: form.file_name,
        stored: form.stored,
    };
    if findings.is_empty() {
        return Ok(handed);
    }
    // What pre-flight has to say comes along: whoever mends one thing does not want to learn of the next one by one.
    let said: Vec<String> = findings.iter().map(|finding| finding.code.clone()).collect();
    let more = preflight::run(ctx, &form.permit.project, &handed).await?;
    findings.extend(more.into_iter().filter(|finding| !said.contains(&finding.code)));
    findings.sort_by_key(|finding| finding.weight);
    Err(Refusal::Findings(findings))
}

/// The version in PEP 440's normal form.
fn version(form: &Form, findings: &mut Vec<Finding>) -> Option<Version> {
    let said = form.first("version").unwrap_or_default();
    let read = pypi::normal_version(said);
    if read.is_none() {
        let text = match said {
            "" => "the form names no version".to_owned(),
            said => format!("`{}` is no version (PEP 440)", short(said)),
        };
        findings.push(Finding::error("bad-version", text, "build the distribution again with a version such as 1.2.3"));
    }
    read
}

/// The kind of file by the ending of its name; none for what is not taken. That the rest of the name is the release's, and
/// that the form calls it so, is noticed on the way.
fn kind(form: &Form, version: Option<&Version>, findings: &mut Vec<Finding>) -> Option<FileKind> {
    let name = &form.file_name;
    let (kind, expected) = if name.ends_with(".whl") {
        (FileKind::Wheel, "bdist_wheel")
    } else if name.ends_with(".tar.gz") || name.ends_with(".zip") {
        (FileKind::Sdist, "sdist")
    } else {
        let text = "only wheels and source distributions in .tar.gz or .zip are taken";
        findings.push(Finding::error("file-name", text, "build a wheel and a .tar.gz").at(short(name)));
        return None;
    };
    let rebuild = "build it again with a current build tool, which names it as the index wants it";
    let mut wrong = |text: String| findings.push(Finding::error("file-name", text, rebuild).at(short(name)));
    match (pypi::read_file_name(&form.package, name), version) {
        (Err(error), _) => wrong(error.to_string()),
        (Ok((named, _)), Some(version)) => {
            if world(form.package.ecosystem()).versions().compare(&named, version).is_ne() {
                wrong(format!("the file's name says version {named}, and the form says {version}"));
            }
        }
        (Ok(_), None) => {}
    }
    let said = form.first("filetype").unwrap_or("nothing");
    if said != expected {
        let text = format!("the form says that the file is `{}`, and by its name it is `{expected}`", short(said));
        let fix = "send the field `filetype` that fits the file, as current clients do";
        findings.push(Finding::error("file-kind", text, fix).at(short(name)));
    }
    Some(kind)
}

/// The SHA-256 the client computed has to be that of what came; MD5 proves nothing, and BLAKE2 is not kept here.
fn digest(form: &Form, findings: &mut Vec<Finding>) {
    let came = hex(&form.stored.sha256);
    if let Some(said) = form.first("sha256_digest")
        && !said.eq_ignore_ascii_case(&came)
    {
        let text = format!("the form announces the SHA-256 {}, and what came has {came}", short(said));
        let fix = "upload it again; when it happens again, something between changes the file";
        findings.push(Finding::error("digest-differs", text, fix).at(short(&form.file_name)));
    }
}

/// The attestations as they were sent, when they are what PEP 740 wants: a list of a few objects.
fn attestations(form: &Form, findings: &mut Vec<Finding>) -> Option<String> {
    let sent = form.first("attestations")?;
    let read: Option<Vec<Value>> = serde_json::from_str(sent).ok();
    match read {
        Some(list) if list.is_empty() => None,
        Some(list) if list.len() <= ATTESTATIONS_MAX && list.iter().all(is_attestation) => Some(sent.to_owned()),
        _ => {
            let text = format!("the attestations are no list of at most {ATTESTATIONS_MAX} attestation objects (PEP 740)");
            findings.push(Finding::error("bad-attestations", text, "upload without attestations, or with a current client"));
            None
        }
    }
}

/// Version 1 has verification material and an envelope.
fn is_attestation(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some_and(Value::is_object);
    value.get("version").and_then(Value::as_u64) == Some(1) && has("verification_material") && has("envelope")
}

/// What the form says about itself.
fn request(form: &Form, findings: &mut Vec<Finding>) {
    let upload = form.first(":action").is_none_or(|action| action == "file_upload");
    let known = form.first("protocol_version").is_none_or(|version| version == "1");
    if !upload || !known {
        let text = "this door takes the action `file_upload` in protocol version 1";
        findings.push(Finding::error("bad-form", text, "upload with twine or uv"));
    }
}

/// What is kept of the form: every field that is about the release, and the digest of a wheel's own metadata.
fn metadata(form: &Form, core_metadata: Option<String>) -> Value {
    let fields: serde_json::Map<String, Value> = form
        .fields
        .iter()
        .filter(|(name, _)| !OF_THE_REQUEST.contains(&name.as_str()))
        .map(|(name, values)| (name.clone(), json!(values)))
        .collect();
    let mut metadata = json!({ "fields": fields });
    if let (Some(digest), Some(object)) = (core_metadata, metadata.as_object_mut()) {
        object.insert("core_metadata".to_owned(), digest.into());
    }
    metadata
}

/// Neither twine nor uv prints it, but whoever looks at the answer learns what happens next.
fn taken(file_name: &str, receipt: &Receipt) -> HttpResponse {
    let again = if receipt.again { "was here already with exactly these bytes" } else { "was handed in" };
    let mut text = format!("{file_name} {again}.\n{}\n", receipt.next);
    for warning in receipt.warnings.iter().filter(|finding| finding.weight == Weight::Warning) {
        text.push_str(&refusal::line(warning));
        text.push('\n');
    }
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::LOCATION, receipt.page.clone()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text)
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// A text of the client's made fit for a sentence.
fn short(text: &str) -> String {
    text.chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What no route of the door takes.
pub(super) fn nothing() -> Problem {
    Problem::not_found(
        "unknown-path",
        "there is nothing at this path; upload to /publish/pypi/ and read the index below /publish/pypi/simple/",
    )
}
