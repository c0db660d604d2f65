//! Every upstream serves the real clients directly, and misbehaves when told to.

use vetmoot_tests::clients::{cargo, npm, pip, pnpm, uv};
use vetmoot_tests::http::{self, Ask};
use vetmoot_tests::packages::{Calendar, Release, shelf};
use vetmoot_tests::upstream::{CargoUpstream, Knobs, Mischief, NpmUpstream, PypiServer, PypiUpstream, Verdaccio};

fn calendar() -> Calendar {
    Calendar::of_the_machine()
}

#[test]
fn cargo_fetches_a_crate_and_what_it_needs() {
    let upstream = CargoUpstream::start(calendar(), &shelf());
    let project = cargo::project("upstream", &upstream.url(), &[("quiet-harbour", "1")]);
    project.run(&["fetch"]).good();
    assert_eq!(cargo::locked(&project, "quiet-harbour").as_deref(), Some("1.0.0"));
    assert_eq!(cargo::locked(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
    assert_eq!(upstream.server.count(&CargoUpstream::download_path("mossy-lantern", "1.2.0")), 1);
    project.run(&["check", "--locked", "--offline"]).good();
}

#[test]
fn cargo_follows_a_download_template() {
    let upstream = CargoUpstream::start(calendar(), &shelf());
    upstream.set_download_template("/files/{prefix}/{crate}-{version}.crate");
    let project = cargo::project("upstream", &upstream.url(), &[("mossy-lantern", "1")]);
    project.run(&["fetch"]).good();
    assert_eq!(upstream.server.count("/files/mo/ss/mossy-lantern-1.2.0.crate"), 1);
}

#[test]
fn pip_and_uv_install_from_our_index() {
    let upstream = PypiUpstream::start(calendar(), &shelf());
    if let Some(project) = pip::project(&upstream.url()) {
        pip::install(&project, &["quiet-harbour"]).good();
        assert_eq!(pip::installed(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
    }
    if let Some(project) = uv::project(&upstream.url(), &["quiet-harbour"]) {
        project.run(&["sync"]).good();
        assert_eq!(uv::locked(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
    }
}

#[test]
fn pip_and_uv_build_a_source_distribution() {
    let upstream = PypiUpstream::start(calendar(), &shelf());
    if let Some(project) = pip::project(&upstream.url()) {
        pip::install(&project, &["--no-binary", "mossy-lantern", "mossy-lantern"]).good();
        assert_eq!(pip::installed(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
    }
    if let Some(project) = uv::project(&upstream.url(), &[]) {
        uv::install(&project, &["--no-binary", "mossy-lantern", "mossy-lantern"]).good();
        assert_eq!(uv::installed(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
    }
}

#[test]
fn pip_and_uv_install_from_pypiserver() {
    let Some(upstream) = PypiServer::start(calendar(), &shelf()) else { return };
    if let Some(project) = pip::project(&upstream.url()) {
        pip::install(&project, &["quiet-harbour"]).good();
        assert_eq!(pip::installed(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
    }
    if let Some(project) = uv::project(&upstream.url(), &["quiet-harbour"]) {
        project.run(&["sync"]).good();
        assert_eq!(uv::locked(&project, "mossy-lantern").as_deref(), Some("1.2.0"));
    }
}

#[test]
fn npm_and_pnpm_install_from_our_registry() {
    let upstream = NpmUpstream::start(calendar(), &shelf());
    for project in [npm::project(&upstream.url()), pnpm::project(&upstream.url())].into_iter().flatten() {
        project.run(&["install", "quiet-harbour@1.0.0"]).good();
        assert_eq!(npm::installed(&project, "quiet-harbour").as_deref(), Some("1.0.0"));
    }
}

#[test]
fn npm_and_pnpm_install_from_verdaccio() {
    let Some(upstream) = Verdaccio::start(&shelf()) else { return };
    for project in [npm::project(&upstream.url()), pnpm::project(&upstream.url())].into_iter().flatten() {
        project.run(&["install", "quiet-harbour@1.0.0"]).good();
        assert_eq!(npm::installed(&project, "quiet-harbour").as_deref(), Some("1.0.0"));
    }
}

#[test]
fn an_unchanged_document_is_answered_without_a_body() {
    let upstream = PypiUpstream::start(calendar(), &shelf());
    let page = format!("{}mossy-lantern/", upstream.url());
    let tag = http::get(&page).header("etag").unwrap_or_default().to_owned();
    assert_eq!(Ask::get(&page).header("if-none-match", &tag).answer().status, 304);
    upstream.set(Knobs { etag: false, times: false });
    let plain = Ask::get(&page).header("accept", vetmoot_tests::upstream::pypi::JSON).answer();
    assert!(plain.header("etag").is_none() && !plain.text().contains("upload-time"), "{}", plain.text());
}

#[test]
fn an_upstream_breaks_in_every_way_it_is_told_to() {
    let upstream = NpmUpstream::start(calendar(), &[Release::new("mossy-lantern", "1.0.0", 30)]);
    let document = format!("{}mossy-lantern", upstream.url());
    let whole = http::get(&document).body;
    for how in [Mischief::Cut(10), Mischief::PromiseMore(5)] {
        upstream.server.misbehave("/mossy-lantern", how.clone());
        assert!(Ask::get(&document).send().is_err(), "{how:?}");
    }
    upstream.server.misbehave("/mossy-lantern", Mischief::EndEarly(5));
    assert_eq!(http::get(&document).body.len(), whole.len() - 5);
    upstream.server.misbehave("/mossy-lantern", Mischief::OtherBytes(b"no".to_vec()));
    assert_eq!(http::get(&document).text(), "no");
    upstream.server.misbehave("/mossy-lantern", Mischief::Status(503));
    assert_eq!(http::get(&document).status, 503);
    upstream.server.go_down();
    assert!(Ask::get(&document).send().is_err());
    upstream.server.behave();
    assert_eq!(http::get(&document).body, whole);
}
