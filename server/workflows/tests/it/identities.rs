//! A CI's identity in place of a token: whose counts, for what, and how often.

use std::collections::BTreeMap;

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Value, json};
use vetmoot_domain::{Ecosystem, Package, ProjectRole, Role};
use vetmoot_storage::events;
use vetmoot_tests::issuer::{DISCOVERY, Issuer, KEYS, Signing, base64};
use vetmoot_tests::upstream::server::Mischief;
use vetmoot_workflows::member::token::{self, Scope};
use vetmoot_workflows::submission::hand_in;
use vetmoot_workflows::submission::oidc::{self, Minted, Wanted};
use vetmoot_workflows::submission::project;
use vetmoot_workflows::{Ctx, Kind, Origin, Problem};

use crate::world::{COOLDOWN, START, Setup, World, on_both_databases};

on_both_databases! {
    an_identity_of_a_trusted_publisher_gets_a_token_for_its_project_alone,
    every_claim_has_to_fit_exactly,
    an_identity_counts_once_and_in_its_time,
    what_is_not_signed_by_its_issuer_is_nothing,
    an_issuer_that_is_down_lies_or_redirects_lends_no_keys,
    an_issuer_is_asked_rarely_and_its_new_keys_are_found,
    leads_name_publishers_and_nobody_else,
    a_publisher_that_is_removed_hands_nothing_in,
    a_token_is_given_back,
}

const DEMO: &str = "pkg:cargo/demo-lamp";

/// A community that believes an issuer, with a project whose publisher is one repository.
pub struct Yard {
    pub world: World,
    pub ctx: Ctx,
    pub issuer: Issuer,
    pub cleo: Origin,
    pub ada: Origin,
}

impl Yard {
    /// A project that cleo leads and ada maintains, its publisher the repository `moot/lamp`.
    pub async fn new(world: World) -> Self {
        let issuer = Issuer::start();
        let setup = Setup {
            domain: Some("moot.example:8443"),
            issuers: vec![issuer.name()],
            reserved: vec!["cargo:demo-*"],
            ..Setup::default()
        };
        world.shelf(COOLDOWN).await;
        let ctx = world.another(&setup).await;
        let cleo = world.member("cleo", &[Role::Member]).await;
        let ada = world.member("ada", &[Role::Member]).await;
        let yard = Self { world, ctx, issuer, cleo, ada };
        yard.open(DEMO).await;
        yard.trust(DEMO, &[("repository", "moot/lamp"), ("environment", "release")]).await.unwrap();
        yard
    }

    /// A project that cleo leads and ada maintains.
    pub async fn open(&self, purl: &str) {
        project::open(&self.ctx, &Origin::Operator, &package(purl)).await.unwrap();
        for (name, role) in [("cleo", ProjectRole::Lead), ("ada", ProjectRole::Maintainer)] {
            project::appoint(&self.ctx, &Origin::Operator, &package(purl), &name.parse().unwrap(), role).await.unwrap();
        }
    }

    async fn trust(&self, purl: &str, claims: &[(&str, &str)]) -> Result<i64, Problem> {
        self.trusted_by(&self.cleo, purl, claims).await
    }

    /// Names a publisher of a project; gives its number.
    pub async fn trusted_by(&self, lead: &Origin, purl: &str, claims: &[(&str, &str)]) -> Result<i64, Problem> {
        let row = oidc::add(&self.ctx, lead, &package(purl), &self.issuer.name(), map(claims)).await?;
        Ok(row.id)
    }

    /// What the issuer says of the job, each time with another id.
    pub fn claims(&self, id: &str) -> Value {
        let now = self.ctx.clock.now().millis() / 1_000;
        json!({
            "iss": self.issuer.name(), "aud": "moot.example:8443", "sub": "repo:moot/lamp:environment:release",
            "repository": "moot/lamp", "environment": "release", "run_attempt": 1,
            "workflow_ref": "moot/lamp/.github/workflows/release.yml@refs/tags/v1",
            "iat": now - 5, "nbf": now - 5, "exp": now + 300, "jti": id,
        })
    }

    /// Exchanges an identity at cargo's door.
    pub async fn mint(&self, token: &str) -> Result<Minted, Problem> {
        oidc::mint(&self.ctx, token, Wanted { package: None, ecosystem: Ecosystem::Cargo }).await
    }

    /// The code of what becomes of an identity whose claims were changed.
    async fn with(&self, id: &str, change: impl FnOnce(&mut Value)) -> &'static str {
        let mut claims = self.claims(id);
        change(&mut claims);
        code(self.mint(&self.issuer.token(Signing::Es256, &claims)).await)
    }
}

