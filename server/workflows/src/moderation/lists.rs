//! The lists in memory, as every message in and out asks for them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use url::Url;
use vetmoot_storage::federation::moderation::{self, ModerationRow, Verdict};
use vetmoot_storage::{Reads, Store, settings};

use super::subject::{actor, authority, covering};
use crate::ctx::Ctx;
use crate::problem::Problem;

/// The setting that keeps the mode.
pub(super) const MODE: &str = "federation.mode";

/// With whom this instance speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Mode {
    /// With everybody; the lists are kept and not looked at.
    Open,
    /// With everybody who is not blocked.
    #[default]
    BlockList,
    /// With those who are allowed, and no one else.
    AllowList,
}

vetmoot_domain::word_enum!(Mode, "mode of federation", {
    Open => "open", BlockList => "block-list", AllowList => "allow-list",
});

/// What is in force at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// With whom this instance speaks.
    pub mode: Mode,
    verdicts: HashMap<String, Verdict>,
}

impl Snapshot {
    /// The mode with these decisions.
    pub fn of(mode: Mode, rows: &[ModerationRow]) -> Self {
        Self { mode, verdicts: rows.iter().map(|row| (row.subject.clone(), row.verdict)).collect() }
    }

    /// Reads what is in force.
    pub async fn read(reads: &impl Reads) -> Result<Self, Problem> {
        let rows = moderation::all(reads).await?;
        // A word this version does not know must not open what was closed.
        let mode = match settings::get(reads, MODE).await? {
            Some(text) => text.parse().unwrap_or(Mode::AllowList),
            None => Mode::default(),
        };
        Ok(Self::of(mode, &rows))
    }

    /// Whether this instance speaks with an origin (`https://vet.example.org`), and there with this actor.
    pub fn permits(&self, origin: &str, who: Option<&str>) -> bool {
        if self.mode == Mode::Open {
            return true;
        }
        let Some(host) = origin.parse::<Url>().ok().as_ref().and_then(authority) else { return false };
        let said_of_actor = who.and_then(actor).and_then(|who| self.verdicts.get(&who).copied());
        if let Some(verdict) = said_of_actor {
            // An actor that is allowed by itself does not lift what was decided about its whole server.
            return verdict == Verdict::Allow && (self.mode == Mode::AllowList || !self.blocks(&host));
        }
        match self.mode {
            Mode::Open => true,
            Mode::BlockList => !self.blocks(&host),
            // The names below an allowed host may belong to anybody, so that only the host itself is meant.
            Mode::AllowList => covering(&host)
                .take(2)
                .any(|name| bare(name) == bare(&host) && self.verdicts.get(name) == Some(&Verdict::Allow)),
        }
    }

    /// Whether what this actor says weighs nothing, whatever is thought of its server.
    pub fn silences(&self, who: &str) -> bool {
        self.mode != Mode::Open && actor(who).and_then(|who| self.verdicts.get(&who).copied()) == Some(Verdict::Block)
    }

    /// The actors whose words weigh nothing, whatever is thought of their servers.
    pub fn silenced(&self) -> impl Iterator<Item = &str> {
        let blocked = self.verdicts.iter().filter(|(subject, verdict)| **verdict == Verdict::Block && subject.contains("://"));
        blocked.filter(|_| self.mode != Mode::Open).map(|(subject, _)| subject.as_str())
    }

    /// The same decisions under another mode.
    #[must_use]
    pub fn as_mode(&self, mode: Mode) -> Self {
        Self { mode, verdicts: self.verdicts.clone() }
    }

    /// Whether the host is blocked: what was decided about the longest name that covers it counts.
    fn blocks(&self, host: &str) -> bool {
        covering(host).find_map(|name| self.verdicts.get(name)) == Some(&Verdict::Block)
    }
}

/// A host without its port.
fn bare(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// What the moderation of this instance says at present.
#[derive(Debug, Default)]
pub struct Lists {
    now: RwLock<Arc<Snapshot>>,
}

impl Lists {
    /// Whether this instance speaks with an origin (`https://vet.example.org`), and there with this actor.
    pub fn permits(&self, origin: &str, actor: Option<&str>) -> bool {
        self.now().permits(origin, actor)
    }

    /// What is in force.
    pub fn now(&self) -> Arc<Snapshot> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the lists again.
    pub async fn reload(&self, store: &Store) -> Result<(), Problem> {
        let snapshot = Snapshot::read(&store.read()).await?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        Ok(())
    }
}

/// With whom this instance speaks.
pub fn mode(ctx: &Ctx) -> Mode {
    ctx.moderation.now().mode
}

#[cfg(test)]
mod tests {
    use vetmoot_domain::Timestamp;

    use super::*;

    fn lists(mode: Mode, decided: &[(&str, Verdict)]) -> Snapshot {
        let row = |(subject, verdict): &(&str, Verdict)| ModerationRow {
            subject: (*subject).to_owned(),
            verdict: *verdict,
            reason: String::new(),
            decided_by: String::new(),
            decided_at: Timestamp::from_millis(0),
        };
        Snapshot::of(mode, &decided.iter().map(row).collect::<Vec<_>>())
    }

    #[test]
    fn a_blocked_host_takes_the_names_below_it_with_it() {
        let lists = lists(Mode::BlockList, &[("bad.example", Verdict::Block), ("good.bad.example", Verdict::Allow)]);
        for blocked in
            ["https://bad.example", "https://a.b.bad.example", "https://BAD.example.", "http://bad.example:8080", "junk"]
        {
            assert!(!lists.permits(blocked, None), "{blocked}");
        }
        for fine in ["https://notbad.example", "https://good.bad.example", "https://x.good.bad.example"] {
            assert!(lists.permits(fine, None), "{fine}");
        }
    }

    #[test]
    fn one_actor_can_be_blocked_alone() {
        let eve = "https://some.example/users/eve";
        let lists = lists(Mode::BlockList, &[(eve, Verdict::Block)]);
        assert!(!lists.permits("https://some.example", Some(eve)));
        assert!(!lists.permits("https://some.example", Some("https://SOME.example:443/users/eve#main-key")));
        assert!(lists.permits("https://some.example", Some("https://some.example/users/ada")));
        assert!(lists.permits("https://some.example", None));
    }

    #[test]
    fn with_an_allow_list_only_the_host_itself_is_meant() {
        let decided = [("good.example", Verdict::Allow), ("port.example:8443", Verdict::Allow)];
        let lists = lists(Mode::AllowList, &decided);
        assert!(lists.permits("https://good.example", None) && lists.permits("https://port.example:8443", None));
        for other in ["https://user.good.example", "https://else.example", "https://port.example", "https://example"] {
            assert!(!lists.permits(other, None), "{other}");
        }
    }

    #[test]
    fn an_open_instance_looks_at_no_list() {
        assert!(lists(Mode::Open, &[("bad.example", Verdict::Block)]).permits("https://bad.example", None));
    }
}
