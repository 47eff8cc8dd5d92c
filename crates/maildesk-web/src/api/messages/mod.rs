//! Messages: list, count, read, change, delete, and their attachments.

pub(crate) mod attachment;
pub(crate) mod change;
pub(crate) mod count;
pub(crate) mod delete;
pub(crate) mod disposition;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod render;

use maildesk_model::message::MessageDetail;
use maildesk_model::{MessageId, Viewer};

use crate::app::App;
use crate::error::Problem;

/// The message, or 404.
pub(crate) async fn visible(
    app: &App,
    viewer: Viewer,
    id: MessageId,
) -> Result<MessageDetail, Problem> {
    let message = app.store.message(viewer, id).await?;
    message.ok_or_else(Problem::not_found)
}
