//! The community's credentials at official indexes; their secrets are shown to nobody again.

use serde::Serialize;

use crate::Page;
use crate::parts::{Choice, Field, Link, Notice, Problem, Tone, When};
use crate::samples::{HOSTILE, choice, notice, when};

/// `/admin/credentials`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Credentials {
    /// How many there are and whether one ends soon, one sentence.
    pub sentence: String,
    /// What just happened, or what hinders.
    pub notices: Vec<Notice>,
    /// The credentials, newest first.
    pub rows: Vec<CredentialRow>,
    /// The form that adds one.
    pub form: CredentialForm,
}

/// A credential without its secret.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CredentialRow {
    /// What it is called.
    pub label: String,
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// The one package it is for; all of the ecosystem when none.
    pub package: Option<Link>,
    /// How it is presented: `token` or `password`.
    pub kind: String,
    /// Who added it.
    pub added_by: Link,
    /// When.
    pub added: When,
    /// When it ends.
    pub expires: Option<When>,
    /// What is the matter with it.
    pub warning: Option<String>,
    /// When it was last used.
    pub used: Option<When>,
    /// What the index said last when it refused it.
    pub error: Option<String>,
    /// When it was retired.
    pub retired: Option<When>,
    /// Where it is retired, while it is in use.
    pub retire_action: Option<String>,
}

/// The form that adds one. Posts `ecosystem`, `package`, `label`, `kind`, `secret`, `days`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CredentialForm {
    /// Where it posts to.
    pub action: String,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// The ecosystems.
    pub ecosystems: Vec<Choice>,
    /// The one package it is for.
    pub package: Field,
    /// What it is called.
    pub label: Field,
    /// How it is presented.
    pub kinds: Vec<Choice>,
    /// What is wrong with the secret; what was typed is never sent back.
    pub secret: Field,
    /// Days until it ends, as its index says.
    pub days: Field,
}

impl Page for Credentials {
    const TEMPLATE: &'static str = "credentials.html";

    fn sample() -> Vec<Self> {
        let row = CredentialRow {
            label: "publishing, crates".into(),
            ecosystem: "cargo".into(),
            package: None,
            kind: "token".into(),
            added_by: Link::new("ada", "/users/ada"),
            added: when("in May"),
            expires: Some(when("in 6 days")),
            warning: Some("It ends in 6 days. Make a new one at its index and add it here.".into()),
            used: Some(when("yesterday")),
            error: None,
            retired: None,
            retire_action: Some("/admin/credentials/1/retire".into()),
        };
        let retired = CredentialRow {
            label: HOSTILE.into(),
            ecosystem: "pypi".into(),
            package: Some(Link::new("demo", "/packages/pypi/demo")),
            expires: None,
            warning: None,
            used: None,
            error: Some("403 Invalid or non-existent authentication information.".into()),
            retired: Some(when("last week")),
            retire_action: None,
            ..row.clone()
        };
        let form = CredentialForm {
            action: "/admin/credentials".into(),
            ecosystems: vec![choice("cargo", "cargo", "", true), choice("pypi", "PyPI", "", false)],
            kinds: vec![
                choice("token", "a token", "as the index made it", true),
                choice("password", "a password", "USER:PASSWORD", false),
            ],
            ..CredentialForm::default()
        };
        let usual = Self {
            sentence: "One credential is in use and ends soon.".into(),
            notices: vec![notice(Tone::Done, "The credential was added.")],
            rows: vec![row, retired],
            form: form.clone(),
        };
        let empty = Self {
            sentence: "There is none yet, so nothing can be released to an official index.".into(),
            notices: Vec::new(),
            rows: Vec::new(),
            form: form.clone(),
        };
        let wrong = Self {
            form: CredentialForm {
                problems: vec![Problem { field: "secret".into(), text: "The secret is missing.".into() }],
                secret: Field::wrong("", "The secret is missing. Paste it again: it is never sent back to this page."),
                label: Field::of(HOSTILE),
                ..form
            },
            ..usual.clone()
        };
        vec![usual, empty, wrong]
    }
}
