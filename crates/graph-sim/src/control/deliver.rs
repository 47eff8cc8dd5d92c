//! `POST /sim/mailboxes/{address}/messages`: mail arrives, as JSON or as MIME.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ControlError;
use crate::mailbox::message::{
    Attachment, Content, Enclosed, Flag, Importance, Meeting, Person, Text,
};
use crate::mailbox::{Arrival, FolderNo, Mailbox, mime};
use crate::world::{MailboxCell, World};

/// A mail as the control side takes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) from: Option<Person>,
    /// The mailbox's owner when left out.
    pub(crate) to: Vec<Person>,
    pub(crate) cc: Vec<Person>,
    pub(crate) reply_to: Vec<Person>,
    pub(crate) subject: String,
    pub(crate) html: Option<String>,
    pub(crate) text: Option<String>,
    /// Folder id or well-known name; the inbox when left out.
    pub(crate) folder: Option<String>,
    /// Now when left out.
    pub(crate) received_date_time: Option<Timestamp>,
    pub(crate) attachments: Vec<MailAttachment>,
    pub(crate) is_read: bool,
    pub(crate) importance: Importance,
    pub(crate) categories: Vec<String>,
    pub(crate) internet_message_id: Option<String>,
    /// The internet message id that it answers: it joins that conversation.
    pub(crate) in_reply_to: Option<String>,
    /// The meeting it is about: it arrives as an invitation, a cancellation or an answer.
    pub(crate) meeting: Option<Meeting>,
}

/// An attachment of a mail: bytes, or a MIME message, or a link.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MailAttachment {
    pub(crate) name: String,
    pub(crate) content_type: Option<String>,
    pub(crate) content_base64: Option<String>,
    pub(crate) is_inline: bool,
    pub(crate) content_id: Option<String>,
    /// An attached message, as MIME.
    pub(crate) mime: Option<String>,
    /// A link instead of a file.
    pub(crate) source_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Where {
    folder: Option<String>,
}

/// Receives a mail.
pub(super) async fn receive(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    Query(place): Query<Where>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ControlError> {
    let cell = super::mailbox(&world, &address)?;
    let is_mime = headers
        .get("content-type")
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("message/rfc822"));
    let id = if is_mime {
        deliver_mime(&world, &cell, &body, place.folder.as_deref())?
    } else {
        deliver(&world, &cell, super::body(&body)?)?
    };
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))))
}

/// Delivers a mail: subscribers are told. Returns its immutable id.
pub(crate) fn deliver(
    world: &Arc<World>,
    cell: &MailboxCell,
    mail: Mail,
) -> Result<String, ControlError> {
    let now = world.clock.now();
    let fresh = world.fresh("delivered");
    let attachments = mail
        .attachments
        .iter()
        .enumerate()
        .map(|(no, one)| one.build(no as u32, now))
        .collect::<Result<_, _>>()?;
    let received = mail.received_date_time.unwrap_or(now);
    let content = Content {
        subject: mail.subject,
        from: mail.from.clone(),
        sender: mail.from,
        to: mail.to,
        cc: mail.cc,
        reply_to: mail.reply_to,
        body: match (mail.html, mail.text) {
            (Some(html), _) => Text::Html(html),
            (None, text) => Text::Plain(text.unwrap_or_default()),
        },
        attachments,
        internet_message_id: mail
            .internet_message_id
            .unwrap_or_else(|| format!("<{}@sim.example>", fresh.guid())),
        headers: mail
            .in_reply_to
            .map(|id| vec![("In-Reply-To".to_owned(), id)])
            .unwrap_or_default(),
        meeting: mail.meeting,
        created: now,
        received,
        sent: received,
        ..Content::default()
    };
    let arrival = Arrival {
        content,
        folder: crate::mailbox::INBOX,
        at: now,
        is_read: mail.is_read,
        importance: mail.importance,
        categories: mail.categories,
        flag: Flag::default(),
        updates: world.faults.now().notifications.updates(),
    };
    take_in(world, cell, arrival, mail.folder.as_deref(), fresh)
}

