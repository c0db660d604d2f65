//! Pre-flight: everything at once, the index asked, names compared, and nothing that is secret repeated.

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::{Value, json};
use vetmoot_domain::{Adoption, Digests, Ecosystem};
use vetmoot_storage::{Stored, events};
use vetmoot_tests::upstream::archive;
use vetmoot_tests::upstream::server::{Reply, Server};
use vetmoot_workflows::submission::finding::{Finding, Weight};
use vetmoot_workflows::submission::hand_in::{self, Handed, Refusal};
use vetmoot_workflows::submission::preflight::{self, source};
use vetmoot_workflows::submission::{FileKind, project};
use vetmoot_workflows::{Ctx, Kind, Origin};

use crate::staged::{Stage, package};
use crate::world::{Setup, World, on_both_databases};

on_both_databases! {
    one_bad_source_distribution_tells_all_its_problems_at_once,
    a_version_that_is_taken_is_refused_and_a_lower_one_is_told,
    a_silent_index_refuses_nothing_and_is_told,
    a_new_name_that_looks_like_a_known_one_is_told,
    a_new_name_that_the_index_takes_for_another_is_refused_while_the_index_says_it_is_new,
    a_release_has_one_source_distribution,
    a_policy_that_cannot_vet_it_is_told,
    the_source_is_compared_and_kept,
    who_may_not_hand_in_gives_no_source,
}

const SECRET: &str = "pypi-AgEIcHlwaS5vcmcCJGZq3vR8tLx0PwYk5HnJd2BfGsMc7Ue9Ai4To6Vy1QZq3vR8tLx0PwYk5HnJd2BfGsMc";

async fn put(ctx: &Ctx, bytes: Vec<u8>) -> Stored {
    let mut writer = ctx.blobs.writer().await.unwrap();
    writer.write(Bytes::from(bytes)).await.unwrap();
    writer.commit(&Digests::default(), None).await.unwrap()
}

/// One line a finding.
fn told(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut text, finding| {
        writeln!(
            text,
            "{} {} [{}] {} -> {}",
            finding.weight,
            finding.code,
            finding.place.as_deref().unwrap_or(""),
            finding.text,
            finding.fix
        )
        .unwrap();
        text
    })
}

async fn run(stage: &Stage, purl: &str, handed: &Handed) -> Vec<Finding> {
    let project = project::show(&stage.ctx, &package(purl)).await.unwrap().row;
    preflight::run(&stage.ctx, &project, handed).await.unwrap()
}

fn codes(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{} {}", finding.weight, finding.code)).collect()
}

/// A Python index with one project, `mossy-snake`, that has two files of one version.
fn python_index() -> Server {
    Server::start(Box::new(|request| {
        if request.path != "/mossy-snake/" {
            return Reply::not_found();
        }
        let file = |name: &str| {
            json!({ "filename": name, "url": format!("/files/{name}"), "hashes": { "sha256": "ab".repeat(32) }, "size": 3,
                "upload-time": "2023-11-10T00:00:00Z" })
        };
        let page = json!({
            "meta": { "api-version": "1.1" }, "name": "mossy-snake", "versions": ["1.0", "2.0"],
            "files": [file("mossy_snake-1.0.tar.gz"), file("mossy_snake-2.0-py3-none-any.whl")],
        });
        Reply::ok("application/vnd.pypi.simple.v1+json", page.to_string())
    }))
}

