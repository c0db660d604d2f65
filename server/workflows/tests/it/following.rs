//! Following another community: what it is, asking, being let in, ending, and what counting it would do.

use vetmoot_domain::{Role, State};
use vetmoot_storage::federation::{activities, deliveries};
use vetmoot_workflows::follow::{self, FollowState, ImportRuleDraft};
use vetmoot_workflows::{Kind, Origin};

use crate::scene::{IMPORT, LANTERN, Scene, WITH_THEM};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_look_says_what_a_handle_is,
    asking_writes_row_activity_and_event_together,
    only_whom_we_asked_can_answer,
    a_refusal_ends_what_they_weigh,
    ending_takes_the_weight_away_at_once_and_following_again_gives_it_back,
    stewards_and_admins_follow_communities_and_nobody_else,
    the_effect_of_counting_them_is_shown_before_it_is_saved,
}

async fn a_look_says_what_a_handle_is(world: World) {
    let scene = Scene::new(world).await;
    scene.far.publish(&[scene.far.audit("ada", "a1", LANTERN, scene.now())]);
    let found = follow::look(&scene.ctx, "@community@vet.example").await.unwrap();
    assert_eq!((found.actor.kind.as_str(), found.is_group, found.permitted), ("Group", true, true));
    assert_eq!((found.origin.as_str(), found.software.as_deref()), ("https://vet.example", Some("vetmoot 0.1.0")));
    assert_eq!(found.log.as_ref().map(|log| log.url.as_str()), Some("https://vet.example/log"));
    assert_eq!((found.statements, found.posts, found.auditors), (Some(1), Some(1), Some(4)));
    assert_eq!(found.policies, ["https://vet.example/policies/ours"], "what it features elsewhere is none of its policies");
    assert!(found.following.is_none());
    let person = follow::look(&scene.ctx, "https://vet.example/users/ada").await.unwrap();
    assert_eq!((person.is_group, person.log), (false, None));
    assert!(follow::look(&scene.ctx, "https://vet.example/nobody").await.is_err());
    scene.follow().await;
    let again = follow::look(&scene.ctx, "@community@vet.example").await.unwrap();
    assert_eq!(again.following.unwrap().state, FollowState::Accepted);
}

async fn asking_writes_row_activity_and_event_together(world: World) {
    let scene = Scene::new(world).await;
    let row = follow::request(&scene.ctx, &Origin::Operator, "@community@vet.example").await.unwrap();
    assert_eq!(
        (row.state, row.source.as_str(), row.handle.as_str()),
        (FollowState::Requested, "vet.example", "community@vet.example")
    );
    assert_eq!(row.log_url.as_deref(), Some("https://vet.example/log"));
    let reads = scene.ctx.store.read();
    let sent = activities::by_uri(&reads, &row.follow_uri).await.unwrap().unwrap();
    let body: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!((body["type"].as_str(), body["object"].as_str()), (Some("Follow"), Some("https://vet.example/community")));
    assert_eq!(body["actor"].as_str(), Some("https://our.example/community"));
    assert_eq!(deliveries::waiting_count(&reads).await.unwrap(), 1);
    assert_eq!(scene.events("follow.requested.v1").await.len(), 1);
    let listed = follow::list(&scene.ctx).await.unwrap();
    assert_eq!((listed.len(), listed[0].progress()), (1, None));
}

async fn only_whom_we_asked_can_answer(world: World) {
    let scene = Scene::new(world).await;
    let ours = follow::request(&scene.ctx, &Origin::Operator, "@community@vet.example").await.unwrap();
    for (uri, actor) in [
        (ours.follow_uri.as_str(), "https://vet.example/users/eve"),
        (ours.follow_uri.as_str(), "https://other.example/community"),
        ("https://our.example/activities/00", "https://vet.example/community"),
    ] {
        assert!(!follow::accepted(&scene.ctx, uri, actor).await.unwrap(), "{uri} {actor}");
        assert!(!follow::rejected(&scene.ctx, uri, actor).await.unwrap(), "{uri} {actor}");
    }
    assert_eq!(scene.row().await.state, FollowState::Requested);
    assert!(follow::accepted(&scene.ctx, &ours.follow_uri, &scene.far.group()).await.unwrap());
    assert!(!follow::accepted(&scene.ctx, &ours.follow_uri, &scene.far.group()).await.unwrap(), "once");
    let row = scene.row().await;
    assert_eq!((row.state, row.next_check_at), (FollowState::Accepted, Some(scene.now())), "its log is due at once");
    assert_eq!(scene.events("follow.accepted.v1").await.len(), 1);
    // Asking again while it stands changes nothing.
    let again = follow::request(&scene.ctx, &Origin::Operator, "@community@vet.example").await.unwrap();
    assert_eq!((again.state, again.follow_uri), (FollowState::Accepted, ours.follow_uri));
}

async fn a_refusal_ends_what_they_weigh(world: World) {
    let scene = Scene::following(world).await;
    scene.heard(&scene.far.audit("ada", "a1", LANTERN, scene.now())).await;
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    let row = scene.row().await;
    assert!(follow::rejected(&scene.ctx, &row.follow_uri, &scene.far.group()).await.unwrap());
    assert_eq!((scene.row().await.state, scene.state(LANTERN).await), (FollowState::Rejected, State::Held));
    assert_eq!(follow::catch_up::next_due(&scene.ctx).await.unwrap(), None);
}

