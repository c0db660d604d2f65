//! `admin project`: what leads do in the browser, for the operator beside the server.

use clap::Subcommand;
use serde_json::json;
use vetmoot_domain::{Package, ProjectRole, UserName};
use vetmoot_workflows::submission::project;
use vetmoot_workflows::{Ctx, Origin, member};

/// Projects handed through to their index.
#[derive(Debug, Subcommand)]
pub enum Project {
    /// Make a package a project of this community.
    Open {
        /// The package, as a purl: pkg:cargo/demo.
        package: String,
        /// Who leads it.
        #[arg(long)]
        lead: Option<String>,
    },
    /// Give somebody a part in a project.
    Appoint {
        /// The package, as a purl.
        package: String,
        /// The member.
        user: String,
        /// maintainer (hands releases in) or lead (releases what others hand in, and appoints).
        #[arg(long)]
        role: String,
    },
    /// Take somebody's part in a project away.
    Dismiss {
        /// The package, as a purl.
        package: String,
        /// The member.
        user: String,
    },
    /// List the projects with their people.
    List,
}

/// Projects read at once.
const LISTED_AT_ONCE: u64 = 1_000;

/// Runs the command.
pub async fn run(ctx: &Ctx, command: Project) -> anyhow::Result<(String, serde_json::Value)> {
    let origin = &Origin::Operator;
    match command {
        Project::Open { package, lead } => {
            let package: Package = package.parse()?;
            let lead = lead.map(|name| name.parse::<UserName>()).transpose()?;
            // Asked first, so that a name that is not there leaves no project without its lead.
            if let Some(lead) = &lead
                && member::account::member(ctx, lead).await?.is_none()
            {
                return Err(member::create::unknown(lead).into());
            }
            project::open(ctx, origin, &package).await?;
            if let Some(lead) = &lead {
                project::appoint(ctx, origin, &package, lead, ProjectRole::Lead).await?;
            }
            described(ctx, &package).await
        }
        Project::Appoint { package, user, role } => {
            let package: Package = package.parse()?;
            project::appoint(ctx, origin, &package, &user.parse()?, role.parse()?).await?;
            described(ctx, &package).await
        }
        Project::Dismiss { package, user } => {
            let package: Package = package.parse()?;
            project::dismiss(ctx, origin, &package, &user.parse()?).await?;
            described(ctx, &package).await
        }
        Project::List => list(ctx).await,
    }
}

async fn list(ctx: &Ctx) -> anyhow::Result<(String, serde_json::Value)> {
    let (mut lines, mut values) = (Vec::new(), Vec::new());
    let mut skip = 0;
    loop {
        let rows = project::list(ctx, skip, LISTED_AT_ONCE).await?;
        if rows.is_empty() {
            return Ok((lines.join("\n"), json!({ "projects": values })));
        }
        for row in rows {
            skip += 1;
            let (line, value) = described(ctx, &row.package).await?;
            lines.push(line);
            values.push(value);
        }
    }
}

async fn described(ctx: &Ctx, package: &Package) -> anyhow::Result<(String, serde_json::Value)> {
    let project = project::show(ctx, package).await?;
    let mut words = vec![package.to_string(), format!("home={}", project.row.home)];
    words.extend(project.row.policy.as_ref().map(|policy| format!("policy={policy}")));
    words.extend(project.row.stopped_by.as_ref().map(|by| format!("stopped-by={by}")));
    words.extend(project.people.iter().map(|person| format!("{}={}", person.role, person.name)));
    let people: Vec<_> = project.people.iter().map(|person| json!({ "name": person.name, "role": person.role })).collect();
    let value = json!({
        "package": package, "home": project.row.home, "policy": project.row.policy, "stopped_by": project.row.stopped_by,
        "people": people,
    });
    Ok((words.join(" "), value))
}
