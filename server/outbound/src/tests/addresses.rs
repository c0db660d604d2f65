//! Which addresses are public, and which lists permit what.

use super::{door, operator, url};
use crate::{AllowList, is_public};

fn check(addresses: &str, expected: bool) {
    for address in addresses.split_whitespace() {
        assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
    }
}

#[test]
fn addresses_of_the_public_network_are_public() {
    check(
        "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.17.0.1 198.20.0.1 223.255.255.255",
        true,
    );
    check("2600::1 2a00:1450::1 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700::1111 3ffe::1", true);
}

#[test]
fn addresses_that_lead_inside_are_not_public() {
    check("0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1 172.31.255.255", false);
    check("192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1", false);
    check("224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255", false);
    check(":: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b:1::1 100::1 fc00::1 fd12::1", false);
    check("fe80::1 fec0::1 ff02::1 2001::1 2001:0:7f00:1:: 2001:10::1 2001:db8::1 2002:7f00:1::1 3fff::1 5f00::1", false);
}

/// Each line: an address, and what a list of any public origin says to it.
fn check_any_public(lines: &str) {
    let door = door();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let (address, expected) = line.trim().split_once(" -> ").unwrap();
        let got = door.permits(&AllowList::any_public(), &url(address)).map_or_else(|refused| refused.code(), |()| "ok");
        assert_eq!(got, expected, "{address}");
    }
}

#[test]
fn addresses_that_a_steward_types_are_https_and_public_in_whatever_way_they_are_written() {
    check_any_public(
        "https://example.org/feed.toml -> ok
         https://example.org:8443/ -> ok
         https://1.1.1.1/ -> ok
         http://example.org/ -> insecure-scheme
         ftp://example.org/ -> unknown-scheme
         file:///etc/hosts -> unknown-scheme
         https://user@example.org/ -> credentials-in-url
         https://user:secret@example.org/ -> credentials-in-url
         https://127.0.0.1/ -> address-not-public
         https://127.0.0.1./ -> address-not-public
         https://2130706433/ -> address-not-public
         https://0x7f.1/ -> address-not-public
         https://0177.0.0.1/ -> address-not-public
         https://%31%32%37.0.0.1/ -> address-not-public
         https://169.254.169.254/latest/ -> address-not-public
         https://[::1]/ -> address-not-public
         https://[::ffff:10.0.0.1]/ -> address-not-public
         https://[64:ff9b::a00:1]/ -> address-not-public",
    );
}

#[test]
fn a_list_permits_what_it_holds_by_scheme_host_and_port() {
    let mut list = operator(&url("http://mirror.internal:8080/index/"));
    list.extend(&url("https://files.example.org/x")).unwrap();
    list.extend(&url("http://mirror.internal:8080/")).unwrap();
    list.extend(&url("http://plain.example.org/")).unwrap();
    for (address, expected) in [
        ("http://mirror.internal:8080/other", "ok"),
        ("http://MIRROR.internal.:8080/other", "ok"),
        ("https://files.example.org:443/a", "ok"),
        ("https://mirror.internal:8080/", "host-not-allowed"),
        ("http://mirror.internal/", "host-not-allowed"),
        ("https://files.example.org:444/", "host-not-allowed"),
        ("https://files.example.org.evil.example/", "host-not-allowed"),
        ("http://files.example.org/", "host-not-allowed"),
        ("http://plain.example.org/", "insecure-scheme"),
    ] {
        let got = list.permits(&url(address)).map_or_else(|refused| refused.code(), |()| "ok");
        assert_eq!(got, expected, "{address}");
    }
}

#[test]
fn a_learned_origin_at_a_private_address_is_refused_unless_the_operator_trusts_it() {
    let mut list = operator(&url("https://index.example.org/"));
    list.extend(&url("http://10.1.2.3:81/")).unwrap();
    let target = url("http://10.1.2.3:81/file");
    assert_eq!(door().permits(&list, &target).unwrap_err().code(), "insecure-scheme");
    let trusting = super::door_with(|config| config.trusted_origins.push(url("http://10.1.2.3:81")));
    trusting.permits(&list, &target).unwrap();
    trusting.permits(&AllowList::any_public(), &target).unwrap();
    // Trust is no permission: the origin still has to be on the list.
    let other = operator(&url("https://index.example.org/"));
    assert_eq!(trusting.permits(&other, &target).unwrap_err().code(), "host-not-allowed");
}

#[test]
fn a_trusted_network_counts_as_public_for_https_alone() {
    let door = super::door_with(|config| config.trusted_networks.push("10.0.0.0/8".parse().unwrap()));
    let any = AllowList::any_public();
    door.permits(&any, &url("https://10.1.2.3/")).unwrap();
    assert_eq!(door.permits(&any, &url("http://10.1.2.3/")).unwrap_err().code(), "insecure-scheme");
    assert_eq!(door.permits(&any, &url("https://192.168.0.1/")).unwrap_err().code(), "address-not-public");
}

#[test]
fn refusals_say_the_way_out() {
    let refused = operator(&url("https://a.example/")).permits(&url("https://b.example/x?token=1")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "https://b.example is not an address this may fetch from; an operator can allow it as a trusted origin"
    );
}
