//! The doors themselves: every path is filtered, bytes are upstream's, work is done once.

use std::thread;

use vetmoot_tests::http::{self, Ask};

use crate::world::{ECOSYSTEMS, NAME, POLICY, World, artifact, listing, upstream_bytes, upstream_listing, upstream_of};

#[test]
fn a_listed_file_has_the_bytes_of_upstream_and_a_pending_one_is_refused_with_its_reason() {
    let world = World::start();
    for ecosystem in ECOSYSTEMS {
        let answer = http::get(&artifact(&world, POLICY, ecosystem, "1.1.0"));
        assert_eq!((answer.status, answer.body), (200, upstream_bytes(&world, ecosystem, "1.1.0")), "{ecosystem}");
        let young = http::get(&artifact(&world, POLICY, ecosystem, "1.2.0"));
        assert_eq!(young.status, 403, "{ecosystem}: {}", young.text());
        let link = young.header("link").unwrap_or_default();
        assert!(
            link.contains(&format!("/why/{POLICY}/pkg:{ecosystem}/{NAME}@1.2.0")) && link.contains("rel=\"help\""),
            "{ecosystem}: {link}"
        );
        assert!(young.text().contains("waits 7 days"), "{ecosystem}: {}", young.text());
        let (server, path) = upstream_of(&world, ecosystem, "1.2.0");
        assert_eq!(server.count(&path), 0, "{ecosystem}: bytes that are not served are not asked for");
    }
}

#[test]
fn an_unchanged_listing_is_answered_with_304_and_turns_when_the_policy_does() {
    let world = World::start();
    for ecosystem in ECOSYSTEMS {
        let first = http::get(&listing(&world, ecosystem));
        assert_eq!(first.status, 200, "{ecosystem}: {}", first.text());
        let tag = first.header("etag").unwrap_or_default().to_owned();
        assert!(!tag.is_empty(), "{ecosystem}: a listing has a tag");
        assert_eq!(Ask::get(&listing(&world, ecosystem)).header("if-none-match", &tag).answer().status, 304, "{ecosystem}");
        world.condemn(ecosystem, NAME, "1.1.0");
        let turned = Ask::get(&listing(&world, ecosystem)).header("if-none-match", &tag).answer();
        assert_eq!(turned.status, 200, "{ecosystem}: what was decided anew is not unchanged");
        assert_eq!(http::get(&artifact(&world, POLICY, ecosystem, "1.1.0")).status, 403, "{ecosystem}");
    }
}

#[test]
fn many_who_ask_for_one_file_at_once_cost_one_request_upstream() {
    let world = World::start();
    for ecosystem in ECOSYSTEMS {
        let url = artifact(&world, POLICY, ecosystem, "1.1.0");
        let expected = upstream_bytes(&world, ecosystem, "1.1.0");
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| assert_eq!(http::get(&url).body, expected, "{ecosystem}"));
            }
        });
        let (server, path) = upstream_of(&world, ecosystem, "1.1.0");
        assert_eq!(server.count(&path), 1, "{ecosystem}");
    }
}

#[test]
fn no_header_of_a_client_goes_upstream() {
    let world = World::start();
    for ecosystem in ECOSYSTEMS {
        let ask = Ask::get(&artifact(&world, POLICY, ecosystem, "1.1.0"));
        ask.header("authorization", "Bearer hush")
            .header("cookie", "hush=1")
            .header("x-hush", "1")
            .header("user-agent", "hush/1")
            .answer();
        Ask::get(&listing(&world, ecosystem)).header("authorization", "Bearer hush").answer();
        let (server, _) = upstream_of(&world, ecosystem, "1.1.0");
        for seen in server.seen() {
            assert!(!format!("{:?}", seen.headers).contains("hush"), "{ecosystem}: {seen:?}");
        }
    }
}

#[test]
fn a_listing_serves_on_while_its_upstream_is_down() {
    let world = World::start();
    for ecosystem in ECOSYSTEMS {
        let before = http::get(&listing(&world, ecosystem)).body;
        http::get(&artifact(&world, POLICY, ecosystem, "1.1.0"));
        let (server, _) = upstream_of(&world, ecosystem, "1.1.0");
        server.go_down();
        assert_eq!(http::get(&listing(&world, ecosystem)).body, before, "{ecosystem}");
        assert_eq!(
            http::get(&artifact(&world, POLICY, ecosystem, "1.1.0")).status,
            200,
            "{ecosystem}: the file is here already"
        );
        world.condemn(ecosystem, NAME, "1.1.0");
        assert_eq!(
            http::get(&artifact(&world, POLICY, ecosystem, "1.1.0")).status,
            403,
            "{ecosystem}: a stale listing is judged afresh"
        );
    }
}

#[test]
fn a_name_that_nobody_has_is_not_found_and_asked_for_upstream_once() {
    let world = World::start();
    for (ecosystem, path, above) in [
        ("cargo", "no/ne/nonesuch", "/index/no/ne/nonesuch"),
        ("pypi", "nonesuch/", "/simple/nonesuch/"),
        ("npm", "nonesuch", "/nonesuch"),
    ] {
        let url = format!("{}{path}", world.door(ecosystem));
        assert_eq!(http::get(&url).status, 404, "{ecosystem}");
        assert_eq!(http::get(&url).status, 404, "{ecosystem}");
        let (server, _) = upstream_of(&world, ecosystem, "1.1.0");
        assert_eq!(server.count(above), 1, "{ecosystem}");
    }
    assert!(upstream_listing("npm").starts_with('/'));
}
