//! Mailboxes: add, list, share, rename, remove, connect, sync.

pub(super) mod connect;
pub(super) mod create;
pub(super) mod folders;
pub(super) mod get;
pub(super) mod list;
pub(super) mod remove;
pub(super) mod rename;
pub(super) mod share;
pub(super) mod sync;

use maildesk_model::mailbox::Mailbox;
use maildesk_model::{MailboxId, Viewer};

use crate::app::App;
use crate::error::Problem;

/// The mailbox, or 404: the second question of every call about one.
pub(super) async fn visible(app: &App, viewer: Viewer, id: MailboxId) -> Result<Mailbox, Problem> {
    let mailbox = app.store.mailbox(viewer, id).await?;
    mailbox.ok_or_else(Problem::not_found)
}
