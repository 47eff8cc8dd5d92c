//! The plain answers of the callback. They are seen for a moment or in trouble, and load nothing but
//! the pages' style sheet.

use std::fmt::Write as _;

use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use maildesk_model::MailboxId;
use maildesk_model::mailbox::Trouble;

use super::finish::Failure;

/// On every answer: the address holds a code, so it is neither kept nor passed on.
const HEADERS: [(axum::http::HeaderName, &str); 4] = [
    (CACHE_CONTROL, "no-store"),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
];

/// The pages' style sheet. The web serves it under the name of its contents, and what it has under
/// any other name; this room does not know the right one.
const STYLE: &str = "/assets/callback/css/base.css";

/// Back to the mailbox.
pub(super) fn go_on(mailbox: MailboxId) -> Response {
    let location = format!("/mailboxes/{mailbox}");
    (StatusCode::SEE_OTHER, HEADERS, [(LOCATION, location)]).into_response()
}

/// What went wrong, what it means, what to do.
pub(super) fn failed(failure: &Failure) -> Response {
    let trouble = &failure.trouble;
    let mut body = String::new();
    paragraph(&mut body, &trouble.message);
    paragraph(&mut body, &trouble.remedy);
    if let Some(url) = &failure.consent_url {
        paragraph(&mut body, "For an administrator of the tenant:");
        let url = escaped(url);
        write!(body, "<p><a href=\"{url}\">{url}</a></p>").expect("a string takes any text");
    }
    write!(
        body,
        "<p class=\"dim\">Code: <code>{}</code></p><p><a class=\"button\" href=\"/settings/mailboxes\">Back to the mailboxes</a></p>",
        escaped(&trouble.code)
    )
    .expect("a string takes any text");
    html(failure.status, "The mailbox could not be connected", &body)
}

/// An administrator consented for the tenant. They may have no account here, so nothing else is
/// offered but what those who have one need.
pub(super) fn consented() -> Response {
    html(
        StatusCode::OK,
        "Consent was given",
        "<p>MailDesk may now be used in this tenant. Whoever sent you here can connect mailboxes; you can close this page.</p><p><a class=\"button\" href=\"/settings/microsoft\">To the Microsoft app settings</a></p>",
    )
}

/// Somebody came back with a link that does not count.
pub(super) fn consent_unknown() -> Response {
    html(
        StatusCode::BAD_REQUEST,
        "This link does not count any more",
        "<p>It was used already, is older than seven days, or was not made by this server. If you have consented at Microsoft, nothing is lost.</p><p>A Mailbox Administrator can prove it with <em>Test</em> in the Microsoft app settings, or make a new link there.</p><p><a class=\"button\" href=\"/settings/microsoft\">To the Microsoft app settings</a></p>",
    )
}

/// The administrator did not consent.
pub(super) fn consent_refused(trouble: &Trouble) -> Response {
    let mut body = String::new();
    paragraph(&mut body, &trouble.message);
    paragraph(&mut body, &trouble.remedy);
    write!(
        body,
        "<p class=\"dim\">Code: <code>{}</code></p><p><a class=\"button\" href=\"/settings/microsoft\">To the Microsoft app settings</a></p>",
        escaped(&trouble.code)
    )
    .expect("a string takes any text");
    html(StatusCode::BAD_REQUEST, "Consent was not given", &body)
}

fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>{title} · MailDesk</title><link rel=\"stylesheet\" href=\"{STYLE}\"></head><body><main class=\"page\"><section class=\"card narrow\"><h1>{title}</h1>{body}</section></main></body></html>"
    );
    let kind = [(CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, HEADERS, kind, page).into_response()
}

fn paragraph(body: &mut String, text: &str) {
    write!(body, "<p>{}</p>", escaped(text)).expect("a string takes any text");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
