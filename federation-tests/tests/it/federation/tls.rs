//! The production path: https, no ports in names, a TLS front with an authority of the tests' own, insecure mode off.

use vetmoot_domain::State;

use super::world::{Manner, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_communities_behind_tls_follow_and_hear_each_other() {
    let world = World::build(["alpha", "beta"]).in_manner(Manner::Tls).start().await.unwrap();
    let (alpha, beta) = (world.alpha(), world.beta());
    assert_eq!(alpha.url("/community"), "https://alpha.test/community");
    assert!(!alpha.ctx.insecure);
    alpha.adopts("balanced").await;
    beta.adopts_trusting("balanced", alpha).await;
    beta.follows(alpha).await;
    world.settle().await;
    let ada = alpha.auditor("ada").await;
    let release = "pkg:cargo/mossy-lantern@1.0.0";
    let audit = ada.records(release, "safe-to-deploy").await;
    world.settle().await;
    assert_eq!(beta.state("balanced", release).await, State::Listed, "{}", world.conversation());
    ada.withdraws(&audit, "I read the wrong archive").await;
    world.settle().await;
    assert_eq!(beta.state("balanced", release).await, State::Held, "{}", world.conversation());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_insecure_mode_off_http_ports_and_loopback_are_no_peers() {
    use vetmoot_workflows::{Origin, follow};
    let world = World::build(["alpha", "beta"]).in_manner(Manner::Tls).start().await.unwrap();
    let alpha = world.alpha();
    let port = world.beta().address.port();
    for address in [
        "http://beta.test/community".to_owned(),
        format!("http://localhost:{port}/community"),
        format!("https://127.0.0.1:{port}/community"),
        format!("https://beta.test:{port}/community"),
        "https://[::1]/community".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let refused = follow::request(&alpha.ctx, &Origin::Operator, &address).await;
        assert!(refused.is_err(), "{address}: {refused:?}");
    }
    assert_eq!(world.wire("alpha", "beta").passed(), 0, "nobody was asked");
}
