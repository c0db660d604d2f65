//! The community as a `Group`: what followers, Lemmy and other communities subscribe to.

use url::Url;
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::actor::{ActorDocument, Log};

/// What is the community's own: its log, and that only its members post.
pub(super) fn dress(common: ActorDocument, log: Option<Log>) -> ActorDocument {
    // Audits come from members here; a post from elsewhere would be announced to nobody, so Lemmy should not offer it.
    ActorDocument { posting_restricted_to_mods: Some(true), log, ..common }
}

/// The transparency log, so that followers find it.
pub(super) async fn log(ctx: &Ctx) -> Result<Option<Log>, Problem> {
    let vkey = vetmoot_workflows::log::vkey(ctx).await?.to_string();
    let checkpoint = Url::parse(&ctx.base_url.join("/log/checkpoint"));
    let bad = |error| Problem::new(Kind::Internal, "bad-base", "the address of this instance is no address").because(error);
    Ok(Some(Log { checkpoint: checkpoint.map_err(bad)?, vkey }))
}
