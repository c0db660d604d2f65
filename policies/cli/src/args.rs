//! The command line as clap reads it.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use vetmoot_domain::Use;

/// Ask a packaging community's policy about the packages you use.
#[derive(Debug, Parser)]
#[command(
    name = "vetmoot",
    version,
    about,
    after_help = "Exit codes: 0 all listed or baselined; 1 something held or refused by a rule; 2 usage, or a lock file or policy that cannot be read; 3 undecided; 4 a digest or signature is wrong."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Command,
    /// How the answer is written
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Only the first sentence of the answer, and nothing on standard error but failures
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

impl Args {
    pub(crate) fn json(&self) -> bool {
        self.format == Format::Json
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge every release of a lock file
    Check(CheckArgs),
    /// Say why a release is listed, held or refused, and what would list it
    Explain(ExplainArgs),
    /// Work on a policy document
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Write .vetmoot/baseline.toml: what fails today is passed over from now on; later runs only take out
    Init(InitArgs),
    /// Verify the proof of a statement
    Verify(VerifyArgs),
}

impl Command {
    pub(crate) fn is_offline(&self) -> bool {
        match self {
            Self::Check(args) => args.judging.offline,
            Self::Explain(args) => args.judging.offline,
            Self::Init(args) => args.offline,
            Self::Policy { .. } | Self::Verify(_) => false,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Read a policy and run the tests it carries
    Test(PolicyTestArgs),
}

/// What is judged by.
#[derive(Debug, clap::Args)]
pub(crate) struct JudgingArgs {
    /// A policy: a file, a name of the shelf (cooldown, safe-to-deploy, balanced, strict), the address of a .toml, or the
    /// page of a policy of an instance, which then decides
    #[arg(long, value_name = "URL|FILE")]
    pub policy: String,
    /// An audit feed of cargo-vet, counted as a community of its own at level 2
    #[arg(long, value_name = "FILE|URL")]
    pub feed: Vec<String>,
    /// A folder of advisories after the OSV schema, JSON or YAML
    #[arg(long, value_name = "DIR")]
    pub advisories: Vec<PathBuf>,
    /// Use no network
    #[arg(long)]
    pub offline: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Cargo.lock, requirements.txt, uv.lock or package-lock.json; left out, the one that stands here
    #[arg(value_name = "LOCKFILE")]
    pub lock: Option<PathBuf>,
    #[command(flatten)]
    pub judging: JudgingArgs,
    /// A baseline; left out, .vetmoot/baseline.toml beside the lock file, if there is one
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Say on standard error how long reading and judging took
    #[arg(long, hide = true)]
    pub timings: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// A release or artifact: pkg:cargo/serde@1.0.219
    pub purl: String,
    #[command(flatten)]
    pub judging: JudgingArgs,
    /// What it is used for: runtime, build or dev
    #[arg(long = "use", default_value = "runtime")]
    pub usage: Use,
    /// The artifact's digest, where a policy counts bound audits only: sha256:...
    #[arg(long)]
    pub digest: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PolicyTestArgs {
    /// The policy document
    pub file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// As for check
    #[arg(value_name = "LOCKFILE")]
    pub lock: Option<PathBuf>,
    /// As for check; left out, every release of the lock file goes into the baseline
    #[arg(long, value_name = "URL|FILE")]
    pub policy: Option<String>,
    /// As for check
    #[arg(long, value_name = "FILE|URL")]
    pub feed: Vec<String>,
    /// As for check
    #[arg(long, value_name = "DIR")]
    pub advisories: Vec<PathBuf>,
    /// Use no network
    #[arg(long)]
    pub offline: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// The statement as JSON
    #[arg(value_name = "FILE|URL")]
    pub statement: String,
    /// The public key you trust, as a Multikey: z6Mk...
    #[arg(long, value_name = "MULTIKEY", conflicts_with = "actor")]
    pub key: Option<String>,
    /// The actor document whose keys you trust
    #[arg(long, value_name = "FILE|URL")]
    pub actor: Option<String>,
    /// The transparency log the statement has to be in, an address or a folder with `checkpoint`, `key` and `tile/`; naming
    /// it is trusting it, unless --actor is the document of the community that announces its key
    #[arg(long, value_name = "URL|DIR")]
    pub log: Option<String>,
}