async fn one_bad_source_distribution_tells_all_its_problems_at_once(world: World) {
    let mut stage = Stage::new(world).await;
    let index = python_index();
    let setup = Setup { upstreams: vec![(Ecosystem::Pypi, index.url())], ..Setup::default() };
    stage.ctx = stage.world.another(&setup).await;
    let purl = "pkg:pypi/mossy-snake";
    stage.open(purl).await;
    let info = "Metadata-Version: 2.1\nName: other-snake\nVersion: 1.0\nSummary: made up\nRequires-Python: >=3.9\n\nLong.\n";
    let settings = format!("[distutils]\n[pypi]\ntoken = {SECRET}\n");
    let bytes = archive::tar_gz(&[("mossy_snake-1.0/PKG-INFO", info), ("mossy_snake-1.0/setup.cfg", &settings)]);
    let handed = Handed {
        version: "1.0".parse().unwrap(),
        file_name: "mossy_snake-1.0.tar.gz".to_owned(),
        kind: FileKind::Sdist,
        stored: put(&stage.ctx, bytes).await,
        metadata: json!({ "fields": { "name": ["mossy-snake"], "version": ["1.0"], "requires_python": [">=3.9"] } }),
        attestations: None,
        whole: false,
    };
    let findings = run(&stage, purl, &handed).await;
    insta::assert_snapshot!(told(&findings));
    let everything = format!("{findings:?}");
    assert!(!everything.contains(&SECRET[..14]) && !everything.contains(&SECRET[20..40]));
    // Handing it in says the same, and leaves nothing.
    let uploader = stage.uploader(&stage.ada).await;
    let permit = hand_in::permit(&stage.ctx, &uploader, &package(purl)).await.unwrap();
    let Err(Refusal::Findings(refused)) = hand_in::hand_in(&stage.ctx, &uploader, &permit, handed).await else { panic!() };
    assert_eq!(refused, findings);
    assert_eq!(stage.count().await, 0);
    assert!(!stage.told().await.join("\n").contains(&SECRET[..14]));
}

async fn a_version_that_is_taken_is_refused_and_a_lower_one_is_told(world: World) {
    let stage = Stage::new(world).await;
    let purl = "pkg:cargo/mossy-lamp";
    for (version, days) in [("1.0.0", 300), ("1.2.0", 200), ("2.0.0-rc.1", 100)] {
        stage.world.index.publish("mossy-lamp", version, days);
    }
    stage.open(purl).await;
    for (version, expected) in [
        ("1.2.0", vec!["error version-taken", "warning repository-missing", "warning name-taken"]),
        ("1.2.0+meta", vec!["error version-taken", "warning repository-missing", "warning name-taken"]),
        ("1.1.0", vec!["warning repository-missing", "warning version-not-newest", "warning name-taken"]),
        ("1.3.0", vec!["warning repository-missing", "warning name-taken"]),
    ] {
        let handed = stage.crate_file("mossy-lamp", version, "one").await;
        assert_eq!(codes(&run(&stage, purl, &handed).await), expected, "{version}");
    }
    // The very bytes that are there need no release.
    let handed = stage.crate_file("mossy-lamp", "3.0.0", "one").await;
    let bytes = stage.ctx.blobs.read(&handed.stored.sha256).await.unwrap().unwrap();
    stage.world.index.publish("mossy-lamp", "3.0.0", 1);
    stage.world.index.change("mossy-lamp", "3.0.0", &bytes);
    stage.world.turn("1h");
    let findings = run(&stage, purl, &handed).await;
    assert_eq!(findings[0].code, "already-released", "{findings:?}");
    // The index is asked once, with what was read before as a condition.
    assert_eq!(stage.world.index.asked("mossy-lamp"), 2);
    // Staged under a name that is somebody's, with the warning kept for whoever reviews it.
    let handed = stage.crate_file("mossy-lamp", "3.1.0", "one").await;
    let receipt = stage.hand_in(&stage.ada, purl, handed).await.unwrap();
    let kept: Vec<Finding> = serde_json::from_str(&stage.row(&receipt.candidate).await.findings).unwrap();
    assert!(kept.iter().any(|finding| finding.code == "name-taken"), "{kept:?}");
}

async fn a_silent_index_refuses_nothing_and_is_told(world: World) {
    let stage = Stage::new(world).await;
    let purl = "pkg:cargo/mossy-lamp";
    stage.open(purl).await;
    stage.world.index.server.go_down();
    let handed = stage.crate_file("mossy-lamp", "1.0.0", "one").await;
    let findings = run(&stage, purl, &handed).await;
    assert_eq!(codes(&findings), ["warning repository-missing", "warning index-silent"]);
    stage.hand_in(&stage.ada, purl, handed).await.unwrap();
}

