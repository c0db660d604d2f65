//! Names, the addresses kept of them, and the counters of hosts.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::dns::{Name, Resolve as _};

use crate::Names;
use crate::hosts::Hosts;
use crate::limits::HOSTS_MAX;
use crate::names::Resolver;

/// What the guarded and the open resolver keep of a name's addresses.
async fn check(addresses: &str, guarded: &str, open: &str) {
    let addresses = addresses.split_whitespace().map(|address| address.parse().unwrap()).collect();
    let names = Arc::new(Names::Table(BTreeMap::from([("mixed.example".to_owned(), addresses)])));
    for (resolver, expected) in
        [(Resolver::guarded(Arc::clone(&names), Arc::from([])), guarded), (Resolver::open(Arc::clone(&names)), open)]
    {
        let name: Name = "mixed.example.".parse().unwrap();
        let kept = match resolver.resolve(name).await {
            Ok(kept) => kept.map(|address| address.to_string()).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        };
        assert_eq!(kept, expected);
    }
}

#[tokio::test]
async fn only_the_public_addresses_of_a_name_are_tried() {
    check(
        "127.0.0.1:0 1.1.1.1:0 [::1]:0 [2606:4700::1111]:0",
        "1.1.1.1:0 [2606:4700::1111]:0",
        "127.0.0.1:0 1.1.1.1:0 [::1]:0 [2606:4700::1111]:0",
    )
    .await;
    check("10.0.0.1:0 [::ffff:1.1.1.1]:0", "no public address", "10.0.0.1:0 [::ffff:1.1.1.1]:0").await;
    check("", "the name has no address", "the name has no address").await;
}

#[tokio::test]
async fn counters_of_idle_hosts_are_forgotten_and_those_in_use_are_not() {
    let hosts = Hosts::new(1);
    let held = hosts.place("held.example").await;
    for number in 0..=HOSTS_MAX {
        drop(hosts.place(&format!("{number}.example")).await);
    }
    assert!(hosts.known() <= HOSTS_MAX);
    tokio::time::pause();
    let soon = std::time::Duration::from_secs(1);
    assert!(tokio::time::timeout(soon, hosts.place("held.example")).await.is_err(), "the one place is taken");
    drop(held);
    drop(tokio::time::timeout(soon, hosts.place("held.example")).await.unwrap());
}
