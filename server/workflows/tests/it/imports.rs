//! Imports: whole or not at all, counted once, and gone when their source shows them no longer.

use serde_json::json;
use vetmoot_domain::{Adoption, Role, State};
use vetmoot_workflows::import::{self, Kind, Location, Report, Wanted, show};
use vetmoot_workflows::{Kind as Fault, Origin, Problem};

use crate::world::{COOLDOWN, World, full, on_both_databases};

on_both_databases! {
    an_import_run_twice_counts_once_and_ends_what_vanished,
    a_feed_that_breaks_off_changes_nothing,
    a_crate_with_an_impossible_name_is_left_out_with_the_reason,
    a_folder_of_advisories_acts_where_a_policy_has_the_gate,
    stale_advisories_hold_what_was_never_listed,
    only_stewards_import_and_only_the_operator_imports_files,
    an_import_on_schedule_runs_when_its_time_has_come,
}

/// One audit a version counts, by the import `peer`.
const WITH_PEER: &str = "vetmoot-policy = 1\n[policy]\ntitle = \"Ours\"\nsummary = \"Ours.\"\n[require]\nruntime = [\"safe-to-deploy\"]\n\
    [evidence]\nquorum = 1\nauditor-level = 1\nunbound = \"count\"\nundated = \"count\"\n[[import]]\nname = \"peer\"\nlevel = 2\n";

const LANTERN: &str = "pkg:cargo/mossy-lantern@1.1.0";
const HERON: &str = "pkg:cargo/newborn-heron@1.0.0";

fn entry(name: &str, version: &str) -> String {
    format!(
        "[[audits.\"{name}\"]]\nwho = \"Ada <ada@example.org>\"\ncriteria = \"safe-to-deploy\"\nversion = \"{version}\"\nnotes = \"read\"\n\n"
    )
}

async fn bring(world: &World, kind: Kind, path: &std::path::Path) -> Result<Report, Problem> {
    let wanted = Wanted { name: "peer".to_owned(), kind, location: Location::Path(path.to_owned()), every: None };
    import::run::run(&world.ctx, &Origin::Operator, &wanted, &|_| {}).await
}

async fn ready(world: &World) {
    world.index.publish("mossy-lantern", "1.1.0", 90);
    world.index.publish("newborn-heron", "1.0.0", 90);
    world.adopt("ours", WITH_PEER, Adoption::Enforce).await.unwrap();
    assert_eq!(world.state("ours", LANTERN).await, State::Held);
}

async fn an_import_run_twice_counts_once_and_ends_what_vanished(world: World) {
    ready(&world).await;
    let both = [entry("mossy-lantern", "1.1.0"), entry("newborn-heron", "1.0.0")].concat();
    let feed = world.write("feed.toml", &both);
    let first = bring(&world, Kind::CargoVet, &feed).await.unwrap();
    assert_eq!((first.added, first.same, first.removed), (2, 0, 0));
    assert_eq!(world.state("ours", LANTERN).await, State::Listed);
    let again = bring(&world, Kind::CargoVet, &feed).await.unwrap();
    assert_eq!((again.added, again.changed, again.same, again.removed), (0, 0, 2, 0));
    assert_eq!(world.decision("ours", LANTERN).await.support[0].chains.len(), 1);
    world.write("feed.toml", &entry("newborn-heron", "1.0.0"));
    let less = bring(&world, Kind::CargoVet, &feed).await.unwrap();
    assert_eq!((less.added, less.same, less.removed), (0, 1, 1));
    assert_eq!(world.state("ours", LANTERN).await, State::Held);
    assert_eq!(world.state("ours", HERON).await, State::Listed);
    let (shown, runs) = show::one(&world.ctx, "peer").await.unwrap();
    assert_eq!((shown.entries, runs.len()), (1, 3));
    assert_eq!(world.topics().await.iter().filter(|topic| **topic == "import.ran.v1").count(), 3);
}

