//! Forms as browsers send them: names and values in order, a name as often as it was sent.

use vetmoot_frontend::parts::{Choice, Field, Problem as FieldProblem};
use vetmoot_workflows::{Kind, Problem};

use super::moment::sentence;

/// What a form sent.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields of a form; line ends are those of the text, not those browsers send.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name, value.replace("\r\n", "\n"))).collect())
    }
    /// The fields of a query string, so that links can fill a form in.
    pub fn of_query(query: &str) -> Self {
        Self::new(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }
    /// The first value of a name, without outer spaces; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }
    /// The first value of a name as it was sent.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
    }
    /// Every value of a name, in order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }
    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        matches!(self.text(name), "on" | "true" | "1")
    }
    /// The field for the form, with what is wrong with it.
    pub fn field(&self, name: &str, wrong: &Wrong) -> Field {
        Field { value: self.raw(name).to_owned(), error: wrong.of(name) }
    }
    /// One of several values; the first is chosen when none was sent.
    pub fn choices(&self, name: &str, offered: &[(&str, &str, &str)]) -> Vec<Choice> {
        let sent = self.text(name);
        let known = offered.iter().any(|(value, ..)| *value == sent);
        let choice = |(at, (value, label, hint)): (usize, &(&str, &str, &str))| Choice {
            value: (*value).to_owned(),
            label: (*label).to_owned(),
            hint: (*hint).to_owned(),
            checked: if known { *value == sent } else { at == 0 },
        };
        offered.iter().enumerate().map(choice).collect()
    }
}

/// What is wrong with a form, field by field.
#[derive(Debug, Clone, Default)]
pub struct Wrong(Vec<(String, String)>);

impl Wrong {
    /// Adds what is wrong with a field; an empty name means the form as a whole.
    pub fn add(&mut self, field: &str, text: &str) {
        self.0.push((field.to_owned(), sentence(text)));
    }
    /// Takes a workflow's problem when a person can mend it in the form; `rename` gives the form's name of a field.
    pub fn take(&mut self, problem: Problem, rename: impl Fn(&str) -> String) -> Result<(), Problem> {
        match problem.kind {
            Kind::Invalid | Kind::Conflict | Kind::Upstream => {
                let field = problem.field.as_deref().map(rename).unwrap_or_default();
                self.add(&field, &problem.text);
                Ok(())
            }
            _ => Err(problem),
        }
    }
    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// What is wrong with one field.
    pub fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, text)| text.clone())
    }
    /// The summary above the form.
    pub fn summary(&self) -> Vec<FieldProblem> {
        self.0.iter().map(|(field, text)| FieldProblem { field: field.clone(), text: text.clone() }).collect()
    }
}
