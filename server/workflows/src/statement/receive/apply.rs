//! What sound records change: rows, evidence, epochs and one event, in one transaction.

use std::collections::{BTreeSet, HashMap, HashSet};

use vetmoot_domain::Timestamp;
use vetmoot_domain::event::Topic;
use vetmoot_storage::federation::following::{self, FollowState};
use vetmoot_storage::federation::peer_evidence::{self, Pending};
use vetmoot_storage::federation::received::{self, NewReceived};
use vetmoot_storage::federation::statements::{self, NewStatement, StatementRow};
use vetmoot_storage::{Tx, events};

use super::check::{Checked, Sound};
use super::read::{self, Said};
use super::room::Room;
use super::{Community, Refusal, Taken};
use crate::ctx::Ctx;
use crate::limits::EQUIVOCATIONS_KEPT_MAX;
use crate::problem::Problem;
use crate::submission::vet;

/// What a batch came to, for its event.
#[derive(Debug, Default)]
struct Counts {
    new: u64,
    known: u64,
    withdrawn: u64,
    erased: u64,
    equivocations: u64,
    refused: u64,
    later: u64,
}

impl Counts {
    fn count(&mut self, taken: &Taken) {
        match taken {
            Taken::New { .. } => self.new += 1,
            Taken::Known { .. } => self.known += 1,
            Taken::Equivocation { .. } => self.equivocations += 1,
            Taken::Refused { .. } => self.refused += 1,
            Taken::Later { .. } => self.later += 1,
        }
    }
    fn words(&self) -> String {
        let Self { new, known, withdrawn, erased, equivocations, refused, later } = self;
        format!(
            "new {new} known {known} withdrawn {withdrawn} erased {erased} equivocations {equivocations} refused {refused} later {later}"
        )
    }
}

/// Applies a batch; nothing of it when this community is followed no longer.
pub(super) async fn apply(ctx: &Ctx, community: &Community, checked: Vec<Checked>) -> Result<Vec<Taken>, Problem> {
    let now = ctx.clock.now();
    if !checked.iter().any(|one| matches!(one, Checked::Sound(_))) {
        return Ok(checked.into_iter().filter_map(settled).collect());
    }
    let tx = ctx.store.begin().await?;
    let still = following::by_id(&tx, community.following_id).await?;
    if still.is_none_or(|row| row.state != FollowState::Accepted) {
        tx.rollback().await?;
        return Ok(checked.into_iter().map(unfollowed).collect());
    }
    let lists = ctx.moderation.now();
    let mut batch = Batch::of(&tx, community, &checked).await?;
    let mut taken = Vec::with_capacity(checked.len());
    for one in checked {
        taken.push(match one {
            Checked::Done(taken) => taken,
            Checked::Sound(sound) => batch.take(community, *sound, |author| !lists.silences(author), now),
        });
    }
    let mut counts = Counts::default();
    for one in &taken {
        counts.count(one);
    }
    let written = batch.write(&tx, community, now, &mut counts).await?;
    if written.changed {
        let subject = [community.name.clone(), counts.words()];
        events::append(&tx, Topic::StatementsReceived, &subject, None, now).await?;
    }
    tx.commit().await?;
    if written.changed {
        ctx.changed();
        vet::settle_after_many(ctx, Some(&written.packages)).await;
    }
    Ok(taken)
}

fn settled(one: Checked) -> Option<Taken> {
    match one {
        Checked::Done(taken) => Some(taken),
        Checked::Sound(_) => None,
    }
}

fn unfollowed(one: Checked) -> Taken {
    match one {
        Checked::Done(taken) => taken,
        Checked::Sound(sound) => {
            Taken::refused(&sound.envelope.uri, Refusal::new("not-followed", "this community is not followed here"))
        }
    }
}

/// What writing a batch changed.
struct Written {
    changed: bool,
    /// The packages that something new was said about.
    packages: BTreeSet<i64>,
}

/// The records of a batch, sorted into what is to be written.
#[derive(Default)]
struct Batch {
    known: HashMap<String, StatementRow>,
    new: Vec<NewReceived>,
    /// Where in `new` an id stands.
    places: HashMap<String, usize>,
    leaves: Vec<(i64, i64)>,
    others: Vec<(String, [u8; 32], String)>,
    room: Room,
}

impl Batch {
    async fn of(tx: &Tx, community: &Community, checked: &[Checked]) -> Result<Self, Problem> {
        let sound: Vec<&Sound> = checked
            .iter()
            .filter_map(|one| match one {
                Checked::Sound(sound) => Some(sound.as_ref()),
                Checked::Done(_) => None,
            })
            .collect();
        let named = sound.iter().flat_map(|sound| [Some(sound.envelope.uri.clone()), sound.envelope.object.clone()]);
        let uris: Vec<String> = named.flatten().collect::<BTreeSet<_>>().into_iter().collect();
        let rows = statements::by_uris(tx, &uris).await?;
        let room = Room::of(tx, community.source_id, sound.iter().map(|sound| &sound.said)).await?;
        Ok(Self { known: rows.into_iter().map(|row| (row.uri.clone(), row)).collect(), room, ..Self::default() })
    }

