//! Artifacts: the first digest stays, dates are kept, and changed bytes are an incident.

use vetmoot_domain::{DateSource, Digest, Digests, PublishTime, Timestamp};
use vetmoot_storage::artifacts::{self, ArtifactRow, Merged, ReleasedFile, SeenArtifact};
use vetmoot_storage::{incidents, packages};

use crate::world::{World, day, on_both_databases, package, sha256};

on_both_databases! {
    a_first_listing_is_taken_in_and_the_same_again_changes_nothing,
    the_first_digest_stays_and_other_bytes_are_an_incident,
    digests_are_only_ever_learned,
    an_undated_artifact_is_present_at_first_sight_or_dated_by_the_reading_that_showed_it,
    a_better_source_dates_once_and_a_date_of_the_index_stays,
    a_long_listing_is_taken_in_whole,
    a_name_twice_in_one_listing_is_one_artifact,
    what_is_released_from_here_is_pinned_unless_other_bytes_were_here_before,
    the_same_other_bytes_are_one_incident_by_whichever_digest,
}

fn seen(version: &str, bytes: &str, published: Option<Timestamp>) -> SeenArtifact {
    SeenArtifact {
        version: version.parse().unwrap(),
        file_name: None,
        digests: if bytes.is_empty() { Digests::default() } else { Digests::of(sha256(bytes)) },
        size: Some(10),
        url: format!("https://files.example/{version}"),
        published,
        date_source: None,
        publisher: None,
    }
}

async fn merge(world: &World, entries: &[SeenArtifact], now: Timestamp) -> (Merged, Vec<ArtifactRow>) {
    let merged = world
        .write(async |tx| {
            let row = packages::ensure(tx, &package("pkg:cargo/serde"), now).await.unwrap();
            let first = row.first_listed_at.is_none();
            artifacts::merge_listing(tx, row.id, entries, now, first).await.unwrap()
        })
        .await;
    let row = packages::find(&world.store.read(), &package("pkg:cargo/serde")).await.unwrap().unwrap();
    (merged, artifacts::of_package(&world.store.read(), row.id).await.unwrap())
}

async fn a_first_listing_is_taken_in_and_the_same_again_changes_nothing(world: World) {
    let entries = [seen("1.0.0", "a", Some(day(-9))), seen("1.1.0", "b", None)];
    let (merged, rows) = merge(&world, &entries, day(0)).await;
    assert_eq!((merged.new, merged.learned, merged.changed.len()), (2, 0, 0));
    assert_eq!(rows.iter().map(ArtifactRow::key).collect::<Vec<_>>(), ["1.0.0", "1.1.0"]);
    let epoch = world.epoch("pkg:cargo/serde").await;
    let (merged, again) = merge(&world, &entries, day(1)).await;
    assert_eq!(merged, Merged::default());
    assert_eq!(again, rows);
    assert_eq!(world.epoch("pkg:cargo/serde").await, epoch, "nothing changed, nothing has to be decided again");
}

async fn the_first_digest_stays_and_other_bytes_are_an_incident(world: World) {
    merge(&world, &[seen("1.0.0", "good", None)], day(0)).await;
    let epoch = world.epoch("pkg:cargo/serde").await;
    let (merged, rows) = merge(&world, &[seen("1.0.0", "evil", None)], day(1)).await;
    assert_eq!(merged.changed.len(), 1);
    assert_eq!((merged.changed[0].key.as_str(), &merged.changed[0].seen), ("1.0.0", &Digests::of(sha256("evil"))));
    assert_eq!(rows[0].digests, Digests::of(sha256("good")));
    let incident = rows[0].incident.clone().unwrap();
    assert_eq!(
        (incident.noticed, incident.pinned, incident.seen),
        (day(1), Digests::of(sha256("good")), Digests::of(sha256("evil")))
    );
    assert!(world.epoch("pkg:cargo/serde").await > epoch);
    let (merged, _) = merge(&world, &[seen("1.0.0", "evil", None)], day(2)).await;
    assert!(merged.changed.is_empty(), "the same bytes are noticed once");
    assert_eq!(incidents::open_count(&world.store.read()).await.unwrap(), 1);
    let listed = incidents::list(&world.store.read(), None, 10).await.unwrap();
    assert_eq!(listed[0].artifact.to_string(), "pkg:cargo/serde@1.0.0");
    assert!(world.write(async |tx| incidents::close(tx, listed[0].id, "ada", day(3)).await.unwrap()).await);
    let (_, rows) = merge(&world, &[seen("1.0.0", "good", None)], day(4)).await;
    assert_eq!(rows[0].incident, None);
}

