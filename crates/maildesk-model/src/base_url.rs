//! Which base URLs Microsoft can reach, and why the others cannot be used (P9).

use std::net::IpAddr;

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
            if let Some(v4) = v6.to_ipv4_mapped() {
                return is_private(IpAddr::V4(v4));
            }
            let first = v6.segments()[0];
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || (first & 0xfe00) == 0xfc00
                || (first & 0xffc0) == 0xfe80
                || (first == 0x2001 && v6.segments()[1] == 0x0db8)
        }
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
