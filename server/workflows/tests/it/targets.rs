//! Where releases go when nobody configured it: to what the index names, and nowhere a credential could be read on the way.

use serde_json::json;
use vetmoot_domain::{CandidateId, CandidateState, Ecosystem};
use vetmoot_tests::official::{OfficialCargo, TOKEN};
use vetmoot_tests::upstream::server::{Reply, Server};
use vetmoot_workflows::submission::credential::{self, CredentialKind, Offered};
use vetmoot_workflows::submission::{candidate, moves, progress, release};
use vetmoot_workflows::{Ctx, Origin};

use crate::staged::{NOTHING, Stage};
use crate::world::{Setup, World, on_both_databases};

on_both_databases! {
    an_index_that_names_a_plain_http_address_gets_no_credential,
    an_index_that_names_no_address_gets_no_credential,
    attestations_stay_here_where_the_index_takes_none_with_a_token,
}

const SHIP: &str = "pkg:cargo/tall-ship";

/// An index that knows no crate and says this of itself.
fn index(config: String) -> Server {
    Server::start(Box::new(move |request| match request.path.as_str() {
        "/config.json" => Reply::ok("application/json", config.clone()),
        _ => Reply::not_found(),
    }))
}

/// A community in front of `index` as the official one, with a candidate that waits for somebody to press release.
async fn community(world: World, index: &Server) -> (Stage, CandidateId) {
    let official = vec![(Ecosystem::Cargo, format!("{}/", index.url()))];
    let ctx = world.another(&Setup { official, ..Setup::default() }).await;
    let stage = Stage::with(world, ctx).await;
    stage.adopt(NOTHING).await;
    stage.open(SHIP).await;
    let offered = Offered {
        ecosystem: Ecosystem::Cargo,
        package: None,
        label: "the bot",
        kind: CredentialKind::Token,
        secret: TOKEN,
        expires_at: None,
    };
    credential::add(&stage.ctx, &Origin::Operator, &offered).await.unwrap();
    let handed = stage.crate_file("tall-ship", "1.0.0", "one").await;
    let id = stage.hand_in(&stage.ada, SHIP, handed).await.unwrap().candidate;
    assert_eq!(stage.state(&id).await, CandidateState::Approved);
    (stage, id)
}

/// What stands in the candidate's way, by code.
async fn obstacles(ctx: &Ctx, id: &CandidateId) -> Vec<String> {
    let found = release::way(ctx, &candidate::show(ctx, id).await.unwrap()).await;
    found.into_iter().map(|finding| format!("{}: {}", finding.code, finding.text)).collect()
}

/// Sends it on its way while another target was configured, and then turns the worker that knows the index's own alone.
async fn pressed_elsewhere(stage: &Stage, id: &CandidateId) {
    let official = OfficialCargo::start();
    let setup = Setup {
        upstreams: vec![(Ecosystem::Cargo, official.index())],
        targets: vec![(Ecosystem::Cargo, official.api())],
        ..Setup::default()
    };
    let before = stage.world.another(&setup).await;
    moves::release(&before, &stage.cleo, id).await.unwrap();
    release::step(&stage.ctx).await.unwrap();
    assert_eq!(stage.state(id).await, CandidateState::Releasing, "it waits for the operator");
    assert!(official.desk.arrivals().is_empty());
}

/// Nothing that was asked of a server carried a credential.
fn no_credential(server: &Server) -> bool {
    server.seen().iter().all(|seen| !seen.headers.contains_key("authorization"))
}

async fn an_index_that_names_a_plain_http_address_gets_no_credential(world: World) {
    let elsewhere = Server::start(Box::new(|_| Reply::ok("application/json", "{}")));
    let index = index(json!({ "dl": "https://files.example/", "api": elsewhere.url() }).to_string());
    let (stage, id) = community(world, &index).await;
    let told = obstacles(&stage.ctx, &id).await;
    assert!(told.iter().any(|text| text.starts_with("no-target: ") && text.contains("not https")), "{told:?}");
    let refused = moves::release(&stage.ctx, &stage.cleo, &id).await.unwrap_err();
    assert_eq!(refused.code, "way-blocked", "{refused}");
    assert!(refused.text.contains("not https") && refused.text.contains("operator"), "{refused}");

    // Somebody pressed while another address was configured; whoever goes on from there sends nothing either.
    pressed_elsewhere(&stage, &id).await;
    let row = progress::of(&stage.ctx, &id).await.unwrap().unwrap();
    let error = row.last_error.unwrap_or_default();
    assert!(error.contains("not https") && error.contains("publish.cargo"), "{error}");
    assert!(elsewhere.seen().is_empty(), "{:?}", elsewhere.seen());
    assert!(no_credential(&index));
}

async fn an_index_that_names_no_address_gets_no_credential(world: World) {
    let index = index(json!({ "dl": "https://files.example/" }).to_string());
    let (stage, id) = community(world, &index).await;
    let told = obstacles(&stage.ctx, &id).await;
    assert!(told.iter().any(|text| text.starts_with("no-target: nobody said where")), "{told:?}");
    pressed_elsewhere(&stage, &id).await;
    assert!(no_credential(&index));
}

async fn attestations_stay_here_where_the_index_takes_none_with_a_token(world: World) {
    let silent = Server::start(Box::new(|_| Reply::not_found()));
    let purl = "pkg:pypi/tall-ship";
    let official = Setup { official: vec![(Ecosystem::Pypi, format!("{}/", silent.url()))], ..Setup::default() };
    let own = Setup {
        upstreams: vec![(Ecosystem::Pypi, silent.url())],
        targets: vec![(Ecosystem::Pypi, "https://index.example/legacy/".to_owned())],
        ..Setup::default()
    };
    let mut stage = Stage::new(world).await;
    stage.open(purl).await;
    stage.ctx = stage.world.another(&official).await;
    let mut handed = stage.wheel_file("tall-ship", "1.0.0", "one").await;
    handed.attestations = Some("[{}]".to_owned());
    let id = stage.hand_in(&stage.ada, purl, handed).await.unwrap().candidate;
    let stays = |told: Vec<String>| told.iter().any(|text| text.starts_with("attestations-stay: "));
    assert!(stays(obstacles(&stage.ctx, &id).await));
    // Another index gets them, and says for itself what it thinks of them.
    assert!(!stays(obstacles(&stage.world.another(&own).await, &id).await));
    let mut plain = stage.wheel_file("tall-ship", "1.1.0", "one").await;
    plain.attestations = None;
    let id = stage.hand_in(&stage.ada, purl, plain).await.unwrap().candidate;
    assert!(!stays(obstacles(&stage.ctx, &id).await));
}