async fn digests_are_only_ever_learned(world: World) {
    let (_, rows) = merge(&world, &[seen("1.0.0", "", None)], day(0)).await;
    let id = rows[0].id;
    let mut both = Digests::of(sha256("good"));
    both.add(Digest::Sha512(Box::new([5; 64])));
    assert!(world.write(async |tx| artifacts::learn_digests(tx, id, &both).await.unwrap()).await);
    assert!(!world.write(async |tx| artifacts::learn_digests(tx, id, &both).await.unwrap()).await);
    let evil = Digests::of(sha256("evil"));
    assert!(!world.write(async |tx| artifacts::learn_digests(tx, id, &evil).await.unwrap()).await);
    assert_eq!(artifacts::sha256_of(&world.store.read(), id).await.unwrap(), both.sha256);
    assert!(world.write(async |tx| artifacts::set_incident(tx, id, &evil, day(1)).await.unwrap()).await);
    let (_, row) = artifacts::by_id(&world.store.read(), id).await.unwrap().unwrap();
    assert_eq!(row.digests, both);
    assert_eq!(row.incident.unwrap().seen, evil);
    let found = artifacts::with_digest(&world.store.read(), &both.sha256.unwrap()).await.unwrap();
    assert_eq!(found[0].0, package("pkg:cargo/serde"));
}

async fn an_undated_artifact_is_present_at_first_sight_or_dated_by_the_reading_that_showed_it(world: World) {
    merge(&world, &[seen("1.0.0", "a", None)], day(0)).await;
    let (_, rows) = merge(&world, &[seen("1.0.0", "a", None), seen("1.1.0", "b", None)], day(5)).await;
    assert_eq!(rows[0].publish_time(), PublishTime::PresentAtFirstSight);
    assert_eq!(rows[1].publish_time(), PublishTime::Dated { at: day(5), source: DateSource::FirstSeen });
    let counts = artifacts::count_by_date_source(&world.store.read()).await.unwrap();
    assert!(counts.contains(&(None, 1)) && counts.contains(&(Some(DateSource::FirstSeen), 1)));
}

async fn a_better_source_dates_once_and_a_date_of_the_index_stays(world: World) {
    let (_, rows) = merge(&world, &[seen("1.0.0", "a", None)], day(0)).await;
    let id = rows[0].id;
    assert!(world.write(async |tx| artifacts::set_file_date(tx, id, day(-3)).await.unwrap()).await);
    assert!(!world.write(async |tx| artifacts::set_file_date(tx, id, day(-300)).await.unwrap()).await);
    let (_, rows) = merge(&world, &[seen("1.0.0", "a", Some(day(-2)))], day(1)).await;
    assert_eq!(rows[0].publish_time(), PublishTime::Dated { at: day(-2), source: DateSource::Index });
    let (merged, rows) = merge(&world, &[seen("1.0.0", "a", Some(day(-300)))], day(2)).await;
    assert_eq!(merged, Merged::default(), "an index that dates back later is not believed");
    assert_eq!(rows[0].published, Some(day(-2)));
}

async fn a_long_listing_is_taken_in_whole(world: World) {
    let entries: Vec<SeenArtifact> = (0..2_600).map(|n| seen(&format!("0.0.{n}"), &n.to_string(), Some(day(n)))).collect();
    let (merged, rows) = merge(&world, &entries, day(0)).await;
    assert_eq!((merged.new, rows.len()), (2_600, 2_600));
    let mut changed = entries.clone();
    changed[2_599].digests = Digests::of(sha256("evil"));
    changed.push(seen("1.0.0", "new", None));
    let (merged, rows) = merge(&world, &changed, day(1)).await;
    assert_eq!((merged.new, merged.learned, merged.changed.len()), (1, 0, 1));
    assert_eq!(rows.len(), 2_601);
}

async fn a_name_twice_in_one_listing_is_one_artifact(world: World) {
    let (merged, rows) = merge(&world, &[seen("1.0.0", "a", None), seen("1.0.0", "b", None)], day(0)).await;
    assert_eq!((merged.new, rows.len()), (1, 1));
    assert_eq!(rows[0].digests, Digests::of(sha256("a")));
}

