//! The server is killed at every step of a release, on both databases: nothing is published twice, and nothing is lost.

use vetmoot_tests::instance::Plan;
use vetmoot_tests::official::{OfficialCargo, OfficialNpm, OfficialPypi, Point, TOKEN};
use vetmoot_tests::postgres::Postgres;
use vetmoot_tests::process;

use super::harbour::{Harbour, OPEN};

/// What the index does with the request that was under way when the server died.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// It goes on with it when the next server runs already.
    Later,
    /// It had answered: the answer lay in the dead server's socket.
    Answered,
}

/// Kills the server while a request is held at `point`, starts it again, and looks at what comes of it.
fn killed(plan: Plan, point: Point, then: Then) {
    let official = OfficialCargo::start();
    let mut harbour = Harbour::for_crates(plan, &official);
    let (id, bytes) = harbour.crate_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    official.desk.hold(point);
    let pressed = harbour.press(&id, &harbour.lena);
    assert!(matches!(pressed.status, 200 | 202), "{}", pressed.text());
    official.desk.wait_until_held();
    if then == Then::Answered {
        // The server no longer runs when the answer comes, and is killed before it could read it.
        harbour.instance.freeze();
        official.desk.let_go();
        process::eventually("the answer is on its way", || !official.desk.taken().is_empty());
    }
    harbour.instance.kill();
    harbour.instance.restart();
    if then == Then::Later {
        official.desk.let_go();
    }
    harbour.wait_for(&id, "released");
    assert_eq!(official.file("tall-ship", "1.0.0"), Some(bytes));
    assert_eq!(official.desk.taken().len(), 1, "{:?}", official.desk.arrivals());
    assert_eq!(harbour.steps(&id), ["verified"]);
}

fn everywhere(plan: &dyn Fn() -> Plan) {
    killed(plan(), Point::Look, Then::Later);
    killed(plan(), Point::Taking, Then::Later);
    killed(plan(), Point::Answering, Then::Later);
    killed(plan(), Point::Answering, Then::Answered);
    killed(plan(), Point::Download, Then::Later);
}

#[test]
fn a_release_survives_kills_at_every_step_on_sqlite() {
    everywhere(&Plan::new);
}

#[test]
fn a_release_survives_kills_at_every_step_on_postgresql() {
    let Some(_) = vetmoot_tests::partners::require("postgresql") else { return };
    for (point, then) in [
        (Point::Look, Then::Later),
        (Point::Taking, Then::Later),
        (Point::Answering, Then::Later),
        (Point::Answering, Then::Answered),
        (Point::Download, Then::Later),
    ] {
        let Some(postgres) = Postgres::start() else { return };
        killed(Plan::new().database(&postgres.url()), point, then);
    }
}

#[test]
fn between_two_files_only_the_missing_one_is_sent() {
    let official = OfficialPypi::start();
    let mut harbour = Harbour::for_python(Plan::new(), &official);
    let (id, files) = harbour.python_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    official.desk.hold(Point::Taking);
    let pressed = harbour.press(&id, &harbour.lena);
    assert!(matches!(pressed.status, 200 | 202), "{}", pressed.text());
    official.desk.wait_until_held();
    // The first file goes through, the second is held in the middle.
    official.desk.let_go();
    official.desk.hold(Point::Answering);
    official.desk.wait_until_held();
    harbour.instance.kill();
    harbour.instance.restart();
    official.desk.let_go();
    harbour.wait_for(&id, "released");
    assert_eq!(official.desk.taken().len(), 2, "{:?}", official.desk.arrivals());
    for (name, bytes) in &files {
        assert_eq!(official.file(name).as_ref(), Some(bytes));
    }
}

#[test]
fn what_was_staged_at_npm_before_the_kill_is_found_there_and_not_staged_again() {
    let official = OfficialNpm::start();
    let plan = Plan::new().upstream("npm", &official.url()).env("VETMOOT__PUBLISH__NPM", &official.url());
    let mut harbour = Harbour::without_credential(plan, OPEN);
    harbour.credential(&["--ecosystem", "npm", "--kind", "stage"], TOKEN);
    let (id, bytes) = harbour.npm_handed_in("tall-ship", "1.0.0");
    harbour.wait_for(&id, "approved");
    official.desk.hold(Point::Answering);
    let pressed = harbour.press(&id, &harbour.lena);
    assert!(matches!(pressed.status, 200 | 202), "{}", pressed.text());
    official.desk.wait_until_held();
    harbour.instance.kill();
    harbour.instance.restart();
    official.desk.let_go();
    let waits = || harbour.instance.get(&format!("/api/v1/candidates/{id}")).json()["progress"]["step"] == "approval";
    process::eventually("it is known to wait there", waits);
    let [stage] = official.staged().try_into().expect("it was staged once");
    official.approve(&stage);
    harbour.wait_for(&id, "released");
    assert_eq!(official.file("tall-ship", "1.0.0"), Some(bytes));
    assert_eq!(official.desk.arrivals().len(), 1);
}
