//! `/messages/{id}/body`: a message's body as a document of its own, for the sandboxed frame.
//!
//! Its policy is its own, in a window of its own too: no script, no form, no frame, no address but ours for pictures, unless
//! the reader asked for remote ones.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Uri, header};
use maildesk_model::MessageId;

use crate::api::messages::render::Missing;
use crate::api::messages::{get, render};
use crate::app::App;
use crate::error::Problem;
use crate::pages::person::Person;
use crate::request::id::One;
use crate::words::Words;

/// What every body may do, but for pictures.
const POLICY: &str = "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; \
     default-src 'none'; style-src 'unsafe-inline'; font-src 'none'; \
     script-src 'none'; frame-src 'none'; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'self'; img-src";

/// The look of a mail that brings none: paper, in light and dark. Long words break, wide things
/// scroll inside the frame, nothing leaves it.
const STYLE: &str = "html{color-scheme:light;background:#fff;color:#1b1f24;\
     font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}\
     body{margin:0;padding:16px;overflow-wrap:anywhere;overflow-x:auto}\
     img{max-width:100%;height:auto}pre{white-space:pre-wrap}\
     a{color:#3350c8}img[data-remote-src]{min-width:16px;min-height:16px;background:#eceff3;\
     outline:1px dashed #868e99}blockquote{margin:0 0 0 8px;padding-left:12px;border-left:2px solid #d9dee5}";

/// The document.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    One(id): One<MessageId>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (detail, missing) = get::whole(&app, &person.caller, id).await?;
    let with_images = uri.query().is_some_and(|query| {
        form_urlencoded::parse(query.as_bytes()).any(|pair| pair == ("images".into(), "yes".into()))
    });
    let words = Words::english();
    let attachments = detail.attachments.unwrap_or_default();
    let mut inline = render::inline_parts(&app, id, &attachments);
    inline.own_hosts.extend(host(&headers));
    let (html, remote) = match detail.body {
        Some(body) => {
            let clean = render::clean(&app, body, detail.text.as_deref(), inline).await?;
            let note = if clean.is_reduced {
                crate::html::from_text(&words.say("body-reduced")) + "<hr>"
            } else {
                String::new()
            };
            (note + &clean.html, clean.has_remote_images)
        }
        None => (not_here(words, missing), false),
    };
    let (html, sources) = if with_images {
        (
            html.replace(" data-remote-src=\"", " src=\""),
            "'self' data: https: http:",
        )
    } else {
        (html, "'self' data:")
    };
    let blocked = if remote && !with_images {
        " data-blocked=\"yes\""
    } else {
        ""
    };
    let page = format!(
        "<!doctype html><html lang=\"\"{blocked}><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
         <style>{STYLE}</style></head><body>{html}</body></html>",
        words.say("body-title")
    );
    let policy = HeaderValue::from_str(&format!("{POLICY} {sources}"));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            policy.expect("a policy is header text"),
        ),
        // Pictures elsewhere learn nothing of where they are shown.
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    Ok((headers, page).into_response())
}

/// The name that the browser knows us by, without its port.
fn host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let authority: Authority = host.parse().ok()?;
    Some(authority.host().to_ascii_lowercase())
}

/// Words instead of a body.
fn not_here(words: Words, missing: Missing) -> String {
    let escape = |text: &str| crate::html::from_text(text);
    match missing {
        Missing::Fetching => escape(&words.say("body-coming")),
        Missing::Unavailable(trouble) => {
            format!("{}{}", escape(&trouble.message), escape(&trouble.remedy))
        }
    }
}
