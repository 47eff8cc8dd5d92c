//! `…/messages/{id}/attachments`: list, get, `$value`, add, remove, and large ones by upload session.

use http::{Method, StatusCode};

use super::draft::NewAttachment;
use super::{allowed, method_not_allowed, upload};
use crate::answer::{Answer, Outcome, Refusal};
use crate::graph::desk::{Desk, Need};
use crate::graph::render;
use crate::json::Object;
use crate::mailbox::message::{Attachment, Content, Enclosed};
use crate::mailbox::{Decoded, IdKind, Mailbox, MessageNo, Patch, mime};

/// The longest attachment that a single POST takes [facts 7.3].
const LONGEST: u64 = 3 * 1024 * 1024;

/// Finds the operation.
pub(super) fn route(desk: &Desk<'_>, message: &str, rest: &[&str]) -> Outcome {
    let method = &desk.call.method;
    match rest {
        [] if method == Method::GET => allowed(desk, Need::Read, || list(desk, message)),
        [] if method == Method::POST => allowed(desk, Need::Write, || add(desk, message)),
        [name] if name.eq_ignore_ascii_case("createUploadSession") && method == Method::POST => {
            allowed(desk, Need::Write, || upload::create(desk, message))
        }
        [id] if method == Method::GET => allowed(desk, Need::Read, || get(desk, message, id)),
        [id] if method == Method::DELETE => {
            allowed(desk, Need::Write, || remove(desk, message, id))
        }
        [id, "$value"] if method == Method::GET => {
            allowed(desk, Need::Read, || value(desk, message, id))
        }
        [] | [_] | [_, "$value"] => Err(method_not_allowed()),
        [_, other, ..] => Err(Refusal::unknown_segment(other)),
    }
}

fn content(desk: &Desk<'_>, mailbox: &Mailbox, id: &str) -> Result<(MessageNo, Content), Refusal> {
    let no = desk.message(mailbox, id)?;
    let content = mailbox
        .content(no, false)
        .ok_or_else(Refusal::item_not_found)?
        .into_owned();
    Ok((no, content))
}

fn with_bytes(desk: &Desk<'_>) -> bool {
    desk.call
        .option("select")
        .is_none_or(|list| list.to_ascii_lowercase().contains("contentbytes"))
}

fn list(desk: &Desk<'_>, message: &str) -> Outcome {
    desk.read(|mailbox| {
        let (no, content) = content(desk, mailbox, message)?;
        let mut json = String::new();
        let mut object = Object::open(&mut json);
        object.text(
            "@odata.context",
            &desk.context(&format!("messages('{message}')/attachments")),
        );
        object.list("value", &content.attachments, |out, one| {
            let mut item = Object::open(out);
            render::attachment(&mut item, mailbox, no, one, with_bytes(desk));
            item.end();
        });
        object.end();
        Ok(super::list_messages::preferences(desk, Answer::ok(json)))
    })
}

/// The attachment that an id means.
fn find<'a>(
    mailbox: &Mailbox,
    no: MessageNo,
    content: &'a Content,
    id: &str,
) -> Result<&'a Attachment, Refusal> {
    match mailbox.ids.decode(id) {
        Decoded::Own(IdKind::Attachment, message, at) if message == no.0 => content
            .attachments
            .iter()
            .find(|one| one.no == at)
            .ok_or_else(Refusal::item_not_found),
        Decoded::Own(..) | Decoded::Foreign => Err(Refusal::item_not_found()),
        Decoded::Malformed => Err(Refusal::malformed_id()),
    }
}

fn get(desk: &Desk<'_>, message: &str, id: &str) -> Outcome {
    desk.read(|mailbox| {
        let (no, content) = content(desk, mailbox, message)?;
        let one = find(mailbox, no, &content, id)?;
        Ok(entity(desk, mailbox, message, no, one, StatusCode::OK))
    })
}

