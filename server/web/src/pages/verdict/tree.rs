//! "Why?" as a tree: criteria, the chains that cover them, and the statements those are made of.

use vetmoot_domain::{AuditKind, Decision, Depth, Reason, State, Step, Support, Testimony, TestimonyOrigin};
use vetmoot_frontend::parts::{Mark, WhyNode};

use super::because::against;
use super::{Ground, remedy};
use crate::pages::evidence::statement;
use crate::pages::moment::{counted, sentence, when};

/// Codes of the reasons that speak of a criterion; they stand under it.
const OF_CRITERIA: [&str; 4] = ["audited", "audits-missing", "digest-unmatched", "digest-unknown"];

/// The tree of one decision: each required criterion first, then what else spoke for or against the release.
pub fn tree(decision: &Decision, ground: &Ground<'_>) -> Vec<WhyNode> {
    let mut roots: Vec<WhyNode> = decision.support.iter().map(|support| criterion(decision, support, ground)).collect();
    let told_above = |reason: &&Reason| decision.support.is_empty() || !OF_CRITERIA.contains(&reason.code);
    roots.extend(decision.reasons.iter().filter(told_above).map(|reason| other(decision, reason, ground)));
    roots.extend(ground.not_configured.iter().map(|gate| WhyNode {
        mark: Mark::NotConfigured,
        text: format!("{}: {}", gate.rule, gate.text),
        ..WhyNode::default()
    }));
    roots
}

fn criterion(decision: &Decision, support: &Support, ground: &Ground<'_>) -> WhyNode {
    let name = support.criterion.as_str();
    let missing = decision.reasons.iter().find(|reason| {
        let about = reason
            .remedy
            .as_ref()
            .map_or_else(|| reason.text.contains(name), |remedy| remedy.criteria.contains(&support.criterion));
        reason.code != "audited" && OF_CRITERIA.contains(&reason.code) && about
    });
    let quiet = decision.reasons.iter().find(|reason| reason.code == "quiet");
    let mut children: Vec<WhyNode> = support.chains.iter().map(|chain| branch(chain, ground)).collect();
    let chains = counted(support.chains.len(), "chain");
    let (mark, text) = match (missing, quiet, support.chains.len()) {
        (Some(reason), ..) => {
            children.extend(statements(reason, ground));
            children.extend(remedy_node(decision, reason, ground));
            (Mark::Missing, format!("{name}: {}", reason.text))
        }
        (None, Some(_), 0) => (Mark::Fact, format!("{name} is covered by no audit; the quiet time stands in for one")),
        (None, None, 0) => (Mark::Missing, format!("{name} is covered by no audit")),
        _ if support.needed > 1 => {
            (Mark::Met, format!("{name} is met by {chains}; {} independent voices are asked for", support.needed))
        }
        _ => (Mark::Met, format!("{name} is met by {}", length(support))),
    };
    WhyNode { mark, text, children, ..WhyNode::default() }
}

fn length(support: &Support) -> String {
    match support.chains.first().map(Vec::len) {
        Some(1) => "one audit".to_owned(),
        Some(links) => format!("one chain of {}", counted(links, "audit")),
        None => "nothing".to_owned(),
    }
}

fn branch(chain: &[Step], ground: &Ground<'_>) -> WhyNode {
    match chain {
        [only] => step(only, ground),
        links => WhyNode {
            text: format!("A chain of {}", counted(links.len(), "audit")),
            children: links.iter().map(|link| step(link, ground)).collect(),
            ..WhyNode::default()
        },
    }
}

