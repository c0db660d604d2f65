//! Which network addresses are public: global unicast and nothing that leads around it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 ranges that are not public, from the IANA special-purpose registry (RFC 6890 and its updates).
const SPECIAL_V4: &[Ipv4Net] = &[
    v4([0, 0, 0, 0], 8),       // this network
    v4([10, 0, 0, 0], 8),      // private
    v4([100, 64, 0, 0], 10),   // carrier-grade NAT
    v4([127, 0, 0, 0], 8),     // loopback
    v4([169, 254, 0, 0], 16),  // link-local, metadata services of clouds
    v4([172, 16, 0, 0], 12),   // private
    v4([192, 0, 0, 0], 24),    // protocol assignments
    v4([192, 0, 2, 0], 24),    // documentation
    v4([192, 31, 196, 0], 24), // AS112
    v4([192, 52, 193, 0], 24), // multicast relay
    v4([192, 88, 99, 0], 24),  // 6to4 relay
    v4([192, 168, 0, 0], 16),  // private
    v4([192, 175, 48, 0], 24), // AS112
    v4([198, 18, 0, 0], 15),   // benchmarks
    v4([198, 51, 100, 0], 24), // documentation
    v4([203, 0, 113, 0], 24),  // documentation
    v4([224, 0, 0, 0], 4),     // multicast
    v4([240, 0, 0, 0], 4),     // reserved, broadcast
];

/// The only IPv6 range handed out as global unicast (RFC 4291 section 2.4). Everything that embeds an IPv4 address
/// outside it (mapped, compatible, NAT64) is thereby not public.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// Exceptions within global unicast.
const SPECIAL_V6: &[Ipv6Net] = &[
    v6([0x2001, 0, 0], 23),           // protocol assignments: Teredo, ORCHID, benchmarks
    v6([0x2001, 0x0db8, 0], 32),      // documentation
    v6([0x2002, 0, 0], 16),           // 6to4 embeds any IPv4 address
    v6([0x2620, 0x004f, 0x8000], 48), // AS112
    v6([0x3fff, 0, 0], 20),           // documentation
];

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(head: [u16; 3], prefix: u8) -> Ipv6Net {
    let [a, b, c] = head;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// Whether an address is public: global unicast, and no private, loopback, link-local, shared, documentation,
/// multicast, translation or tunnel range.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|range| range.contains(&address)),
        IpAddr::V6(address) => GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|range| range.contains(&address)),
    }
}

/// Whether a request to a host the operator did not configure may go to this address.
pub(crate) fn is_reachable(address: IpAddr, trusted: &[IpNet]) -> bool {
    is_public(address) || trusted.iter().any(|range| range.contains(&address))
}
