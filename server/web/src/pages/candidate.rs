//! `/candidates/{id}`: where a candidate stands, what is missing, what is in it, and the moves its visitor may make.

mod content;
pub mod difference;
mod forms;
mod words;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{CandidateId, CandidateState, Home};
use vetmoot_frontend::Alternate;
use vetmoot_frontend::pages::candidate::Candidate as Page;
use vetmoot_frontend::parts::{Link, Notice, Tone};
use vetmoot_workflows::registry::bytes::Outcome;
use vetmoot_workflows::submission::{Candidate, CandidateRow, FileRow, FileStep, candidate, moves, project, staging};
use vetmoot_workflows::submission::{check, vet};
use vetmoot_workflows::{Kind, Origin, Problem};

use super::fediverse::{also_object, preview};
use super::fields::{Fields, Wrong};
use super::package::ecosystem_word;
use super::visit::{Visit, notice, see_other};
use super::{cards, known, links, members};
use crate::problem;
use crate::registry::respond;

pub use words::{asks_nothing, home, policy, sentence, stage};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/candidates/{id:[0-9a-f-]{36}}", super::reads().to(page))
        // Release and alarm are posts of their own; for people they stand on the candidate's page.
        .route("/candidates/{id:[0-9a-f-]{36}}/release", super::reads().to(whole))
        .route("/candidates/{id:[0-9a-f-]{36}}/alarm", super::reads().to(whole))
        .route("/candidates/{id:[0-9a-f-]{36}}/files/{name}", super::reads().to(file))
        .route("/candidates/{id:[0-9a-f-]{36}}/waivers", web::post().to(waive))
        .route("/candidates/{id:[0-9a-f-]{36}}/{verb}", web::post().to(step));
}

/// A candidate by the id in a path.
pub fn id_of(text: &str) -> Result<CandidateId, Problem> {
    text.parse().map_err(|_| Problem::not_found("unknown-candidate", "there is no candidate with this id"))
}

async fn page(visit: Visit, id: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let asked = Fields::of_query(request.query_string());
    let sent = Sent { done: asked.text("done").to_owned(), ..Sent::default() };
    let page = show(&visit, &id, &sent, StatusCode::OK).await;
    visit.answer(page)
}

async fn whole(id: web::Path<String>) -> HttpResponse {
    see_other(&format!("/candidates/{id}#release"))
}

/// A file as it was handed in: what reviewers read, also where an index shows other bytes under its name.
async fn file(visit: Visit, path: web::Path<(String, String)>, request: HttpRequest) -> HttpResponse {
    let (id, name) = path.into_inner();
    let answer = hand_out(&visit, &id, &name, &request).await;
    visit.answer(answer)
}

async fn hand_out(visit: &Visit, id: &str, name: &str, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let whole = request.headers().contains_key(header::RANGE);
    match staging::handed_in(&visit.ctx, &id_of(id)?, name, whole).await? {
        Outcome::Open(opened) => respond::bytes(request, opened, "application/octet-stream").await,
        Outcome::Withheld { judged, decision } => {
            let text = respond::short_sentence(&visit.ctx, &judged, &decision);
            Err(Problem::new(Kind::Forbidden, "withheld", text))
        }
    }
}

/// What a form of this page sent, and what became of it.
#[derive(Default)]
struct Sent {
    /// The move that was sent; `waive` for a waiver.
    verb: String,
    fields: Fields,
    wrong: Wrong,
    /// The move that was made just before.
    done: String,
}

async fn step(visit: Visit, path: web::Path<(String, String)>, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let (id, verb) = path.into_inner();
    let page = make(&visit, &id, verb, Fields::new(form.into_inner())).await;
    visit.answer(page)
}

async fn make(visit: &Visit, id: &str, verb: String, fields: Fields) -> Result<HttpResponse, Problem> {
    let member = visit.required()?;
    let candidate = id_of(id)?;
    let (ctx, reason) = (&visit.ctx, fields.raw("reason").trim());
    let made = match verb.as_str() {
        "complete" => moves::complete(ctx, member, &candidate).await,
        "take" => moves::take(ctx, member, &candidate).await,
        "ask-changes" => moves::ask_changes(ctx, member, &candidate, reason).await,
        "withdraw" => moves::withdraw(ctx, member, &candidate, reason).await,
        "release" => moves::release(ctx, member, &candidate).await,
        _ => return Err(Problem::not_found("no-such-page", "there is nothing at this address")),
    };
    match made {
        Ok(_) => Ok(see_other(&format!("/candidates/{candidate}?done={verb}"))),
        Err(trouble) => refused(visit, id, verb, fields, trouble).await,
    }
}

