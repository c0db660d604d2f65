//! Detached signatures: by the community's key, over files that were handed in and over answers about own packages.

use bytes::Bytes;
use data_encoding::BASE64;
use openssl::pkey::{Id, PKey};
use openssl::sign::Verifier;
use vetmoot_domain::CandidateState;
use vetmoot_domain::proof::Multikey;
use vetmoot_keys::Purpose;
use vetmoot_workflows::actor::{LocalActor, keys_of};
use vetmoot_workflows::submission::{Candidate, FileRow, candidate, sign};
use vetmoot_workflows::{Ctx, Kind};

use crate::staged::{DEMO, Stage, package};
use crate::world::{Setup, World, on_both_databases};

on_both_databases!(
    a_released_file_has_a_signature_that_the_communitys_key_verifies,
    what_is_not_released_is_not_signed,
    after_a_change_of_keys_old_signatures_stand_and_new_ones_are_made,
    an_answer_is_signed_once_for_its_content_and_path,
    nothing_is_signed_for_others_or_on_a_trial,
);

const DOMAIN: &str = "moot.example";

/// The same instance once it has a domain.
async fn with_domain(stage: &Stage) -> Ctx {
    let setup = Setup { domain: Some(DOMAIN), reserved: vec!["cargo:demo-*"], ..Setup::default() };
    stage.world.another(&setup).await
}

/// Whether the key of this id, as the community's actor shows it, signed the text.
async fn verifies(ctx: &Ctx, id: &str, text: &str, signature: &str) -> bool {
    let shown = keys_of(ctx, &LocalActor::Community).await.unwrap().statements;
    let key = shown.iter().find(|shown| format!("https://{DOMAIN}/community#{}", shown.key) == id).unwrap();
    signed_by(&key.key, text, signature)
}

fn signed_by(key: &Multikey, text: &str, signature: &str) -> bool {
    let public = PKey::public_key_from_raw_bytes(&key.to_bytes(), Id::ED25519).unwrap();
    let signature = BASE64.decode(signature.as_bytes()).unwrap();
    Verifier::new_without_digest(&public).unwrap().verify_oneshot(&signature, text.as_bytes()).unwrap()
}

/// The signed text of a file's signature, the key's id, and the signature.
fn parts(document: &str) -> (String, String, String) {
    let (text, line) = document.split_once("\n\n").unwrap();
    let (id, signature) = line.trim_end().split_once(' ').unwrap();
    (format!("{text}\n"), id.to_owned(), signature.to_owned())
}

async fn what_is_not_released_is_not_signed(world: World) {
    use CandidateState::{Approved, Draft, Failed, InReview, Releasing, Staged};
    let stage = Stage::new(world).await;
    let ctx = with_domain(&stage).await;
    // A maintainer who hands something in and takes it back keeps no word of the community for it.
    for (at, state) in [Draft, Staged, InReview, Approved, Releasing, Failed].into_iter().enumerate() {
        let version = format!("1.{at}.0");
        stage.standing(&version, state).await;
        let of_it = |one: &Candidate, _: &FileRow| one.row.version.as_str() == version;
        let problem = sign::artifact(&ctx, &package(DEMO), of_it).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::NotFound, "not-released"), "{state}");
        assert!(problem.text.contains("signed when it is released") && problem.text.contains(state.as_str()), "{problem}");
    }
    stage.standing("2.0.0", CandidateState::Released).await;
    let document = sign::artifact(&ctx, &package(DEMO), |_, _| true).await.unwrap();
    assert!(parts(&document).0.contains("@2.0.0"), "the released one is found behind the others: {document}");
}

async fn a_released_file_has_a_signature_that_the_communitys_key_verifies(world: World) {
    let stage = Stage::new(world).await;
    let id = stage.standing("1.0.0", CandidateState::Released).await;
    let file = candidate::show(&stage.ctx, &id).await.unwrap().files.remove(0);
    let (sha256, size) = (hex::encode(file.digests.sha256.unwrap()), file.size);
    let ctx = with_domain(&stage).await;
    let document = sign::artifact(&ctx, &package(DEMO), |_, _| true).await.unwrap();
    let (text, id, signature) = parts(&document);
    let expected = format!("vetmoot-artifact-v1\n{DEMO}@1.0.0\nsha256:{sha256}\nsize:{size}\ncreated:{}\n", ctx.clock.now());
    assert_eq!(text, expected);
    assert!(verifies(&ctx, &id, &text, &signature).await);
    assert!(!verifies(&ctx, &id, &text.replace("demo", "dem0"), &signature).await);
    stage.world.turn("1h");
    assert_eq!(sign::artifact(&ctx, &package(DEMO), |_, _| true).await.unwrap(), document, "it is made once");
    assert_eq!(sign::artifact(&ctx, &package(DEMO), |_, _| false).await.unwrap_err().code, "unknown-file");
}