async fn a_feed_that_breaks_off_changes_nothing(world: World) {
    ready(&world).await;
    let feed = world.write("feed.toml", &entry("mossy-lantern", "1.1.0"));
    bring(&world, Kind::CargoVet, &feed).await.unwrap();
    let longer = [entry("newborn-heron", "1.0.0"), entry("mossy-lantern", "1.1.0")].concat();
    let cut = longer.len() - 30;
    world.write("feed.toml", &longer[..cut]);
    let problem = bring(&world, Kind::CargoVet, &feed).await.unwrap_err();
    assert_eq!(problem.field.as_deref(), Some("source"), "{problem}");
    assert!(problem.code.starts_with("feed-") && problem.text.contains("nothing was changed"), "{} {problem}", problem.code);
    assert_eq!(world.state("ours", LANTERN).await, State::Listed);
    assert_eq!(world.state("ours", HERON).await, State::Held);
    let (shown, runs) = show::one(&world.ctx, "peer").await.unwrap();
    assert_eq!(shown.entries, 1);
    assert!(runs[0].outcome.as_ref().unwrap().error.is_some(), "the run is shown with its error");
}

async fn a_crate_with_an_impossible_name_is_left_out_with_the_reason(world: World) {
    ready(&world).await;
    let feed = world.write("feed.toml", &[entry("0.7.11", "1.0.0"), entry("mossy-lantern", "1.1.0")].concat());
    let report = bring(&world, Kind::CargoVet, &feed).await.unwrap();
    assert_eq!((report.added, report.dropped.len()), (1, 1));
    assert_eq!((report.dropped[0].reason.as_str(), report.dropped[0].count), ("bad-package-name", 1));
    assert!(report.dropped[0].examples[0].contains("0.7.11"), "{report}");
    assert!(report.to_string().contains("bad-package-name"), "{report}");
}

/// What the schema of advisories calls the world of crates.
fn crates() -> String {
    ["crates", ".io"].concat()
}

fn malware(name: &str) -> String {
    json!({
        "schema_version": "1.7.0", "id": "MAL-2023-1", "modified": "2023-11-01T00:00:00Z", "published": "2023-11-01T00:00:00Z",
        "summary": "steals tokens", "affected": [{"package": {"ecosystem": crates(), "name": name}, "versions": ["1.0.0"]}],
    })
    .to_string()
}

fn weakness() -> String {
    format!(
        "id: VULN-2023-7\nmodified: \"2023-11-01T00:00:00Z\"\npublished: \"2023-11-01T00:00:00Z\"\nsummary: reads past the end\n\
         affected:\n  - package:\n      ecosystem: {}\n      name: mossy-lantern\n    ranges:\n      - type: SEMVER\n        events:\n          \
         - introduced: \"1.0.0\"\n          - fixed: \"1.2.0\"\n",
        crates()
    )
}

async fn a_folder_of_advisories_acts_where_a_policy_has_the_gate(world: World) {
    ready(&world).await;
    world.shelf(COOLDOWN).await;
    let gated = "vetmoot-policy = 1\n[policy]\ntitle = \"Gated\"\nsummary = \"Gated.\"\n[gates]\nadvisories = { effect = \"refuse\" }\n";
    world.adopt("gated", gated, Adoption::Enforce).await.unwrap();
    for purl in [LANTERN, HERON] {
        assert_eq!(world.state("gated", purl).await, State::Listed);
    }
    world.write("osv/deep/MAL-2023-1.json", &malware("newborn-heron"));
    world.write("osv/VULN-2023-7.yaml", &weakness());
    let folder = world.write("osv/README.md", "# not a record");
    let report = bring(&world, Kind::Osv, folder.parent().unwrap()).await.unwrap();
    assert_eq!(report.added, 2, "{report}");
    let matched = world.decision("gated", LANTERN).await;
    assert_eq!((matched.state, matched.reasons[0].code), (State::Refused, "advisory-matched"), "{:?}", matched.reasons);
    assert!(matched.reasons[0].text.contains("VULN-2023-7"), "{}", matched.reasons[0].text);
    assert_eq!(world.state(COOLDOWN, LANTERN).await, State::Listed, "cooldown has no gate for weaknesses");
    let found = world.decision(COOLDOWN, HERON).await;
    assert_eq!((found.state, found.reasons[0].code), (State::Refused, "malware"));
    std::fs::remove_dir_all(folder.parent().unwrap().join("deep")).unwrap();
    assert_eq!(bring(&world, Kind::Osv, folder.parent().unwrap()).await.unwrap().removed, 1);
    assert_eq!(world.state(COOLDOWN, HERON).await, State::Listed);
}

