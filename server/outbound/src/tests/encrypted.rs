//! The path of production: https, a name, the usual port, the check of its address.

use tokio::io::AsyncWriteExt as _;

use super::authority::Authority;
use super::peer::{Peer, answer, redirect};
use super::{door_with, outcome, url};
use crate::{AllowList, Names, Outbound, OutboundConfig, Request};

/// A peer known as `files.example` at the usual https port, and the authority behind it.
struct Site {
    authority: Authority,
    peer: Peer,
}

impl Site {
    async fn open() -> Self {
        let authority = Authority::new();
        let peer = Peer::start_tls(authority.acceptor("files.example", &["http/1.1"]), |path| match path {
            "/down" => redirect(301, "http://files.example/"),
            "/in" => redirect(301, "https://internal.example/"),
            _ => answer("200 OK", "encrypted"),
        })
        .await;
        Self { authority, peer }
    }
    /// A door that knows the site's name, trusts its authority, and whose network the operator counts as public.
    fn door(&self, change: impl FnOnce(&mut OutboundConfig)) -> Outbound {
        door_with(|config| {
            let here = format!("127.0.0.1:{}", self.peer.port).parse().unwrap();
            let names = ["files.example", "other.example"].map(|name| (name.to_owned(), vec![here]));
            let internal = ("internal.example".to_owned(), vec!["10.0.0.1:0".parse().unwrap()]);
            config.names = Names::Table(names.into_iter().chain([internal]).collect());
            config.extra_root_pem.push(self.authority.pem());
            config.trusted_networks.push("127.0.0.1/32".parse().unwrap());
            change(config);
        })
    }
}

async fn check(address: &str, change: impl FnOnce(&mut OutboundConfig), expected: &str) {
    let site = Site::open().await;
    let address = url(address);
    let result = site.door(change).fetch_all(&AllowList::any_public(), Request::get(&address)).await;
    assert_eq!(outcome(result), expected, "{address}");
}

#[tokio::test]
async fn https_works_under_an_extra_root() {
    check("https://files.example/", |_| {}, "200: encrypted").await;
}

#[tokio::test]
async fn without_the_root_or_with_another_name_the_peer_has_not_proven_who_it_is() {
    check("https://files.example/", |config| config.extra_root_pem.clear(), "tls").await;
    check("https://files.example/", |config| config.extra_root_pem = vec![Authority::new().pem()], "tls").await;
    check("https://other.example/", |_| {}, "tls").await;
}

#[tokio::test]
async fn a_public_name_with_an_inside_address_is_refused_when_connecting() {
    check("https://files.example/", |config| config.trusted_networks.clear(), "address-not-public").await;
    check("https://internal.example/", |_| {}, "address-not-public").await;
    check("https://files.example/in", |_| {}, "address-not-public").await;
}

#[tokio::test]
async fn https_is_never_left_for_http() {
    check("https://files.example/down", |_| {}, "insecure-scheme").await;
    check("https://files.example/down", |config| config.trusted_origins.push(url("https://files.example")), "insecure-scheme")
        .await;
}

#[tokio::test]
async fn a_peer_that_speaks_no_tls_is_told_apart() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = url(&format!("https://{}/", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let result = super::door().fetch_all(&super::operator(&address), Request::get(&address)).await;
    assert_eq!(outcome(result), "tls");
}

#[tokio::test]
async fn http_2_is_spoken_where_the_peer_offers_it() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("files.example", &["h2"]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(acceptor.accept(socket).await.unwrap()).await.unwrap();
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            let mut body = respond.send_response(Default::default(), false).unwrap();
            body.send_data(bytes::Bytes::from_static(b"two"), true).unwrap();
        }
    });
    let door = door_with(|config| {
        config.names = Names::Table([("files.example".to_owned(), vec![here])].into());
        config.extra_root_pem.push(authority.pem());
        config.trusted_networks.push("127.0.0.0/8".parse().unwrap());
    });
    // One connection carries both, since the peer accepts only one.
    let address = url("https://files.example/");
    for _ in 0..2 {
        let result = door.fetch_all(&AllowList::any_public(), Request::get(&address)).await;
        assert_eq!(outcome(result), "200: two");
    }
}
