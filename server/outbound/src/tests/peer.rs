//! A hand-written peer that answers each request with a script of bytes, silence and resets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use url::Url;

/// One thing the peer does; after the last it closes the connection.
pub enum Step {
    Send(Vec<u8>),
    /// One byte a second, for ever.
    Drip,
    Hang,
    Reset,
}

/// A peer on loopback.
pub struct Peer {
    pub port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    asked: Arc<Notify>,
}

/// The script of a path.
pub type Script = dyn Fn(&str) -> Vec<Step> + Send + Sync;

impl Peer {
    pub async fn start(script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::listen(None, Arc::new(script)).await
    }
    pub async fn start_tls(
        acceptor: tokio_native_tls::TlsAcceptor,
        script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(acceptor), Arc::new(script)).await
    }
    async fn listen(acceptor: Option<tokio_native_tls::TlsAcceptor>, script: Arc<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, asked) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<Notify>::default());
        let peer = Self { port, requests: Arc::clone(&requests), asked: Arc::clone(&asked) };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (script, requests, asked) = (Arc::clone(&script), Arc::clone(&requests), Arc::clone(&asked));
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let note = |request: &str| {
                        requests.lock().unwrap().push(request.to_owned());
                        asked.notify_one();
                    };
                    match acceptor {
                        None => converse(socket, &*script, note).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(socket).await {
                                converse(stream, &*script, note).await;
                            }
                        }
                    }
                });
            }
        });
        peer
    }
    pub fn url(&self, path: &str) -> Url {
        format!("http://127.0.0.1:{}{path}", self.port).parse().unwrap()
    }
    /// Every request so far: head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
    /// Waits until a request has been read.
    pub async fn was_asked(&self) {
        self.asked.notified().await;
    }
}

/// Streams a reset can be sent on.
trait Resettable {
    fn reset_on_close(&self);
}
impl Resettable for TcpStream {
    fn reset_on_close(&self) {
        self.set_zero_linger().unwrap();
    }
}
impl Resettable for tokio_native_tls::TlsStream<TcpStream> {
    fn reset_on_close(&self) {
        self.get_ref().get_ref().get_ref().reset_on_close();
    }
}

async fn converse<S>(mut stream: S, script: &Script, note: impl Fn(&str))
where
    S: AsyncRead + AsyncWrite + Resettable + Unpin,
{
    let Some(request) = read_request(&mut stream).await else { return };
    note(&request);
    let path = request.split(' ').nth(1).unwrap_or_default();
    for step in script(path) {
        match step {
            Step::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Step::Drip => {
                while stream.write_all(b"x").await.is_ok() {
                    // Time is turned by hand in the tests that use this.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
            Step::Hang => std::future::pending().await,
            Step::Reset => {
                stream.reset_on_close();
                return;
            }
        }
    }
    let _ = stream.shutdown().await;
}

async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        seen.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&seen);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.parse::<usize>().unwrap() {
                return Some(text.into_owned());
            }
        }
    }
}

/// A whole answer: status line and fields as given, one a line, then the body with its length.
pub fn answer(head: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let length = format!("content-length: {}", body.len());
    let lines: Vec<_> = head.lines().map(str::trim).chain([length.as_str(), "", ""]).collect();
    let mut bytes = format!("HTTP/1.1 {}", lines.join("\r\n")).into_bytes();
    bytes.extend_from_slice(body);
    vec![Step::Send(bytes)]
}

/// Bytes just as written, `\n` standing for the line end of HTTP.
pub fn raw(text: &str) -> Step {
    Step::Send(text.replace('\n', "\r\n").into_bytes())
}

/// A redirect.
pub fn redirect(status: u16, location: &str) -> Vec<Step> {
    answer(&format!("{status} Moved\nlocation: {location}"), "")
}