pub fn package(purl: &str) -> Package {
    purl.parse().unwrap()
}

fn map(claims: &[(&str, &str)]) -> BTreeMap<String, String> {
    claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub fn code(minted: Result<Minted, Problem>) -> &'static str {
    minted.map_or_else(|problem| problem.code, |_| "minted")
}

async fn an_identity_of_a_trusted_publisher_gets_a_token_for_its_project_alone(world: World) {
    let yard = Yard::new(world).await;
    yard.open("pkg:cargo/demo-moth").await;
    for signing in Signing::ALL {
        let minted = yard.mint(&yard.issuer.token(signing, &yard.claims(signing.name()))).await.unwrap();
        assert_eq!(minted.packages, [package(DEMO)]);
        assert_eq!(minted.expires_at, START.plus("15m".parse().unwrap()));
        let uploader = hand_in::uploader(&yard.ctx, &minted.token).await.unwrap();
        assert_eq!(uploader.name.as_str(), "cleo", "who named the publisher answers for it");
        let program = "moot/lamp (moot/lamp/.github/workflows/release.yml@refs/tags/v1)";
        assert_eq!(uploader.program.as_deref(), Some(program));
        hand_in::permit(&yard.ctx, &uploader, &package(DEMO)).await.unwrap();
        let other = hand_in::permit(&yard.ctx, &uploader, &package("pkg:cargo/demo-moth")).await.unwrap_err();
        assert_eq!((other.kind, other.code), (Kind::Forbidden, "other-project"));
        // It hands files in, and does nothing else in her name.
        assert_eq!(token::member(&yard.ctx, &minted.token, Scope::Publish).await.unwrap_err().code, "other-project");
        assert_eq!(token::member_for(&yard.ctx, &minted.token, &package(DEMO)).await.unwrap_err().code, "program-token");
        assert_eq!(token::member(&yard.ctx, &minted.token, Scope::Admin).await.unwrap_err().code, "scope-missing");
    }
    // After its quarter of an hour it is nothing.
    let minted = yard.mint(&yard.issuer.token(Signing::EdDsa, &yard.claims("late"))).await.unwrap();
    yard.world.turn("16m");
    assert_eq!(hand_in::uploader(&yard.ctx, &minted.token).await.unwrap_err().code, "bad-token");
    // No event names the token or the identity.
    let told = events::after(&yard.ctx.store.read(), 0, 1_000).await.unwrap();
    let told: Vec<String> = told.into_iter().map(|row| row.subject.join(" ")).collect();
    assert!(told.contains(&"cleo publisher:1".to_owned()), "{told:?}");
    assert!(!told.iter().any(|text| text.contains(&minted.token[..8]) || text.contains("moot/lamp")), "{told:?}");
}

async fn every_claim_has_to_fit_exactly(world: World) {
    let yard = Yard::new(world).await;
    for (id, name, value) in [
        ("a", "repository", json!("moot/lamps")),
        ("b", "repository", json!("Moot/lamp")),
        ("c", "repository", json!(["moot/lamp"])),
        ("d", "repository", Value::Null),
        ("e", "environment", json!("test")),
        ("f", "environment", json!("release ")),
    ] {
        assert_eq!(yard.with(id, |claims| claims[name] = value.clone()).await, "untrusted-publisher", "{name} {value}");
    }
    for (id, aud) in
        [("g", json!("elsewhere.example")), ("h", json!(["x", "y"])), ("i", Value::Null), ("j", json!("moot.example:8443/"))]
    {
        assert_eq!(yard.with(id, |claims| claims["aud"] = aud.clone()).await, "identity-audience", "{aud}");
    }
    for (id, aud) in [
        ("k", json!(["x", "moot.example:8443"])),
        ("l", json!("npm:moot.example")),
        ("m", json!("moot.example:8443/publish/cargo")),
        ("n", json!("https://moot.example:8443")),
    ] {
        assert_eq!(yard.with(id, |claims| claims["aud"] = aud.clone()).await, "minted", "{aud}");
    }
    // Its project is a crate: at npm's door it is of no use, nor for another package.
    let token = yard.issuer.token(Signing::Rs256, &yard.claims("o"));
    let npm = oidc::mint(&yard.ctx, &token, Wanted { package: None, ecosystem: Ecosystem::Npm }).await;
    assert_eq!(code(npm), "untrusted-publisher");
    let moth = package("pkg:cargo/demo-moth");
    let other = oidc::mint(&yard.ctx, &token, Wanted { package: Some(&moth), ecosystem: Ecosystem::Cargo }).await;
    assert_eq!(code(other), "untrusted-publisher");
    // Numbers are compared as JSON writes them.
    yard.trust(DEMO, &[("repository", "moot/other"), ("run_attempt", "1")]).await.unwrap();
    assert_eq!(yard.with("p", |claims| claims["repository"] = "moot/other".into()).await, "minted");
}

