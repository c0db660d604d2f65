//! Blocking and allowing: a decision is felt at once, is told to everybody, and can be taken back.

use vetmoot_domain::{Role, State};
use vetmoot_storage::federation::{deliveries, followers};
use vetmoot_workflows::follow::{self, FollowState};
use vetmoot_workflows::moderation::{self, Mode, Verdict};
use vetmoot_workflows::peer::Freshness;
use vetmoot_workflows::{Kind, Origin};

use crate::scene::{LANTERN, Scene};
use crate::world::{World, on_both_databases};

on_both_databases! {
    a_block_ends_everything_with_a_host_and_following_again_brings_it_back,
    one_author_can_be_silenced_alone,
    an_allow_list_lets_in_only_who_stands_on_it,
    a_decision_is_told_to_everybody_with_its_reason,
    another_process_of_the_instance_notices_a_decision,
}

async fn a_block_ends_everything_with_a_host_and_following_again_brings_it_back(world: World) {
    let scene = Scene::following(world).await;
    let (ctx, far) = (&scene.ctx, &scene.far);
    scene.heard(&far.audit("ada", "a1", LANTERN, scene.now())).await;
    let actor = ctx.peers.actor(ctx, &far.group(), Freshness::Remembered).await.unwrap();
    let tx = ctx.store.begin().await.unwrap();
    followers::add(&tx, "/community", actor.id, "https://vet.example/follows/1", scene.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(deliveries::waiting_count(&ctx.store.read()).await.unwrap(), 1, "our Follow");
    let done = moderation::decide(ctx, &Origin::Operator, "Vet.Example.", Verdict::Block, "spam").await.unwrap();
    assert_eq!(
        (done.subject.as_str(), done.unfollowed, done.statements, done.followers, done.deliveries),
        ("vet.example", 1, 1, 1, 1)
    );
    assert_eq!((scene.row().await.state, scene.state(LANTERN).await), (FollowState::Ended, State::Held));
    assert_eq!(followers::count(&ctx.store.read(), "/community").await.unwrap(), 0);
    assert_eq!(deliveries::waiting_count(&ctx.store.read()).await.unwrap(), 0);
    assert!(!ctx.moderation.permits("https://sub.vet.example", None));
    let refused = follow::request(ctx, &Origin::Operator, "@community@vet.example").await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "blocked"));
    assert_eq!(scene.catch_up().await, 0);
    moderation::undo(ctx, &Origin::Operator, "vet.example", "they apologised").await.unwrap();
    assert_eq!(scene.state(LANTERN).await, State::Held, "nobody is followed by taking a block back");
    scene.follow().await;
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    let again = moderation::undo(ctx, &Origin::Operator, "vet.example", "again").await.unwrap_err();
    assert_eq!(again.code, "no-such-decision");
}

async fn one_author_can_be_silenced_alone(world: World) {
    let scene = Scene::following(world).await;
    let (ctx, far) = (&scene.ctx, &scene.far);
    scene.heard(&far.audit("eve", "e1", LANTERN, scene.now())).await;
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    let eve = far.person("eve");
    let done = moderation::decide(ctx, &Origin::Operator, &eve, Verdict::Block, "careless").await.unwrap();
    assert_eq!((done.unfollowed, done.statements), (0, 1));
    assert_eq!((scene.state(LANTERN).await, scene.row().await.state), (State::Held, FollowState::Accepted));
    // What she says meanwhile is kept, so that nothing is missing later; it only weighs nothing.
    assert_eq!(scene.heard(&far.audit("eve", "e2", LANTERN, scene.now())).await, "new");
    assert_eq!(scene.state(LANTERN).await, State::Held);
    follow::end(ctx, &Origin::Operator, "vet.example").await.unwrap();
    scene.follow().await;
    assert_eq!(scene.state(LANTERN).await, State::Held, "following again does not lift it");
    moderation::set_mode(ctx, &Origin::Operator, Mode::Open, "a try").await.unwrap();
    assert_eq!(scene.state(LANTERN).await, State::Listed, "an open instance looks at no list");
    moderation::set_mode(ctx, &Origin::Operator, Mode::BlockList, "it failed").await.unwrap();
    assert_eq!(scene.state(LANTERN).await, State::Held);
    moderation::undo(ctx, &Origin::Operator, &eve, "she learned").await.unwrap();
    assert_eq!(scene.state(LANTERN).await, State::Listed);
    assert_eq!(follow::one(ctx, "vet.example").await.unwrap().evidence, 2);
    // Of somebody never heard of before no keys are known, and none are asked for while they are blocked.
    let mal = far.person("mal");
    let said = far.audit("mal", "m1", LANTERN, scene.now());
    moderation::decide(ctx, &Origin::Operator, &mal, Verdict::Block, "careless").await.unwrap();
    far.publish(std::slice::from_ref(&said));
    assert_eq!(scene.heard(&said).await, "blocked");
    assert_eq!((scene.catch_up().await, far.asked("/users/mal")), (1, 0));
    assert_eq!(follow::one(ctx, "vet.example").await.unwrap().progress(), Some((1, 1)), "it stops nobody else");
    moderation::undo(ctx, &Origin::Operator, &mal, "a mistake").await.unwrap();
    assert_eq!(scene.catch_up().await, 1);
    assert_eq!(follow::one(ctx, "vet.example").await.unwrap().evidence, 3);
}