    fn take(&mut self, community: &Community, sound: Sound, permitted: impl Fn(&str) -> bool, now: Timestamp) -> Taken {
        let uri = sound.envelope.uri.clone();
        if let Some(known) = self.known.get(&uri) {
            if known.digest != sound.digest {
                self.others.push((uri.clone(), sound.digest, sound.text));
                return Taken::Equivocation { uri };
            }
            if let Some(leaf) = sound.leaf.filter(|_| known.leaf.is_none()) {
                self.leaves.push((known.id, leaf));
            }
            return Taken::Known { uri };
        }
        if let Some(first) = self.places.get(&uri).and_then(|place| self.new.get_mut(*place)) {
            if first.statement.digest != sound.digest {
                self.others.push((uri.clone(), sound.digest, sound.text));
                return Taken::Equivocation { uri };
            }
            first.statement.leaf = first.statement.leaf.or(sound.leaf);
            return Taken::Known { uri };
        }
        if let Err(refusal) = self.may(community, &sound) {
            return Taken::refused(&uri, refusal);
        }
        // What a blocked author says is kept and weighs nothing, so it takes no room.
        let counts = permitted(&sound.envelope.author);
        if counts && let Err(refusal) = self.room.take(&sound.said) {
            return Taken::refused(&uri, refusal);
        }
        let kind = sound.envelope.kind.clone();
        self.places.insert(uri.clone(), self.new.len());
        self.new.push(statement(community, sound, counts, now));
        Taken::New { uri, kind }
    }

    /// Withdrawing and erasing is for the author of a statement and its community; unknown statements are judged by this
    /// when they arrive.
    fn may(&self, community: &Community, sound: &Sound) -> Result<(), Refusal> {
        if !ENDS.contains(&sound.envelope.kind.as_str()) {
            return Ok(());
        }
        let Some(object) = &sound.envelope.object else {
            return Err(Refusal::new("no-object", "it names no statement it is about"));
        };
        let here = self.places.get(object).and_then(|place| self.new.get(*place)).map(|new| new.statement.author.as_str());
        let author = here.or_else(|| self.known.get(object).map(|known| known.author.as_str()));
        match author {
            Some(author) if !may_end(community, &sound.envelope.author, author) => {
                Err(Refusal::new("not-its-author", "only a statement's author or its community withdraws or erases it"))
            }
            _ => Ok(()),
        }
    }

    /// Writes everything; answers what changed.
    async fn write(mut self, tx: &Tx, community: &Community, now: Timestamp, counts: &mut Counts) -> Result<Written, Problem> {
        received::insert(tx, community.source_id, &mut self.new, now).await?;
        statements::set_leaves(tx, &self.leaves).await?;
        let mut more = false;
        for (uri, digest, record) in &self.others {
            // A few prove it; whoever signs a thousand does not fill the disk with them.
            if received::equivocations_of(tx, uri).await? >= EQUIVOCATIONS_KEPT_MAX {
                continue;
            }
            more |= statements::add_equivocation(tx, uri, digest, record, now).await?;
        }
        // Whichever of the two came first: what is withdrawn or erased here, and what was before it arrived.
        let said = |kinds: &'static [&str]| {
            self.new.iter().map(|new| &new.statement).filter(move |new| kinds.contains(&new.kind.as_str()))
        };
        let mut objects: BTreeSet<&str> = said(&["Audit", "Advisory"]).map(|new| new.uri.as_str()).collect();
        objects.extend(said(&ENDS).filter_map(|new| new.object.as_deref()));
        let mut done = HashSet::new();
        let mut packages: BTreeSet<i64> = self.new.iter().filter_map(|new| new.statement.package_id).collect();
        for pending in peer_evidence::pending(tx, community.source_id, &objects).await? {
            if may_end(community, &pending.author, &pending.target_author)
                && done.insert((pending.kind.clone(), pending.target_uri.clone()))
            {
                end(tx, community, &pending, now, counts).await?;
                packages.extend(pending.package_id);
            }
        }
        Ok(Written { changed: more || !self.new.is_empty(), packages })
    }
}

/// The kinds that end another statement.
const ENDS: [&str; 2] = ["Withdrawal", "Erasure"];

fn may_end(community: &Community, who: &str, author: &str) -> bool {
    who == author || who == community.actor
}

async fn end(tx: &Tx, community: &Community, pending: &Pending, now: Timestamp, counts: &mut Counts) -> Result<(), Problem> {
    let record: serde_json::Value = serde_json::from_str(&pending.record).unwrap_or_default();
    if pending.kind == "Withdrawal" {
        let reason = read::reason(&record);
        counts.withdrawn += u64::from(peer_evidence::withdraw(tx, community.source_id, pending, &reason, now).await?);
    } else if read::erased_digest(&record) == Some(pending.target_digest) {
        counts.erased += u64::from(peer_evidence::erase(tx, community.source_id, pending).await?);
    }
    Ok(())
}

fn statement(community: &Community, sound: Sound, counts: bool, now: Timestamp) -> NewReceived {
    let Sound { envelope, digest, said, text, author_shown, leaf, via } = sound;
    let (audit, advisory, about) = match said {
        Said::Audit(audit) => (Some(*audit), None, None),
        Said::Advisory(advisory) => (None, Some(*advisory), None),
        Said::About(package) => (None, None, Some(package)),
        Said::Nothing => (None, None, None),
    };
    NewReceived {
        // The statement is kept, so that taking the block back needs no second download; it only weighs nothing.
        counts,
        author_shown,
        audit,
        advisory,
        about,
        statement: NewStatement {
            uri: envelope.uri,
            digest,
            kind: envelope.kind,
            author: envelope.author,
            source_id: Some(community.source_id),
            package_id: None,
            object: envelope.object,
            record: Some(text),
            note: None,
            published_at: envelope.published,
            received_at: now,
            via,
            leaf,
        },
    }
}
