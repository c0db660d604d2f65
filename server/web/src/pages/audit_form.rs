//! `/audits/new` and `POST /audits`: an auditor writes down what they found.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::audit::PublisherForm;
use vetmoot_domain::{Artifact, AuditForm, Digest, Finding, Machine, Release, Role};
use vetmoot_frontend::pages::audit_form::{AuditForm as Page, CriterionChoice, FindingFields};
use vetmoot_frontend::parts::{AuditKind, Field, FileDigests, Link};
use vetmoot_workflows::audit::record;
use vetmoot_workflows::submission::candidate;
use vetmoot_workflows::{Problem, package};

use super::fields::{Fields, Wrong};
use super::visit::{Visit, see_other};
use super::{links, policy};
use crate::limits::FORM_FINDINGS_MAX;

const DEPTHS: [(&str, &str, &str); 3] = [
    ("read", "Read", "I read it through."),
    ("deep", "Deep", "I read it line by line with its surroundings and tried it out."),
    ("skim", "Skim", "I looked it over for anything that stands out."),
];

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/audits/new", super::reads().to(form)).route("/audits", web::post().to(send));
}

async fn form(visit: Visit, request: HttpRequest) -> HttpResponse {
    let fields = Fields::of_query(request.query_string());
    let page = show(&visit, &fields, &Wrong::default(), StatusCode::OK).await;
    visit.answer(page)
}

async fn send(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = take(&visit, &fields).await;
    visit.answer(page)
}

fn auditors(visit: &Visit) -> Result<&vetmoot_workflows::Origin, Problem> {
    visit.required_role(&[Role::Auditor, Role::Lead, Role::Steward], "auditors")
}

async fn take(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = auditors(visit)?;
    let mut wrong = Wrong::default();
    if matches!(fields.text("step"), "look" | "more-findings") {
        return show(visit, fields, &wrong, StatusCode::OK).await;
    }
    let known = covered(visit, fields).await?;
    let draft = read(fields, &known, &mut wrong);
    if wrong.is_empty() {
        match record::record(&visit.ctx, member, &draft).await {
            Ok(audit) => return Ok(see_other(&format!("/audits/{}?recorded=1", audit.id))),
            Err(problem) => wrong.take(problem, field_of)?,
        }
    }
    show(visit, fields, &wrong, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// The form's name of a field that a workflow found at fault.
fn field_of(field: &str) -> String {
    match field {
        "publisher" | "publisher.user" => "publisher_user",
        "publisher.start" => "publisher_start",
        "publisher.end" => "publisher_end",
        "digests" => "release",
        "from_digests" => "from",
        "machine.model" => "machine",
        "findings" | "findings.digest" | "findings.lines" | "findings.text" => "finding_text",
        other => other,
    }
    .to_owned()
}

/// What the form says, in the one form that audits are taken in.
fn read(fields: &Fields, known: &[FileDigests], wrong: &mut Wrong) -> AuditForm {
    let kind = fields.text("kind");
    let own = |name: &str, of: &str| Some(fields.text(name).to_owned()).filter(|text| kind == of && !text.is_empty());
    AuditForm {
        kind: kind.to_owned(),
        release: fields.text("release").to_owned(),
        from: own("from", "delta"),
        range: own("range", "violation"),
        publisher: (kind == "publisher").then(|| PublisherForm {
            user: fields.text("publisher_user").to_owned(),
            start: fields.text("publisher_start").to_owned(),
            end: fields.text("publisher_end").to_owned(),
        }),
        criteria: fields.all("criteria").into_iter().map(str::to_owned).collect(),
        depth: Some(fields.text("depth").to_owned()).filter(|depth| !depth.is_empty()),
        notes: fields.raw("notes").trim_end().to_owned(),
        self_audit: fields.ticked("self_audit"),
        machine: machine(fields.text("machine")),
        findings: findings(fields, known, wrong),
        ..AuditForm::default()
    }
}

/// "reading-aid 3, guided" is a machine that a person guided.
fn machine(text: &str) -> Option<Machine> {
    let model = text.strip_suffix("guided").map(str::trim_end).and_then(|rest| rest.strip_suffix(','));
    match (text, model) {
        ("", _) => None,
        (_, Some(model)) => Some(Machine { model: model.trim().to_owned(), guided: true }),
        (text, None) => Some(Machine { model: text.to_owned(), guided: false }),
    }
}

fn findings(fields: &Fields, known: &[FileDigests], wrong: &mut Wrong) -> Vec<Finding> {
    let first = known.iter().flat_map(|file| &file.digests).next().cloned().unwrap_or_default();
    let mut findings = Vec::new();
    for typed in typed_findings(fields).into_iter().filter(|typed| !typed.is_blank()) {
        let digest = if typed.digest.is_empty() { first.as_str() } else { typed.digest };
        match (digest.parse::<Digest>(), lines(typed.lines), typed.severity.parse()) {
            (Ok(digest), Some(lines), Ok(severity)) => {
                findings.push(Finding { digest, path: typed.path.to_owned(), lines, severity, text: typed.text.to_owned() });
            }
            (Err(_), ..) => wrong.add(
                "finding_text",
                "a finding is anchored to an artifact, and none of this release is known yet; look the release up first",
            ),
            (_, None, _) => {
                wrong.add("finding_text", &format!("the lines `{}` cannot be read; write 10 or 10-20", typed.lines))
            }
            (.., Err(_)) => wrong.add("finding_text", "how grave it is: info, low, medium, high or critical"),
        }
    }
    findings
}

/// One finding as it was typed.
#[derive(Debug, Clone, Copy)]
struct Typed<'a> {
    digest: &'a str,
    path: &'a str,
    lines: &'a str,
    severity: &'a str,
    text: &'a str,
}

impl Typed<'_> {
    fn is_blank(&self) -> bool {
        self.path.is_empty() && self.lines.is_empty() && self.text.is_empty()
    }
}

