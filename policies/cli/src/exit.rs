//! How the command ends: exit codes, and the failures behind them.

use vetmoot_domain::proof::ProofError;
use vetmoot_ecosystems::lock::LockError;
use vetmoot_judge::PolicyErrors;

/// The exit code, fixed for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: all listed or baselined; valid under a key, or in a log, that was named.
    Fine,
    /// 1: something is held or refused by a rule; a policy's own test fails.
    Failed,
    /// 2: usage, or a lock file or policy that cannot be read.
    Usage,
    /// 3: undecided for want of an answer or a fact; a proof whose key nobody named.
    Undecided,
    /// 4: a digest or signature is wrong.
    Integrity,
}

impl Exit {
    /// The number a shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Undecided => 3,
            Self::Integrity => 4,
        }
    }
}

/// Why the command could not answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The arguments do not fit together or name what does not exist.
    #[error("{0}")]
    Usage(String),
    /// A file cannot be read.
    #[error("cannot read {place}: {why}")]
    File {
        /// The file.
        place: String,
        /// What the system said.
        why: String,
    },
    /// A file cannot be written.
    #[error("cannot write {place}: {why}")]
    Write {
        /// The file.
        place: String,
        /// What the system said.
        why: String,
    },
    /// The lock file cannot be read.
    #[error("{place}: {error}")]
    Lock {
        /// The file.
        place: String,
        /// What is wrong with it.
        error: LockError,
    },
    /// The policy cannot be read.
    #[error("the policy {place} cannot be read:\n{errors}")]
    Policy {
        /// Where it came from.
        place: String,
        /// What is wrong with it, with lines.
        errors: PolicyErrors,
    },
    /// The baseline cannot be read.
    #[error("the baseline {place} cannot be read: {why}")]
    Baseline {
        /// The file.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// A feed cannot be read.
    #[error("the feed {place} cannot be read: {why}")]
    Feed {
        /// Where it came from.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something at an address could not be reached, so nothing was decided.
    #[error("{url} could not be reached: {why}")]
    Unreachable {
        /// The address.
        url: String,
        /// What went wrong.
        why: String,
    },
    /// An address answered that it does not want this question.
    #[error("{url} answered {status}: {why}")]
    Answer {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The title and detail of the answer.
        why: String,
    },
    /// A statement or key cannot be read as one.
    #[error("{place}: {error}")]
    Statement {
        /// Where it came from.
        place: String,
        /// What is wrong with it.
        error: ProofError,
    },
}

impl Failure {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::File { .. } => "file-unreadable",
            Self::Write { .. } => "file-unwritable",
            Self::Lock { error, .. } => error.code(),
            Self::Policy { .. } => "policy-unreadable",
            Self::Baseline { .. } => "baseline-unreadable",
            Self::Feed { .. } => "feed-unreadable",
            Self::Unreachable { .. } => "unreachable",
            Self::Answer { .. } => "answer-unexpected",
            Self::Statement { error, .. } => error.code(),
        }
    }

    /// How the command ends for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unreachable { .. } => Exit::Undecided,
            // Busy, broken or barred: the question was fine. What it does not know was asked wrongly.
            Self::Answer { status, .. } if *status >= 500 || matches!(status, 401 | 403 | 408 | 429) => Exit::Undecided,
            Self::Lock { error: LockError::Contradiction { .. }, .. } => Exit::Integrity,
            _ => Exit::Usage,
        }
    }
}
