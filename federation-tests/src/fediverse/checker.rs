//! The rules of activitypub-testing, applied to an actor; its exit status says nothing, so outcomes are read here.

use serde_json::Value;

use crate::scratch::Scratch;
use crate::{partners, process};

/// The outcome of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The rule.
    pub rule: String,
    /// `passed`, `failed`, `inapplicable` or `cantTell`.
    pub outcome: String,
    /// What it says about it.
    pub info: String,
}

/// Applies every rule to an actor; nothing when the tool was left out.
pub fn check(actor: &str) -> Option<Vec<Outcome>> {
    let [node, tool] = partners::require_all(["node", "activitypub-testing"])?;
    let scratch = Scratch::new();
    let mut command = node.command();
    command.arg(tool.word(1).join("activitypub-testing/src/cli.js")).args(["test", "actor", actor]);
    let ended = process::run(command.env("HOME", scratch.path()));
    let lines = ended.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let text = |value: &Value, path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let outcomes = lines.map(|line| Outcome {
        rule: text(&line, "/test/slug"),
        outcome: text(&line, "/result/outcome"),
        info: text(&line, "/result/info"),
    });
    Some(outcomes.collect())
}
