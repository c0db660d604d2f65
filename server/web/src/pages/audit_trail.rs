//! What stands on an audit's page because others can follow it: its place in the log, where its posts went, its erasure.

use std::fmt::Write as _;

use vetmoot_domain::Role;
use vetmoot_frontend::pages::audit::{Audit as Page, Erasure, Inclusion};
use vetmoot_frontend::parts::{DeliveryRow, DeliveryState, Link};
use vetmoot_workflows::audit::AuditRow;
use vetmoot_workflows::delivery::ledger::{self, LedgerRow};
use vetmoot_workflows::statement::{self, addresses};
use vetmoot_workflows::{Origin, Problem, log};

use super::fediverse::host_of;
use super::moment::when;
use super::visit::Visit;

/// Adds it to the page. A trial has none of it.
pub async fn add(visit: &Visit, row: &AuditRow, page: &mut Page) -> Result<(), Problem> {
    if visit.ctx.domain.is_none() {
        return Ok(());
    }
    let uri = addresses::audit(&visit.ctx, &row.id);
    page.inclusion = inclusion(visit, row, &uri).await?;
    if row.proven && !row.erased {
        page.record_href = Some(format!("/audits/{}/record", row.id));
        page.export_href = page.inclusion.is_some().then(|| export(&row.id));
    }
    if may_see_deliveries(visit, row) {
        page.deliveries = Some(deliveries(visit, &row.id).await?);
    }
    Ok(())
}

async fn inclusion(visit: &Visit, row: &AuditRow, uri: &str) -> Result<Option<Inclusion>, Problem> {
    let Some(found) = log::inclusion(&visit.ctx, uri).await? else { return Ok(None) };
    let actor = visit.ctx.base_url.join(&format!("/users/{}", row.author_name));
    Ok(Some(Inclusion {
        leaf: found.index,
        tree_size: found.size,
        path: found.hashes.iter().map(|hash| hex(hash)).collect(),
        checkpoint: found.checkpoint,
        // What was erased cannot be exported; its digest alone stands in the log.
        command: (!row.erased).then(|| {
            let file = visit.ctx.base_url.join(&export(&row.id));
            format!("vetmoot verify {file} --actor {actor} --log {}", visit.ctx.base_url.join("/log/"))
        }),
    }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Where the record is with its receipt.
fn export(id: &str) -> String {
    format!("/api/v1/audits/{id}/export")
}

/// Its author and the admins see where an audit went.
fn may_see_deliveries(visit: &Visit, row: &AuditRow) -> bool {
    let own = matches!(&visit.member, Some(Origin::Member { id, .. }) if *id == row.author);
    own || visit.has(&[Role::Admin])
}

async fn deliveries(visit: &Visit, id: &str) -> Result<Vec<DeliveryRow>, Problem> {
    let ledgers = ledger::about(&visit.ctx, &format!("/audits/{id}")).await?;
    let row = |kind: &str, row: LedgerRow| DeliveryRow {
        host: host_of(&row.origin).to_owned(),
        activity: kind.to_owned(),
        state: state(&row.state),
        tries: u64::try_from(row.tries).unwrap_or_default(),
        error: row.last_error,
        next: row.next_at.map(|at| when(visit.now, at)),
    };
    Ok(ledgers
        .into_iter()
        .flat_map(|ledger| ledger.rows.into_iter().map(move |one| (ledger.kind.clone(), one)))
        .map(|(kind, one)| row(&kind, one))
        .collect())
}

fn state(word: &str) -> DeliveryState {
    match word {
        "retry" => DeliveryState::Retry,
        "sent" => DeliveryState::Sent,
        "gone" => DeliveryState::Gone,
        _ => DeliveryState::Queued,
    }
}

/// The page of an audit whose text is gone: when, by its digest, and the note that says so.
pub async fn erased(visit: &Visit, row: &AuditRow) -> Result<Page, Problem> {
    let note: serde_json::Value = serde_json::from_str(&row.record).unwrap_or_default();
    let text = |name: &str| note.get(name).and_then(serde_json::Value::as_str);
    let at = text("published").and_then(|at| at.parse().ok()).unwrap_or(row.recorded_at);
    let published = statement::by_uri(&visit.ctx, &addresses::erasure(&visit.ctx, &row.id)).await.is_ok();
    let mut page = Page {
        sentence: "This audit was erased".to_owned(),
        id: row.id.clone(),
        recorded: when(visit.now, row.recorded_at),
        erasure: Some(Erasure {
            when: when(visit.now, at),
            digest: text("digest").unwrap_or_default().to_owned(),
            statement: published
                .then(|| Link::new("The signed note that says so", format!("/audits/{}/erasure/record", row.id))),
        }),
        ..Page::default()
    };
    add(visit, row, &mut page).await?;
    Ok(page)
}
