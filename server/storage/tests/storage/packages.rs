//! Packages and their listings.

use vetmoot_domain::Ecosystem;
use vetmoot_storage::listings::{self, ListingRow};
use vetmoot_storage::packages::{self, SearchCursor};

use crate::world::{World, day, on_both_databases, package};

on_both_databases! {
    a_package_is_made_once_and_found_again,
    a_search_puts_the_name_itself_first_and_goes_on_page_by_page,
    a_search_takes_its_text_literally,
    a_listing_is_kept_in_place_of_the_one_before,
}

async fn a_package_is_made_once_and_found_again(world: World) {
    let serde = package("pkg:cargo/serde");
    assert_eq!(packages::find(&world.store.read(), &serde).await.unwrap(), None);
    let made = world.write(async |tx| packages::ensure(tx, &serde, day(0)).await.unwrap()).await;
    let again = world.write(async |tx| packages::ensure(tx, &serde, day(1)).await.unwrap()).await;
    assert_eq!(made, again);
    assert_eq!(packages::by_id(&world.store.read(), made.id).await.unwrap().unwrap().package, serde);
    assert!(world.write(async |tx| packages::mark_listed(tx, made.id, day(1)).await.unwrap()).await);
    assert!(!world.write(async |tx| packages::mark_listed(tx, made.id, day(2)).await.unwrap()).await);
    assert_eq!(packages::find(&world.store.read(), &serde).await.unwrap().unwrap().first_listed_at, Some(day(1)));
    let counts = packages::count_by_ecosystem(&world.store.read()).await.unwrap();
    assert_eq!(
        counts.iter().map(|count| (count.ecosystem, count.listed, count.known)).collect::<Vec<_>>(),
        [(Ecosystem::Cargo, 1, 1)]
    );
}

async fn a_search_puts_the_name_itself_first_and_goes_on_page_by_page(world: World) {
    world
        .write(async |tx| {
            for name in ["pkg:cargo/serde", "pkg:cargo/serde_json", "pkg:npm/serde", "pkg:cargo/my-serde", "pkg:cargo/rand"] {
                packages::ensure(tx, &package(name), day(0)).await.unwrap();
            }
        })
        .await;
    let reader = world.store.read();
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = packages::search(&reader, "Serde", None, cursor.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        cursor = Some(SearchCursor::after("Serde", last));
        found.extend(page.into_iter().map(|row| row.package.to_string()));
    }
    assert_eq!(found, ["pkg:cargo/serde", "pkg:npm/serde", "pkg:cargo/serde_json", "pkg:cargo/my-serde"]);
    let npm = packages::search(&reader, "serde", Some(Ecosystem::Npm), None, 10).await.unwrap();
    assert_eq!(npm.len(), 1);
    assert_eq!(packages::search(&reader, "", None, None, 10).await.unwrap().len(), 5);
}

async fn a_search_takes_its_text_literally(world: World) {
    world
        .write(async |tx| {
            for name in ["pkg:cargo/serde_json", "pkg:cargo/serdexjson"] {
                packages::ensure(tx, &package(name), day(0)).await.unwrap();
            }
        })
        .await;
    let reader = world.store.read();
    assert_eq!(packages::search(&reader, "serde_", None, None, 10).await.unwrap().len(), 1);
    assert_eq!(packages::search(&reader, "%", None, None, 10).await.unwrap().len(), 0);
    assert_eq!(packages::search(&reader, "'; DROP TABLE packages; --", None, None, 10).await.unwrap().len(), 0);
    assert_eq!(packages::search(&reader, &"s".repeat(10_000), None, None, 10).await.unwrap().len(), 0);
}

async fn a_listing_is_kept_in_place_of_the_one_before(world: World) {
    let six = world.write(async |tx| packages::ensure(tx, &package("pkg:pypi/six"), day(0)).await.unwrap()).await;
    let mut listing = ListingRow {
        etag: Some("\"1\"".to_owned()),
        last_modified: None,
        content_type: Some("text/html".to_owned()),
        url: "https://index.example/simple/six/".to_owned(),
        fetched_at: day(0),
        checked_at: day(0),
        blob: [7; 32],
        complaints: vec!["no times at all".to_owned()],
        traits: r#"{"times":false}"#.to_owned(),
    };
    world.write(async |tx| listings::put(tx, six.id, &listing).await.unwrap()).await;
    listing.etag = None;
    listing.blob = [8; 32];
    listing.fetched_at = day(1);
    world.write(async |tx| listings::put(tx, six.id, &listing).await.unwrap()).await;
    world.write(async |tx| listings::checked(tx, six.id, day(2)).await.unwrap()).await;
    listing.checked_at = day(2);
    assert_eq!(listings::get(&world.store.read(), six.id).await.unwrap(), Some(listing));
    let traits = listings::traits(&world.store.read()).await.unwrap();
    assert_eq!((traits[0].ecosystem, traits[0].count), (Ecosystem::Pypi, 1));
    assert_eq!(listings::complaints(&world.store.read()).await.unwrap(), [(vec!["no times at all".to_owned()], 1)]);
}
