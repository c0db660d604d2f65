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
}

crate::word_enum!(Topic, "event topic", {
    AuditRecorded => "audit.recorded.v1", AuditWithdrawn => "audit.withdrawn.v1", PolicyAdopted => "policy.adopted.v1",
    ImportRan => "import.ran.v1", UserChanged => "user.changed.v1", TokenCreated => "token.created.v1",
    PackageSeen => "package.seen.v1", DigestChanged => "artifact.digest-changed.v1",
    WithheldObserved => "policy.withheld-observed.v1", DomainSet => "instance.domain-set.v1",
    BackupRestored => "instance.restored.v1",
});
