//! Messages, folders and attachments as Graph writes them: every field, in the order of real traffic (recorded.md).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::select::{Property, Select};
use crate::clock::wire;
use crate::json::{Object, push_text};
use crate::mailbox::message::{
    Attachment, Content, Enclosed, Meeting, MeetingMessage, Person, State, Text,
};
use crate::mailbox::{Folder, FolderKind, IdKind, Mailbox, MessageNo};
use crate::plain;

/// Which form a caller wants bodies in (`Prefer: outlook.body-content-type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyForm {
    /// As it is.
    Own,
    Html,
    Text,
}

/// How messages are to be written.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) select: Select,
    pub(crate) immutable: bool,
    pub(crate) body: BodyForm,
    pub(crate) attachments: bool,
    /// Whether what a derived type has beyond a message comes along: it cannot be selected.
    pub(crate) derived: bool,
    /// Whether a plain message says its type too, as delta items do.
    pub(crate) typed: bool,
}

/// What is safe in a query value of a web link.
const LINK: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.');

/// Writes a message into an object that may already hold annotations.
pub(crate) fn message(object: &mut Object<'_>, mailbox: &Mailbox, no: MessageNo, style: Style) {
    let Some(state) = mailbox.state(no) else {
        return;
    };
    let select = style.select;
    let whole = select.has(Property::Body) || select.has(Property::UniqueBody);
    let Some(content) = mailbox.content(no, whole) else {
        return;
    };
    let id = mailbox.message_id(no, state.moves, style.immutable);
    let change_key = mailbox.change_key(no, state.changes);
    match &content.meeting {
        Some(meeting) => object.text("@odata.type", meeting.kind.kind()),
        None if style.typed => object.text("@odata.type", "#microsoft.graph.message"),
        None => {}
    }
    object.text("@odata.etag", &format!("W/\"{change_key}\""));
    object.text("id", &id);
    early(object, &content, &state, select, &change_key);
    middle(object, mailbox, &content, &state, select, &id);
    let meeting = content.meeting.as_ref().filter(|_| style.derived);
    if let Some(meeting) = meeting {
        about_meeting(object, meeting);
    }
    late(object, &content, &state, style);
    if let Some(meeting) = meeting {
        when_and_where(object, meeting);
    }
    if style.attachments {
        object.list("attachments", &content.attachments, |out, one| {
            let mut inner = Object::open(out);
            attachment(&mut inner, mailbox, no, one, true);
            inner.end();
        });
    }
}

fn early(
    object: &mut Object<'_>,
    content: &Content,
    state: &State,
    select: Select,
    change_key: &str,
) {
    let has = |property| select.has(property);
    if has(Property::CreatedDateTime) {
        object.text("createdDateTime", &wire(content.created));
    }
    if has(Property::LastModifiedDateTime) {
        object.text("lastModifiedDateTime", &wire(state.modified));
    }
    if has(Property::ChangeKey) {
        object.text("changeKey", change_key);
    }
    if has(Property::Categories) {
        object.list("categories", &state.categories, |out, category| {
            push_text(out, category);
        });
    }
    if has(Property::ReceivedDateTime) {
        object.text("receivedDateTime", &wire(content.received));
    }
    if has(Property::SentDateTime) {
        object.text("sentDateTime", &wire(content.sent));
    }
    if has(Property::HasAttachments) {
        object.boolean("hasAttachments", content.has_attachments());
    }
    if has(Property::InternetMessageId) {
        object.text("internetMessageId", &content.internet_message_id);
    }
    // Missing on drafts even when it is selected [recorded 7.1].
    if has(Property::InternetMessageHeaders) && !content.is_draft {
        object.list(
            "internetMessageHeaders",
            headers(content),
            |out, (name, value)| {
                let mut inner = Object::open(out);
                inner.text("name", &name);
                inner.text("value", &value);
                inner.end();
            },
        );
    }
}

/// The headers of a message; those that every mail has are made up where it did not come as MIME.
fn headers(content: &Content) -> Vec<(String, String)> {
    if !content.headers.is_empty() {
        return content.headers.clone();
    }
    let pair = |name: &str, value: String| (name.to_owned(), value);
    vec![
        pair("Message-ID", content.internet_message_id.clone()),
        pair("Subject", content.subject.clone()),
        pair("MIME-Version", "1.0".to_owned()),
    ]
}

