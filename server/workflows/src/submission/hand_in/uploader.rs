//! Who hands files in, and for which packages: a member, or a program in the name of whoever vouches for it.

use vetmoot_domain::{Package, Role, UserName};
use vetmoot_storage::tokens::{self, Grant};
use vetmoot_storage::{Reads, users};

use crate::ctx::{Ctx, Origin};
use crate::problem::{Kind, Problem};

/// Who uploads: a member by token, or a program in a member's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploader {
    /// The member's row.
    pub user_id: i64,
    /// Their name.
    pub name: UserName,
    /// What they may do here.
    pub roles: Vec<Role>,
    /// The one package the token is for.
    pub project: Option<Package>,
    /// The program that uploads in their name: the subject of its identity.
    pub program: Option<String>,
    /// The further packages a program's token is for; somebody else may answer for what it hands in there.
    pub others: Vec<Grant>,
    /// The row of the token they came with; none where they came otherwise.
    pub token: Option<i64>,
}

impl Uploader {
    /// The member as the origin of what they do.
    pub fn origin(&self) -> Origin {
        Origin::Member { id: self.user_id, name: self.name.clone(), roles: self.roles.clone() }
    }

    /// The member as the origin of what is done beside uploads: moves, waivers, appointments, publishers, yanks.
    ///
    /// Refused where the token hands in and nothing else. What lies in the settings of a CI or of a client would otherwise
    /// be both pairs of eyes at once for whoever finds it.
    pub fn beyond_uploads(&self, ctx: &Ctx, package: &Package) -> Result<Origin, Problem> {
        if self.program.is_some() {
            let text = format!(
                "this token was given to a program, which hands files in and nothing else; {} does this with a token of their own",
                self.name
            );
            return Err(Problem::new(Kind::Forbidden, "program-token", text));
        }
        match &self.project {
            None => Ok(self.origin()),
            Some(only) if only != package => Err(self.not_for(only, package)),
            Some(only) => {
                let text = format!(
                    "this token names a project ({only}) and hands in its files, nothing else; do this signed in at {}, or with \
                     a token without a project",
                    ctx.base_url.join(&format!("/projects/{only}"))
                );
                Err(Problem::new(Kind::Forbidden, "project-token", text))
            }
        }
    }

    /// The same where this package is meant: by whoever answers for it there. Refused where the token is not for it.
    pub async fn meaning(&self, ctx: &Ctx, package: &Package) -> Result<Self, Problem> {
        let Some(first) = self.project.as_ref().filter(|first| *first != package) else { return Ok(self.clone()) };
        let Some(grant) = self.others.iter().find(|grant| grant.package == *package) else {
            return Err(self.not_for(first, package));
        };
        let user = users::by_id(&ctx.store.read(), grant.user_id).await?.ok_or_else(|| self.not_for(first, package))?;
        Ok(Self {
            user_id: user.id,
            name: user.name,
            roles: user.roles,
            project: Some(package.clone()),
            program: self.program.clone(),
            others: Vec::new(),
            token: self.token,
        })
    }

    /// Refuses where what they came with was taken back since: an upload takes half an hour, and who stops it means it.
    ///
    /// That it merely expired meanwhile is nothing: what began in time may end.
    pub(super) async fn still_given(&self, reads: &impl Reads, package: &Package) -> Result<(), Problem> {
        let Some(token) = self.token else { return Ok(()) };
        if tokens::is_revoked(reads, token).await? {
            return Err(taken_back("the token was revoked while the upload was under way; nothing was kept"));
        }
        let Some(program) = tokens::program(reads, token).await? else { return Ok(()) };
        if program.grants.iter().any(|grant| grant.package == *package && grant.user_id == self.user_id) {
            return Ok(());
        }
        Err(taken_back("the trusted publisher was removed while the upload was under way; nothing was kept"))
    }

    fn not_for(&self, first: &Package, package: &Package) -> Problem {
        let text = match self.others.len() {
            0 => format!("this token hands in {first} alone; make another one for {package}"),
            more => format!(
                "this token hands in {first} and {more} more, and {package} is not among them; a lead of {package} names this \
                 program as its trusted publisher"
            ),
        };
        Problem::new(Kind::Forbidden, "other-project", text)
    }
}

fn taken_back(text: &str) -> Problem {
    Problem::new(Kind::Unauthenticated, "token-taken-back", text)
}
