//! A package this community hands through: who may do what, under which policy, and what waits.

mod samples;

use serde::Serialize;

use crate::parts::{CandidateRow, Choice, Field, HandInTab, Link, Notice, Problem, When};

/// `/projects/{purl}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Project {
    /// `cargo`, `pypi` or `npm`.
    pub ecosystem: String,
    /// The package's name.
    pub name: String,
    /// How its releases go through here, one sentence.
    pub sentence: String,
    /// What just happened, or what hinders.
    pub notices: Vec<Notice>,
    /// Everything that is wrong with the form that was sent.
    pub problems: Vec<Problem>,
    /// The package's page.
    pub package: Link,
    /// Its purl.
    pub purl: String,
    /// Where it is released to, in words.
    pub home: String,
    /// The policy that vets it.
    pub policy: Link,
    /// Who opened it.
    pub opened_by: Link,
    /// When.
    pub opened: When,
    /// Its people, leads first.
    pub people: Vec<PersonRow>,
    /// The form that appoints somebody, for who may.
    pub appoint: Option<AppointForm>,
    /// The form that chooses the policy, for who may.
    pub policy_form: Option<PolicyForm>,
    /// The stop switch, for who may.
    pub switch: Option<SwitchForm>,
    /// Programs whose identity stands in for a token.
    pub publishers: Vec<PublisherRow>,
    /// The form that names one, for who may.
    pub publisher_form: Option<PublisherForm>,
    /// How clients hand in.
    pub clients: Vec<HandInTab>,
    /// Where a token is made.
    pub token_href: String,
    /// Its candidates, newest first.
    pub candidates: Vec<CandidateRow>,
    /// Yanks and deprecations asked for.
    pub actions: Vec<ActionRow>,
    /// The form that asks for one, for who may.
    pub ask: Option<AskForm>,
    /// The machine form.
    pub api_href: String,
}

/// Somebody's part.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PersonRow {
    /// The member.
    pub name: Link,
    /// `lead` or `maintainer`.
    pub role: String,
    /// Who appointed them.
    pub appointed_by: String,
    /// When.
    pub appointed: When,
    /// Where their part is taken away, for who may.
    pub dismiss_action: Option<String>,
}

/// The form that gives a part. Posts `name`, `role`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AppointForm {
    /// Where it posts to.
    pub action: String,
    /// The member.
    pub member: Field,
    /// The parts.
    pub roles: Vec<Choice>,
}

/// The form that chooses the policy. Posts `policy`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PolicyForm {
    /// Where it posts to.
    pub action: String,
    /// The policies here.
    pub policies: Vec<Choice>,
}

/// The stop switch. Posts `stopped`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SwitchForm {
    /// Where it posts to.
    pub action: String,
    /// What the button sends: whether it is stopped afterwards.
    pub stop: bool,
    /// What follows, one sentence.
    pub hint: String,
}

/// A program that may hand in without a stored secret.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PublisherRow {
    /// Its number.
    pub id: String,
    /// Who vouches for its identity.
    pub issuer: String,
    /// `name = value`, each of which its identity has to say.
    pub claims: Vec<String>,
    /// Who answers for what it hands in.
    pub added_by: Link,
    /// Since when.
    pub added: When,
    /// Where it is removed, for who may.
    pub remove_action: Option<String>,
}

/// The form that names a trusted publisher. Posts `issuer`, `claims`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PublisherForm {
    /// Where it posts to.
    pub action: String,
    /// The issuers this instance believes; none when the operator named none.
    pub issuers: Vec<Choice>,
    /// `name = value`, one a line.
    pub claims: Field,
}

/// A yank, its undoing or a deprecation.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ActionRow {
    /// "yank 1.0.0, 1.0.1"
    pub what: String,
    /// The message, for a deprecation.
    pub message: Option<String>,
    /// How far it is: asked, approved, done, failed, refused.
    pub state: String,
    /// What the index said when it failed.
    pub error: Option<String>,
    /// Who asked.
    pub asked_by: Link,
    /// When.
    pub asked: When,
    /// Who decided.
    pub decided_by: Option<Link>,
    /// Where it is approved, for who may.
    pub approve_action: Option<String>,
    /// Where it is refused, for who may.
    pub refuse_action: Option<String>,
}

/// The form that asks for an action. Posts `kind`, `versions`, `message`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AskForm {
    /// Where it posts to.
    pub action: String,
    /// What this index can do.
    pub kinds: Vec<Choice>,
    /// Versions, separated by spaces or commas.
    pub versions: Field,
    /// What people are told.
    pub message: Field,
}
