//! `POST …/attachments/createUploadSession` and the chunks that follow without a token [facts 7.3].

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::attachments::attach;
use crate::answer::{Answer, Outcome, Refusal};
use crate::clock::wire_millis;
use crate::graph::desk::Desk;
use crate::mailbox::message::{Attachment, Enclosed};
use crate::mailbox::{IdKind, MessageNo};
use crate::sync::Held;
use crate::world::World;

/// The longest chunk.
const CHUNK: usize = 4 * 1024 * 1024;
/// The shortest and longest file that is uploaded so.
const SIZES: std::ops::RangeInclusive<u64> = 3 * 1024 * 1024..=150 * 1024 * 1024;

/// The uploads under way.
#[derive(Default)]
pub(crate) struct UploadRoom(Mutex<HashMap<String, Upload>>);

struct Upload {
    app: String,
    mailbox: String,
    number: u32,
    message: MessageNo,
    item: ItemPart,
    expires: Timestamp,
    got: Vec<u8>,
}

#[derive(Deserialize)]
struct Request {
    #[serde(rename = "AttachmentItem", alias = "attachmentItem")]
    item: ItemPart,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemPart {
    attachment_type: String,
    name: String,
    size: u64,
    #[serde(default)]
    is_inline: bool,
    content_id: Option<String>,
    content_type: Option<String>,
}

/// Opens a session.
pub(super) fn create(desk: &Desk<'_>, message: &str) -> Outcome {
    let request: Request = desk
        .call
        .json()
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    if desk
        .caller
        .user_id()
        .is_some_and(|user| user != desk.cell.user_id)
    {
        return Err(Refusal::access_denied());
    }
    if request.item.attachment_type != "file" || !SIZES.contains(&request.item.size) {
        return Err(Refusal::new(
            400,
            "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
            "An upload session takes a file of 3 MB to 150 MB.",
        ));
    }
    desk.has_room()?;
    let message = desk.read(|mailbox| desk.message(mailbox, message))?;
    let token = desk.world.fresh("upload").guid();
    let expires = desk.now + Duration::from_hours(1);
    let upload = Upload {
        app: desk.caller.app.clone(),
        mailbox: desk.cell.address.clone(),
        number: desk.cell.no,
        message,
        item: request.item,
        expires,
        got: Vec::new(),
    };
    desk.world.uploads.0.held().insert(token.clone(), upload);
    let session = json!({
        "@odata.context": format!("{}/v1.0/$metadata#microsoft.graph.uploadSession", desk.call.base),
        "uploadUrl": format!("{}/upload/{token}", desk.call.base),
        "expirationDateTime": wire_millis(expires),
        "nextExpectedRanges": ["0-"],
    });
    Ok(Answer::json(StatusCode::CREATED, &session))
}

/// `PUT` of a chunk to an upload URL. It needs no token and answers as the storage host does.
pub(crate) async fn put_chunk(
    State(world): State<Arc<World>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let range = headers
        .get("content-range")
        .and_then(|range| range.to_str().ok())
        .and_then(parse_range);
    // The URL is its own pass; a token beside it is refused, and so is any other kind of body [facts 7.3].
    if headers.contains_key("authorization") {
        let message = "The upload URL takes no Authorization header.";
        return refuse(StatusCode::UNAUTHORIZED, "Unauthenticated", message);
    }
    let kind = headers.get("content-type").map(http::HeaderValue::as_bytes);
    if kind != Some(b"application/octet-stream") {
        let (code, message) = ("ErrorInvalidRequest", "The chunk is no octet stream.");
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, message);
    }
    let mut uploads = world.uploads.0.held();
    let Some(upload) = uploads
        .get_mut(&token)
        .filter(|upload| upload.expires > world.clock.now())
    else {
        return refuse(
            StatusCode::NOT_FOUND,
            "ItemNotFound",
            "The upload session was not found.",
        );
    };
    let Some((begin, end, total)) = range else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "ErrorInvalidRange",
            "The Content-Range header is missing or malformed.",
        );
    };
    if body.len() > CHUNK
        || total != upload.item.size
        || end < begin
        || end - begin + 1 != body.len() as u64
    {
        return refuse(
            StatusCode::BAD_REQUEST,
            "ErrorInvalidRange",
            "The Content-Range header does not fit the chunk.",
        );
    }
    if begin != upload.got.len() as u64 {
        return refuse(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "ErrorInvalidRange",
            "The chunk does not continue the upload.",
        );
    }
    let (app, number, bytes) = (&upload.app, upload.number, body.len() as u64);
    if let Err(refusal) = world.throttle.upload(&world, app, number, bytes) {
        let mut answer = refuse(refusal.status, &refusal.code, &refusal.message);
        for (name, value) in refusal.headers {
            if let Ok(value) = http::HeaderValue::from_str(&value) {
                answer.headers_mut().insert(name, value);
            }
        }
        return answer;
    }
    upload.got.extend_from_slice(&body);
    if (upload.got.len() as u64) < total {
        let session = json!({ "ExpirationDateTime": wire_millis(upload.expires), "NextExpectedRanges": [format!("{}-", upload.got.len())] });
        return (StatusCode::OK, axum::Json(session)).into_response();
    }
    let done = uploads.remove(&token);
    drop(uploads);
    done.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |upload| complete(&world, upload),
    )
}

fn complete(world: &Arc<World>, upload: Upload) -> Response {
    let now = world.clock.now();
    let attachment = Attachment {
        no: 0,
        name: upload.item.name,
        content_type: upload
            .item
            .content_type
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        is_inline: upload.item.is_inline,
        content_id: upload.item.content_id,
        modified: now,
        enclosed: Enclosed::File(upload.got.into()),
    };
    let Some(cell) = world.directory.mailbox(&upload.mailbox) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let added = world.edit(&cell, |mailbox| {
        attach(mailbox, upload.message, attachment, now).map(|one| {
            mailbox
                .ids
                .encode(IdKind::Attachment, upload.message.0, one.no)
        })
    });
    match added {
        Ok(id) => (
            StatusCode::CREATED,
            [(
                "Location",
                format!(
                    "https://outlook.office.com/api/v2.0/Users('{}')/Attachments('{id}')",
                    upload.mailbox
                ),
            )],
        )
            .into_response(),
        Err(_) => refuse(
            StatusCode::NOT_FOUND,
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        ),
    }
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    (
        status,
        axum::Json(json!({ "error": { "code": code, "message": message } })),
    )
        .into_response()
}

/// `bytes a-b/total`.
fn parse_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (begin, end) = range.split_once('-')?;
    Some((begin.parse().ok()?, end.parse().ok()?, total.parse().ok()?))
}
