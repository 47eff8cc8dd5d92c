//! What goes out by HTTP, and its signature. The form is promised in docs/admin/alerts.md.

use maildesk_model::alert::{Alert, Telling};
use maildesk_model::{Secret, Timestamp};
use ring::hmac;
use serde::Serialize;

/// The header that says when it was sent, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "maildesk-timestamp";
/// The header that proves who sent it: `v1=` and the HMAC-SHA-256 of `TIMESTAMP.BODY` in hexadecimal.
pub const SIGNATURE_HEADER: &str = "maildesk-signature";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    id: String,
    sent_at: String,
    test: bool,
    desk: &'a str,
    alerts: Vec<Line<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    id: String,
    event: &'static str,
    code: &'static str,
    mailbox: Option<Named<'a>>,
    cause: &'a str,
    message: &'a str,
    remedy: &'a str,
    since: String,
    ended_at: Option<String>,
    url: String,
}

#[derive(Serialize)]
struct Named<'a> {
    id: String,
    name: &'a str,
}

/// The body of a POST; a test tells of no alerts.
pub(crate) fn body(
    id: String,
    lines: &[(Alert, Telling)],
    base_url: &str,
    is_test: bool,
    at: Timestamp,
) -> Vec<u8> {
    let body = Body {
        id,
        sent_at: at.to_rfc3339(),
        test: is_test,
        desk: base_url,
        alerts: lines.iter().map(|line| told(line, base_url)).collect(),
    };
    serde_json::to_vec(&body).expect("text and numbers always have a JSON form")
}

fn told<'a>((alert, telling): &'a (Alert, Telling), base_url: &str) -> Line<'a> {
    Line {
        id: alert.id.to_string(),
        event: telling.name(),
        code: alert.kind.name(),
        mailbox: alert.mailbox.map(|mailbox| Named {
            id: mailbox.to_string(),
            name: &alert.name,
        }),
        cause: &alert.trouble.code,
        message: &alert.trouble.message,
        remedy: &alert.trouble.remedy,
        since: alert.since.to_rfc3339(),
        ended_at: alert.ended_at.map(Timestamp::to_rfc3339),
        url: format!("{base_url}{}", alert.path()),
    }
}

/// The headers that say when it was sent and, with a secret, by whom.
pub(crate) fn headers(
    secret: Option<&Secret>,
    body: &[u8],
    at: Timestamp,
) -> Vec<(&'static str, String)> {
    let seconds = (at.as_micros() / 1_000_000).to_string();
    let signature = secret.map(|secret| (SIGNATURE_HEADER, signature(secret, &seconds, body)));
    let mut headers = vec![(TIMESTAMP_HEADER, seconds)];
    headers.extend(signature);
    headers
}

fn signature(secret: &Secret, seconds: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(seconds.as_bytes());
    context.update(b".");
    context.update(body);
    let hex = context
        .sign()
        .as_ref()
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!("v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_others_compute() {
        // printf '1800000000.{"a":1}' | openssl dgst -sha256 -hmac geheim
        let at = Timestamp::from_micros(1_800_000_000_700_000);
        let headers = headers(Some(&Secret::new("geheim")), br#"{"a":1}"#, at);
        assert_eq!(
            headers,
            [
                (TIMESTAMP_HEADER, "1800000000".to_owned()),
                (
                    SIGNATURE_HEADER,
                    "v1=448dfe42bb44eaf2b06fa98fddf31c823fffcb38618a86370750ed263c8d39d8"
                        .to_owned()
                ),
            ]
        );
    }

    #[test]
    fn without_a_secret_nothing_is_signed() {
        let headers = headers(None, b"{}", Timestamp::EPOCH);
        assert_eq!(headers, [(TIMESTAMP_HEADER, "0".to_owned())]);
    }
}
