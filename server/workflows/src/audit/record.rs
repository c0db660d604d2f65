//! Record an audit, whoever brings it: a form, or a program with a token.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vetmoot_domain::event::Topic;
use vetmoot_domain::limits::PUBLISHER_WINDOW_DAYS_MAX;
use vetmoot_domain::{Audit, AuditForm, AuditKind, CriterionName, Digest, Role, UserName};
use vetmoot_ecosystems::world;
use vetmoot_storage::audits::{AuditRow, NewAudit};
use vetmoot_storage::submission::checks;
use vetmoot_storage::{audits, events, packages};

use super::known;
use crate::actor::LocalActor;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};
use crate::statement::own::{self, NewOwn};
use crate::statement::{addresses, sign};
use crate::submission::vet;

/// Who may record audits.
const AUDITORS: [Role; 3] = [Role::Auditor, Role::Lead, Role::Steward];

/// Records what an auditor found. Nothing is lost on an error: nothing was written.
pub async fn record(ctx: &Ctx, origin: &Origin, form: &AuditForm) -> Result<AuditRow, Problem> {
    let Origin::Member { id: author, name, .. } = origin else {
        return Err(Problem::new(
            Kind::Forbidden,
            "audits-have-authors",
            "an audit has a person as its author; use a member's token",
        ));
    };
    if !origin.has(&AUDITORS) {
        return Err(Problem::new(
            Kind::Forbidden,
            "auditors-only",
            format!("{name} is no auditor here; a steward gives the role"),
        ));
    }
    let audit = form.parse().map_err(|error| Problem::invalid("bad-audit", error.field, error.text))?;
    check_criteria(ctx, &audit)?;
    let audit = settle(ctx, audit, *author).await?;
    let now = ctx.clock.now();
    let id = hex::encode(random()?);
    let salt = random()?;
    let record = record_of(ctx, &id, &hex::encode(salt), name, &audit, &now.to_string());
    let record = sign(ctx, &LocalActor::Person(name.clone()), record, now).await?;
    let tx = ctx.store.begin().await?;
    packages::ensure(&tx, &audit.package, now).await?;
    let new = NewAudit {
        id: id.clone(),
        author: *author,
        audit,
        record: record.to_string(),
        salt: hex::encode(salt),
        recorded_at: now,
    };
    audits::insert(&tx, &new).await?;
    let published = NewOwn {
        uri: &addresses::audit(ctx, &id),
        kind: "Audit",
        author: &ctx.base_url.join(&format!("/users/{name}")),
        package: Some(&new.audit.package),
        object: None,
        record: &record,
        published: now,
    };
    own::publish(ctx, &tx, published).await?;
    // Same transaction: either the audit, its leaf in the log and its news all exist, or none does.
    events::append(&tx, Topic::AuditRecorded, std::slice::from_ref(&id), Some(name.as_str()), now).await?;
    tx.commit().await?;
    ctx.changed();
    ctx.signals.compose.notify_one();
    vet::settle_after(ctx, &new.audit.package).await;
    show(ctx, &id).await
}

/// One audit by its id.
pub async fn show(ctx: &Ctx, id: &str) -> Result<AuditRow, Problem> {
    let found = audits::get(&ctx.store.read(), id).await?;
    found.ok_or_else(|| Problem::not_found("unknown-audit", "there is no audit with this id"))
}

/// The criteria an audit may claim here: cargo-vet's built-ins and those of the adopted policies.
pub fn known_criteria(ctx: &Ctx) -> BTreeSet<CriterionName> {
    let builtin = [vetmoot_domain::criterion::SAFE_TO_RUN, vetmoot_domain::criterion::SAFE_TO_DEPLOY];
    let mut known: BTreeSet<CriterionName> = builtin.iter().filter_map(|name| name.parse().ok()).collect();
    for adopted in ctx.book.all() {
        known.extend(adopted.policy.criteria().iter().map(|criterion| criterion.name.clone()));
    }
    known
}

fn check_criteria(ctx: &Ctx, audit: &Audit) -> Result<(), Problem> {
    let known = known_criteria(ctx);
    match audit.criteria.iter().find(|name| !known.contains(*name)) {
        None => Ok(()),
        Some(unknown) => {
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            Err(Problem::invalid(
                "unknown-criterion",
                "criteria",
                format!("`{unknown}` is no criterion of any policy here; known are {}", known.join(", ")),
            ))
        }
    }
}

/// Joins the audit with what is known here: its release has to be listed or staged, its digests have to be those of the
/// release.
async fn settle(ctx: &Ctx, mut audit: Audit, author: i64) -> Result<Audit, Problem> {
    let known = known::of(ctx, &audit.package).await.map_err(|problem| match problem.kind {
        Kind::NotFound => Problem::invalid("unknown-release", "release", problem.text),
        _ => problem,
    })?;
    match &mut audit.kind {
        AuditKind::Full { version, digests } => known.bind(version, digests, "release", "digests")?,
        AuditKind::Delta { from, from_digests, to, digests } => {
            known.bind(from, from_digests, "from", "from_digests")?;
            known.bind(to, digests, "release", "digests")?;
        }
        AuditKind::Violation { range } => {
            let versions = world(audit.package.ecosystem()).versions();
            if let Some(version) = known.versions().first() {
                versions.in_range(range, version).map_err(|error| Problem::invalid("bad-range", "range", error.to_string()))?;
            }
        }
        AuditKind::Publisher { end, .. } => {
            if end.days_since(ctx.clock.now().day()) > PUBLISHER_WINDOW_DAYS_MAX {
                return Err(Problem::invalid(
                    "window-too-long",
                    "publisher.end",
                    "trust in a publisher ends at most one year after it is recorded",
                ));
            }
        }
    }
    let covered: BTreeSet<Digest> = audit.digests().cloned().collect();
    if let Some(stray) = audit.findings.iter().find(|finding| !covered.contains(&finding.digest)) {
        return Err(Problem::invalid(
            "stray-finding",
            "findings.digest",
            format!("{} is no artifact this audit covers", stray.digest),
        ));
    }
    audit.self_audit |= is_own(ctx, &audit, author).await?;
    Ok(audit)
}

/// Whether the package is the author's own here, whatever the form says: they maintain its project or handed in a release
/// of it. That speaks against what they vouch for, never against what they deny.
async fn is_own(ctx: &Ctx, audit: &Audit, author: i64) -> Result<bool, Problem> {
    if matches!(audit.kind, AuditKind::Violation { .. }) {
        return Ok(false);
    }
    let reader = ctx.store.read();
    let Some(row) = packages::find(&reader, &audit.package).await? else { return Ok(false) };
    Ok(checks::own_people(&reader, row.id).await?.iter().any(|(id, _)| *id == author))
}

fn random() -> Result<[u8; 16], Problem> {
    vetmoot_keys::random_id_128()
        .map_err(|error| Problem::new(Kind::Internal, "no-randomness", "no id could be made").because(error))
}

/// The record: what is signed, exported and never changed.
pub(crate) fn record_of(ctx: &Ctx, id: &str, salt: &str, author: &UserName, audit: &Audit, recorded: &str) -> Value {
    let mut record = json!({
        "type": "Audit",
        "id": addresses::audit(ctx, id),
        "attributedTo": ctx.base_url.join(&format!("/users/{author}")),
        "published": recorded,
        "salt": salt,
    });
    let form = serde_json::to_value(AuditForm::from(audit)).unwrap_or_default();
    if let (Some(record), Value::Object(form)) = (record.as_object_mut(), form) {
        record.extend(form);
    }
    record
}
