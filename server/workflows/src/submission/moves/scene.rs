//! Who stands before a candidate, and what they may do now, whatever their token was made with.

use vetmoot_domain::{CandidateId, CandidateState, ProjectRole, Role};
use vetmoot_storage::submission::{candidates, projects};
use vetmoot_storage::{Reads, users};

use super::{forbidden, illegal};
use crate::ctx::Origin;
use crate::problem::{Kind, Problem};
use crate::submission::project::{self, LEADS, OPENERS, Project};
use crate::submission::{CandidateRow, candidate};

/// A candidate with its project, and what the person who moves it may do now, whatever their token was made with.
pub(super) struct Scene {
    pub(super) candidate: CandidateRow,
    pub(super) project: Project,
    roles: Vec<Role>,
}

impl Scene {
    pub(super) async fn read(reads: &impl Reads, id: &CandidateId, origin: &Origin) -> Result<Self, Problem> {
        let candidate = candidates::get(reads, id).await?.ok_or_else(candidate::unknown)?;
        let row = projects::get(reads, candidate.project_id).await?.ok_or_else(candidate::unknown)?;
        let people = projects::people(reads, row.id).await?;
        let roles = match origin.id() {
            Some(user) => users::by_id(reads, user).await?.map(|user| user.roles).unwrap_or_default(),
            None => Vec::new(),
        };
        Ok(Self { candidate, project: Project { row, people }, roles })
    }

    pub(super) fn is_uploader(&self, origin: &Origin) -> bool {
        origin.id() == Some(self.candidate.uploader)
    }

    pub(super) fn has(&self, wanted: &[Role]) -> bool {
        self.roles.iter().any(|role| wanted.contains(role))
    }

    pub(super) fn is_lead(&self, origin: &Origin) -> bool {
        match origin {
            Origin::Member { id, .. } => self.has(&LEADS) || self.project.role_of(*id) == Some(ProjectRole::Lead),
            Origin::Operator | Origin::Timer => true,
        }
    }

    pub(super) fn may_review(&self, origin: &Origin) -> Result<(), Problem> {
        if self.has(&OPENERS) || self.is_lead(origin) {
            return Ok(());
        }
        Err(forbidden("auditors-only", "auditors, leads and stewards review candidates"))
    }

    pub(super) fn may_be_released(&self, origin: &Origin) -> Result<(), Problem> {
        if !self.is_lead(origin) {
            let leads = project::names_of_leads(&self.project);
            return Err(forbidden(
                "leads-only",
                format!("a lead of {} ({leads}), or a lead or steward of the community releases it", self.project.row.package),
            ));
        }
        if self.is_uploader(origin) {
            return Err(forbidden("own-upload", "you handed this in; another lead has to release it"));
        }
        if self.candidate.state.may_become(CandidateState::Releasing) {
            return Ok(());
        }
        if self.candidate.state == CandidateState::Releasing {
            let by = self.candidate.released_by_name.as_ref().map_or("somebody", |name| name.as_str());
            let text = format!("{by} released it a moment ago; it is on its way");
            return Err(Problem::new(Kind::Conflict, "already-moved", text));
        }
        Err(illegal(self.candidate.state, CandidateState::Releasing))
    }
}
