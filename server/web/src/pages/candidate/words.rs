//! Candidates in the words of pages: where one stands, where it goes, and the sentence that stands first.

use vetmoot_domain::{CandidateState, Home, Slug};
use vetmoot_frontend::parts::{Link, Stage};
use vetmoot_workflows::submission::CandidateRow;
use vetmoot_workflows::submission::vet::{Need, NeedKind, NeedState, Needs};

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

/// Whether a policy asks nothing of a release, so that whoever leads decides alone.
pub fn asks_nothing(visit: &Visit, slug: &Slug) -> bool {
    visit.ctx.book.newest(slug).is_some_and(|adopted| {
        let rules = adopted.policy.release();
        rules.criteria.is_empty() && rules.checks.is_empty() && rules.wait.is_none_or(|wait| wait.millis() <= 0)
    })
}

/// What a kind of need is called.
pub fn need(kind: NeedKind) -> &'static str {
    match kind {
        NeedKind::Audits => "audits",
        NeedKind::Wait => "waiting time",
        NeedKind::Check => "outside check",
        NeedKind::Clean => "no objection",
        NeedKind::Way => "at its index",
    }
}

/// What a need at the index is about, by the code of what was found there.
fn at_the_index(code: &str) -> &'static str {
    match code {
        "no-credential" | "credential-expired" | "credential-troubled" | "trusted-publishing-only" => "credential",
        "name-known" => "name",
        "version-exists" | "release-too-old" | "mismatched" => "version",
        "attestations-stay" => "attestations",
        "staging-dependency" => "dependencies",
        _ => "",
    }
}

/// Which of its kind a need is: the criterion or the check; of the others there is but one.
pub fn which(need: &Need) -> &str {
    match need.kind {
        NeedKind::Audits | NeedKind::Check => &need.name,
        NeedKind::Way => at_the_index(&need.name),
        NeedKind::Wait | NeedKind::Clean => "",
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
        CandidateState::Draft => {
            let quiet = visit.ctx.publishing.quiet.in_words();
            format!("{subject} is a draft: files may still come until {uploader} says that is all, or none came for {quiet}.")
        }
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
        CandidateState::Withdrawn => format!("{subject} was withdrawn{}", why()),
    }
}

/// What is missing, as the end of a sentence.
fn missing(needs: Option<&Needs>, policy: &str) -> String {
    let Some(needs) = needs else { return ".".to_owned() };
    let of = |failed: bool| {
        let open = needs.needs.iter().filter(move |one| !is_there(one.state) && (one.state == NeedState::Failed) == failed);
        let mut said: Vec<String> = open.map(|one| noun(one, failed)).collect();
        said.dedup();
        said
    };
    let waits = match of(false).as_slice() {
        [] => None,
        [only] => Some(format!("{only} is still missing under {policy}")),
        [first @ .., last] => Some(format!("{} and {last} are still missing under {policy}", first.join(", "))),
    };
    let against = match of(true).as_slice() {
        [] => None,
        [only] => Some(format!("{only} speaks against it")),
        [first @ .., last] => Some(format!("{} and {last} speak against it", first.join(", "))),
    };
    match (against, waits) {
        (None, None) => format!(": {policy} has all it asks for."),
        (Some(only), None) | (None, Some(only)) => format!(": {only}."),
        (Some(against), Some(waits)) => format!(": {against}, and {waits}."),
    }
}

/// What is missing, or what speaks against it, as a part of a sentence.
fn noun(need: &Need, failed: bool) -> String {
    match (need.kind, failed) {
        (NeedKind::Audits, _) => format!("an audit for {}", need.name),
        (NeedKind::Wait, _) => "some waiting time".to_owned(),
        (NeedKind::Check, false) => format!("the result of the check {}", need.name),
        (NeedKind::Check, true) => format!("the check {}", need.name),
        (NeedKind::Clean, false) => "an answer of what it is compared with".to_owned(),
        (NeedKind::Clean, true) => "something that was said of it".to_owned(),
        (NeedKind::Way, false) if which(need) == "credential" => "a credential for its index".to_owned(),
        (NeedKind::Way, _) => "its index".to_owned(),
    }
}

/// Whether a need is met or waived.
pub fn is_there(state: NeedState) -> bool {
    matches!(state, NeedState::Met | NeedState::Waived)
}
