//! Mailboxes: add, list, share, rename, connect, disconnect, sync, remove.

pub(crate) mod connect;
pub(crate) mod connect_again;
pub(crate) mod create;
pub(crate) mod disconnect;
pub(crate) mod folders;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod rename;
pub(crate) mod share;
pub(crate) mod signature;
pub(crate) mod sync;

use maildesk_model::mailbox::Mailbox;
use maildesk_model::{MailboxId, Viewer};

use crate::app::App;
use crate::error::Problem;

/// The mailbox, or 404: the second question of every call about one.
pub(crate) async fn visible(app: &App, viewer: Viewer, id: MailboxId) -> Result<Mailbox, Problem> {
    let mailbox = app.store.mailbox(viewer, id).await?;
    mailbox.ok_or_else(Problem::not_found)
}
