//! `admin`: what members do in the browser, and what only the operator does.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use clap::Subcommand;
use serde_json::json;
use vetmoot_domain::{Adoption, Organisation, Package, Role, Slug, UserName};
use vetmoot_workflows::member::token::Scope;
use vetmoot_workflows::policy::adopt::{self, Adopt};
use vetmoot_workflows::{Ctx, Origin, import, member};

use crate::config::Settings;
use crate::start;

/// The groups of admin commands.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Members.
    #[command(subcommand)]
    User(User),
    /// Tokens of programs.
    #[command(subcommand)]
    Token(Token),
    /// Policies.
    #[command(subcommand)]
    Policy(Policy),
    /// Imports of foreign evidence.
    #[command(subcommand)]
    Import(Import),
    /// The community's domain.
    #[command(subcommand)]
    Domain(Domain),
    /// Other servers: following, blocking, queues.
    #[command(subcommand)]
    Federation(super::federation::Federation),
    /// Projects handed through to their index.
    #[command(subcommand)]
    Project(super::project::Project),
    /// Credentials at official indexes.
    #[command(subcommand)]
    Credential(super::credential::Credential),
    /// Keys of actors.
    #[command(subcommand)]
    Keys(super::keys::Keys),
}

/// Members.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make a member; prints the handle.
    Create {
        /// The member's name.
        name: String,
        /// What they may do: auditor, lead, steward, admin.
        #[arg(long)]
        role: Vec<String>,
        /// The body they count for.
        #[arg(long)]
        organisation: Option<String>,
    },
    /// Give a member other roles, or another organisation, in place of those before; prints the handle.
    Change {
        /// The member's name.
        name: String,
        /// Everything they may do from now on: auditor, lead, steward, admin; none leaves a plain member.
        #[arg(long)]
        role: Vec<String>,
        /// The body they count for from now on; the community itself unless given.
        #[arg(long)]
        organisation: Option<String>,
    },
    /// Make a one-time sign-in link; prints it.
    Link {
        /// The member's name.
        name: String,
    },
}

/// Tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token; prints it alone.
    Create {
        /// Whose token.
        #[arg(long)]
        user: String,
        /// What it may do: audit, import, policy, publish, admin.
        #[arg(long, required = true)]
        scope: Vec<String>,
        /// The one package it is for.
        #[arg(long)]
        project: Option<String>,
        /// How many days it lasts.
        #[arg(long)]
        days: Option<u32>,
    },
}

/// Policies.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Adopt a policy from a file or the shelf; prints slug and digest.
    Adopt {
        /// A TOML file, or a name of the shelf: cooldown, safe-to-deploy, balanced, strict.
        policy: String,
        /// Under which slug; the file's or shelf's name unless given.
        #[arg(long)]
        slug: Option<String>,
        /// Serve everything and record what would have been withheld.
        #[arg(long)]
        observe: bool,
    },
}

/// Imports.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Import a cargo-vet audits.toml.
    CargoVet {
        /// A file or URL.
        source: String,
        /// What the import is called here; a policy's [[import]] names it so.
        #[arg(long = "as")]
        peer: String,
    },
    /// Import OSV records: a file, a folder, or a URL.
    Osv {
        /// A file, folder or URL.
        source: String,
        /// What the import is called here.
        #[arg(long = "as", default_value = "osv")]
        peer: String,
    },
}

/// The domain.
#[derive(Debug, Subcommand)]
pub enum Domain {
    /// Set the domain, once and for ever.
    Set {
        /// The host.
        host: String,
    },
}

/// Runs an admin command beside the server or without it.
pub async fn run(mut settings: Settings, admin: Admin, as_json: bool) -> anyhow::Result<ExitCode> {
    if let Admin::Domain(Domain::Set { host }) = &admin {
        settings.domain = Some(host.to_ascii_lowercase());
    }
    let ctx = start::context(&settings).await?;
    let (text, value) = match admin {
        Admin::User(user) => self::user(&ctx, user).await?,
        Admin::Token(token) => self::token(&ctx, token).await?,
        Admin::Policy(policy) => self::policy(&ctx, policy).await?,
        Admin::Import(wanted) => self::import(&ctx, wanted).await?,
        Admin::Federation(federation) => Box::pin(super::federation::run(&ctx, federation)).await?,
        Admin::Project(project) => super::project::run(&ctx, project).await?,
        Admin::Credential(credential) => super::credential::run(&ctx, credential).await?,
        Admin::Keys(keys) => super::keys::run(&ctx, keys).await?,
        Admin::Domain(Domain::Set { host }) => (
            format!("the domain is {host}, for ever; restart the server so that it speaks under it"),
            json!({ "domain": host }),
        ),
    };
    if as_json {
        println!("{value}");
    } else {
        println!("{text}");
    }
    Ok(ExitCode::SUCCESS)
}

