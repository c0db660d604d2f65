//! A small HTTP server that counts what it is asked and can be told to misbehave.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::limits;

/// A request, read to its end.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// The query, without `?`.
    pub query: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// One header, or nothing.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers beside the length.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// 200 with a type and bytes.
    pub fn ok(kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: vec![("content-type".to_owned(), kind.to_owned())], body: body.into() }
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::status(404, "not found\n")
    }

    /// No answer at all: the connection ends.
    pub fn hang_up() -> Self {
        Self { status: 0, headers: Vec::new(), body: Vec::new() }
    }

    /// A status with a few words.
    pub fn status(status: u16, words: &str) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), "text/plain".to_owned())], body: words.as_bytes().to_vec() }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a tag made from the body, when wanted.
    #[must_use]
    pub fn tagged(self, wanted: bool) -> Self {
        if !wanted {
            return self;
        }
        let tag = super::sha256(&self.body);
        self.header("etag", &format!("\"{}\"", tag.get(..16).unwrap_or_default()))
    }

    fn tag(&self) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == "etag").map(|(_, value)| value.as_str())
    }
}

/// How an answer goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mischief {
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// Nothing more comes after so many bytes of the body; the connection stays open.
    Stall(usize),
    /// `Content-Length` promises so many bytes more than come.
    PromiseMore(usize),
    /// No `Content-Length`, and the body ends so many bytes early.
    EndEarly(usize),
    /// These bytes instead of the right ones.
    OtherBytes(Vec<u8>),
    /// This status, with no help.
    Status(u16),
    /// A redirect to this address.
    Redirect(String),
}

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// The status that was answered.
    pub status: u16,
    /// Headers of the request, names in lower case.
    pub headers: BTreeMap<String, String>,
}

/// What answers.
pub type Site = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

/// A running server; it stops when dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    site: Site,
    seen: Mutex<Vec<Seen>>,
    mischief: Mutex<Vec<(String, Mischief)>>,
    down: AtomicBool,
    stopped: AtomicBool,
}

fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Starts a server on a free loopback port.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn start(site: Site) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("the loopback interface has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            site,
            seen: Mutex::default(),
            mischief: Mutex::default(),
            down: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        });
        let state = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if state.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&state);
                thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { address, shared }
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far, in the order of the answers.
    pub fn seen(&self) -> Vec<Seen> {
        open(&self.shared.seen).clone()
    }

    /// How many requests a path got so far.
    pub fn count(&self, path: &str) -> usize {
        open(&self.shared.seen).iter().filter(|seen| seen.path == path).count()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        open(&self.shared.seen).clear();
    }

    /// From now on, answers for paths that begin so go wrong in this way.
    pub fn misbehave(&self, path: &str, how: Mischief) {
        open(&self.shared.mischief).push((path.to_owned(), how));
    }

    /// From now on, everything goes well again.
    pub fn behave(&self) {
        open(&self.shared.mischief).clear();
        self.shared.down.store(false, Ordering::SeqCst);
    }

    /// From now on, every connection ends at once.
    pub fn go_down(&self) {
        self.shared.down.store(true, Ordering::SeqCst);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.url())
    }
}

fn serve(stream: &TcpStream, shared: &Shared) {
    let _ = stream.set_read_timeout(Some(limits::IDLE));
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        if shared.down.load(Ordering::SeqCst) || shared.stopped.load(Ordering::SeqCst) {
            break;
        }
        let mischief =
            open(&shared.mischief).iter().rev().find(|(path, _)| request.path.starts_with(path)).map(|(_, how)| how.clone());
        let reply = spoiled(conditional(&request, (shared.site)(&request)), mischief.as_ref());
        let seen = Seen {
            method: request.method.clone(),
            path: request.path.clone(),
            status: reply.status,
            headers: request.headers.clone(),
        };
        open(&shared.seen).push(seen);
        if reply.status == 0 || !send(stream, &request, &reply, mischief.as_ref()) {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn conditional(request: &Request, reply: Reply) -> Reply {
    let is_known = reply.status == 200
        && reply.tag().is_some_and(|tag| request.header("if-none-match").is_some_and(|known| known.contains(tag)));
    if !is_known {
        return reply;
    }
    Reply { status: 304, body: Vec::new(), ..reply }
}

fn spoiled(reply: Reply, mischief: Option<&Mischief>) -> Reply {
    match mischief {
        Some(Mischief::OtherBytes(bytes)) => Reply { body: bytes.clone(), ..reply },
        Some(Mischief::Status(status)) => Reply::status(*status, "out of order\n"),
        Some(Mischief::Redirect(to)) => Reply::status(302, "elsewhere\n").header("location", to),
        _ => reply,
    }
}

/// Sends an answer; tells whether the connection may go on.
fn send(mut stream: &TcpStream, request: &Request, reply: &Reply, mischief: Option<&Mischief>) -> bool {
    let whole = reply.body.len();
    let (bytes, promised) = match mischief {
        Some(Mischief::Cut(after) | Mischief::Stall(after)) => ((*after).min(whole), Some(whole)),
        Some(Mischief::PromiseMore(more)) => (whole, Some(whole + more)),
        Some(Mischief::EndEarly(less)) => (whole.saturating_sub(*less), None),
        _ => (whole, Some(whole)),
    };
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, phrase(reply.status));
    for (name, value) in &reply.headers {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    }
    match promised {
        Some(length) if reply.status != 304 => head.extend(["content-length: ", &length.to_string(), "\r\n\r\n"]),
        Some(_) => head.push_str("\r\n"),
        None => head.push_str("connection: close\r\n\r\n"),
    }
    let body = if request.method == "HEAD" { &[] } else { reply.body.get(..bytes).unwrap_or_default() };
    if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).and_then(|()| stream.flush()).is_err() {
        return false;
    }
    if matches!(mischief, Some(Mischief::Stall(_))) {
        // Until the other side gives up.
        let _ = stream.read(&mut [0]);
    }
    promised == Some(bytes) && request.header("connection") != Some("close")
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut size = 0;
    let mut line = || {
        let mut text = String::new();
        let read = reader.read_line(&mut text).ok().filter(|read| *read > 0)?;
        size += read;
        (size <= limits::REQUEST_HEAD).then(|| text.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let text = line()?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body).ok()?;
    Some(Request { method, path, query, headers, body })
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        304 => "Not Modified",
        404 => "Not Found",
        _ => "Answer",
    }
}
