//! Publish-through's rows: one project a package, one live candidate a version, and moves that are made once.

use vetmoot_domain::{CandidateId, CandidateState, Digests, Home, ProjectRole, Role, Timestamp};
use vetmoot_storage::submission::candidates::{self, CandidateRow, Filter, NewCandidate, NewMove};
use vetmoot_storage::submission::files::{self, FileKind, FileStep, NewFile};
use vetmoot_storage::submission::projects::{self, NewProject};
use vetmoot_storage::users::UserRow;
use vetmoot_storage::{Stored, Tx, packages};

use crate::world::{World, day, member, on_both_databases, package, sha256};

on_both_databases! {
    a_package_is_one_project,
    leads_come_first_and_a_new_part_takes_the_place_of_the_old,
    projects_with_too_few_leads_are_found,
    projects_are_found_however_their_name_is_separated,
    a_version_has_one_live_candidate,
    a_candidate_moves_from_where_it_stands_or_not_at_all,
    a_candidate_remembers_when_it_was_what,
    candidates_are_listed_as_wanted,
    drafts_that_are_quiet_are_found,
    a_candidate_has_a_file_name_once,
    a_file_takes_a_step_once,
    of_two_who_are_about_to_send_a_file_one_does,
    files_of_many_candidates_come_together,
}

const DEMO: &str = "pkg:cargo/demo";

fn id(number: u8) -> CandidateId {
    CandidateId::from_random([number; 16])
}

async fn project(tx: &Tx, purl: &str, opened_by: Option<i64>) -> i64 {
    let package_id = packages::ensure(tx, &package(purl), day(0)).await.unwrap().id;
    projects::insert(tx, &NewProject { package_id, home: Home::Official, opened_by, opened_at: day(0) }).await.unwrap()
}

fn new_candidate(number: u8, project_id: i64, package_id: i64, uploader: i64, version: &str, at: Timestamp) -> NewCandidate {
    NewCandidate {
        id: id(number),
        project_id,
        package_id,
        version: version.parse().unwrap(),
        uploader,
        uploaded_as: None,
        policy: "cooldown".parse().unwrap(),
        replaces: None,
        created_at: at,
        salt: "00".repeat(16),
    }
}

/// A project of ada's, and a word for opening candidates of it.
struct Ground {
    ada: UserRow,
    project_id: i64,
    package_id: i64,
}

impl Ground {
    async fn new(world: &World) -> Self {
        world
            .write(async |tx| {
                let ada = member(tx, "ada", &[Role::Auditor]).await;
                let project_id = project(tx, DEMO, Some(ada.id)).await;
                let package_id = packages::find(tx, &package(DEMO)).await.unwrap().unwrap().id;
                Self { ada, project_id, package_id }
            })
            .await
    }

    async fn open(&self, tx: &Tx, number: u8, version: &str, at: Timestamp) -> Result<(), vetmoot_storage::StoreError> {
        let new = new_candidate(number, self.project_id, self.package_id, self.ada.id, version, at);
        candidates::insert(tx, &new, "ada").await
    }
}

fn step(from: CandidateState, to: CandidateState, at: Timestamp) -> NewMove<'static> {
    NewMove { from, to, user_id: None, moved_by: "timer", reason: None, at }
}

async fn go(world: &World, number: u8, way: &[CandidateState], at: Timestamp) {
    for pair in way.windows(2) {
        let moved =
            world.write(async |tx| candidates::advance(tx, &id(number), &step(pair[0], pair[1], at)).await.unwrap()).await;
        assert!(moved, "{pair:?}");
    }
}

async fn row(world: &World, number: u8) -> CandidateRow {
    candidates::get(&world.store.read(), &id(number)).await.unwrap().unwrap()
}