async fn waive(visit: Visit, id: web::Path<String>, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = make_waiver(&visit, &id, Fields::new(form.into_inner())).await;
    visit.answer(page)
}

async fn make_waiver(visit: &Visit, id: &str, fields: Fields) -> Result<HttpResponse, Problem> {
    let member = visit.required()?;
    let candidate = id_of(id)?;
    match check::waive(&visit.ctx, member, &candidate, fields.text("name"), fields.raw("reason")).await {
        Ok(_) => Ok(see_other(&format!("/candidates/{candidate}?done=waive"))),
        Err(trouble) => refused(visit, id, "waive".to_owned(), fields, trouble).await,
    }
}

/// The page once more, with what was typed and what is wrong with it.
async fn refused(visit: &Visit, id: &str, verb: String, fields: Fields, trouble: Problem) -> Result<HttpResponse, Problem> {
    let status = problem::status(&trouble);
    let mut wrong = Wrong::default();
    // Two forms of the page have a field of this name: each carries its own in its id.
    wrong.take(trouble, |field| if field == "reason" { format!("reason-{verb}") } else { field.to_owned() })?;
    show(visit, id, &Sent { verb, fields, wrong, done: String::new() }, status).await
}

async fn show(visit: &Visit, id: &str, sent: &Sent, status: StatusCode) -> Result<HttpResponse, Problem> {
    let id = id_of(id)?;
    let found = candidate::show(&visit.ctx, &id).await?;
    let row = &found.row;
    let project = project::show(&visit.ctx, &row.package).await?;
    let (needs, needs_trouble) = match vet::needs(&visit.ctx, &found).await {
        Ok(needs) => (Some(needs), None),
        Err(trouble) => (None, Some(trouble)),
    };
    let checks = check::of(&visit.ctx, &id).await?;
    let who = forms::Who::of(visit, &found, &project);
    let release = row.package.release(row.version.clone());
    let sentence = words::sentence(visit, row, project.row.home, needs.as_ref());
    let (difference, difference_note) = difference::of(visit, &found).await;
    let page = Page {
        ecosystem: row.package.ecosystem().to_string(),
        name: row.package.name().to_string(),
        version: row.version.to_string(),
        sentence: sentence.clone(),
        stage: words::stage(row.state),
        notices: notices(visit, &found, &checks, sent, needs_trouble.as_ref()),
        problems: sent.wrong.summary(),
        purl: release.to_string(),
        package: known::link(&visit.ctx, &row.package).await?,
        project: Link::new(row.package.name().as_str(), links::project(&row.package)),
        policy: words::policy(visit, &row.policy),
        uploader: members::link(row.uploader_name.as_str()),
        uploaded_as: row.uploaded_as.clone(),
        home: words::home(project.row.home).to_owned(),
        release: (row.state == CandidateState::Released).then(|| Link::new("its release", links::release(&release))),
        replaces: row.replaces.as_ref().map(|old| Link::new("an earlier upload", links::candidate(old))),
        moves: forms::moves(&who, &found, &sent.verb, &sent.fields, &sent.wrong),
        moves_hint: forms::hint(&who, &found),
        needs: needs.as_ref().map(|needs| content::needs(visit, &found, needs)).unwrap_or_default(),
        changes: needs.as_ref().and_then(|needs| needs.changes_at).map(|at| super::moment::when(visit.now, at)),
        findings: content::findings(row),
        files: content::files(visit, &found, project.row.home),
        difference,
        difference_note,
        source_note: content::source(row),
        checks: content::checks(visit, &checks),
        waivers: content::waivers(visit, &checks),
        waive: forms::waive(&who, row, needs.as_ref(), sent),
        audits: content::audits(visit, &found).await?,
        audit_href: may_be_audited(visit, row).then(|| links::record(&release, None)),
        progress: content::progress(visit, &found, project.row.home).await?,
        history: content::history(visit, &found),
        try_it: content::try_it(visit, &found, project.row.home),
        api_href: format!("/api/v1/candidates/{id}"),
        records: records(visit, &found),
    };
    let mut shell = visit.shell(&format!("{}, handed in", links::said(&release)), crumbs(row));
    shell.path = links::candidate(&id);
    shell.description = Some(sentence);
    shell.alternates.push(Alternate {
        href: page.api_href.clone(),
        media_type: "application/json".into(),
        title: "This candidate as JSON".into(),
    });
    if !page.records.is_empty() {
        also_object(visit, &mut shell, &links::candidate(&id));
    }
    preview(&mut shell, cards::href(&links::candidate(&id)), &links::said(&release));
    visit.page_with(status, &shell, &page)
}

