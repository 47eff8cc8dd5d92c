//! From an answer's status, headers and body to the caller's decision. Pure.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use maildesk_model::Timestamp;

use super::mask::mask;
use super::{GraphError, Said};
use crate::retry;
use crate::transport::TransportError;
use crate::wire;

/// What a call does at Graph; the same status means different things to different calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Reads; may be repeated at will.
    Read,
    /// Reads on a stored delta or next link, or begins a round.
    Delta,
    /// Changes mail; may have been carried out when the answer is lost.
    Write,
    /// Creates a subscription.
    Subscribe,
    /// Renews, reauthorizes, reads or deletes one subscription by its id.
    Subscription,
}

impl Kind {
    const fn writes(self) -> bool {
        matches!(self, Self::Write | Self::Subscribe | Self::Subscription)
    }
}

/// Codes that say the delta state is gone; compared without regard to case (facts.md 5.2).
const DELTA_CODES: [&str; 3] = [
    "syncStateNotFound",
    "resyncRequired",
    "InvalidSyncStateData",
];

/// Codes and code parts by which Graph says that the mailbox itself cannot be reached, with a 404
/// that must not be read as "this message is gone" (facts.md 1.7, 9).
const NO_MAILBOX: [&str; 7] = [
    "ExtensionError",
    "MailboxNotEnabledForRESTAPI",
    "ErrorMailboxNotEnabledForRESTAPI",
    "ErrorNonExistentMailbox",
    "ErrorInvalidUser",
    "Request_ResourceNotFound",
    "ResourceNotFound",
];

/// A transport failure as an error of the call.
pub(crate) fn lost(kind: Kind, error: &TransportError) -> GraphError {
    let (code, maybe_done) = match error {
        TransportError::Connect(_) => ("no_connection", false),
        TransportError::Timeout => ("no_answer", kind.writes()),
        TransportError::Broken(_) => ("connection_broke", kind.writes()),
        TransportError::TooLarge { .. } => ("answer_too_large", kind.writes()),
    };
    let said = Box::new(Said {
        code: code.to_owned(),
        message: mask(&error.to_string()),
        ..Said::default()
    });
    match error {
        TransportError::TooLarge { .. } => GraphError::Refused { said },
        _ => GraphError::Later {
            maybe_done,
            retry_after: None,
            said,
        },
    }
}

/// An answer that is not a good one, as an error of the call. `now` is our clock, for a
/// `Retry-After` date on an answer without a `Date`.
pub(crate) fn classify(
    kind: Kind,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> GraphError {
    let foreign = wire::error::read(body);
    let date = crate::call::date(headers);
    let said = Box::new(Said {
        status: status.as_u16(),
        code: shown_code(&foreign, status),
        message: shown_message(&foreign, status),
        request_id: crate::call::request_id(headers),
        date,
    });
    let retry_after = headers
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| retry::retry_after(value, date.unwrap_or(now)));
    if kind == Kind::Delta && delta_is_gone(status, &foreign) {
        return GraphError::DeltaExpired { said };
    }
    match status.as_u16() {
        401 => unauthorized(kind, headers, &foreign, said),
        403 => forbidden(headers, &foreign, said),
        404 => not_found(kind, &foreign, said),
        410 => GraphError::NotFound { said },
        409 if kind == Kind::Subscribe => GraphError::Conflict {
            existing: guid_in(&foreign.message),
            said,
        },
        // A stale change key: the very same write succeeds a moment later (facts.md 7.4).
        409 | 412 | 423 | 408 if kind != Kind::Subscription => GraphError::Later {
            maybe_done: false,
            retry_after,
            said,
        },
        429 | 509 => GraphError::Throttled {
            retry_after,
            concurrency: is_concurrency(headers, &foreign),
            said,
        },
        500..=599 if status != StatusCode::NOT_IMPLEMENTED && status.as_u16() != 507 => {
            GraphError::Later {
                maybe_done: kind.writes(),
                retry_after,
                said,
            }
        }
        // A 308 without a location was seen on subscriptions (recorded.md 1.5): it is lost.
        300..=399 if kind == Kind::Subscription => GraphError::NotFound { said },
        _ => refused(kind, &foreign, said),
    }
}

