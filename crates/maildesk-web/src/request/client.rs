//! From which address a request comes, as far as the program says.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::Extensions;

/// The address of the client behind trusted proxies. The program, which knows the proxies, puts
/// it into the request's extensions; without it the peer of the connection counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientAddress(pub IpAddr);

/// Whom to blame for failures: an address, or for IPv6 its /64, of which anybody has plenty.
pub(crate) fn blame(extensions: &Extensions) -> IpAddr {
    let address = extensions
        .get::<ClientAddress>()
        .map(|client| client.0)
        .or_else(|| {
            let peer = extensions.get::<ConnectInfo<SocketAddr>>()?;
            Some(peer.0.ip())
        })
        .unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}