async fn a_package_is_one_project(world: World) {
    let ground = Ground::new(&world).await;
    let found = projects::of_package(&world.store.read(), &package(DEMO)).await.unwrap().unwrap();
    assert_eq!((found.id, found.package.to_string().as_str(), found.home), (ground.project_id, DEMO, Home::Official));
    assert_eq!((found.opened_by, found.policy, found.stopped_at), (Some(ground.ada.id), None, None));
    let tx = world.store.begin().await.unwrap();
    let again = NewProject { package_id: ground.package_id, home: Home::Community, opened_by: None, opened_at: day(1) };
    assert_eq!(projects::insert(&tx, &again).await.unwrap_err().code(), "name-taken");
    drop(tx);
    world
        .write(async |tx| {
            projects::set_policy(tx, ground.project_id, Some(&"strict".parse().unwrap())).await.unwrap();
            projects::set_stopped(tx, ground.project_id, Some(("ada", day(2)))).await.unwrap();
        })
        .await;
    let found = projects::get(&world.store.read(), ground.project_id).await.unwrap().unwrap();
    assert_eq!(found.policy.map(|slug| slug.to_string()).as_deref(), Some("strict"));
    assert_eq!((found.stopped_by.as_deref(), found.stopped_at), (Some("ada"), Some(day(2))));
    world.write(async |tx| projects::set_stopped(tx, ground.project_id, None).await.unwrap()).await;
    let found = projects::get(&world.store.read(), ground.project_id).await.unwrap().unwrap();
    assert_eq!((found.stopped_by, found.stopped_at), (None, None));
    assert_eq!(projects::of_package(&world.store.read(), &package("pkg:cargo/other")).await.unwrap(), None);
}

async fn leads_come_first_and_a_new_part_takes_the_place_of_the_old(world: World) {
    let ground = Ground::new(&world).await;
    let (zoe, bob) = world.write(async |tx| (member(tx, "zoe", &[]).await, member(tx, "bob", &[]).await)).await;
    world
        .write(async |tx| {
            projects::appoint(tx, ground.project_id, bob.id, ProjectRole::Maintainer, "ada", day(1)).await.unwrap();
            projects::appoint(tx, ground.project_id, zoe.id, ProjectRole::Lead, "ada", day(1)).await.unwrap();
        })
        .await;
    let people = async || {
        let rows = projects::people(&world.store.read(), ground.project_id).await.unwrap();
        rows.into_iter().map(|person| format!("{} {}", person.role, person.name)).collect::<Vec<_>>()
    };
    assert_eq!(people().await, ["lead zoe", "maintainer bob"]);
    world
        .write(async |tx| projects::appoint(tx, ground.project_id, bob.id, ProjectRole::Lead, "zoe", day(2)).await.unwrap())
        .await;
    assert_eq!(people().await, ["lead bob", "lead zoe"]);
    let of_bob = projects::of_member(&world.store.read(), bob.id, 10).await.unwrap();
    assert_eq!(of_bob.iter().map(|(row, role)| (row.id, *role)).collect::<Vec<_>>(), [(ground.project_id, ProjectRole::Lead)]);
    assert_eq!(projects::role_of(&world.store.read(), ground.project_id, ground.ada.id).await.unwrap(), None);
    assert!(world.write(async |tx| projects::dismiss(tx, ground.project_id, bob.id).await.unwrap()).await);
    assert!(!world.write(async |tx| projects::dismiss(tx, ground.project_id, bob.id).await.unwrap()).await);
    assert_eq!(people().await, ["lead zoe"]);
}

async fn projects_with_too_few_leads_are_found(world: World) {
    let ground = Ground::new(&world).await;
    let bob = world.write(async |tx| member(tx, "bob", &[]).await).await;
    let poor = async || {
        let rows = projects::poorly_led(&world.store.read(), 10).await.unwrap();
        rows.into_iter().map(|(package, leads)| format!("{package} {leads}")).collect::<Vec<_>>()
    };
    assert_eq!(poor().await, ["pkg:cargo/demo 0"]);
    for (user, expected) in [(ground.ada.id, vec!["pkg:cargo/demo 1"]), (bob.id, vec![])] {
        world
            .write(async |tx| projects::appoint(tx, ground.project_id, user, ProjectRole::Lead, "x", day(1)).await.unwrap())
            .await;
        assert_eq!(poor().await, expected);
    }
}