async fn an_identity_counts_once_and_in_its_time(world: World) {
    let yard = Yard::new(world).await;
    let token = yard.issuer.token(Signing::Rs256, &yard.claims("one"));
    assert_eq!(code(yard.mint(&token).await), "minted");
    assert_eq!(code(yard.mint(&token).await), "identity-used");
    // The same id in another token is the same identity; without an id the token itself is.
    assert_eq!(yard.with("one", |_| ()).await, "identity-used");
    let mut claims = yard.claims("");
    claims.as_object_mut().unwrap().remove("jti");
    let nameless = yard.issuer.token(Signing::EdDsa, &claims);
    assert_eq!(code(yard.mint(&nameless).await), "minted");
    assert_eq!(code(yard.mint(&nameless).await), "identity-used");
    // Of two at once one is taken.
    let token = yard.issuer.token(Signing::Rs256, &yard.claims("race"));
    let (first, second) = tokio::join!(yard.mint(&token), yard.mint(&token));
    let mut codes = [code(first), code(second)];
    codes.sort_unstable();
    assert_eq!(codes, ["identity-used", "minted"]);

    let now = START.millis() / 1_000;
    for (id, name, seconds, expected) in [
        ("a", "exp", now - 61, "identity-expired"),
        ("b", "exp", now - 59, "minted"),
        ("c", "nbf", now + 61, "identity-not-yet"),
        ("d", "iat", now + 61, "identity-not-yet"),
        ("e", "iat", now + 59, "minted"),
        ("f", "exp", now + 90_000, "identity-times"),
        ("g", "exp", i64::MAX, "identity-times"),
        ("h", "exp", -1, "identity-times"),
    ] {
        assert_eq!(yard.with(id, |claims| claims[name] = seconds.into()).await, expected, "{name} {seconds}");
    }
    for name in ["exp", "iat"] {
        let drop = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove(name));
        assert_eq!(yard.with(name, drop).await, "identity-times", "{name}");
    }
    // What was used stays used until it has ended by itself.
    let token = yard.issuer.token(Signing::Rs256, &yard.claims("long"));
    assert_eq!(code(yard.mint(&token).await), "minted");
    yard.world.turn("359s");
    assert_eq!(code(yard.mint(&token).await), "identity-used");
    yard.world.turn("2s");
    assert_eq!(code(yard.mint(&token).await), "identity-expired");
}

async fn what_is_not_signed_by_its_issuer_is_nothing(world: World) {
    let yard = Yard::new(world).await;
    let claims = yard.claims("x");
    let good = yard.issuer.token(Signing::Rs256, &claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let unsigned =
        |header: Value| format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()));

    let none = unsigned(json!({ "alg": "none" }));
    for token in [format!("{none}."), format!("{none}.{signature}")] {
        assert_eq!(code(yard.mint(&token).await), "identity-algorithm");
    }
    // The public key taken for a shared secret.
    let hs = unsigned(json!({ "alg": "HS256", "kid": "RS256" }));
    let secret = PKey::hmac(&yard.issuer.rsa_public_pem()).unwrap();
    let mac = Signer::new(MessageDigest::sha256(), &secret).unwrap().sign_oneshot_to_vec(hs.as_bytes()).unwrap();
    assert_eq!(code(yard.mint(&format!("{hs}.{}", base64(&mac))).await), "identity-algorithm");

    // Somebody else's keys under the same names.
    let stranger = Issuer::start();
    assert_eq!(code(yard.mint(&stranger.token(Signing::Rs256, &claims)).await), "identity-signature");
    let mut own = claims.clone();
    own["iss"] = stranger.name().into();
    assert_eq!(code(yard.mint(&stranger.token(Signing::Rs256, &own)).await), "unknown-issuer");
    assert_eq!(stranger.server.count(DISCOVERY), 0, "nobody who is not configured is asked");

    // A header that names another key or another algorithm than signed it.
    for (header, expected) in [
        (json!({ "alg": "RS256", "kid": "nobody" }), "unknown-key"),
        (json!({ "alg": "RS256" }), "unknown-key"),
        (json!({ "alg": "RS256", "kid": "ES256" }), "identity-signature"),
        (json!({ "alg": "ES256", "kid": "RS256" }), "identity-signature"),
        (json!({ "alg": "RS256", "kid": "RS256", "crit": ["b64"], "b64": false }), "identity-algorithm"),
        (json!({ "alg": "RS256", "kid": "RS256", "jwk": { "kty": "oct" }, "jku": stranger.name() }), "minted"),
    ] {
        assert_eq!(code(yard.mint(&yard.issuer.token_headed(&header, &claims)).await), expected, "{header}");
    }
    // Other claims under the same signature; and what is no token at all.
    let other = unsigned(json!({ "alg": "RS256", "kid": "RS256", "typ": "JWT" }));
    assert_eq!(code(yard.mint(&format!("{other}x.{signature}")).await), "identity-unreadable");
    let mut more = claims.clone();
    more["environment"] = "other".into();
    let changed = format!("{}.{}.{signature}", signed.split_once('.').unwrap().0, base64(more.to_string().as_bytes()));
    assert_eq!(code(yard.mint(&changed).await), "identity-signature");
    for token in ["", ".", "..", "a.b.c", &format!("{signed}.%%%"), &"x".repeat(20_000), &format!("{good}.more")] {
        assert_eq!(code(yard.mint(token).await), "identity-unreadable", "{:.30}", token);
    }
}

