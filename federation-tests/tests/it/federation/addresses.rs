//! Where addresses in posts lead people: hashtags to what carries them, actors of packages to their pages.

use vetmoot_tests::http::{Answer, Ask};

use super::world::{Place, World, blocking};

const DEPLOY: &str = "safe-to-deploy";
/// Rows of one page of a list.
const PAGE: usize = 50;

fn sees(place: &Place, path: &str, accept: &str) -> Answer {
    let ask = Ask::get(&place.at(path)).header("host", place.host()).header("accept", accept);
    blocking(|| ask.answer())
}

fn page(place: &Place, path: &str) -> String {
    let answer = sees(place, path, "text/html");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

/// The path behind the link with this mark.
fn link(page: &str, mark: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("{mark} href=\""))?;
    Some(rest.split_once('"')?.0.replace("&amp;", "&").replace("&#x3f;", "?").replace("&#x3d;", "="))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hashtag_leads_to_everything_that_carries_it_the_newest_first() {
    let world = World::of(["alpha"]).await;
    let alpha = world.alpha();
    alpha.adopts("balanced").await;
    let path = "/tags/VetmootAudit";
    assert!(page(alpha, path).contains("There is none yet."));
    let ada = alpha.auditor("ada").await;
    let mut audits = Vec::new();
    for minor in 0..PAGE + 3 {
        audits.push(ada.records(&format!("pkg:cargo/mossy-lantern@1.{minor}.0"), DEPLOY).await);
    }
    ada.withdraws(&audits[PAGE + 2], "I read the wrong archive").await;
    world.settle().await;
    let first = page(alpha, path);
    let rows = |page: &str| page.matches("data-label=\"By\"").count();
    assert_eq!(rows(&first), PAGE, "{first}");
    let at = |minor: usize| first.find(&format!("mossy-lantern 1.{minor}.0"));
    assert!(at(52) < at(51) && at(51) < at(50) && at(52).is_some(), "the newest first");
    assert!(first.contains(">Withdrawal</a>") && first.contains("withdrawn</span>"), "{first}");
    assert!(first.contains(&format!("href=\"/audits/{}\"", audits[51].id)) && first.contains("href=\"/users/ada\""), "{first}");
    let next = link(&first, "rel=\"next\"").expect("there are more");
    let second = page(alpha, &next);
    assert_eq!(rows(&second), 4, "{next}: {second}");
    assert!(second.contains("mossy-lantern 1.0.0") && link(&second, "rel=\"next\"").is_none());
    // Policies carry another one, and servers write hashtags in their own case.
    let policies = page(alpha, "/tags/VetmootPolicy");
    assert!(policies.contains(">Revision</a>") && policies.contains("the policy balanced"), "{policies}");
    let other = sees(alpha, "/tags/vetmootaudit", "text/html");
    assert_eq!((other.status, other.header("location")), (301, Some(path)), "{}", other.text());
    let none = sees(alpha, "/tags/NoSuchTag", "text/html");
    assert_eq!((none.status, none.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(none.text().contains("#VetmootAudit"), "{}", none.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_of_a_packages_actor_leads_people_to_a_page() {
    let world = World::of(["alpha"]).await;
    let alpha = world.alpha();
    for (path, page) in [
        ("/packages/cargo.mossy-lantern", "/packages/cargo/mossy-lantern"),
        ("/packages/npm_types.node", "/packages/npm/@types/node"),
    ] {
        let answer = sees(alpha, path, "text/html");
        assert_eq!((answer.status, answer.header("location"), answer.header("vary")), (303, Some(page), Some("Accept")));
    }
    for path in ["/packages/BAD-HANDLE", "/packages/cargo.", "/packages/nowhere.lantern"] {
        let person = sees(alpha, path, "text/html");
        assert_eq!((person.status, person.header("content-type")), (404, Some("text/html; charset=utf-8")), "{path}");
        let server = sees(alpha, path, "application/activity+json");
        assert_eq!((server.status, server.header("content-type")), (404, Some("application/problem+json")), "{path}");
    }
}
