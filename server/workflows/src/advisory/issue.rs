//! Issue an advisory: an auditor says what is wrong with versions of a package.

use serde_json::json;
use vetmoot_domain::Role;
use vetmoot_domain::event::Topic;
use vetmoot_storage::advisories::{self, AdvisoryRow, NewAdvisory};
use vetmoot_storage::events;

use super::addresses;
use super::form::AdvisoryForm;
use crate::actor::LocalActor;
use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};
use crate::registry::listing;
use crate::statement::own::{self, NewOwn};
use crate::statement::{salt, sign};

/// Issues an advisory. Nothing is lost on an error: nothing was written.
pub async fn issue(ctx: &Ctx, origin: &Origin, form: &AdvisoryForm) -> Result<AdvisoryRow, Problem> {
    let Origin::Member { id: author, name, .. } = origin else {
        let text = "an advisory has a person as its author; use a member's token";
        return Err(Problem::new(Kind::Forbidden, "advisories-have-authors", text));
    };
    if !origin.has(&[Role::Auditor, Role::Lead, Role::Steward]) {
        let text = format!("{name} is no auditor here; a steward gives the role");
        return Err(Problem::new(Kind::Forbidden, "auditors-only", text));
    }
    let now = ctx.clock.now();
    let id = salt()?;
    let said = form.read(&osv_id(&id, &now.to_string()), &ctx.base_url.join(&addresses::path(&id)), now)?;
    // A name that no index knows would be a warning about nothing.
    listing::current(ctx, &said.advisory.package).await.map_err(|problem| match problem.kind {
        Kind::NotFound => Problem::invalid("unknown-package", "package", problem.text),
        _ => problem,
    })?;
    let person = LocalActor::Person(name.clone());
    let (uri, salt) = (addresses::record(ctx, &id), salt()?);
    let record = json!({
        "type": "Advisory",
        "id": uri,
        "attributedTo": ctx.base_url.join(&person.to_string()),
        "published": now.to_string(),
        "salt": salt,
        "osv": said.osv.to_string(),
    });
    let record = sign(ctx, &person, record, now).await?;
    let tx = ctx.store.begin().await?;
    let new = NewAdvisory {
        id: id.clone(),
        author: *author,
        advisory: said.advisory,
        osv: said.osv.to_string(),
        record: record.to_string(),
        salt,
        issued_at: now,
    };
    advisories::insert(&tx, &new).await?;
    let published = NewOwn {
        uri: &uri,
        kind: "Advisory",
        author: &ctx.base_url.join(&person.to_string()),
        package: Some(&new.advisory.package),
        object: None,
        record: &record,
        published: now,
    };
    own::publish(ctx, &tx, published).await?;
    events::append(&tx, Topic::AdvisoryIssued, std::slice::from_ref(&id), Some(name.as_str()), now).await?;
    tx.commit().await?;
    ctx.changed();
    ctx.signals.compose.notify_one();
    super::show::show(ctx, &id).await
}

/// The record's id in the namespace of instances: the year, and as much of the random id as nobody guesses twice.
fn osv_id(id: &str, now: &str) -> String {
    format!("VETMOOT-{}-{}", now.get(..4).unwrap_or_default(), id.get(..16).unwrap_or(id))
}
