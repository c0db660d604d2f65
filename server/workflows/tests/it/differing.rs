//! How a candidate differs from the last released version, whoever asks and how often.

use serde_json::json;
use vetmoot_domain::{Ecosystem, Version};
use vetmoot_tests::packages::Release;
use vetmoot_tests::upstream::archive;
use vetmoot_tests::upstream::server::{Reply, Server};
use vetmoot_workflows::submission::difference::{self, Difference, Fate, TextDifference};

use crate::index::file_path;
use crate::staged::Stage;
use crate::world::{Setup, World, on_both_databases};

on_both_databases! {
    a_first_release_is_all_new,
    a_candidate_is_compared_with_the_last_release_before_it,
    an_archive_is_fetched_and_compared_once_for_everybody,
    a_wheel_is_compared_with_the_wheel_of_its_kind,
    what_cannot_be_compared_is_said,
}

const LAMP: &str = "pkg:cargo/mossy-lamp";

fn crate_of(version: &str, code: &str) -> Vec<u8> {
    let root = format!("mossy-lamp-{version}");
    let manifest = format!("[package]\nname = \"mossy-lamp\"\nversion = {version:?}\n");
    archive::tar_gz(&[(&format!("{root}/Cargo.toml"), &manifest), (&format!("{root}/src/lib.rs"), code)])
}

/// A candidate 1.2.0 of a crate whose index has these versions.
async fn lamp(world: World, released: &[&str]) -> (Stage, vetmoot_domain::CandidateId) {
    let stage = Stage::new(world).await;
    for version in released {
        stage.world.index.publish("mossy-lamp", version, 90);
        stage.world.index.change("mossy-lamp", version, &crate_of(version, &format!("//! Code of {version}\n")));
    }
    stage.open(LAMP).await;
    let handed = stage.crate_file("mossy-lamp", "1.2.0", "one").await;
    let id = stage.hand_in(&stage.ada, LAMP, handed).await.unwrap().candidate;
    (stage, id)
}

fn against(difference: &Difference) -> Option<&str> {
    difference.against.as_ref().map(Version::as_str)
}

async fn a_first_release_is_all_new(world: World) {
    let (stage, id) = lamp(world, &[]).await;
    let found = difference::of(&stage.ctx, &id).await.unwrap();
    assert_eq!(against(&found), None);
    let [file] = found.files.as_slice() else { panic!() };
    let made = file.difference.as_ref().unwrap();
    assert_eq!((made.counts.added, made.counts.same, file.base.is_none()), (2, 0, true));
    assert!(made.files.iter().all(|file| file.fate == Fate::Added));
}

async fn a_candidate_is_compared_with_the_last_release_before_it(world: World) {
    let (stage, id) = lamp(world, &["1.0.0", "1.1.0", "1.2.0-rc.1", "2.0.0"]).await;
    let found = difference::of(&stage.ctx, &id).await.unwrap();
    assert_eq!(against(&found), Some("1.1.0"));
    let [file] = found.files.as_slice() else { panic!() };
    let base = file.base.as_ref().unwrap();
    assert_eq!((base.file_name.as_str(), base.version.as_str()), ("mossy-lamp-1.1.0.crate", "1.1.0"));
    let made = file.difference.as_ref().unwrap();
    let paths: Vec<_> = made.files.iter().map(|file| (file.path.as_str(), file.fate)).collect();
    assert_eq!(paths, [("Cargo.toml", Fate::Changed), ("src/lib.rs", Fate::Changed)]);
    let TextDifference::Lines { added, removed, hunks, .. } = &made.files[1].text else { panic!() };
    assert_eq!((*added, *removed), (1, 1));
    let lines: Vec<_> = hunks[0].lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(lines, ["//! Code of 1.1.0", "//! Made up: one"]);
    // What programs get reads back as what it was.
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Difference>(&json).unwrap(), found);
}

