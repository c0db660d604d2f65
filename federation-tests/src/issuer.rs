//! A stand-in for an issuer of identities: a discovery document, public keys, and tokens signed as a CI's would be.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use data_encoding::BASE64URL_NOPAD;
use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::{Value, json};

use crate::packages::Calendar;
use crate::upstream::server::{Reply, Request, Server};

/// Where the discovery document lies.
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
/// Where the keys lie.
pub const KEYS: &str = "/keys";
/// Where a job asks for its identity.
const JOB: &str = "/job";
/// What a job shows when it asks.
const JOB_TOKEN: &str = "made-up-of-a-job";

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// RSA with SHA-256.
    Rs256,
    /// ECDSA on P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Signing {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// Its name in a token's header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// One key of an issuer.
struct Key {
    signing: Signing,
    kid: String,
    private: PKey<Private>,
    public: Value,
}

/// A running issuer with a key of each kind.
pub struct Issuer {
    /// Its server, which counts and misbehaves.
    pub server: Server,
    state: Arc<State>,
}

/// What its server answers from.
struct State {
    keys: Vec<Key>,
    /// What it publishes: tests may change it.
    published: Mutex<Value>,
    /// What it says of the job that asks.
    job: Mutex<Value>,
    /// How many identities jobs got.
    issued: AtomicU64,
}

impl Issuer {
    /// Starts one.
    ///
    /// # Panics
    /// When no key can be made or no port can be had.
    pub fn start() -> Self {
        let keys: Vec<Key> =
            Signing::ALL.iter().map(|signing| key(*signing, signing.name()).expect("a key can be made")).collect();
        let published = Mutex::new(json!({ "keys": keys.iter().map(|key| &key.public).collect::<Vec<_>>() }));
        let state = Arc::new(State { keys, published, job: Mutex::new(Value::Null), issued: AtomicU64::new(0) });
        let site = Arc::clone(&state);
        let server = Server::start(Box::new(move |request| answer(request, &site)));
        Self { server, state }
    }

    /// What it calls itself in `iss`.
    pub fn name(&self) -> String {
        self.server.url()
    }

    /// From now on, a job that asks for an identity gets one with these claims, and with times, an id and the audience it
    /// asked for.
    pub fn employs(&self, claims: Value) {
        *open(&self.state.job) = claims;
    }

    /// The variables by which a job of the largest forge finds out where to ask.
    pub fn variables(&self) -> [(&'static str, String); 3] {
        [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}{JOB}?api-version=2.0", self.name())),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", JOB_TOKEN.to_owned()),
        ]
    }

    /// A token with these claims.
    ///
    /// # Panics
    /// Never: there is a key of each kind.
    pub fn token(&self, signing: Signing, claims: &Value) -> String {
        self.state.token(signing, claims)
    }

    /// A token with this header, signed with the RSA key whatever it says.
    ///
    /// # Panics
    /// Never: there is a key of each kind.
    pub fn token_headed(&self, header: &Value, claims: &Value) -> String {
        signed(self.state.keys.first().expect("there is a key of each kind"), header, claims)
    }

    /// The public RSA key as everybody can read it, in PEM: what a confused verifier takes for a shared secret.
    ///
    /// # Panics
    /// Never: the key was made here.
    pub fn rsa_public_pem(&self) -> Vec<u8> {
        self.state.keys.first().and_then(|key| key.private.public_key_to_pem().ok()).expect("the key was made here")
    }

    /// Changes what it publishes as its keys.
    pub fn publish(&self, change: impl FnOnce(&mut Value)) {
        change(&mut open(&self.state.published));
    }
}

impl State {
    fn token(&self, signing: Signing, claims: &Value) -> String {
        let key = self.keys.iter().find(|key| key.signing == signing).expect("there is a key of each kind");
        signed(key, &json!({ "alg": signing.name(), "typ": "JWT", "kid": key.kid }), claims)
    }

