//! One community of a world: a context of its own, served on a real listener by the instance's own routes.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use vetmoot_domain::Ecosystem;
use vetmoot_keys::{Keyring, MasterSecret};
use vetmoot_outbound::{Names, Outbound, OutboundConfig};
use vetmoot_storage::{BlobStore, Store, StoreConfig, settings};
use vetmoot_workflows::clock::HandClock;
use vetmoot_workflows::ctx::Community;
use vetmoot_workflows::registry::upstream::{Upstream, Upstreams};
use vetmoot_workflows::submission::{Publishing, release};
use vetmoot_workflows::{BaseUrl, Ctx, Parts, limits};

use super::Manner;

/// The host name of a community in a world with names.
pub fn host_of(name: &str) -> String {
    format!("{name}.test")
}

/// A listener that was bound before anybody needed to know where it is.
pub struct Opening {
    pub name: String,
    pub plain: SocketAddr,
    domain: String,
    listener: TcpListener,
}

impl Opening {
    pub fn of(name: &str, manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let plain = listener.local_addr().unwrap();
        let domain = match manner {
            Manner::Names | Manner::Tls => host_of(name),
            Manner::Loopback => format!("localhost:{}", plain.port()),
        };
        Self { name: name.to_owned(), plain, domain, listener }
    }
}

/// Everything a community is opened with.
#[derive(Clone)]
pub struct Setting {
    pub manner: Manner,
    pub folder: PathBuf,
    pub database: Option<String>,
    pub clock: Arc<HandClock>,
    pub index: String,
    /// Where releases of crates are uploaded.
    pub target: Option<String>,
    pub table: BTreeMap<String, Vec<SocketAddr>>,
    pub root: String,
}

/// One community.
pub struct Place {
    /// Its name in the world.
    pub name: String,
    /// What its workflows are handed.
    pub ctx: Ctx,
    /// Where it listens.
    pub address: SocketAddr,
    domain: String,
    setting: Setting,
    server: ServerHandle,
}

impl Place {
    pub async fn open(opening: Opening, setting: Setting) -> Self {
        let ctx = context(&opening.name, &opening.domain, &setting).await;
        let server = serve(&ctx, opening.listener);
        Self { name: opening.name, ctx, address: opening.plain, domain: opening.domain, setting, server }
    }

    /// Ends what it does.
    pub async fn close(self) -> Closed {
        self.server.stop(false).await;
        let (name, domain, address, setting) = (self.name, self.domain, self.address, self.setting);
        drop(self.ctx);
        Closed { name, domain, address, setting }
    }

    /// The folder of its data.
    pub fn folder(&self) -> &std::path::Path {
        &self.setting.folder
    }

    /// Its host as others say it, with a port where it has one.
    pub fn host(&self) -> &str {
        &self.domain
    }

    /// An address on it as others name it; the path begins with a slash.
    pub fn url(&self, path: &str) -> String {
        self.ctx.base_url.join(path)
    }

    /// An address on it as this machine reaches it.
    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// One turn of every worker; tells how much was done.
    pub async fn step(&self) -> usize {
        use vetmoot_federation::step;
        let mut done = 0;
        for (name, turned) in [
            ("compose", step::compose(&self.ctx).await),
            ("deliver", step::deliver(&self.ctx).await),
            ("apply", step::apply(&self.ctx).await),
            ("catch_up", step::catch_up(&self.ctx).await),
            ("release", release::step(&self.ctx).await),
        ] {
            done += turned.unwrap_or_else(|problem| panic!("{}: {name}: {problem} ({:?})", self.name, problem.cause));
        }
        done
    }
}

/// A community that does nothing.
pub struct Closed {
    name: String,
    domain: String,
    address: SocketAddr,
    setting: Setting,
}

impl Closed {
    /// The folder of its data.
    pub fn folder(&self) -> &std::path::Path {
        &self.setting.folder
    }

    /// Opens it on the same rows and the same port.
    pub async fn open(self) -> Place {
        // The server before may still hold the port for a moment.
        let mut listener = None;
        tokio::task::block_in_place(|| {
            vetmoot_tests::process::eventually("the port is free again", || {
                listener = TcpListener::bind(self.address).ok();
                listener.is_some()
            });
        });
        let listener = listener.expect("it was just bound");
        let opening = Opening { name: self.name, plain: self.address, domain: self.domain, listener };
        Place::open(opening, self.setting).await
    }
}