type Printed = anyhow::Result<(String, serde_json::Value)>;

async fn user(ctx: &Ctx, command: User) -> Printed {
    match command {
        User::Create { name, role, organisation } => {
            let (name, roles, organisation) = member(&name, &role, organisation.as_deref())?;
            let user = member::create::create(ctx, &Origin::Operator, &name, &roles, organisation.as_ref()).await?.done()?;
            Ok((user.name.to_string(), json!({ "handle": user.name.to_string(), "roles": user.roles })))
        }
        User::Change { name, role, organisation } => {
            let (name, roles, organisation) = member(&name, &role, organisation.as_deref())?;
            let user = member::change::change(ctx, &Origin::Operator, &name, &roles, organisation.as_ref()).await?.done()?;
            Ok((user.name.to_string(), json!({ "handle": user.name.to_string(), "roles": user.roles })))
        }
        User::Link { name } => {
            let link = member::create::link(ctx, &Origin::Operator, &name.parse()?).await?;
            Ok((link.clone(), json!({ "link": link })))
        }
    }
}

type Member = (UserName, Vec<Role>, Option<Organisation>);

fn member(name: &str, roles: &[String], organisation: Option<&str>) -> anyhow::Result<Member> {
    let mut all = vec![Role::Member];
    for role in roles {
        all.push(role.parse()?);
    }
    all.sort_unstable();
    all.dedup();
    Ok((name.parse()?, all, organisation.map(str::parse).transpose()?))
}

async fn token(ctx: &Ctx, command: Token) -> Printed {
    let Token::Create { user, scope, project, days } = command;
    let scopes: Vec<Scope> = scope.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let project = project.map(|text| text.parse::<Package>()).transpose()?;
    let token = member::token::create(ctx, &Origin::Operator, &user.parse()?, &scopes, project.as_ref(), days).await?;
    Ok((token.clone(), json!({ "token": token })))
}

async fn policy(ctx: &Ctx, command: Policy) -> Printed {
    let Policy::Adopt { policy, slug, observe } = command;
    let (name, bytes) = match adopt::from_shelf(&policy) {
        Some(text) => (policy.clone(), text.as_bytes().to_vec()),
        None => {
            let path = Path::new(&policy);
            let bytes = std::fs::read(path).with_context(|| format!("`{policy}` is no policy of the shelf (cooldown, safe-to-deploy, balanced, strict) and no file that can be read"))?;
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            (stem.to_owned(), bytes)
        }
    };
    let slug: Slug = slug.unwrap_or(name).parse().context("name a slug with --slug")?;
    let mode = if observe { Adoption::Observe } else { Adoption::Enforce };
    let adopted = adopt::adopt(ctx, &Origin::Operator, Adopt { slug, bytes, mode })
        .await
        .map_err(|error| anyhow!(error.into_problem()))?
        .done()?;
    let text = format!("{} {}", adopted.slug, adopted.digest);
    Ok((
        text,
        json!({ "slug": adopted.slug.to_string(), "digest": adopted.digest.to_string(), "revision": adopted.revision, "mode": mode.to_string() }),
    ))
}

async fn import(ctx: &Ctx, command: Import) -> Printed {
    let (kind, source, peer) = match command {
        Import::CargoVet { source, peer } => (import::Kind::CargoVet, source, peer),
        Import::Osv { source, peer } => (import::Kind::Osv, source, peer),
    };
    if peer.trim().is_empty() {
        bail!("--as: name the import");
    }
    let location = import::Location::of(&source)?;
    let progress = progress_bar();
    let report =
        import::run::run(ctx, &Origin::Operator, &import::Wanted { name: peer, kind, location, every: None }, &|done| {
            progress.set_length(done.total.unwrap_or(done.entries));
            progress.set_position(done.entries);
        })
        .await?;
    progress.finish_and_clear();
    Ok((report.to_string(), serde_json::to_value(&report)?))
}

/// Count, rate and time left on a terminal; nothing elsewhere.
fn progress_bar() -> indicatif::ProgressBar {
    let style = indicatif::ProgressStyle::with_template("{bar:40} {pos}/{len} entries, {per_sec}, {eta} left");
    indicatif::ProgressBar::new(0).with_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_spinner()))
}
