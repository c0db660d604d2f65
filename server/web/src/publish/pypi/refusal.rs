//! A refused upload in the words its client prints: twine shows the reason phrase, uv the title and detail of the problem.

use std::fmt::Write as _;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use vetmoot_workflows::submission::{Finding, Weight};
use vetmoot_workflows::{Kind, Problem};

use crate::limits::FINDINGS_TOLD_MAX;
use crate::problem::{begin, log, status};

/// The short text of a refusal. A phrase lives for ever, so there is one for each case and none with a foreign word in it.
fn phrase(problem: &Problem) -> &'static str {
    match problem.code {
        "already-staged" => "Already staged with other bytes, or past draft; run with --verbose for the way out",
        "other-project" => "The token is for another project",
        "publishing-stopped" => "Publishing is stopped",
        "no-part" => "Not a maintainer or lead of this project",
        "not-a-project" => "Not a project of this community, and not yours to open",
        "no-token" => "A token with the scope publish is needed",
        "upload-too-large" | "file-too-large" => "The file is too large",
        "upload-too-slow" => "The upload was too slow",
        "bad-name" => "The project's name is not one the index takes",
        _ => match problem.kind {
            Kind::Invalid => "The upload form is not right; run with --verbose for the reason",
            Kind::Unauthenticated => "The token is not valid here",
            Kind::Forbidden => "Not allowed to publish this",
            Kind::NotFound => "Not found",
            Kind::Conflict => "It clashes with what is there; run with --verbose for the reason",
            Kind::TooLarge => "Too large",
            Kind::Upstream => "The index behind this community did not answer",
            Kind::Unavailable => "Not available just now",
            Kind::Internal => "A fault on the side of this community",
        },
    }
}

/// The answer to an upload that may not be, or could not be.
pub(super) fn of_problem(problem: &Problem) -> HttpResponse {
    let status = match problem.kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        _ => status(problem),
    };
    log(problem, status);
    answer(begin(status, problem), status, problem.code, phrase(problem), &problem.to_string())
}

/// The answer to an upload with findings: every one of them, each with its fix.
pub(super) fn of_findings(file_name: &str, findings: &[Finding]) -> HttpResponse {
    let errors = findings.iter().filter(|finding| finding.weight == Weight::Error).count();
    let mut detail = format!("{file_name} was not taken; {errors} of {} findings refuse it:", findings.len());
    for finding in findings.iter().take(FINDINGS_TOLD_MAX) {
        detail.push('\n');
        detail.push_str(&line(finding));
    }
    if findings.len() > FINDINGS_TOLD_MAX {
        let _ = write!(detail, "\nand {} more", findings.len() - FINDINGS_TOLD_MAX);
    }
    let phrase = "Refused by pre-flight; run with --verbose for the findings";
    answer(HttpResponse::BadRequest(), StatusCode::BAD_REQUEST, "findings", phrase, &detail)
}

/// A finding on one line.
pub(super) fn line(finding: &Finding) -> String {
    let place = finding.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    format!("{} {}{place}: {}. To mend it: {}.", finding.weight, finding.code, stop(&finding.text), stop(&finding.fix))
}

/// A sentence without its full stop.
fn stop(text: &str) -> &str {
    text.trim_end().trim_end_matches('.')
}

fn answer(
    mut response: HttpResponseBuilder,
    status: StatusCode,
    code: &str,
    phrase: &'static str,
    detail: &str,
) -> HttpResponse {
    // Whoever sees the title sees the detail too, and needs no hint how to see it.
    let title = phrase.split(';').next().unwrap_or(phrase);
    let body = serde_json::json!({
        "type": format!("about:blank#{code}"),
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
        "code": code,
    });
    response.content_type("application/problem+json").insert_header((header::CACHE_CONTROL, "no-store"));
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"publish\""));
    }
    let mut response = response.body(body.to_string());
    response.head_mut().reason = Some(phrase);
    response
}
