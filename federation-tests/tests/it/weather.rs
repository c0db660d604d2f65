//! Upstreams in bad weather: nothing wrong is served, nothing half is kept, and afterwards all is well.

use vetmoot_tests::http;
use vetmoot_tests::upstream::Mischief;

use crate::world::{ECOSYSTEMS, NAME, POLICY, World, artifact, listing, upstream_bytes, upstream_listing, upstream_of};

/// A file goes wrong on its way: the client gets no good answer with wrong bytes, and the next try gets the right ones.
fn check_file(how: &Mischief) {
    let world = World::start();
    for ecosystem in ECOSYSTEMS {
        let url = artifact(&world, POLICY, ecosystem, "1.1.0");
        let expected = upstream_bytes(&world, ecosystem, "1.1.0");
        let (server, path) = upstream_of(&world, ecosystem, "1.1.0");
        server.misbehave(&path, how.clone());
        let spoiled = http::Ask::get(&url).send();
        let is_good = spoiled.as_ref().is_ok_and(|answer| answer.status == 200);
        assert!(!is_good, "{ecosystem} {how:?}: {spoiled:?}");
        server.behave();
        let answer = http::get(&url);
        assert_eq!((answer.status, answer.body), (200, expected), "{ecosystem} {how:?}");
    }
}

#[test]
fn a_file_that_is_cut_off_is_not_kept() {
    check_file(&Mischief::Cut(100));
}

#[test]
fn a_file_shorter_than_promised_is_not_kept() {
    check_file(&Mischief::PromiseMore(10));
}

#[test]
fn an_answer_of_503_for_a_file_is_passed_on_as_trouble_upstream() {
    check_file(&Mischief::Status(503));
}

#[test]
fn a_redirect_of_a_file_to_a_stranger_is_not_followed() {
    check_file(&Mischief::Redirect("http://127.0.0.1:9/stranger".to_owned()));
}

#[test]
fn other_bytes_than_the_index_promised_are_never_served() {
    let world = World::start();
    for ecosystem in ECOSYSTEMS {
        for how in [Mischief::OtherBytes(b"something else altogether".to_vec()), Mischief::EndEarly(10)] {
            let url = artifact(&world, POLICY, ecosystem, "1.1.0");
            let (server, path) = upstream_of(&world, ecosystem, "1.1.0");
            server.misbehave(&path, how.clone());
            let spoiled = http::Ask::get(&url).send();
            assert!(!spoiled.as_ref().is_ok_and(|answer| answer.status == 200), "{ecosystem} {how:?}: {spoiled:?}");
        }
    }
}

#[test]
fn a_file_whose_digest_changed_upstream_is_refused_for_good() {
    let world = World::start();
    let replaced = b"another file under the same name".to_vec();
    for ecosystem in ["pypi", "npm"] {
        let url = artifact(&world, POLICY, ecosystem, "1.1.0");
        assert_eq!(http::get(&listing(&world, ecosystem)).status, 200);
        if ecosystem == "pypi" {
            world.pypi.replace_file("mossy_lantern-1.1.0-py3-none-any.whl", &replaced);
        } else {
            world.npm.replace_file(NAME, "1.1.0", &replaced);
        }
        let answer = http::get(&url);
        assert!(answer.status != 200 || answer.body != replaced, "{ecosystem}: the first digest is pinned");
    }
}

#[test]
fn a_listing_that_is_no_listing_does_not_take_the_place_of_a_good_one() {
    let world = World::start();
    for ecosystem in ECOSYSTEMS {
        let (server, _) = upstream_of(&world, ecosystem, "1.1.0");
        server.misbehave(&upstream_listing(ecosystem), Mischief::OtherBytes(b"<html>maintenance</html>".to_vec()));
        let bad = http::get(&listing(&world, ecosystem));
        assert!(
            bad.status >= 500 || bad.status == 404 || !bad.text().contains("maintenance"),
            "{ecosystem}: {} {}",
            bad.status,
            bad.text()
        );
        server.behave();
    }
}
