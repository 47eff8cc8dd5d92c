//! Which base URLs Microsoft can reach, and why the others cannot be used (P9).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::mailbox::Trouble;

/// What is allowed beyond the rules for the public internet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BaseUrlRules {
    /// Let `http://localhost…` and `http://127.0.0.1…` pass, for the simulator and nothing else.
    pub allow_loopback: bool,
}

fn trouble(code: &str, message: &str, remedy: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// Checks a base URL by its text alone; the first thing wrong with it, or `Ok`.
///
/// Wanted: `https`, a public host, no path, no trailing slash, no query, no user information.
pub fn check(url: &str, rules: BaseUrlRules) -> Result<(), Trouble> {
    const REMEDY: &str = "Set web.base.url to the public HTTPS address of this server, such as https://mail.example.com, under Settings → Technical → System Parameters.";
    if url.is_empty() {
        return Err(trouble(
            "base_url_missing",
            "No public address is set.",
            REMEDY,
        ));
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(trouble(
            "base_url_invalid",
            "The base URL is not a web address.",
            REMEDY,
        ));
    };
    if rest.ends_with('/') {
        return Err(trouble(
            "base_url_trailing_slash",
            "The base URL ends with a slash.",
            "Remove the trailing slash from web.base.url.",
        ));
    }
    if rest.contains(['/', '?', '#', '@', ' ', '\\']) || rest.chars().any(char::is_control) {
        return Err(trouble(
            "base_url_path",
            "The base URL holds more than scheme, host and port.",
            "Leave only the address itself in web.base.url, without a path, query or user name.",
        ));
    }
    let Some(host) = host_of(rest) else {
        return Err(trouble(
            "base_url_invalid",
            "The base URL names no usable host.",
            REMEDY,
        ));
    };
    if is_loopback(host) && rules.allow_loopback && matches!(scheme, "http" | "https") {
        return Ok(());
    }
    if scheme != "https" {
        return Err(trouble(
            "base_url_not_https",
            "The base URL is not https. Microsoft sends notifications to https addresses only.",
            REMEDY,
        ));
    }
    if is_local(host) {
        return Err(trouble(
            "base_url_local",
            "The base URL is a local address that Microsoft cannot reach.",
            REMEDY,
        ));
    }
    Ok(())
}

/// The host without port and brackets; `None` if the port is no number or the host is empty.
pub(crate) fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        (
            host,
            after
                .strip_prefix(':')
                .or(after.is_empty().then_some("443"))?,
        )
    } else {
        authority.split_once(':').unwrap_or((authority, "443"))
    };
    let port: u16 = port.parse().ok()?;
    (port != 0 && !host.is_empty()).then_some(host)
}

/// Whether the host is this machine itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Addresses and names that mean something only inside a network.
fn is_local(host: &str) -> bool {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return is_private(ip);
    }
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let endings = [
        ".local",
        ".localhost",
        ".internal",
        ".lan",
        ".home",
        ".home.arpa",
        ".intranet",
        ".test",
        ".invalid",
    ];
    !host.contains('.') || endings.iter().any(|ending| host.ends_with(ending))
}

/// Whether an address is outside the public internet. The guarded HTTP client uses it too.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (b == 18 || b == 19))
                || (a == 192 && b == 0 && c == 0)
        }
        IpAddr::V6(v6) => {
            if let Some(v4) = embedded(v6) {
                return is_private(IpAddr::V4(v4));
            }
            match v6.segments() {
                // Loopback, unspecified, and what meant an IPv4 address long ago (RFC 4291, 2.5.5.1);
                // Teredo and documentation; the translation that a network does for itself (RFC 8215).
                [0, 0, 0, 0, 0, 0, ..] | [0x2001, 0 | 0x0db8, ..] | [0x64, 0xff9b, 1, ..] => true,
                [first, ..] => {
                    v6.is_multicast()
                        || (first & 0xfe00) == 0xfc00
                        // Link-local and the former site-local.
                        || (first & 0xff80) == 0xfe80
                }
            }
        }
    }
}

/// The IPv4 address that packets to this one end at: mapped, by NAT64 (RFC 6052), or by 6to4 (RFC 3056).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(v4(high, low))
        }
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong() {
        let table = [
            ("https://mail.example.com", ""),
            ("https://mail.example.com:8443", ""),
            ("https://8.8.8.8", ""),
            ("", "base_url_missing"),
            ("mail.example.com", "base_url_invalid"),
            ("https://", "base_url_invalid"),
            ("https://mail.example.com/", "base_url_trailing_slash"),
            ("https://mail.example.com/desk", "base_url_path"),
            ("https://u:p@mail.example.com", "base_url_path"),
            ("https://mail.example.com:0", "base_url_invalid"),
            ("https://mail.example.com:x", "base_url_invalid"),
            ("http://mail.example.com", "base_url_not_https"),
            ("http://127.0.0.1:8480", "base_url_not_https"),
            ("https://localhost", "base_url_local"),
            ("https://10.1.2.3", "base_url_local"),
            ("https://[::1]", "base_url_local"),
            ("https://[fd00::1]:443", "base_url_local"),
            ("https://desk.local", "base_url_local"),
            ("https://desk", "base_url_local"),
        ];
        for (url, code) in table {
            let found = check(url, BaseUrlRules::default())
                .err()
                .map_or_else(String::new, |t| t.code);
            assert_eq!(found, code, "{url}");
        }
    }

    #[test]
    fn what_is_outside_of_the_public_internet_is_private_however_it_is_written() {
        let private = [
            "10.1.2.3",
            "127.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "feff::1",
            "ff02::1",
            "2001:db8::1",
            "::10.0.0.1",
            "::8.8.8.8",
            "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "2002:a00:1::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2001::1",
            "2001:0:808:808::1",
        ];
        for ip in private {
            assert!(is_private(ip.parse().unwrap()), "{ip}");
        }
        let public = [
            "8.8.8.8",
            "100.128.0.1",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ];
        for ip in public {
            assert!(!is_private(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn loopback_passes_only_where_allowed() {
        let rules = BaseUrlRules {
            allow_loopback: true,
        };
        for url in [
            "http://localhost:8480",
            "http://127.0.0.1:1",
            "http://[::1]:8",
        ] {
            assert!(check(url, rules).is_ok(), "{url}");
            assert!(check(url, BaseUrlRules::default()).is_err(), "{url}");
        }
        assert!(check("http://10.0.0.1", rules).is_err());
        assert!(check("http://localhost/", rules).is_err());
    }
}