fn step(step: &Step, ground: &Ground<'_>) -> WhyNode {
    let testimony = ground.evidence.testimonies.iter().find(|one| one.id == step.statement);
    let who = if step.authors.is_empty() { step.voice.clone() } else { step.authors.join(", ") };
    let counts_for = if step.voice == who || step.voice == "community" { String::new() } else { format!(" ({})", step.voice) };
    let did = match testimony.map(|one| &one.audit.kind) {
        Some(AuditKind::Publisher { publisher, start, end }) => {
            format!("trusts what {publisher} publishes from {start} to {end}")
        }
        _ => match &step.from {
            Some(from) => format!("{} the change {from} \u{2192} {}", read(testimony), step.to),
            None => format!("{} {} as a whole", read(testimony), step.to),
        },
    };
    WhyNode {
        mark: Mark::Fact,
        text: format!("{who}{counts_for} {did}"),
        link: Some(statement(&step.statement, &ground.evidence.advisories)),
        when: testimony.and_then(|one| one.recorded).map(|at| when(ground.now, at)),
        children: testimony.map(facts).unwrap_or_default(),
    }
}

fn read(testimony: Option<&Testimony>) -> &'static str {
    match testimony.and_then(|one| one.audit.depth) {
        Some(Depth::Skim) => "skimmed",
        Some(Depth::Deep) => "read in depth",
        Some(Depth::Read) | None => "read",
    }
}

/// What else the statement says of itself, where that weighs.
fn facts(testimony: &Testimony) -> Vec<WhyNode> {
    let audit = &testimony.audit;
    let claims: Vec<&str> = audit.criteria.iter().map(|name| name.as_str()).collect();
    let mut facts = vec![format!("It claims {}", claims.join(", "))];
    if audit.self_audit {
        facts.push("Its author publishes or maintains the package".to_owned());
    }
    if let Some(machine) = &audit.machine {
        facts.push(format!("A machine read it: {}", machine.model));
    }
    if !testimony.dated && matches!(testimony.origin, TestimonyOrigin::Import(_)) {
        facts.push("It has no date of its own; shown is when its source first showed it here".to_owned());
    }
    facts.into_iter().map(|text| WhyNode { text, ..WhyNode::default() }).collect()
}

fn other(decision: &Decision, reason: &Reason, ground: &Ground<'_>) -> WhyNode {
    let listed = decision.state == State::Listed;
    let mark = match (decision.state, reason.code) {
        (State::Listed, "some-files-withheld") => Mark::Fact,
        (State::Listed, _) => Mark::Met,
        (State::Held, "advisory-matched" | "violation-unreadable") | (State::Refused, _) => Mark::Against,
        (State::Held, _) => Mark::Missing,
    };
    let mut children = statements(reason, ground);
    children.extend(remedy_node(decision, reason, ground));
    let text = if listed { reason.text.clone() } else { against(reason, ground) };
    WhyNode { mark, text: sentence(&text), children, ..WhyNode::default() }
}

fn statements(reason: &Reason, ground: &Ground<'_>) -> Vec<WhyNode> {
    let node = |id: &String| {
        let testimony = ground.evidence.testimonies.iter().find(|one| one.id == *id);
        let advisory = ground.evidence.advisories.iter().find(|one| one.id == *id);
        let text = match (testimony, advisory) {
            (Some(one), _) => {
                let authors: Vec<&str> = one.authors.iter().map(|author| author.name.as_str()).collect();
                format!(
                    "{} audit by {}",
                    one.audit.kind.word(),
                    if authors.is_empty() { "unnamed people".to_owned() } else { authors.join(", ") }
                )
            }
            (None, Some(advisory)) if !advisory.summary.is_empty() => advisory.summary.clone(),
            _ => "It rests on".to_owned(),
        };
        let recorded = testimony.and_then(|one| one.recorded).or(advisory.and_then(|one| one.published));
        WhyNode {
            text,
            link: Some(statement(id, &ground.evidence.advisories)),
            when: recorded.map(|at| when(ground.now, at)),
            ..WhyNode::default()
        }
    };
    reason.statements.iter().map(node).collect()
}

fn remedy_node(decision: &Decision, reason: &Reason, ground: &Ground<'_>) -> Option<WhyNode> {
    let remedy = remedy(decision, reason, ground)?;
    Some(WhyNode { text: remedy.text, link: remedy.link, when: remedy.until, ..WhyNode::default() })
}