async fn an_allow_list_lets_in_only_who_stands_on_it(world: World) {
    let scene = Scene::following(world).await;
    let (ctx, far) = (&scene.ctx, &scene.far);
    scene.heard(&far.audit("ada", "a1", LANTERN, scene.now())).await;
    moderation::decide(ctx, &Origin::Operator, "vet.example", Verdict::Allow, "friends").await.unwrap();
    moderation::set_mode(ctx, &Origin::Operator, Mode::AllowList, "quiet").await.unwrap();
    assert_eq!((moderation::mode(ctx), scene.state(LANTERN).await), (Mode::AllowList, State::Listed));
    assert!(!ctx.moderation.permits("https://else.example", None));
    moderation::undo(ctx, &Origin::Operator, "vet.example", "no more").await.unwrap();
    assert_eq!((scene.row().await.state, scene.state(LANTERN).await), (FollowState::Ended, State::Held));
    moderation::set_mode(ctx, &Origin::Operator, Mode::Open, "all welcome").await.unwrap();
    assert!(ctx.moderation.permits("https://else.example", None));
}

async fn a_decision_is_told_to_everybody_with_its_reason(world: World) {
    let scene = Scene::new(world).await;
    let ctx = &scene.ctx;
    let ada = scene.world.member("ada", &[Role::Auditor]).await;
    let eve = scene.world.member("eve", &[Role::Steward]).await;
    let refused = moderation::decide(ctx, &ada, "bad.example", Verdict::Block, "spam").await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "stewards-only"));
    let silent = moderation::decide(ctx, &eve, "bad.example", Verdict::Block, "  ").await.unwrap_err();
    assert_eq!((silent.code, silent.field.as_deref()), ("no-reason", Some("reason")));
    let ours = moderation::decide(ctx, &eve, "our.example", Verdict::Block, "spam").await.unwrap_err();
    assert_eq!(ours.code, "not-ourselves");
    let above = moderation::decide(ctx, &eve, "example", Verdict::Block, "all of it").await.unwrap_err();
    assert_eq!(above.code, "not-ourselves", "what covers us is us");
    moderation::decide(ctx, &eve, "bad.example", Verdict::Block, "spam").await.unwrap();
    assert_eq!(moderation::set_mode(ctx, &eve, Mode::Open, "x").await.unwrap_err().code, "admins-only");
    let public = moderation::public(ctx).await.unwrap();
    assert_eq!(public.mode, Mode::BlockList);
    let shown: Vec<_> = public.decisions.iter().map(|row| (row.subject.as_str(), row.verdict, row.reason.as_str())).collect();
    assert_eq!(shown, [("bad.example", Verdict::Block, "spam")]);
    moderation::undo(ctx, &eve, "bad.example", "mended").await.unwrap();
    let public = moderation::public(ctx).await.unwrap();
    assert!(public.decisions.is_empty());
    let history: Vec<_> = public.history.iter().map(|one| (one.subject.as_str(), one.verdict.as_str())).collect();
    assert_eq!(history, [("bad.example", "undone"), ("bad.example", "block")]);
    assert_eq!(public.history[0].by.as_deref(), Some("eve"));
}

async fn another_process_of_the_instance_notices_a_decision(world: World) {
    let scene = Scene::new(world).await;
    let server = scene.reopened().await;
    moderation::decide(&scene.ctx, &Origin::Operator, "bad.example", Verdict::Block, "spam").await.unwrap();
    assert!(server.moderation.permits("https://bad.example", None));
    assert!(server.notice().await.unwrap());
    assert!(!server.moderation.permits("https://bad.example", None));
    assert!(!scene.reopened().await.moderation.permits("https://bad.example", None), "and one that starts later");
}
