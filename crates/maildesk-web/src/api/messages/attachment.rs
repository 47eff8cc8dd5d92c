//! `GET /messages/{id}/attachments/{attachmentId}`

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::Stream;
use http::{StatusCode, header};
use maildesk_model::intent::Want;
use maildesk_model::message::{Attachment, AttachmentKind};
use maildesk_model::{AttachmentId, MailboxId, MessageId};
use maildesk_store::contract::BlobState;

use super::disposition::{content_disposition, content_type};
use crate::api::shape::Binary;
use crate::api::wait::{self, Settled};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::reach;
use crate::error::{Chain, Problem, ProblemBody};
use crate::request::id::Two;

/// Opened by itself, an attachment may do nothing: no scripts, no forms, no origin.
const SANDBOX: &str = "sandbox; default-src 'none'";

/// Download an attachment
///
/// Bytes that are not here yet are fetched first, within the patience of the request. Always
/// answered as a download, whatever type the sender claimed.
#[utoipa::path(
    get,
    path = "/messages/{id}/attachments/{attachmentId}",
    tag = "Messages",
    operation_id = "downloadAttachment",
    params(
        ("id" = String, Path, description = "The message."),
        ("attachmentId" = String, Path, description = "The attachment."),
    ),
    responses(
        (status = 200, description = "The bytes.", body = Binary, content_type = "application/octet-stream"),
        (status = 409, description = "The attachment is a link to a cloud drive (`attachment_is_link`).", body = ProblemBody, content_type = "application/problem+json"),
        (status = 502, description = "Microsoft cannot give it: `code` and `message` are Graph's, `remedy` says what to do.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn attachment(
    State(app): State<App>,
    caller: Caller,
    Two(message, id): Two<MessageId, AttachmentId>,
) -> Result<Response, Problem> {
    let file = here(&app, &caller, message, id).await?;
    let headers = [
        (
            header::CONTENT_TYPE,
            content_type(&file.attachment.content_type).to_owned(),
        ),
        (
            header::CONTENT_DISPOSITION,
            content_disposition("attachment", &file.attachment.name),
        ),
        (header::CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
        (header::CONTENT_LENGTH, file.size.to_string()),
    ];
    Ok((headers, file.body(app)).into_response())
}

/// An attachment whose bytes are here.
pub(crate) struct File {
    pub(crate) attachment: Attachment,
    /// Its size in bytes.
    pub(crate) size: i64,
    chunks: i64,
}

impl File {
    /// The bytes, as they are read.
    pub(crate) fn body(&self, app: App) -> Body {
        Body::from_stream(stream(app, self.attachment.id, self.chunks))
    }
}

/// The attachment for this person, fetched first where it is not here, within the patience of the
/// request.
pub(crate) async fn here(
    app: &App,
    caller: &Caller,
    message: MessageId,
    id: AttachmentId,
) -> Result<File, Problem> {
    let mailbox = super::visible(app, caller.viewer, message)
        .await?
        .summary
        .mailbox;
    let (attachment, blob) = find(app, caller, message, id).await?;
    reach::note(app, caller.viewer, mailbox).await?;
    if attachment.kind == AttachmentKind::Reference {
        return Err(Problem::conflict(
            "attachment_is_link",
            "This attachment is a link to a cloud drive. Open the message in Outlook to follow it.",
        ));
    }
    let blob = match blob {
        BlobState::Here { .. } => blob,
        BlobState::Absent => {
            fetch(app, caller, mailbox, id).await?;
            find(app, caller, message, id).await?.1
        }
    };
    let BlobState::Here { size, chunks } = blob else {
        // Fetched, and evicted again before anybody could read it.
        return Err(still_fetching());
    };
    Ok(File {
        attachment,
        size,
        chunks,
    })
}

async fn find(
    app: &App,
    caller: &Caller,
    message: MessageId,
    id: AttachmentId,
) -> Result<(Attachment, BlobState), Problem> {
    let now = app.clock.now();
    let found = app
        .store
        .attachment(caller.viewer, message, id, now)
        .await?;
    found.ok_or_else(Problem::not_found)
}

async fn fetch(
    app: &App,
    caller: &Caller,
    mailbox: MailboxId,
    attachment: AttachmentId,
) -> Result<(), Problem> {
    let want = Want::FetchAttachment { attachment };
    match wait::carry_out(app, caller.viewer, mailbox, want).await? {
        Settled::Done => Ok(()),
        Settled::Waiting(_) => Err(still_fetching()),
        Settled::Refused(trouble) => Err(Problem::trouble(StatusCode::BAD_GATEWAY, trouble)),
    }
}

fn still_fetching() -> Problem {
    Problem::busy(
        "still_fetching",
        "The attachment is still on its way from Microsoft.",
        Duration::from_secs(5),
    )
}

/// Rows as they come: one chunk in memory, the next read when the connection has taken it.
fn stream(app: App, id: AttachmentId, chunks: i64) -> impl Stream<Item = io::Result<Bytes>> + Send {
    futures::stream::try_unfold((app, 0), move |(app, n)| async move {
        if n >= chunks {
            return Ok(None);
        }
        let chunk = app.store.blob_chunk(id, n).await.map_err(|error| {
            tracing::warn!(error = %Chain(&error), "a download broke off");
            io::Error::other("the database is not available")
        })?;
        // Evicted under the reader's hands: a short download must not look like a whole one.
        let chunk = chunk.ok_or_else(|| io::Error::other("the attachment is gone"))?;
        Ok(Some((chunk, (app, n + 1))))
    })
}