async fn a_new_name_that_looks_like_a_known_one_is_told(world: World) {
    let stage = Stage::new(world).await;
    stage.world.index.publish("mossy-lantern", "1.0.0", 90);
    // Somebody asked for it, so this instance knows it.
    stage.world.shelf("safe-to-deploy").await;
    stage.world.decision("safe-to-deploy", "pkg:cargo/mossy-lantern@1.0.0").await;
    for (name, expected) in [
        ("lantern-mossy", Some("differs from `mossy-lantern` by separators")),
        ("mossy-1antern", Some("differs from `mossy-lantern` by characters that look alike")),
        ("tokoi", Some("differs from `tokio` by a slip of the finger")),
        ("quite-another", None),
    ] {
        let purl = format!("pkg:cargo/{name}");
        stage.open(&purl).await;
        let handed = stage.crate_file(name, "1.0.0", "one").await;
        let findings = run(&stage, &purl, &handed).await;
        let found = findings.iter().find(|finding| finding.code == "look-alike-name").map(|finding| finding.text.as_str());
        match expected {
            Some(expected) => assert!(found.is_some_and(|text| text.contains(expected)), "{name}: {found:?}"),
            None => assert_eq!(found, None, "{name}"),
        }
        assert!(findings.iter().all(|finding| finding.weight == Weight::Warning), "{findings:?}");
    }
    // A name that is there already is compared with nothing.
    stage.world.index.publish("toki", "1.0.0", 90);
    stage.open("pkg:cargo/toki").await;
    let handed = stage.crate_file("toki", "1.1.0", "one").await;
    let findings = run(&stage, "pkg:cargo/toki", &handed).await;
    assert!(findings.iter().any(|finding| finding.code == "name-taken"), "{findings:?}");
    assert!(!findings.iter().any(|finding| finding.code == "look-alike-name"), "{findings:?}");
}

async fn a_new_name_that_the_index_takes_for_another_is_refused_while_the_index_says_it_is_new(world: World) {
    let stage = Stage::new(world).await;
    stage.world.index.publish("mossy-lantern", "1.0.0", 90);
    stage.world.shelf("safe-to-deploy").await;
    stage.world.decision("safe-to-deploy", "pkg:cargo/mossy-lantern@1.0.0").await;
    let purl = "pkg:cargo/mossy_lantern";
    stage.open(purl).await;
    let handed = stage.crate_file("mossy_lantern", "1.0.0", "one").await;
    let findings = run(&stage, purl, &handed).await;
    assert_eq!((findings[0].code.as_str(), findings[0].weight), ("name-too-close", Weight::Error), "{findings:?}");
    assert!(findings[0].text.contains("`mossy-lantern`"), "{findings:?}");
    // An index that does not answer may have the name.
    stage.world.index.server.go_down();
    stage.world.turn("1h");
    let other = stage.crate_file("mossy_lantern", "1.1.0", "one").await;
    let findings = run(&stage, purl, &other).await;
    assert!(findings.iter().all(|finding| finding.weight == Weight::Warning), "{findings:?}");
}

async fn a_release_has_one_source_distribution(world: World) {
    let mut stage = Stage::new(world).await;
    let index = python_index();
    stage.ctx = stage.world.another(&Setup { upstreams: vec![(Ecosystem::Pypi, index.url())], ..Setup::default() }).await;
    let purl = "pkg:pypi/mossy-snake";
    stage.open(purl).await;
    // The index has `mossy_snake-1.0.tar.gz`.
    let mut zipped = stage.sdist_file("mossy-snake", "1.0", "one").await;
    zipped.file_name = "mossy_snake-1.0.zip".to_owned();
    let findings = run(&stage, purl, &zipped).await;
    assert!(codes(&findings).contains(&"error second-sdist".to_owned()), "{findings:?}");
    // The draft has one.
    let first = stage.sdist_file("mossy-snake", "3.0", "one").await;
    let mut second = stage.sdist_file("mossy-snake", "3.0", "one").await;
    second.file_name = "mossy-snake-3.0.tar.gz".to_owned();
    stage.hand_in(&stage.ada, purl, first).await.unwrap();
    let refused = stage.hand_in(&stage.ada, purl, second).await.unwrap_err();
    assert_eq!(refused.code, "second-sdist", "{refused}");
}