async fn projects_are_found_however_their_name_is_separated(world: World) {
    world
        .write(async |tx| {
            project(tx, "pkg:cargo/demo_core", None).await;
            project(tx, "pkg:npm/Demo-Core", None).await;
        })
        .await;
    let like = async |purl: &str| {
        let rows = projects::spelled_like(&world.store.read(), &package(purl)).await.unwrap();
        rows.into_iter().map(|row| row.package.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(like("pkg:cargo/demo-core").await, ["pkg:cargo/demo_core"]);
    assert_eq!(like("pkg:npm/demo-core").await, ["pkg:npm/Demo-Core"]);
    assert!(like("pkg:cargo/demo-cores").await.is_empty());
    assert_eq!(projects::list(&world.store.read(), 1, 10).await.unwrap().len(), 1);
}

async fn a_version_has_one_live_candidate(world: World) {
    use CandidateState::{Draft, Withdrawn};
    let ground = Ground::new(&world).await;
    world.write(async |tx| ground.open(tx, 1, "1.0.0", day(1)).await.unwrap()).await;
    let tx = world.store.begin().await.unwrap();
    assert_eq!(ground.open(&tx, 2, "1.0.0", day(1)).await.unwrap_err().code(), "name-taken");
    drop(tx);
    world.write(async |tx| ground.open(tx, 2, "1.0.1", day(1)).await.unwrap()).await;
    let version = "1.0.0".parse().unwrap();
    let live = async || candidates::live_at(&world.store.read(), ground.package_id, &version).await.unwrap().map(|row| row.id);
    assert_eq!(live().await, Some(id(1)));
    go(&world, 1, &[Draft, Withdrawn], day(2)).await;
    assert_eq!(live().await, None);
    // Two empty places do not clash, whichever database counts them.
    for number in [3, 4] {
        world.write(async |tx| ground.open(tx, number, "1.0.0", day(3)).await.unwrap()).await;
        assert_eq!(live().await, Some(id(number)));
        go(&world, number, &[Draft, Withdrawn], day(3)).await;
    }
    let last = candidates::last_of(&world.store.read(), ground.package_id, &version).await.unwrap().unwrap();
    assert_eq!(last.id, id(4));
    let live = candidates::live_of(&world.store.read(), ground.package_id).await.unwrap();
    assert_eq!(live.into_iter().map(|row| row.id).collect::<Vec<_>>(), [id(2)]);
}

async fn a_candidate_moves_from_where_it_stands_or_not_at_all(world: World) {
    use CandidateState::{Approved, Draft, Staged};
    let ground = Ground::new(&world).await;
    world.write(async |tx| ground.open(tx, 1, "1.0.0", day(1)).await.unwrap()).await;
    let wrong = step(Staged, Approved, day(2));
    assert!(!world.write(async |tx| candidates::advance(tx, &id(1), &wrong).await.unwrap()).await);
    assert!(!world.write(async |tx| candidates::advance(tx, &id(9), &wrong).await.unwrap()).await);
    let told = NewMove { user_id: Some(ground.ada.id), moved_by: "ada", reason: Some("whole"), ..step(Draft, Staged, day(2)) };
    assert!(world.write(async |tx| candidates::advance(tx, &id(1), &told).await.unwrap()).await);
    assert!(!world.write(async |tx| candidates::advance(tx, &id(1), &told).await.unwrap()).await);
    let tx = world.store.begin().await.unwrap();
    assert!(candidates::advance(&tx, &id(1), &step(Staged, Approved, day(3))).await.unwrap());
    drop(tx);
    let moves = candidates::moves(&world.store.read(), &id(1)).await.unwrap();
    let moves: Vec<_> = moves.iter().map(|row| (row.state, row.moved_by.as_str(), row.reason.as_deref(), row.at)).collect();
    assert_eq!(
        moves,
        [(Draft, "ada", None, day(1)), (Staged, "ada", Some("whole"), day(2))],
        "what is given up leaves nothing"
    );
    assert_eq!(row(&world, 1).await.state, Staged);
}

async fn a_candidate_remembers_when_it_was_what(world: World) {
    use CandidateState::{Approved, Draft, InReview, Released, Releasing, Staged};
    let ground = Ground::new(&world).await;
    world.write(async |tx| ground.open(tx, 1, "1.0.0", day(1)).await.unwrap()).await;
    world.write(async |tx| candidates::touch(tx, &id(1), "[{\"code\":\"x\"}]", day(2)).await.unwrap()).await;
    world.write(async |tx| candidates::set_source(tx, &id(1), "{}", day(2)).await.unwrap()).await;
    let opened = row(&world, 1).await;
    assert_eq!((opened.created_at, opened.last_file_at, opened.changed_at), (day(1), day(2), day(2)));
    assert_eq!((opened.findings.as_str(), opened.source.as_deref()), ("[{\"code\":\"x\"}]", Some("{}")));
    assert_eq!((opened.uploader_name.as_str(), opened.staged_at, opened.released_by), ("ada", None, None));
    go(&world, 1, &[Draft, Staged, InReview], day(3)).await;
    go(&world, 1, &[InReview, Approved], day(4)).await;
    let bob = world.write(async |tx| member(tx, "bob", &[]).await).await;
    let sent = NewMove { user_id: Some(bob.id), moved_by: "bob", ..step(Approved, Releasing, day(5)) };
    world.write(async |tx| assert!(candidates::advance(tx, &id(1), &sent).await.unwrap())).await;
    go(&world, 1, &[Releasing, Released], day(6)).await;
    let released = row(&world, 1).await;
    assert_eq!((released.staged_at, released.released_at, released.changed_at), (Some(day(3)), Some(day(6)), day(6)));
    assert_eq!(released.released_by_name.map(|name| name.to_string()).as_deref(), Some("bob"));
    let counted = candidates::count_by_state(&world.store.read()).await.unwrap();
    assert_eq!(counted, [(Released, 1)]);
    let found = candidates::in_state(&world.store.read(), ground.package_id, Released).await.unwrap();
    assert_eq!(found.len(), 1);
}

async fn candidates_are_listed_as_wanted(world: World) {
    use CandidateState::{Draft, Staged};
    let ground = Ground::new(&world).await;
    let (bob, other, other_package) = world
        .write(async |tx| {
            let bob = member(tx, "bob", &[]).await;
            let other = project(tx, "pkg:pypi/other", None).await;
            (bob, other, packages::find(tx, &package("pkg:pypi/other")).await.unwrap().unwrap().id)
        })
        .await;
    world
        .write(async |tx| {
            ground.open(tx, 1, "1.0.0", day(1)).await.unwrap();
            ground.open(tx, 2, "1.1.0", day(2)).await.unwrap();
            let theirs = new_candidate(3, other, other_package, bob.id, "1.0.0", day(3));
            candidates::insert(tx, &theirs, "bob").await.unwrap();
        })
        .await;
    go(&world, 2, &[Draft, Staged], day(4)).await;
    let list = async |filter: Filter, skip: u64, limit: u64| {
        let rows = candidates::list(&world.store.read(), &filter, skip, limit).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(list(Filter::default(), 0, 10).await, [id(3), id(2), id(1)]);
    assert_eq!(list(Filter::default(), 1, 1).await, [id(2)]);
    assert_eq!(list(Filter { package_id: Some(other_package), ..Filter::default() }, 0, 10).await, [id(3)]);
    assert_eq!(list(Filter { uploader: Some(ground.ada.id), ..Filter::default() }, 0, 10).await, [id(2), id(1)]);
    let drafts = Filter { states: vec![Draft, CandidateState::Failed], ..Filter::default() };
    assert_eq!(list(drafts.clone(), 0, 10).await, [id(3), id(1)]);
    let both = Filter { package_id: Some(ground.package_id), uploader: Some(ground.ada.id), ..drafts };
    assert_eq!(list(both, 0, 10).await, [id(1)]);
}

async fn drafts_that_are_quiet_are_found(world: World) {
    let ground = Ground::new(&world).await;
    world
        .write(async |tx| {
            ground.open(tx, 1, "1.0.0", day(1)).await.unwrap();
            ground.open(tx, 2, "1.1.0", day(2)).await.unwrap();
            ground.open(tx, 3, "1.2.0", day(1)).await.unwrap();
            candidates::touch(tx, &id(1), "[]", day(3)).await.unwrap();
        })
        .await;
    go(&world, 3, &[CandidateState::Draft, CandidateState::Staged], day(1)).await;
    let quiet = async |before| {
        let rows = candidates::quiet_drafts(&world.store.read(), before, 10).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert!(quiet(day(1)).await.is_empty());
    assert_eq!(quiet(day(2)).await, [id(2)]);
    assert_eq!(quiet(day(3)).await, [id(2), id(1)]);
}

fn stored(text: &str) -> Stored {
    let sha256: [u8; 32] = sha256(text).bytes().try_into().unwrap();
    let digests = Digests { sha256: Some(sha256), sha512: Some(Box::new([7; 64])) };
    Stored { sha256, digests, sha1: Some([9; 20]), size: text.len() as u64 }
}

async fn add(tx: &Tx, number: u8, name: &str, text: &str) -> Result<i64, vetmoot_storage::StoreError> {
    let (candidate, stored) = (id(number), stored(text));
    let new = NewFile {
        candidate: &candidate,
        file_name: name,
        kind: FileKind::Wheel,
        stored: &stored,
        metadata: "{\"fields\":{}}",
        attestations: Some("[]"),
        at: day(1),
    };
    files::insert(tx, &new).await
}

async fn a_candidate_has_a_file_name_once(world: World) {
    let ground = Ground::new(&world).await;
    let first = world
        .write(async |tx| {
            ground.open(tx, 1, "1.0.0", day(1)).await.unwrap();
            ground.open(tx, 2, "1.1.0", day(1)).await.unwrap();
            add(tx, 2, "a.whl", "two").await.unwrap();
            add(tx, 1, "a.whl", "one").await.unwrap()
        })
        .await;
    let tx = world.store.begin().await.unwrap();
    assert_eq!(add(&tx, 1, "a.whl", "other").await.unwrap_err().code(), "name-taken");
    drop(tx);
    let file = files::get(&world.store.read(), first).await.unwrap().unwrap();
    assert_eq!((file.candidate, file.file_name.as_str(), file.kind), (id(1), "a.whl", FileKind::Wheel));
    assert_eq!((file.digests, file.sha1, file.size), (stored("one").digests, Some([9; 20]), 3));
    assert_eq!((file.step, file.step_at, file.attestations.as_deref()), (FileStep::Waiting, None, Some("[]")));
    let twice = files::with_digest(&world.store.read(), &stored("one").sha256).await.unwrap();
    assert_eq!(twice.len(), 1);
}

async fn a_file_takes_a_step_once(world: World) {
    let ground = Ground::new(&world).await;
    let file = world
        .write(async |tx| {
            ground.open(tx, 1, "1.0.0", day(1)).await.unwrap();
            add(tx, 1, "a.whl", "one").await.unwrap()
        })
        .await;
    let take = async |from, to, detail: Option<&'static str>| {
        world.write(async |tx| files::set_step(tx, file, from, to, day(2), detail).await.unwrap()).await
    };
    assert!(take(FileStep::Waiting, FileStep::Sent, None).await);
    assert!(!take(FileStep::Waiting, FileStep::Sent, None).await, "what was begun is not begun again");
    assert!(take(FileStep::Sent, FileStep::Published, Some("200")).await);
    let read = files::get(&world.store.read(), file).await.unwrap().unwrap();
    assert_eq!((read.step, read.step_at, read.detail.as_deref()), (FileStep::Published, Some(day(2)), Some("200")));
}

async fn of_two_who_are_about_to_send_a_file_one_does(world: World) {
    let ground = Ground::new(&world).await;
    let file = world
        .write(async |tx| {
            ground.open(tx, 1, "1.0.0", day(1)).await.unwrap();
            add(tx, 1, "a.whl", "one").await.unwrap()
        })
        .await;
    let read = async || files::get(&world.store.read(), file).await.unwrap().unwrap();
    let send = async |row, at| world.write(async |tx| files::about_to_send(tx, &row, at).await.unwrap()).await;
    let fresh = read().await;
    assert!(send(fresh.clone(), day(2)).await);
    assert!(!send(fresh, day(2)).await);
    // Both find that the answer was lost, and would send again.
    let lost = read().await;
    assert!(send(lost.clone(), day(3)).await);
    assert!(!send(lost, day(3)).await, "somebody is at it already");
}

async fn files_of_many_candidates_come_together(world: World) {
    let ground = Ground::new(&world).await;
    world
        .write(async |tx| {
            for number in 1..=3 {
                ground.open(tx, number, &format!("1.{number}.0"), day(1)).await.unwrap();
                add(tx, number, "a.whl", &format!("{number}a")).await.unwrap();
                add(tx, number, "b.whl", &format!("{number}b")).await.unwrap();
            }
        })
        .await;
    let found = files::of_candidates(&world.store.read(), &[id(1), id(3)]).await.unwrap();
    let names: Vec<_> = found.iter().map(|file| (file.candidate.clone(), file.file_name.as_str())).collect();
    assert_eq!(names, [(id(1), "a.whl"), (id(1), "b.whl"), (id(3), "a.whl"), (id(3), "b.whl")]);
    assert!(files::of_candidates(&world.store.read(), &[]).await.unwrap().is_empty());
}
