//! State a policy's revision: signed by the policy itself, published, and a leaf of the log.

use serde_json::json;
use vetmoot_domain::{Adoption, Slug, Timestamp};
use vetmoot_judge::Policy;
use vetmoot_storage::Tx;
use vetmoot_storage::federation::statements;

use crate::actor::LocalActor;
use crate::ctx::Ctx;
use crate::problem::Problem;
use crate::statement::own::{self, NewOwn};
use crate::statement::{addresses, salt, sign};

/// A revision to be stated.
#[derive(Clone, Copy)]
pub(super) struct Revision<'a> {
    pub slug: &'a Slug,
    pub number: u32,
    pub mode: Adoption,
    pub bytes: &'a [u8],
    pub policy: &'a Policy,
    pub adopted_at: Timestamp,
}

/// States a revision, unless it was stated before: adopting again what is adopted is no news. A trial states nothing.
pub(super) async fn state(ctx: &Ctx, tx: &Tx, revision: Revision<'_>) -> Result<bool, Problem> {
    let Revision { slug, number, mode, bytes, policy, adopted_at } = revision;
    let uri = addresses::revision(ctx, slug, number);
    if ctx.domain.is_none() || statements::by_uri(tx, &uri).await?.is_some() {
        return Ok(false);
    }
    let actor = LocalActor::Policy(slug.clone());
    let author = ctx.base_url.join(&actor.to_string());
    let record = json!({
        "type": "PolicyRevision",
        "id": uri,
        "attributedTo": author,
        "published": adopted_at.to_string(),
        "salt": salt()?,
        "slug": slug.to_string(),
        "revision": number,
        "digest": policy.digest().to_string(),
        "mode": mode.to_string(),
        "title": policy.title(),
        "summary": policy.summary(),
        "document": String::from_utf8_lossy(bytes),
    });
    // The number of a new revision is known only here, so it is signed while the transaction is open.
    let record = sign(ctx, &actor, record, ctx.clock.now()).await?;
    let published = NewOwn {
        uri: &uri,
        kind: "PolicyRevision",
        author: &author,
        package: None,
        object: Some(&author),
        record: &record,
        published: adopted_at,
    };
    own::publish(ctx, tx, published).await?;
    Ok(true)
}

/// States the newest revision of every policy that was adopted while there was no domain; answers how many there were.
///
/// Their author is the community itself, which got its domain by somebody who may speak for it.
pub async fn state_adopted(ctx: &Ctx) -> Result<usize, Problem> {
    let mut stated = 0;
    if ctx.domain.is_none() {
        return Ok(stated);
    }
    for adopted in ctx.book.all() {
        let revision = Revision {
            slug: &adopted.slug,
            number: adopted.revision,
            mode: adopted.mode,
            bytes: &adopted.bytes,
            policy: &adopted.policy,
            adopted_at: adopted.adopted_at,
        };
        let tx = ctx.store.begin().await?;
        stated += usize::from(state(ctx, &tx, revision).await?);
        tx.commit().await?;
    }
    Ok(stated)
}
