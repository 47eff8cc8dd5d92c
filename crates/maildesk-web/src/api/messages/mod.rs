//! Messages: list, read, change, delete, and their attachments.

pub(super) mod attachment;
pub(super) mod change;
pub(super) mod delete;
mod disposition;
pub(super) mod get;
pub(super) mod list;
mod render;

use maildesk_model::message::MessageDetail;
use maildesk_model::{MessageId, Viewer};

use crate::app::App;
use crate::error::Problem;

/// The message, or 404.
async fn visible(app: &App, viewer: Viewer, id: MessageId) -> Result<MessageDetail, Problem> {
    let message = app.store.message(viewer, id).await?;
    message.ok_or_else(Problem::not_found)
}
