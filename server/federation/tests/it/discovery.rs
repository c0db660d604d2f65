//! Who is there, as strangers find it: handles, actors, collections, and what crawlers read.

use actix_web::dev::ServiceResponse;
use actix_web::guard::GuardContext;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{App, test, web};
use serde_json::{Value, json};
use vetmoot_domain::{Adoption, Role, proof};
use vetmoot_tests::accept;
use vetmoot_workflows::limits::LOOK_UPS_PER_CLIENT_BURST;
use vetmoot_workflows::member::create;
use vetmoot_workflows::policy::adopt::{self, Adopt};
use vetmoot_workflows::{Ctx, Origin, actor};

use crate::pair::{MOSS, Side, VET};
use crate::world::{COOLDOWN, World};

/// Every actor of the instance these tests make, with its handle and kind.
const ACTORS: [(&str, &str, &str); 6] = [
    ("/community", "community", "Group"),
    ("/actor", "actor", "Application"),
    ("/users/ada", "ada", "Person"),
    ("/orgs/acme-tools", "acme-tools", "Organization"),
    ("/packages/cargo.mossy-lantern", "cargo.mossy-lantern", "Service"),
    ("/policies/cooldown", "cooldown", "Service"),
];

fn wanted(request: &GuardContext<'_>) -> bool {
    request.head().headers().get(header::ACCEPT).is_some_and(|accept| accept == "application/activity+json")
}

async fn call(ctx: &Ctx, method: Method, path: &str, accept: &str, client: &str) -> ServiceResponse {
    let routes = |config: &mut web::ServiceConfig| {
        vetmoot_federation::routes(config);
        vetmoot_federation::shared_routes(config, wanted);
    };
    let app = test::init_service(App::new().app_data(web::Data::new(ctx.clone())).configure(routes)).await;
    let request = test::TestRequest::default().method(method).uri(path).insert_header((header::ACCEPT, accept));
    test::call_service(&app, request.peer_addr(format!("{client}:1234").parse().unwrap()).to_request())
        .await
        .map_into_boxed_body()
}

async fn ask(ctx: &Ctx, path: &str) -> ServiceResponse {
    call(ctx, Method::GET, path, "application/activity+json", "192.0.2.1").await
}

