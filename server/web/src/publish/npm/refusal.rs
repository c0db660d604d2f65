//! Refusals as npm prints them: the text under `error`, and every finding at once.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};
use vetmoot_workflows::submission::hand_in::Refusal;
use vetmoot_workflows::submission::{Finding, Weight};
use vetmoot_workflows::{Ctx, Kind, Problem};

use crate::limits::NPM_NOTICE_BYTES_MAX;
use crate::problem;

/// Why a request was not answered as it wished.
pub(super) enum Refused {
    /// One reason.
    Problem(Box<Problem>),
    /// What was noticed about an upload.
    Findings(Vec<Finding>),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Problem(problem) => problem.into(),
            Refusal::Findings(findings) => Self::Findings(findings),
        }
    }
}

impl Refused {
    /// The answer: npm prints `error`, and behind it nothing of its own but for 401 with a challenge, which is why a
    /// missing token is answered without one: in place of our text npm would advise to log in where nobody can.
    pub(super) fn answer(&self, ctx: &Ctx) -> HttpResponse {
        match self {
            Self::Problem(problem) => {
                let status = problem::status(problem);
                problem::log(problem, status);
                let mut text = problem.text.clone();
                if problem.kind == Kind::Unauthenticated && !text.contains("/account") {
                    text = format!("{text} (tokens are made at {})", ctx.base_url.join("/account"));
                }
                let begun = problem::begin(status, problem);
                let mut response = refused(begun, problem.code, &json!({ "error": text, "code": problem.code }));
                // npm blackens what looks like a secret in errors, the id of a candidate too; in a notice it does not.
                let page = text.split_whitespace().find(|word| word.contains("/candidates/"));
                if let Some(page) = page.map(|page| page.trim_matches(|c: char| matches!(c, '(' | ')' | ',' | '.' | ';')))
                    && let Ok(value) = HeaderValue::from_str(&notice(&format!("see {page}")))
                {
                    response.headers_mut().insert(HeaderName::from_static("npm-notice"), value);
                }
                response
            }
            Self::Findings(findings) => {
                let body = json!({ "error": all(findings), "code": "upload-refused", "findings": findings });
                refused(HttpResponse::UnprocessableEntity(), "upload-refused", &body)
            }
        }
    }
}

/// The reason phrase is the code: it is what clients print that do not read bodies.
fn refused(mut begun: HttpResponseBuilder, code: &'static str, body: &Value) -> HttpResponse {
    let mut response = begun.json(body);
    response.head_mut().reason = Some(code);
    response
}

/// Every finding with its fix, one below the other.
fn all(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.weight == Weight::Error).count();
    let problems = if errors == 1 { "one problem".to_owned() } else { format!("{errors} problems") };
    let mut text = format!("the release was not taken, because of {problems}:");
    for finding in findings {
        text.push('\n');
        text.push_str(&line(finding));
    }
    text
}

fn line(finding: &Finding) -> String {
    let place = finding.place.as_deref().map(|place| format!(" [{place}]")).unwrap_or_default();
    let fix = if finding.fix.is_empty() { String::new() } else { format!(" Fix: {}", finding.fix) };
    format!("- {} ({}){place}: {}.{fix}", finding.weight, finding.code, finding.text.trim_end_matches('.'))
}

/// A text for the header `npm-notice`, which npm prints whatever the answer is: one line of printable ASCII.
pub(super) fn notice(text: &str) -> String {
    let mut notice: String = text.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect();
    notice.truncate(NPM_NOTICE_BYTES_MAX);
    notice.trim().to_owned()
}

/// What is said about findings that did not refuse a release, in the one line a notice has.
pub(super) fn warned(warnings: &[Finding]) -> String {
    warnings.iter().map(|finding| format!(" Note ({}): {}.", finding.code, finding.text.trim_end_matches('.'))).collect()
}
