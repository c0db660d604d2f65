//! The people, publishers and actions of a project, as rows.

use vetmoot_domain::Package;
use vetmoot_frontend::pages::project::{ActionRow as Action, PersonRow as Person, PublisherRow as Publisher};
use vetmoot_frontend::parts::Link;
use vetmoot_workflows::submission::action::{self, ActionRow, ActionState};
use vetmoot_workflows::submission::oidc;
use vetmoot_workflows::submission::project::{self, Project};
use vetmoot_workflows::{Origin, Problem};

use super::by;
use crate::pages::moment::when;
use crate::pages::visit::Visit;
use crate::pages::{links, members};

/// Who opened it; only those who are still with it are known by name here.
pub fn opened_by(found: &Project) -> Link {
    match found.row.opened_by {
        None => by(None),
        Some(id) => match found.people.iter().find(|person| person.user_id == id) {
            Some(person) => members::link(person.name.as_str()),
            None => Link::plain("a member"),
        },
    }
}

/// The people; leads dismiss, and everybody may leave.
pub fn people(visit: &Visit, found: &Project, leads: bool) -> Vec<Person> {
    let me = visit.member.as_ref().and_then(Origin::id);
    let row = |person: &vetmoot_workflows::submission::PersonRow| Person {
        name: members::link(person.name.as_str()),
        role: person.role.to_string(),
        appointed_by: person.appointed_by.clone(),
        appointed: when(visit.now, person.appointed_at),
        dismiss_action: (leads || me == Some(person.user_id))
            .then(|| format!("{}/people/{}/dismiss", links::project(&found.row.package), person.name)),
    };
    found.people.iter().map(row).collect()
}

/// The trusted publishers.
pub async fn publishers(visit: &Visit, package: &Package, leads: bool) -> Result<Vec<Publisher>, Problem> {
    let rows = oidc::list(&visit.ctx, package).await?;
    let row = |row: vetmoot_workflows::submission::oidc::PublisherRow| Publisher {
        id: row.id.to_string(),
        claims: row.claims.iter().map(|(name, value)| format!("{name} = {value}")).collect(),
        issuer: row.issuer,
        added_by: members::link(row.added_by_name.as_str()),
        added: when(visit.now, row.added_at),
        remove_action: leads.then(|| format!("{}/publishers/{}/remove", links::project(package), row.id)),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Yanks and deprecations, newest first, with the decisions the visitor may make.
pub async fn actions(visit: &Visit, found: &Project) -> Result<Vec<Action>, Problem> {
    let me = visit.member.as_ref().and_then(Origin::id);
    let lead = visit.member.as_ref().is_some_and(|member| project::may_release(found, member));
    let page = links::project(&found.row.package);
    let row = |row: ActionRow| {
        let open = row.state == ActionState::Asked;
        let mine = me == Some(row.asked_by);
        let versions: Vec<&str> = row.versions.iter().map(|version| version.as_str()).collect();
        let at = |verb: &str| format!("{page}/actions/{}/{verb}", row.id);
        Action {
            what: format!("{} {}", row.kind, versions.join(", ")),
            state: row.state.to_string(),
            asked_by: members::link(row.asked_by_name.as_str()),
            asked: when(visit.now, row.asked_at),
            decided_by: row.decided_by.as_ref().map(|name| members::link(name.as_str())),
            approve_action: (open && lead && !mine).then(|| at("approve")),
            refuse_action: (open && (lead || mine)).then(|| at("refuse")),
            error: row.last_error.filter(|_| row.state != ActionState::Done),
            message: row.message,
        }
    };
    Ok(action::list(&visit.ctx, &found.row.package).await?.into_iter().map(row).collect())
}
