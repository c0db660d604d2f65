//! What followers read of a release that is handed through: that it was staged, then that it was released, and by whom.

use std::sync::Arc;

use serde_json::json;
use vetmoot_domain::event::Topic;
use vetmoot_domain::{CandidateState, Digests, Ecosystem, Home, Role};
use vetmoot_storage::events;
use vetmoot_tests::fediverse::mastodon::{Mastodon, Post};
use vetmoot_tests::http::Ask;
use vetmoot_tests::official::{OfficialCargo, TOKEN, Trouble};
use vetmoot_tests::packages::Release;
use vetmoot_tests::upstream::cargo as crates;
use vetmoot_workflows::Origin;
use vetmoot_workflows::clock::Clock as _;
use vetmoot_workflows::statement::{self, OF_CANDIDATES, Via};
use vetmoot_workflows::submission::credential::{self, CredentialKind, Offered};
use vetmoot_workflows::submission::hand_in::{self, Handed, Uploader};
use vetmoot_workflows::submission::{Candidate, FileKind, candidate, moves, statements};

use super::world::{Place, World, blocking};

const PACKAGE: &str = "pkg:cargo/mossy-lantern";
/// A policy that asks for nothing.
const OPEN: &str = "vetmoot-policy = 1\n[policy]\ntitle = \"Open\"\nsummary = \"Asks for nothing.\"\n";

/// ada hands a release in.
async fn handed_in(place: &Place) -> Candidate {
    let origin = place.member("ada", &[Role::Auditor]).await;
    let Origin::Member { id, name, roles } = origin else { panic!("ada is a member") };
    let uploader = Uploader { user_id: id, name, roles, project: None, others: Vec::new(), program: None, token: None };
    let bytes = crates::package(&Release::new("mossy-lantern", "9.0.0", 0));
    let mut writer = place.ctx.blobs.writer().await.unwrap();
    writer.write(bytes.into()).await.unwrap();
    let publish = json!({
        "name": "mossy-lantern", "vers": "9.0.0", "deps": [], "features": {}, "authors": [], "description": "made up",
        "documentation": null, "homepage": null, "readme": null, "readme_file": null, "keywords": [], "categories": [],
        "license": "MIT", "license_file": null, "repository": null, "badges": {}, "links": null,
    });
    let handed = Handed {
        version: "9.0.0".parse().unwrap(),
        file_name: "mossy-lantern-9.0.0.crate".to_owned(),
        kind: FileKind::Crate,
        stored: writer.commit(&Digests::default(), None).await.unwrap(),
        metadata: json!({
            "line": { "name": "mossy-lantern", "vers": "9.0.0", "deps": [], "features": {} }, "publish": publish
        }),
        attestations: None,
        whole: true,
    };
    let permit = hand_in::permit(&place.ctx, &uploader, &PACKAGE.parse().unwrap()).await.unwrap();
    let receipt = hand_in::hand_in(&place.ctx, &uploader, &permit, handed).await.unwrap();
    candidate::show(&place.ctx, &receipt.candidate).await.unwrap()
}

