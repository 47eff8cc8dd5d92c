//! *Test address* (P18): calls our own webhook over the public address, as Microsoft's validation does,
//! and says in words what stands in the way. What a person behind the same wall cannot see is that
//! an address may answer from inside and not from outside; the last word is Microsoft's probe.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maildesk_model::address_test::{AddressCall, AddressTest};
use maildesk_model::base_url::{self, BaseUrlRules};
use maildesk_model::mailbox::Trouble;
use maildesk_model::{Clock, Entropy, Timestamp};

use crate::urls::{lifecycle_url, notification_url};
use crate::words::trouble;

/// Graph gives an endpoint so long for its first answer (facts.md 4).
const PATIENCE: Duration = Duration::from_secs(3);

/// The way to addresses of anybody's choice. It follows no redirects and, unless told otherwise,
/// reaches no private address.
#[async_trait]
pub trait Outside: Send + Sync {
    /// Sends an empty POST and reads the beginning of the answer.
    async fn post(&self, url: &str) -> Result<Seen, Unreached>;
}

/// What came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// The beginning of the body.
    pub body: Vec<u8>,
    /// How long it took to come.
    pub took: Duration,
    /// When the certificate ends, over https.
    pub certificate_ends_at: Option<Timestamp>,
}

/// Why nothing came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unreached {
    /// The name has no address.
    NoSuchName,
    /// The name leads to an address that is not public.
    Private,
    /// Nobody listens there, or a firewall says no.
    Refused,
    /// No answer in time.
    TimedOut,
    /// The certificate has ended, or does not count yet.
    CertificateExpired,
    /// The certificate is for another name.
    CertificateName,
    /// The certificate is not signed by an authority that is known, or the chain lacks a link.
    CertificateIssuer,
    /// TLS could not be agreed on for another reason.
    Tls,
    /// The connection ended before the answer did.
    Broken,
}

/// Calls both of our webhook's addresses below `base_url` with a probe token each.
pub async fn test_address(
    outside: &dyn Outside,
    base_url: &str,
    rules: BaseUrlRules,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> AddressTest {
    let at = clock.now();
    if let Err(why) = base_url::check(base_url, rules) {
        let call = AddressCall {
            url: base_url.to_owned(),
            took: None,
            trouble: Some(why),
        };
        return AddressTest {
            at,
            calls: vec![call],
            certificate_ends_at: None,
        };
    }
    let mut calls = Vec::new();
    let mut certificate_ends_at = None;
    for url in [notification_url(base_url), lifecycle_url(base_url)] {
        // A space and a plus are what half-done decoders get wrong.
        let token = format!("MailDesk probe+{}", random(entropy));
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("validationToken", &token)
            .finish();
        let answer = outside.post(&format!("{url}?{query}")).await;
        if let Ok(seen) = &answer {
            certificate_ends_at = seen.certificate_ends_at.or(certificate_ends_at);
        }
        calls.push(AddressCall {
            took: answer.as_ref().ok().map(|seen| seen.took),
            trouble: judge(&token, &answer),
            url,
        });
    }
    AddressTest {
        at,
        calls,
        certificate_ends_at,
    }
}

fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 12];
    entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is wrong with an answer, if anything.
fn judge(token: &str, answer: &Result<Seen, Unreached>) -> Option<Trouble> {
    let seen = match answer {
        Ok(seen) => seen,
        Err(why) => return Some(unreached(*why)),
    };
    if let Some(why) = wrong_status(seen) {
        return Some(why);
    }
    if seen.body != token.as_bytes() {
        return Some(if is_html(seen) {
            trouble(
                "address_page",
                "A web page answered instead of MailDesk.",
                "Something in front of MailDesk answers for it, such as a login page, a bot check or a placeholder of the proxy. Let the two webhook paths through to MailDesk without it.",
            )
        } else {
            trouble(
                "address_wrong_answer",
                "What came back is not what MailDesk sent.",
                "Another server answers at this address, or a proxy changes what passes. Let the two webhook paths through to this server as they are.",
            )
        });
    }
    let is_plain = seen
        .content_type
        .as_deref()
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/plain"));
    if !is_plain {
        return Some(trouble(
            "address_content_type",
            "The answer came with another Content-Type than MailDesk gave it.",
            "A proxy changes the headers of answers. Let those of the two webhook paths pass as they are: Microsoft wants text/plain.",
        ));
    }
    (seen.took > PATIENCE).then(|| {
        trouble(
            "address_slow",
            "The answer took longer than Microsoft waits (3 seconds).",
            "Look for a slow proxy, a slow name server or a machine that is overloaded on the way.",
        )
    })
}

