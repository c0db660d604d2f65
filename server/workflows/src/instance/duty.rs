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
    let mut single = Vec::new();
    for (package, leads) in projects::poorly_led(&reader, POORLY_LED_SHOWN).await? {
        match leads {
            0 if stand_ins > 1 => {}
            0 => duties.push(Duty {
                code: "no-lead".to_owned(),
                text: format!("{package} has no lead"),
                fix: format!("appoint one: vetmoot-server admin project appoint {package} NAME --role lead"),
            }),
            _ => single.push(package.to_string()),
        }
    }
    duties.extend(single_leads(&single, stand_ins > 0));
    Ok(duties)
}

/// One line for all packages that have one lead of their own.
fn single_leads(packages: &[String], stand_ins: bool) -> Option<Duty> {
    let (first, rest) = packages.split_first()?;
    let who = if stand_ins {
        "only a lead or steward of the community can release what that lead hands in"
    } else {
        "nobody else can release what that lead hands in"
    };
    let (text, which) = match rest.len() {
        0 => (format!("single lead of {first}: {who}"), first.as_str()),
        _ => (format!("single leads of {} packages ({}): {who}", packages.len(), packages.join(", ")), "PACKAGE"),
    };
    let fix = format!("appoint another: vetmoot-server admin project appoint {which} NAME --role lead");
    Some(Duty { code: "single-lead".to_owned(), text, fix })
}