fn middle(
    object: &mut Object<'_>,
    mailbox: &Mailbox,
    content: &Content,
    state: &State,
    select: Select,
    id: &str,
) {
    let has = |property| select.has(property);
    if has(Property::Subject) {
        object.text("subject", &content.subject);
    }
    if has(Property::BodyPreview) {
        object.text("bodyPreview", &preview_of(content));
    }
    if has(Property::Importance) {
        object.text("importance", state.importance.wire());
    }
    if has(Property::ParentFolderId) {
        object.text("parentFolderId", &mailbox.folder_id(state.folder));
    }
    if has(Property::ConversationId) {
        object.text(
            "conversationId",
            &mailbox.ids.conversation(content.conversation),
        );
    }
    if has(Property::ConversationIndex) {
        object.text(
            "conversationIndex",
            &STANDARD.encode(&content.conversation_index),
        );
    }
    if has(Property::IsDeliveryReceiptRequested) {
        object.boolean("isDeliveryReceiptRequested", content.delivery_receipt);
    }
    if has(Property::IsReadReceiptRequested) {
        object.boolean("isReadReceiptRequested", content.read_receipt);
    }
    if has(Property::IsRead) {
        object.boolean("isRead", state.is_read);
    }
    if has(Property::IsDraft) {
        object.boolean("isDraft", content.is_draft);
    }
    if has(Property::WebLink) {
        let item = utf8_percent_encode(id, LINK);
        object.text("webLink", &format!("https://outlook.office365.com/owa/?ItemID={item}&exvsurl=1&viewmodel=ReadMessageItem"));
    }
    if has(Property::InferenceClassification) {
        object.text(
            "inferenceClassification",
            if state.other { "other" } else { "focused" },
        );
    }
}

/// What a message about a meeting has beyond a message, as far as it is simple values.
fn about_meeting(object: &mut Object<'_>, meeting: &Meeting) {
    let kind = meeting.kind;
    object.text("meetingMessageType", kind.wire());
    object.text("type", meeting.event.wire());
    object.boolean("isOutOfDate", meeting.is_out_of_date);
    object.boolean("isAllDay", meeting.is_all_day);
    object.boolean("isDelegated", false);
    if let Some(response) = kind.response() {
        object.text("responseType", response);
    }
    if kind == MeetingMessage::Request {
        object.boolean("responseRequested", true);
        object.raw("allowNewTimeProposals", "null");
        object.text("meetingRequestType", "newMeetingRequest");
    }
}

/// The rest of it, which comes last.
fn when_and_where(object: &mut Object<'_>, meeting: &Meeting) {
    for (name, at) in [
        ("startDateTime", meeting.start),
        ("endDateTime", meeting.end),
    ] {
        object.object(name, |zoned| {
            let seconds = at.strftime("%Y-%m-%dT%H:%M:%S");
            zoned.text("dateTime", &format!("{seconds}.0000000"));
            zoned.text("timeZone", "UTC");
        });
    }
    if !meeting.location.is_empty() {
        object.object("location", |place| {
            place.text("displayName", &meeting.location);
            place.text("locationType", "default");
            place.text("uniqueIdType", "unknown");
        });
    }
}

/// The preview of a message.
pub(crate) fn preview_of(content: &Content) -> String {
    match &content.body {
        Text::Html(html) => plain::preview_of_html(html),
        Text::Plain(text) => plain::preview(text),
    }
}

fn late(object: &mut Object<'_>, content: &Content, state: &State, style: Style) {
    let select = style.select;
    for (property, name) in [
        (Property::UniqueBody, "uniqueBody"),
        (Property::Body, "body"),
    ] {
        if select.has(property) {
            body(object, name, &content.body, style.body);
        }
    }
    for (property, name, one) in [
        (Property::Sender, "sender", &content.sender),
        (Property::From, "from", &content.from),
    ] {
        if let (true, Some(one)) = (select.has(property), one) {
            object.object(name, |inner| recipient(inner, one));
        }
    }
    let lists = [
        (Property::ToRecipients, "toRecipients", &content.to),
        (Property::CcRecipients, "ccRecipients", &content.cc),
        (Property::BccRecipients, "bccRecipients", &content.bcc),
        (Property::ReplyTo, "replyTo", &content.reply_to),
    ];
    for (property, name, list) in lists {
        if select.has(property) {
            object.list(name, list, |out, one| {
                let mut inner = Object::open(out);
                recipient(&mut inner, one);
                inner.end();
            });
        }
    }
    if select.has(Property::Flag) {
        flag(object, state);
    }
}

fn flag(object: &mut Object<'_>, state: &State) {
    object.object("flag", |inner| {
        inner.text("flagStatus", state.flag.status.wire());
        let instants = [
            ("completedDateTime", &state.flag.completed_date_time),
            ("dueDateTime", &state.flag.due_date_time),
            ("startDateTime", &state.flag.start_date_time),
        ];
        for (name, instant) in instants {
            if let Some(instant) = instant {
                inner.object(name, |zoned| {
                    zoned.text("dateTime", &instant.date_time);
                    zoned.text("timeZone", &instant.time_zone);
                });
            }
        }
    });
}

fn body(object: &mut Object<'_>, name: &str, body: &Text, form: BodyForm) {
    let (kind, text): (_, Cow<'_, str>) = match (body, form) {
        (Text::Html(html), BodyForm::Text) => ("text", plain::from_html(html).into()),
        (Text::Plain(text), BodyForm::Html) => ("html", plain::to_html(text).into()),
        (Text::Html(html), _) => ("html", html.as_str().into()),
        (Text::Plain(text), _) => ("text", text.as_str().into()),
    };
    object.object(name, |inner| {
        inner.text("contentType", kind);
        inner.text("content", &text);
    });
}

