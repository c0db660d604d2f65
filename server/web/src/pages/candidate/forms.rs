//! The moves a visitor may make, as buttons, and the form that waives a check.

use vetmoot_domain::CandidateState;
use vetmoot_frontend::pages::candidate::WaiveForm;
use vetmoot_frontend::parts::{Choice, Field, MoveForm};
use vetmoot_workflows::submission::project::{self, Project};
use vetmoot_workflows::submission::vet::{NeedKind, Needs};
use vetmoot_workflows::submission::{Candidate, CandidateRow, FileStep};

use super::words::is_there;
use super::{Sent, contradicted, member_of};
use crate::pages::fields::{Fields, Wrong};
use crate::pages::links;
use crate::pages::visit::Visit;

/// What the visitor is to this candidate; the workflows decide again.
pub struct Who {
    signed_in: bool,
    uploader: bool,
    lead: bool,
    reviewer: bool,
}

impl Who {
    /// What the visitor is to a candidate.
    pub fn of(visit: &Visit, found: &Candidate, project: &Project) -> Self {
        let lead = visit.member.as_ref().is_some_and(|member| project::may_release(project, member));
        Self {
            signed_in: visit.member.is_some(),
            uploader: visit.member.as_ref().and_then(member_of) == Some(found.row.uploader),
            lead,
            reviewer: visit.may_audit() || lead,
        }
    }
}

/// The moves the visitor may make, the one the page is for now first.
pub fn moves(who: &Who, found: &Candidate, sent: &str, fields: &Fields, wrong: &Wrong) -> Vec<MoveForm> {
    use CandidateState::{Approved, ChangesAsked, Draft, Failed, InReview, Releasing, Staged, Withdrawn};
    let row = &found.row;
    // The version is the index's for ever: neither another try nor taking it back changes anything.
    if contradicted(found).is_some() {
        return Vec::new();
    }
    let is_sent = row.state == Releasing && found.files.iter().any(|file| file.step != FileStep::Waiting);
    let to = |next| row.state.may_become(next) && !is_sent;
    let page = links::candidate(&row.id);
    let form = |name: &str, button: &str, hint: &str, main: bool, asks: Option<&str>| MoveForm {
        name: name.to_owned(),
        action: format!("{page}/{name}"),
        button: button.to_owned(),
        hint: hint.to_owned(),
        main,
        reason: asks.map(|_| Field {
            value: if sent == name { fields.raw("reason").to_owned() } else { String::new() },
            error: wrong.of(&format!("reason-{name}")),
        }),
        asks: asks.unwrap_or_default().to_owned(),
    };
    let mut moves = Vec::new();
    if row.state == Draft && (who.uploader || who.lead) {
        moves.push(form("complete", "That is all", "Every file is there; reviewers look at it then.", true, None));
    }
    if to(Releasing) && who.lead && !who.uploader {
        let again = row.state == Failed;
        let hint = if again {
            "What arrived is looked up first; nothing is sent twice."
        } else {
            "It goes out with the community's credential, and is compared afterwards."
        };
        moves.push(form("release", if again { "Try again" } else { "Release it" }, hint, true, None));
    }
    if to(InReview) && !matches!(row.state, Approved | Releasing) && who.reviewer {
        let button = if row.state == ChangesAsked { "Review it again" } else { "Start review" };
        moves.push(form("take", button, "Others see that somebody is looking at it.", row.state == Staged, None));
    }
    if to(ChangesAsked) && who.reviewer {
        moves.push(form(
            "ask-changes",
            "Ask for changes",
            "Its version is free for another upload then.",
            false,
            Some("What should change"),
        ));
    }
    if to(Withdrawn) && (who.uploader || who.lead) {
        moves.push(form(
            "withdraw",
            "Withdraw",
            "Its version is free for another upload then.",
            false,
            Some("Why you withdraw it"),
        ));
    }
    moves
}

/// Who makes the next move, where the visitor cannot.
pub fn hint(who: &Who, found: &Candidate) -> Option<String> {
    let row = &found.row;
    let text = match row.state {
        _ if contradicted(found).is_some() => "The index keeps this version for ever: hand in the next one.".to_owned(),
        CandidateState::Approved | CandidateState::Failed if who.uploader && who.lead => {
            "You handed it in, so another lead releases it.".to_owned()
        }
        CandidateState::Approved if !who.lead => format!("A lead other than {} releases it.", row.uploader_name),
        CandidateState::Staged | CandidateState::InReview => {
            format!("Once nothing is missing, a lead other than {} releases it.", row.uploader_name)
        }
        CandidateState::ChangesAsked => format!("{} hands in another upload; it becomes a new candidate.", row.uploader_name),
        _ => return None,
    };
    Some(if who.signed_in { text } else { format!("{text} Members sign in to take part.") })
}

/// The form that waives a check that is missing or says no, for a lead who did not hand it in.
pub fn waive(who: &Who, row: &CandidateRow, needs: Option<&Needs>, sent: &Sent) -> Option<WaiveForm> {
    if !who.lead || who.uploader || !row.state.is_vetted() {
        return None;
    }
    let open = needs?.needs.iter().filter(|need| need.kind == NeedKind::Check && !is_there(need.state));
    let own = sent.verb == "waive";
    let typed = if own { sent.fields.text("name") } else { "" };
    let names: Vec<Choice> = open
        .map(|need| Choice {
            value: need.name.clone(),
            label: need.name.clone(),
            hint: String::new(),
            checked: need.name == typed,
        })
        .collect();
    let reason = Field {
        value: if own { sent.fields.raw("reason").to_owned() } else { String::new() },
        error: sent.wrong.of("reason-waive"),
    };
    (!names.is_empty()).then(|| WaiveForm { action: format!("{}/waivers", links::candidate(&row.id)), names, reason })
}
