//! Needs: what a policy wants of a candidate before the community may release it, and what of it is there.

use serde::Serialize;

use crate::time::Timestamp;

/// What kind of thing is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedKind {
    /// Audits that cover every file.
    Audits,
    /// Days in the open.
    Wait,
    /// The result of an outside check.
    Check,
    /// That nothing speaks against it: no violation, no advisory, no rule.
    Clean,
    /// That it can go where it is to go: a credential, a name that is free, an index that will take it.
    Way,
}

crate::word_enum!(NeedKind, "kind of need", {
    Audits => "audits", Wait => "wait", Check => "check", Clean => "clean", Way => "way",
});

/// Whether a thing that is wanted is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedState {
    /// It is.
    Met,
    /// It was waived, publicly and with a reason.
    Waived,
    /// Not yet.
    Waiting,
    /// It came, and says no.
    Failed,
}

crate::word_enum!(NeedState, "state of a need", {
    Met => "met", Waived => "waived", Waiting => "waiting", Failed => "failed",
});

/// One thing that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// What kind.
    pub kind: NeedKind,
    /// Which one: a criterion, the name of a check, the code of what speaks against it.
    pub name: String,
    /// Whether it is there.
    pub state: NeedState,
    /// What there is or what is missing, in a sentence.
    pub text: String,
    /// Until when it waits, where that is known.
    pub until: Option<Timestamp>,
    /// Who met or waived it.
    pub by: Option<String>,
    /// Where to read more.
    pub link: Option<String>,
}

impl Need {
    /// A need of which only kind, name, state and sentence are known.
    pub fn new(kind: NeedKind, name: impl Into<String>, state: NeedState, text: impl Into<String>) -> Self {
        Self { kind, name: name.into(), state, text: text.into(), until: None, by: None, link: None }
    }
    /// Whether nothing more is wanted of it.
    pub fn is_met(&self) -> bool {
        matches!(self.state, NeedState::Met | NeedState::Waived)
    }
}

/// What an outside check says (in-toto attestation framework, predicate test-result v0.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckVerdict {
    /// Everything it looked at is as it should be.
    Passed,
    /// It is, and there is something to know all the same.
    Warned,
    /// It is not.
    Failed,
}

crate::word_enum!(CheckVerdict, "result of a check", { Passed => "PASSED", Warned => "WARNED", Failed => "FAILED" });
