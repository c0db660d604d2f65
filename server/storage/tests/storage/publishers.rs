//! Tokens that were given for a program's identity: what they are for, and when that ends.

use std::collections::BTreeMap;

use vetmoot_domain::{Home, Role};
use vetmoot_storage::submission::projects::{self, NewProject};
use vetmoot_storage::submission::publishers::{self, NewPublisher};
use vetmoot_storage::{packages, tokens};

use crate::world::{World, day, member, on_both_databases, package};

on_both_databases! {
    a_token_of_a_program_is_for_the_projects_that_trust_it,
    a_programs_token_outlives_one_of_its_publishers,
    tokens_of_before_keep_their_project,
}

const LAMP: &str = "pkg:cargo/demo-lamp";
const MOTH: &str = "pkg:cargo/demo-moth";

/// Two projects, each with a publisher: ada named the lamp's, bob the moth's.
struct Ground {
    ada: i64,
    bob: i64,
    projects: [i64; 2],
    publishers: [i64; 2],
}

impl Ground {
    async fn new(world: &World) -> Self {
        world
            .write(async |tx| {
                let (ada, bob) = (member(tx, "ada", &[Role::Auditor]).await.id, member(tx, "bob", &[]).await.id);
                let (mut projects, mut publishers) = ([0; 2], [0; 2]);
                for (at, purl, added_by) in [(0, LAMP, ada), (1, MOTH, bob)] {
                    let package_id = packages::ensure(tx, &package(purl), day(0)).await.unwrap().id;
                    let new = NewProject { package_id, home: Home::Official, opened_by: Some(ada), opened_at: day(0) };
                    projects[at] = projects::insert(tx, &new).await.unwrap();
                    let claims = BTreeMap::from([("repository".to_owned(), "moot/lamp".to_owned())]);
                    let issuer = "https://ci.example".to_owned();
                    let new = NewPublisher { project_id: projects[at], issuer, claims, added_by };
                    publishers[at] = publishers::add(tx, &new, day(1)).await.unwrap();
                }
                Self { ada, bob, projects, publishers }
            })
            .await
    }

    /// A token of ada's; one of a program when publishers are named.
    async fn token(&self, world: &World, hash: u8, publishers: &[i64]) -> i64 {
        let new = tokens::NewToken {
            user_id: self.ada,
            hash: [hash; 32],
            scopes: vec!["publish".to_owned()],
            project: Some(LAMP.to_owned()),
            expires_at: day(9),
        };
        world
            .write(async |tx| {
                let token = tokens::create(tx, &new, day(1)).await.unwrap();
                publishers::token_made(tx, token, publishers, "repo:x").await.unwrap();
                token
            })
            .await
    }

    async fn remove(&self, world: &World, at: usize) {
        let (project, publisher) = (self.projects[at], self.publishers[at]);
        assert!(world.write(async |tx| publishers::remove(tx, project, publisher, day(2)).await.unwrap()).await);
    }
}

/// What a program's token is for, with who answers there; nothing for a member's.
async fn grants(world: &World, token: i64) -> Option<Vec<(String, i64)>> {
    let program = tokens::program(&world.store.read(), token).await.unwrap()?;
    assert_eq!(program.subject, "repo:x");
    Some(program.grants.into_iter().map(|grant| (grant.package.to_string(), grant.user_id)).collect())
}

async fn lives(world: &World, hash: u8) -> bool {
    tokens::by_hash(&world.store.read(), &[hash; 32], day(2)).await.unwrap().is_some()
}

async fn a_token_of_a_program_is_for_the_projects_that_trust_it(world: World) {
    let ground = Ground::new(&world).await;
    let [lamp, moth] = ground.publishers;
    let plain = ground.token(&world, 1, &[]).await;
    let one = ground.token(&world, 2, &[lamp]).await;
    let both = ground.token(&world, 3, &[lamp, moth]).await;
    assert_eq!(grants(&world, plain).await, None);
    assert_eq!(grants(&world, one).await, Some(vec![(LAMP.to_owned(), ground.ada)]));
    assert_eq!(grants(&world, both).await, Some(vec![(LAMP.to_owned(), ground.ada), (MOTH.to_owned(), ground.bob)]));
    let listed = tokens::list(&world.store.read(), ground.ada).await.unwrap();
    assert_eq!(listed.iter().map(|row| row.packages).collect::<Vec<_>>(), [2, 1, 0]);
    // Who is not trusted, or no longer, adds nothing.
    ground.remove(&world, 1).await;
    let tx = world.store.begin().await.unwrap();
    assert_eq!(publishers::token_made(&tx, plain, &[99, moth, lamp], "repo:x").await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(grants(&world, plain).await, Some(vec![(LAMP.to_owned(), ground.ada)]));
}

async fn a_programs_token_outlives_one_of_its_publishers(world: World) {
    let ground = Ground::new(&world).await;
    let [lamp, moth] = ground.publishers;
    ground.token(&world, 1, &[]).await;
    let one = ground.token(&world, 2, &[lamp]).await;
    let both = ground.token(&world, 3, &[lamp, moth]).await;
    ground.remove(&world, 0).await;
    assert_eq!((grants(&world, one).await, lives(&world, 2).await), (Some(Vec::new()), false));
    assert_eq!((grants(&world, both).await, lives(&world, 3).await), (Some(vec![(MOTH.to_owned(), ground.bob)]), true));
    ground.remove(&world, 1).await;
    assert_eq!((grants(&world, both).await, lives(&world, 3).await), (Some(Vec::new()), false));
    assert!(lives(&world, 1).await, "a member's token ends with no publisher");
}

async fn tokens_of_before_keep_their_project(world: World) {
    let ground = Ground::new(&world).await;
    let token = ground.token(&world, 1, &[ground.publishers[0]]).await;
    // As an instance of the version before left it.
    world.behind_its_back("DROP TABLE token_projects").await;
    world.behind_its_back("DELETE FROM seaql_migrations WHERE version = 'm0005_token_projects'").await;
    let store = vetmoot_storage::Store::open(&world.config).await.unwrap();
    assert_eq!(store.applied_migrations(), 1);
    assert_eq!(grants(&world, token).await, Some(vec![(LAMP.to_owned(), ground.ada)]));
}
