//! `vetmoot policy test`: read a policy and run the tests it carries.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;
use vetmoot_domain::PolicyDigest;
use vetmoot_judge::{Policy, PolicyErrors, TestOutcome};

use crate::Ctx;
use crate::args::PolicyTestArgs;
use crate::exit::{Exit, Failure};
use crate::limits::POLICY_BYTES_MAX;
use crate::place::beside;
use crate::terminal::plain;

/// Runs the tests of a policy document.
pub(crate) fn run(args: &PolicyTestArgs, ctx: &Ctx) -> Result<Exit, Failure> {
    let bytes = ctx.fetcher.file(&args.file, POLICY_BYTES_MAX)?;
    let folder = args.file.parent().unwrap_or(Path::new("")).to_owned();
    let base = |digest: &PolicyDigest| beside(&folder, digest, ctx);
    let place = args.file.display().to_string();
    let policy = match Policy::parse(&bytes, &base) {
        Ok(policy) => policy,
        Err(errors) => {
            if ctx.json {
                ctx.terminal.answer(&errors_json(&errors));
            }
            return Err(Failure::Policy { place, errors });
        }
    };
    let outcomes = policy.run_tests();
    let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count();
    let text = if ctx.json { tests_json(&policy, &outcomes) } else { human(&place, &policy, &outcomes, ctx) };
    ctx.terminal.answer(&text);
    Ok(if failed == 0 { Exit::Fine } else { Exit::Failed })
}

fn human(place: &str, policy: &Policy, outcomes: &[TestOutcome], ctx: &Ctx) -> String {
    let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count();
    let verdict = match (outcomes.len(), failed) {
        (0, _) => "carries no tests".to_owned(),
        (1, 0) => "passes its one test".to_owned(),
        (all, 0) => format!("passes its {all} tests"),
        (all, failed) => format!("fails {failed} of its {all} tests"),
    };
    let mut text = format!("{} ({}) {verdict}; it is {}.\n", plain(policy.title()), plain(place), policy.digest());
    if ctx.terminal.is_quiet() {
        return text;
    }
    for outcome in outcomes {
        let mark = if outcome.passed() { "\u{2714} passed" } else { "\u{2bc3} failed" };
        let _ = writeln!(text, "{mark}  {}", plain(&outcome.name));
        for failure in &outcome.failures {
            let _ = writeln!(text, "           {}", plain(failure));
        }
    }
    text
}

fn tests_json(policy: &Policy, outcomes: &[TestOutcome]) -> String {
    let tests: Vec<_> = outcomes
        .iter()
        .map(|outcome| json!({ "name": outcome.name, "passed": outcome.passed(), "failures": outcome.failures }))
        .collect();
    format!("{:#}\n", json!({ "title": policy.title(), "policy_digest": policy.digest().to_string(), "tests": tests }))
}

fn errors_json(errors: &PolicyErrors) -> String {
    let errors: Vec<_> = errors
        .0
        .iter()
        .map(|error| {
            json!({ "code": error.code, "message": error.message, "line": error.line, "column": error.column, "suggestion": error.suggestion })
        })
        .collect();
    format!("{:#}\n", json!({ "errors": errors }))
}
