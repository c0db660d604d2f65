//! Posts, records, activities and conversations at their addresses.

use actix_web::http::StatusCode;
use actix_web::{App, test, web};
use serde_json::Value;
use vetmoot_workflows::Ctx;
use vetmoot_workflows::audit::withdraw;
use vetmoot_workflows::statement::erase;

use crate::pair::{RELEASE, Side, VET};
use crate::world::{World, full};

async fn get(ctx: &Ctx, path: &str) -> (StatusCode, String, Value) {
    let routes = |config: &mut web::ServiceConfig| vetmoot_federation::shared_routes(config, |_| true);
    let app = test::init_service(App::new().app_data(web::Data::new(ctx.clone())).configure(routes)).await;
    let answer = test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
    let kind = answer.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
    let status = answer.status();
    let body = test::read_body(answer).await;
    (status, kind, serde_json::from_slice(&body).unwrap_or_default())
}

async fn activity_json(ctx: &Ctx, path: &str) -> Value {
    let (status, kind, body) = get(ctx, path).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/activity+json"), "{path}: {body}");
    body
}

#[actix_web::test]
async fn what_was_said_is_what_its_address_answers() {
    let side = Side::new("vet.example").await;
    let row = side.records().await;
    side.world.turn("10s");
    let said = side.says().await;
    side.world.turn("3h");
    let create: Value = serde_json::from_str(&said[0].body).unwrap();
    let path = |address: &Value| address.as_str().unwrap().strip_prefix(VET).unwrap().to_owned();
    assert_eq!(activity_json(&side.ctx, &path(&create["id"])).await, create);
    let mut post = activity_json(&side.ctx, &path(&create["object"]["id"])).await;
    assert!(post.as_object_mut().unwrap().shift_remove("@context").is_some());
    assert_eq!(post, create["object"]);
    let record: Value = serde_json::from_str(&row.record).unwrap();
    assert_eq!(activity_json(&side.ctx, &path(&post["audit"]["id"])).await, record, "byte for byte, without a context");
    let conversation = activity_json(&side.ctx, &path(&post["context"])).await;
    assert_eq!(conversation["type"], "OrderedCollection");
    assert_eq!(conversation["id"], post["context"]);
    assert_eq!(conversation["orderedItems"], serde_json::json!([post["id"]]));
    withdraw::withdraw(&side.ctx, &side.ada, &row.id, "a mistake").await.unwrap();
    let said = side.says().await;
    let update: Value = serde_json::from_str(&said[0].body).unwrap();
    let reply: Value = serde_json::from_str(&said[1].body).unwrap();
    for shown in [&update["object"], &reply["object"]] {
        let mut post = activity_json(&side.ctx, &path(&shown["id"])).await;
        post.as_object_mut().unwrap().shift_remove("@context");
        assert_eq!(&post, shown);
    }
    let conversation = activity_json(&side.ctx, &path(&update["object"]["context"])).await;
    assert_eq!(conversation["totalItems"], 2);
    erase::erase(&side.ctx, &side.ada, &row.id).await.unwrap();
    side.says().await;
    let (status, kind, tombstone) = get(&side.ctx, &path(&post["id"])).await;
    assert_eq!((status, kind.as_str()), (StatusCode::GONE, "application/activity+json"));
    assert_eq!((&tombstone["type"], &tombstone["id"]), (&"Tombstone".into(), &post["id"]));
    let (status, _, erasure) = get(&side.ctx, &path(&post["audit"]["id"])).await;
    assert_eq!(status, StatusCode::GONE);
    assert_eq!(erasure, tombstone["erasure"]);
    assert_eq!(activity_json(&side.ctx, &path(&erasure["id"])).await, erasure);
}

#[actix_web::test]
async fn what_is_hidden_and_what_is_absent_answer_alike() {
    let side = Side::new("vet.example").await;
    side.is_followed_by("https://social.example/users/mallow", "/community").await;
    let accept = side.everything().await.pop().unwrap();
    let hidden = get(&side.ctx, accept.uri.strip_prefix(VET).unwrap()).await;
    let absent = get(&side.ctx, "/activities/00000000000000000000000000000000").await;
    assert_eq!(hidden.0, StatusCode::NOT_FOUND);
    assert_eq!(hidden, absent);
    for path in ["/audits/00000000000000000000000000000000", "/contexts/cargo.nothing/1.0.0", "/policies/none/revisions/1"] {
        assert_eq!(get(&side.ctx, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[actix_web::test]
async fn a_trial_has_nothing_at_these_addresses() {
    let world = World::sqlite().await;
    world.index.publish("mossy-lantern", "1.1.0", 90);
    let bob = world.member("bob", &[vetmoot_domain::Role::Auditor]).await;
    let row = world.record(&bob, &full(RELEASE)).await.unwrap();
    for path in
        [format!("/audits/{}", row.id), format!("/audits/{}/record", row.id), "/contexts/cargo.mossy-lantern/1.1.0".to_owned()]
    {
        let (status, kind, body) = get(&world.ctx, &path).await;
        assert_eq!((status, kind.as_str()), (StatusCode::NOT_FOUND, "application/problem+json"), "{path}");
        assert_eq!(body["code"], "no-federation");
    }
}
