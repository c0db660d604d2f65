//! Why a policy decides as it does about one release: the target of every refusal.

use serde::Serialize;

use crate::Page;
use crate::parts::{Link, Notice, PolicyState, Remedy, Verdict, WhyNode};
use crate::parts::{State, Tone};
use crate::samples::{HOSTILE, notice, policy_states, remedy, verdict, verdicts, waiting, why_tree};

/// `/why/{policy}/{purl}`
#[derive(Debug, Clone, Default, Serialize)]
pub struct Why {
    /// The sentence.
    pub verdict: Verdict,
    /// The purl that was asked about.
    pub purl: String,
    /// Its release page.
    pub release_href: String,
    /// What needs saying first.
    pub notices: Vec<Notice>,
    /// The reasons, in the order of the decision.
    pub reasons: Vec<Reason>,
    /// The tree down to the statements.
    pub tree: Vec<WhyNode>,
    /// Files of the release that are not listed, when it is listed itself.
    pub files: Vec<FileState>,
    /// What the other policies say, and why they differ.
    pub others: Vec<OtherVerdict>,
    /// The decision as JSON, indented.
    pub machine: String,
    /// Where that JSON is.
    pub api_href: String,
}

/// One reason of the decision.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Reason {
    /// Stable code: `release-too-young`.
    pub code: String,
    /// The rule: `gates.release-age`.
    pub rule: String,
    /// One sentence.
    pub text: String,
    /// The statements it rests on.
    pub statements: Vec<Link>,
    /// The cheapest change that would lift it.
    pub remedy: Option<Remedy>,
}

/// A file of the release and what the policy says of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FileState {
    /// File name.
    pub file: String,
    /// What the policy says.
    pub state: PolicyState,
    /// Why, in plain words.
    pub because: String,
}

/// Another policy's word on the same release.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OtherVerdict {
    /// Its sentence.
    pub verdict: Verdict,
    /// What it asks differently: "Cooldown asks for age alone; Strict asks for two organisations."
    pub difference: String,
}

impl Page for Why {
    const TEMPLATE: &'static str = "why.html";

    fn sample() -> Vec<Self> {
        let young = Reason {
            code: "release-too-young".into(),
            rule: "gates.release-age".into(),
            text: "It was published 3 days ago; Strict waits 14.".into(),
            statements: Vec::new(),
            remedy: Some(waiting()),
        };
        let unread = Reason {
            code: "criteria-missing".into(),
            rule: "requires.runtime".into(),
            text: "One organisation of two has read it for safe-to-deploy.".into(),
            statements: vec![Link::new("audit 7f3a", "/audits/7f3a"), Link::new("audit 81bb", "/audits/81bb")],
            remedy: Some(remedy()),
        };
        let states = policy_states().into_iter().zip(["wheel", "sdist"]);
        let held = Self {
            verdict: verdict(
                "Strict",
                State::Held,
                "it is 3 days old and Strict waits 14, and one organisation of two has read it",
            ),
            purl: "pkg:cargo/serde@1.0.219".into(),
            release_href: "/releases/pkg:cargo/serde@1.0.219".into(),
            notices: vec![notice(Tone::Info, "You came from cargo: it says \u{201c}yanked\u{201d} for what is held here.")],
            reasons: vec![young, unread],
            tree: why_tree(),
            files: states
                .map(|(state, file)| FileState { file: file.into(), state, because: "no audit names this file".into() })
                .collect(),
            others: verdicts()
                .into_iter()
                .take(2)
                .map(|verdict| OtherVerdict {
                    verdict,
                    difference: "Balanced asks for one auditor; Strict asks for two organisations and 14 days.".into(),
                })
                .collect(),
            machine: "{\n  \"purl\": \"pkg:cargo/serde@1.0.219\",\n  \"state\": \"held\"\n}\n".into(),
            api_href: "/api/v1/decisions?policy=strict&purl=pkg:cargo/serde@1.0.219".into(),
        };
        let listed = Self {
            verdict: verdict("Balanced", State::Listed, "one auditor read it, nobody objects, it is 24 days old"),
            purl: held.purl.clone(),
            release_href: held.release_href.clone(),
            tree: why_tree().into_iter().take(1).collect(),
            machine: "{}".into(),
            api_href: held.api_href.clone(),
            ..Self::default()
        };
        let hostile = Self {
            purl: HOSTILE.into(),
            machine: HOSTILE.into(),
            verdict: Verdict { because: HOSTILE.into(), ..verdict("Kiosk", State::Refused, "") },
            ..listed.clone()
        };
        vec![held, listed, hostile]
    }
}
