//! The policies of this instance, compiled once and found by slug or digest.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use vetmoot_domain::{Adoption, PolicyDigest, PolicyRef, Slug, Timestamp};
use vetmoot_judge::{Policy, PolicySource};
use vetmoot_storage::policies::PolicyRow;
use vetmoot_storage::{Store, policies};

use crate::problem::Problem;

/// A policy as this instance adopted it.
pub struct Adopted {
    /// Its short name here.
    pub slug: Slug,
    /// Its identity.
    pub digest: PolicyDigest,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
    /// The number of its revision under this slug.
    pub revision: u32,
    /// Enforced or observed.
    pub mode: Adoption,
    /// Since when.
    pub adopted_at: Timestamp,
    /// Compiled.
    pub policy: Policy,
}

/// Every adopted policy, newest revision by slug; earlier ones are compiled when a pinned reference names them.
#[derive(Default)]
pub struct Book {
    newest: RwLock<HashMap<Slug, Arc<Adopted>>>,
    pinned: RwLock<HashMap<PolicyDigest, Arc<Adopted>>>,
}

/// Policies by digest from the database's rows, for `extends`.
pub struct Known(HashMap<PolicyDigest, Vec<u8>>);

impl PolicySource for Known {
    fn bytes_of(&self, digest: &PolicyDigest) -> Option<Vec<u8>> {
        self.0.get(digest).cloned()
    }
}

/// Every policy document this instance knows: adopted revisions and the shelf.
pub async fn known(store: &Store) -> Result<Known, Problem> {
    let mut known: HashMap<PolicyDigest, Vec<u8>> =
        vetmoot_judge::shelf().iter().map(|(_, text)| (PolicyDigest::of(text.as_bytes()), text.as_bytes().to_vec())).collect();
    let reader = store.read();
    for row in policies::all(&reader).await? {
        for revision in policies::revisions(&reader, &row.slug).await? {
            known.insert(revision.digest, revision.bytes);
        }
    }
    Ok(Known(known))
}

impl Book {
    /// Reads every adopted policy again; keeps what did not change.
    pub async fn reload(&self, store: &Store) -> Result<(), Problem> {
        let rows = policies::all(&store.read()).await?;
        let known = known(store).await?;
        let mut newest = HashMap::new();
        for row in rows {
            let kept = self.newest(&row.slug).filter(|old| old.digest == row.digest && old.mode == row.mode);
            let adopted = match kept {
                Some(old) => old,
                None => Arc::new(compile(row, &known)?),
            };
            newest.insert(adopted.slug.clone(), adopted);
        }
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = newest;
        Ok(())
    }

    /// The newest revision under a slug.
    pub fn newest(&self, slug: &Slug) -> Option<Arc<Adopted>> {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).get(slug).cloned()
    }

    /// All newest revisions, by slug.
    pub fn all(&self) -> Vec<Arc<Adopted>> {
        let mut all: Vec<_> = self.newest.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        all.sort_by(|a, b| a.slug.cmp(&b.slug));
        all
    }

    /// The policy a URL or the API names.
    pub async fn find(&self, store: &Store, wanted: &PolicyRef) -> Result<Arc<Adopted>, Problem> {
        let newest = self.newest(&wanted.slug);
        let Some(digest) = wanted.pinned else { return newest.ok_or_else(|| missing(wanted)) };
        if let Some(newest) = newest.filter(|newest| newest.digest == digest) {
            return Ok(newest);
        }
        if let Some(found) =
            self.pinned.read().unwrap_or_else(PoisonError::into_inner).get(&digest).filter(|found| found.slug == wanted.slug)
        {
            return Ok(found.clone());
        }
        let revisions = policies::revisions(&store.read(), &wanted.slug).await?;
        let row = revisions.into_iter().find(|row| row.digest == digest).ok_or_else(|| missing(wanted))?;
        let adopted = Arc::new(compile(row, &known(store).await?)?);
        self.pinned.write().unwrap_or_else(PoisonError::into_inner).insert(digest, adopted.clone());
        Ok(adopted)
    }
}

fn missing(wanted: &PolicyRef) -> Problem {
    Problem::not_found("unknown-policy", format!("this community has no policy `{wanted}`; /policies lists those it has"))
}

fn compile(row: PolicyRow, known: &Known) -> Result<Adopted, Problem> {
    let policy = Policy::parse(&row.bytes, known).map_err(|errors| {
        Problem::new(
            crate::problem::Kind::Internal,
            "stored-policy-unreadable",
            format!("the stored policy `{}` cannot be read by this version of the server", row.slug),
        )
        .because(errors)
    })?;
    Ok(Adopted {
        slug: row.slug,
        digest: row.digest,
        bytes: row.bytes,
        revision: row.revision,
        mode: row.mode,
        adopted_at: row.adopted_at,
        policy,
    })
}