fn field(answer: &ServiceResponse, name: &str) -> String {
    answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

pub async fn json_of(ctx: &Ctx, path: &str) -> Value {
    let answer = ask(ctx, path).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    serde_json::from_slice(&test::read_body(answer).await).unwrap()
}

async fn status(ctx: &Ctx, path: &str) -> StatusCode {
    ask(ctx, path).await.status()
}

async fn finger(ctx: &Ctx, resource: &str) -> Value {
    json_of(ctx, &format!("/.well-known/webfinger?resource={resource}")).await
}

/// An instance with one actor of each kind.
async fn instance() -> Side {
    let side = Side::new("vet.example").await;
    let acme = "Acme Tools".parse().unwrap();
    create::create(&side.ctx, &Origin::Operator, &"bob".parse().unwrap(), &[Role::Auditor], Some(&acme)).await.unwrap();
    let toml = adopt::from_shelf(COOLDOWN).unwrap();
    let wanted = Adopt { slug: COOLDOWN.parse().unwrap(), bytes: toml.as_bytes().to_vec(), mode: Adoption::Enforce };
    adopt::adopt(&side.ctx, &Origin::Operator, wanted).await.unwrap();
    side
}

#[actix_web::test]
async fn every_server_takes_every_actor_of_ours() {
    let side = instance().await;
    for (path, handle, kind) in ACTORS {
        let answer = ask(&side.ctx, path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(field(&answer, "content-type"), "application/activity+json", "{path}");
        assert_eq!(field(&answer, "vary"), "Accept", "{path}");
        let document: Value = serde_json::from_slice(&test::read_body(answer).await).unwrap();
        let found = finger(&side.ctx, &format!("acct:{handle}@vet.example")).await;
        assert_eq!(accept::actor_faults(&document, &found), [""; 0], "{path} {document}");
        assert_eq!((document["type"].as_str(), document["id"].as_str()), (Some(kind), Some(&*format!("{VET}{path}"))));
        assert_eq!(document["webfinger"], format!("{handle}@vet.example"));
        assert_eq!(document["manuallyApprovesFollowers"], false);
        assert_eq!(document["indexable"], kind != "Application", "{path}");
        assert!(document.get("movedTo").is_none() && document.get("alsoKnownAs").is_none(), "{path}");
        for collection in ["outbox", "followers", "following"] {
            let at = document[collection].as_str().unwrap().strip_prefix(VET).unwrap();
            let shown = json_of(&side.ctx, at).await;
            assert_eq!(
                (shown["type"].as_str(), shown["id"].as_str()),
                (Some("OrderedCollection"), document[collection].as_str())
            );
            assert!(shown["totalItems"].is_u64(), "{at}");
        }
    }
}

#[actix_web::test]
async fn keys_for_statements_stand_in_the_document_with_their_times() {
    let side = instance().await;
    let before = json_of(&side.ctx, "/users/ada").await;
    let keys = proof::actor_keys(&before);
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].until, &keys[0].id), (None, &format!("{VET}/users/ada#{}", keys[0].key)));
    side.world.turn("1d");
    actor::rotate(&side.ctx, &Origin::Operator, &"/users/ada".parse().unwrap()).await.unwrap();
    let after = json_of(&side.ctx, "/users/ada").await;
    let rotated = proof::actor_keys(&after);
    assert_eq!(rotated.len(), 2);
    assert_eq!((&rotated[0].key, rotated[0].until), (&keys[0].key, Some(side.ctx.clock.now())), "the retired one stays");
    assert_eq!(after["publicKey"]["id"], format!("{VET}/users/ada#main-key-2"));
    assert_ne!(after["publicKey"]["publicKeyPem"], before["publicKey"]["publicKeyPem"]);
    let lantern = json_of(&side.ctx, "/packages/cargo.mossy-lantern").await;
    let policy = json_of(&side.ctx, "/policies/cooldown").await;
    let key = |document: &Value| document["assertionMethod"][0]["publicKeyMultibase"].clone();
    assert_eq!(key(&lantern), key(&policy), "a package raises an alarm with the key of all services");
    assert_eq!(lantern["publicKey"]["publicKeyPem"], policy["publicKey"]["publicKeyPem"], "services share one key");
    assert_eq!(policy["publicKey"]["id"], format!("{VET}/policies/cooldown#main-key"), "under ids of their own");
}

#[actix_web::test]
async fn the_community_leads_to_its_log_and_its_policies() {
    let side = instance().await;
    let community = json_of(&side.ctx, "/community").await;
    let log = vetmoot_domain::log::announced(&community).unwrap();
    assert_eq!(log.url, format!("{VET}/log"));
    assert_eq!(log.key, vetmoot_workflows::log::vkey(&side.ctx).await.unwrap());
    assert_eq!(community["postingRestrictedToMods"], true);
    let featured = json_of(&side.ctx, "/community/featured").await;
    let notes: Vec<String> =
        side.ctx.book.all().iter().map(|one| format!("{VET}/policies/{}/revisions/{}", one.slug, one.revision)).collect();
    assert_eq!(featured["orderedItems"], json!(notes));
    assert!(!notes.is_empty());
    for note in notes {
        assert_eq!(status(&side.ctx, note.strip_prefix(VET).unwrap()).await, StatusCode::OK, "{note}");
    }
}

#[actix_web::test]
async fn texts_of_members_are_no_html() {
    let side = instance().await;
    let odd = "<b>\"R&D\"</b> f\u{fc}r '1'".parse().unwrap();
    create::create(&side.ctx, &Origin::Operator, &"eve".parse().unwrap(), &[], Some(&odd)).await.unwrap();
    let eve = json_of(&side.ctx, "/users/eve").await;
    let shown = eve["attachment"].as_array().unwrap().iter().find(|one| one["name"] == "Organisation").unwrap();
    assert_eq!(shown["value"], "&lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt; f\u{fc}r &#39;1&#39;");
    assert!(eve["summary"].as_str().unwrap().contains("This instance keeps eve&#39;s key"));
}

