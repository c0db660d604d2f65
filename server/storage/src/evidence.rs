//! Evidence: everything a judgement about one package rests on, in one indexed read.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use vetmoot_domain::{
    Advisory, Audit, AuditForm, Author, Evidence, Organisation, Package, Testimony, TestimonyOrigin, Timestamp, UserName,
};

use crate::error::StoreError;
use crate::reads::Reads;
use crate::sql::{self, Row, values};
use crate::users;

const TABLE: &str = "evidence";
/// What stands for the name of an import where an advisory was issued here.
const OWN: &str = "community";

/// What one row of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A member's audit.
    Audit,
    /// An entry an import brought.
    Imported,
    /// An advisory an import brought.
    Advisory,
    /// An audit of a followed community.
    Peer,
    /// An advisory of a followed community.
    PeerAdvisory,
}

vetmoot_domain::word_enum!(Kind, "kind of evidence", {
    Audit => "audit", Imported => "imported", Advisory => "advisory", Peer => "peer",
    PeerAdvisory => "peer-advisory",
});

/// A testimony as a row keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Said {
    /// The record's id, of an audit of a followed community.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The names of imported authors; a member's name is joined when read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// When the statement itself says it was recorded, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<i64>,
    /// What it says.
    pub form: AuditForm,
}

impl Said {
    fn audit(&self) -> Result<Audit, StoreError> {
        self.form.parse().map_err(|error| StoreError::unreadable(TABLE, error))
    }
}

/// The one statement; `doctor` and a test ask the database how it would run it.
pub(crate) const SQL: &str = "SELECT p.epoch, e.kind, e.audit_id, e.identity, e.body, e.since, u.name, u.roles, u.organisation, \
    s.name FROM packages p LEFT JOIN evidence e ON e.package_id = p.id AND e.ended_at IS NULL \
    LEFT JOIN users u ON u.id = e.user_id LEFT JOIN sources s ON s.id = e.source_id \
    WHERE p.ecosystem = $1 AND p.name = $2 ORDER BY e.id";

/// Everything known about a package name with the epoch it belongs to, in one statement, so that both are of one moment.
///
/// For a name nobody knows: epoch 0 and nothing.
/// An entry that several imports show comes once for each, under one id: whoever counts, counts an id once.
pub async fn of_package(reads: &impl Reads, package: &Package) -> Result<(i64, Evidence), StoreError> {
    let rows = reads.handle().all(SQL, values![package.ecosystem().as_str(), package.name().as_str()]).await?;
    let mut epoch = 0;
    let mut evidence = Evidence::default();
    let mut first_shown_by: HashMap<Vec<u8>, String> = HashMap::new();
    for row in &rows {
        epoch = row.get(0)?;
        match row.word_if::<Kind>(TABLE, 1)? {
            // A package without evidence still has its epoch.
            None => {}
            Some(Kind::Audit) => evidence.testimonies.push(local(row)?),
            Some(Kind::Imported) => evidence.testimonies.push(imported(row, &mut first_shown_by)?),
            Some(Kind::Peer) => evidence.testimonies.push(of_peer(row)?),
            Some(Kind::Advisory) => {
                let mut advisory: Advisory = row.json(TABLE, 4)?;
                // Only what was issued here has no source.
                advisory.source = row.get::<Option<String>>(9)?.unwrap_or_else(|| OWN.to_owned());
                evidence.advisories.push(advisory);
            }
            Some(Kind::PeerAdvisory) => {
                let advisory: Advisory = row.json(TABLE, 4)?;
                evidence.advisories.push(Advisory { source: row.get(9)?, of_peer: true, ..advisory });
            }
        }
    }
    Ok((epoch, evidence))
}

fn local(row: &Row) -> Result<Testimony, StoreError> {
    let said: Said = row.json(TABLE, 4)?;
    let name: UserName = row.word("users", 6)?;
    let roles = users::read_roles(&row.get::<String>(7)?)?;
    let organisation = row.word_if("users", 8)?.unwrap_or_else(Organisation::community);
    let level = users::level_of(&roles).number();
    Ok(Testimony {
        id: crate::audits::statement_path(&row.get::<String>(2)?),
        origin: TestimonyOrigin::Local,
        authors: vec![Author { name: name.to_string(), organisation, level }],
        recorded: Some(row.moment(5)?),
        dated: true,
        audit: said.audit()?,
    })
}