fn delta_is_gone(status: StatusCode, foreign: &wire::error::Foreign) -> bool {
    status == StatusCode::GONE || foreign.has_code(&DELTA_CODES)
}

fn unauthorized(
    kind: Kind,
    headers: &HeaderMap,
    foreign: &wire::error::Foreign,
    said: Box<Said>,
) -> GraphError {
    // The mail service behind the subscriptions did not let the app in (facts.md 1.7). The token was
    // good enough to be asked about, and another one would say the same.
    let is_about_subscriptions = matches!(kind, Kind::Subscribe | Kind::Subscription);
    if is_about_subscriptions && foreign.has_code(&["ExtensionError"]) {
        return GraphError::NotAllowed { said };
    }
    match claims_challenge(headers) {
        Some(claims) => GraphError::SignInAgain {
            claims: Some(claims),
            said,
        },
        None => GraphError::TokenRejected { said },
    }
}

fn forbidden(headers: &HeaderMap, foreign: &wire::error::Foreign, said: Box<Said>) -> GraphError {
    let claims = claims_challenge(headers);
    if claims.is_some() || foreign.has_code(&["insufficient_claims"]) {
        return GraphError::SignInAgain { claims, said };
    }
    GraphError::NotAllowed { said }
}

fn not_found(kind: Kind, foreign: &wire::error::Foreign, said: Box<Said>) -> GraphError {
    let mailbox_itself = foreign.has_code(&NO_MAILBOX) && kind != Kind::Subscription;
    if mailbox_itself || kind == Kind::Subscribe {
        GraphError::Refused { said }
    } else {
        GraphError::NotFound { said }
    }
}

fn refused(kind: Kind, foreign: &wire::error::Foreign, said: Box<Said>) -> GraphError {
    if matches!(kind, Kind::Subscribe | Kind::Subscription) {
        if let Some(max_minutes) = too_long(&foreign.message) {
            return GraphError::TooLong { max_minutes, said };
        }
        let probe = foreign.has_code(&["ValidationError"])
            || foreign
                .message
                .starts_with("Subscription validation request");
        if probe {
            return GraphError::ValidationFailed { said };
        }
    }
    GraphError::Refused { said }
}

/// Whether a 429 means "too many at once for this mailbox". Only the wording tells it from the
/// other limits, which share its code (facts.md 6, recorded.md 6).
fn is_concurrency(headers: &HeaderMap, foreign: &wire::error::Foreign) -> bool {
    const NAME: &str = "MailboxConcurrency";
    foreign.message.contains(NAME)
        || foreign.has_code(&["ErrorTooManyObjectsOpened"])
        || headers
            .get("ratelimit-exceeded")
            .is_some_and(|value| value.as_bytes() == NAME.as_bytes())
}

/// `Some` if Graph says the life is too long, with the longest it allows where it says that.
/// There is no code of its own for it, so the wording decides (facts.md 1.2).
#[expect(
    clippy::option_option,
    reason = "too long or not, and then a limit or none: two different questions"
)]
fn too_long(message: &str) -> Option<Option<u32>> {
    if let Some(rest) = message.split("can only be ").nth(1)
        && message.contains("expiration")
    {
        let minutes = rest.split(' ').next().and_then(|text| text.parse().ok());
        return Some(minutes);
    }
    let max = message.split("beyond allowed max '").nth(1)?;
    Some(max.split('\'').next().and_then(span_minutes))
}

/// Minutes in a .NET time span, `[d.]hh:mm:ss[.f]`.
fn span_minutes(text: &str) -> Option<u32> {
    let (days, clock) = match text.split_once('.') {
        Some((days, clock)) if !days.contains(':') => (days.parse().ok()?, clock),
        _ => (0_u32, text),
    };
    let mut parts = clock.split(':');
    let hours: u32 = parts.next()?.parse().ok()?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    days.checked_mul(24 * 60)?
        .checked_add(hours.checked_mul(60)?)?
        .checked_add(minutes)
}