async fn ending_takes_the_weight_away_at_once_and_following_again_gives_it_back(world: World) {
    let scene = Scene::following(world).await;
    let far = &scene.far;
    let (kept, withdrawn) = (far.audit("ada", "a1", LANTERN, scene.now()), far.audit("ada", "a2", LANTERN, scene.now()));
    far.publish(&[kept, withdrawn, far.withdrawal("ada", "a2", scene.now())]);
    assert_eq!(scene.catch_up().await, 6);
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    let asked = far.asked("/log/statements");
    let ended = follow::end(&scene.ctx, &Origin::Operator, "@community@vet.example").await.unwrap();
    assert_eq!((ended.statements, ended.packages), (1, 1));
    assert_eq!(scene.state(LANTERN).await, State::Held);
    let event = scene.events("follow.ended.v1").await.pop().unwrap();
    assert_eq!(event.subject[2], "statements 1 packages 1");
    assert_eq!(deliveries::waiting_count(&scene.ctx.store.read()).await.unwrap(), 2, "the Follow and its Undo");
    scene.follow().await;
    assert_eq!(scene.state(LANTERN).await, State::Listed, "the moment they say yes");
    assert_eq!(scene.catch_up().await, 0);
    assert_eq!(far.asked("/log/statements"), asked, "nothing is fetched twice");
    assert_eq!(follow::one(&scene.ctx, "vet.example").await.unwrap().evidence, 1, "the withdrawn one stays withdrawn");
    assert_eq!(follow::one(&scene.ctx, "vet.example").await.unwrap().progress(), Some((3, 3)));
}

async fn stewards_and_admins_follow_communities_and_nobody_else(world: World) {
    let scene = Scene::new(world).await;
    let ada = scene.world.member("ada", &[Role::Auditor]).await;
    for refused in [
        follow::request(&scene.ctx, &ada, "@community@vet.example").await.unwrap_err(),
        follow::end(&scene.ctx, &ada, "vet.example").await.unwrap_err(),
    ] {
        assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "stewards-only"));
    }
    let eve = scene.world.member("eve", &[Role::Steward]).await;
    scene.far.audit("bo", "b1", LANTERN, scene.now());
    let person = follow::request(&scene.ctx, &eve, "@bo@vet.example").await.unwrap_err();
    assert_eq!((person.code, person.field.as_deref()), ("no-community", Some("actor")));
    assert!(follow::request(&scene.ctx, &eve, "@community@vet.example").await.is_ok());
    // The world's own context has no domain.
    let trial = follow::request(&scene.world.ctx, &Origin::Operator, "@community@vet.example").await.unwrap_err();
    assert_eq!((trial.kind, trial.code), (Kind::NotFound, "no-federation"));
}

async fn the_effect_of_counting_them_is_shown_before_it_is_saved(world: World) {
    let scene = Scene::following(world).await;
    scene.adopt(WITH_THEM).await;
    let far = &scene.far;
    let violation = serde_json::json!({"type": "Audit", "id": far.id("v1"), "kind": "violation", "release": "pkg:cargo/newborn-heron",
        "range": "<2.0.0", "criteria": ["safe-to-deploy"]});
    scene.world.index.publish("newborn-heron", "1.0.0", 90);
    assert_eq!(scene.state("pkg:cargo/newborn-heron@1.0.0").await, State::Held);
    scene.hear(&[far.audit("ada", "a1", LANTERN, scene.now()), far.signed("ada", violation, scene.now())]).await;
    assert_eq!(scene.state(LANTERN).await, State::Held);
    let slug = "ours".parse().unwrap();
    let draft = ImportRuleDraft { name: "vet.example".to_owned(), level: 2, ..ImportRuleDraft::default() };
    let shown = follow::effect(&scene.ctx, &slug, &draft).await.unwrap();
    assert_eq!((shown.becomes_listed, shown.lapses, shown.refused), (1, 0, 1));
    assert_eq!(shown.sentence(), "1 release becomes listed, none lapses, 1 is refused.");
    assert_eq!(shown.text, format!("{WITH_THEM}\n{IMPORT}"));
    assert_eq!(scene.state(LANTERN).await, State::Held, "a preview changes nothing");
    scene.adopt(&shown.text).await;
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    assert_eq!(scene.state("pkg:cargo/newborn-heron@1.0.0").await, State::Refused);
    // Now the other way: at a level too low to count, what is listed lapses.
    let low = ImportRuleDraft { level: 0, ..draft.clone() };
    let shown = follow::effect(&scene.ctx, &slug, &low).await.unwrap();
    assert_eq!((shown.becomes_listed, shown.lapses), (0, 1));
    let wrong = ImportRuleDraft { level: 9, ..draft };
    let problem = follow::effect(&scene.ctx, &slug, &wrong).await.unwrap_err();
    assert_eq!((problem.code, problem.field.as_deref()), ("policy-unreadable", Some("policy")));
}