/// bob's release arrives, as the release worker writes it down at the end.
async fn arrives(place: &Place, found: &Candidate) {
    place.member("bob", &[Role::Lead]).await;
    let (lead, now) = ("bob".parse().unwrap(), place.ctx.clock.now());
    let tx = place.ctx.store.begin().await.unwrap();
    statements::released(&place.ctx, &tx, &found.row, &found.files, &lead, Home::Official, &[]).await.unwrap();
    let subject = [found.row.id.to_string(), "released".to_owned()];
    events::append(&tx, Topic::CandidateReleased, &subject, Some("bob"), now).await.unwrap();
    tx.commit().await.unwrap();
    place.ctx.signals.compose.notify_one();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_reads_that_it_was_handed_in_and_then_released_and_by_whom() {
    let builder = World::build(["alpha"]);
    let clock = builder.clock();
    let mastodon = Mastodon::named("mastodon.test", Arc::new(move || clock.now()));
    let world = builder.host("mastodon.test", mastodon.address()).start().await.expect("SQLite is always there");
    let alpha = world.alpha();
    mastodon.knows("alpha.test", alpha.address);
    let community = blocking(|| mastodon.search("@community@alpha.test")).unwrap();
    blocking(|| mastodon.follow(&community)).unwrap();
    world.settle().await;
    alpha.adopts("cooldown").await;
    let found = handed_in(alpha).await;
    world.settle().await;
    assert_eq!(mastodon.refused(), Vec::<String>::new());
    let post = |words: &str| mastodon.home().into_iter().map(|(_, post)| post).find(|post| post.headline().contains(words));
    let staged = post("ada handed in mossy-lantern 9.0.0 (cargo, 1 file) to be vetted under cooldown");
    let staged = staged.unwrap_or_else(|| panic!("{:#?}", mastodon.home()));
    assert_eq!((staged.author.as_str(), staged.warning.as_deref()), (alpha.url("/users/ada").as_str(), None));
    let page = Ask::get(&staged.url).header("accept", "text/html").at("alpha.test", alpha.address);
    let page = blocking(|| page.answer());
    assert!(page.status == 200 && page.text().contains("og:image"), "its page has a card: {}", page.status);
    arrives(alpha, &found).await;
    world.settle().await;
    assert_eq!(mastodon.refused(), Vec::<String>::new());
    let replies = mastodon.replies(&staged.id);
    let words = "bob released mossy-lantern 9.0.0 (cargo) to the official index: the bytes that were vetted, handed in by ada";
    assert!(replies.iter().any(|reply| reply.headline().contains(words)), "{replies:#?}");
}

/// A community that hands `mossy-lantern` to an index, another one that follows it, and somebody on Mastodon who does too.
async fn in_front_of(official: &OfficialCargo) -> (World, Mastodon) {
    let builder = World::build(["alpha", "beta"]).official(official);
    let clock = builder.clock();
    let mastodon = Mastodon::named("mastodon.test", Arc::new(move || clock.now()));
    let world = builder.host("mastodon.test", mastodon.address()).start().await.expect("SQLite is always there");
    let (alpha, beta) = (world.alpha(), world.beta());
    alpha.adopts_text("cooldown", OPEN).await;
    let offered = Offered {
        ecosystem: Ecosystem::Cargo,
        package: None,
        label: "the bot",
        kind: CredentialKind::Token,
        secret: TOKEN,
        expires_at: None,
    };
    credential::add(&alpha.ctx, &Origin::Operator, &offered).await.unwrap();
    mastodon.knows("alpha.test", alpha.address);
    let community = blocking(|| mastodon.search("@community@alpha.test")).unwrap();
    blocking(|| mastodon.follow(&community)).unwrap();
    beta.follows(alpha).await;
    world.settle().await;
    (world, mastodon)
}

/// ada hands it in, and bob presses release; what follows is the worker's.
async fn pressed(world: &World) -> Candidate {
    let alpha = world.alpha();
    let found = handed_in(alpha).await;
    world.settle().await;
    let bob = alpha.member("bob", &[Role::Lead]).await;
    moves::release(&alpha.ctx, &bob, &found.row.id).await.unwrap();
    world.settle().await;
    candidate::show(&alpha.ctx, &found.row.id).await.unwrap()
}

/// The post that says how it went, as somebody on Mastodon reads it below the candidate's.
fn told(mastodon: &Mastodon, words: &str) -> Post {
    assert_eq!(mastodon.refused(), Vec::<String>::new());
    let home = mastodon.home();
    let staged = home.iter().map(|(_, post)| post).find(|post| post.headline().contains("ada handed in mossy-lantern 9.0.0"));
    let replies = mastodon.replies(&staged.unwrap_or_else(|| panic!("{home:#?}")).id);
    let found = replies.iter().find(|post| post.headline().contains(words)).cloned();
    let found = found.unwrap_or_else(|| panic!("{words}: {replies:#?}"));
    assert!(home.iter().any(|(_, post)| post.id == found.id), "it stands in the timeline too: {home:#?}");
    found
}

/// The kinds of statements a follower keeps of the package.
async fn kept(place: &Place) -> Vec<String> {
    let rows = statement::of_package(&place.ctx, &PACKAGE.parse().unwrap(), &OF_CANDIDATES, 10).await.unwrap();
    let mut kinds: Vec<String> = rows.into_iter().map(|row| row.kind).collect();
    kinds.sort();
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_read_of_a_release_when_the_index_serves_what_was_vetted() {
    let official = OfficialCargo::start();
    let (world, mastodon) = in_front_of(&official).await;
    let found = pressed(&world).await;
    assert_eq!(found.row.state, CandidateState::Released, "{:?}", found.row);
    assert_eq!(official.desk.taken().len(), 1);
    assert!(official.file("mossy-lantern", "9.0.0").is_some());
    let post = told(&mastodon, "bob released mossy-lantern 9.0.0 (cargo) to the official index");
    assert!(post.headline().contains("handed in by ada"), "{}", post.headline());
    assert_eq!(post.author, world.alpha().url("/users/bob"));
    assert_eq!(kept(world.beta()).await, ["Candidate", "Release"], "{}", world.conversation());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_are_alarmed_when_the_index_serves_other_bytes() {
    let official = OfficialCargo::start();
    let (world, mastodon) = in_front_of(&official).await;
    official.desk.expect(Trouble::OtherBytes);
    let found = pressed(&world).await;
    assert_eq!(found.row.state, CandidateState::Failed, "{:?}", found.row);
    let post = told(&mastodon, "ALARM: the official index serves other bytes of mossy-lantern 9.0.0");
    assert_eq!(post.author, world.alpha().url("/packages/cargo.mossy-lantern"));
    assert_eq!(kept(world.beta()).await, ["Candidate", "ReleaseAlarm"], "{}", world.conversation());
    let page = Ask::get(&world.beta().at("/packages/cargo/mossy-lantern")).header("accept", "text/html");
    let page = blocking(|| page.at(world.beta().host(), world.beta().address).answer()).text();
    assert!(page.contains("other bytes"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_later_finds_them_in_the_log_and_on_the_packages_page() {
    let world = World::of(["alpha", "beta"]).await;
    let (alpha, beta) = (world.alpha(), world.beta());
    alpha.adopts("cooldown").await;
    let found = handed_in(alpha).await;
    arrives(alpha, &found).await;
    world.settle().await;
    beta.adopts("cooldown").await;
    beta.follows(alpha).await;
    world.settle().await;
    let kept = statement::of_package(&beta.ctx, &found.row.package, &OF_CANDIDATES, 10).await.unwrap();
    let mut kinds: Vec<(&str, Via)> = kept.iter().map(|row| (row.kind.as_str(), row.via)).collect();
    kinds.sort_by_key(|(kind, _)| *kind);
    assert_eq!(kinds, [("Candidate", Via::Log), ("Release", Via::Log)], "{}", world.conversation());
    let page = Ask::get(&beta.at("/packages/cargo/mossy-lantern")).header("accept", "text/html");
    let page = blocking(|| page.at(beta.host(), beta.address).answer()).text();
    assert!(page.contains("mossy-lantern 9.0.0 was released to the official index"), "{page}");
    assert!(page.contains(&format!("{}\"", alpha.url(&format!("/candidates/{}/release", found.row.id)))), "{page}");
}
