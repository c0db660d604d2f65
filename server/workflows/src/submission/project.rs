//! Projects: which packages this community hands through, and who may do what for them.

use vetmoot_domain::event::Topic;
use vetmoot_domain::{CandidateState, Home, Package, ProjectRole, Role, Slug, Timestamp, UserName};
use vetmoot_storage::submission::candidates::{self, CandidateRow};
use vetmoot_storage::submission::projects::{self, NewProject, PersonRow, ProjectRow};
use vetmoot_storage::{Reads, Tx, events, packages, settings, users};

use crate::ctx::{Ctx, Origin};
use crate::member;
use crate::problem::{Kind, Problem};

/// Who may open a project, by what they are for every package.
pub const OPENERS: [Role; 3] = [Role::Auditor, Role::Lead, Role::Steward];
/// Who is a lead of every package.
pub const LEADS: [Role; 2] = [Role::Lead, Role::Steward];
/// The code of the refusal where a project's home is not what is configured.
pub const HOME_CHANGED: &str = "home-changed";
/// The setting that holds who stopped all publishing; empty while nobody did.
const STOPPED: &str = "publishing-stopped";

/// A project with its people.
#[derive(Debug, Clone)]
pub struct Project {
    /// The project.
    pub row: ProjectRow,
    /// Its people, leads first.
    pub people: Vec<PersonRow>,
}

impl Project {
    /// What this member may do for it.
    pub fn role_of(&self, user_id: i64) -> Option<ProjectRole> {
        self.people.iter().find(|person| person.user_id == user_id).map(|person| person.role)
    }
}

/// Opens a project; whoever opens it is its lead. By an auditor, lead or steward, or the operator.
pub async fn open(ctx: &Ctx, origin: &Origin, package: &Package) -> Result<ProjectRow, Problem> {
    let tx = ctx.store.begin().await?;
    if projects::of_package(&tx, package).await?.is_some() {
        return Err(Problem::new(
            Kind::Conflict,
            "project-exists",
            format!("{package} is a project of this community already"),
        ));
    }
    let row = open_in(ctx, &tx, origin, package).await?;
    tx.commit().await?;
    ctx.changed();
    ctx.signals.compose.notify_one();
    Ok(row)
}

/// Opens a project that is not there within a transaction.
pub(crate) async fn open_in(ctx: &Ctx, tx: &Tx, origin: &Origin, package: &Package) -> Result<ProjectRow, Problem> {
    if !origin.has(&OPENERS) {
        return Err(Problem::new(
            Kind::Forbidden,
            "not-a-project",
            format!("{package} is no project of this community; an auditor, lead or steward opens it"),
        ));
    }
    // What differs by case or separator alone is one name to the index and to every reader.
    if let Some(other) = projects::spelled_like(tx, package).await?.into_iter().find(|other| other.package != *package) {
        return Err(Problem::new(
            Kind::Conflict,
            "name-taken",
            format!("{} is a project here, and its name differs by case or separator alone; write it so", other.package),
        ));
    }
    let now = ctx.clock.now();
    let home = if ctx.reserved.covers(package) { Home::Community } else { Home::Official };
    let package_id = packages::ensure(tx, package, now).await?.id;
    let id = projects::insert(tx, &NewProject { package_id, home, opened_by: origin.id(), opened_at: now }).await?;
    let label = origin.label();
    if let Some(user_id) = origin.id() {
        projects::appoint(tx, id, user_id, ProjectRole::Lead, &label, now).await?;
    }
    events::append(tx, Topic::ProjectOpened, &[package.to_string()], Some(&label), now).await?;
    projects::get(tx, id).await?.ok_or_else(|| missing(package))
}

/// Opens a project for somebody, or adds them to it: what the operator's `token create --project` does.
pub(crate) async fn open_for(ctx: &Ctx, tx: &Tx, package: &Package, user: &users::UserRow) -> Result<(), Problem> {
    let row = match projects::of_package(tx, package).await? {
        Some(row) => row,
        None => open_in(ctx, tx, &Origin::Operator, package).await?,
    };
    if projects::role_of(tx, row.id, user.id).await?.is_none() {
        let change = Change { package, what: ProjectRole::Maintainer.as_str(), of: Some(&user.name) };
        let (label, now) = (Origin::Operator.label(), ctx.clock.now());
        projects::appoint(tx, row.id, user.id, ProjectRole::Maintainer, &label, now).await?;
        note(tx, &change, &label, now).await?;
    }
    Ok(())
}

