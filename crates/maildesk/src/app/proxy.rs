//! Who is really asking, when a trusted reverse proxy stands in front.

use std::net::{IpAddr, SocketAddr};

use anyhow::bail;
use axum::extract::{ConnectInfo, Request};
use maildesk_model::client::ClientAddress;

/// Networks whose `X-Forwarded-For` counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Trusted(Vec<(IpAddr, u8)>);

impl Trusted {
    /// Reads `10.0.0.0/8`, `127.0.0.1` and the like.
    pub(super) fn parse(texts: &[String]) -> anyhow::Result<Self> {
        let mut networks = Vec::new();
        for text in texts {
            let (address, bits) = text.split_once('/').unwrap_or((text, ""));
            let Ok(address) = address.parse::<IpAddr>() else {
                bail!("setting trusted_proxies: {text} is not a network such as 10.0.0.0/8");
            };
            let longest = if address.is_ipv4() { 32 } else { 128 };
            let bits = if bits.is_empty() {
                Some(longest)
            } else {
                bits.parse().ok().filter(|bits| *bits <= longest)
            };
            let Some(bits) = bits else {
                bail!("setting trusted_proxies: {text} is not a network such as 10.0.0.0/8");
            };
            networks.push((address, bits));
        }
        Ok(Self(networks))
    }

    /// Notes the client's address on the request: the peer's, or, while the peer is a trusted
    /// proxy, the nearest address in `X-Forwarded-For` that is not one itself.
    pub(super) fn mark(&self, mut request: Request) -> Request {
        let Some(ConnectInfo(peer)) = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .copied()
        else {
            return request;
        };
        let forwarded: Vec<IpAddr> = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map_while(|text| text.trim().parse().ok())
            .collect();
        let client = self.client(peer.ip(), &forwarded);
        request.extensions_mut().insert(ClientAddress(client));
        request
    }

    fn client(&self, peer: IpAddr, forwarded: &[IpAddr]) -> IpAddr {
        let mut client = peer;
        for hop in forwarded.iter().rev() {
            if !self.holds(client) {
                break;
            }
            client = *hop;
        }
        client
    }

    /// Whether this is the address of a trusted proxy.
    pub(super) fn holds(&self, address: IpAddr) -> bool {
        self.0
            .iter()
            .any(|(network, bits)| same_network(*network, address.to_canonical(), *bits))
    }
}

fn same_network(network: IpAddr, address: IpAddr, bits: u8) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let trusted = Trusted::parse(&["10.0.0.0/8".to_owned(), "::1".to_owned()]).unwrap();
        let far = [ip("203.0.113.9")];
        assert_eq!(trusted.client(ip("198.51.100.1"), &far), ip("198.51.100.1"));
        assert_eq!(trusted.client(ip("10.1.1.1"), &far), ip("203.0.113.9"));
        assert_eq!(trusted.client(ip("::1"), &far), ip("203.0.113.9"));
        // What the client claims itself stands further left and is not reached.
        let chain = [ip("1.2.3.4"), ip("203.0.113.9"), ip("10.9.9.9")];
        assert_eq!(trusted.client(ip("10.1.1.1"), &chain), ip("203.0.113.9"));
        assert_eq!(trusted.client(ip("10.1.1.1"), &[]), ip("10.1.1.1"));
    }

    #[test]
    fn a_wrong_network_names_the_setting() {
        for text in ["10.0.0.0/33", "proxy", "::1/129", "10.0.0.0/x"] {
            let why = Trusted::parse(&[text.to_owned()]).unwrap_err().to_string();
            assert!(why.starts_with("setting trusted_proxies:"), "{why}");
        }
    }
}
