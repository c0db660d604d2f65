//! Candidates in the words of pages: where one stands, where it goes, and the sentence that stands first.

use vetmoot_domain::{CandidateState, Home, Slug};
use vetmoot_frontend::parts::{Link, Stage};
use vetmoot_workflows::submission::CandidateRow;
use vetmoot_workflows::submission::vet::{Need, NeedKind, Needs};

use crate::pages::links;
use crate::pages::moment::sentence as sentence_of;
use crate::pages::visit::Visit;

/// Where a candidate stands, as pages show it.
pub fn stage(state: CandidateState) -> Stage {
    match state {
        CandidateState::Draft => Stage::Draft,
        CandidateState::Staged => Stage::Staged,
        CandidateState::InReview => Stage::InReview,
        CandidateState::ChangesAsked => Stage::ChangesAsked,
        CandidateState::Approved => Stage::Approved,
        CandidateState::Releasing => Stage::Releasing,
        CandidateState::Released => Stage::Released,
        CandidateState::Failed => Stage::Failed,
        CandidateState::Withdrawn => Stage::Withdrawn,
    }
}

/// Where a candidate goes.
pub fn home(home: Home) -> &'static str {
    match home {
        Home::Official => "the official index",
        Home::Community => "this community's own index",
    }
}

/// A policy by its name, linked where it is known.
pub fn policy(visit: &Visit, slug: &Slug) -> Link {
    match visit.ctx.book.newest(slug) {
        Some(adopted) => links::policy_link(&adopted),
        None => Link::plain(slug.as_str()),
    }
}

/// What a kind of need is called.
pub fn need(kind: NeedKind) -> &'static str {
    match kind {
        NeedKind::Audits => "audits",
        NeedKind::Wait => "waiting time",
        NeedKind::Check => "outside check",
        NeedKind::Clean => "nothing against it",
        NeedKind::Way => "the way there",
    }
}

/// Which of its kind a need is: the criterion or the check; of the others there is but one.
pub fn which(need: &Need) -> &str {
    match need.kind {
        NeedKind::Audits | NeedKind::Check => &need.name,
        NeedKind::Wait | NeedKind::Clean | NeedKind::Way => "",
    }
}

/// The sentence that answers the page's question: where it stands, and what is missing.
pub fn sentence(visit: &Visit, row: &CandidateRow, home_of: Home, needs: Option<&Needs>) -> String {
    let subject = links::said(&row.package.release(row.version.clone()));
    let place = home(home_of);
    let uploader = &row.uploader_name;
    let policy = policy(visit, &row.policy).text;
    let why = || match row.reason.as_deref().map(vetmoot_frontend::tame).filter(|reason| !reason.is_empty()) {
        Some(reason) => format!(": {}", sentence_of(&reason)),
        None => ".".to_owned(),
    };
    let lead = row.released_by_name.as_ref().map_or_else(|| "a lead".to_owned(), ToString::to_string);
    match row.state {
        CandidateState::Draft => format!("{subject} is a draft: files may still come until {uploader} says that is all."),
        CandidateState::Staged => format!("{subject} waits for somebody to look at it{}", missing(needs, &policy)),
        CandidateState::InReview => format!("{subject} is in review{}", missing(needs, &policy)),
        CandidateState::ChangesAsked => format!("{subject} needs changes before anybody releases it{}", why()),
        CandidateState::Approved => {
            format!("{subject} is approved: {policy} has all it asks for, and a lead other than {uploader} may release it.")
        }
        CandidateState::Releasing => format!("{subject} is on its way to {place}."),
        CandidateState::Released => {
            let same = if home_of == Home::Official { ", which serves the very bytes" } else { "" };
            format!("{subject} is released: {lead} sent it to {place}{same}.")
        }
        CandidateState::Failed => format!("{subject} did not arrive at {place}{}", why()),
        CandidateState::Withdrawn => format!("{subject} was taken back{}", why()),
    }
}

/// What is missing, as the end of a sentence.
fn missing(needs: Option<&Needs>, policy: &str) -> String {
    let Some(needs) = needs else { return ".".to_owned() };
    let open: Vec<String> = needs
        .needs
        .iter()
        .filter(|one| !is_there(one.state))
        .map(|one| match which(one) {
            "" => need(one.kind).to_owned(),
            name => format!("{} ({name})", need(one.kind)),
        })
        .collect();
    match open.as_slice() {
        [] => format!(": {policy} has all it asks for."),
        [only] => format!(": {only} is still missing under {policy}."),
        [first @ .., last] => format!(": {} and {last} are still missing under {policy}.", first.join(", ")),
    }
}

/// Whether a need is met or waived.
pub fn is_there(state: vetmoot_workflows::submission::vet::NeedState) -> bool {
    use vetmoot_workflows::submission::vet::NeedState;
    matches!(state, NeedState::Met | NeedState::Waived)
}
