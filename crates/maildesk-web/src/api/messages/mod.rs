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
use maildesk_store::contract::{Counted, Found, MessageQuery};

use crate::app::App;
use crate::error::Problem;
use crate::shares::Share;

/// What a list has. Words are looked for within a share, so that nobody's searches are in the way of
/// what others read.
pub(crate) async fn find(
    app: &App,
    viewer: Viewer,
    query: &MessageQuery,
) -> Result<Found, Problem> {
    let _share = share(app, viewer, query).await;
    Ok(app.store.find(viewer, query).await?)
}

/// How much it has, within the same share.
pub(crate) async fn how_many(
    app: &App,
    viewer: Viewer,
    query: &MessageQuery,
) -> Result<Counted, Problem> {
    let _share = share(app, viewer, query).await;
    Ok(app.store.count(viewer, query).await?)
}

async fn share(app: &App, viewer: Viewer, query: &MessageQuery) -> Option<Share> {
    let search = query.search.as_ref()?;
    search.all_words().next()?;
    app.searches.take(viewer.user).await
}

/// The message, or 404.
pub(crate) async fn visible(
    app: &App,
    viewer: Viewer,
    id: MessageId,
) -> Result<MessageDetail, Problem> {
    let message = app.store.message(viewer, id).await?;
    message.ok_or_else(Problem::not_found)
}