/// The findings of the form; all five fields of each are always sent, in order.
fn typed_findings(fields: &Fields) -> Vec<Typed<'_>> {
    let [digests, paths, lines, severities, texts] =
        ["finding_digest", "finding_path", "finding_lines", "finding_severity", "finding_text"].map(|name| fields.all(name));
    let typed = (0..texts.len().min(FORM_FINDINGS_MAX)).map(|place| Typed {
        digest: digests.get(place).copied().unwrap_or_default().trim(),
        path: paths.get(place).copied().unwrap_or_default().trim(),
        lines: lines.get(place).copied().unwrap_or_default().trim(),
        severity: severities.get(place).copied().unwrap_or("info").trim(),
        text: texts.get(place).copied().unwrap_or_default().trim(),
    });
    typed.collect()
}

/// "10" or "10-20".
fn lines(text: &str) -> Option<(u32, u32)> {
    match text.split_once(['-', '\u{2013}']) {
        Some((first, last)) => Some((first.trim().parse().ok()?, last.trim().parse().ok()?)),
        None => text.parse().ok().map(|line| (line, line)),
    }
}

/// The artifacts of the release that was typed: those the index lists, else those that are handed in; none while it
/// cannot be read or found.
async fn covered(visit: &Visit, fields: &Fields) -> Result<Vec<FileDigests>, Problem> {
    let Ok(artifact) = fields.text("release").parse::<Artifact>() else { return Ok(Vec::new()) };
    let release = artifact.release;
    let staged = handed_in(visit, &release).await?;
    if !staged.is_empty() {
        return Ok(staged);
    }
    let Ok(current) = package::show(&visit.ctx, &release.package).await else { return Ok(Vec::new()) };
    let files = current.entries().filter(|(entry, _)| entry.version == release.version);
    let files = files.map(|(entry, file)| FileDigests {
        file: entry.file_name.clone().unwrap_or_else(|| links::said(&release)),
        digests: file.digests.iter().map(|digest| digest.to_string()).collect(),
    });
    Ok(files.collect())
}

