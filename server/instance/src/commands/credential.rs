//! `admin credential`: what the release worker may use at official indexes; a secret is read from a file or standard
//! input, never from the command line, where every process could see it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::json;
use vetmoot_domain::{Day, Ecosystem, Package, Timestamp};
use vetmoot_workflows::submission::credential::{self, CredentialKind, CredentialRow, Offered};
use vetmoot_workflows::{Ctx, Origin};
use zeroize::Zeroizing;

/// Most bytes of a secret that are read.
const SECRET_BYTES_MAX: u64 = 8 * 1024;

/// Credentials at official indexes.
#[derive(Debug, Subcommand)]
pub enum Credential {
    /// Add one; its secret is read from standard input, or from a file. Prints its number.
    Add {
        /// Whose index: cargo, pypi, npm.
        #[arg(long)]
        ecosystem: String,
        /// The one package it is for, as a purl; all of the ecosystem unless given.
        #[arg(long)]
        package: Option<String>,
        /// What people call it.
        #[arg(long)]
        label: String,
        /// token, password (`user:password`, pypi), or stage (npm: a person approves each release at the index).
        #[arg(long, default_value = "token")]
        kind: String,
        /// The file the secret is in; standard input unless given.
        #[arg(long)]
        secret_file: Option<PathBuf>,
        /// The day, or the moment, on which it ends.
        #[arg(long)]
        expires: Option<String>,
    },
    /// List them; never a secret.
    List,
    /// Retire one and erase its secret.
    Retire {
        /// Its number.
        id: i64,
    },
}

/// Runs the command.
pub async fn run(ctx: &Ctx, command: Credential) -> anyhow::Result<(String, serde_json::Value)> {
    let origin = &Origin::Operator;
    match command {
        Credential::Add { ecosystem, package, label, kind, secret_file, expires } => {
            let ecosystem: Ecosystem = ecosystem.parse()?;
            let package = package.map(|text| text.parse::<Package>()).transpose()?;
            let kind: CredentialKind = kind.parse()?;
            let expires_at = expires.as_deref().map(ends).transpose()?;
            let secret = secret(secret_file.as_deref())?;
            let offered = Offered { ecosystem, package, label: &label, kind, secret: &secret, expires_at };
            let row = credential::add(ctx, origin, &offered).await?;
            Ok((row.id.to_string(), in_json(ctx, &row)))
        }
        Credential::List => {
            let rows = credential::list(ctx, origin).await?;
            let lines: Vec<String> = rows.iter().map(|row| in_words(ctx, row)).collect();
            let text = if lines.is_empty() { "there are no credentials".to_owned() } else { lines.join("\n") };
            Ok((text, json!({ "credentials": rows.iter().map(|row| in_json(ctx, row)).collect::<Vec<_>>() })))
        }
        Credential::Retire { id } => {
            credential::retire(ctx, origin, id).await?;
            Ok((format!("credential {id} is retired and its secret erased"), json!({ "retired": id })))
        }
    }
}

fn secret(file: Option<&Path>) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    match file {
        Some(path) => {
            let file = std::fs::File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
            file.take(SECRET_BYTES_MAX)
                .read_to_string(&mut text)
                .with_context(|| format!("{} holds no text", path.display()))?
        }
        None => std::io::stdin().take(SECRET_BYTES_MAX).read_to_string(&mut text).context("standard input holds no text")?,
    };
    if text.trim().is_empty() {
        bail!("no secret came: write it to standard input, or name a file with --secret-file");
    }
    Ok(text)
}

/// A moment, or a day, at the beginning of which it ends.
fn ends(text: &str) -> anyhow::Result<Timestamp> {
    match text.parse::<Day>() {
        Ok(day) => Ok(day.start()),
        Err(_) => text.parse().context("--expires: write a day such as 2027-02-19, or a moment such as 2027-02-19T10:00:00Z"),
    }
}

fn in_words(ctx: &Ctx, row: &CredentialRow) -> String {
    let what = row.package.as_ref().map_or_else(|| row.ecosystem.to_string(), ToString::to_string);
    let state = if row.retired_at.is_some() {
        "retired".to_owned()
    } else {
        match (credential::trouble(row, ctx.clock.now()), row.expires_at) {
            (Some(trouble), _) => trouble,
            (None, Some(ends)) => format!("until {}", ends.day()),
            (None, None) => "no end known".to_owned(),
        }
    };
    format!("{} {what} {} `{}`: {state}", row.id, row.kind, row.label)
}

fn in_json(ctx: &Ctx, row: &CredentialRow) -> serde_json::Value {
    json!({
        "id": row.id, "ecosystem": row.ecosystem.to_string(), "package": row.package.as_ref().map(ToString::to_string),
        "label": row.label, "kind": row.kind.to_string(), "expires": row.expires_at.map(|at| at.to_string()),
        "retired": row.retired_at.is_some(), "last_used": row.last_used_at.map(|at| at.to_string()),
        "trouble": credential::trouble(row, ctx.clock.now()),
    })
}
