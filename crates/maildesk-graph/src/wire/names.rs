//! Every name that is sent or read is one that Microsoft's own metadata knows.
//!
//! The values below are filled field by field, so a new field does not compile until it stands
//! here too; what serde makes of them is looked up in the metadata.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::attachment::Attachment;
use super::draft::{
    Answering, AttachmentItem, BeginUpload, Content, FILE_ITEM, FileAttachment, UploadSession,
};
use super::error::{ErrorBody, PublicError};
use super::folder::MailFolder;
use super::message::{
    DateTimeTimeZone, EmailAddress, FollowupFlag, ItemBody, Location, MEETINGS, Message, Move,
    Patch, Recipient, SINGLE, SendMail,
};
use super::page::{List, Removed, Tracked};
use super::subscription::{CHANGE_TYPE, Create, Renew, Subscription};
use super::user::User;
use crate::draft::{DraftMail, NewFile};
use crate::message::NewMail;
use crate::notification::lenient;
use crate::query::{
    ALIASES_FIELD, ATTACHMENT_FIELDS, FILE_ATTACHMENT_FIELD, FOLDER_FIELDS, MESSAGE_FIELDS,
    NEWEST_FIRST, USER_FIELDS,
};

/// Annotations of OData and of delta, which are in no schema.
const ANNOTATIONS: [&str; 5] = [
    "@odata.type",
    "@odata.nextLink",
    "@odata.deltaLink",
    "@removed",
    "attachments@odata.nextLink",
];

fn metadata() -> Value {
    serde_json::from_str(include_str!("../../tests/data/mail-metadata.json")).unwrap()
}

/// The names of a type, its bases' included.
fn names_of(kind: &str) -> BTreeSet<String> {
    let metadata = metadata();
    let mut names = BTreeSet::new();
    let mut next = Some(kind.to_owned());
    while let Some(kind) = next {
        let entry = &metadata["types"][&kind];
        assert!(entry.is_object(), "the metadata has no type {kind}");
        for part in ["properties", "navigation"] {
            names.extend(
                entry[part]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone()),
            );
        }
        next = entry["base"].as_str().map(str::to_owned);
    }
    names
}

fn assert_known<'a>(kind: &str, used: impl IntoIterator<Item = &'a str>) {
    let known = names_of(kind);
    for name in used {
        assert!(
            known.contains(name) || ANNOTATIONS.contains(&name),
            "{kind} has no {name}"
        );
    }
}

fn assert_all_known(kind: &str, value: &Value) {
    let object = value.as_object().expect("wire types are objects");
    assert!(!object.is_empty());
    assert_known(kind, object.keys().map(String::as_str));
}

fn assert_member(kind: &str, word: &str) {
    let members = &metadata()["enums"][kind];
    assert!(
        members.as_array().unwrap().contains(&json!(word)),
        "{kind} has no {word}"
    );
}

/// A text that is there.
const TEXT: Option<String> = Some(String::new());

fn full_attachment() -> Attachment {
    Attachment {
        odata_type: TEXT,
        id: String::new(),
        name: TEXT,
        content_type: TEXT,
        size: Some(0),
        is_inline: Some(false),
        content_id: TEXT,
    }
}

fn full_flag() -> FollowupFlag {
    let date = || {
        Some(DateTimeTimeZone {
            date_time: TEXT,
            time_zone: TEXT,
        })
    };
    FollowupFlag {
        flag_status: TEXT,
        start_date_time: date(),
        due_date_time: date(),
        completed_date_time: date(),
    }
}

fn full_recipient() -> Recipient {
    Recipient {
        email_address: Some(EmailAddress {
            name: TEXT,
            address: TEXT,
        }),
    }
}

fn full_message() -> Message {
    let person = || Some(Some(full_recipient()));
    let people = || Some(Some(vec![full_recipient()]));
    let said = || Some(TEXT);
    Message {
        id: String::new(),
        parent_folder_id: said(),
        subject: said(),
        from: person(),
        sender: person(),
        to_recipients: people(),
        cc_recipients: people(),
        bcc_recipients: people(),
        reply_to: people(),
        received_date_time: said(),
        sent_date_time: said(),
        last_modified_date_time: said(),
        body_preview: said(),
        is_read: Some(Some(false)),
        is_draft: Some(Some(false)),
        flag: Some(Some(full_flag())),
        importance: said(),
        inference_classification: said(),
        has_attachments: Some(Some(false)),
        categories: Some(Some(Vec::new())),
        conversation_id: said(),
        internet_message_id: said(),
        web_link: said(),
        odata_type: TEXT,
        meeting_message_type: TEXT,
        event_type: TEXT,
        is_all_day: Some(false),
        start_date_time: full_flag().start_date_time,
        end_date_time: full_flag().start_date_time,
        location: Some(Location { display_name: TEXT }),
        body: Some(ItemBody {
            content_type: TEXT,
            content: TEXT,
        }),
        attachments: Some(vec![full_attachment()]),
        attachments_next: TEXT,
    }
}

