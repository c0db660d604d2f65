//! Who asks: the address a request comes from, through the proxies the operator trusts.

use std::net::IpAddr;

use actix_web::{HttpRequest, web};
use ipnet::IpNet;

use crate::limits::FORWARDED_MAX;
use crate::pages::Pages;

/// The client's address; none where the server is not reached over a network.
pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let Some(pages) = request.app_data::<web::Data<Pages>>() else { return Some(peer) };
    // A field that is sent twice means the same as one with both values.
    let forwarded: Vec<&str> = request.headers().get_all("x-forwarded-for").filter_map(|field| field.to_str().ok()).collect();
    Some(behind(&pages.about().trusted_proxies, peer, &forwarded.join(",")))
}

/// The client behind `peer`: the last address of the field that no trusted proxy has.
fn behind(trusted: &[IpNet], peer: IpAddr, forwarded: &str) -> IpAddr {
    let mut client = peer;
    for named in forwarded.rsplit(',').take(FORWARDED_MAX) {
        if !trusted.iter().any(|network| network.contains(&client)) {
            break;
        }
        // What a trusted proxy did not write in a form we read ends the walk at that proxy.
        let Ok(named) = named.trim().parse::<IpAddr>() else { break };
        client = named.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(peer: &str, forwarded: &str, client: &str) {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        assert_eq!(behind(&trusted, peer.parse().unwrap(), forwarded), client.parse::<IpAddr>().unwrap(), "{peer} {forwarded}");
    }

    #[test]
    fn only_trusted_proxies_say_who_is_behind_them() {
        check("203.0.113.1", "198.51.100.1", "203.0.113.1");
        check("10.0.0.1", "198.51.100.1", "198.51.100.1");
        check("10.0.0.1", "192.0.2.1, 198.51.100.1, 10.0.0.2", "198.51.100.1");
        check("10.0.0.1", "192.0.2.1, nonsense", "10.0.0.1");
        check("::1", "::ffff:198.51.100.1", "198.51.100.1");
        check("10.0.0.1", "", "10.0.0.1");
    }
}