async fn stale_advisories_hold_what_was_never_listed(world: World) {
    ready(&world).await;
    let gate = "vetmoot-policy = 1\n[policy]\ntitle = \"Gated\"\nsummary = \"Gated.\"\n[gates]\n\
        advisories = { effect = \"refuse\", max-staleness = \"2d\" }\n";
    world.adopt("gated", gate, Adoption::Enforce).await.unwrap();
    let record = world.write("osv/VULN-2023-7.yaml", &weakness());
    bring(&world, Kind::Osv, record.parent().unwrap()).await.unwrap();
    let fresh = world.decision("gated", HERON).await;
    assert_eq!(fresh.state, State::Listed, "{:?}", fresh.reasons);
    world.turn("3d");
    assert_eq!(world.state("gated", HERON).await, State::Listed, "what was listed stays");
    world.index.publish("quiet-harbour", "1.0.0", 90);
    let held = world.decision("gated", "pkg:cargo/quiet-harbour@1.0.0").await;
    assert_eq!((held.state, held.reasons[0].code), (State::Held, "advisories-stale"), "{:?}", held.reasons);
    bring(&world, Kind::Osv, record.parent().unwrap()).await.unwrap();
    assert_eq!(world.state("gated", "pkg:cargo/quiet-harbour@1.0.0").await, State::Listed);
}

async fn only_stewards_import_and_only_the_operator_imports_files(world: World) {
    ready(&world).await;
    let feed = world.write("feed.toml", &entry("mossy-lantern", "1.1.0"));
    let wanted = |name: &str, location: Location| Wanted { name: name.to_owned(), kind: Kind::CargoVet, location, every: None };
    let ada = world.member("ada", &[Role::Auditor]).await;
    let refused = import::run::run(&world.ctx, &ada, &wanted("peer", Location::Path(feed.clone())), &|_| {}).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Fault::Forbidden, "stewards-only"));
    let eve = world.member("eve", &[Role::Steward]).await;
    let file = import::run::run(&world.ctx, &eve, &wanted("peer", Location::Path(feed.clone())), &|_| {}).await.unwrap_err();
    assert_eq!(file.field.as_deref(), Some("location"));
    // What a steward types is not fetched from inside the house.
    let inside = Location::of(&format!("{}feed.toml", world.index.url())).unwrap();
    assert!(import::run::run(&world.ctx, &eve, &wanted("peer", inside), &|_| {}).await.is_err());
    assert_eq!(world.index.server.count("/index/feed.toml"), 0);
    let named =
        import::run::run(&world.ctx, &Origin::Operator, &wanted("Peer!", Location::Path(feed)), &|_| {}).await.unwrap_err();
    assert_eq!((named.code, named.field.as_deref()), ("bad-name", Some("name")));
    let missing = Location::Path(world.folder.path().join("nowhere.toml"));
    let missing = import::run::run(&world.ctx, &Origin::Operator, &wanted("peer", missing), &|_| {}).await.unwrap_err();
    assert_eq!((missing.code, missing.field.as_deref()), ("no-such-file", Some("location")));
    assert_eq!(world.state("ours", LANTERN).await, State::Held);
}

async fn an_import_on_schedule_runs_when_its_time_has_come(world: World) {
    ready(&world).await;
    let feed = world.write("feed.toml", &entry("mossy-lantern", "1.1.0"));
    let every = Some("6h".parse().unwrap());
    let wanted = Wanted { name: "peer".to_owned(), kind: Kind::CargoVet, location: Location::Path(feed), every };
    import::run::run(&world.ctx, &Origin::Operator, &wanted, &|_| {}).await.unwrap();
    world.write("feed.toml", &entry("newborn-heron", "1.0.0"));
    world.turn("5h");
    import::schedule::run_due(&world.ctx).await;
    assert_eq!(world.state("ours", HERON).await, State::Held);
    world.turn("1h");
    import::schedule::run_due(&world.ctx).await;
    assert_eq!(world.state("ours", HERON).await, State::Listed);
    assert_eq!(world.state("ours", LANTERN).await, State::Held);
    let ada = world.member("ada", &[Role::Auditor]).await;
    world.record(&ada, &full(LANTERN)).await.unwrap();
    assert_eq!(world.state("ours", LANTERN).await, State::Listed, "an audit of our own counts beside imports");
}
