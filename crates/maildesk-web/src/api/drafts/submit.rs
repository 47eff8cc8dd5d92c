//! `POST /mailboxes/{id}/messages`

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use maildesk_model::draft::{DraftKind, DraftText};
use maildesk_model::message::MessageDetail;
use maildesk_model::{MailboxId, message::Importance};
use maildesk_store::contract::{NewDraft, NewDraftFile, Submission};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::text::{self, RecipientBody, Written};
use super::{add_file, answer, create, done, marker};
use crate::api::mailboxes;
use crate::api::shape::{DraftKindName, ImportanceName};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::reach;
use crate::error::{FieldError, Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::One;

/// The largest mail that is handed over in one call, its files in base64; larger files go by a draft.
const MAIL_MAX: usize = 40 << 20;
/// Characters of a key.
const KEY_MAX: usize = 255;

/// A mail to send.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewMail)]
pub(crate) struct NewMailBody {
    /// To. An answer without any goes where the message says.
    #[serde(default)]
    to: Vec<RecipientBody>,
    /// Cc.
    #[serde(default)]
    cc: Vec<RecipientBody>,
    /// Bcc.
    #[serde(default)]
    bcc: Vec<RecipientBody>,
    /// Subject. An empty one of an answer is made from the message's.
    #[serde(default)]
    subject: String,
    /// What it says, as HTML.
    body_html: String,
    /// Files.
    #[serde(default)]
    attachments: Vec<FileBody>,
    /// The message it answers or hands on.
    in_reply_to: Option<String>,
    /// What it is to that message; `reply` unless said.
    mode: Option<DraftKindName>,
}

/// A file that goes along.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewMailFile)]
pub(crate) struct FileBody {
    /// File name.
    name: String,
    /// MIME type; may be empty.
    #[serde(default)]
    content_type: String,
    /// Its bytes.
    content_base64: String,
}

/// A mail that was taken.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Submitted)]
pub(crate) struct SubmittedBody {
    /// Ask with it how the sending is doing.
    intent_id: String,
}

/// Send a mail
///
/// In one call and without a pause to take it back. It says what it is given and nothing else: no
/// signature is added. The same call again with the same
/// `Idempotency-Key` is the same mail for 24 hours. Microsoft sends it exactly once.
#[utoipa::path(
    post,
    path = "/mailboxes/{id}/messages",
    tag = "Writing",
    operation_id = "sendMail",
    params(
        ("id" = String, Path, description = "The mailbox it is sent from."),
        ("Idempotency-Key" = String, Header, description = "Up to 255 characters that no other mail has."),
    ),
    request_body = NewMailBody,
    responses(
        (status = 202, description = "It is on its way.", body = SubmittedBody),
        (status = 422, description = "The key was used for another mail (`key_used`), or values are wrong.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn submit(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
    headers: HeaderMap,
    body: Unread,
) -> Result<(StatusCode, Json<SubmittedBody>), Problem> {
    let mailbox = mailboxes::visible(&app, caller.viewer, id).await?;
    let key = key(&headers)?;
    let (body, raw) = body.json_and_bytes::<NewMailBody>(MAIL_MAX).await?;
    reach::note(&app, caller.viewer, id).await?;
    let body_hash = Sha256::new()
        .chain_update(id.0.to_be_bytes())
        .chain_update(&raw)
        .finalize();
    drop(raw);
    let kind = kind(&body)?;
    let origin = match &body.in_reply_to {
        Some(text) => Some(create::origin(&app, &caller, id, text).await?),
        None => None,
    };
    let files = files(body.attachments)?;
    let written = Written {
        to: body.to,
        cc: body.cc,
        bcc: body.bcc,
        subject: body.subject,
        body_html: body.body_html,
        quotes: kind != DraftKind::New,
        importance: ImportanceName(Importance::Normal),
    };
    let written = text::checked(&app, caller.viewer.user, written).await?;
    let (text, quoted) = match &origin {
        None => (written, None),
        Some(origin) => (
            filled_in(written, kind, origin, &mailbox.address),
            Some(create::quote(&app, &caller, origin).await?),
        ),
    };
    let submission = Submission {
        key_hash: Sha256::digest(key).into(),
        body_hash: body_hash.into(),
        draft: NewDraft {
            mailbox: id,
            kind,
            origin: origin.map(|origin| origin.summary.id),
            text,
            quoted,
            marker: marker(&app),
        },
        files,
    };
    let now = app.clock.now();
    let intent = done(app.store.submit(caller.viewer, &submission, now).await?)?;
    let submitted = SubmittedBody {
        intent_id: intent.to_string(),
    };
    Ok((StatusCode::ACCEPTED, Json(submitted)))
}

fn key(headers: &HeaderMap) -> Result<&str, Problem> {
    let key = headers.get("idempotency-key");
    key.and_then(|key| key.to_str().ok())
        .filter(|key| (1..=KEY_MAX).contains(&key.len()))
        .ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "key_missing",
                "Send an Idempotency-Key of 1 to 255 characters, so that no mail goes out twice.",
            )
        })
}

fn kind(body: &NewMailBody) -> Result<DraftKind, Problem> {
    let mode = body.mode.map(|mode| mode.0);
    match (&body.in_reply_to, mode) {
        (None, None | Some(DraftKind::New)) => Ok(DraftKind::New),
        (None, Some(_)) => Err(wrong(
            "inReplyTo",
            "names the message to answer or to hand on",
        )),
        (Some(_), None) => Ok(DraftKind::Reply),
        (Some(_), Some(DraftKind::New)) => Err(wrong("mode", "is no answer and no forward")),
        (Some(_), Some(mode)) => Ok(mode),
    }
}

fn wrong(field: &str, message: &str) -> Problem {
    Problem::wrong(vec![FieldError::new(field, message)])
}

/// What was left out of an answer.
fn filled_in(
    mut written: DraftText,
    kind: DraftKind,
    origin: &MessageDetail,
    own: &str,
) -> DraftText {
    let begun = answer::begin(kind, origin, own);
    if written.recipients() == 0 {
        (written.to, written.cc) = (begun.to, begun.cc);
    }
    if written.subject.is_empty() {
        written.subject = begun.subject;
    }
    written
}

fn files(files: Vec<FileBody>) -> Result<Vec<(NewDraftFile, Bytes)>, Problem> {
    let mut checked = Vec::with_capacity(files.len());
    for (n, file) in files.into_iter().enumerate() {
        let path = format!("attachments[{n}].");
        let bytes = STANDARD.decode(file.content_base64.as_bytes());
        let bytes = bytes.map_err(|_| wrong(&format!("{path}contentBase64"), "is no base64"))?;
        let size = bytes.len() as i64;
        let new = add_file::checked(&path, file.name, file.content_type, size);
        checked.push((new.map_err(Problem::wrong)?, bytes.into()));
    }
    Ok(checked)
}
