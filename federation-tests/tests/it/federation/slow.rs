//! Peers that take their time: a message that trickles in and a server that never answers are given up, and cost nobody else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use vetmoot_tests::fediverse::stranger::{ACTIVITY, STREAMS, Stranger};
use vetmoot_tests::upstream::Mischief;
use vetmoot_workflows::clock::Clock as _;

use super::world::{World, blocking};

/// How long any of this may take at most; the bounds themselves are half of it.
const PATIENCE: Duration = Duration::from_secs(45);

/// Sends the head of a message and half of what it promises, then waits for what the instance says to that.
fn trickle(to: std::net::SocketAddr, host: &str, fields: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head =
        format!("POST /inbox HTTP/1.1\r\nhost: {host}\r\ncontent-type: {ACTIVITY}\r\ncontent-length: 1000\r\n{fields}\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&[b' '; 500])?;
    let mut answer = [0; 64];
    let read = stream.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..read]).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_is_given_up_while_others_are_served() {
    let (evil, good) = (Stranger::named("evil.test"), Stranger::named("good.test"));
    let world = World::build(["alpha"]).host("evil.test", evil.address()).host("good.test", good.address());
    let world = world.start().await.unwrap();
    let alpha = world.alpha();
    world.settle().await;
    let inbox = alpha.url("/inbox");
    let (address, host) = (alpha.address, alpha.host().to_owned());
    let (community, now) = (alpha.url("/community"), world.clock.now());
    let follow = |who: &Stranger, number: u32| {
        let activity = json!({
            "@context": STREAMS, "type": "Follow", "id": who.url(&format!("/follows/{number}")),
            "actor": who.url("/users/mallory"), "object": community,
        });
        who.message(&inbox, &activity, now).send(address)
    };
    // Nobody knows its key yet, and whoever asks for it hears nothing.
    evil.server().misbehave("/", Mischief::Stall(0));
    // Nothing in the head says that it is not believed in the end: only the whole body could.
    let fields = format!(
        "date: {}\r\ndigest: SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\r\nsignature: keyId=\"{}\",\
         algorithm=\"rsa-sha256\",headers=\"(request-target) host date digest\",signature=\"AAAA\"\r\n",
        now.http_date(),
        good.url("/users/mallory#main-key")
    );
    let begin = Instant::now();
    std::thread::scope(|scope| {
        let trickled = scope.spawn(|| trickle(address, &host, &fields));
        let silent = scope.spawn(|| follow(&evil, 1));
        blocking(|| {
            for number in 0..20 {
                let asked = Instant::now();
                let answer = follow(&good, number).unwrap();
                assert_eq!(answer.status, 202, "{}", answer.text());
                assert!(asked.elapsed() < Duration::from_secs(5), "others are served meanwhile");
            }
        });
        let silent = silent.join().unwrap().unwrap();
        assert!(matches!(silent.status, 401 | 503), "{} {}", silent.status, silent.text());
        assert!(!silent.json()["code"].as_str().unwrap().is_empty());
        let trickled = trickled.join().unwrap().unwrap();
        assert!(trickled.starts_with("HTTP/1.1 408"), "{trickled}");
    });
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
}