/// A project.
pub async fn show(ctx: &Ctx, package: &Package) -> Result<Project, Problem> {
    load(&ctx.store.read(), package).await
}

async fn load(reads: &impl Reads, package: &Package) -> Result<Project, Problem> {
    let row = projects::of_package(reads, package).await?.ok_or_else(|| missing(package))?;
    let people = projects::people(reads, row.id).await?;
    Ok(Project { row, people })
}

/// Every project, by name.
pub async fn list(ctx: &Ctx, skip: u64, limit: u64) -> Result<Vec<ProjectRow>, Problem> {
    Ok(projects::list(&ctx.store.read(), skip, limit).await?)
}

/// The projects a member has a part in, each with the part.
pub async fn of_member(ctx: &Ctx, user_id: i64) -> Result<Vec<(ProjectRow, ProjectRole)>, Problem> {
    Ok(projects::of_member(&ctx.store.read(), user_id, u64::MAX).await?)
}

/// Gives somebody a part: by its leads, or a steward.
pub async fn appoint(ctx: &Ctx, origin: &Origin, package: &Package, user: &UserName, role: ProjectRole) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    let project = led(&tx, origin, package).await?;
    let member = users::by_name(&tx, user).await?.ok_or_else(|| member::create::unknown(user))?;
    if project.role_of(member.id) == Some(role) {
        return Ok(());
    }
    if role != ProjectRole::Lead {
        keep_a_lead(&project, member.id)?;
    }
    let (label, now) = (origin.label(), ctx.clock.now());
    projects::appoint(&tx, project.row.id, member.id, role, &label, now).await?;
    note(&tx, &Change { package, what: role.as_str(), of: Some(user) }, &label, now).await?;
    tx.commit().await?;
    ctx.changed();
    Ok(())
}

/// Takes somebody's part away: by its leads, a steward, or themselves. The last lead stays until another is appointed.
pub async fn dismiss(ctx: &Ctx, origin: &Origin, package: &Package, user: &UserName) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    let own = matches!(origin, Origin::Member { name, .. } if name == user);
    let project = if own { load(&tx, package).await? } else { led(&tx, origin, package).await? };
    let person = project.people.iter().find(|person| person.name == *user);
    let person = person.ok_or_else(|| Problem::not_found("no-part", format!("{user} has no part in {package}")))?;
    keep_a_lead(&project, person.user_id)?;
    let (label, now) = (origin.label(), ctx.clock.now());
    projects::dismiss(&tx, project.row.id, person.user_id).await?;
    note(&tx, &Change { package, what: "dismissed", of: Some(user) }, &label, now).await?;
    tx.commit().await?;
    ctx.changed();
    Ok(())
}

/// Says which policy vets it: by a steward, or by its leads where it asks for no less than the one before and nothing they
/// handed in themselves is on its way. Candidates that are on their way keep theirs.
pub async fn vet_under(ctx: &Ctx, origin: &Origin, package: &Package, policy: Option<&Slug>) -> Result<(), Problem> {
    if let Some(slug) = policy.filter(|slug| ctx.book.newest(slug).is_none()) {
        let text = format!("this community has no policy `{slug}`; /policies lists those it has");
        return Err(Problem::invalid("unknown-policy", "policy", text));
    }
    let tx = ctx.store.begin().await?;
    let project = led(&tx, origin, package).await?;
    if project.row.policy.as_ref() == policy {
        return Ok(());
    }
    if !origin.has(&[Role::Steward]) {
        no_less(ctx, &project.row, policy)?;
        nothing_of_own(&tx, origin, &project.row).await?;
    }
    let (label, now) = (origin.label(), ctx.clock.now());
    projects::set_policy(&tx, project.row.id, policy).await?;
    note(&tx, &Change { package, what: "policy", of: None }, &label, now).await?;
    tx.commit().await?;
    ctx.changed();
    Ok(())
}