async fn an_archive_is_fetched_and_compared_once_for_everybody(world: World) {
    let (stage, id) = lamp(world, &["1.1.0"]).await;
    let asked = (0..8).map(|_| {
        let (ctx, id) = (stage.ctx.clone(), id.clone());
        tokio::spawn(async move { difference::of(&ctx, &id).await.unwrap() })
    });
    let mut found = Vec::new();
    for one in asked.collect::<Vec<_>>() {
        found.push(one.await.unwrap());
    }
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(stage.world.index.server.count(&file_path("mossy-lamp", "1.1.0")), 1);
}

async fn a_wheel_is_compared_with_the_wheel_of_its_kind(world: World) {
    let mut stage = Stage::new(world).await;
    let old = |line: &str| Release::new("mossy-snake", "1.0", 0).with_line(line);
    let (wheel, sdist) = (archive::wheel(&old("old")), archive::sdist(&old("old")));
    let other = ("mossy_snake-1.0-cp312-cp312-linux_x86_64.whl".to_owned(), archive::wheel(&old("native")).1);
    let files = [wheel, sdist, other];
    let index = Server::start(Box::new(move |request| {
        if let Some((_, bytes)) = files.iter().find(|(name, _)| request.path == format!("/files/{name}")) {
            return Reply::ok("application/octet-stream", bytes.clone());
        }
        if request.path != "/mossy-snake/" {
            return Reply::not_found();
        }
        let file = |(name, bytes): &(String, Vec<u8>)| {
            let sha256 = vetmoot_tests::upstream::sha256(bytes);
            json!({ "filename": name, "url": format!("/files/{name}"), "hashes": { "sha256": sha256 } })
        };
        let files: Vec<_> = files.iter().map(file).collect();
        let page = json!({ "meta": { "api-version": "1.0" }, "name": "mossy-snake", "files": files });
        Reply::ok("application/vnd.pypi.simple.v1+json", page.to_string())
    }));
    stage.ctx = stage.world.another(&Setup { upstreams: vec![(Ecosystem::Pypi, index.url())], ..Setup::default() }).await;
    let purl = "pkg:pypi/mossy-snake";
    stage.open(purl).await;
    let wheel = stage.wheel_file("mossy-snake", "1.1", "new").await;
    let sdist = stage.sdist_file("mossy-snake", "1.1", "new").await;
    let id = stage.hand_in(&stage.ada, purl, wheel).await.unwrap().candidate;
    stage.hand_in(&stage.ada, purl, sdist).await.unwrap();
    let found = difference::of(&stage.ctx, &id).await.unwrap();
    let bases: Vec<_> = found.files.iter().map(|file| file.base.as_ref().unwrap().file_name.as_str()).collect();
    assert_eq!(bases, ["mossy_snake-1.0-py3-none-any.whl", "mossy_snake-1.0.tar.gz"]);
    let code = &found.files[0].difference.as_ref().unwrap().files;
    let code = code.iter().find(|file| file.path == "mossy_snake/__init__.py").unwrap();
    assert!(matches!(&code.text, TextDifference::Lines { added: 1, removed: 1, .. }));
}

async fn what_cannot_be_compared_is_said(world: World) {
    let (stage, id) = lamp(world, &["1.0.0"]).await;
    // The released file is no archive.
    stage.world.index.publish("mossy-lamp", "1.1.0", 30);
    stage.world.turn("1h");
    let found = difference::of(&stage.ctx, &id).await.unwrap();
    let note = found.files[0].note.as_deref().unwrap();
    assert!(note.starts_with("the released file cannot be read: "), "{note}");
    assert!(found.files[0].difference.is_none() && found.files[0].base.is_some());
    // The index sends other bytes than it lists.
    stage.world.index.publish("mossy-lamp", "1.1.1", 20);
    stage.world.index.lie("mossy-lamp", "1.1.1", b"other");
    stage.world.turn("1h");
    let found = difference::of(&stage.ctx, &id).await.unwrap();
    let note = found.files[0].note.as_deref().unwrap();
    assert!(note.starts_with("mossy-lamp-1.1.1.crate cannot be had now: "), "{note}");
    assert!(found.files[0].difference.is_none());
}
