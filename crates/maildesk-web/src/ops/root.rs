//! `/`: says where things are.

use axum::response::Html;

/// A plain page without anything to load.
pub(super) async fn show() -> Html<&'static str> {
    Html(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>MailDesk</title>\
         <p>This MailDesk server speaks JSON under <code>/api/v1</code>, described by \
         <a href=\"/api/v1/openapi.json\">openapi.json</a>, and tells what changes on \
         <a href=\"/api/v1/events\">the event stream</a>.</p></html>",
    )
}