    /// An identity for the job that asks, when it is one.
    fn identity(&self, request: &Request, own: &str) -> Option<String> {
        let shown = request.header("authorization").and_then(|value| value.split_once(' '))?;
        let is_ours = shown.0.eq_ignore_ascii_case("bearer") && shown.1 == JOB_TOKEN;
        let audience =
            url::form_urlencoded::parse(request.query.as_bytes()).find(|(name, _)| name == "audience")?.1.into_owned();
        let mut claims = open(&self.job).clone();
        let said = claims.as_object_mut().filter(|_| is_ours)?;
        let now = Calendar::of_the_machine().days_ago(0).millis() / 1_000;
        let id = self.issued.fetch_add(1, Ordering::SeqCst);
        for (name, value) in [
            ("iss", own.into()),
            ("aud", audience.into()),
            ("iat", now.into()),
            ("nbf", (now - 5).into()),
            ("exp", (now + 300).into()),
            ("jti", format!("job-{id}").into()),
        ] {
            said.insert(name.to_owned(), value);
        }
        Some(self.token(Signing::Rs256, &claims))
    }
}

fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(request: &Request, state: &State) -> Reply {
    let own = format!("http://{}", request.header("host").unwrap_or_default());
    match request.path.as_str() {
        DISCOVERY => Reply::ok("application/json", json!({ "issuer": own, "jwks_uri": format!("{own}{KEYS}") }).to_string()),
        KEYS => Reply::ok("application/json", open(&state.published).to_string()),
        JOB => match state.identity(request, &own) {
            Some(identity) => Reply::ok("application/json", json!({ "count": 1, "value": identity }).to_string()),
            None => Reply::status(401, "no job of ours\n"),
        },
        _ => Reply::not_found(),
    }
}

/// Bytes as tokens write them.
pub fn base64(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn padded(number: &BigNumRef) -> Result<Vec<u8>, ErrorStack> {
    number.to_vec_padded(32)
}

fn key(signing: Signing, kid: &str) -> Result<Key, ErrorStack> {
    let (private, mut public) = match signing {
        Signing::Rs256 => {
            let rsa = Rsa::generate(2_048)?;
            let public = json!({ "kty": "RSA", "n": base64(&rsa.n().to_vec()), "e": base64(&rsa.e().to_vec()) });
            (PKey::from_rsa(rsa)?, public)
        }
        Signing::Es256 => {
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
            let ec = EcKey::generate(&group)?;
            let (mut x, mut y, mut context) = (BigNum::new()?, BigNum::new()?, BigNumContext::new()?);
            ec.public_key().affine_coordinates(&group, &mut x, &mut y, &mut context)?;
            let public = json!({ "kty": "EC", "crv": "P-256", "x": base64(&padded(&x)?), "y": base64(&padded(&y)?) });
            (PKey::from_ec_key(ec)?, public)
        }
        Signing::EdDsa => {
            let ed = PKey::generate_ed25519()?;
            let public = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64(&ed.raw_public_key()?) });
            (ed, public)
        }
    };
    if let Some(public) = public.as_object_mut() {
        public.insert("kid".to_owned(), kid.into());
        public.insert("use".to_owned(), "sig".into());
        public.insert("alg".to_owned(), signing.name().into());
    }
    Ok(Key { signing, kid: kid.to_owned(), private, public })
}

fn signed(key: &Key, header: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()));
    let signature = signature(key, text.as_bytes()).expect("a key signs");
    format!("{text}.{}", base64(&signature))
}

fn signature(key: &Key, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    match key.signing {
        Signing::EdDsa => Signer::new_without_digest(&key.private)?.sign_oneshot_to_vec(message),
        Signing::Rs256 => Signer::new(MessageDigest::sha256(), &key.private)?.sign_oneshot_to_vec(message),
        Signing::Es256 => {
            let der = Signer::new(MessageDigest::sha256(), &key.private)?.sign_oneshot_to_vec(message)?;
            let both = EcdsaSig::from_der(&der)?;
            Ok([padded(both.r())?, padded(both.s())?].concat())
        }
    }
}
