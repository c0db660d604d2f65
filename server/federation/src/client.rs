//! Who asks: the address a request comes from, through the proxies the operator trusts.

use std::net::IpAddr;

use actix_web::{HttpRequest, web};
use ipnet::IpNet;

use crate::limits::FORWARDED_MAX;

/// Networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default)]
pub struct Proxies(pub Vec<IpNet>);

impl Proxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client behind `peer`: the last address of the field that no trusted proxy has.
    fn behind(&self, peer: IpAddr, forwarded: &str) -> IpAddr {
        let mut client = peer;
        for named in forwarded.rsplit(',').take(FORWARDED_MAX) {
            if !self.trusts(client) {
                break;
            }
            // What a trusted proxy did not write in a form we read ends the walk at that proxy.
            let Ok(named) = named.trim().parse() else { break };
            client = named;
        }
        client
    }
}

/// The client's address; none where the server is not reached over a network.
pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let Some(proxies) = request.app_data::<web::Data<Proxies>>() else { return Some(peer) };
    // A field that is sent twice means the same as one with both values.
    let forwarded: Vec<&str> = request.headers().get_all("x-forwarded-for").filter_map(|field| field.to_str().ok()).collect();
    Some(proxies.behind(peer, &forwarded.join(",")).to_canonical())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(peer: &str, forwarded: &str, client: &str) {
        let proxies = Proxies(vec!["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(proxies.behind(peer.parse().unwrap(), forwarded), client.parse::<IpAddr>().unwrap(), "{peer} {forwarded}");
    }

    #[test]
    fn only_trusted_proxies_say_who_asked() {
        check("192.0.2.1", "", "192.0.2.1");
        check("192.0.2.1", "198.51.100.9", "192.0.2.1");
        check("10.0.0.1", "198.51.100.9", "198.51.100.9");
        check("10.0.0.1", "198.51.100.9, 10.0.0.2", "198.51.100.9");
        check("10.0.0.1", "203.0.113.7, 198.51.100.9", "198.51.100.9");
        check("10.0.0.1", "nonsense", "10.0.0.1");
        check("10.0.0.1", "", "10.0.0.1");
    }
}