fn crumbs(row: &CandidateRow) -> Vec<Link> {
    vec![
        Link::new("Candidates", "/candidates"),
        Link::plain(ecosystem_word(row.package.ecosystem())),
        Link::new(row.package.name().as_str(), links::project(&row.package)),
        Link::plain(row.version.as_str()),
    ]
}

/// What the visitor did just before, when that is so: an address can be passed on, and time goes on.
fn done(visit: &Visit, found: &Candidate, checks: &check::Checks, verb: &str) -> Option<&'static str> {
    use CandidateState::{ChangesAsked, Draft, InReview, Releasing, Withdrawn};
    let state = found.row.state;
    let Some(Origin::Member { name, .. }) = &visit.member else { return None };
    let last = found.moves.iter().rev().find(|step| step.moved_by != "timer");
    let last_is_mine = last.is_some_and(|step| step.moved_by == name.as_str());
    let (fits, text) = match verb {
        "complete" => (state != Draft && last_is_mine, "All files are there. Reviewers look at it now."),
        "take" => (state == InReview && last_is_mine, "You are reviewing it; others see that."),
        "ask-changes" => {
            (state == ChangesAsked && last_is_mine, "Changes are asked for. The version is free for another upload.")
        }
        "withdraw" => (state == Withdrawn && last_is_mine, "It is withdrawn. The version is free for another upload."),
        "release" => (state == Releasing && last_is_mine, "It is on its way. This page says how far it is."),
        "waive" => {
            let mine = checks.waivers.iter().any(|waiver| waiver.by == *name);
            (mine, "The check was waived; your name and the reason stand below.")
        }
        _ => return None,
    };
    fits.then_some(text)
}

/// What stands above everything else: that an index serves other bytes than those that were released.
fn alarm(visit: &Visit, found: &Candidate) -> Option<Notice> {
    let file = contradicted(found)?;
    let text = format!(
        "Nobody should install {} from the official index: under {} it serves other bytes than those that were vetted. This \
         community's doors refuse it. The way on is the next version; whoever released this one tells the index.",
        links::said(&found.row.package.release(found.row.version.clone())),
        file.file_name
    );
    let signed = visit.ctx.domain.is_some().then(|| links::candidate(&found.row.id));
    let link = signed.map(|page| Link::new("See the signed alarm", format!("{page}/alarm/record")));
    Some(Notice { link, ..notice(Tone::Danger, text) })
}

/// The file under whose name its index serves other bytes.
fn contradicted(found: &Candidate) -> Option<&FileRow> {
    found.files.iter().find(|file| file.step == FileStep::Mismatched)
}

fn notices(
    visit: &Visit,
    found: &Candidate,
    checks: &check::Checks,
    sent: &Sent,
    needs_trouble: Option<&Problem>,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    notices.extend(alarm(visit, found));
    notices.extend(done(visit, found, checks, &sent.done).map(|text| notice(Tone::Done, text)));
    if let Some(trouble) = needs_trouble {
        let text = format!("What the policy asks for could not be looked up: {}.", trouble.text.trim_end_matches('.'));
        notices.push(notice(Tone::Warn, text));
    }
    notices
}

/// The records other servers get; a trial has none, and a draft has none yet.
fn records(visit: &Visit, found: &Candidate) -> Vec<Link> {
    let (row, page) = (&found.row, links::candidate(&found.row.id));
    let mut records = Vec::new();
    if visit.ctx.domain.is_some() && row.staged_at.is_some() {
        records.push(Link::new("that it was handed in", format!("{page}/record")));
        if row.state == CandidateState::Released {
            records.push(Link::new("that it was released", format!("{page}/release/record")));
        }
        if contradicted(found).is_some() {
            records.push(Link::new("the alarm", format!("{page}/alarm/record")));
        }
    }
    records
}

/// Whether the visitor may audit a candidate: one that occupies its version, and no draft, to which files still come.
fn may_be_audited(visit: &Visit, row: &CandidateRow) -> bool {
    visit.may_audit() && row.state.is_live() && !row.state.takes_files()
}

/// Whether the bytes of a candidate are handed out by its staging door.
fn is_offered(state: CandidateState, home: Home) -> bool {
    state.is_live() && !(state == CandidateState::Released && home == Home::Official)
}

/// A member's row number and name; none for the operator.
fn member_of(origin: &Origin) -> Option<i64> {
    origin.id()
}
