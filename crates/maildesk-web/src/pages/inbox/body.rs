//! `/messages/{id}/body`: a message's body as a document of its own, for the sandboxed frame.
//!
//! Its policy is its own, in a window of its own too: no script, no form, no frame, no address but ours for pictures, unless
//! the reader asked for remote ones.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Uri, header};
use maildesk_model::MessageId;
use maildesk_model::message::Body;

use crate::api::messages::render::Missing;
use crate::api::messages::{get, render};
use crate::app::App;
use crate::error::Problem;
use crate::foreign;
use crate::html::{self, Inline};
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
     body{margin:0;padding:16px;overflow-wrap:anywhere;overflow-x:auto;display:flow-root}.ours{color:#5a6370}\
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
    let with_pictures = uri.query().is_some_and(|query| {
        form_urlencoded::parse(query.as_bytes()).any(|pair| pair == ("images".into(), "yes".into()))
    });
    let mut paper = match detail.body {
        Some(body) => {
            let attachments = detail.attachments.unwrap_or_default();
            let mut inline = render::inline_parts(&app, id, &attachments);
            inline.own_hosts.extend(host(&headers));
            written(&app, body, detail.text.as_deref(), inline).await?
        }
        None => Paper::words(&not_here(missing)),
    };
    if with_pictures {
        paper.html = paper.html.replace(" data-remote-src=\"", " src=\"");
    }
    Ok(paper.answer(with_pictures))
}

/// What is in the frame.
#[derive(Default)]
struct Paper {
    html: String,
    /// Whether it has pictures that lie elsewhere.
    has_remote_pictures: bool,
}

impl Paper {
    /// Words of ours.
    fn words(html: &str) -> Self {
        Self {
            html: format!("<div class=\"ours\">{html}</div>"),
            ..Self::default()
        }
    }

    fn answer(self, with_pictures: bool) -> Response {
        let blocked = if self.has_remote_pictures && !with_pictures {
            " data-blocked=\"yes\""
        } else {
            ""
        };
        let page = format!(
            "<!doctype html><html lang=\"\"{blocked}><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
             <style>{STYLE}</style></head><body>{}</body></html>",
            Words::english().say("body-title"),
            self.html,
        );
        let sources = if with_pictures {
            "'self' data: https: http:"
        } else {
            "'self' data:"
        };
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
        (headers, page).into_response()
    }
}

/// The body, or that there is nothing in it.
async fn written(
    app: &App,
    body: Body,
    text: Option<&str>,
    inline: Inline,
) -> Result<Paper, Problem> {
    let words = Words::english();
    let is_wordless = if body.is_html {
        text.is_some_and(is_blank)
    } else {
        is_blank(&body.content)
    };
    let clean = render::clean(app, body, text, inline).await?;
    if is_wordless && !clean.html.contains("<img") {
        return Ok(Paper::words(&html::escape(&words.say("body-empty"))));
    }
    let note = if clean.is_reduced {
        html::from_text(&words.say("body-reduced")) + "<hr>"
    } else {
        String::new()
    };
    Ok(Paper {
        html: note + &clean.html,
        has_remote_pictures: clean.has_remote_images,
    })
}

/// Whether it shows nothing: newsletters fill their first line with joiners and spaces of no width.
fn is_blank(text: &str) -> bool {
    let is_seen = |c: char| {
        !c.is_whitespace()
            && !foreign::is_unseen(c)
            && !matches!(c, '\u{200b}'..='\u{200d}' | '\u{ad}' | '\u{34f}' | '\u{feff}')
    };
    !text.contains(is_seen)
}

/// The name that the browser knows us by, without its port.
fn host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let authority: Authority = host.parse().ok()?;
    Some(authority.host().to_ascii_lowercase())
}

/// Words instead of a body.
fn not_here(missing: Missing) -> String {
    match missing {
        Missing::Fetching => html::from_text(&Words::english().say("body-coming")),
        Missing::Unavailable(trouble) => {
            html::from_text(&trouble.message) + &html::from_text(&trouble.remedy)
        }
    }
}
