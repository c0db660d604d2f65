//! Detached signatures over artifacts and index answers of the community's own packages.
//!
//! The key is the one the community signs statements with, published as an `assertionMethod` at its actor; retired keys stay
//! there with their times, so that what was signed while they were in use keeps verifying.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE64;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use vetmoot_domain::proof::Multikey;
use vetmoot_domain::{CandidateState, Ecosystem, Package};
use vetmoot_keys::{PublicKey, Purpose};

use super::{Candidate, FileRow, candidate};
use crate::actor::{LocalActor, blocking};
use crate::ctx::Ctx;
use crate::limits::SIGNATURES_CACHED;
use crate::problem::{Kind, Problem};

/// The first line of a signed artifact's text.
const ARTIFACT: &str = "vetmoot-artifact-v1";
/// What an answer's signature covers (RFC 9421 section 2).
const COVERED: &str = "(\"@status\" \"content-digest\" \"@path\";req)";
/// Times a key is asked for again because it was retired between two looks.
const LOOKS: usize = 3;

/// The signature of an answer, as its headers carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerSignature {
    /// `Content-Digest` (RFC 9530): the SHA-256 of the content as it is sent, compressed or not.
    pub content_digest: String,
    /// `Signature-Input` (RFC 9421 section 4.1).
    pub input: String,
    /// `Signature` (RFC 9421 section 4.2).
    pub signature: String,
}

/// Signatures that were made, so that an answer given again is not signed again; all of it can be lost at any time.
pub struct Signatures {
    artifacts: Cache<Made, Arc<str>>,
    answers: Cache<Made, Arc<AnswerSignature>>,
}

/// What a signature is found by: what it is about, and the key in use.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Made {
    about: String,
    key: String,
}

impl Default for Signatures {
    fn default() -> Self {
        Self { artifacts: Cache::new(SIGNATURES_CACHED), answers: Cache::new(SIGNATURES_CACHED) }
    }
}

/// The signature beside an artifact that was released from here (`FILE-URL.sig`). `wanted` picks the file.
///
/// What is not released has none: a signature stands for ever, and nobody may have looked at a candidate yet.
///
/// The document is the signed text, an empty line, and a line with the key's id and the signature in base64. The text has a
/// line each for what it is, the artifact's purl, its SHA-256, its size in bytes and the time of signing.
pub async fn artifact(
    ctx: &Ctx,
    package: &Package,
    wanted: impl Fn(&Candidate, &FileRow) -> bool,
) -> Result<Arc<str>, Problem> {
    if ctx.domain.is_none() {
        let text = "this instance is a trial without a domain: it has no key that others could check a signature with";
        return Err(Problem::not_found("no-signatures-on-a-trial", text));
    }
    let none = || Problem::not_found("unknown-file", format!("nothing of {package} was handed in under this name"));
    let live = candidate::live(ctx, package).await?;
    let files = || live.iter().flat_map(|one| one.files.iter().map(move |file| (one, file)));
    let mut found: Vec<_> = files().filter(|(one, file)| wanted(one, file)).collect();
    let named = found.first().map(|(one, _)| (*one).clone());
    found.retain(|(one, _)| one.row.state == CandidateState::Released);
    let Some((one, file)) = found.first() else {
        return Err(named.map_or_else(none, |one| unreleased(ctx, &one)));
    };
    let hex = file.digests.sha256.map(hex::encode).ok_or_else(none)?;
    // Where a release is one file, its artifact is known by the version alone.
    let file_name = (package.ecosystem() == Ecosystem::Pypi).then_some(file.file_name.as_str());
    let purl = package.release(one.row.version.clone()).artifact(file_name);
    let facts = format!("{ARTIFACT}\n{purl}\nsha256:{hex}\nsize:{}\n", file.size);
    blocking(ctx, move |ctx| {
        let mut look = || {
            let key = current(ctx)?;
            let made = Made { about: facts.clone(), key: key.to_string() };
            if let Some(known) = ctx.registry.signatures.artifacts.get(&made) {
                return Ok(Some(known));
            }
            let text = format!("{facts}created:{}\n", ctx.clock.now().whole_second());
            let Some(signature) = signed(ctx, &key, &text)? else { return Ok(None) };
            let document: Arc<str> = format!("{text}\n{} {signature}\n", method(ctx, &key)).into();
            ctx.registry.signatures.artifacts.insert(made, document.clone());
            Ok(Some(document))
        };
        tried(&mut look)
    })
    .await?
    .ok_or_else(busy)
}

