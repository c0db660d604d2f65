//! A crowd: many servers on one port, each at a loopback address of its own, that follow, receive and count.

use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use openssl::base64::encode_block;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_native_tls::TlsAcceptor;
use vetmoot_domain::Timestamp;

use super::authority;

/// The type of every message.
const ACTIVITY: &str = "application/activity+json";

/// Many servers with one actor each; all end when this is dropped.
pub struct Crowd {
    port: u16,
    inner: Arc<Inner>,
    runtime: tokio::runtime::Runtime,
}

struct Inner {
    /// `http` or `https`.
    scheme: &'static str,
    port: u16,
    key: PKey<Private>,
    pem: String,
    /// How often each host got each activity.
    received: Mutex<BTreeMap<String, BTreeMap<String, u32>>>,
    messages: AtomicU64,
    last: Mutex<Instant>,
    refuses: AtomicBool,
}

fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The loopback address of one of them.
fn host(number: usize) -> Ipv4Addr {
    let byte = |value: usize| u8::try_from(value % 250 + 1).expect("a remainder of 250 fits a byte");
    Ipv4Addr::new(127, byte(number / 62_500), byte(number / 250), byte(number))
}

impl Crowd {
    /// Starts them; there are as many as one asks for.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn start() -> Self {
        Self::speaking("http", None)
    }

    /// Starts so many of them that speak https; also the certificate (PEM) of the authority they are certified by.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn start_encrypted(members: usize) -> (Self, String) {
        let (acceptor, root) = authority::acceptor((0..members).map(host));
        (Self::speaking("https", Some(acceptor)), root)
    }

    fn speaking(scheme: &'static str, acceptor: Option<TlsAcceptor>) -> Self {
        let key = Rsa::generate(2048).and_then(PKey::from_rsa).expect("openssl makes RSA keys");
        let pem = key.public_key_to_pem().expect("a key has a public half");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))).expect("there is a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let inner = Arc::new(Inner {
            scheme,
            port,
            key,
            pem: String::from_utf8_lossy(&pem).into_owned(),
            received: Mutex::default(),
            messages: AtomicU64::new(0),
            last: Mutex::new(Instant::now()),
            refuses: AtomicBool::new(false),
        });
        let serving = Arc::clone(&inner);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(welcome(stream, acceptor.clone(), Arc::clone(&serving)));
            }
        });
        Self { port, inner, runtime }
    }

    /// The origin of one of them.
    pub fn origin(&self, number: usize) -> String {
        format!("{}://{}:{}", self.inner.scheme, host(number), self.port)
    }

    /// The actor of one of them.
    pub fn actor(&self, number: usize) -> String {
        format!("{}/users/fan", self.origin(number))
    }

    /// The inbox of one of them.
    pub fn inbox(&self, number: usize) -> String {
        format!("{}/inbox", self.origin(number))
    }

    /// The document of an actor.
    pub fn document(&self, number: usize) -> Value {
        self.inner.document(&self.origin(number))
    }

    /// From now on, everything is answered with 503, or no longer.
    pub fn refuses(&self, yes: bool) {
        self.inner.refuses.store(yes, Ordering::SeqCst);
    }

    /// Messages so far, repeated ones included.
    pub fn messages(&self) -> u64 {
        self.inner.messages.load(Ordering::SeqCst)
    }

    /// When the newest message came.
    pub fn last_message(&self) -> Instant {
        *open(&self.inner.last)
    }

    /// How many of them got an activity, by its id, and how often the luckiest got it.
    pub fn reached(&self, id: &str) -> (usize, u32) {
        let received = open(&self.inner.received);
        received.get(id).map_or((0, 0), |hosts| (hosts.len(), hosts.values().copied().max().unwrap_or(0)))
    }

    /// Ids of the activities that came, each with how many hosts got it.
    pub fn ids(&self) -> Vec<(String, usize)> {
        open(&self.inner.received).iter().map(|(id, hosts)| (id.clone(), hosts.len())).collect()
    }

    /// The fields and body of a signed message from one of them (cavage, RSA).
    ///
    /// # Panics
    /// When openssl cannot sign.
    pub fn signed(&self, number: usize, url: &str, activity: &Value, at: Timestamp) -> (Vec<(&'static str, String)>, Vec<u8>) {
        let body = activity.to_string().into_bytes();
        let parsed = url::Url::parse(url).expect("an inbox is an address");
        let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
        let authority = format!("{}{port}", parsed.host_str().unwrap_or_default());
        let (date, digest) = (at.http_date(), format!("SHA-256={}", encode_block(&openssl::sha::sha256(&body))));
        let text = format!("(request-target): post {}\nhost: {authority}\ndate: {date}\ndigest: {digest}", parsed.path());
        let mut signer = Signer::new(MessageDigest::sha256(), &self.inner.key).expect("openssl signs");
        let signature = encode_block(&signer.sign_oneshot_to_vec(text.as_bytes()).expect("openssl signs"));
        let signature = format!(
            "keyId=\"{}#main-key\",algorithm=\"rsa-sha256\",headers=\"(request-target) host date digest\",signature=\"{signature}\"",
            self.actor(number)
        );
        let fields = vec![("date", date), ("digest", digest), ("signature", signature), ("content-type", ACTIVITY.to_owned())];
        (fields, body)
    }

    /// Posts signed messages over so many kept connections; the statuses, and how long each took, in microseconds.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn post_all(&self, to: SocketAddr, messages: Vec<Message>, connections: usize) -> Vec<(u16, u64)> {
        let queue = Arc::new(Mutex::new(messages.into_iter().collect::<VecDeque<_>>()));
        let sending = (0..connections).map(|from| self.runtime.spawn(post(host(from), to, Arc::clone(&queue))));
        let sending: Vec<_> = sending.collect();
        let all = sending.into_iter().map(|one| self.runtime.block_on(one).expect("a connection ends well"));
        all.flat_map(|one| one.unwrap_or_else(|error| panic!("{to}: {error}"))).collect()
    }

    /// Lets so many of them follow an actor, through its inbox.
    ///
    /// # Panics
    /// When a Follow is not taken.
    pub fn follow_all(&self, members: usize, to: SocketAddr, inbox: &str, object: &str, at: Timestamp) {
        let messages = (0..members).map(|number| {
            let (fields, body) = self.signed(number, inbox, &self.follow(number, object), at);
            Message::new(inbox, &fields, body)
        });
        let answers = self.post_all(to, messages.collect(), 50);
        let odd: Vec<_> = answers.iter().filter(|(status, _)| *status != 202).collect();
        assert!(odd.is_empty(), "{} of {members} follows were not taken: {odd:?}", odd.len());
    }

    /// A Follow from one of them.
    pub fn follow(&self, number: usize, object: &str) -> Value {
        let actor = self.actor(number);
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "type": "Follow",
            "id": format!("{}/follows/{}", self.origin(number), object.len()), "actor": actor, "object": object,
        })
    }
}