#[test]
fn messages_are_read_by_their_true_names() {
    let message = json!(full_message());
    assert_all_known("eventMessage", &message);
    assert_all_known("location", &message["location"]);
    assert_all_known("dateTimeTimeZone", &message["startDateTime"]);
    for (name, _) in MEETINGS {
        // Spelled right it is in no schema, and would be no wonder.
        if name != "meetingTentativelyAccepted" {
            assert_member("meetingMessageType", name);
        }
    }
    assert_member("eventType", SINGLE);
    assert_all_known("recipient", &message["from"]);
    assert_all_known("emailAddress", &message["from"]["emailAddress"]);
    assert_all_known("followupFlag", &message["flag"]);
    assert_all_known("dateTimeTimeZone", &message["flag"]["dueDateTime"]);
    assert_all_known("itemBody", &message["body"]);
    assert_all_known("fileAttachment", &message["attachments"][0]);
}

#[test]
fn what_is_selected_is_read_and_what_is_read_is_selected() {
    let read = |value: Value, apart: &[&str]| -> BTreeSet<String> {
        let object = value.as_object().unwrap();
        object
            .keys()
            .filter(|name| !ANNOTATIONS.contains(&name.as_str()) && !apart.contains(&name.as_str()))
            .cloned()
            .collect()
    };
    let selected = |fields: &[&str]| fields.iter().map(|name| (*name).to_owned()).collect();
    // What is an event message's cannot be selected.
    let known = names_of("message");
    let own = names_of("eventMessage");
    let derived = own.iter().filter(|name| !known.contains(*name));
    let mut apart: Vec<&str> = derived.map(String::as_str).collect();
    apart.extend(["body", "attachments"]);
    assert_eq!(
        read(json!(full_message()), &apart),
        selected(&MESSAGE_FIELDS)
    );
    assert_eq!(read(json!(full_folder()), &[]), selected(&FOLDER_FIELDS));
    assert_eq!(
        read(json!(full_attachment()), &["contentId"]),
        selected(&ATTACHMENT_FIELDS)
    );
    assert_known("message", MESSAGE_FIELDS);
    assert_known("mailFolder", FOLDER_FIELDS);
    assert_known("attachment", ATTACHMENT_FIELDS);
    assert_known("user", USER_FIELDS);
    assert_known("user", [ALIASES_FIELD]);
    assert_known("message", NEWEST_FIRST.split(' ').next());
    let (kind, field) = FILE_ATTACHMENT_FIELD.rsplit_once('/').unwrap();
    assert_known(kind.strip_prefix("microsoft.graph.").unwrap(), [field]);
}

fn full_folder() -> MailFolder {
    MailFolder {
        odata_type: TEXT,
        id: String::new(),
        display_name: TEXT,
        parent_folder_id: TEXT,
        child_folder_count: Some(0),
        unread_item_count: Some(0),
        total_item_count: Some(0),
        is_hidden: Some(false),
    }
}

#[test]
fn pages_and_delta_items_keep_to_the_annotations() {
    let page = json!(List {
        value: vec![Tracked {
            removed: Some(Removed {}),
            item: full_folder(),
        }],
        next: TEXT,
        delta: TEXT,
    });
    let names: Vec<&str> = page
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert!(
        names
            .iter()
            .all(|name| *name == "value" || ANNOTATIONS.contains(name))
    );
    assert_all_known("mailFolder", &page["value"][0]);
}

#[test]
fn subscriptions_users_and_errors_are_called_by_their_true_names() {
    let create = json!(Create {
        change_type: CHANGE_TYPE,
        notification_url: "",
        lifecycle_notification_url: "",
        resource: "",
        expiration_date_time: String::new(),
        client_state: "",
    });
    assert_all_known("subscription", &create);
    assert_all_known(
        "subscription",
        &json!(Renew {
            expiration_date_time: String::new(),
        }),
    );
    assert_all_known(
        "subscription",
        &json!(Subscription {
            id: String::new(),
            resource: TEXT,
            notification_url: TEXT,
            lifecycle_notification_url: TEXT,
            expiration_date_time: TEXT,
            application_id: TEXT,
            creator_id: TEXT,
        }),
    );
    assert_all_known(
        "user",
        &json!(User {
            id: String::new(),
            mail: TEXT,
            user_principal_name: TEXT,
            proxy_addresses: Some(Vec::new()),
            display_name: TEXT,
        }),
    );
    let error = json!(ErrorBody {
        error: Some(PublicError {
            code: TEXT,
            message: TEXT,
            inner_error: Some(Box::default()),
        }),
    });
    assert_all_known("publicError", &error["error"]);
}