fn entity(
    desk: &Desk<'_>,
    mailbox: &Mailbox,
    message: &str,
    no: MessageNo,
    one: &Attachment,
    status: StatusCode,
) -> Answer {
    let mut json = String::new();
    let mut object = Object::open(&mut json);
    object.text(
        "@odata.context",
        &desk.context(&format!("messages('{message}')/attachments/$entity")),
    );
    render::attachment(&mut object, mailbox, no, one, with_bytes(desk));
    let expands_item = desk
        .call
        .option("expand")
        .is_some_and(|what| what.to_ascii_lowercase().contains("itemattachment/item"));
    if let (true, Enclosed::Item { mime, .. }) = (expands_item, &one.enclosed)
        && let Some(inner) = mime::read(mime.as_bytes(), one.modified)
    {
        object.object("item", |item| {
            item.text("@odata.type", "#microsoft.graph.message");
            item.text("id", "");
            item.text("subject", &inner.subject);
            item.text("internetMessageId", &inner.internet_message_id);
            item.text("bodyPreview", &render::preview_of(&inner));
        });
    }
    object.end();
    Answer::text(status, json)
}

/// The bytes of a file, the MIME of an item; a reference has none.
fn value(desk: &Desk<'_>, message: &str, id: &str) -> Outcome {
    desk.read(|mailbox| {
        let (no, content) = content(desk, mailbox, message)?;
        let one = find(mailbox, no, &content, id)?;
        match one.enclosed {
            Enclosed::Reference { .. } => Err(Refusal::new(
                405,
                "ErrorInvalidRequest",
                "The raw content of a reference attachment cannot be read.",
            )),
            Enclosed::Item { .. } => Ok(Answer::bytes("text/plain", one.bytes())),
            Enclosed::File(_) | Enclosed::Filled { .. } => {
                Ok(Answer::bytes(one.content_type.clone(), one.bytes()))
            }
        }
    })
}

fn add(desk: &Desk<'_>, message: &str) -> Outcome {
    let new: NewAttachment = desk
        .call
        .json()
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    desk.has_room()?;
    let attachment = new.build(0, desk.now)?;
    if attachment.size() >= LONGEST {
        return Err(Refusal::new(
            413,
            "ErrorMessageSizeExceeded",
            "The attachment is too large for a single request.",
        ));
    }
    desk.edit(|mailbox| {
        let no = desk.message(mailbox, message)?;
        let one = attach(mailbox, no, attachment, desk.now)?;
        Ok(entity(
            desk,
            mailbox,
            message,
            no,
            &one,
            StatusCode::CREATED,
        ))
    })
}

/// Adds an attachment to a message under the next free number.
pub(super) fn attach(
    mailbox: &mut Mailbox,
    no: MessageNo,
    attachment: Attachment,
    now: jiff::Timestamp,
) -> Result<Attachment, Refusal> {
    let mut content = mailbox
        .content(no, true)
        .ok_or_else(Refusal::item_not_found)?
        .into_owned();
    let number = content
        .attachments
        .iter()
        .map(|one| one.no + 1)
        .max()
        .unwrap_or(0);
    let attachment = Attachment {
        no: number,
        ..attachment
    };
    content.attachments.push(attachment.clone());
    content.mime = None;
    mailbox.patch(
        no,
        Patch {
            content: Some(content),
            ..Patch::default()
        },
        now,
    );
    Ok(attachment)
}

fn remove(desk: &Desk<'_>, message: &str, id: &str) -> Outcome {
    desk.edit(|mailbox| {
        let no = desk.message(mailbox, message)?;
        let mut content = mailbox
            .content(no, true)
            .ok_or_else(Refusal::item_not_found)?
            .into_owned();
        let at = find(mailbox, no, &content, id)?.no;
        content.attachments.retain(|one| one.no != at);
        content.mime = None;
        mailbox.patch(
            no,
            Patch {
                content: Some(content),
                ..Patch::default()
            },
            desk.now,
        );
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    })
}