/// Refuses a policy that asks less than the one that vets now: who hands in, or leads who do, would choose how they are
/// vetted.
fn no_less(ctx: &Ctx, project: &ProjectRow, policy: Option<&Slug>) -> Result<(), Problem> {
    let slug = |policy: Option<&Slug>| policy.unwrap_or(&ctx.publishing.policy).clone();
    let (present, wanted) = (slug(project.policy.as_ref()), slug(policy));
    let less = match (ctx.book.newest(&present), ctx.book.newest(&wanted)) {
        (Some(present), Some(wanted)) => wanted.policy.asks_less_than(&present.policy),
        _ => vec![format!("what `{present}` asks for is not known here.")],
    };
    if less.is_empty() {
        return Ok(());
    }
    let text = format!("`{wanted}` asks less than `{present}`, and only a steward chooses that: {}", less.join(" "));
    Err(Problem { field: Some("policy".to_owned()), ..Problem::new(Kind::Forbidden, "asks-less", text) })
}

/// Refuses while something this person handed in is on its way.
async fn nothing_of_own(tx: &Tx, origin: &Origin, project: &ProjectRow) -> Result<(), Problem> {
    let live = candidates::live_of(tx, project.package_id).await?;
    let own = |row: &&CandidateRow| Some(row.uploader) == origin.id() && row.state != CandidateState::Released;
    match live.iter().find(own) {
        Some(row) => {
            let release = row.package.release(row.version.clone());
            let text = format!("you handed in {release}, which is {}; another lead or a steward chooses meanwhile", row.state);
            Err(Problem::new(Kind::Forbidden, "own-candidate", text))
        }
        None => Ok(()),
    }
}

/// Refuses where the project's home is not what is configured by now: a name that was reserved since is never forwarded, and
/// one that is reserved no longer is no longer ours alone.
pub(crate) fn home_stands(ctx: &Ctx, project: &ProjectRow) -> Result<(), Problem> {
    let package = &project.package;
    let text = match (project.home, ctx.reserved.covers(package)) {
        (Home::Official, true) => format!(
            "{package} goes to its official index and was reserved for this community since: it is not sent there; the operator \
             takes it out of reserved.names"
        ),
        (Home::Community, false) => format!(
            "the home of {package} is this community, and its name is not reserved: the official index would be asked for it; \
             the operator puts it into reserved.names"
        ),
        (Home::Official, false) | (Home::Community, true) => return Ok(()),
    };
    Err(Problem::new(Kind::Forbidden, HOME_CHANGED, text))
}

/// Every project whose home is not what is configured, with why.
pub async fn homeless(ctx: &Ctx) -> Result<Vec<(ProjectRow, Problem)>, Problem> {
    let (mut homeless, mut seen) = (Vec::new(), 0_u64);
    loop {
        let rows = projects::list(&ctx.store.read(), seen, u64::MAX).await?;
        if rows.is_empty() {
            return Ok(homeless);
        }
        seen = seen.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        homeless.extend(rows.into_iter().filter_map(|row| home_stands(ctx, &row).err().map(|problem| (row, problem))));
    }
}

/// Stops a project, or lets it go on: nothing is handed in or released while it is stopped. By its leads, or a steward.
pub async fn switch(ctx: &Ctx, origin: &Origin, package: &Package, stopped: bool) -> Result<(), Problem> {
    let tx = ctx.store.begin().await?;
    let project = led(&tx, origin, package).await?;
    if project.row.stopped_at.is_some() == stopped {
        return Ok(());
    }
    let (label, now) = (origin.label(), ctx.clock.now());
    projects::set_stopped(&tx, project.row.id, stopped.then_some((label.as_str(), now))).await?;
    let what = if stopped { "stopped" } else { "resumed" };
    note(&tx, &Change { package, what, of: None }, &label, now).await?;
    tx.commit().await?;
    ctx.changed();
    ctx.signals.release.notify_one();
    Ok(())
}

/// Stops all publishing, or lets it go on. By a steward or an admin.
pub async fn switch_all(ctx: &Ctx, origin: &Origin, stopped: bool) -> Result<(), Problem> {
    if !origin.has(&[Role::Steward, Role::Admin]) {
        return Err(Problem::new(
            Kind::Forbidden,
            "stewards-only",
            "only stewards and admins stop all publishing, or let it go on",
        ));
    }
    let tx = ctx.store.begin().await?;
    if stopped_by(&tx).await?.is_some() == stopped {
        return Ok(());
    }
    let (label, now) = (origin.label(), ctx.clock.now());
    settings::set(&tx, STOPPED, if stopped { &label } else { "" }).await?;
    let what = if stopped { "stopped" } else { "resumed" };
    events::append(&tx, Topic::PublishingSwitched, &[what.to_owned()], Some(&label), now).await?;
    tx.commit().await?;
    ctx.changed();
    ctx.signals.release.notify_one();
    Ok(())
}