fn recipient(object: &mut Object<'_>, person: &Person) {
    object.object("emailAddress", |inner| {
        inner.text(
            "name",
            if person.name.is_empty() {
                &person.address
            } else {
                &person.name
            },
        );
        inner.text("address", &person.address);
    });
}

/// What a delta item carries of a message of which only these fields changed.
pub(crate) fn sparse_message(
    object: &mut Object<'_>,
    mailbox: &Mailbox,
    no: MessageNo,
    fields: Select,
    immutable: bool,
) {
    let Some(state) = mailbox.state(no) else {
        return;
    };
    object.text("id", &mailbox.message_id(no, state.moves, immutable));
    if fields.has(Property::IsRead) {
        object.boolean("isRead", state.is_read);
    }
    if fields.has(Property::Categories) {
        object.list("categories", &state.categories, |out, category| {
            push_text(out, category);
        });
    }
    if fields.has(Property::Importance) {
        object.text("importance", state.importance.wire());
    }
    if fields.has(Property::InferenceClassification) {
        object.text(
            "inferenceClassification",
            if state.other { "other" } else { "focused" },
        );
    }
    if fields.has(Property::ParentFolderId) {
        object.text("parentFolderId", &mailbox.folder_id(state.folder));
    }
    if fields.has(Property::Flag) {
        flag(object, &state);
    }
}

/// Writes a folder.
pub(crate) fn folder(
    object: &mut Object<'_>,
    mailbox: &Mailbox,
    folder: &Folder,
    wanted: &dyn Fn(&str) -> bool,
) {
    if matches!(folder.kind, FolderKind::Search(_)) {
        object.text("@odata.type", "#microsoft.graph.mailSearchFolder");
    }
    let (unread, total) = mailbox.counts(folder);
    object.text("id", &mailbox.folder_id(folder.no));
    if wanted("displayName") {
        object.text("displayName", &folder.display_name);
    }
    if wanted("parentFolderId") {
        object.text(
            "parentFolderId",
            &mailbox.folder_id(folder.parent.unwrap_or(folder.no)),
        );
    }
    if wanted("childFolderCount") {
        object.number("childFolderCount", mailbox.child_count(folder.no) as u64);
    }
    if wanted("unreadItemCount") {
        object.number("unreadItemCount", unread as u64);
    }
    if wanted("totalItemCount") {
        object.number("totalItemCount", total as u64);
    }
    if wanted("sizeInBytes") {
        object.number("sizeInBytes", folder.size);
    }
    if wanted("isHidden") {
        object.boolean("isHidden", folder.hidden);
    }
    if let FolderKind::Search(source) = folder.kind {
        search_folder(object, mailbox, source, wanted);
    }
}

fn search_folder(
    object: &mut Object<'_>,
    mailbox: &Mailbox,
    source: crate::mailbox::FolderNo,
    wanted: &dyn Fn(&str) -> bool,
) {
    if wanted("isSupported") {
        object.boolean("isSupported", true);
    }
    if wanted("includeNestedFolders") {
        object.boolean("includeNestedFolders", false);
    }
    if wanted("sourceFolderIds") {
        object.list("sourceFolderIds", [source], |out, no| {
            push_text(out, &mailbox.folder_id(no));
        });
    }
    if wanted("filterQuery") {
        object.text("filterQuery", "isRead eq false");
    }
}

/// Writes an attachment; its bytes only when they are wanted.
pub(crate) fn attachment(
    object: &mut Object<'_>,
    mailbox: &Mailbox,
    message: MessageNo,
    one: &Attachment,
    bytes: bool,
) {
    let kind = match &one.enclosed {
        Enclosed::File(_) | Enclosed::Filled { .. } => "#microsoft.graph.fileAttachment",
        Enclosed::Item { .. } => "#microsoft.graph.itemAttachment",
        Enclosed::Reference { .. } => "#microsoft.graph.referenceAttachment",
    };
    object.text("@odata.type", kind);
    object.text("@odata.mediaContentType", &one.content_type);
    object.text(
        "id",
        &mailbox.ids.encode(IdKind::Attachment, message.0, one.no),
    );
    object.text("lastModifiedDateTime", &wire(one.modified));
    object.text("name", &one.name);
    match &one.enclosed {
        Enclosed::Item { .. } | Enclosed::Reference { .. } => object.raw("contentType", "null"),
        Enclosed::File(_) | Enclosed::Filled { .. } => {
            object.text("contentType", &one.content_type);
        }
    }
    object.number("size", one.size());
    object.boolean("isInline", one.is_inline);
    if matches!(one.enclosed, Enclosed::File(_) | Enclosed::Filled { .. }) {
        object.text_or_null("contentId", one.content_id.as_deref());
        object.raw("contentLocation", "null");
        if bytes {
            object.text("contentBytes", &STANDARD.encode(one.bytes()));
        }
    }
}
