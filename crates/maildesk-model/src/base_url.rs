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

/// What a base URL is called where it is not known which of the two parameters it came from.
const EITHER: &str = "web.base.url (or push.base.url, where the webhook has an address of its own)";
/// RFC 1035, 2.3.4: a name has at most so many characters; the limit of its labels is checked with it.
const NAME_MAX: usize = 253;

/// Checks the base URL of the webhook by its text alone; the first thing wrong with it, or `Ok`.
///
/// Wanted: `https`, a public host, no path, no trailing slash, no query, no user information.
pub fn check(url: &str, rules: BaseUrlRules) -> Result<(), Trouble> {
    check_as(EITHER, url, rules)
}

/// The same for the value of one parameter or setting, which the words then name as `name`.
pub fn check_as(name: &str, url: &str, rules: BaseUrlRules) -> Result<(), Trouble> {
    let set = || {
        format!(
            "Set {name} to the public HTTPS address of this server, such as https://mail.example.com, under Settings → Technical → System Parameters."
        )
    };
    if url.is_empty() {
        return Err(trouble(
            "base_url_missing",
            "No public address is set.",
            &set(),
        ));
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(trouble(
            "base_url_invalid",
            "The base URL is not a web address.",
            &set(),
        ));
    };
    if rest.ends_with('/') {
        return Err(trouble(
            "base_url_trailing_slash",
            "The base URL ends with a slash.",
            &format!("Remove the trailing slash from {name}."),
        ));
    }
    if rest.contains(['/', '?', '#', '@', ' ', '\\']) || rest.chars().any(char::is_control) {
        return Err(trouble(
            "base_url_path",
            "The base URL holds more than scheme, host and port.",
            &format!(
                "Leave only the address itself in {name}, without a path, query or user name."
            ),
        ));
    }
    let host = host_of(rest).and_then(|host| plain_host(rest, host));
    let Some(host) = host else {
        return Err(trouble(
            "base_url_invalid",
            "The base URL names no usable host.",
            &set(),
        ));
    };
    let is = |wanted: &str| scheme.eq_ignore_ascii_case(wanted);
    if is_loopback(&host) && rules.allow_loopback && (is("http") || is("https")) {
        return Ok(());
    }
    if !is("https") {
        return Err(trouble(
            "base_url_not_https",
            "The base URL is not https. Microsoft sends notifications to https addresses only.",
            &set(),
        ));
    }
    if is_local(&host) {
        return Err(trouble(
            "base_url_local",
            "The base URL is a local address that Microsoft cannot reach.",
            &set(),
        ));
    }
    Ok(())
}

/// A base URL as it is kept: scheme and host in small letters, a name of other scripts as DNS has it.
/// What [`check`] refuses stays as it is.
pub fn normalise(url: &str) -> String {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let host = host_of(rest)?;
        let after = rest.split_once(host)?.1;
        Some((scheme, host, plain_host(rest, host)?, after))
    });
    let Some((scheme, host, plain, after)) = parts else {
        return url.to_owned();
    };
    let scheme = scheme.to_ascii_lowercase();
    if host.contains(':') {
        format!("{scheme}://[{plain}{after}")
    } else {
        format!("{scheme}://{plain}{after}")
    }
}

/// A host as DNS has it, or an address as it is; `None` if there can be no such host.
fn plain_host(authority: &str, host: &str) -> Option<String> {
    if authority.starts_with('[') {
        return host.parse::<Ipv6Addr>().ok().map(|ip| ip.to_string());
    }
    let plain = idna::uts46::Uts46::new().to_ascii(
        host.as_bytes(),
        idna::uts46::AsciiDenyList::STD3,
        idna::uts46::Hyphens::CheckFirstLast,
        // With a dot at the end, which DNS allows.
        idna::uts46::DnsLength::VerifyAllowRootDot,
    );
    let plain = plain.ok()?.into_owned();
    // What ends in a number is an IPv4 address to whoever connects to it, however it is written.
    let last = plain.trim_end_matches('.').rsplit('.').next()?;
    let is_number = last.starts_with(|first: char| first.is_ascii_digit())
        && (last.chars().all(|one| one.is_ascii_digit()) || last.starts_with("0x"));
    let fits = plain.len() <= NAME_MAX && (!is_number || plain.parse::<Ipv4Addr>().is_ok());
    fits.then_some(plain)
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
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if let Ok(ip) = host.parse::<IpAddr>() {
        return is_private(ip);
    }
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

/// The IPv4 address that packets to this one end at: mapped, translated (RFC 2765, 2.1), by NAT64
/// (RFC 6052), or by 6to4 (RFC 3056).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(v4(high, low)),
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
            ("HTTPS://Mail.Example.COM", ""),
            ("https://m\u{fc}ller.example.com", ""),
            ("https://xn--mller-kva.example.com", ""),
            ("https://xn--a-\u{fc}.example.com", "base_url_invalid"),
            (
                "https://xn--zzzzzzzzzz99999.example.com",
                "base_url_invalid",
            ),
            ("https://-mail.example.com", "base_url_invalid"),
            ("https://mail..example.com", "base_url_invalid"),
            ("https://ma_il.example.com", "base_url_invalid"),
            ("https://mail.example.com:443:1", "base_url_invalid"),
            ("https://127.1", "base_url_invalid"),
            ("https://0x7f000001", "base_url_invalid"),
            ("https://[::g]", "base_url_invalid"),
            ("https://LOCALHOST", "base_url_local"),
            ("https://10.1.2.3.", "base_url_invalid"),
        ];
        for (url, code) in table {
            let found = check(url, BaseUrlRules::default())
                .err()
                .map_or_else(String::new, |t| t.code);
            assert_eq!(found, code, "{url}");
        }
    }

    #[test]
    fn no_label_and_no_name_is_longer_than_dns_allows() {
        let name = |label: usize, times: usize| {
            let labels = vec!["a".repeat(label); times].join(".");
            check(
                &format!("https://{labels}.example"),
                BaseUrlRules::default(),
            )
        };
        assert!(name(63, 1).is_ok());
        assert!(name(64, 1).is_err() && name(300, 1).is_err());
        assert!(name(60, 4).is_ok() && name(60, 5).is_err());
    }

    #[test]
    fn what_is_wrong_names_the_parameter_it_is_wrong_in() {
        for url in [
            "",
            "x",
            "https://a.example/",
            "https://a.example/b",
            "https://-",
            "http://a.b",
            "https://a",
        ] {
            let why = check_as("push.base.url", url, BaseUrlRules::default()).unwrap_err();
            assert!(
                why.remedy.contains("push.base.url"),
                "{url}: {}",
                why.remedy
            );
            assert!(
                !why.remedy.contains("web.base.url"),
                "{url}: {}",
                why.remedy
            );
        }
    }

    #[test]
    fn it_is_kept_as_dns_has_it() {
        for (url, kept) in [
            (
                "HTTPS://Mail.Example.COM:8443",
                "https://mail.example.com:8443",
            ),
            (
                "https://M\u{dc}LLER.example",
                "https://xn--mller-kva.example",
            ),
            ("https://8.8.8.8", "https://8.8.8.8"),
            (
                "https://[2606:4700:0::1111]:443",
                "https://[2606:4700::1111]:443",
            ),
            ("http://LocalHost:8480", "http://localhost:8480"),
            ("not an address", "not an address"),
        ] {
            assert_eq!(normalise(url), kept);
            assert_eq!(normalise(kept), kept);
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
            "::ffff:0:10.0.0.1",
            "::ffff:0:127.0.0.1",
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
