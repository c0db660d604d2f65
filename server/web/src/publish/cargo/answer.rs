//! What cargo prints: a list of errors in JSON from the web API, the first lines of a text from everything else.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::json;
use vetmoot_workflows::submission::{Finding, Weight};
use vetmoot_workflows::{Kind, Problem};

/// A problem in cargo's form (Cargo Book, "Web API").
pub(super) fn problem(problem: &Problem) -> HttpResponse {
    let status = status(problem);
    crate::problem::log(problem, status);
    let text = match &problem.field {
        Some(field) => format!("{field}: {}", problem.text),
        None => problem.text.clone(),
    };
    listed(crate::problem::begin(status, problem), status, &text)
}

/// Everything that pre-flight found, one thing a line: cargo prints the text as it is.
pub(super) fn findings(release: &str, findings: &[Finding]) -> HttpResponse {
    let errors_found = findings.iter().filter(|finding| finding.weight == Weight::Error).count();
    let what = if errors_found == 1 { "one thing".to_owned() } else { format!("{errors_found} things") };
    let mut text = format!("{release} was not taken, for {what}:");
    for finding in findings {
        text.push_str(if finding.weight == Weight::Warning { "\n- (no obstacle) " } else { "\n- " });
        text.push_str(&line(finding));
    }
    errors(StatusCode::BAD_REQUEST, &text)
}

/// A finding on one line.
pub(super) fn line(finding: &Finding) -> String {
    let place = finding.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
    let text = finding.text.trim_end_matches(['.', ';', ' ']);
    format!("{place}{text}; {}", finding.fix).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An error with a status; cargo shows it even where the status says that all went well.
pub(super) fn errors(status: StatusCode, text: &str) -> HttpResponse {
    listed(HttpResponse::build(status), status, text)
}

fn listed(mut response: HttpResponseBuilder, status: StatusCode, text: &str) -> HttpResponse {
    if status == StatusCode::UNAUTHORIZED {
        response.status(StatusCode::FORBIDDEN);
    }
    response.json(json!({ "errors": [{ "detail": text }] }))
}

/// A problem as cargo shows it where it reads no JSON: the first line of a plain text.
pub(super) fn plain(problem: &Problem) -> HttpResponse {
    let status = status(problem);
    crate::problem::log(problem, status);
    crate::problem::begin(status, problem).content_type("text/plain; charset=utf-8").body(format!("{}\n", problem.text))
}

/// Refusals are never 429 nor 5xx, which clients repeat; an unknown token is 403, since 401 asks for another one.
fn status(problem: &Problem) -> StatusCode {
    match problem.kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated | Kind::Forbidden => StatusCode::FORBIDDEN,
        _ => crate::problem::status(problem),
    }
}