fn wrong_status(seen: &Seen) -> Option<Trouble> {
    let status = seen.status;
    Some(match status {
        200 => return None,
        300..=399 => {
            let target = seen.location.as_deref().map(host_of).unwrap_or_default();
            let message = if target.is_empty() {
                format!("The address sends whoever calls it elsewhere (status {status}).")
            } else {
                format!("The address sends whoever calls it to {target} (status {status}).")
            };
            trouble(
                "address_redirect",
                message,
                "Microsoft follows no redirects. Set the base URL to where it leads, or take the redirect (to https, to www, to a login page) away from the two webhook paths.",
            )
        }
        401 | 403 | 407 => trouble(
            "address_login_wall",
            format!("Something in front of MailDesk wants to know who calls (status {status})."),
            "Except the two webhook paths from the login page, single sign-on, client certificate or IP list of your proxy: Microsoft cannot sign in there. MailDesk checks a secret of its own on every notification.",
        ),
        404 => trouble(
            "address_not_found",
            "The address is answered, but the webhook is not there (status 404).",
            "Check that the base URL leads to this MailDesk and that the proxy passes the two webhook paths on, also where MAILDESK_WEBHOOK_LISTEN gives them a port of their own.",
        ),
        502..=504 => trouble(
            "address_bad_gateway",
            format!("The proxy is there, but does not reach MailDesk (status {status})."),
            "Compare the proxy's target with MAILDESK_LISTEN (or MAILDESK_WEBHOOK_LISTEN), and look whether MailDesk runs.",
        ),
        _ => trouble(
            "address_status",
            format!("The answer has status {status} instead of 200."),
            "Look in the proxy's log for this request: something in front of MailDesk answers for it.",
        ),
    })
}

fn is_html(seen: &Seen) -> bool {
    let kind = seen.content_type.as_deref().unwrap_or_default();
    let begins = String::from_utf8_lossy(&seen.body);
    kind.to_ascii_lowercase().starts_with("text/html") || begins.trim_start().starts_with('<')
}

/// The host of a redirect's target, short; nothing else of it is shown.
fn host_of(location: &str) -> String {
    let after = location.split_once("://").map_or("", |(_, rest)| rest);
    let host = after.split(['/', '?', '#']).next().unwrap_or_default();
    host.chars().take(100).collect()
}

fn unreached(why: Unreached) -> Trouble {
    let (code, message, remedy) = match why {
        Unreached::NoSuchName => (
            "address_no_name",
            "The name of the base URL has no address (DNS).",
            "Check the spelling, and the DNS record of the name. A new record can take a while to be known everywhere.",
        ),
        Unreached::Private => (
            "address_private",
            "The name of the base URL leads to a private address.",
            "Microsoft calls from the internet: the name must lead to a public address there. If it does so outside and only your own network is told another one, this test cannot see it from here; let Microsoft's probe decide.",
        ),
        Unreached::Refused => (
            "address_refused",
            "Nobody accepts the connection at the public address.",
            "Check that the proxy runs and listens on port 443, and that firewall and port forwarding let it through.",
        ),
        Unreached::TimedOut => (
            "address_timeout",
            "No answer came from the public address.",
            "A firewall may drop the connection, or the router does not let this server call its own public address (hairpin NAT). Try the address from outside; let Microsoft's probe decide.",
        ),
        Unreached::CertificateExpired => (
            "certificate_expired",
            "The certificate of the public address has ended, or does not count yet.",
            "Renew it at the proxy, and check the clocks of proxy and server.",
        ),
        Unreached::CertificateName => (
            "certificate_name",
            "The certificate of the public address is for another name.",
            "Get a certificate for the host of the base URL, or set the base URL to the name the certificate is for.",
        ),
        Unreached::CertificateIssuer => (
            "certificate_issuer",
            "The certificate of the public address is not signed by a public authority, or its chain is incomplete.",
            "Use a certificate of a public authority such as Let's Encrypt, and let the proxy send the whole chain (fullchain). Microsoft accepts no self-signed one.",
        ),
        Unreached::Tls => (
            "tls_failed",
            "TLS could not be agreed on with the public address.",
            "Check that port 443 speaks TLS 1.2 or 1.3 with common ciphers.",
        ),
        Unreached::Broken => (
            "address_broke",
            "The connection to the public address broke off before the answer was through.",
            "Look in the proxy's log for this request.",
        ),
    };
    trouble(code, message, remedy)
}

#[cfg(test)]
mod tests;
