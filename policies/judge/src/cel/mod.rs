//! The rules of a policy written in CEL: compiled and bounded at adoption, total at judging.

mod bounds;
mod views;

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use cel::common::ast::IdedExpr;
use cel::common::types::CelBool;
use cel::{Context, Env, ExecutionError, Value};

pub(crate) use bounds::{Fault, compile};
pub(crate) use views::{Inputs, sample};

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A compiled expression and what it reads.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    expr: Arc<IdedExpr>,
    reads: Reads,
}

/// Which variables an expression reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) pkg: bool,
    pub(crate) audits: bool,
    pub(crate) advisories: bool,
}

/// One `[[rule]]`.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) when: Option<Checked>,
    pub(crate) needs: Checked,
    pub(crate) refuse: bool,
    pub(crate) message: String,
}

impl Rule {
    /// Whether it withholds at least whatever the other one does: the same expressions, and no softer.
    pub(crate) fn does_all_of(&self, other: &Self) -> bool {
        let when = self.when.as_ref().map(|when| &when.expr) == other.when.as_ref().map(|when| &when.expr);
        when && self.needs.expr == other.needs.expr && (self.refuse || !other.refuse)
    }

    /// What its expressions read together.
    pub(crate) fn reads(&self) -> Reads {
        let when = self.when.as_ref().map(|when| when.reads).unwrap_or_default();
        let needs = self.needs.reads;
        Reads {
            pkg: when.pkg || needs.pkg,
            audits: when.audits || needs.audits,
            advisories: when.advisories || needs.advisories,
        }
    }
}

/// How a rule came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Met,
    Unmet,
    /// The expression could not be evaluated; what it would have said is unknown.
    Error(String),
}

/// Evaluates every rule for one artifact.
pub(crate) fn evaluate(rules: &[Rule], inputs: &Inputs<'_>) -> Vec<Outcome> {
    let reads = rules.iter().fold(Reads::default(), |all, rule| {
        let one = rule.reads();
        Reads { pkg: all.pkg || one.pkg, audits: all.audits || one.audits, advisories: all.advisories || one.advisories }
    });
    if let Some(too_long) = inputs.too_long(reads) {
        return vec![Outcome::Error(too_long); rules.len()];
    }
    let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
    inputs.bind(reads, &mut context);
    rules.iter().map(|rule| one(rule, &context)).collect()
}

fn one(rule: &Rule, context: &Context<'_, '_>) -> Outcome {
    match rule.when.as_ref().map(|when| truth(when, context)) {
        Some(Ok(false)) => return Outcome::Met,
        Some(Err(error)) => return Outcome::Error(error),
        Some(Ok(true)) | None => {}
    }
    match truth(&rule.needs, context) {
        Ok(true) => Outcome::Met,
        Ok(false) => Outcome::Unmet,
        Err(error) => Outcome::Error(error),
    }
}

fn truth(checked: &Checked, context: &Context<'_, '_>) -> Result<bool, String> {
    let value = Value::resolve_val(&checked.expr, context).map_err(|error| words(&error))?;
    match value.downcast_ref::<CelBool>() {
        Some(truth) => Ok(*truth.inner()),
        None => Err(format!("gives {} where true or false is asked for", value.get_type().name())),
    }
}

/// What went wrong, without any value in it: maps have no order, and the words of a decision must.
fn words(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("there is no `{key}`"),
        ExecutionError::NoSuchOverload(overload) => overload.to_string(),
        ExecutionError::IndexOutOfBounds(_) => "an index lies outside its list".to_owned(),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "it divides by zero".to_owned(),
        ExecutionError::Overflow(..) => "a number grows too large".to_owned(),
        _ => "its values do not fit together".to_owned(),
    }
}

impl Fault {
    /// Where the fault stands in the document, given the place of the text that holds the expression.
    pub(crate) fn place_in(&self, text: &Range<usize>) -> Range<usize> {
        // Quotes of one or three characters, the latter perhaps with a line break; with escapes only the start is known.
        let opening = match text.len().checked_sub(self.source_len) {
            Some(2) => 1,
            Some(6) => 3,
            Some(7) => 4,
            _ => return text.clone(),
        };
        let start = text.start + opening + self.at.min(self.source_len);
        start..start + 1
    }
}

#[cfg(test)]
mod tests;
