//! Fields of forms: what was typed is kept, what is wrong stands beside it.

use serde::Serialize;

/// One field of a form.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Field {
    /// What was typed, or what is suggested.
    pub value: String,
    /// What is wrong with it: what happened, why, what to do. `None` when nothing is.
    pub error: Option<String>,
}

impl Field {
    /// A field with a value and nothing wrong.
    pub fn of(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: None }
    }

    /// A field whose value could not be taken.
    pub fn wrong(value: impl Into<String>, error: impl Into<String>) -> Self {
        Self { value: value.into(), error: Some(error.into()) }
    }
}

/// One of several values of a select, radio or checkbox.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// One sentence about it; may be empty.
    pub hint: String,
    /// Whether it is chosen.
    pub checked: bool,
}

/// One line of the summary above a form that could not be taken.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Problem {
    /// Name of the field at fault, as the form sends it; empty for the form as a whole.
    pub field: String,
    /// What happened, why, what to do.
    pub text: String,
}