async fn an_issuer_that_is_down_lies_or_redirects_lends_no_keys(world: World) {
    let yard = Yard::new(world).await;
    let stranger = Issuer::start();
    let token = yard.issuer.token(Signing::Rs256, &yard.claims("x"));
    for (path, mischief) in [
        (DISCOVERY, Mischief::Status(500)),
        (DISCOVERY, Mischief::Redirect(format!("{}{DISCOVERY}", stranger.name()))),
        (KEYS, Mischief::Redirect(format!("{}{KEYS}", stranger.name()))),
        (KEYS, Mischief::OtherBytes(vec![b' '; 300 << 10])),
        (
            DISCOVERY,
            Mischief::OtherBytes(
                json!({ "issuer": stranger.name(), "jwks_uri": "http://127.0.0.1/" }).to_string().into_bytes(),
            ),
        ),
        (
            DISCOVERY,
            // Plain http to a host that nobody configured.
            Mischief::OtherBytes(
                json!({ "issuer": yard.issuer.name(), "jwks_uri": format!("{}{KEYS}", stranger.name()) })
                    .to_string()
                    .into_bytes(),
            ),
        ),
    ] {
        yard.issuer.server.misbehave(path, mischief.clone());
        let problem = yard.mint(&token).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::Upstream, "issuer-silent"), "{mischief:?}");
        // Asked again only after a while.
        let asked = yard.issuer.server.count(DISCOVERY);
        assert_eq!(code(yard.mint(&token).await), "issuer-silent");
        assert_eq!(yard.issuer.server.count(DISCOVERY), asked, "{mischief:?}");
        yard.issuer.server.behave();
        yard.world.turn("31s");
    }
    assert_eq!(stranger.server.count(KEYS) + stranger.server.count(DISCOVERY), 0);
    assert_eq!(code(yard.mint(&yard.issuer.token(Signing::Rs256, &yard.claims("y"))).await), "minted");
}

async fn an_issuer_is_asked_rarely_and_its_new_keys_are_found(world: World) {
    let yard = Yard::new(world).await;
    let all = std::cell::RefCell::new(Value::Null);
    // The Ed25519 key comes later.
    yard.issuer.publish(|set| {
        all.replace(set.clone());
        set["keys"].as_array_mut().unwrap().pop();
    });
    for id in ["1", "2", "3"] {
        assert_eq!(code(yard.mint(&yard.issuer.token(Signing::Rs256, &yard.claims(id))).await), "minted");
    }
    assert_eq!(yard.issuer.server.count(KEYS), 1);
    let new = yard.issuer.token(Signing::EdDsa, &yard.claims("new"));
    assert_eq!(code(yard.mint(&new).await), "unknown-key");
    yard.issuer.publish(|set| *set = all.take());
    assert_eq!(code(yard.mint(&new).await), "unknown-key", "an unknown key costs no question a moment after the last");
    assert_eq!(yard.issuer.server.count(KEYS), 1);
    yard.world.turn("31s");
    assert_eq!(code(yard.mint(&new).await), "minted");
    assert_eq!(yard.issuer.server.count(KEYS), 2);
    // While it is down its keys count for a day.
    yard.issuer.server.misbehave(DISCOVERY, Mischief::Status(503));
    yard.world.turn("23h");
    assert_eq!(code(yard.mint(&yard.issuer.token(Signing::Rs256, &yard.claims("4"))).await), "minted");
    yard.world.turn("2h");
    assert_eq!(code(yard.mint(&yard.issuer.token(Signing::Rs256, &yard.claims("5"))).await), "issuer-silent");
    yard.issuer.server.behave();
    yard.world.turn("31s");
    assert_eq!(code(yard.mint(&yard.issuer.token(Signing::Rs256, &yard.claims("6"))).await), "minted");
}