/// Whether all publishing is stopped, and who stopped it.
pub async fn all_stopped(ctx: &Ctx) -> Result<Option<String>, Problem> {
    stopped_by(&ctx.store.read()).await
}

/// Who stopped all publishing, while somebody did.
pub(crate) async fn stopped_by(reads: &impl Reads) -> Result<Option<String>, Problem> {
    Ok(settings::get(reads, STOPPED).await?.filter(|label| !label.is_empty()))
}

/// Refuses while the project, or everything, is stopped.
pub(crate) async fn goes_on(reads: &impl Reads, project: &ProjectRow) -> Result<(), Problem> {
    if let Some(by) = stopped_by(reads).await? {
        return Err(all_are_stopped(&by));
    }
    match &project.stopped_by {
        Some(by) => Err(Problem::new(
            Kind::Forbidden,
            "publishing-stopped",
            format!("{by} stopped {}; one of its leads or a steward lets it go on", project.package),
        )),
        None => Ok(()),
    }
}

/// What is told while all publishing is stopped.
pub(crate) fn all_are_stopped(by: &str) -> Problem {
    let text = format!("{by} stopped all publishing here; a steward or an admin lets it go on");
    Problem::new(Kind::Forbidden, "publishing-stopped", text)
}

/// Whether this person may release what others handed in: a lead of the project, or of every line.
pub fn may_release(project: &Project, origin: &Origin) -> bool {
    match origin {
        Origin::Member { id, .. } => origin.has(&LEADS) || project.role_of(*id) == Some(ProjectRole::Lead),
        Origin::Operator | Origin::Timer => false,
    }
}

/// Whether this person may change a project: its leads, those of every line, and the operator at the command line.
pub fn may_lead(project: &Project, origin: &Origin) -> bool {
    may_release(project, origin) || matches!(origin, Origin::Operator)
}

/// The project, if this person may change it.
pub(crate) async fn led(tx: &Tx, origin: &Origin, package: &Package) -> Result<Project, Problem> {
    let project = load(tx, package).await?;
    if may_lead(&project, origin) {
        return Ok(project);
    }
    let leads = names_of_leads(&project);
    Err(Problem::new(Kind::Forbidden, "leads-only", format!("only leads of {package} ({leads}) and stewards do this")))
}

/// The leads of a project by name, for sentences.
pub(crate) fn names_of_leads(project: &Project) -> String {
    let leads: Vec<&str> =
        project.people.iter().filter(|person| person.role == ProjectRole::Lead).map(|person| person.name.as_str()).collect();
    if leads.is_empty() { "it has none of its own yet".to_owned() } else { leads.join(", ") }
}

fn keep_a_lead(project: &Project, user_id: i64) -> Result<(), Problem> {
    let is_lead = |person: &&PersonRow| person.role == ProjectRole::Lead;
    let leads = project.people.iter().filter(is_lead).count();
    if leads == 1 && project.role_of(user_id) == Some(ProjectRole::Lead) {
        let text = format!("{} would be left without a lead; appoint another one first", project.row.package);
        return Err(Problem::new(Kind::Conflict, "last-lead", text));
    }
    Ok(())
}

/// What changed about a project, for its event.
struct Change<'a> {
    package: &'a Package,
    what: &'a str,
    of: Option<&'a UserName>,
}

async fn note(tx: &Tx, change: &Change<'_>, label: &str, now: Timestamp) -> Result<(), Problem> {
    let mut subject = vec![change.package.to_string(), change.what.to_owned()];
    subject.extend(change.of.map(ToString::to_string));
    events::append(tx, Topic::ProjectChanged, &subject, Some(label), now).await?;
    Ok(())
}

fn missing(package: &Package) -> Problem {
    Problem::not_found(
        "unknown-project",
        format!("{package} is no project of this community; an auditor, lead or steward opens it"),
    )
}