/// The claims of a conditional access challenge in `WWW-Authenticate` (recorded.md 9). There may
/// be several such headers.
fn claims_challenge(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(http::header::WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter(|value| value.contains("insufficient_claims"))
        .find_map(|value| {
            let quoted = value.split("claims=\"").nth(1)?;
            let encoded = quoted.split('"').next()?;
            let bytes = STANDARD
                .decode(encoded)
                .or_else(|_| STANDARD_NO_PAD.decode(encoded))
                .or_else(|_| URL_SAFE_NO_PAD.decode(encoded))
                .ok()?;
            String::from_utf8(bytes).ok()
        })
}

/// The first GUID in a text: how Graph names the twin of a subscription (facts.md 1.5).
fn guid_in(text: &str) -> Option<String> {
    text.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-')
        .find(|word| {
            word.len() == 36
                && word
                    .bytes()
                    .enumerate()
                    .all(|(place, byte)| (byte == b'-') == matches!(place, 8 | 13 | 18 | 23))
        })
        .map(str::to_owned)
}

fn shown_code(foreign: &wire::error::Foreign, status: StatusCode) -> String {
    let code = foreign.codes.iter().find(|code| !code.is_empty());
    code.map_or_else(|| format!("http_{}", status.as_u16()), |code| mask(code))
}

fn shown_message(foreign: &wire::error::Foreign, status: StatusCode) -> String {
    if foreign.message.is_empty() {
        format!("Microsoft answered {} without saying why.", status.as_u16())
    } else {
        mask(&foreign.message)
    }
}

/// A good status with a body that cannot be read.
pub(crate) fn unreadable(
    kind: Kind,
    status: StatusCode,
    headers: &HeaderMap,
    what: &str,
) -> GraphError {
    GraphError::Later {
        maybe_done: kind.writes(),
        retry_after: None::<Duration>,
        said: Box::new(Said {
            status: status.as_u16(),
            code: "unreadable_answer".to_owned(),
            message: format!("Microsoft's answer could not be read: {}", mask(what)),
            request_id: crate::call::request_id(headers),
            date: crate::call::date(headers),
        }),
    }
}

/// A good answer that does not say which thing it is about.
pub(crate) fn nameless(
    kind: Kind,
    request_id: Option<String>,
    date: Option<Timestamp>,
) -> GraphError {
    GraphError::Later {
        maybe_done: kind.writes(),
        retry_after: None,
        said: Box::new(Said {
            status: 200,
            code: "unreadable_answer".to_owned(),
            message: "Microsoft's answer holds no id.".to_owned(),
            request_id,
            date,
        }),
    }
}

/// A link in an answer that leads away from the Graph host.
pub(crate) fn foreign_link(request_id: Option<String>, date: Option<Timestamp>) -> GraphError {
    GraphError::Refused {
        said: Box::new(Said {
            status: 200,
            code: "foreign_link".to_owned(),
            message: "Microsoft's answer holds a link to another host, which is not followed."
                .to_owned(),
            request_id,
            date,
        }),
    }
}

/// A delta page that says neither how the round goes on nor that it is over.
pub(crate) fn endless_page() -> GraphError {
    GraphError::Later {
        maybe_done: false,
        retry_after: None,
        said: Box::new(Said {
            status: 200,
            code: "unreadable_answer".to_owned(),
            message: "Microsoft's answer says neither how the list goes on nor that it is over."
                .to_owned(),
            ..Said::default()
        }),
    }
}

/// A stored link that leads away from the Graph host: the installation was moved to another one,
/// and the state behind the link stayed there.
pub(crate) fn stale_link() -> GraphError {
    GraphError::DeltaExpired {
        said: Box::new(Said {
            code: "stale_link".to_owned(),
            message: "The stored link belongs to another Graph host.".to_owned(),
            ..Said::default()
        }),
    }
}
