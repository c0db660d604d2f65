//! Decisions by the real judge, told in the words of the pages.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use vetmoot_domain::{Audit, AuditForm, Author, DateSource, Facts, PublishTime, Subject, Testimony, TestimonyOrigin};
use vetmoot_ecosystems::world;
use vetmoot_frontend::parts::{Mark, WhyNode};
use vetmoot_judge::{Policy, ShelfAlone};

use super::*;

const NOW: &str = "2026-11-20T10:00:00Z";

struct Scene {
    policy: Policy,
    evidence: Evidence,
    published: Timestamp,
}

fn scene(shelf: &str, published: &str) -> Scene {
    let text = vetmoot_judge::shelf().iter().find(|(name, _)| *name == shelf).unwrap().1;
    let policy = Policy::parse(text.as_bytes(), &ShelfAlone).unwrap();
    Scene { policy, evidence: Evidence::default(), published: published.parse().unwrap() }
}

fn audit(kind: &str, from: Option<&str>, to: &str) -> Audit {
    let form = AuditForm {
        kind: kind.into(),
        release: if kind == "violation" { "pkg:cargo/serde".into() } else { format!("pkg:cargo/serde@{to}") },
        from: from.map(|from| format!("pkg:cargo/serde@{from}")),
        range: (kind == "violation").then(|| to.to_owned()),
        criteria: vec!["safe-to-deploy".into()],
        depth: Some("read".into()),
        ..AuditForm::default()
    };
    form.parse().unwrap()
}

impl Scene {
    fn says(mut self, name: &str, audit: Audit) -> Self {
        let id = format!("/audits/{name}{}", self.evidence.testimonies.len());
        let author = Author { name: name.into(), organisation: vetmoot_domain::Organisation::community(), level: 2 };
        let recorded = Some("2026-11-18T10:00:00Z".parse().unwrap());
        self.evidence.testimonies.push(Testimony {
            id,
            origin: TestimonyOrigin::Local,
            authors: vec![author],
            recorded,
            dated: true,
            audit,
        });
        self
    }
    fn decide(&self) -> Decision {
        let artifact: vetmoot_domain::Artifact = "pkg:cargo/serde@1.0.219".parse().unwrap();
        let versions = world(artifact.release.package.ecosystem()).versions();
        let subject = Subject { artifact, digests: vetmoot_domain::Digests::default() };
        let facts = Facts {
            now: NOW.parse().unwrap(),
            publish: PublishTime::Dated { at: self.published, source: DateSource::Index },
            uploaded: None,
            listed_before: false,
            incident: None,
            publisher: None,
            advisory_sources: &[],
            versions,
        };
        vetmoot_judge::decide(&self.policy, &subject, self.policy.serve_use(), &self.evidence, &facts)
    }
    fn ground(&self) -> Ground<'_> {
        Ground {
            now: NOW.parse().unwrap(),
            published: Some(self.published),
            evidence: &self.evidence,
            title: self.policy.title(),
            not_configured: &[],
            may_audit: true,
        }
    }
    fn check(&self, expected: &str) {
        let decision = self.decide();
        assert_eq!(format!("{}: {}", decision.state, because(&decision, &self.ground())), expected);
    }
}

#[test]
fn a_listed_release_says_who_read_it_and_how_old_it_is() {
    let scene = scene("balanced", "2026-10-27T10:00:00Z").says("ada", audit("full", None, "1.0.219"));
    scene.check("listed: one auditor read it, nobody objects, it is 24 days old");
}

#[test]
fn a_chain_names_the_change_that_was_read_last() {
    let scene = scene("balanced", "2026-10-27T10:00:00Z")
        .says("ada", audit("full", None, "1.0.218"))
        .says("bob", audit("delta", Some("1.0.218"), "1.0.219"));
    scene.check("listed: one auditor read the change from 1.0.218, nobody objects, it is 24 days old");
}

