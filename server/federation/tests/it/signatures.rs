//! Signatures of messages: held against an independent implementation both ways, and against every change to them.

use apx_core::crypto::common::PublicKey as ApxKey;
use apx_core::crypto::eddsa::{Ed25519SecretKey, ed25519_secret_key_from_bytes};
use apx_core::crypto::rsa::rsa_secret_key_from_pkcs1_der;
use apx_core::http_digest::ContentDigest;
use apx_core::http_signatures::create::{HttpSigner, create_http_signature_cavage, create_http_signature_rfc9421};
use apx_core::http_signatures::verify::{parse_http_signature, verify_http_signature};
use apx_core::http_types::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use data_encoding::BASE64;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private, Public};
use openssl::sha::sha256;
use openssl::sign::Signer;
use proptest::prelude::*;
use url::Url;
use vetmoot_domain::{Span, Timestamp};
use vetmoot_federation::signature::{Message, Scheme, SignatureError, read, sign};
use vetmoot_outbound::Origin;
use vetmoot_workflows::Ctx;
use vetmoot_workflows::actor::{LocalActor, http_key};

use crate::elsewhere::{Here, key};

/// A message as a server sees it.
#[derive(Clone, Debug)]
struct Seen {
    method: &'static str,
    target: String,
    origin: String,
    fields: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Seen {
    fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    fn stands(&self, key: &PKey<Public>, now: Timestamp) -> Result<String, SignatureError> {
        let origin = Origin::of(&self.origin.parse().unwrap()).unwrap();
        let body_sha256 = self.body.as_deref().map(sha256);
        let message = Message { method: self.method, target: &self.target, origin: &origin, body_sha256 };
        let fields = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let claim = read(&message, fields, now)?;
        claim.stands(key).map(|()| claim.key_id)
    }
}

fn public(key: &PKey<Private>) -> PKey<Public> {
    PKey::public_key_from_pem(&key.public_key_to_pem().unwrap()).unwrap()
}

/// A signed message of ours, as the server at `url` sees it.
async fn ours(ctx: &Ctx, scheme: Scheme, method: &'static str, url: &str, body: Option<&[u8]>) -> Seen {
    let url: Url = url.parse().unwrap();
    let fields = sign(ctx, &LocalActor::Community, scheme, method, &url, body).await.unwrap();
    let seen = Seen {
        method,
        target: url[url::Position::BeforePath..].to_owned(),
        origin: url.origin().ascii_serialization(),
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: body.map(<[u8]>::to_vec),
    };
    let host =
        url.port().map_or_else(|| url.host_str().unwrap().to_owned(), |port| format!("{}:{port}", url.host_str().unwrap()));
    let seen = seen.set("host", host);
    if body.is_some() { seen.set("content-type", "application/activity+json") } else { seen }
}

async fn our_key(ctx: &Ctx) -> (String, String) {
    let key = http_key(ctx, &LocalActor::Community).await.unwrap();
    (key.id, key.pem)
}

/// What the independent implementation takes for now: it reads the machine's clock.
fn machine_now() -> Timestamp {
    let signer = HttpSigner::new_ed25519(edwards(), "https://a.example/u#k".to_owned());
    let signed = create_http_signature_cavage(Method::GET, "https://b.example/", None, &signer).unwrap();
    Timestamp::from_http_date(&signed.date).unwrap()
}

fn edwards() -> Ed25519SecretKey {
    ed25519_secret_key_from_bytes(&[7; 32]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_here_stands_in_apx_core() {
    let here = Here::new().await;
    here.world.clock.turn(machine_now().since(here.ctx.clock.now()));
    let (key_id, pem) = our_key(&here.ctx).await;
    let body = br#"{"type":"Follow"}"#;
    for scheme in [Scheme::Cavage, Scheme::Rfc9421] {
        for (method, body) in [("post", Some(&body[..])), ("get", None)] {
            for url in ["https://social.example/users/ada/inbox", "https://social.example:8443/inbox"] {
                let seen = ours(&here.ctx, scheme, method, url, body).await;
                let mut headers = HeaderMap::new();
                for (name, value) in &seen.fields {
                    let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                    headers.append(name, HeaderValue::from_str(value).unwrap());
                }
                let method: Method = method.to_uppercase().parse().unwrap();
                let parsed = parse_http_signature(&method, &url.parse::<Uri>().unwrap(), &headers).unwrap();
                assert_eq!(parsed.key_id.to_string(), key_id);
                assert_eq!(parsed.is_rfc9421, scheme == Scheme::Rfc9421);
                let digest = body.map(ContentDigest::new);
                verify_http_signature(&parsed, &ApxKey::from_pem(&pem).unwrap(), digest).unwrap();
            }
        }
    }
}

#[test]
fn what_apx_core_signs_stands_here() {
    let rsa = rsa_secret_key_from_pkcs1_der(&key(0).rsa().unwrap().private_key_to_der().unwrap()).unwrap();
    let ed25519 = PKey::private_key_from_raw_bytes(&[7; 32], Id::ED25519).unwrap();
    let (url, body, id) =
        ("https://vet.example/inbox", br#"{"type":"Follow"}"#, "https://social.example/users/mallow#main-key");
    for (signer, key) in [
        (HttpSigner::new_rsa(rsa, id.to_owned()), public(&key(0))),
        (HttpSigner::new_ed25519(edwards(), id.to_owned()), public(&ed25519)),
    ] {
        let blank = Seen {
            method: "POST",
            target: "/inbox".to_owned(),
            origin: "https://vet.example".to_owned(),
            fields: Vec::new(),
            body: Some(body.to_vec()),
        };
        let signed = create_http_signature_cavage(Method::POST, url, Some(body), &signer).unwrap();
        let seen = blank.clone().set("host", signed.host).set("date", signed.date);
        let seen = seen.set("digest", signed.digest.unwrap()).set("signature", signed.signature);
        assert_eq!(seen.stands(&key, machine_now()).unwrap(), id);
        let signed = create_http_signature_rfc9421(Method::POST, url, Some(body), &signer).unwrap();
        let seen = blank.set("content-digest", signed.content_digest.unwrap()).set("signature", signed.signature);
        let seen = seen.set("signature-input", signed.signature_input);
        assert_eq!(seen.stands(&key, machine_now()).unwrap(), id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fields_are_those_that_mastodon_gotosocial_and_lemmy_take() {
    let here = Here::new().await;
    let seen = ours(&here.ctx, Scheme::Cavage, "post", "https://social.example/inbox?x=1", Some(b"{}")).await;
    let signature = &seen.fields.iter().find(|(name, _)| name == "signature").unwrap().1;
    let (before, _) = signature.split_once("signature=").unwrap();
    assert_eq!(
        before,
        "keyId=\"http://vet.example/community#main-key\",algorithm=\"rsa-sha256\",\
         headers=\"(request-target) content-type date digest host\","
    );
    let seen = ours(&here.ctx, Scheme::Rfc9421, "post", "https://social.example/inbox", Some(b"{}")).await;
    let input = &seen.fields.iter().find(|(name, _)| name == "signature-input").unwrap().1;
    assert_eq!(
        input,
        "sig1=(\"@method\" \"@target-uri\" \"@authority\" \"content-digest\" \"content-type\");created=1700049600;\
         keyid=\"http://vet.example/community#main-key\";alg=\"rsa-v1_5-sha256\""
    );
    let names: Vec<&str> = seen.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.iter().filter(|name| **name == "content-type").count(), 1, "the client sends it, the signature does not");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_change_to_a_signed_message_is_noticed() {
    let here = Here::new().await;
    let now = here.ctx.clock.now();
    let (_, pem) = our_key(&here.ctx).await;
    let key = PKey::public_key_from_pem(pem.as_bytes()).unwrap();
    let url = "https://social.example/users/ada/inbox?page=1";
    let mut messages = Vec::new();
    for scheme in [Scheme::Cavage, Scheme::Rfc9421] {
        let seen = ours(&here.ctx, scheme, "post", url, Some(br#"{"type":"Follow","object":"x"}"#)).await;
        seen.stands(&key, now).unwrap();
        messages.push(seen);
    }
    let change = (0_usize..2, 0_usize..64, 0_usize..2_000, 1_u8..=255);
    let run = ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest::test_runner::TestRunner::new(run)
        .run(&change, |(which, part, place, flip)| {
            let mut seen: Seen = messages[which].clone();
            // One byte of the body, of the target, or of a field that is covered or holds the signature. Neither scheme
            // covers what it takes from us instead of the message, and the older one not its own first parameters.
            let counts = |name: &str| which == 0 || !matches!(name, "date" | "host");
            let covered: Vec<usize> = (0..seen.fields.len()).filter(|field| counts(&seen.fields[*field].0)).collect();
            let before = format!("{seen:?}");
            let flipped = |text: &str, from: usize| {
                let mut bytes = text.as_bytes().to_vec();
                let place = from + place % (bytes.len() - from);
                bytes[place] = b' ' + (bytes[place] ^ flip) % 95;
                String::from_utf8(bytes).unwrap_or_default()
            };
            match part {
                0..8 => seen.body = Some(flipped(std::str::from_utf8(seen.body.as_ref().unwrap()).unwrap(), 0).into_bytes()),
                8..16 => seen.target = flipped(&seen.target, 0),
                part => {
                    let (_, value) = &mut seen.fields[covered[part % covered.len()]];
                    *value = flipped(value, value.find("headers=").unwrap_or(0));
                }
            }
            // Case and space around a host or between parameters mean nothing to either side.
            let same = format!("{seen:?}") == before;
            let stands = seen.stands(&key, now);
            prop_assert!(same || stands.is_err() || is_the_same(&seen, &messages[which]), "{seen:?}");
            Ok(())
        })
        .unwrap();
}

/// Whether two messages differ in nothing that is read.
fn is_the_same(one: &Seen, other: &Seen) -> bool {
    let plain = |seen: &Seen| {
        let mut fields: Vec<(String, String)> = seen.fields.clone();
        for (_, value) in &mut fields {
            *value = value.trim().to_owned();
        }
        (seen.target.clone(), seen.body.clone(), fields)
    };
    plain(one) == plain(other)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing that is sent makes reading it end in anything but an answer.
    #[test]
    fn nonsense_is_refused_and_nothing_worse(signature in ".{0,200}", input in ".{0,200}", date in ".{0,40}", both: bool) {
        let seen = Seen {
            method: "POST",
            target: "/inbox".to_owned(),
            origin: "https://vet.example".to_owned(),
            fields: vec![("signature".to_owned(), signature), ("date".to_owned(), date), ("host".to_owned(), "vet.example".to_owned())],
            body: Some(Vec::new()),
        };
        let seen = if both { seen.set("signature-input", input) } else { seen };
        prop_assert!(seen.stands(&public(&key(0)), Timestamp::from_millis(0)).is_err());
    }

    #[test]
    fn nonsense_in_the_right_shape_is_refused_too(created in any::<u64>(), expires in any::<u64>(), headers in "[a-z() -]{0,40}") {
        let signature = format!(
            "keyId=\"https://a.example/u#k\",created={created},expires={expires},headers=\"(request-target) host digest (created) \
             (expires) {headers}\",signature=\"AAAA\""
        );
        let body = b"{}".to_vec();
        let digest = format!("SHA-256={}", BASE64.encode(&sha256(&body)));
        let seen = Seen {
            method: "POST",
            target: "/inbox".to_owned(),
            origin: "https://vet.example".to_owned(),
            fields: vec![("signature".to_owned(), signature), ("digest".to_owned(), digest), ("host".to_owned(), "vet.example".to_owned())],
            body: Some(body),
        };
        prop_assert!(seen.stands(&public(&key(0)), Timestamp::from_millis(1_700_000_000_000)).is_err());
    }
}

/// A message signed as RFC 9421 says over these components, with these parameters.
fn signed(components: &[(&str, &str)], parameters: &str) -> Seen {
    let body = b"{}".to_vec();
    let names: Vec<String> = components.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let raw = format!("({}){parameters}", names.join(" "));
    let lines: String = components.iter().map(|(name, value)| format!("\"{name}\": {value}\n")).collect();
    let base = format!("{lines}\"@signature-params\": {raw}");
    let key = key(0);
    let signature = Signer::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(base.as_bytes()).unwrap();
    Seen {
        method: "POST",
        target: "/inbox".to_owned(),
        origin: "https://vet.example".to_owned(),
        fields: Vec::new(),
        body: Some(body),
    }
    .set("signature-input", format!("sig1={raw}"))
    .set("signature", format!("sig1=:{}:", BASE64.encode(&signature)))
    .set("content-digest", content_digest())
}

fn content_digest() -> String {
    format!("sha-256=:{}:", BASE64.encode(&sha256(b"{}")))
}

#[test]
fn rfc_9421_is_held_to_the_same_demands() {
    let now = Timestamp::from_millis(1_700_049_600_000);
    let digest = content_digest();
    let all = [("@method", "POST"), ("@target-uri", "https://vet.example/inbox"), ("content-digest", digest.as_str())];
    let usual = ";created=1700049600;keyid=\"https://a.example/u#main-key\"";
    let check = |components: &[(&str, &str)], parameters: &str, code: &str| {
        let outcome = signed(components, parameters).stands(&public(&key(0)), now);
        assert_eq!(outcome.map_or_else(|error| error.code(), |_| "stands"), code, "{components:?} {parameters}");
    };
    check(&all, usual, "stands");
    check(&all, &format!("{usual};alg=\"rsa-v1_5-sha256\";expires=1700049660;tag=\"x\";nonce=\"y\""), "stands");
    for missing in 0..all.len() {
        let mut some = all.to_vec();
        some.remove(missing);
        check(&some, usual, "not-covered");
    }
    check(&all, ";keyid=\"https://a.example/u#main-key\"", "not-covered");
    check(&all, ";created=1700049600", "signature-unreadable");
    check(&all, ";created=\"1700049600\";keyid=\"k\"", "signature-unreadable");
    check(&all, &usual.replace("1700049600", "1699990000"), "signature-expired");
    check(&all, &usual.replace("1700049600", "1700054600"), "signature-in-the-future");
    check(&all, &format!("{usual};expires=1700049599"), "signature-expired");
    for algorithm in ["rsa-pss-sha512", "hmac-sha256", "ed25519", "none"] {
        check(&all, &format!("{usual};alg=\"{algorithm}\""), "signature-algorithm");
    }
    check(&all, &format!("{usual};created=1700049600"), "signature-unreadable");
    let elsewhere = [all[0], ("@target-uri", "https://other.example/inbox"), all[2]];
    check(&elsewhere, usual, "signature-wrong");
    check(&[all[0], all[1], all[2], ("@authority", "other.example")], usual, "signature-wrong");
    check(&[all[0], all[1], all[2], ("@query-param", "x")], usual, "covered-field-absent");
    check(&[all[0], all[1], all[2], ("x-not-there", "x")], usual, "covered-field-absent");
    check(&[all[0], all[1], all[2], all[2]], usual, "signature-unreadable");
    check(&[all[0], all[1], ("content-digest\";req", digest.as_str())], usual, "signature-unreadable");
}

#[test]
fn one_signature_over_the_right_body_is_read_and_no_other() {
    let now = Timestamp::from_millis(1_700_049_600_000);
    let digest = content_digest();
    let all = [("@method", "POST"), ("@target-uri", "https://vet.example/inbox"), ("content-digest", digest.as_str())];
    let good = signed(&all, ";created=1700049600;keyid=\"https://a.example/u#main-key\"");
    let check = |seen: Seen, code: &str| {
        let outcome = seen.stands(&public(&key(0)), now);
        assert_eq!(outcome.map_or_else(|error| error.code(), |_| "stands"), code, "{seen:?}");
    };
    let field = |name: &str| good.fields.iter().find(|(known, _)| known == name).unwrap().1.clone();
    check(good.clone(), "stands");
    check(Seen { body: Some(b"{ }".to_vec()), ..good.clone() }, "digest-mismatch");
    check(good.clone().set("content-digest", "sha-512=:AAAA:"), "digest-unusable");
    check(good.clone().set("content-digest", format!("{digest}, {digest}")), "digest-unusable");
    let two = format!("{}, sig2={}", field("signature-input"), field("signature-input").trim_start_matches("sig1="));
    check(good.clone().set("signature-input", two), "signature-unreadable");
    check(good.clone().set("signature", format!("{0}, {0}", field("signature"))), "signature-unreadable");
    check(good.clone().set("signature", field("signature").replace("sig1", "sig2")), "signature-unreadable");
    check(good.clone().set("signature-input", field("signature-input").replace("sig1=", "sig1= ")), "signature-unreadable");
    let mut twice = good.clone();
    twice.fields.push(("signature".to_owned(), field("signature")));
    check(twice, "field-twice");
    check(Seen { method: "PUT", ..good }, "signature-wrong");
}

#[test]
fn a_key_that_is_too_short_or_of_a_strange_kind_does_not_verify() {
    let now = Timestamp::from_millis(1_700_049_600_000);
    let digest = content_digest();
    let all = [("@method", "POST"), ("@target-uri", "https://vet.example/inbox"), ("content-digest", digest.as_str())];
    let good = signed(&all, ";created=1700049600;keyid=\"https://a.example/u#main-key\"");
    let curve = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
    let strange = PKey::from_ec_key(openssl::ec::EcKey::generate(&curve).unwrap()).unwrap();
    assert_eq!(good.stands(&public(&strange), now), Err(SignatureError::Algorithm));
    assert_eq!(
        good.stands(&public(&key(0)), now.plus(Span::from_millis(3_600_000 + 300_000 + 1_000))),
        Err(SignatureError::Expired)
    );
}