/// A message as it goes over the wire.
pub struct Message(Vec<u8>);

impl Message {
    /// Of signed fields and a body.
    pub fn new(url: &str, fields: &[(&'static str, String)], body: Vec<u8>) -> Self {
        let (authority, path) = url.trim_start_matches("http://").split_once('/').unwrap_or((url, ""));
        let fields: String = fields.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
        let head = format!("POST /{path} HTTP/1.1\r\nhost: {authority}\r\n{fields}content-length: {}\r\n\r\n", body.len());
        Self([head.into_bytes(), body].concat())
    }
}

/// One connection that posts until nothing is left; it comes from an address of its own, as another server would.
async fn post(from: Ipv4Addr, to: SocketAddr, queue: Arc<Mutex<VecDeque<Message>>>) -> std::io::Result<Vec<(u16, u64)>> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut answers = Vec::new();
    loop {
        let next = open(&queue).pop_front();
        let Some(message) = next else { return Ok(answers) };
        let begin = Instant::now();
        stream.write_all(&message.0).await?;
        let status = read_answer(&mut stream).await?;
        answers.push((status, u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX)));
    }
}

async fn read_answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<u16> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
    let mut length = 0;
    loop {
        let mut field = String::new();
        stream.read_line(&mut field).await?;
        let field = field.trim_end().to_ascii_lowercase();
        if field.is_empty() {
            break;
        }
        if let Some(value) = field.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_| std::io::ErrorKind::InvalidData)?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(status)
}

impl Inner {
    fn document(&self, origin: &str) -> Value {
        let actor = format!("{origin}/users/fan");
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "type": "Person", "id": actor, "preferredUsername": "fan", "inbox": format!("{origin}/inbox"),
            "publicKey": {"id": format!("{actor}#main-key"), "owner": actor, "publicKeyPem": self.pem},
        })
    }

    fn answer(&self, method: &str, path: &str, host: &str, body: &[u8]) -> (u16, String) {
        if self.refuses.load(Ordering::SeqCst) {
            return (503, String::new());
        }
        match (method, path.split('?').next().unwrap_or_default()) {
            ("GET", "/users/fan") => (200, self.document(&format!("{}://{host}", self.scheme)).to_string()),
            ("GET", "/.well-known/webfinger") => {
                let links = json!([{"rel": "self", "type": ACTIVITY, "href": format!("{}://{host}/users/fan", self.scheme)}]);
                (200, json!({"subject": format!("acct:fan@{host}"), "links": links}).to_string())
            }
            ("POST", "/inbox") => {
                *open(&self.last) = Instant::now();
                self.messages.fetch_add(1, Ordering::SeqCst);
                let activity: Value = serde_json::from_slice(body).unwrap_or_default();
                let id = activity.get("id").and_then(Value::as_str).unwrap_or("none").to_owned();
                *open(&self.received).entry(id).or_default().entry(host.to_owned()).or_default() += 1;
                (202, String::new())
            }
            _ => (404, String::new()),
        }
    }
}

/// One connection, encrypted where it has to be.
async fn welcome(stream: TcpStream, acceptor: Option<TlsAcceptor>, inner: Arc<Inner>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let own: SocketAddr = stream.local_addr().ok()?;
    match acceptor {
        Some(acceptor) => serve(acceptor.accept(stream).await.ok()?, own, inner).await,
        None => serve(stream, own, inner).await,
    }
}

/// One conversation, kept as long as the other side wants it.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, own: SocketAddr, inner: Arc<Inner>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let mut words = line.split(' ').map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let (mut length, mut host) = (0, format!("{}:{}", own.ip(), inner.port));
        loop {
            let mut field = String::new();
            stream.read_line(&mut field).await.ok()?;
            let field = field.trim_end();
            if field.is_empty() {
                break;
            }
            let (name, value) = field.split_once(':')?;
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "host" => value.trim().clone_into(&mut host),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let (status, text) = inner.answer(&method, &path, &host, &body);
        let head = format!("HTTP/1.1 {status} Answer\r\ncontent-type: {ACTIVITY}\r\ncontent-length: {}\r\n\r\n", text.len());
        stream.write_all(format!("{head}{text}").as_bytes()).await.ok()?;
    }
}