#[test]
fn time_alone_is_said_as_such() {
    scene("cooldown", "2026-10-27T10:00:00Z").check("listed: it is 24 days old");
    scene("balanced", "2026-10-01T10:00:00Z").check("listed: no advisory names it, it is 50 days old");
}

#[test]
fn a_young_release_says_how_long_is_left() {
    scene("cooldown", "2026-11-18T10:00:00Z").check("held: it is 2 days old and Cooldown waits 5 days more");
}

#[test]
fn a_violation_says_what_fails() {
    let scene = scene("balanced", "2026-10-27T10:00:00Z").says("ada", audit("violation", None, "<1.0.220"));
    scene.check("refused: versions <1.0.220 fail safe-to-deploy, says ada");
}

fn shown(nodes: &[WhyNode], depth: usize, out: &mut String) {
    for node in nodes {
        let mark = match node.mark {
            Mark::Met => "+",
            Mark::Missing => "-",
            Mark::Against => "!",
            Mark::NotConfigured => "?",
            Mark::Fact => ".",
        };
        let link = node.link.as_ref().map_or_else(String::new, |link| format!(" <{}>", link.href));
        writeln!(out, "{}{mark} {}{link}", "  ".repeat(depth), node.text).unwrap();
        shown(&node.children, depth + 1, out);
    }
}

fn tree_of(scene: &Scene) -> String {
    let mut text = String::new();
    shown(&tree(&scene.decide(), &scene.ground()), 0, &mut text);
    text
}

#[test]
fn the_tree_goes_down_to_the_statements() {
    let scene = scene("balanced", "2026-10-27T10:00:00Z")
        .says("ada", audit("full", None, "1.0.218"))
        .says("bob", audit("delta", Some("1.0.218"), "1.0.219"));
    insta::assert_snapshot!(tree_of(&scene), @r"
    + safe-to-deploy is met by one chain of two audits
      . A chain of two audits
        . ada read 1.0.218 as a whole </audits/ada0>
          . It claims safe-to-deploy
        . bob read the change 1.0.218 → 1.0.219 </audits/bob1>
          . It claims safe-to-deploy
    + Published 2026-10-27; the 7 days that Balanced waits are over.
    ");
}

#[test]
fn the_tree_of_what_is_missing_says_what_would_admit_it() {
    let scene = scene("balanced", "2026-10-31T10:00:00Z").says("ada", audit("full", None, "1.0.218"));
    insta::assert_snapshot!(tree_of(&scene), @r"
    - safe-to-deploy: no audit by level 2 or above covers safe-to-deploy
      . An audit of the change 1.0.218 → 1.0.219 for safe-to-deploy by somebody of level 2 would admit it. </audits/new?release=pkg:cargo/serde@1.0.219&kind=delta&from=pkg:cargo/serde@1.0.218&criteria=safe-to-deploy>
    - It is 20 days old, and without audits Balanced waits 10 days more.
      . Time alone would admit it, on 30 November 2026.
    ");
}

#[test]
fn the_cheapest_remedy_links_to_the_form_that_does_it() {
    let scene = scene("safe-to-deploy", "2026-10-31T10:00:00Z").says("ada", audit("full", None, "1.0.218"));
    let decision = scene.decide();
    let found = cheapest(&decision, &scene.ground()).unwrap();
    assert_eq!(
        found.text,
        "An audit of the change 1.0.218 \u{2192} 1.0.219 for safe-to-deploy by somebody of level 1 would admit it."
    );
    assert_eq!(
        found.link.unwrap().href,
        "/audits/new?release=pkg:cargo/serde@1.0.219&kind=delta&from=pkg:cargo/serde@1.0.218&criteria=safe-to-deploy"
    );
    let young = self::scene("cooldown", "2026-11-18T10:00:00Z");
    assert_eq!(cheapest(&young.decide(), &young.ground()).unwrap().text, "Time alone would admit it, on 25 November 2026.");
}
