//! Mail as Graph would tell of it.

use maildesk_model::Timestamp;
use maildesk_model::message::{
    Address, AttachmentKind, Body, Flag, Importance, RemoteAttachment, RemoteMessage,
};

/// The n-th mail, received n seconds after two o'clock, in the inbox, with a small body.
pub(crate) fn mail(n: i64) -> RemoteMessage {
    let noon = Timestamp::parse("2026-03-02T14:00:00Z").unwrap();
    let at = Timestamp::from_micros(noon.as_micros() + n * 1_000_000);
    let address = |name: &str| Address {
        name: name.to_owned(),
        address: format!("{}@contoso.example", name.to_lowercase()),
    };
    RemoteMessage {
        remote_id: format!("mail-{n}"),
        folder: Some("inbox".to_owned()),
        subject: Some(format!("Mail {n}")),
        from: Some(Some(address("Grace"))),
        sender: Some(None),
        to: Some(vec![address("Support")]),
        cc: Some(Vec::new()),
        bcc: Some(Vec::new()),
        reply_to: Some(Vec::new()),
        received_at: Some(at),
        sent_at: Some(at),
        modified_at: Some(at),
        preview: Some(format!("This is mail {n}")),
        is_read: Some(false),
        is_draft: Some(false),
        flag: Some(Flag::None),
        importance: Some(Importance::Normal),
        is_other: Some(false),
        has_attachments: Some(false),
        categories: Some(Vec::new()),
        conversation: Some(format!("conversation-{n}")),
        internet_message_id: Some(format!("<{n}@contoso.example>")),
        web_link: Some(format!("https://outlook.office365.com/owa/?ItemID={n}")),
        body: Some(Body {
            is_html: true,
            content: format!("<p>This is mail {n}</p>"),
        }),
        attachments: Some(Vec::new()),
        ..RemoteMessage::default()
    }
}

/// A file on a mail.
pub(crate) fn attachment(name: &str, content_type: &str) -> RemoteAttachment {
    RemoteAttachment {
        remote_id: format!("file-{name}"),
        name: name.to_owned(),
        content_type: content_type.to_owned(),
        size: 5,
        is_inline: false,
        content_id: None,
        kind: AttachmentKind::File,
    }
}
