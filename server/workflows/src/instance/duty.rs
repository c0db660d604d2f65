//! Duties that one person holds alone: without that person something would stand still.

use vetmoot_domain::Role;
use vetmoot_storage::submission::projects;
use vetmoot_storage::users;

use crate::ctx::Ctx;
use crate::limits::POORLY_LED_SHOWN;
use crate::problem::Problem;

/// A duty that one person holds alone, or nobody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// A stable word: `single-admin`, `single-steward`, `single-lead`, `no-lead`.
    pub code: String,
    /// What is the matter, in a sentence.
    pub text: String,
    /// The step that mends it.
    pub fix: String,
}

/// The duties that are held alone.
pub async fn held_alone(ctx: &Ctx) -> Result<Vec<Duty>, Problem> {
    let reader = ctx.store.read();
    let mut duties = Vec::new();
    for role in [Role::Admin, Role::Steward] {
        if users::count_with_role(&reader, role).await? == 1 {
            duties.push(Duty {
                code: format!("single-{role}"),
                text: format!("one person alone is {role} here"),
                fix: format!("make another one: vetmoot-server admin user create NAME --role {role}"),
            });
        }
    }
    // Whoever leads every line can stand in for the leads of any project.
    let stand_ins = users::count_with_any(&reader, &[Role::Lead, Role::Steward]).await?;
    for (package, leads) in projects::poorly_led(&reader, POORLY_LED_SHOWN).await? {
        if leads == 0 && stand_ins > 1 {
            continue;
        }
        let (code, text) = match leads {
            0 => ("no-lead", format!("{package} has no lead")),
            _ => ("single-lead", format!("single lead of {package}: nobody else there can release what they hand in")),
        };
        duties.push(Duty {
            code: code.to_owned(),
            text,
            fix: format!("appoint another: vetmoot-server admin project appoint {package} NAME --role lead"),
        });
    }
    Ok(duties)
}
