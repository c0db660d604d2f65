//! Publishing a statement of our own: its row and its leaf, in the transaction of the change it states.

use serde_json::Value;
use vetmoot_domain::log::entry_of;
use vetmoot_domain::{Package, Timestamp};
use vetmoot_storage::federation::statements::{self, NewStatement, Via};
use vetmoot_storage::{Tx, packages};

use crate::ctx::Ctx;
use crate::log;
use crate::problem::{Kind, Problem};

/// A signed statement of ours.
#[derive(Debug, Clone, Copy)]
pub struct NewOwn<'a> {
    /// The record's id.
    pub uri: &'a str,
    /// `Audit`, `Withdrawal`, `PolicyRevision`, `Erasure`, `Candidate`, `Release` or `ReleaseAlarm`.
    pub kind: &'static str,
    /// The address of the actor it is attributed to.
    pub author: &'a str,
    /// The package it is about.
    pub package: Option<&'a Package>,
    /// The id of what it withdraws, erases or revises.
    pub object: Option<&'a str>,
    /// The record with its proof.
    pub record: &'a Value,
    /// When it is dated.
    pub published: Timestamp,
}

/// Publishes a statement: afterwards it has a row and a leaf in our log, or the transaction is given up. A trial has
/// neither.
pub async fn publish(ctx: &Ctx, tx: &Tx, new: NewOwn<'_>) -> Result<(), Problem> {
    if ctx.domain.is_none() {
        return Ok(());
    }
    let digest = digest_of(new.record)?;
    let now = ctx.clock.now();
    let package_id = match new.package {
        Some(package) => Some(packages::ensure(tx, package, now).await?.id),
        None => None,
    };
    let leaf = log::append::append(ctx, tx, &[digest]).await?;
    let row = NewStatement {
        uri: new.uri.to_owned(),
        digest,
        kind: new.kind.to_owned(),
        author: new.author.to_owned(),
        source_id: None,
        package_id,
        object: new.object.map(str::to_owned),
        record: Some(new.record.to_string()),
        note: None,
        published_at: new.published,
        received_at: now,
        via: Via::Own,
        leaf: Some(i64::try_from(leaf).unwrap_or(i64::MAX)),
    };
    match statements::insert(tx, &row).await? {
        Some(_) => Ok(()),
        None => Err(Problem::new(
            Kind::Conflict,
            "statement-exists",
            format!("a statement with the id {} exists, and statements never change; nothing was written", new.uri),
        )),
    }
}

/// The digest of a record: SHA-256 of its canonical form, proof included. It is the entry of its leaf in the log.
pub fn digest_of(record: &Value) -> Result<[u8; 32], Problem> {
    entry_of(record).map_err(|error| Problem::invalid(error.code(), "record", "this cannot be a statement").because(error))
}
