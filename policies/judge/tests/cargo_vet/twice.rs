//! One entry that reaches us through two feeds.

use std::fmt::Write as _;

use vetmoot_domain::{
    Digests, Ecosystem, Evidence, Facts, Level, Organisation, Package, PublishTime, State, Subject, Testimony, Use,
};
use vetmoot_ecosystems::cargo::CargoVersions;
use vetmoot_ecosystems::feeds::cargo_vet;
use vetmoot_judge::{Policy, ShelfAlone, decide};

use crate::binary::NOW;

/// An audit as its own feed shows it, and as a feed shows it that aggregates the first; under one id, as one entry has.
fn twice() -> [Testimony; 2] {
    let own = "[[audits.alpha]]\ncriteria = \"safe-to-deploy\"\nversion = \"1.0.0\"\n";
    let relayed = format!("{own}aggregated-from = \"https://own.example.org\"\n");
    let organisation: Organisation = "made-up".parse().unwrap();
    let both =
        [("own", own, "https://own.example.org"), ("relay", &relayed, "https://relay.example.org")].map(|(name, feed, url)| {
            let feed = cargo_vet::read(feed.as_bytes(), url).unwrap();
            feed.entries[0].testimony(name, &organisation, Level::UNKNOWN, Some(NOW.parse().unwrap()))
        });
    let identity = |one: &Testimony| one.id.split_once('#').unwrap().1.to_owned();
    assert_eq!(identity(&both[0]), identity(&both[1]));
    let [own, mut relay] = both;
    relay.id.clone_from(&own.id);
    [own, relay]
}

fn check(imports: &[&str], quorum: u32, expected: State) {
    let mut policy = format!(
        "vetmoot-policy = 1\n[policy]\ntitle = \"Two feeds\"\n[require]\nruntime = [\"safe-to-deploy\"]\n[evidence]\nauditor-level = 1\nquorum = {quorum}\n"
    );
    for name in imports {
        writeln!(policy, "[[import]]\nname = \"{name}\"\nlevel = 2").unwrap();
    }
    let policy = Policy::parse(policy.as_bytes(), &ShelfAlone).unwrap_or_else(|error| panic!("{error}"));
    let package = Package::new(Ecosystem::Cargo, "alpha").unwrap();
    let artifact = package.release("1.0.0".parse().unwrap()).artifact(None);
    let facts = Facts {
        now: NOW.parse().unwrap(),
        publish: PublishTime::Unknown,
        uploaded: None,
        listed_before: false,
        incident: None,
        publisher: None,
        advisory_sources: &[],
        versions: &CargoVersions,
    };
    let [own, relay] = twice();
    for testimonies in [vec![own.clone(), relay.clone()], vec![relay, own]] {
        let evidence = Evidence { testimonies, advisories: Vec::new() };
        let subject = Subject { artifact: artifact.clone(), digests: Digests::default() };
        let decision = decide(&policy, &subject, Use::Runtime, &evidence, &facts);
        assert_eq!(decision.state, expected, "imports {imports:?}, quorum {quorum}: {:?}", decision.reasons);
    }
}

#[test]
fn an_entry_reached_through_two_feeds_counts_for_whichever_feed_the_policy_names() {
    check(&["own"], 1, State::Listed);
    check(&["relay"], 1, State::Listed);
    check(&["own", "relay"], 1, State::Listed);
    check(&[], 1, State::Held);
}

#[test]
fn an_entry_reached_through_two_feeds_is_one_voice() {
    check(&["own", "relay"], 2, State::Held);
}
