//! Signatures and proofs against apx, over the wire and in both directions.

use apx_core::crypto::common::PublicKey;
use apx_core::crypto::eddsa::{
    ed25519_public_key_from_multikey, ed25519_public_key_from_secret_key, ed25519_public_key_to_multikey, generate_ed25519_key,
};
use apx_core::crypto::rsa::{deserialize_rsa_public_key, generate_rsa_key, rsa_public_key_to_pkcs8_pem};
use apx_core::http_digest::ContentDigest;
use apx_core::http_signatures::create::{HttpSigner, create_http_signature_cavage, create_http_signature_rfc9421};
use apx_core::http_signatures::verify::{parse_http_signature, verify_http_signature};
use apx_core::http_types::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use apx_core::json_signatures::verify::{get_json_signature, verify_eddsa_json_signature};
use serde_json::{Value, json};
use vetmoot_tests::fediverse::stranger::{ACTIVITY, Posted, Stranger};
use vetmoot_tests::http::{Answer, Ask};

use super::world::{Manner, World, blocking};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Cavage,
    MessageRsa,
    MessageEd25519,
}

/// A stranger whose actor is signed for by apx.
struct Peer {
    stranger: Stranger,
    signer: HttpSigner,
    form: Form,
}

impl Peer {
    fn start(form: Form) -> Self {
        let stranger = Stranger::on_loopback();
        let mut person = stranger.person("fern");
        let id = stranger.url("/users/fern");
        let signer = if form == Form::MessageEd25519 {
            let key = generate_ed25519_key();
            let multikey = ed25519_public_key_to_multikey(&ed25519_public_key_from_secret_key(&key));
            let key_id = format!("{id}#ed25519-key");
            let listed = json!([{"id": key_id, "type": "Multikey", "controller": id, "publicKeyMultibase": multikey}]);
            person.as_object_mut().unwrap().insert("assertionMethod".to_owned(), listed);
            HttpSigner::new_ed25519(key, key_id)
        } else {
            let key = generate_rsa_key().unwrap();
            let pem = rsa_public_key_to_pkcs8_pem(&key.clone().into()).unwrap();
            *person.pointer_mut("/publicKey/publicKeyPem").unwrap() = json!(pem);
            HttpSigner::new_rsa(key, format!("{id}#main-key"))
        };
        stranger.shows("/users/fern", person);
        Self { stranger, signer, form }
    }

    /// Posts an activity, signed by apx in this peer's form.
    fn post(&self, url: &str, activity: &Value) -> Answer {
        let body = activity.to_string().into_bytes();
        let mut ask = Ask::new("POST", url).header("content-type", ACTIVITY);
        if self.form == Form::Cavage {
            let made = create_http_signature_cavage(Method::POST, url, Some(&body), &self.signer).unwrap();
            ask = ask.header("date", &made.date).header("digest", &made.digest.unwrap()).header("signature", &made.signature);
        } else {
            let made = create_http_signature_rfc9421(Method::POST, url, Some(&body), &self.signer).unwrap();
            ask = ask.header("content-digest", &made.content_digest.unwrap());
            ask = ask.header("signature", &made.signature).header("signature-input", &made.signature_input);
        }
        ask.body(body).answer()
    }
}

/// Whether apx believes what was posted, under the key our actor shows; also whether it is an RFC 9421 signature.
async fn believed(world: &World, posted: &Posted) -> bool {
    let (headers, body) = (&posted.headers, posted.activity());
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let uri: Uri = format!("http://{}{}", headers.get("host").unwrap(), posted.path).parse().unwrap();
    let signature = parse_http_signature(&Method::POST, &uri, &map).unwrap_or_else(|error| panic!("{error}: {headers:?}"));
    let actor = body.get("actor").and_then(Value::as_str).unwrap();
    assert!(signature.key_id.to_string().starts_with(actor), "{}", signature.key_id);
    let path = actor.strip_prefix(&world.alpha().url("")).unwrap();
    let document = world.alpha().object(path).await;
    let pem = document.pointer("/publicKey/publicKeyPem").and_then(Value::as_str).unwrap();
    let key = PublicKey::Rsa(deserialize_rsa_public_key(pem).unwrap());
    let digest = ContentDigest::new(&posted.bytes);
    verify_http_signature(&signature, &key, Some(digest)).unwrap_or_else(|error| panic!("{error}: {headers:?}"));
    signature.is_rfc9421
}

async fn both_ways(form: Form) {
    let peer = Peer::start(form);
    let world = World::build(["alpha"]).in_manner(Manner::Loopback).start().await.unwrap();
    let alpha = world.alpha();
    alpha.adopts("balanced").await;
    peer.stranger.wants_message_signatures(form != Form::Cavage);
    let community = alpha.url("/community");
    let follow = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "type": "Follow", "id": peer.stranger.url("/follows/1"),
        "actor": peer.stranger.url("/users/fern"), "object": community,
    });
    let inbox = alpha.url("/inbox");
    let answer = blocking(|| peer.post(&inbox, &follow));
    assert_eq!(answer.status, 202, "{form:?}: {}", answer.text());
    world.settle().await;
    let posted = peer.stranger.posted();
    let accept = posted.iter().find(|posted| posted.activity().get("type") == Some(&json!("Accept")));
    let accept = accept.unwrap_or_else(|| panic!("{form:?}: no Accept came: {posted:?}"));
    assert_eq!(believed(&world, accept).await, form != Form::Cavage, "{form:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cavage_signatures_of_apx_are_believed_and_it_believes_ours() {
    both_ways(Form::Cavage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn message_signatures_of_apx_are_believed_and_it_believes_ours() {
    both_ways(Form::MessageRsa).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ed25519_message_signatures_of_apx_are_believed() {
    both_ways(Form::MessageEd25519).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apx_believes_the_proof_of_every_record_under_the_key_its_author_shows() {
    let world = World::build(["alpha"]).in_manner(Manner::Loopback).start().await.unwrap();
    let alpha = world.alpha();
    alpha.adopts("balanced").await;
    let ada = alpha.auditor("ada").await;
    let audit = ada.records("pkg:cargo/mossy-lantern@1.0.0", "safe-to-deploy").await;
    ada.withdraws(&audit, "I read the wrong archive").await;
    world.settle().await;
    for path in [
        format!("/audits/{}/record", audit.id),
        format!("/audits/{}/withdrawal/record", audit.id),
        "/policies/balanced/revisions/1/record".to_owned(),
    ] {
        let record = alpha.object(&path).await;
        let parts = get_json_signature(&record).unwrap_or_else(|error| panic!("{path}: {error}: {record}"));
        let author = record.get("attributedTo").and_then(Value::as_str).unwrap();
        let actor = alpha.object(author.strip_prefix(&alpha.url("")).unwrap()).await;
        let method = record.pointer("/proof/verificationMethod").unwrap();
        let keys = actor.get("assertionMethod").and_then(Value::as_array).unwrap();
        let key = keys.iter().find(|key| key.get("id") == Some(method)).unwrap_or_else(|| panic!("{method} is not in {actor}"));
        let key = ed25519_public_key_from_multikey(key.get("publicKeyMultibase").and_then(Value::as_str).unwrap()).unwrap();
        verify_eddsa_json_signature(&key, &parts.object, &parts.proof_config, &parts.signature).unwrap();
    }
}
