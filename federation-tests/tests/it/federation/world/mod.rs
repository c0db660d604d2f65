//! Several communities in one process on one clock that is turned by hand, joined by wires that can be disturbed.

mod place;
mod wires;
mod words;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use vetmoot_domain::{Span, Timestamp};
use vetmoot_tests::official::OfficialCargo;
use vetmoot_tests::packages::{Calendar, Release};
use vetmoot_tests::postgres::Postgres;
use vetmoot_tests::scratch::Scratch;
use vetmoot_tests::upstream::CargoUpstream;
use vetmoot_workflows::clock::{Clock as _, HandClock};

pub use place::Place;
pub use wires::{Mood, Wire};
pub use words::full;

/// Does something that blocks, such as talking with a peer that is a program of its own.
pub fn blocking<T>(what: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(what)
}

/// Noon of some day; the clock of a world with made-up names begins here.
pub const START: Timestamp = Timestamp::from_millis(1_700_049_600_000);

/// How often everything may move before a world counts as never settling.
const ROUNDS: usize = 500;

/// Where the rows of a world lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// One file for each community.
    Sqlite,
    /// One cluster, a database for each community.
    Postgresql,
}

/// How the communities are named and reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// `http://alpha.test`, found through a table of names; insecure mode.
    Names,
    /// `http://localhost:PORT`, for partners that are programs of their own; the clock shows the machine's time.
    Loopback,
    /// `https://alpha.test` behind a TLS front, insecure mode off: the production path.
    Tls,
}

/// A world in the making.
pub struct Builder {
    names: Vec<String>,
    database: Database,
    manner: Manner,
    hosts: BTreeMap<String, SocketAddr>,
    official: Option<(String, String)>,
    clock: Arc<HandClock>,
}

/// Several communities; everything ends when it is dropped.
pub struct World {
    places: Vec<Place>,
    wires: Vec<Wire>,
    /// The clock all of them go by.
    pub clock: Arc<HandClock>,
    /// The index behind all of them.
    _cargo: CargoUpstream,
    said: wires::Said,
    _postgres: Option<Postgres>,
    _scratch: Scratch,
}

impl Builder {
    /// With rows in this kind of database.
    #[must_use]
    pub fn on(mut self, database: Database) -> Self {
        self.database = database;
        self
    }

    /// Named and reached in this manner.
    #[must_use]
    pub fn in_manner(mut self, manner: Manner) -> Self {
        self.manner = manner;
        if manner == Manner::Loopback {
            let now = Calendar::of_the_machine().days_ago(0);
            self.clock = Arc::new(HandClock::at(now));
        }
        self
    }

    /// With another host that the communities find at this address.
    #[must_use]
    pub fn host(mut self, name: &str, address: SocketAddr) -> Self {
        self.hosts.insert(name.to_owned(), address);
        self
    }

    /// With this index behind all of them, to which their releases go.
    #[must_use]
    pub fn official(mut self, index: &OfficialCargo) -> Self {
        self.official = Some((index.index(), index.api()));
        self
    }

    /// The clock the world will go by, for servers beside it.
    pub fn clock(&self) -> Arc<HandClock> {
        Arc::clone(&self.clock)
    }

    /// Starts everything; nothing when PostgreSQL is wanted and was left out.
    pub async fn start(self) -> Option<World> {
        let postgres = match self.database {
            Database::Sqlite => None,
            Database::Postgresql => Some(tokio::task::spawn_blocking(Postgres::start).await.unwrap()?),
        };
        let scratch = Scratch::new();
        let calendar = Calendar::from(self.clock.now());
        let cargo = CargoUpstream::start(calendar, &shelf());
        let said = wires::Said::default();
        let mut openings: Vec<place::Opening> = self.names.iter().map(|name| place::Opening::of(name, self.manner)).collect();
        let mut wires = Vec::new();
        for from in &self.names {
            for to in openings.iter().filter(|to| to.name != *from) {
                wires.push(Wire::between(from, &to.name, to.plain, Arc::clone(&said)));
            }
        }
        let tls = place::Authority::new();
        let mut places = Vec::new();
        for opening in openings.drain(..) {
            let mut table: BTreeMap<String, Vec<SocketAddr>> =
                self.hosts.iter().map(|(name, address)| (name.clone(), vec![*address])).collect();
            for wire in wires.iter().filter(|wire: &&Wire| wire.from == opening.name) {
                let address = match self.manner {
                    Manner::Tls => tls.front(&place::host_of(&wire.to), wire.address()),
                    Manner::Names | Manner::Loopback => wire.address(),
                };
                table.insert(place::host_of(&wire.to), vec![address]);
            }
            let setting = place::Setting {
                manner: self.manner,
                folder: scratch.folder(&opening.name),
                database: postgres.as_ref().map(|postgres| database_of(postgres, &opening.name)),
                clock: Arc::clone(&self.clock),
                index: self.official.as_ref().map_or_else(|| cargo.url(), |(index, _)| index.clone()),
                target: self.official.as_ref().map(|(_, api)| api.clone()),
                table,
                root: tls.root(),
            };
            places.push(Place::open(opening, setting).await);
        }
        Some(World { places, wires, clock: self.clock, _cargo: cargo, said, _postgres: postgres, _scratch: scratch })
    }
}

