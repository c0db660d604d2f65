//! `/users/{name}` and `/orgs/{name}`: members and organisations, what they said, and under which keys.

use actix_web::{HttpResponse, web};
use vetmoot_domain::{Timestamp, UserName};
use vetmoot_frontend::pages::actor::Actor as Page;
use vetmoot_frontend::parts::{AuditRow, KeyRow, Link, Pager};
use vetmoot_workflows::actor::{self, LocalActor};
use vetmoot_workflows::audit::list;
use vetmoot_workflows::member::account::{self, UserRow};
use vetmoot_workflows::{Origin, Problem};

use super::evidence::recorded_row;
use super::fediverse::{also_object, handle};
use super::moment::{counted, when};
use super::visit::Visit;
use super::{handed, members};
use crate::limits::PAGE_ROWS;

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/users/{name}", super::reads().to(person)).route("/orgs/{name}", super::reads().to(organisation));
}

async fn person(visit: Visit, name: web::Path<String>) -> HttpResponse {
    let page = show_person(&visit, &name).await;
    visit.answer(page)
}

async fn organisation(visit: Visit, name: web::Path<String>) -> HttpResponse {
    let page = show_organisation(&visit, &name).await;
    visit.answer(page)
}

async fn show_person(visit: &Visit, name: &str) -> Result<HttpResponse, Problem> {
    let nobody = || Problem::not_found("unknown-member", "there is no member of this name");
    let name: UserName = name.parse().map_err(|_| nobody())?;
    let row = account::member(&visit.ctx, &name).await?.ok_or_else(nobody)?;
    let count = list::counts(&visit.ctx).await?.get(&row.id).copied().unwrap_or_default();
    let (audits, pager) = audits(visit, &row, count).await?;
    let local = LocalActor::Person(name.clone());
    let (handed, handed_all) = handed::by(visit, row.id, name.as_str()).await?;
    let myself = matches!(&visit.member, Some(Origin::Member { id, .. }) if *id == row.id);
    let page = Page {
        name: name.to_string(),
        sentence: sentence(&row, count),
        handle: handle(&visit.ctx, name.as_str()),
        organisation: row.organisation.as_ref().map(members::organisation),
        roles: members::roles(&row),
        since: Some(when(visit.now, row.created_at)),
        audits,
        pager,
        handed,
        handed_all,
        keys: keys(visit, &local).await?,
        record_href: (myself && visit.may_audit()).then(|| "/audits/new".to_owned()),
        ..Page::default()
    };
    finish(visit, &local, &page)
}

fn sentence(row: &UserRow, count: u64) -> String {
    let roles = members::roles(row);
    let is = match roles.split_last() {
        None => "a member".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    match count {
        0 => format!("{} is {is} here and has recorded no audit yet.", row.name),
        _ => format!("{} is {is} here and has recorded {}.", row.name, counted(count, "audit")),
    }
}

async fn audits(visit: &Visit, row: &UserRow, count: u64) -> Result<(Vec<AuditRow>, Pager), Problem> {
    let limit = u64::try_from(PAGE_ROWS).unwrap_or(u64::MAX);
    let audits = list::by_author(&visit.ctx, row.id, limit).await?;
    let pager = Pager { shown: audits.len() as u64, total: Some(count), ..Pager::default() };
    Ok((audits.iter().map(|audit| recorded_row(visit.now, audit)).collect(), pager))
}

async fn show_organisation(visit: &Visit, name: &str) -> Result<HttpResponse, Problem> {
    let nobody = || Problem::not_found("unknown-organisation", "there is no organisation of this name");
    let name: UserName = name.parse().map_err(|_| nobody())?;
    let local = LocalActor::Organisation(name.clone());
    let about = actor::about(&visit.ctx, &local).await?.ok_or_else(nobody)?;
    let body = about.name.parse().map_err(|_| nobody())?;
    let people = actor::members_of(&visit.ctx, &body).await?;
    let counts = list::counts(&visit.ctx).await?;
    let limit = u64::try_from(PAGE_ROWS).unwrap_or(u64::MAX);
    let mut audits = Vec::new();
    for row in &people {
        audits.extend(list::by_author(&visit.ctx, row.id, limit).await?);
    }
    audits.sort_by(|a, b| b.recorded_at.cmp(&a.recorded_at).then_with(|| b.id.cmp(&a.id)));
    audits.truncate(PAGE_ROWS);
    let page = Page {
        is_organisation: true,
        sentence: format!("{} is an organisation that {} here.", about.name, counting(people.len())),
        name: about.name,
        handle: handle(&visit.ctx, name.as_str()),
        since: Some(when(visit.now, about.since)),
        members: people.iter().map(|row| members::row(&visit.ctx, row, &counts)).collect(),
        pager: Pager { shown: audits.len() as u64, ..Pager::default() },
        audits: audits.iter().map(|audit| recorded_row(visit.now, audit)).collect(),
        keys: keys(visit, &local).await?,
        ..Page::default()
    };
    finish(visit, &local, &page)
}

fn counting(people: usize) -> String {
    if people == 1 { "one member counts for".to_owned() } else { format!("{} count for", counted(people, "member")) }
}

/// The actor's public keys; none on a trial, which has signed nothing.
async fn keys(visit: &Visit, local: &LocalActor) -> Result<Vec<KeyRow>, Problem> {
    if visit.ctx.domain.is_none() {
        return Ok(Vec::new());
    }
    let keys = actor::keys_of(&visit.ctx, local).await?;
    let base = visit.ctx.base_url.join(&local.to_string());
    let statement = |key: &actor::StatementKey| KeyRow {
        id: format!("{base}#{}", key.key),
        multikey: key.key.to_string(),
        signs: "statements".to_owned(),
        from: moment(visit, key.from),
        until: key.until.map(|until| moment(visit, until)),
    };
    Ok(keys.statements.iter().rev().map(statement).collect())
}

fn moment(visit: &Visit, at: Timestamp) -> vetmoot_frontend::parts::When {
    when(visit.now, at)
}

fn finish(visit: &Visit, local: &LocalActor, page: &Page) -> Result<HttpResponse, Problem> {
    let mut shell = visit.shell(&page.name, vec![Link::new("Community", "/community"), Link::plain(&page.name)]);
    shell.description = Some(page.sentence.clone());
    also_object(visit, &mut shell, &local.to_string());
    visit.page(&shell, page)
}