/// The files of the live candidate of a release; none of a draft, to which files may still come.
async fn handed_in(visit: &Visit, release: &Release) -> Result<Vec<FileDigests>, Problem> {
    let live = candidate::live(&visit.ctx, &release.package).await?;
    let whole = live.iter().filter(|one| one.row.version == release.version && !one.row.state.takes_files());
    let files = whole.flat_map(|one| &one.files);
    let shown = files.map(|file| FileDigests {
        file: file.file_name.clone(),
        digests: file.digests.iter().map(|digest| digest.to_string()).collect(),
    });
    Ok(shown.collect())
}

async fn show(visit: &Visit, fields: &Fields, wrong: &Wrong, status: StatusCode) -> Result<HttpResponse, Problem> {
    auditors(visit)?;
    let mut wrong = wrong.clone();
    let digests = covered(visit, fields).await?;
    if fields.text("step") == "look" && digests.is_empty() {
        wrong.add("release", "no index lists this release, and nothing of it is staged here but perhaps a draft; write it as pkg:cargo/NAME@VERSION");
    }
    let trial = visit.ctx.domain.is_none();
    let consequence = if trial {
        "This instance is a trial: the audit counts here alone and carries no proof. It cannot be changed, only withdrawn."
    } else {
        "It is signed with the key this instance holds for you and published for everybody. It cannot be changed, only withdrawn."
    };
    let page = Page {
        action: "/audits".to_owned(),
        problems: wrong.summary(),
        kind: kind(fields.text("kind")),
        release: fields.field("release", &wrong),
        from: fields.field("from", &wrong),
        range: fields.field("range", &wrong),
        publisher_user: fields.field("publisher_user", &wrong),
        publisher_start: fields.field("publisher_start", &wrong),
        publisher_end: fields.field("publisher_end", &wrong),
        criteria: criteria(visit, fields),
        criteria_error: wrong.of("criteria"),
        depth: fields.choices("depth", &DEPTHS),
        depth_error: wrong.of("depth"),
        digests,
        notes: fields.field("notes", &wrong),
        self_audit: fields.ticked("self_audit"),
        machine: fields.field("machine", &wrong),
        findings: finding_fields(fields, &wrong),
        consequence: consequence.to_owned(),
        button: if trial { "Record" } else { "Sign and publish" }.to_owned(),
    };
    let mut shell = visit.shell("Record an audit", vec![Link::plain("Record an audit")]);
    shell.noindex = true;
    visit.page_with(status, &shell, &page)
}

fn kind(text: &str) -> AuditKind {
    match text {
        "delta" => AuditKind::Delta,
        "violation" => AuditKind::Violation,
        "publisher" => AuditKind::Publisher,
        _ => AuditKind::Full,
    }
}

/// The criteria that may be claimed here, each with its text; the first policy that describes one lends its words.
fn criteria(visit: &Visit, fields: &Fields) -> Vec<CriterionChoice> {
    let books = visit.ctx.book.all();
    let chosen = fields.all("criteria");
    let described = |name: &vetmoot_domain::CriterionName| {
        books.iter().flat_map(|adopted| adopted.policy.criteria()).find(|criterion| criterion.name == *name)
    };
    let known = record::known_criteria(&visit.ctx);
    let choices = known.iter().filter_map(|name| {
        let criterion = policy::criterion(described(name)?);
        let checked = chosen.contains(&name.as_str());
        Some(CriterionChoice { criterion, checked })
    });
    choices.collect()
}

fn finding_fields(fields: &Fields, wrong: &Wrong) -> Vec<FindingFields> {
    let typed = typed_findings(fields);
    let error = wrong.of("finding_text");
    let last = typed.iter().rposition(|typed| !typed.is_blank());
    let mut shown: Vec<FindingFields> = typed
        .iter()
        .enumerate()
        .map(|(place, typed)| FindingFields {
            digest: Field::of(typed.digest),
            path: Field::of(typed.path),
            lines: Field::of(typed.lines),
            severity: Field::of(typed.severity),
            text: Field { value: typed.text.to_owned(), error: error.clone().filter(|_| Some(place) == last) },
        })
        .collect();
    if fields.text("step") == "more-findings" && shown.len() < FORM_FINDINGS_MAX {
        shown.push(FindingFields { severity: Field::of("info"), ..FindingFields::default() });
    }
    shown
}

#[cfg(test)]
mod tests;
