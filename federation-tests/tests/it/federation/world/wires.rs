//! Wires between communities: real HTTP through a small relay that can be cut, disturbed and listened to.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use vetmoot_tests::limits;
use vetmoot_tests::upstream::server::{Reply, Request, Server};

/// How a wire treats what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Everything passes.
    Open,
    /// Every connection ends at once.
    Cut,
    /// Messages arrive, and the sender is told that they did not.
    Mute,
    /// Every message arrives twice.
    Doubled,
    /// Messages are kept until they are released; the sender is told that they did not arrive.
    Late,
    /// Of every two messages the second arrives first; the sender of the first is told that it did not arrive.
    Shuffled,
    /// One byte of every message and answer is another.
    Corrupt,
}

/// Everything that was said on all wires of a world.
pub type Said = Arc<Mutex<Vec<String>>>;

/// The way on which one community asks another.
pub struct Wire {
    /// Who asks.
    pub from: String,
    /// Who answers.
    pub to: String,
    server: Server,
    line: Arc<Line>,
}

struct Line {
    name: String,
    target: SocketAddr,
    mood: Mutex<Mood>,
    kept: Mutex<Vec<Request>>,
    passed: AtomicUsize,
    said: Said,
}

fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wire {
    /// A wire that ends where `to` listens.
    pub fn between(from: &str, to: &str, target: SocketAddr, said: Said) -> Self {
        let line = Arc::new(Line {
            name: format!("{from} -> {to}"),
            target,
            mood: Mutex::new(Mood::Open),
            kept: Mutex::default(),
            passed: AtomicUsize::new(0),
            said,
        });
        let relay = Arc::clone(&line);
        let server = Server::start(Box::new(move |request| relay.pass(request)));
        Self { from: from.to_owned(), to: to.to_owned(), server, line }
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.server.url().trim_start_matches("http://").parse().expect("a server knows its address")
    }

    /// Puts it in a mood.
    pub fn set(&self, mood: Mood) {
        *open(&self.line.mood) = mood;
        self.server.behave();
        if mood == Mood::Cut {
            self.server.go_down();
        }
    }

    /// Lets arrive what was kept, the newest first; tells how many.
    pub fn release(&self) -> usize {
        let kept: Vec<Request> = open(&self.line.kept).drain(..).collect();
        for request in kept.iter().rev() {
            self.line.deliver(request, "late ");
        }
        kept.len()
    }

    /// How many requests passed so far, of every kind.
    pub fn passed(&self) -> usize {
        self.line.passed.load(Ordering::SeqCst)
    }
}

impl Line {
    fn pass(&self, request: &Request) -> Reply {
        let mood = *open(&self.mood);
        let is_message = request.method == "POST";
        let lost = || Reply::status(504, "lost on the way\n");
        match mood {
            Mood::Open | Mood::Cut => self.deliver(request, ""),
            Mood::Mute if is_message => {
                self.deliver(request, "unanswered ");
                lost()
            }
            Mood::Doubled if is_message => {
                self.deliver(request, "first ");
                self.deliver(request, "again ")
            }
            Mood::Late if is_message => {
                open(&self.kept).push(request.clone());
                lost()
            }
            Mood::Shuffled if is_message => {
                let earlier = open(&self.kept).pop();
                if let Some(earlier) = earlier {
                    let reply = self.deliver(request, "");
                    self.deliver(&earlier, "late ");
                    return reply;
                }
                open(&self.kept).push(request.clone());
                lost()
            }
            Mood::Corrupt => {
                let mut request = request.clone();
                corrupt(&mut request.body);
                let mut reply = self.deliver(&request, "corrupt ");
                corrupt(&mut reply.body);
                reply
            }
            Mood::Mute | Mood::Doubled | Mood::Late | Mood::Shuffled => self.deliver(request, ""),
        }
    }

    fn deliver(&self, request: &Request, how: &str) -> Reply {
        self.passed.fetch_add(1, Ordering::SeqCst);
        let reply = forward(request, self.target).unwrap_or_else(|| Reply::status(502, "nobody answers\n"));
        if request.method == "POST" {
            let line = format!("{}  {how}{}  {}", self.name, summary(&request.body), reply.status);
            open(&self.said).push(line);
        }
        reply
    }
}

/// What was said, one line each.
pub fn told(said: &Said) -> String {
    open(said).join("\n")
}

/// Forgets it.
pub fn forget(said: &Said) {
    open(said).clear();
}

/// An activity in a few words: its type, those of what it carries, and whose path said it.
fn summary(body: &[u8]) -> String {
    let Ok(activity) = serde_json::from_slice::<Value>(body) else { return "something unreadable".to_owned() };
    let mut words = Vec::new();
    let mut level = &activity;
    while let Some(kind) = level.get("type").and_then(Value::as_str) {
        words.push(kind.to_owned());
        match level.get("object") {
            Some(inner @ Value::Object(_)) => level = inner,
            _ => break,
        }
    }
    let actor = activity.get("actor").and_then(Value::as_str).unwrap_or_default();
    let path = url::Url::parse(actor).map(|url| url.path().to_owned()).unwrap_or_default();
    format!("{path} {}", words.join(" of "))
}

fn corrupt(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 0x01;
    }
}

/// Sends a request on as it came, `Host` included, and reads the answer to its end.
fn forward(request: &Request, target: SocketAddr) -> Option<Reply> {
    let mut stream = TcpStream::connect_timeout(&target, limits::ANSWER).ok()?;
    stream.set_read_timeout(Some(limits::ANSWER)).ok()?;
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let mut head = format!("{} {}{query} HTTP/1.1\r\n", request.method, request.path);
    for (name, value) in request.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "connection" | "content-length")) {
        head.extend([name.as_str(), ": ", value, "\r\n"]);
    }
    head.extend(["content-length: ", &request.body.len().to_string(), "\r\nconnection: close\r\n\r\n"]);
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&request.body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    parse(&answer)
}

fn parse(answer: &[u8]) -> Option<Reply> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let body = answer.get(end + 4..)?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let is_chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value.contains("chunked"));
    headers.retain(|(name, _)| !matches!(name.as_str(), "transfer-encoding" | "content-length" | "connection"));
    let body = if is_chunked { unchunked(body)? } else { body.to_vec() };
    Some(Reply { status, headers, body })
}

fn unchunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(bytes.get(..end)?).ok()?.split(';').next()?, 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(bytes.get(end + 2..end + 2 + size)?);
        bytes = bytes.get(end + 4 + size..)?;
    }
}