fn imported(row: &Row, first_shown_by: &mut HashMap<Vec<u8>, String>) -> Result<Testimony, StoreError> {
    let said: Said = row.json(TABLE, 4)?;
    let identity: Vec<u8> = row.get(3)?;
    let source: String = row.get(9)?;
    let entry = hex::encode(identity.get(..8).unwrap_or(&identity));
    let first = first_shown_by.entry(identity).or_insert_with(|| source.clone());
    let organisation: Organisation = sql::read_word("sources", &source)?;
    let author = |name: &String| Author { name: name.clone(), organisation: organisation.clone(), level: 0 };
    Ok(Testimony {
        id: format!("import:{first}#{entry}"),
        authors: said.authors.iter().map(author).collect(),
        origin: TestimonyOrigin::Import(source),
        recorded: Some(said.recorded.map_or(row.moment(5)?, Timestamp::from_millis)),
        dated: said.recorded.is_some(),
        audit: said.audit()?,
    })
}

/// An audit of a followed community: known by its record's id, dated by itself, and weighed by a policy's `[[import]]` of
/// the community's host.
fn of_peer(row: &Row) -> Result<Testimony, StoreError> {
    let said: Said = row.json(TABLE, 4)?;
    let source: String = row.get(9)?;
    let organisation: Organisation = sql::read_word("sources", &source)?;
    let author = |name: &String| Author { name: name.clone(), organisation: organisation.clone(), level: 0 };
    let audit = said.audit()?;
    Ok(Testimony {
        id: said.statement.ok_or_else(|| StoreError::unreadable(TABLE, "an audit of a followed community without its id"))?,
        authors: said.authors.iter().map(author).collect(),
        origin: TestimonyOrigin::Import(source),
        recorded: Some(said.recorded.map_or(row.moment(5)?, Timestamp::from_millis)),
        dated: said.recorded.is_some(),
        audit,
    })
}

/// How much evidence counts at present: members' audits, imported entries, advisories, audits of followed communities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EvidenceCount {
    /// Audits by members.
    pub audits: u64,
    /// Entries of imports.
    pub imported: u64,
    /// Advisories.
    pub advisories: u64,
    /// Audits of followed communities.
    pub peers: u64,
}

/// Counts the evidence that counts at present.
pub async fn count(reads: &impl Reads) -> Result<EvidenceCount, StoreError> {
    let rows =
        reads.handle().all("SELECT kind, COUNT(*) FROM evidence WHERE ended_at IS NULL GROUP BY kind", Vec::new()).await?;
    let mut counts = EvidenceCount::default();
    for row in &rows {
        let amount = sql::count(row.get(1)?);
        match row.word::<Kind>(TABLE, 0)? {
            Kind::Audit => counts.audits = amount,
            Kind::Imported => counts.imported = amount,
            Kind::Advisory => counts.advisories += amount,
            Kind::PeerAdvisory => counts.advisories += amount,
            Kind::Peer => counts.peers = amount,
        }
    }
    Ok(counts)
}

/// How the database would run the one read, a line a step; tests and `doctor` look for the indexes in it.
pub async fn plan(reads: &impl Reads, package: &Package) -> Result<Vec<String>, StoreError> {
    let handle = reads.handle();
    let values = values![package.ecosystem().as_str(), package.name().as_str()];
    if handle.backend() == sea_orm::DbBackend::Sqlite {
        let rows = handle.all(&format!("EXPLAIN QUERY PLAN {SQL}"), values).await?;
        return rows.iter().map(|row| row.get(3)).collect();
    }
    let rows = handle.all(&format!("EXPLAIN {SQL}"), values).await?;
    rows.iter().map(|row| row.get(0)).collect()
}