/// What is told of a candidate that is not released.
fn unreleased(ctx: &Ctx, one: &Candidate) -> Problem {
    let release = one.row.package.release(one.row.version.clone());
    let (state, page) = (one.row.state, candidate::page(ctx, &one.row.id));
    let text = format!("{release} is {state} and not signed: a file is signed when it is released; where it stands: {page}");
    Problem::not_found("not-released", text)
}

/// The signature of an index answer about a package whose home is this community; none for others, and none on a trial.
///
/// `tag` is the answer's entity tag, which changes whenever its content does; `path` is the request's path as it was sent;
/// `body` the content as it leaves, compressed or not.
pub async fn answer(
    ctx: &Ctx,
    package: &Package,
    tag: &str,
    path: &str,
    body: &Bytes,
) -> Result<Option<Arc<AnswerSignature>>, Problem> {
    if ctx.domain.is_none() || !ctx.reserved.covers(package) {
        return Ok(None);
    }
    let (about, path, body) = (format!("{package} {tag} {path}"), path.to_owned(), body.clone());
    let made = blocking(ctx, move |ctx| {
        let mut look = || {
            let key = current(ctx)?;
            let made = Made { about: about.clone(), key: key.to_string() };
            if let Some(known) = ctx.registry.signatures.answers.get(&made) {
                return Ok(Some(known));
            }
            let content_digest = format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(&body)));
            let created = ctx.clock.now().millis().div_euclid(1_000);
            let params = format!("{COVERED};created={created};keyid=\"{}\";alg=\"ed25519\"", method(ctx, &key));
            let Some(signature) = signed(ctx, &key, &base(&content_digest, &path, &params))? else { return Ok(None) };
            let (input, signature) = (format!("vetmoot={params}"), format!("vetmoot=:{signature}:"));
            let signed = Arc::new(AnswerSignature { content_digest, input, signature });
            ctx.registry.signatures.answers.insert(made, signed.clone());
            Ok(Some(signed))
        };
        tried(&mut look)
    });
    made.await?.ok_or_else(busy).map(Some)
}

/// The signature base of an answer with status 200 (RFC 9421 section 2.5).
fn base(content_digest: &str, path: &str, params: &str) -> String {
    let mut base = String::from("\"@status\": 200\n");
    let written = write!(base, "\"content-digest\": {content_digest}\n\"@path\";req: {path}\n\"@signature-params\": {params}");
    written.expect("writing into memory cannot fail");
    base
}

/// The address of a key of the community: its actor's, with the key as its fragment.
fn method(ctx: &Ctx, key: &Multikey) -> String {
    format!("{}#{key}", ctx.base_url.join(&LocalActor::Community.to_string()))
}

/// The community's key for statements in use, made if there is none.
fn current(ctx: &Ctx) -> Result<Multikey, vetmoot_keys::KeysError> {
    let owner = LocalActor::Community.key_owner();
    match ctx.keys.ensure(&owner, Purpose::Statement, ctx.clock.now())?.public {
        PublicKey::Ed25519(key) => Ok(key),
        PublicKey::Rsa(_) => Err(vetmoot_keys::KeysError::NoKey { owner: owner.to_string() }),
    }
}

/// The signature in base64; none when the key named in the text was retired before it could sign.
fn signed(ctx: &Ctx, key: &Multikey, text: &str) -> Result<Option<String>, vetmoot_keys::KeysError> {
    let (by, signature) = ctx.keys.sign_text(&LocalActor::Community.key_owner(), text)?;
    Ok((by == *key).then(|| BASE64.encode(&signature)))
}

fn tried<T, E>(look: &mut impl FnMut() -> Result<Option<T>, E>) -> Result<Option<T>, E> {
    for _ in 0..LOOKS {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn busy() -> Problem {
    Problem::new(Kind::Unavailable, "keys-changing", "the community's keys are being changed just now; ask again")
}