async fn context(name: &str, domain: &str, setting: &Setting) -> Ctx {
    let config = setting.database.as_deref().map_or_else(|| StoreConfig::data_dir(&setting.folder), StoreConfig::url);
    let store = Store::open(&config).await.unwrap();
    let insecure = setting.manner != Manner::Tls;
    if settings::domain(&store.read()).await.unwrap().is_none() {
        let tx = store.begin().await.unwrap();
        settings::set_domain(&tx, domain).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut outbound = OutboundConfig::new("vetmoot-tests");
    outbound.trusted_networks = vec!["127.0.0.0/8".parse().unwrap()];
    if setting.manner != Manner::Loopback {
        outbound.names = Names::Table(setting.table.clone());
    }
    if !insecure {
        outbound.extra_root_pem = vec![setting.root.clone()];
    }
    let mut upstreams = BTreeMap::new();
    for ecosystem in [Ecosystem::Cargo, Ecosystem::Npm, Ecosystem::Pypi] {
        upstreams.insert(ecosystem, Upstream::configured(setting.index.parse().unwrap(), &[]).unwrap());
    }
    let moderation = vetmoot_workflows::moderation::Lists::default();
    let parts = Parts {
        blobs: BlobStore::in_folder(&setting.folder.join("blobs"), store.clone()).await.unwrap(),
        store,
        outbound: Outbound::new(outbound).unwrap(),
        keys: Keyring::open(&setting.folder, MasterSecret::ensure_in(&setting.folder).unwrap()).unwrap(),
        clock: setting.clock.clone(),
        upstreams: Upstreams::new(upstreams).unwrap(),
        listing_fresh: limits::LISTING_FRESH,
        reserved: Default::default(),
        publishing: Publishing {
            targets: setting.target.iter().map(|url| (Ecosystem::Cargo, url.parse().unwrap())).collect(),
            ..Publishing::default()
        },
        base_url: BaseUrl::of_domain(domain, insecure),
        domain: Some(domain.to_owned()),
        community: Community { name: format!("Community {name}"), about: String::new() },
        insecure,
        moderation,
        signals: Default::default(),
        peers: Arc::new(vetmoot_federation::Network::new()),
        book: Default::default(),
        registry: Default::default(),
        metrics: Default::default(),
        world: Default::default(),
    };
    Ctx::new(parts).await.unwrap()
}

fn serve(ctx: &Ctx, listener: TcpListener) -> ServerHandle {
    let about = vetmoot_web::About {
        name: ctx.community.name.clone(),
        about: ctx.community.about.clone(),
        version: "0".to_owned(),
        insecure: ctx.insecure,
        trusted_proxies: Vec::new(),
    };
    let pages = Arc::new(vetmoot_web::Pages::new(about).unwrap());
    let ctx = ctx.clone();
    let server = HttpServer::new(move || {
        let (ctx, pages) = (ctx.clone(), pages.clone());
        App::new().configure(move |config| vetmoot_server::routes::routes(config, &ctx, &pages))
    });
    let server = server.workers(1).disable_signals().shutdown_timeout(1).listen(listener).unwrap().run();
    let handle = server.handle();
    tokio::spawn(server);
    handle
}

/// A certificate authority of the world's own.
pub struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

impl Authority {
    pub fn new() -> Self {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let certificate = certificate("an authority of the tests", &key, None);
        Self { key, certificate }
    }

    /// Its own certificate, as PEM.
    pub fn root(&self) -> String {
        String::from_utf8(self.certificate.to_pem().unwrap()).unwrap()
    }

    /// A front that speaks TLS for a host and passes everything on; it stays until the process ends.
    pub fn front(&self, host: &str, target: SocketAddr) -> SocketAddr {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let leaf = certificate(host, &key, Some(self));
        let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls()).unwrap();
        acceptor.set_private_key(&key).unwrap();
        acceptor.set_certificate(&leaf).unwrap();
        let acceptor = Arc::new(acceptor.build());
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let acceptor = Arc::clone(&acceptor);
                std::thread::spawn(move || relay(&acceptor, stream, target));
            }
        });
        address
    }
}

/// One exchange: the front asks for an end of the connection after each, so that it need not understand lengths.
fn relay(acceptor: &SslAcceptor, stream: TcpStream, target: SocketAddr) -> Option<()> {
    let mut tls = acceptor.accept(stream).ok()?;
    let request = head_and_body(&mut tls)?;
    let mut plain = TcpStream::connect(target).ok()?;
    let head = String::from_utf8_lossy(&request.0).replacen("\r\n", "\r\nconnection: close\r\n", 1);
    plain.write_all(head.as_bytes()).ok()?;
    plain.write_all(&request.1).ok()?;
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer).ok()?;
    let end = answer.windows(2).position(|window| window == b"\r\n")?;
    tls.write_all(answer.get(..end)?).ok()?;
    tls.write_all(b"\r\nconnection: close").ok()?;
    tls.write_all(answer.get(end..)?).ok()?;
    let _ = tls.shutdown();
    Some(())
}

fn head_and_body(stream: &mut impl std::io::Read) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(piece.get(..read)?);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(bytes.get(..end)?).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok()).unwrap_or(0);
        if bytes.len() >= end + 4 + length {
            let body = bytes.split_off(end + 4);
            return Some((bytes, body));
        }
    }
}

fn certificate(name: &str, key: &PKey<Private>, by: Option<&Authority>) -> X509 {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(rand_serial(name)).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(by.map_or(&subject, |by| by.certificate.subject_name())).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(30).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    if by.is_none() {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    } else {
        let context = builder.x509v3_context(by.map(|by| &*by.certificate), None);
        let names = SubjectAlternativeName::new().dns(name).build(&context).unwrap();
        builder.append_extension(names).unwrap();
    }
    builder.sign(by.map_or(key, |by| &by.key), MessageDigest::sha256()).unwrap();
    builder.build()
}

/// A number of its own for each name.
fn rand_serial(name: &str) -> u32 {
    name.bytes().fold(7, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)))
}
