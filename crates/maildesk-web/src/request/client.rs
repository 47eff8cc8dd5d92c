//! From which address a request comes, as far as the program says.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::Extensions;
use maildesk_model::client::ClientAddress;

/// Whom to count a request as: the client that the program names, or else the peer of the connection.
pub(crate) fn blame(extensions: &Extensions) -> IpAddr {
    let named = extensions.get::<ClientAddress>().copied();
    let peer = || {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(ClientAddress(peer.0.ip()))
    };
    named
        .or_else(peer)
        .unwrap_or(ClientAddress::UNKNOWN)
        .counted()
}