async fn leads_name_publishers_and_nobody_else(world: World) {
    let yard = Yard::new(world).await;
    let demo = package(DEMO);
    let add = |who: Origin, issuer: String, claims: Vec<(&'static str, String)>| {
        let claims = claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let (ctx, demo) = (yard.ctx.clone(), demo.clone());
        async move { oidc::add(&ctx, &who, &demo, &issuer, claims).await.map_or_else(|problem| problem.code, |_| "added") }
    };
    let (ours, repository) = (yard.issuer.name(), || vec![("repository", "moot/b".to_owned())]);
    assert_eq!(add(yard.ada.clone(), ours.clone(), repository()).await, "leads-only");
    assert_eq!(add(Origin::Operator, ours.clone(), repository()).await, "member-only");
    assert_eq!(add(yard.cleo.clone(), "https://elsewhere.example".to_owned(), repository()).await, "unknown-issuer");
    for (claims, expected) in [
        (vec![], "claims-too-wide"),
        (vec![("ref", "refs/heads/main".to_owned())], "claims-too-wide"),
        (vec![("repository", String::new())], "bad-claim"),
        (vec![("repository", "x".repeat(501))], "bad-claim"),
        (vec![("repository", "a\nb".to_owned())], "bad-claim"),
        (vec![("repository", "a".to_owned()), ("aud", "b".to_owned())], "claim-not-named"),
    ] {
        assert_eq!(add(yard.cleo.clone(), ours.clone(), claims).await, expected);
    }
    assert_eq!(add(yard.cleo.clone(), format!("{ours}/"), repository()).await, "added");
    assert_eq!(add(yard.cleo.clone(), ours.clone(), repository()).await, "publisher-exists");
    let steward = yard.world.member("sten", &[Role::Steward]).await;
    assert_eq!(add(steward, ours.clone(), vec![("sub", "repo:x".to_owned())]).await, "added");
    let rows = oidc::list(&yard.ctx, &demo).await.unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.added_by_name.as_str()).collect();
    assert_eq!(names, ["cleo", "cleo", "sten"]);
    assert_eq!(oidc::remove(&yard.ctx, &yard.ada, &demo, rows[0].id).await.unwrap_err().code, "leads-only");
    assert_eq!(oidc::remove(&yard.ctx, &yard.cleo, &demo, 999).await.unwrap_err().code, "unknown-publisher");
}

async fn a_publisher_that_is_removed_hands_nothing_in(world: World) {
    let yard = Yard::new(world).await;
    let minted = yard.mint(&yard.issuer.token(Signing::Rs256, &yard.claims("x"))).await.unwrap();
    let rows = oidc::list(&yard.ctx, &package(DEMO)).await.unwrap();
    oidc::remove(&yard.ctx, &yard.cleo, &package(DEMO), rows[0].id).await.unwrap();
    assert_eq!(hand_in::uploader(&yard.ctx, &minted.token).await.unwrap_err().code, "bad-token");
    assert_eq!(yard.with("y", |_| ()).await, "untrusted-publisher");
    assert!(oidc::list(&yard.ctx, &package(DEMO)).await.unwrap().is_empty());
}

async fn a_token_is_given_back(world: World) {
    let yard = Yard::new(world).await;
    let minted = yard.mint(&yard.issuer.token(Signing::Rs256, &yard.claims("x"))).await.unwrap();
    oidc::give_back(&yard.ctx, &minted.token).await.unwrap();
    assert_eq!(hand_in::uploader(&yard.ctx, &minted.token).await.unwrap_err().code, "bad-token");
    assert_eq!(oidc::give_back(&yard.ctx, &minted.token).await.unwrap_err().code, "bad-token");
    let Origin::Member { name, .. } = &yard.cleo else { panic!() };
    let own = token::create(&yard.ctx, &yard.cleo, name, &[Scope::Publish], None, None).await.unwrap();
    assert_eq!(oidc::give_back(&yard.ctx, &own).await.unwrap_err().code, "not-minted");
}
