//! `/audits/{id}`: one audit, and taking it back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Audit, AuditKind, Depth, Role};
use vetmoot_frontend::Alternate;
use vetmoot_frontend::pages::audit::{Audit as Page, Author, Finding, Signature, SignatureState, Withdrawal};
use vetmoot_frontend::pages::policy::Criterion;
use vetmoot_frontend::parts::{AuditStanding, Field, FileDigests, Link, Notice, Tone};
use vetmoot_workflows::audit::{AuditRow, record, withdraw};
use vetmoot_workflows::member::account;
use vetmoot_workflows::registry::listing;
use vetmoot_workflows::statement::erase;
use vetmoot_workflows::{Origin, Problem};

use super::evidence::{depth, kind, machine, severity, subject};
use super::fediverse::{also_object, preview};
use super::fields::{Fields, Wrong};
use super::moment::when;
use super::package::ecosystem_word;
use super::visit::{Visit, notice, see_other};
use super::{audit_trail, cards, links, members, policy};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/audits/{id}", super::reads().to(audit)).service(
        web::resource("/audits/{id}/withdrawal").route(super::reads().to(withdrawal)).route(web::post().to(take_back)),
    );
    config.route("/audits/{id}/erasure", web::post().to(take_away));
}

async fn audit(visit: Visit, id: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let page = show(&visit, &id, &Fields::of_query(request.query_string()), None).await;
    visit.answer(page)
}

/// The withdrawal is told on the page of what it withdraws.
async fn withdrawal(id: web::Path<String>) -> HttpResponse {
    see_other(&links::audit(&id))
}

async fn take_back(visit: Visit, id: web::Path<String>, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = withdraw(&visit, &id, &fields).await;
    visit.answer(page)
}

async fn take_away(visit: Visit, id: web::Path<String>, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = erase(&visit, &id, &fields).await;
    visit.answer(page)
}

async fn erase(visit: &Visit, id: &str, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = visit.required()?;
    if !fields.ticked("sure") {
        let text = "tick the box to erase it for ever; nothing was erased";
        return Err(Problem::invalid("not-sure", "sure", text));
    }
    erase::erase(&visit.ctx, member, id).await?;
    Ok(see_other(&links::audit(id)))
}

async fn withdraw(visit: &Visit, id: &str, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = visit.required()?;
    match withdraw::withdraw(&visit.ctx, member, id, fields.raw("reason")).await {
        Ok(_) => Ok(see_other(&format!("/audits/{id}?withdrawn=1"))),
        Err(problem) => {
            let mut wrong = Wrong::default();
            wrong.take(problem, str::to_owned)?;
            show(visit, id, &Fields::default(), Some((fields, wrong))).await
        }
    }
}

