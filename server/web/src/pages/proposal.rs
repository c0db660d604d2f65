//! `/proposals/{id}`: one change that needs two stewards, with its effect and the buttons for the other steward.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Organisation, Role, UserName};
use vetmoot_ecosystems::difference::{self, TextDifference};
use vetmoot_frontend::pages::adopt::AdoptPreview;
use vetmoot_frontend::pages::proposal::{Proposal, ProposalChange, ProposalMove};
use vetmoot_frontend::parts::{Hunk, Link, Notice, Tone};
use vetmoot_workflows::member::account;
use vetmoot_workflows::policy::adopt::{self, AdoptError};
use vetmoot_workflows::proposal::{Change, ProposalRow, ProposalState, decide, show};
use vetmoot_workflows::{Origin, Problem};

use super::candidate::difference::place;
use super::fields::Fields;
use super::moment::{sentence, when};
use super::proposals::{PATH, href, keepers, title};
use super::visit::{Visit, notice, see_other};
use super::{adopt as adopting, members};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/proposals/{id}", super::reads().to(one))
        .route("/proposals/{id}/{verb:accept|refuse|withdraw}", web::post().to(press));
}

async fn one(visit: Visit, id: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let page = page(&visit, &id, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn press(visit: Visit, path: web::Path<(String, String)>) -> HttpResponse {
    let page = decided(&visit, &path.0, &path.1).await;
    visit.answer(page)
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found("unknown-proposal", "there is no proposal of this number"))
}

async fn decided(visit: &Visit, id: &str, verb: &str) -> Result<HttpResponse, Problem> {
    let member = visit.required()?;
    let id = number(id)?;
    match verb {
        "accept" => decide::accept(&visit.ctx, member, id).await?,
        "refuse" => decide::refuse(&visit.ctx, member, id).await?,
        _ => decide::withdraw(&visit.ctx, member, id).await?,
    };
    // Whoever takes something back may have no look at proposals any more.
    Ok(see_other(&if keepers(visit).is_ok() { format!("{}?done={verb}", href(id)) } else { "/account".to_owned() }))
}

async fn page(visit: &Visit, id: &str, asked: &Fields) -> Result<HttpResponse, Problem> {
    let keeper = keepers(visit)?;
    let row = show::show(&visit.ctx, keeper, number(id)?).await?;
    let waits = row.state == ProposalState::Waiting;
    let stale = show::is_stale(&visit.ctx, &row).await?;
    let change = Change::of(&row)?;
    let mut notices = done(asked, &row);
    if stale {
        let text = "What it changes was changed meanwhile, so it cannot be accepted any more. Propose it again.";
        notices.push(notice(Tone::Warn, text));
    }
    let (preview, trouble) = preview(visit, &change, waits && !stale).await?;
    notices.extend(trouble);
    let page = Proposal {
        title: title(&row),
        sentence: told(&row),
        notices,
        rows: changes(visit, &row, &change).await?,
        hunks: if waits { hunks(visit, &change) } else { Vec::new() },
        preview,
        document: match &change {
            Change::Policy { document, .. } => Some(document.clone()),
            Change::Roles { .. } | Change::Member { .. } => None,
        },
        by: members::link(row.proposed_by_name.as_str()),
        made: when(visit.now, row.proposed_at),
        ends: waits.then(|| when(visit.now, row.expires_at)),
        decided_by: row.decided_by.as_ref().map(|name| members::link(name.as_str())),
        decided: row.decided_at.map(|at| when(visit.now, at)),
        moves: if waits { moves(keeper, &row, stale) } else { Vec::new() },
    };
    let mut shell = visit.shell(&page.title, vec![Link::new("Proposals", PATH), Link::plain(&page.title)]);
    shell.noindex = true;
    visit.page(&shell, &page)
}

/// What just happened.
fn done(asked: &Fields, row: &ProposalRow) -> Vec<Notice> {
    let text = match (asked.text("done"), row.state) {
        ("made", ProposalState::Waiting) => "Nothing changed yet: this waits for a second steward.",
        ("accept", ProposalState::Accepted) => "You accepted it, and it took effect.",
        ("refuse", ProposalState::Refused) => "You refused it; nothing changed.",
        ("withdraw", ProposalState::Withdrawn) => "You took it back; nothing changed.",
        _ => return Vec::new(),
    };
    vec![notice(Tone::Done, text)]
}

/// Who asks for what, and what became of it.
fn told(row: &ProposalRow) -> String {
    let by = row.decided_by.as_ref().map_or("somebody", |name| name.as_str());
    let proposer = &row.proposed_by_name;
    match row.state {
        ProposalState::Waiting => format!("{proposer} proposed this; it waits for a second steward."),
        ProposalState::Accepted => format!("{proposer} proposed this, {by} accepted it, and it took effect."),
        ProposalState::Refused => format!("{proposer} proposed this, and {by} refused it."),
        ProposalState::Withdrawn => format!("{proposer} proposed this and took it back."),
        ProposalState::Lapsed => format!("{proposer} proposed this, and nobody decided it in time."),
    }
}

/// Where the document differs from the one in force.
fn hunks(visit: &Visit, change: &Change) -> Vec<Hunk> {
    let Change::Policy { slug, document, .. } = change else { return Vec::new() };
    let Some(adopted) = visit.ctx.book.newest(slug) else { return Vec::new() };
    match difference::of_texts(&format!("{slug}.toml"), &adopted.bytes, document.as_bytes()) {
        TextDifference::Lines { hunks, .. } => hunks.iter().map(place).collect(),
        // The whole document stands below in any case.
        _ => Vec::new(),
    }
}

async fn preview(visit: &Visit, change: &Change, waits: bool) -> Result<(Option<AdoptPreview>, Option<Notice>), Problem> {
    let Change::Policy { slug, document, .. } = change else { return Ok((None, None)) };
    if !waits {
        return Ok((None, None));
    }
    match adopt::check(&visit.ctx, document.as_bytes()).await {
        Ok(policy) => {
            let mut preview = adopting::preview(visit, slug, policy, document.as_bytes()).await?;
            "It takes effect when a second steward accepts it.".clone_into(&mut preview.takes_effect);
            Ok((Some(preview), None))
        }
        Err(AdoptError::Problem(problem)) => Err(problem),
        Err(wrong) => Ok((None, Some(notice(Tone::Warn, sentence(&wrong.into_problem().text))))),
    }
}

async fn changes(visit: &Visit, row: &ProposalRow, change: &Change) -> Result<Vec<ProposalChange>, Problem> {
    let line = |what: &str, before: String, after: String| ProposalChange { what: what.to_owned(), before, after };
    // What was there when it was decided is history; the members' own pages tell what is there now.
    let waits = row.state == ProposalState::Waiting;
    Ok(match change {
        Change::Policy { slug, mode, .. } => {
            let now = visit.ctx.book.newest(slug).filter(|_| waits);
            let revision = now.as_ref().map(|adopted| adopted.revision);
            vec![
                line(
                    "Revision",
                    revision.map(|number| number.to_string()).unwrap_or_default(),
                    if waits { revision.map_or(1, |number| number + 1).to_string() } else { "the document below".to_owned() },
                ),
                line("Applied", now.map(|adopted| adopted.mode.to_string()).unwrap_or_default(), mode.to_string()),
            ]
        }
        Change::Roles { name, roles, organisation } | Change::Member { name, roles, organisation } => {
            let (may, body) = if waits { now_of(visit, name).await? } else { (String::new(), String::new()) };
            vec![line("May do", may, in_words(roles)), line("Counts for", body, body_of(organisation.as_ref()))]
        }
    })
}

async fn now_of(visit: &Visit, name: &UserName) -> Result<(String, String), Problem> {
    let found = account::member(&visit.ctx, name).await?;
    Ok(found.map(|row| (in_words(&row.roles), body_of(row.organisation.as_ref()))).unwrap_or_default())
}

fn body_of(organisation: Option<&Organisation>) -> String {
    organisation.map_or_else(|| "this community".to_owned(), ToString::to_string)
}

fn in_words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

/// The buttons for who looks.
fn moves(keeper: &Origin, row: &ProposalRow, stale: bool) -> Vec<ProposalMove> {
    let button = |verb: &str, label: &str, hint: &str, main| ProposalMove {
        action: format!("{}/{verb}", href(row.id)),
        label: label.to_owned(),
        hint: hint.to_owned(),
        main,
    };
    if keeper.id() == Some(row.proposed_by) {
        let hint = "You proposed it, so another steward decides. Taken back, it changes nothing.";
        return vec![button("withdraw", "Take it back", hint, false)];
    }
    if !keeper.has(&[Role::Steward]) {
        return Vec::new();
    }
    let mut moves = Vec::new();
    if !stale {
        moves.push(button("accept", "Accept", "It takes effect at once, in both your names.", true));
    }
    moves.push(button("refuse", "Refuse", "Nothing changes. Tell whoever proposed it why.", false));
    moves
}