#[actix_web::test]
async fn webfinger_answers_as_its_specification_says() {
    let side = instance().await;
    let found = finger(&side.ctx, "acct:community@vet.example").await;
    assert_eq!(found["subject"], "acct:community@vet.example");
    assert_eq!(found["aliases"], json!([format!("{VET}/community")]));
    let link = found["links"].as_array().unwrap().iter().find(|link| link["rel"] == "self").unwrap();
    assert_eq!(
        *link,
        json!({"rel": "self", "type": "application/activity+json", "href": format!("{VET}/community"),
               "properties": {"https://www.w3.org/ns/activitystreams#type": "Group"}})
    );
    for same in [
        "acct%3Acommunity%40vet.example",
        "ACCT:Community@VET.example",
        "acct:@community@vet.example",
        "https://vet.example/community",
        "HTTPS://VET.EXAMPLE:443/community",
        "https%3A%2F%2Fvet.example%2Fcommunity",
    ] {
        assert_eq!(finger(&side.ctx, same).await, found, "{same}");
    }
    let server = finger(&side.ctx, "https://vet.example/").await;
    assert_eq!(server["links"][0]["rel"], "https://www.w3.org/ns/activitystreams#Service");
    assert_eq!(server["links"][0]["href"], format!("{VET}/actor"));
    assert_eq!(finger(&side.ctx, "https://vet.example").await, server);
    assert_eq!(finger(&side.ctx, "acct:vet.example@vet.example").await["subject"], "acct:actor@vet.example");
    let answer = ask(&side.ctx, "/.well-known/webfinger?resource=acct:ada@vet.example&rel=self").await;
    assert_eq!(field(&answer, "content-type"), "application/jrd+json");
    assert_eq!(field(&answer, "access-control-allow-origin"), "*");
    let narrow: Value = serde_json::from_slice(&test::read_body(answer).await).unwrap();
    assert_eq!(narrow["links"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn webfinger_refuses_what_is_no_question_and_does_not_know_strangers() {
    let side = instance().await;
    let ask = async |query: &str| {
        let answer = ask(&side.ctx, &format!("/.well-known/webfinger{query}")).await;
        assert_eq!(field(&answer, "access-control-allow-origin"), "*", "{query}");
        answer.status()
    };
    for bad in [
        "",
        "?",
        "?resource=",
        "?rel=self",
        "?resource=ada",
        "?resource=acct:ada",
        "?resource=acct:@",
        "?resource=acct:ada@",
        "?resource=https://",
        "?resource=acct:ada@vet.example&resource=acct:bob@vet.example",
    ] {
        assert_eq!(ask(bad).await, StatusCode::BAD_REQUEST, "{bad}");
    }
    let long = format!("?resource=acct:{}@vet.example", "a".repeat(3_000));
    assert_eq!(ask(&long).await, StatusCode::BAD_REQUEST);
    for unknown in [
        "acct:nobody@vet.example",
        "acct:ada@other.example",
        "acct:ada@vet.example.evil.example",
        "acct:a%2Fb@vet.example",
        "https://other.example/community",
        "http://vet.example/community",
        "https://vet.example:8443/community",
        "https://vet.example/community?x=1",
        "https://vet.example/users/nobody",
        "https://vet.example/audits/1",
        "mailto:ada@vet.example",
        "acct:cargo@vet.example",
        "acct:cargo.nothing-here@vet.example",
        "acct:cargo._73erde@vet.example",
        "acct:%00@vet.example",
        "acct:..@vet.example",
    ] {
        assert_eq!(ask(&format!("?resource={unknown}")).await, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[actix_web::test]
async fn strangers_cannot_mint_actors() {
    let side = instance().await;
    let asked = async |n: i64, client: &str| {
        let path = format!("/.well-known/webfinger?resource=acct:cargo.made-up-{n}@vet.example");
        call(&side.ctx, Method::GET, &path, "*/*", client).await
    };
    for n in 0..LOOK_UPS_PER_CLIENT_BURST {
        assert_eq!(asked(n, "192.0.2.9").await.status(), StatusCode::NOT_FOUND);
    }
    let spent = asked(1_000, "192.0.2.9").await;
    assert_eq!(spent.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u32 = field(&spent, "retry-after").parse().unwrap();
    assert!((1..=11).contains(&wait), "{wait}");
    let upstream = side.world.index.server.seen().len();
    let actor = call(&side.ctx, Method::GET, "/packages/cargo.made-up-1001", "application/activity+json", "192.0.2.9").await;
    assert_eq!(actor.status(), StatusCode::TOO_MANY_REQUESTS, "the actor's address costs the same");
    assert_eq!(side.world.index.server.seen().len(), upstream, "nothing is asked of the index any more");
    assert_eq!(asked(1_002, "192.0.2.10").await.status(), StatusCode::NOT_FOUND, "somebody else may still ask");
    assert_eq!(status(&side.ctx, "/packages/cargo.made-up-7/outbox").await, StatusCode::NOT_FOUND);
    let reader = side.ctx.store.read();
    let kind = vetmoot_storage::federation::service_actors::ServiceKind::Package;
    assert_eq!(vetmoot_storage::federation::service_actors::count(&reader, kind).await.unwrap(), 0);
}

#[actix_web::test]
async fn people_are_led_to_pages_and_nothing_else_is_there() {
    let side = instance().await;
    let see = async |path: &str| {
        let answer = call(&side.ctx, Method::GET, path, "text/html", "192.0.2.1").await;
        assert_eq!((answer.status(), &*field(&answer, "vary")), (StatusCode::FOUND, "Accept"), "{path}");
        field(&answer, "location")
    };
    assert_eq!(see("/actor").await, "/");
    for none in [
        "/users/nobody",
        "/users/Ada",
        "/orgs/nobody",
        "/policies/nobody",
        "/packages/cargo.nothing-here",
        "/users/ada/inbox/x",
    ] {
        assert_eq!(status(&side.ctx, none).await, StatusCode::NOT_FOUND, "{none}");
    }
    let head = call(&side.ctx, Method::HEAD, "/community", "application/activity+json", "192.0.2.1").await;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(json_of(&side.ctx, "/").await["id"], format!("{VET}/actor"), "the address of the server stands for it");
}

#[actix_web::test]
async fn crawlers_read_true_numbers() {
    let side = instance().await;
    side.records().await;
    let links = json_of(&side.ctx, "/.well-known/nodeinfo").await;
    assert_eq!(links["links"][0]["rel"], "http://nodeinfo.diaspora.software/ns/schema/2.1");
    assert_eq!(links["links"][1]["href"], format!("{VET}/actor"));
    let at = links["links"][0]["href"].as_str().unwrap().strip_prefix(VET).unwrap();
    let info = json_of(&side.ctx, at).await;
    assert_eq!((&info["version"], &info["software"]["name"]), (&json!("2.1"), &json!("vetmoot")));
    assert_eq!(info["usage"], json!({"users": {"total": 2}, "localPosts": 1}));
    assert_eq!((&info["openRegistrations"], &info["protocols"]), (&json!(false), &json!(["activitypub"])));
    let instance = json_of(&side.ctx, "/api/v1/instance").await;
    assert_eq!((&instance["uri"], &instance["stats"]["user_count"]), (&json!("vet.example"), &json!(2)));
    assert_eq!(json_of(&side.ctx, "/api/v1/instance/peers").await, json!([]));
    side.is_followed_by("https://social.example/users/mallow", "/community").await;
    assert_eq!(json_of(&side.ctx, "/api/v1/instance/peers").await, json!(["social.example"]));
    let meta = ask(&side.ctx, "/.well-known/host-meta").await;
    assert_eq!(field(&meta, "content-type"), "application/xrd+xml; charset=utf-8");
    let meta = String::from_utf8(test::read_body(meta).await.to_vec()).unwrap();
    assert!(meta.contains("template=\"https://vet.example/.well-known/webfinger?resource={uri}\""), "{meta}");
    let meta = json_of(&side.ctx, "/.well-known/host-meta.json").await;
    assert_eq!(meta["links"][0]["rel"], "lrdd");
}

#[actix_web::test]
async fn an_outbox_is_paged_by_links_that_stay() {
    let side = instance().await;
    for _ in 0..15 {
        side.records().await;
    }
    let said = side.says().await;
    let mine: Vec<String> = said.iter().filter(|row| row.actor == "/community").map(|row| row.uri.clone()).rev().collect();
    assert_eq!(mine.len(), 32, "both forms of fifteen audits and a policy");
    let outbox = json_of(&side.ctx, "/community/outbox").await;
    assert_eq!(outbox["totalItems"], 32);
    assert_eq!(outbox["orderedItems"].as_array().unwrap().len(), 20, "Lemmy reads the newest here");
    let mut found: Vec<String> = Vec::new();
    let mut next = outbox["first"].as_str().map(str::to_owned);
    let mut second = None;
    while let Some(link) = next {
        let page = json_of(&side.ctx, link.strip_prefix(VET).unwrap()).await;
        assert_eq!((page["type"].as_str(), page["id"].as_str()), (Some("OrderedCollectionPage"), Some(link.as_str())));
        assert_eq!(page["partOf"], format!("{VET}/community/outbox"));
        let items = page["orderedItems"].as_array().unwrap();
        assert!(!items.is_empty() && items.len() <= 20);
        for item in items {
            assert_eq!(accept::activity_faults(item), [""; 0]);
            found.push(item["id"].as_str().unwrap().to_owned());
        }
        next = page["next"].as_str().map(str::to_owned);
        second = second.or(next.clone());
    }
    assert_eq!(found, mine, "newest first, each once");
    let second = second.unwrap();
    let before = json_of(&side.ctx, second.strip_prefix(VET).unwrap()).await["orderedItems"].clone();
    side.records().await;
    side.says().await;
    assert_eq!(
        json_of(&side.ctx, second.strip_prefix(VET).unwrap()).await["orderedItems"],
        before,
        "a kept link means the same"
    );
    for bad in ["x", "-1", "0", "9999999999999999999999"] {
        assert_eq!(status(&side.ctx, &format!("/community/outbox?before={bad}")).await, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(json_of(&side.ctx, "/community/outbox?before=1").await["orderedItems"], json!([]));
}

#[actix_web::test]
async fn followers_are_counted_and_not_named() {
    let side = instance().await;
    side.is_followed_by("https://social.example/users/mallow", "/community").await;
    let followers = json_of(&side.ctx, "/community/followers").await;
    assert_eq!(followers["totalItems"], 1);
    assert!(!followers.to_string().contains("mallow"));
    assert_eq!(json_of(&side.ctx, "/users/ada/followers").await["totalItems"], 0);
    let (vet, _moss) = crate::receiving::following(World::sqlite().await).await;
    let following = json_of(&vet.ctx, "/community/following").await;
    assert_eq!(following["orderedItems"], json!([format!("{MOSS}/community")]), "whom the community follows is public");
    assert_eq!(json_of(&vet.ctx, "/users/ada/following").await["totalItems"], 0);
}

#[actix_web::test]
async fn every_actor_has_a_mark_of_its_own() {
    let side = instance().await;
    let mut seen = Vec::new();
    for (path, _, _) in ACTORS {
        let at = json_of(&side.ctx, path).await["icon"]["url"].as_str().unwrap().strip_prefix(VET).unwrap().to_owned();
        let answer = call(&side.ctx, Method::GET, &at, "image/*", "192.0.2.1").await;
        assert_eq!((answer.status(), &*field(&answer, "content-type")), (StatusCode::OK, "image/png"), "{at}");
        let png = test::read_body(answer).await.to_vec();
        assert_eq!(png, vetmoot_federation::objects::icon::png(&format!("{VET}{path}")), "the same for ever");
        check_png(&png);
        assert!(!seen.contains(&png), "{path}");
        seen.push(png);
    }
    for none in
        ["/actors/icon/users/Ada.png", "/actors/icon/../x.png", "/actors/icon/users/ada.gif", "/actors/icon/audits/1.png"]
    {
        assert_eq!(status(&side.ctx, none).await, StatusCode::NOT_FOUND, "{none}");
    }
}

/// Reads a PNG as its specification says: chunks with right checksums, and as many pixels as it promises.
fn check_png(png: &[u8]) {
    use std::io::Read as _;
    let mut rest = png.strip_prefix(b"\x89PNG\r\n\x1a\n").unwrap();
    let (mut names, mut data) = (Vec::new(), Vec::new());
    while !rest.is_empty() {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        let mut check = flate2::Crc::new();
        check.update(&rest[4..8 + length]);
        assert_eq!(check.sum(), u32::from_be_bytes(rest[8 + length..12 + length].try_into().unwrap()));
        names.push(String::from_utf8(rest[4..8].to_vec()).unwrap());
        if &rest[4..8] == b"IHDR" {
            assert_eq!(rest[8..16], [224_u32.to_be_bytes(), 224_u32.to_be_bytes()].concat());
        } else if &rest[4..8] == b"IDAT" {
            data.extend_from_slice(&rest[8..8 + length]);
        }
        rest = &rest[12 + length..];
    }
    assert_eq!(names, ["IHDR", "PLTE", "IDAT", "IEND"]);
    let mut raw = Vec::new();
    flate2::read::ZlibDecoder::new(data.as_slice()).read_to_end(&mut raw).unwrap();
    assert_eq!(raw.len(), 224 * (1 + 224 / 8));
    assert!(png.len() < 2_000);
}

#[actix_web::test]
async fn our_words_are_explained_to_programs_and_people() {
    let side = instance().await;
    let words = json_of(&side.ctx, "/ns").await;
    assert_eq!(words["@context"], vetmoot_federation::objects::context());
    let page = call(&side.ctx, Method::GET, "/ns", "text/html,*/*", "192.0.2.1").await;
    assert_eq!((&*field(&page, "content-type"), &*field(&page, "vary")), ("text/html; charset=utf-8", "Accept"));
    let page = String::from_utf8(test::read_body(page).await.to_vec()).unwrap();
    for term in words["terms"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("id=\"{term}\"")), "{term}");
    }
}

#[actix_web::test]
async fn a_trial_does_not_speak_with_other_servers() {
    let world = World::sqlite().await;
    world.member("ada", &[Role::Auditor]).await;
    for path in [
        "/",
        "/community",
        "/actor",
        "/users/ada",
        "/users/ada/outbox",
        "/community/followers",
        "/.well-known/nodeinfo",
        "/.well-known/webfinger?resource=acct:ada@trial.example",
        "/.well-known/host-meta",
        "/.well-known/host-meta.json",
        "/nodeinfo/2.1",
        "/api/v1/instance",
        "/api/v1/instance/peers",
        "/actors/icon/users/ada.png",
    ] {
        let answer = ask(&world.ctx, path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(field(&answer, "content-type"), "application/problem+json", "{path}");
        let body: Value = serde_json::from_slice(&test::read_body(answer).await).unwrap();
        assert_eq!(body["code"], "no-federation", "{path}");
    }
}

/// Members that ActivityStreams 2.0, ActivityPub and the security vocabulary define.
const STANDARD: &str = "@context id type actor object target to cc audience attributedTo published updated deleted content \
    contentMap summary name url href rel mediaType tag attachment icon image context inReplyTo formerType totalItems \
    orderedItems first next partOf preferredUsername inbox outbox followers following endpoints sharedInbox generator publicKey \
    owner publicKeyPem created";

#[actix_web::test]
async fn every_member_of_what_we_say_has_a_meaning() {
    let side = instance().await;
    let row = side.records().await;
    side.world.turn("1h");
    vetmoot_workflows::audit::withdraw::withdraw(&side.ctx, &side.ada, &row.id, "a mistake").await.unwrap();
    let mut documents: Vec<Value> = side.says().await.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    for (path, _, _) in ACTORS {
        documents.push(json_of(&side.ctx, path).await);
        documents.push(json_of(&side.ctx, &format!("{path}/outbox?page=true")).await);
    }
    assert!(documents.len() > 15);
    let context = vetmoot_federation::objects::context();
    let inline = context.as_array().unwrap().last().unwrap().as_object().unwrap();
    let known = |member: &str| {
        STANDARD.split_whitespace().any(|word| word == member)
            || inline.contains_key(member)
            || member.split_once(':').is_some_and(|(prefix, _)| inline.contains_key(prefix))
    };
    let mut unknown = std::collections::BTreeSet::new();
    for document in &documents {
        assert_eq!(document["@context"], context, "one context for all: {}", document["id"]);
        members(document, &mut |member| {
            if !known(member) {
                unknown.insert(member.to_owned());
            }
        });
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}

fn members(value: &Value, look: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                look(name);
                // The keys of a map by language are languages, and those of a context are what this is compared with.
                if !matches!(name.as_str(), "contentMap" | "@context") {
                    members(inner, look);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, look)),
        _ => {}
    }
}
