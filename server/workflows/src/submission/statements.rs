//! What the community says about a candidate in public: that it was staged, that it was released, that an index lies.
//!
//! Each is called inside the transaction of the move it states, after the rows are written and before the commit, so that
//! move, record, leaf and news are one. Signing needs a key from disk and no network: it takes the transaction a
//! millisecond. A trial says nothing: there every function here does nothing and succeeds.

use serde_json::{Value, json};
use vetmoot_domain::{Digests, Home, PackageHandle, Timestamp, UserName};
use vetmoot_storage::Tx;
use vetmoot_storage::federation::service_actors::{self, ServiceKind};
use vetmoot_storage::federation::statements;

use super::{CandidateRow, FileRow};
use crate::actor::LocalActor;
use crate::ctx::Ctx;
use crate::problem::Problem;
use crate::statement::own::{self, NewOwn};
use crate::statement::{addresses, salt, sign};

/// A check that was waived, as the record of a release names it: nobody can waive in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waived {
    /// The check.
    pub name: String,
    /// Who waived it.
    pub by: UserName,
    /// Why, in their words.
    pub reason: String,
}

/// Says that a candidate is whole: the record `Candidate`, by its uploader. `row` and `files` as they are from now on.
pub async fn staged(ctx: &Ctx, tx: &Tx, row: &CandidateRow, files: &[FileRow]) -> Result<(), Problem> {
    if ctx.domain.is_none() {
        return Ok(());
    }
    let now = ctx.clock.now();
    let author = LocalActor::Person(row.uploader_name.clone());
    let uri = addresses::candidate(ctx, &row.id);
    let policy = ctx.book.newest(&row.policy).map(|adopted| adopted.policy.digest());
    let mut record = envelope(ctx, "Candidate", &uri, &author, row, &row.salt, now);
    let more = json!({
        "files": listed(files),
        "policy": match policy {
            Some(digest) => format!("{}@{digest}", row.policy),
            None => row.policy.to_string(),
        },
    });
    extend(&mut record, more);
    if let Some(program) = &row.uploaded_as {
        extend(&mut record, json!({ "uploadedAs": program }));
    }
    publish(ctx, tx, "Candidate", &author, row, None, &uri, record, now).await
}

/// Says that a candidate is where it was to go, with the bytes that were vetted: the record `Release`, by the lead who
/// released it, with every check that was waived.
pub async fn released(
    ctx: &Ctx,
    tx: &Tx,
    row: &CandidateRow,
    files: &[FileRow],
    lead: &UserName,
    target: Home,
    waived: &[Waived],
) -> Result<(), Problem> {
    if ctx.domain.is_none() {
        return Ok(());
    }
    let now = ctx.clock.now();
    let author = LocalActor::Person(lead.clone());
    let (uri, object) = (addresses::release(ctx, &row.id), addresses::candidate(ctx, &row.id));
    let mut record = envelope(ctx, "Release", &uri, &author, row, &salt()?, now);
    let waived: Vec<Value> =
        waived.iter().map(|one| json!({ "name": one.name, "by": address(ctx, &one.by), "reason": one.reason })).collect();
    extend(&mut record, json!({ "object": object, "files": listed(files), "target": target.as_str(), "waived": waived }));
    publish(ctx, tx, "Release", &author, row, Some(&object), &uri, record, now).await
}

/// Says that an index serves other bytes than those that were released: the record `ReleaseAlarm`, by the package itself.
///
/// `seen` are the digests of what the index serves. A candidate has one alarm: what comes after it is known already.
pub async fn mismatched(ctx: &Ctx, tx: &Tx, row: &CandidateRow, file: &FileRow, seen: &Digests) -> Result<(), Problem> {
    if ctx.domain.is_none() {
        return Ok(());
    }
    let (uri, object) = (addresses::alarm(ctx, &row.id), addresses::candidate(ctx, &row.id));
    if statements::by_uri(tx, &uri).await?.is_some() {
        return Ok(());
    }
    let now = ctx.clock.now();
    let handle = PackageHandle::of(&row.package);
    // A package nobody asked for yet has no actor, and now it has to speak.
    service_actors::remember(tx, handle.as_str(), ServiceKind::Package, &row.package.to_string(), now).await?;
    let author = LocalActor::Package(handle);
    let mut record = envelope(ctx, "ReleaseAlarm", &uri, &author, row, &salt()?, now);
    extend(&mut record, json!({ "object": object, "files": listed(std::slice::from_ref(file)), "seen": digests(seen) }));
    publish(ctx, tx, "ReleaseAlarm", &author, row, Some(&object), &uri, record, now).await
}

/// What every record of a candidate begins with.
fn envelope(ctx: &Ctx, kind: &str, uri: &str, author: &LocalActor, row: &CandidateRow, salt: &str, now: Timestamp) -> Value {
    json!({
        "type": kind,
        "id": uri,
        "attributedTo": ctx.base_url.join(&author.to_string()),
        "published": now.to_string(),
        "salt": salt,
        "release": row.package.release(row.version.clone()).to_string(),
    })
}

fn extend(record: &mut Value, more: Value) {
    if let (Value::Object(record), Value::Object(more)) = (record, more) {
        record.extend(more);
    }
}

fn address(ctx: &Ctx, member: &UserName) -> String {
    ctx.base_url.join(&LocalActor::Person(member.clone()).to_string())
}

fn listed(files: &[FileRow]) -> Vec<Value> {
    let one = |file: &FileRow| json!({ "name": file.file_name, "size": file.size, "digests": digests(&file.digests) });
    files.iter().map(one).collect()
}

fn digests(digests: &Digests) -> Value {
    digests
        .iter()
        .map(|digest| (digest.algorithm().to_owned(), Value::from(digest.hex())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[expect(clippy::too_many_arguments, reason = "what a record is made of; every caller is above")]
async fn publish(
    ctx: &Ctx,
    tx: &Tx,
    kind: &'static str,
    author: &LocalActor,
    row: &CandidateRow,
    object: Option<&str>,
    uri: &str,
    record: Value,
    now: Timestamp,
) -> Result<(), Problem> {
    let record = sign(ctx, author, record, now).await?;
    let author = ctx.base_url.join(&author.to_string());
    let new = NewOwn { uri, kind, author: &author, package: Some(&row.package), object, record: &record, published: now };
    own::publish(ctx, tx, new).await
}