async fn show(visit: &Visit, id: &str, asked: &Fields, refused: Option<(&Fields, Wrong)>) -> Result<HttpResponse, Problem> {
    let row = record::show(&visit.ctx, id).await?;
    if row.erased {
        let page = audit_trail::erased(visit, &row).await?;
        let mut shell = visit.shell(&page.sentence, vec![Link::plain("Erased audit")]);
        shell.noindex = true;
        return visit.page_with(StatusCode::GONE, &shell, &page);
    }
    let audit = &row.audit;
    let mut page = Page {
        sentence: said(&row),
        id: row.id.clone(),
        authors: vec![author(visit, &row).await?],
        kind: kind(&audit.kind),
        subject: subject(audit),
        publisher: publisher(audit),
        criteria: criteria(visit, audit),
        depth: audit.depth.map(depth),
        notes: Some(audit.notes.clone()).filter(|notes| !notes.trim().is_empty()),
        self_audit: audit.self_audit,
        machine: machine(audit),
        digests: digests(visit, audit).await?,
        findings: audit.findings.iter().map(finding).collect(),
        recorded: when(visit.now, row.recorded_at),
        standing: if row.withdrawn.is_some() { AuditStanding::Withdrawn } else { AuditStanding::Current },
        withdrawal: row.withdrawn.as_ref().map(|withdrawn| Withdrawal {
            when: when(visit.now, withdrawn.at),
            by: withdrawn_by(&withdrawn.record).unwrap_or_else(|| row.author_name.to_string()),
            reason: withdrawn.reason.clone(),
            statement: None,
        }),
        signature: signature(visit, &row),
        machine_form: pretty(&row.record),
        api_href: format!("/api/v1/audits/{}", row.id),
        withdraw_action: may_withdraw(visit, &row).then(|| format!("/audits/{}/withdrawal", row.id)),
        erase_action: may_end(visit, &row).then(|| format!("/audits/{}/erasure", row.id)),
        ..Page::default()
    };
    audit_trail::add(visit, &row, &mut page).await?;
    page.notice = happened(asked);
    let mut status = StatusCode::OK;
    if let Some((fields, wrong)) = refused {
        status = StatusCode::UNPROCESSABLE_ENTITY;
        page.withdraw_reason = fields.field("reason", &wrong);
        if page.withdraw_reason.error.is_none() {
            page.withdraw_reason.error = wrong.summary().first().map(|problem| problem.text.clone());
        }
    } else {
        page.withdraw_reason = Field::default();
    }
    let package = Link::new(audit.package.name().as_str(), links::package(&audit.package));
    let crumbs = vec![
        Link::plain(ecosystem_word(audit.package.ecosystem())),
        package,
        Link::plain(format!("Audit by {}", row.author_name)),
    ];
    let mut shell = visit.shell(&page.sentence, crumbs);
    shell.alternates.push(Alternate {
        href: page.api_href.clone(),
        media_type: "application/json".into(),
        title: "The record as JSON".into(),
    });
    shell.description = description(&row);
    let here = links::audit(&row.id);
    also_object(visit, &mut shell, &here);
    preview(&mut shell, cards::href(&here), &page.sentence);
    visit.page_with(status, &shell, &page)
}

/// "ada read serde 1.0.219 (cargo): safe-to-deploy".
pub fn said(row: &AuditRow) -> String {
    let audit = &row.audit;
    let read = match audit.depth {
        Some(Depth::Skim) => "skimmed",
        Some(Depth::Deep) => "read in depth",
        Some(Depth::Read) | None => "read",
    };
    let about = subject(audit).text;
    let criteria: Vec<&str> = audit.criteria.iter().map(|name| name.as_str()).collect();
    let (did, says) = match audit.kind {
        AuditKind::Violation { .. } => ("looked at", format!("fails {}", criteria.join(" and "))),
        AuditKind::Publisher { .. } => ("trusts", criteria.join(" and ")),
        _ => (read, criteria.join(" and ")),
    };
    format!("{} {did} {about} ({}): {says}", row.author_name, ecosystem_word(audit.package.ecosystem()))
}

/// What was just done here.
fn happened(asked: &Fields) -> Option<Notice> {
    let text = match (asked.text("recorded"), asked.text("withdrawn")) {
        ("1", _) => "It was recorded; the listings follow within a second.",
        (_, "1") => "It was withdrawn; the listings follow within a second.",
        _ => return None,
    };
    Some(notice(Tone::Done, text))
}

/// What a preview says below the first sentence.
fn description(row: &AuditRow) -> Option<String> {
    if let Some(withdrawn) = &row.withdrawn {
        return Some(format!("Withdrawn: {}", withdrawn.reason));
    }
    let notes = row.audit.notes.split_whitespace().collect::<Vec<_>>().join(" ");
    (!notes.is_empty()).then(|| vetmoot_frontend::tame(&notes))
}

async fn author(visit: &Visit, row: &AuditRow) -> Result<Author, Problem> {
    let member = account::member(&visit.ctx, &row.author_name).await?;
    Ok(Author {
        name: members::link(row.author_name.as_str()),
        organisation: member.as_ref().and_then(|member| member.organisation.as_ref()).map(ToString::to_string),
        level: member.map(|member| format!("{} ({})", member.level().word(), member.level())),
    })
}