/// What every community can judge: a line of releases older than any week, and one that is young.
fn shelf() -> Vec<Release> {
    let mut releases: Vec<Release> = (0..60).map(|minor| Release::new("mossy-lantern", &format!("1.{minor}.0"), 10)).collect();
    releases.push(Release::new("quiet-harbour", "1.0.0", 10));
    releases
}

fn database_of(postgres: &Postgres, name: &str) -> String {
    postgres.sql("postgres", &format!("create database {name}"));
    postgres.url().replace("/vetmoot", &format!("/{name}")).replace(&format!("/{name}@"), "/vetmoot@")
}

impl World {
    /// Communities with these names on SQLite.
    pub async fn of<const N: usize>(names: [&str; N]) -> Self {
        Self::build(names).start().await.expect("SQLite is always there")
    }

    /// A world in the making.
    pub fn build<const N: usize>(names: [&str; N]) -> Builder {
        Builder {
            names: names.map(str::to_owned).to_vec(),
            database: Database::Sqlite,
            manner: Manner::Names,
            hosts: BTreeMap::new(),
            official: None,
            clock: Arc::new(HandClock::at(START)),
        }
    }

    /// A community by its name.
    pub fn place(&self, name: &str) -> &Place {
        self.places.iter().find(|place| place.name == name).expect("the world was built with it")
    }

    /// The first community.
    pub fn alpha(&self) -> &Place {
        self.place("alpha")
    }

    /// The second community.
    pub fn beta(&self) -> &Place {
        self.place("beta")
    }

    /// The wire on which one community asks another.
    pub fn wire(&self, from: &str, to: &str) -> &Wire {
        self.wires.iter().find(|wire| wire.from == from && wire.to == to).expect("every two communities have one")
    }

    /// Puts every wire in a mood.
    pub fn all_wires(&self, mood: Mood) {
        for wire in &self.wires {
            wire.set(mood);
        }
    }

    /// Turns every worker of every community until nothing moves at this moment.
    pub async fn settle(&self) {
        for _ in 0..ROUNDS {
            let mut moved = 0;
            for place in &self.places {
                moved += place.step().await;
            }
            if moved == 0 {
                return;
            }
        }
        panic!("the world does not settle:\n{}", self.conversation());
    }

    /// Lets time pass in steps of six hours, settling at each.
    pub async fn pass(&self, span: &str) {
        let step: Span = "6h".parse().unwrap();
        let end = self.clock.now().millis() + span.parse::<Span>().unwrap().millis();
        while self.clock.now().millis() < end {
            self.clock.turn(step);
            self.settle().await;
        }
    }

    /// Turns the clock without letting anybody work.
    pub fn turn(&self, span: &str) {
        self.clock.turn(span.parse::<Span>().unwrap());
    }

    /// Who said what to whom so far, in order: what was posted, and what was answered.
    pub fn conversation(&self) -> String {
        wires::told(&self.said)
    }

    /// Forgets what was said so far.
    pub fn forget(&self) {
        wires::forget(&self.said);
    }

    /// Closes a community without a warning and opens it again on the same rows.
    pub async fn reopen(&mut self, name: &str) {
        let at = self.places.iter().position(|place| place.name == name).expect("the world was built with it");
        let place = self.places.remove(at);
        self.places.insert(at, place.close().await.open().await);
    }

    /// A copy of a community's rows and keys as they are now; SQLite alone.
    pub async fn copy_of(&mut self, name: &str) -> Scratch {
        let copy = Scratch::new();
        let at = self.places.iter().position(|place| place.name == name).expect("the world was built with it");
        let closed = self.places.remove(at).close().await;
        copy_files(closed.folder(), copy.path());
        self.places.insert(at, closed.open().await);
        copy
    }

    /// Puts a copy in the place of a community's rows, as if nothing had happened since.
    pub async fn goes_back(&mut self, name: &str, copy: &Scratch) {
        let at = self.places.iter().position(|place| place.name == name).expect("the world was built with it");
        let closed = self.places.remove(at).close().await;
        for file in std::fs::read_dir(closed.folder()).unwrap().flatten().filter(|file| file.path().is_file()) {
            std::fs::remove_file(file.path()).unwrap();
        }
        copy_files(copy.path(), closed.folder());
        self.places.insert(at, closed.open().await);
    }
}

/// Copies a folder with everything below it.
fn copy_files(from: &std::path::Path, to: &std::path::Path) {
    for file in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_files(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}
