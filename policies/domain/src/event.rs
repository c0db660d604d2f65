//! Topics of the event log: everything that happens is one row under one of these.

/// What happened, as a dotted, versioned topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// An audit was recorded.
    AuditRecorded,
    /// An audit was withdrawn by its author.
    AuditWithdrawn,
    /// A policy was adopted or changed.
    PolicyAdopted,
    /// An import ran.
    ImportRan,
    /// A member was created or changed.
    UserChanged,
    /// A token was made.
    TokenCreated,
    /// A package was read from its index for the first time.
    PackageSeen,
    /// An upstream file changed its bytes under the same name.
    DigestChanged,
    /// A policy in `observe` would have withheld something.
    WithheldObserved,
    /// The instance got its domain, once and for ever.
    DomainSet,
    /// A backup was restored here.
    BackupRestored,
    /// A statement's text was erased; its digest stays.
    StatementErased,
    /// A key was replaced by its successor.
    KeyRotated,
    /// An actor of ours changed what it says of itself.
    ActorChanged,
    /// Somebody began to follow an actor of ours.
    FollowerCame,
    /// Somebody stopped following an actor of ours.
    FollowerLeft,
    /// This community asked to follow another.
    FollowRequested,
    /// Another community let this one follow it.
    FollowAccepted,
    /// Another community refused to be followed.
    FollowRejected,
    /// This community follows another no longer.
    FollowEnded,
    /// Statements of a followed community arrived; the subject holds counts.
    StatementsReceived,
    /// A host or an actor was blocked, allowed, or neither any more; or the mode changed.
    ModerationDecided,
    /// A log contradicts what it said before.
    LogForked,
    /// An admin tried, paused, resumed or reset the queue of a host.
    DeliveryTended,
    /// A package became one of this community's projects.
    ProjectOpened,
    /// People, policy, publishers or the stop switch of a project changed.
    ProjectChanged,
    /// The first file of a release was handed in.
    CandidateOpened,
    /// A file of a release was handed in; the subject holds the candidate's id and the file's digest.
    CandidateFile,
    /// A release was handed in whole.
    CandidateStaged,
    /// A candidate went to another state; the subject holds its id and the state.
    CandidateMoved,
    /// A release is where it was to go, with the bytes that were vetted.
    CandidateReleased,
    /// The index holds other bytes than those that were released.
    ReleaseMismatched,
    /// A signed result of an outside check came.
    CheckPosted,
    /// A check was waived by somebody, with a reason.
    CheckWaived,
    /// A credential was added, changed or retired.
    CredentialChanged,
    /// A credential ends soon, or was refused.
    CredentialTroubled,
    /// A yank, its undoing or a deprecation was asked for, decided or done.
    ActionMoved,
    /// All publishing was stopped, or goes on.
    PublishingSwitched,
    /// An advisory was issued here.
    AdvisoryIssued,
    /// An advisory issued here was withdrawn.
    AdvisoryWithdrawn,
    /// A change of policies or roles waits for a second steward; the subject holds its number, its kind and what it is about.
    ProposalMade,
    /// A second steward agreed, and the change took effect.
    ProposalAccepted,
    /// Another steward said no to a change.
    ProposalRefused,
    /// Whoever proposed a change took it back.
    ProposalWithdrawn,
}

crate::word_enum!(Topic, "event topic", {
    AuditRecorded => "audit.recorded.v1", AuditWithdrawn => "audit.withdrawn.v1", PolicyAdopted => "policy.adopted.v1",
    ImportRan => "import.ran.v1", UserChanged => "user.changed.v1", TokenCreated => "token.created.v1",
    PackageSeen => "package.seen.v1", DigestChanged => "artifact.digest-changed.v1",
    WithheldObserved => "policy.withheld-observed.v1", DomainSet => "instance.domain-set.v1",
    BackupRestored => "instance.restored.v1", StatementErased => "statement.erased.v1", KeyRotated => "key.rotated.v1",
    ActorChanged => "actor.changed.v1", FollowerCame => "follower.came.v1", FollowerLeft => "follower.left.v1",
    FollowRequested => "follow.requested.v1", FollowAccepted => "follow.accepted.v1",
    FollowRejected => "follow.rejected.v1", FollowEnded => "follow.ended.v1",
    StatementsReceived => "statements.received.v1", ModerationDecided => "moderation.decided.v1",
    LogForked => "log.forked.v1", DeliveryTended => "delivery.tended.v1",
    ProjectOpened => "project.opened.v1", ProjectChanged => "project.changed.v1",
    CandidateOpened => "candidate.opened.v1", CandidateFile => "candidate.file.v1", CandidateStaged => "candidate.staged.v1",
    CandidateMoved => "candidate.moved.v1", CandidateReleased => "candidate.released.v1",
    ReleaseMismatched => "release.mismatched.v1", CheckPosted => "check.posted.v1", CheckWaived => "check.waived.v1",
    CredentialChanged => "credential.changed.v1", CredentialTroubled => "credential.troubled.v1",
    ActionMoved => "action.moved.v1", PublishingSwitched => "publishing.switched.v1",
    AdvisoryIssued => "advisory.issued.v1", AdvisoryWithdrawn => "advisory.withdrawn.v1",
    ProposalMade => "proposal.made.v1", ProposalAccepted => "proposal.accepted.v1",
    ProposalRefused => "proposal.refused.v1", ProposalWithdrawn => "proposal.withdrawn.v1",
});