async fn a_policy_that_cannot_vet_it_is_told(world: World) {
    let stage = Stage::new(world).await;
    let only_npm = "vetmoot-policy = 1\n[policy]\ntitle = \"npm\"\nsummary = \"npm.\"\necosystems = [\"npm\"]\n";
    let purl = "pkg:cargo/demo-lamp";
    stage.world.adopt("only-npm", only_npm, Adoption::Enforce).await.unwrap();
    stage.ctx.notice().await.unwrap();
    project::vet_under(&stage.ctx, &stage.cleo, &package(purl), Some(&"only-npm".parse().unwrap())).await.unwrap();
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    let findings = run(&stage, purl, &handed).await;
    assert_eq!(findings[0].code, "policy-not-covering", "{findings:?}");
}

async fn the_source_is_compared_and_kept(world: World) {
    let stage = Stage::new(world).await;
    let id = stage.staged("1.0.0").await;
    let manifest = "[package]\nname = \"demo-lamp\"\nversion = \"1.0.0\"\nedition = \"2021\"\ndescription = \"made up\"\nlicense = \"MIT\"\n";
    let given = archive::tar_gz(&[
        ("lamp-1/crates/lamp/Cargo.toml", manifest),
        ("lamp-1/crates/lamp/src/lib.rs", "//! Something else.\n"),
        ("lamp-1/README.md", "# Lamp\n"),
    ]);
    let stored = put(&stage.ctx, given).await;
    let found = source::compare(&stage.ctx, &stage.ada, &id, &stored, "crates/lamp").await.unwrap();
    assert!(!found.agrees);
    assert_eq!((found.files[0].same, found.files[0].differing.paths.as_slice()), (1, &["src/lib.rs".to_owned()][..]));
    let kept: source::Source = serde_json::from_str(stage.row(&id).await.source.as_deref().unwrap()).unwrap();
    assert_eq!(kept, found);
    assert_eq!(kept.given_by, "ada");
    let last = events::latest(&stage.ctx.store.read(), None, 1).await.unwrap().remove(0);
    assert_eq!(last.subject[2], format!("source:{}", hex_of(&stored.sha256)));
    // A better one takes its place; what is no archive takes none.
    let better = archive::tar_gz(&[("x/Cargo.toml", manifest), ("x/src/lib.rs", "//! Made up: one\n")]);
    let better = put(&stage.ctx, better).await;
    assert!(source::compare(&stage.ctx, &stage.ada, &id, &better, "").await.unwrap().agrees);
    let nothing = put(&stage.ctx, b"hello".to_vec()).await;
    let problem = source::compare(&stage.ctx, &stage.ada, &id, &nothing, "").await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Invalid, "source-unreadable"));
    let kept: Value = serde_json::from_str(stage.row(&id).await.source.as_deref().unwrap()).unwrap();
    assert_eq!(kept["agrees"], true);
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

async fn who_may_not_hand_in_gives_no_source(world: World) {
    let stage = Stage::new(world).await;
    let id = stage.staged("1.0.0").await;
    let eve = stage.world.member("eve", &[vetmoot_domain::Role::Auditor]).await;
    for (who, folder, expected) in
        [(&eve, "", "no-part"), (&stage.ada, "a/../b", "bad-folder"), (&stage.ada, "a\n", "bad-folder")]
    {
        let who: &Origin = who;
        assert_eq!(source::permit(&stage.ctx, who, &id, folder).await.unwrap_err().code, expected);
    }
    vetmoot_workflows::submission::moves::withdraw(&stage.ctx, &stage.ada, &id, "no longer wanted").await.unwrap();
    assert_eq!(source::permit(&stage.ctx, &stage.ada, &id, "").await.unwrap_err().code, "illegal-move");
}
