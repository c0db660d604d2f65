//! `admin keys`: the keys of an actor, and their successors.

use clap::Subcommand;
use serde_json::json;
use vetmoot_workflows::actor::{self, ActorKeys, LocalActor};
use vetmoot_workflows::{Ctx, Origin};

/// Keys of actors.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Replace the keys of an actor; prints its new ones. The old ones stay in its document with their times.
    Rotate {
        /// Its handle or path: `community`, `ada`, `cargo.serde`, `/users/ada`.
        actor: String,
    },
}

/// Runs a command about keys.
pub async fn run(ctx: &Ctx, command: Keys) -> anyhow::Result<(String, serde_json::Value)> {
    let Keys::Rotate { actor: named } = command;
    let found = match named.strip_prefix('@').unwrap_or(&named) {
        path if path.starts_with('/') => Some(path.parse::<LocalActor>()?),
        handle => actor::by_name(ctx, handle, None).await?,
    };
    let Some(found) = found else {
        anyhow::bail!("`{named}` is no actor of this instance; name a member, a policy or `community`")
    };
    let rotated = actor::rotate(ctx, &Origin::Operator, &found).await?;
    Ok((in_words(&rotated.keys), in_json(&rotated.actor, &rotated.keys)))
}

fn in_words(keys: &ActorKeys) -> String {
    let current = keys.statements.iter().filter(|key| key.until.is_none()).map(|key| format!("\n{}", key.key));
    format!("{}{}", keys.http.id, current.collect::<String>())
}

fn in_json(actor: &LocalActor, keys: &ActorKeys) -> serde_json::Value {
    let statements: Vec<_> = keys
        .statements
        .iter()
        .map(|key| {
            json!({ "multikey": key.key.to_string(), "from": key.from.to_string(), "until": key.until.map(|until| until.to_string()) })
        })
        .collect();
    json!({ "actor": actor.to_string(), "http": keys.http.id, "statements": statements })
}
