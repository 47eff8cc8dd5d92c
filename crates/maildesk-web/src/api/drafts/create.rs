//! `POST /mailboxes/{id}/drafts`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use maildesk_model::draft::{DraftKind, DraftText};
use maildesk_model::message::{Body, MessageDetail};
use maildesk_model::{MailboxId, MessageId};
use maildesk_store::contract::NewDraft;
use serde::Deserialize;
use std::time::Duration;
use utoipa::ToSchema;

use super::{answer, done, marker};
use crate::api::shape::{DraftBody, DraftKindName};
use crate::api::{BASE, mailboxes, messages};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::reach;
use crate::error::{FieldError, Problem, ProblemBody};
use crate::pages::time;
use crate::request::body::Unread;
use crate::request::id::One;
use crate::signature;

/// A longer original goes along as text: Graph takes 4 MB in a call, and what is written above it has
/// to fit in too.
const QUOTE_MAX: usize = 2 << 20;

/// A draft to begin.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewDraft)]
pub(crate) struct NewDraftBody {
    /// `new`, or what it is to the message.
    mode: DraftKindName,
    /// The message to answer or to hand on, of the same mailbox.
    message_id: Option<String>,
    /// Whether it begins with the caller's signature, if they want one in a draft of this kind.
    #[serde(default)]
    signature: bool,
}

/// Begin a draft
///
/// Recipients and subject of an answer are filled in: it goes where the message says (`replyTo`), and
/// an answer to all leaves out the mailbox's own address. The original goes along below, and with a
/// forward its files. With `signature` its `bodyHtml` begins with the caller's signature; otherwise it
/// is empty, and nothing is ever added to what is written into it.
#[utoipa::path(
    post,
    path = "/mailboxes/{id}/drafts",
    tag = "Writing",
    operation_id = "beginDraft",
    params(("id" = String, Path, description = "The mailbox it is sent from.")),
    request_body = NewDraftBody,
    responses(
        (status = 201, description = "Begun.", body = DraftBody, headers(("Location" = String, description = "Where it is."))),
        (status = 409, description = "There are too many open drafts (`too_many`).", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The original is still being fetched (`body_fetching`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
    body: Unread,
) -> Result<Response, Problem> {
    let mailbox = mailboxes::visible(&app, caller.viewer, id).await?;
    let body: NewDraftBody = body.json(app.settings.body_max).await?;
    reach::note(&app, caller.viewer, id).await?;
    let kind = body.mode.0;
    let origin = match (kind, body.message_id) {
        (DraftKind::New, None) => None,
        (DraftKind::New, Some(_)) => {
            return Err(wrong(
                "belongs to an answer or a forward, not to a new mail",
            ));
        }
        (_, None) => return Err(wrong("names the message to answer or to hand on")),
        (_, Some(text)) => Some(origin(&app, &caller, id, &text).await?),
    };
    let (text, quoted) = match &origin {
        None => (DraftText::default(), None),
        Some(origin) => (
            answer::begin(kind, origin, &mailbox.address),
            Some(quote(&app, &caller, origin).await?),
        ),
    };
    let text = DraftText {
        body: begin_with(&app, &caller, id, kind, body.signature).await?,
        ..text
    };
    let new = NewDraft {
        mailbox: id,
        kind,
        origin: origin.map(|origin| origin.summary.id),
        text,
        quoted,
        marker: marker(&app),
    };
    let now = app.clock.now();
    let draft = done(app.store.create_draft(caller.viewer, &new, now).await?)?;
    let location = format!("{BASE}/drafts/{}", draft.id);
    let headers = [(header::LOCATION, location)];
    Ok((StatusCode::CREATED, headers, Json(DraftBody::from(draft))).into_response())
}

/// What stands in it from the beginning.
async fn begin_with(
    app: &App,
    caller: &Caller,
    mailbox: MailboxId,
    kind: DraftKind,
    is_wanted: bool,
) -> Result<String, Problem> {
    if !is_wanted {
        return Ok(String::new());
    }
    let (signature, in_answers) = signature::in_use(app, caller, mailbox).await?;
    if kind != DraftKind::New && !in_answers {
        return Ok(String::new());
    }
    Ok(signature::beginning(&signature))
}

pub(super) fn wrong(message: &str) -> Problem {
    Problem::wrong(vec![FieldError::new("messageId", message)])
}

/// The message that is answered or handed on, with its body and the list of its files.
pub(super) async fn origin(
    app: &App,
    caller: &Caller,
    mailbox: MailboxId,
    text: &str,
) -> Result<MessageDetail, Problem> {
    let unknown = || wrong("is no message of this mailbox");
    let id = MessageId::parse(text).ok_or_else(unknown)?;
    let seen = app.store.message(caller.viewer, id).await?;
    if seen.is_none_or(|seen| seen.summary.mailbox != mailbox) {
        return Err(unknown());
    }
    let (detail, _) = messages::get::whole(app, caller, id).await?;
    if messages::render::is_whole(&detail) {
        return Ok(detail);
    }
    Err(Problem::busy(
        "body_fetching",
        "The message is still being fetched from Microsoft; try again in a moment.",
        Duration::from_secs(2),
    ))
}

/// The original as it goes along, with its times in the author's own zone.
pub(super) async fn quote(
    app: &App,
    caller: &Caller,
    origin: &MessageDetail,
) -> Result<String, Problem> {
    let user = app.store.user(caller.viewer.user).await?;
    let zone = user.map(|user| user.time_zone).unwrap_or_default();
    let zone = time::zone(&zone);
    let body = origin.body.clone().unwrap_or(Body {
        is_html: false,
        content: String::new(),
    });
    if body.content.len() <= QUOTE_MAX {
        return Ok(answer::quote(origin, &body, &zone));
    }
    let text = origin.text.as_deref().unwrap_or(&origin.summary.preview);
    let short = Body {
        is_html: false,
        content: text.chars().take(QUOTE_MAX / 4).collect(),
    };
    Ok(answer::quote(origin, &short, &zone))
}
