//! A server that speaks Mastodon's dialect: what it finds here, and what a person there reads.

use std::sync::Arc;

use vetmoot_domain::AuditForm;
use vetmoot_tests::fediverse::mastodon::Mastodon;
use vetmoot_tests::http::Ask;
use vetmoot_workflows::advisory::{self, AdvisoryForm, issue};
use vetmoot_workflows::clock::Clock as _;

use super::world::{World, blocking, full};

const DEPLOY: &str = "safe-to-deploy";
const RELEASE: &str = "pkg:cargo/mossy-lantern@1.0.0";

/// A world with one community, and a Mastodon that finds it.
async fn beside() -> (World, Mastodon) {
    let builder = World::build(["alpha"]);
    let clock = builder.clock();
    let mastodon = Mastodon::named("mastodon.test", Arc::new(move || clock.now()));
    let world = builder.host("mastodon.test", mastodon.address()).start().await.expect("SQLite is always there");
    world.alpha().adopts("balanced").await;
    world.settle().await;
    mastodon.knows("alpha.test", world.alpha().address);
    (world, mastodon)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_actor_is_found_by_search() {
    let (world, mastodon) = beside().await;
    let alpha = world.alpha();
    alpha.auditor("ada").await.records(RELEASE, DEPLOY).await;
    for (handle, kind, path) in [
        ("@community@alpha.test", "Group", "/community"),
        ("@ada@alpha.test", "Person", "/users/ada"),
        ("@cargo.mossy-lantern@alpha.test", "Service", "/packages/cargo.mossy-lantern"),
        ("@balanced@alpha.test", "Service", "/policies/balanced"),
    ] {
        let found = blocking(|| mastodon.search(handle)).unwrap_or_else(|rule| panic!("{handle}: {rule}"));
        assert_eq!((found.id.as_str(), found.kind.as_str()), (alpha.url(path).as_str(), kind), "{handle}");
        assert!(!found.summary.is_empty() && !found.fields.is_empty(), "{handle}: {found:?}");
        let page = Ask::get(&found.url).header("accept", "text/html").at("alpha.test", alpha.address);
        let page = blocking(|| page.answer());
        assert_eq!(page.status, 200, "{handle}: its page is {}", found.url);
    }
    let none = blocking(|| mastodon.search("@cargo.no-such-crate@alpha.test"));
    assert!(none.as_ref().is_err_and(|rule| rule.starts_with("webfinger-status: 404")), "{none:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_audit_stands_in_the_home_timeline_and_a_withdrawal_says_so() {
    let (world, mastodon) = beside().await;
    let alpha = world.alpha();
    let community = blocking(|| mastodon.search("@community@alpha.test")).unwrap();
    let package = blocking(|| mastodon.search("@cargo.mossy-lantern@alpha.test")).unwrap();
    for account in [&community, &package] {
        blocking(|| mastodon.follow(account)).unwrap();
    }
    world.settle().await;
    assert!(mastodon.is_following(&community) && mastodon.is_following(&package), "{:?}", mastodon.refused());
    let ada = alpha.auditor("ada").await;
    let form = AuditForm { notes: "No unsafe code, no I/O.".to_owned(), ..full(RELEASE, DEPLOY) };
    let audit = ada.says(&form).await;
    world.settle().await;
    assert_eq!(mastodon.refused(), Vec::<String>::new());
    let home = mastodon.home();
    assert_eq!(home.len(), 1, "{home:#?}");
    let (by, post) = home.into_iter().next().unwrap();
    assert_eq!(by.as_deref().map(|by| by == community.id || by == package.id), Some(true), "{by:?}");
    assert_eq!(post.author, alpha.url("/users/ada"));
    assert!(post.headline().contains("mossy-lantern 1.0.0"), "{}", post.headline());
    assert!(post.words().contains("No unsafe code, no I/O."), "{}", post.words());
    assert_eq!(post.warning, None, "nothing to click away");
    assert!(post.is_visible && post.in_reply_to.is_none());
    let tag = post.hashtags.first().expect("a post has a hashtag");
    assert!(post.words().contains(tag.as_str()), "{tag} is in: {}", post.words());
    for link in post.links() {
        let page = Ask::get(&link).header("accept", "text/html").at("alpha.test", alpha.address);
        let page = blocking(|| page.answer());
        assert_eq!(page.status, 200, "{link}");
    }
    let own = Ask::get(&post.url).header("accept", "text/html").at("alpha.test", alpha.address);
    let page = blocking(|| own.answer()).text();
    assert!(page.contains("og:title") && page.contains("og:image"), "the page has a card");
    world.turn("1h");
    ada.withdraws(&audit, "I read the wrong archive").await;
    world.settle().await;
    // The form for the threadiverse, an announced Update, is nothing to Mastodon; it passes over it.
    let refused: Vec<String> = mastodon.refused().into_iter().filter(|rule| !rule.contains("Update")).collect();
    assert_eq!(refused, Vec::<String>::new());
    let edited = mastodon.post(&post.id).expect("the post is still there");
    assert!(edited.words().to_lowercase().contains("withdrawn"), "{}", edited.words());
    assert!(edited.updated_ms.is_some());
    let replies = mastodon.replies(&post.id);
    assert!(replies.iter().any(|reply| reply.words().contains("I read the wrong archive")), "{replies:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_advisory_stands_in_the_home_timeline() {
    let (world, mastodon) = beside().await;
    let alpha = world.alpha();
    let community = blocking(|| mastodon.search("@community@alpha.test")).unwrap();
    blocking(|| mastodon.follow(&community)).unwrap();
    world.settle().await;
    let ada = alpha.auditor("ada").await;
    let form = AdvisoryForm {
        package: "pkg:cargo/mossy-lantern".to_owned(),
        kind: "malware".to_owned(),
        summary: "It sends the harbour's keys away.".to_owned(),
        versions: vec!["1.0.0".to_owned()],
        ..AdvisoryForm::default()
    };
    let row = issue::issue(&alpha.ctx, &ada.origin, &form).await.unwrap();
    world.settle().await;
    assert_eq!(mastodon.refused(), Vec::<String>::new());
    let home = mastodon.home();
    assert_eq!(home.len(), 1, "{home:#?}");
    let post = &home[0].1;
    assert!(post.headline().contains("ada reports malware in mossy-lantern (cargo)"), "{}", post.headline());
    assert!(post.words().contains("Affected: 1.0.0."), "{}", post.words());
    let page = Ask::get(&post.url).header("accept", "text/html").at("alpha.test", alpha.address);
    let page = blocking(|| page.answer()).text();
    assert!(page.contains("og:image") && page.contains("It sends the harbour"), "the page shows it, with a card");
    world.turn("1h");
    advisory::withdraw::withdraw(&alpha.ctx, &ada.origin, &row.id, "It was another harbour").await.unwrap();
    world.settle().await;
    let edited = mastodon.post(&post.id).expect("the post is still there");
    assert!(edited.words().contains("Withdrawn: ada reports malware"), "{}", edited.words());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_an_auditor_reads_each_audit_once() {
    let (world, mastodon) = beside().await;
    let alpha = world.alpha();
    let ada = alpha.auditor("ada").await;
    for handle in ["@ada@alpha.test", "@community@alpha.test"] {
        let account = blocking(|| mastodon.search(handle)).unwrap();
        blocking(|| mastodon.follow(&account)).unwrap();
    }
    world.settle().await;
    ada.records(RELEASE, DEPLOY).await;
    world.settle().await;
    assert_eq!(mastodon.refused(), Vec::<String>::new());
    assert_eq!(mastodon.home().len(), 1, "{:#?}", mastodon.home());
    let taken = mastodon.taken();
    assert!(taken.contains(&"Create".to_owned()) && taken.contains(&"Announce".to_owned()), "{taken:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_delivered_waits_and_a_late_post_is_kept_out_of_nobodys_sight() {
    let (world, mastodon) = beside().await;
    let alpha = world.alpha();
    let ada = alpha.auditor("ada").await;
    let account = blocking(|| mastodon.search("@ada@alpha.test")).unwrap();
    blocking(|| mastodon.follow(&account)).unwrap();
    world.settle().await;
    mastodon.server().go_down();
    let audit = ada.records(RELEASE, DEPLOY).await;
    world.settle().await;
    mastodon.server().behave();
    world.pass("2d").await;
    let id = alpha.url(&format!("/audits/{}", audit.id));
    assert!(mastodon.post(&id).is_some(), "it came in the end: {:?}", mastodon.refused());
}