fn publisher(audit: &Audit) -> Option<String> {
    match &audit.kind {
        AuditKind::Publisher { publisher, start, end } => Some(format!("{publisher}, from {start} to {end}")),
        _ => None,
    }
}

fn criteria(visit: &Visit, audit: &Audit) -> Vec<Criterion> {
    let books = visit.ctx.book.all();
    let known = || books.iter().flat_map(|adopted| adopted.policy.criteria());
    let one = |name: &vetmoot_domain::CriterionName| match known().find(|criterion| criterion.name == *name) {
        Some(criterion) => policy::criterion(criterion),
        None => Criterion {
            name: name.to_string(),
            text: "No policy here describes this criterion.".to_owned(),
            ..Criterion::default()
        },
    };
    audit.criteria.iter().map(one).collect()
}

/// The digests it covers under the files they belong to, as far as the listing here tells.
async fn digests(visit: &Visit, audit: &Audit) -> Result<Vec<FileDigests>, Problem> {
    let mut left: Vec<String> = audit.digests().map(ToString::to_string).collect();
    let Some(release) = audit.release() else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    if let Some(current) = listing::known(&visit.ctx, &audit.package).await? {
        for (entry, file) in current.entries().filter(|(entry, _)| entry.version == release.version) {
            let own: Vec<String> =
                file.digests.iter().map(|digest| digest.to_string()).filter(|digest| left.contains(digest)).collect();
            left.retain(|digest| !own.contains(digest));
            if !own.is_empty() {
                files
                    .push(FileDigests { file: entry.file_name.clone().unwrap_or_else(|| links::said(&release)), digests: own });
            }
        }
    }
    if !left.is_empty() {
        files.push(FileDigests { file: links::said(&release), digests: left });
    }
    Ok(files)
}

fn finding(finding: &vetmoot_domain::Finding) -> Finding {
    let (first, last) = finding.lines;
    Finding {
        severity: severity(finding.severity),
        digest: finding.digest.to_string(),
        path: finding.path.clone(),
        lines: Some(if first == last { first.to_string() } else { format!("{first}-{last}") }),
        text: finding.text.clone(),
    }
}

fn signature(visit: &Visit, row: &AuditRow) -> Signature {
    let record: serde_json::Value = serde_json::from_str(&row.record).unwrap_or_default();
    let proof = record.get("proof");
    let text_of = |name: &str| proof.and_then(|proof| proof.get(name)).and_then(serde_json::Value::as_str).map(str::to_owned);
    if proof.is_none() {
        return Signature {
            state: SignatureState::Absent,
            text: "It carries no proof: it was recorded while this instance had no domain, and counts here alone.".to_owned(),
            ..Signature::default()
        };
    }
    let signed = text_of("created").and_then(|created| created.parse().ok());
    Signature {
        state: SignatureState::Valid,
        text: format!(
            "Signed: this instance says that {} said it. Anybody can check that from the record below.",
            row.author_name
        ),
        key: text_of("verificationMethod"),
        signed: signed.map(|at| when(visit.now, at)),
    }
}

/// Who withdrew it: its author, or a steward; the withdrawal's own record names them.
fn withdrawn_by(record: &str) -> Option<String> {
    let record: serde_json::Value = serde_json::from_str(record).ok()?;
    let actor = record.get("steward").or_else(|| record.get("attributedTo"))?.as_str()?;
    actor.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

fn pretty(record: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(record);
    value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| record.to_owned())
}

fn may_withdraw(visit: &Visit, row: &AuditRow) -> bool {
    row.withdrawn.is_none() && may_end(visit, row)
}

fn may_end(visit: &Visit, row: &AuditRow) -> bool {
    let own = matches!(&visit.member, Some(Origin::Member { id, .. }) if *id == row.author);
    own || visit.has(&[Role::Steward])
}