async fn after_a_change_of_keys_old_signatures_stand_and_new_ones_are_made(world: World) {
    let stage = Stage::new(world).await;
    stage.standing("1.0.0", CandidateState::Released).await;
    let ctx = with_domain(&stage).await;
    let document = sign::artifact(&ctx, &package(DEMO), |_, _| true).await.unwrap();
    stage.world.turn("1d");
    ctx.keys.rotate(&LocalActor::Community.key_owner(), Purpose::Statement, ctx.clock.now()).unwrap();
    stage.world.turn("1h");
    let again = sign::artifact(&ctx, &package(DEMO), |_, _| true).await.unwrap();
    let ((text, old, signature), (new_text, new, new_signature)) = (parts(&document), parts(&again));
    assert_ne!(old, new);
    assert!(verifies(&ctx, &old, &text, &signature).await);
    assert!(verifies(&ctx, &new, &new_text, &new_signature).await);
    let shown = keys_of(&ctx, &LocalActor::Community).await.unwrap().statements;
    let time = |text: &str| text.split("created:").nth(1).unwrap().trim().parse::<vetmoot_domain::Timestamp>().unwrap();
    let within = |text: &str, at: usize| {
        let key = &shown[at];
        key.from <= time(text) && key.until.is_none_or(|until| time(text) <= until)
    };
    assert!(within(&text, 0) && within(&new_text, 1) && !within(&new_text, 0) && !within(&text, 1));
}

async fn an_answer_is_signed_once_for_its_content_and_path(world: World) {
    let stage = Stage::new(world).await;
    let ctx = with_domain(&stage).await;
    let body = Bytes::from_static(b"{\"name\":\"demo-lamp\"}\n");
    let signed =
        sign::answer(&ctx, &package(DEMO), "\"tag\"", "/cargo/cooldown/de/mo/demo-lamp", &body).await.unwrap().unwrap();
    assert_eq!(signed.content_digest, "sha-256=:8tPtifvCnIDhhbbzZIYKfZLIVpSp2yMsNS4lOVoveRI=:");
    let params = signed.input.strip_prefix("vetmoot=").unwrap();
    let seconds = ctx.clock.now().millis() / 1_000;
    let id = params.split('"').nth(7).unwrap();
    assert_eq!(
        params,
        format!("(\"@status\" \"content-digest\" \"@path\";req);created={seconds};keyid=\"{id}\";alg=\"ed25519\"")
    );
    let base = format!(
        "\"@status\": 200\n\"content-digest\": {}\n\"@path\";req: /cargo/cooldown/de/mo/demo-lamp\n\"@signature-params\": {params}",
        signed.content_digest
    );
    let signature = signed.signature.strip_prefix("vetmoot=:").unwrap().strip_suffix(':').unwrap();
    assert!(verifies(&ctx, id, &base, signature).await);
    stage.world.turn("1h");
    let again = async |tag: &str, path: &str| sign::answer(&ctx, &package(DEMO), tag, path, &body).await.unwrap().unwrap();
    assert_eq!(again("\"tag\"", "/cargo/cooldown/de/mo/demo-lamp").await, signed);
    assert_ne!(again("\"tag\"", "/cargo/other/de/mo/demo-lamp").await.signature, signed.signature);
    assert_ne!(again("\"other\"", "/cargo/cooldown/de/mo/demo-lamp").await.signature, signed.signature);
}

async fn nothing_is_signed_for_others_or_on_a_trial(world: World) {
    let stage = Stage::new(world).await;
    stage.standing("1.0.0", CandidateState::Released).await;
    let body = Bytes::from_static(b"{}");
    assert_eq!(sign::artifact(&stage.ctx, &package(DEMO), |_, _| true).await.unwrap_err().code, "no-signatures-on-a-trial");
    assert_eq!(sign::answer(&stage.ctx, &package(DEMO), "t", "/", &body).await.unwrap(), None);
    let ctx = with_domain(&stage).await;
    assert_eq!(sign::answer(&ctx, &package("pkg:cargo/serde"), "t", "/", &body).await.unwrap(), None);
    assert!(sign::answer(&ctx, &package(DEMO), "t", "/", &body).await.unwrap().is_some());
}
