//! Names that are none: every door answers clearly, and nothing of the kind goes upstream.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use vetmoot_tests::limits;

use crate::world::{ECOSYSTEMS, World, upstream_of};

/// The status line for a path sent exactly as it is, which no client library would do.
fn status(world: &World, path: &str) -> u16 {
    let host = world.instance.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).expect("the instance listens");
    stream.set_read_timeout(Some(limits::ANSWER)).expect("a limit can be set");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the instance reads");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

#[test]
fn a_name_that_is_none_gets_a_clear_no_from_every_door() {
    let world = World::start();
    let long = "a".repeat(10_000);
    let names = [
        "..",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "a%00b",
        "a%0d%0ax",
        "%ff%fe",
        "m\u{43e}ssy-lantern",
        "-",
        "a/../../b",
        "%2f",
        "@%2f",
        "con",
        "a b",
        "%25",
        long.as_str(),
    ];
    for name in names {
        let name = if name.is_ascii() { name.to_owned() } else { percent(name) };
        for door in [
            "/cargo/cooldown/mo/ss/",
            "/pypi/cooldown/simple/",
            "/npm/cooldown/",
            "/pypi/cooldown/files/",
            "/why/cooldown/pkg:npm/",
            "/api/v1/packages/pkg:npm/",
        ] {
            let status = status(&world, &format!("{door}{}", name.replace(' ', "%20")));
            let shown = name.get(..60).unwrap_or(&name);
            assert!((200..500).contains(&status), "{door}{shown} answers {status}");
        }
    }
    assert_eq!(world.instance.get("/readyz").status, 200);
    for ecosystem in ECOSYSTEMS {
        let (server, _) = upstream_of(&world, ecosystem, "1.1.0");
        for seen in server.seen() {
            let is_odd =
                seen.path.contains("..") || seen.path.contains("%2e") || seen.path.contains("%00") || seen.path.len() > 500;
            assert!(!is_odd, "{ecosystem} was asked for {}", seen.path);
        }
    }
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect::<Vec<_>>()
        .concat()
}