#[test]
fn writes_use_the_true_names_and_only_what_changes() {
    let patch = Patch {
        is_read: Some(true),
        flag: Some(full_flag()),
        categories: Some(&[]),
    };
    assert_all_known("message", &json!(patch));
    let mail = NewMail {
        to: vec![String::new()],
        subject: String::new(),
        text: String::new(),
        important: true,
    };
    let sent = json!(SendMail::from(&mail));
    assert_all_known("message", &sent["message"]);
    let receiver = &sent["message"]["toRecipients"][0];
    assert_all_known("recipient", receiver);
    assert_all_known("emailAddress", &receiver["emailAddress"]);
    for (action, on, body) in [
        ("move", "message", json!(Move { destination_id: "" })),
        ("sendMail", "user", sent),
    ] {
        let parameters = parameters_of(action, on);
        for name in body.as_object().unwrap().keys() {
            assert!(parameters.contains(&name.to_ascii_lowercase()), "{name}");
        }
    }
}

#[test]
fn drafts_and_their_files_are_written_by_their_true_names() {
    let somebody = || {
        let (name, address) = ("Ada".to_owned(), "ada@contoso.test".to_owned());
        vec![maildesk_model::message::Address { name, address }]
    };
    let mail = DraftMail {
        to: somebody(),
        cc: somebody(),
        bcc: somebody(),
        ..DraftMail::default()
    };
    let content = json!(Content::from(&mail));
    assert_all_known("message", &content);
    assert_all_known("recipient", &content["bccRecipients"][0]);
    assert_all_known("emailAddress", &content["toRecipients"][0]["emailAddress"]);
    let file = NewFile {
        name: String::new(),
        content_type: "text/plain".to_owned(),
        bytes: bytes::Bytes::from_static(b"x"),
    };
    assert_all_known("fileAttachment", &json!(FileAttachment::from(&file)));
    let begin = json!(BeginUpload {
        item: AttachmentItem {
            attachment_type: FILE_ITEM,
            name: "",
            size: 1,
            content_type: Some("text/plain"),
        },
    });
    assert_all_known("attachmentItem", &begin["AttachmentItem"]);
    assert_member("attachmentType", FILE_ITEM);
    let session = UploadSession {
        upload_url: String::new(),
        expiration_date_time: TEXT,
    };
    assert_all_known("uploadSession", &json!(session));
    let answering = json!(Answering { comment: "" });
    for (action, on, body) in [
        ("createReply", "message", &answering),
        ("createReplyAll", "message", &answering),
        ("createForward", "message", &answering),
        ("createUploadSession", "Collection(attachment)", &begin),
    ] {
        let parameters = parameters_of(action, on);
        for name in body.as_object().unwrap().keys() {
            assert!(parameters.contains(&name.to_ascii_lowercase()), "{name}");
        }
    }
}

/// The parameters of an action, in lower case: Graph takes them in any.
fn parameters_of(action: &str, on: &str) -> Vec<String> {
    let actions = metadata();
    let found = actions["operations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|known| known["name"] == action && known["on"] == on)
        .unwrap();
    let parameters = found["parameters"].as_object().unwrap().keys();
    parameters.map(|name| name.to_ascii_lowercase()).collect()
}

#[test]
fn notifications_are_read_by_their_true_names() {
    for (kind, names) in lenient::NAMES {
        assert_known(kind, names.iter().copied());
    }
    for (kind, words) in lenient::words() {
        for word in words {
            assert_member(kind, word);
        }
    }
}

#[test]
fn the_words_of_enums_are_microsofts() {
    use maildesk_model::message::{AttachmentKind, Flag, Importance};
    for flag in [Flag::None, Flag::Flagged, Flag::Complete] {
        assert_member("followupFlagStatus", super::message::flag_status(flag));
    }
    for importance in [Importance::Low, Importance::Normal, Importance::High] {
        assert_member("importance", importance.name());
    }
    for change in CHANGE_TYPE.split(',') {
        assert_member("changeType", change);
    }
    assert_member("inferenceClassificationType", super::message::OTHER);
    assert_member("bodyType", super::message::HTML);
    assert_member("bodyType", super::message::TEXT);
    for kind in [
        AttachmentKind::File,
        AttachmentKind::Item,
        AttachmentKind::Reference,
    ] {
        names_of(super::attachment::type_name(kind));
    }
}
