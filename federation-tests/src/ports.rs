//! Free loopback ports for programs that cannot be asked to choose one.

use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};

/// A port that was free a moment ago. Programs of our own bind port 0 instead.
///
/// # Panics
/// When the machine has none.
pub fn free() -> u16 {
    let listener =
        TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).expect("the loopback interface has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}
