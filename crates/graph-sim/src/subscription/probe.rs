//! The validation handshake: the probe that a webhook must echo, and the judgement of its answer [facts 2].

use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::answer::Refusal;
use crate::delivery::post::Fate;

/// How long an endpoint has to answer a probe; not configurable at Microsoft either [facts 2].
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// What was said before the status was named.
const FAILED: &str = "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.";

/// The most of a wrong body that is repeated in the refusal.
const REPEATED: usize = 200;

/// A validation token in the recorded form: 117 characters once decoded [recorded 2].
pub(crate) fn token(request_id: &str) -> String {
    format!(
        "Validation: Testing client application reachability for subscription Request-Id: {request_id}"
    )
}

/// A token of the same kind that also carries `+`, `/` and `=`, so that a decoder which guesses is found out [facts 2].
pub(crate) fn hard_token(request_id: &str) -> String {
    format!("{} Ticket: a+b/c==", token(request_id))
}

/// A token of a form of its own: it is opaque, and changed once before [facts 2].
pub(crate) fn other_token(request_id: &str) -> String {
    let digits: String = request_id.chars().filter(|digit| *digit != '-').collect();
    format!("{digits}+/{digits}==")
}

/// The URL that is probed. A query of its own is kept.
pub(crate) fn url(notification_url: &str, token: &str) -> String {
    let joint = if notification_url.contains('?') {
        '&'
    } else {
        '?'
    };
    format!("{notification_url}{joint}validationToken={}", encode(token))
}

/// Form encoding as the recorded probes have it: lower-case hex and `+` for a space [recorded 2].
fn encode(token: &str) -> String {
    let encoded = token.bytes().map(|byte| match byte {
        b' ' => "+".to_owned(),
        b'-' | b'_' | b'.' => char::from(byte).to_string(),
        letter if letter.is_ascii_alphanumeric() => char::from(letter).to_string(),
        other => format!("%{other:02x}"),
    });
    encoded.collect()
}

/// Whether the endpoint proved itself. The refusals are those of the failure catalogue [facts 1.7], with `ValidationError`, the code of 2024 [recorded 1.7].
/// `historic` asks for the code and the words of 2017 to 2021.
pub(crate) fn judge(fate: &Fate, token: &str, historic: bool) -> Result<(), Refusal> {
    let code = if historic {
        "InvalidRequest"
    } else {
        "ValidationError"
    };
    let refusal = |message: String| Refusal::new(400, code, message).inner();
    let answer = match fate {
        Fate::Answered(answer) => answer,
        Fate::TimedOut => return Err(refusal("Subscription validation request timed out.".into())),
        Fate::Unreachable => {
            return Err(refusal(FAILED.into()));
        }
    };
    if answer.status() != StatusCode::OK && historic {
        return Err(refusal(FAILED.into()));
    }
    if answer.status() != StatusCode::OK {
        return Err(refusal(format!(
            "Subscription validation request failed. HTTP status code is '{}'. Notification endpoint must respond with 200 OK to validation request.",
            status_name(answer.status())
        )));
    }
    if answer.body().as_ref() != token.as_bytes() {
        let body = String::from_utf8_lossy(answer.body());
        return Err(refusal(body.chars().take(REPEATED).collect()));
    }
    let plain = answer
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(is_plain_text);
    // The sentence for a wrong content type is our own: no capture shows Microsoft's.
    if plain {
        Ok(())
    } else {
        Err(refusal("Subscription validation request failed. Content type of the response must be text/plain.".into()))
    }
}

fn is_plain_text(content_type: &str) -> bool {
    content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/plain"))
}

/// A status as the service names it: the reason phrase without its blanks.
fn status_name(status: StatusCode) -> String {
    status.canonical_reason().map_or_else(
        || status.as_str().to_owned(),
        |reason| reason.chars().filter(char::is_ascii_alphanumeric).collect(),
    )
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const REQUEST: &str = "5f0a3b0e-58f2-4a0b-9d4b-5b2b6a4f7f10";

    fn answered(status: u16, kind: &str, body: &str) -> Fate {
        Fate::Answered(
            http::Response::builder()
                .status(status)
                .header(CONTENT_TYPE, kind)
                .body(Bytes::copy_from_slice(body.as_bytes()))
                .expect("literal"),
        )
    }

    fn message(fate: &Fate) -> String {
        judge(fate, &token(REQUEST), false)
            .expect_err("refused")
            .message
            .into_owned()
    }

    #[test]
    fn the_url_has_lower_case_hex_and_plus_and_keeps_a_query() {
        assert_eq!(
            url("https://desk.test/hook", &token(REQUEST)),
            format!(
                "https://desk.test/hook?validationToken=Validation%3a+Testing+client+application+reachability+for+subscription+Request-Id%3a+{REQUEST}"
            )
        );
        assert_eq!(token(REQUEST).len(), 117);
        assert!(url("https://desk.test/hook?a=b", "x").ends_with("/hook?a=b&validationToken=x"));
        assert!(
            url("https://desk.test/hook", &hard_token(REQUEST))
                .ends_with("+Ticket%3a+a%2bb%2fc%3d%3d")
        );
    }

    #[test]
    fn only_a_200_with_the_decoded_token_as_plain_text_passes() {
        assert!(
            judge(
                &answered(200, "text/plain; charset=utf-8", &token(REQUEST)),
                &token(REQUEST),
                false
            )
            .is_ok()
        );
        assert!(
            message(&answered(200, "application/json", &token(REQUEST))).contains("text/plain")
        );
        assert!(message(&answered(202, "text/plain", &token(REQUEST))).contains("'Accepted'"));
    }

    #[test]
    fn each_failure_has_its_own_sentence() {
        assert_eq!(
            message(&Fate::TimedOut),
            "Subscription validation request timed out."
        );
        assert_eq!(message(&answered(200, "text/plain", "OK")), "OK");
        assert!(message(&answered(403, "text/html", "")).starts_with(
            "Subscription validation request failed. HTTP status code is 'Forbidden'."
        ));
        assert!(
            message(&Fate::Unreachable)
                .ends_with("must respond with 200 OK to validation request.")
        );
    }

    #[test]
    fn the_encoded_token_is_a_wrong_body() {
        assert!(
            judge(
                &answered(200, "text/plain", &encode(&token(REQUEST))),
                &token(REQUEST),
                false
            )
            .is_err()
        );
    }
}
