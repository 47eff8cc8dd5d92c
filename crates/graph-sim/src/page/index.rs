//! `/`: the mailboxes, and a form to write to one from outside.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::layout::page;
use crate::mailbox::INBOX;
use crate::plain::escape;
use crate::sync::Held;
use crate::world::{MailboxCell, World};

/// A mailbox as the list shows it.
fn row(cell: &Arc<MailboxCell>) -> String {
    let mailbox = cell.content.held();
    let unread = mailbox.folder(INBOX).map_or(0, |inbox| inbox.unread);
    let link = utf8_percent_encode(&cell.address, NON_ALPHANUMERIC);
    let kind = serde_json::to_string(&cell.kind).unwrap_or_default();
    format!(
        "<li><a href=\"/outlook/{link}\"><b>{}</b> <span>{}</span></a> <small>{}, {} messages, {unread} unread in the inbox</small></li>",
        escape(&cell.display_name),
        escape(&cell.address),
        kind.trim_matches('"'),
        mailbox.all().len()
    )
}

/// Shows the list.
pub(super) async fn show(State(world): State<Arc<World>>) -> Response {
    let cells = world.directory.mailboxes();
    let rows = cells.iter().map(row).collect::<Vec<_>>().concat();
    let body = if rows.is_empty() {
        "<main><h1>No mailboxes yet</h1><p>Make one: <code>curl -X POST http://…/sim/mailboxes -H 'content-type: application/json' -d '{\"address\":\"ada@contoso.test\",\"displayName\":\"Ada\",\"kind\":\"user\"}'</code></p></main>".to_owned()
    } else {
        format!("<main><h1>Mailboxes</h1><ul class=\"mailboxes\">{rows}</ul></main>")
    };
    page(StatusCode::OK, "Mailboxes", &body, "")
}