fn deliver_mime(
    world: &Arc<World>,
    cell: &MailboxCell,
    raw: &[u8],
    folder: Option<&str>,
) -> Result<String, ControlError> {
    let now = world.clock.now();
    let fresh = world.fresh("delivered");
    let mut content = mime::read(raw, now).ok_or_else(|| ControlError::bad("not a message"))?;
    if content.internet_message_id.is_empty() {
        content.internet_message_id = format!("<{}@sim.example>", fresh.guid());
    }
    let important = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("importance") && value.eq_ignore_ascii_case("high")
    };
    let importance = if content.headers.iter().any(important) {
        Importance::High
    } else {
        Importance::Normal
    };
    let updates = world.faults.now().notifications.updates();
    let arrival = Arrival {
        content,
        folder: crate::mailbox::INBOX,
        at: now,
        is_read: false,
        importance,
        categories: Vec::new(),
        flag: Flag::default(),
        updates,
    };
    take_in(world, cell, arrival, folder, fresh)
}

fn take_in(
    world: &Arc<World>,
    cell: &MailboxCell,
    mut arrival: Arrival,
    folder: Option<&str>,
    fresh: crate::hash::Hash,
) -> Result<String, ControlError> {
    world.edit(cell, |mailbox| {
        if let Some(folder) = folder {
            arrival.folder = find_folder(mailbox, folder)?;
        }
        if arrival.content.to.is_empty() {
            arrival.content.to = vec![mailbox.owner.clone()];
        }
        join_conversation(mailbox, &mut arrival.content, fresh);
        let no = mailbox.arrive(arrival);
        Ok(mailbox.immutable_id(no))
    })
}

/// The folder with an id or well-known name.
pub(super) fn find_folder(mailbox: &Mailbox, name: &str) -> Result<FolderNo, ControlError> {
    mailbox
        .find_folder(name)
        .ok_or_else(|| ControlError::missing("folder"))
}

/// Joins the conversation of the mail that this one answers, or begins its own.
fn join_conversation(mailbox: &Mailbox, content: &mut Content, fresh: crate::hash::Hash) {
    let named = content.headers.iter().filter(|(name, _)| {
        name.eq_ignore_ascii_case("in-reply-to") || name.eq_ignore_ascii_case("references")
    });
    let earlier = named
        .flat_map(|(_, value)| value.split_whitespace())
        .find_map(|id| mailbox.by_internet_message_id(id).first().copied());
    let joined = earlier
        .and_then(|no| mailbox.content(no, false))
        .map(|earlier| (earlier.conversation, earlier.conversation_index.clone()));
    let (conversation, index) =
        joined.unwrap_or_else(|| (fresh.number(1).finish(), fresh.noise(22)));
    content.conversation = conversation;
    content.conversation_index = index;
}

impl MailAttachment {
    fn build(&self, no: u32, now: Timestamp) -> Result<Attachment, ControlError> {
        let enclosed = match (&self.mime, &self.source_url) {
            (Some(raw), _) => {
                let inner = mime::read(raw.as_bytes(), now)
                    .ok_or_else(|| ControlError::bad("the attached message is not a message"))?;
                Enclosed::Item {
                    subject: inner.subject,
                    mime: raw.clone(),
                }
            }
            (None, Some(url)) => Enclosed::Reference { url: url.clone() },
            (None, None) => {
                let bytes = STANDARD
                    .decode(self.content_base64.as_deref().unwrap_or_default())
                    .map_err(ControlError::bad)?;
                Enclosed::File(bytes.into())
            }
        };
        Ok(Attachment {
            no,
            name: self.name.clone(),
            content_type: self
                .content_type
                .clone()
                .unwrap_or_else(|| "application/octet-stream".to_owned()),
            is_inline: self.is_inline,
            content_id: self.content_id.clone(),
            modified: now,
            enclosed,
        })
    }
}