/// Pins `bytes` as those of the release 1.0.0 that was handed in on this day; gives the package's artifacts.
async fn pin(world: &World, bytes: &str, handed_in: Timestamp) -> Vec<ArtifactRow> {
    let (version, digests) = ("1.0.0".parse().unwrap(), Digests::of(sha256(bytes)));
    let file = ReleasedFile { version: &version, file_name: None, digests: &digests, size: 4, url: "", seen_at: handed_in };
    let row = world
        .write(async |tx| {
            let row = packages::ensure(tx, &package("pkg:cargo/serde"), day(0)).await.unwrap();
            artifacts::pin_released(tx, row.id, &file, day(5)).await.unwrap();
            row
        })
        .await;
    artifacts::of_package(&world.store.read(), row.id).await.unwrap()
}

async fn what_is_released_from_here_is_pinned_unless_other_bytes_were_here_before(world: World) {
    let rows = pin(&world, "vetted", day(1)).await;
    assert_eq!(rows.iter().map(|row| row.digests.clone()).collect::<Vec<_>>(), [Digests::of(sha256("vetted"))]);
    assert_eq!(rows[0].publish_time(), PublishTime::Dated { at: day(5), source: DateSource::FirstSeen });
    let epoch = world.epoch("pkg:cargo/serde").await;
    assert_eq!(pin(&world, "vetted", day(1)).await, rows);
    assert_eq!(world.epoch("pkg:cargo/serde").await, epoch, "nothing changed, nothing has to be decided again");
    // A listing that shows others afterwards is an incident, and the pinned ones stay.
    let (merged, rows) = merge(&world, &[seen("1.0.0", "foreign", None)], day(6)).await;
    assert_eq!((merged.changed.len(), merged.new), (1, 0));
    assert_eq!(rows[0].digests, Digests::of(sha256("vetted")));
    // Those that a listing brought on the sixth day gave way to what was handed in before that; the other way round not.
    let (_, rows) = merge(&world, &[seen("1.0.0", "vetted", None), seen("2.0.0", "early", None)], day(6)).await;
    assert_eq!(rows.len(), 2);
    let (version, digests) = ("2.0.0".parse().unwrap(), Digests::of(sha256("late")));
    for (handed_in, stays) in [(day(7), "early"), (day(2), "late")] {
        let file = ReleasedFile { version: &version, file_name: None, digests: &digests, size: 4, url: "", seen_at: handed_in };
        let row = packages::find(&world.store.read(), &package("pkg:cargo/serde")).await.unwrap().unwrap();
        world.write(async |tx| artifacts::pin_released(tx, row.id, &file, day(8)).await.unwrap()).await;
        let rows = artifacts::of_package(&world.store.read(), row.id).await.unwrap();
        assert_eq!(rows[1].digests, Digests::of(sha256(stays)), "handed in on {handed_in}");
    }
}

async fn the_same_other_bytes_are_one_incident_by_whichever_digest(world: World) {
    let (version, vetted) = ("1.0.0".parse().unwrap(), Digests::of(sha256("vetted")));
    let file = ReleasedFile { version: &version, file_name: None, digests: &vetted, size: 4, url: "", seen_at: day(1) };
    let mut foreign = Digests::of(sha256("foreign"));
    foreign.add(Digest::Sha512(Box::new([7; 64])));
    let contradict = async |seen: &Digests| {
        world
            .write(async |tx| {
                let row = packages::ensure(tx, &package("pkg:cargo/serde"), day(0)).await.unwrap();
                artifacts::contradict_released(tx, row.id, &file, seen, day(5)).await.unwrap()
            })
            .await
    };
    assert!(contradict(&foreign).await);
    assert!(!contradict(&Digests::of(sha256("foreign"))).await, "it is known by one of its digests");
    let (merged, rows) = merge(&world, &[seen("1.0.0", "foreign", None)], day(6)).await;
    assert_eq!(merged.changed, [], "a listing that names one digest of them is no news");
    assert_eq!(rows[0].incident.as_ref().map(|incident| incident.pinned.clone()), Some(vetted.clone()));
    assert!(contradict(&Digests::of(sha256("a third"))).await);
    assert_eq!(incidents::open_count(&world.store.read()).await.unwrap(), 2);
}
