//! A front that speaks https for an instance that does not, as in production: it ends TLS and passes every byte on.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_native_tls::TlsAcceptor;

use crate::fediverse::authority;
use crate::scratch::Scratch;

/// A running front; it ends when dropped.
pub struct Front {
    port: u16,
    /// Where the instance listens; nobody is let through before there is one.
    behind: Arc<AtomicU16>,
    scratch: Scratch,
    _runtime: tokio::runtime::Runtime,
}

impl Front {
    /// Starts one that leads nowhere yet, certified by an authority of its own.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn start() -> Self {
        let (acceptor, root) = authority::acceptor(std::iter::once(Ipv4Addr::LOCALHOST));
        let scratch = Scratch::new();
        scratch.write("authority.pem", root);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("there is a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let behind = Arc::new(AtomicU16::new(0));
        let target = Arc::clone(&behind);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let port = target.load(Ordering::SeqCst);
                tokio::spawn(pass(stream, acceptor.clone(), SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)));
            }
        });
        Self { port, behind, scratch, _runtime: runtime }
    }

    /// From now on it leads to what listens on this port of the loopback interface.
    pub fn leads_to(&self, port: u16) {
        self.behind.store(port, Ordering::SeqCst);
    }

    /// The host and port others know the instance by.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The address of a path that begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("https://{}{path}", self.host())
    }

    /// The file with the authority's certificate (PEM), for clients that are told whom to believe.
    pub fn authority(&self) -> PathBuf {
        self.scratch.join("authority.pem")
    }
}

async fn pass(stream: TcpStream, acceptor: TlsAcceptor, to: SocketAddrV4) {
    // A client that does not believe the certificate hangs up here; the next one is not concerned.
    let Ok(mut outside) = acceptor.accept(stream).await else { return };
    let Ok(mut inside) = TcpStream::connect(to).await else { return };
    let _ = copy_bidirectional(&mut outside, &mut inside).await;
}
