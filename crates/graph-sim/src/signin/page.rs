//! The pages of sign-in: plain forms that a script can send as well as a person.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::problem::{Problem, TraceIds};
use crate::plain::escape;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;background:light-dark(#f2f2f2,#1b1b1b);color:light-dark(#1b1b1b,#f2f2f2)}\
:root{color-scheme:light dark}main{background:light-dark(#fff,#262626);padding:2.5rem;max-width:27rem;width:calc(100% - 7rem);border-radius:8px;box-shadow:0 2px 8px #0003}\
h1{font-size:1.4rem;margin:0 0 1rem}input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #767676;border-radius:4px}\
button{font:inherit;padding:.5rem 1.5rem;border:0;border-radius:4px;margin:1rem .5rem 0 0;cursor:pointer;background:light-dark(#0067b8,#4ba0e1);color:light-dark(#fff,#000)}\
button.quiet{background:light-dark(#e1e1e1,#444);color:inherit}.bad{color:light-dark(#a4262c,#ff9aa2)}small{opacity:.75}";

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    );
    (status, [("cache-control", "no-store")], Html(html)).into_response()
}

/// The sign-in form. It posts to its own URL, so the request's parameters stay in the query.
pub(super) fn sign_in(
    app: &str,
    hint: &str,
    accounts: &[String],
    permissions: &str,
    complaint: Option<&str>,
) -> Response {
    let option = |account: &String| format!("<option value=\"{}\">", escape(account));
    let options = accounts.iter().map(option).collect::<Vec<_>>().concat();
    let complaint_html = complaint
        .map(|text| format!("<p class=\"bad\" role=\"alert\">{}</p>", escape(text)))
        .unwrap_or_default();
    let body = format!(
        "<h1>Sign in (simulated)</h1>{complaint_html}<form method=\"post\"><label>Account<br><input name=\"account\" type=\"email\" list=\"accounts\" value=\"{}\" autocomplete=\"username\" required autofocus></label>\
<datalist id=\"accounts\">{options}</datalist><p>App <b>{}</b> asks for:<br><small>{}</small></p>\
<button name=\"decision\" value=\"accept\">Accept</button><button class=\"quiet\" name=\"decision\" value=\"decline\" formnovalidate>Decline</button></form>",
        escape(hint),
        escape(app),
        escape(permissions)
    );
    page(
        if complaint.is_some() {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::OK
        },
        "Sign in",
        &body,
    )
}

/// The form where the code of a device is typed in.
pub(super) fn device(said: Option<&str>) -> Response {
    let said = said
        .map(|text| format!("<p role=\"status\">{}</p>", escape(text)))
        .unwrap_or_default();
    let body = format!(
        "<h1>Enter code (simulated)</h1>{said}<form method=\"post\"><label>Code<br><input name=\"user_code\" required></label><label>Account<br><input name=\"account\" type=\"email\"></label>\
<button name=\"decision\" value=\"accept\">Accept</button><button class=\"quiet\" name=\"decision\" value=\"decline\">Decline</button></form>"
    );
    page(StatusCode::OK, "Enter code", &body)
}

/// The form of admin consent.
pub(super) fn admin_consent(app: &str, permissions: &str) -> Response {
    let body = format!(
        "<h1>Permissions requested (simulated)</h1><p>Grant <b>{}</b> these permissions for the whole organisation:<br><small>{}</small></p>\
<form method=\"post\"><button name=\"decision\" value=\"accept\">Accept</button><button class=\"quiet\" name=\"decision\" value=\"decline\">Decline</button></form>",
        escape(app),
        escape(permissions)
    );
    page(StatusCode::OK, "Permissions requested", &body)
}

/// An error that may not be sent to a redirect URI, because the URI itself or the app is in doubt.
pub(super) fn error(problem: &Problem, ids: &TraceIds) -> Response {
    let body = format!(
        "<h1>Sorry, but we're having trouble signing you in.</h1><p class=\"bad\">{}</p>",
        escape(&problem.description(ids))
    );
    page(StatusCode::BAD_REQUEST, "Sign-in error", &body)
}

/// `response_mode=form_post`: a form that sends itself, with a button for those without scripts.
pub(super) fn form_post(target: &str, fields: &[(&str, String)]) -> Response {
    let input = |(name, value): &(&str, String)| {
        let value = escape(value);
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    };
    let inputs = fields.iter().map(input).collect::<Vec<_>>().concat();
    let body = format!(
        "<form method=\"post\" action=\"{}\">{inputs}<button>Continue</button></form><script>document.forms[0].submit()</script>",
        escape(target)
    );
    page(StatusCode::OK, "Working…", &body)
}
