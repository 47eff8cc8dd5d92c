//! The text of the event stream (HTML living standard, 9.2 "Server-sent events").

use std::fmt::Write;

use maildesk_model::journal::JournalEntry;
use serde::Serialize;

/// How long a browser waits before it comes back.
const RETRY_MS: u32 = 2000;

/// The data of an event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    mailbox_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder_id: Option<String>,
}

/// The beginning: how soon to come back, and from where. An id without data changes a reader's
/// last event id and raises no event, so a stream that breaks before its first event misses
/// nothing either.
pub(super) fn opening(position: i64) -> String {
    format!("retry: {RETRY_MS}\nid: {position}\n\n")
}

/// One entry as an event.
pub(super) fn event(text: &mut String, entry: &JournalEntry) {
    let data = Data {
        mailbox_id: entry.mailbox.to_string(),
        id: entry
            .message
            .map(|id| id.to_string())
            .or(entry.draft.map(|id| id.to_string())),
        folder_id: entry.folder.map(|id| id.to_string()),
    };
    let data = serde_json::to_string(&data).expect("strings are JSON");
    let name = entry.kind.name();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "id: {}\nevent: {name}\ndata: {data}\n\n",
        entry.position
    );
}

/// "What you missed is not kept any more: load everything again." The id is where to go on.
pub(super) fn reset(position: i64) -> String {
    format!("id: {position}\nevent: reset\ndata: {{}}\n\n")
}

/// A comment: keeps proxies from closing an idle connection, and shows a reader that it is live.
pub(super) const COMMENT: &str = ": live\n\n";

#[cfg(test)]
mod tests {
    use super::*;
    use maildesk_model::journal::JournalKind;
    use maildesk_model::{DraftId, FolderId, MailboxId, MessageId, Timestamp};

    #[test]
    fn events_are_written_line_by_line() {
        let mut text = String::new();
        let mut entry = JournalEntry {
            position: 7,
            at: Timestamp::EPOCH,
            kind: JournalKind::MessageCreated,
            mailbox: MailboxId(1),
            message: Some(MessageId(2)),
            folder: Some(FolderId(3)),
            draft: None,
        };
        event(&mut text, &entry);
        let (mailbox, message, folder) = (MailboxId(1), MessageId(2), FolderId(3));
        assert_eq!(
            text,
            format!(
                "id: 7\nevent: message.created\ndata: {{\"mailboxId\":\"{mailbox}\",\"id\":\"{message}\",\"folderId\":\"{folder}\"}}\n\n"
            )
        );
        text.clear();
        entry.kind = JournalKind::PushUpdated;
        (entry.message, entry.folder) = (None, None);
        event(&mut text, &entry);
        assert_eq!(
            text,
            format!("id: 7\nevent: push.updated\ndata: {{\"mailboxId\":\"{mailbox}\"}}\n\n")
        );
        text.clear();
        entry.kind = JournalKind::DraftUpdated;
        entry.draft = Some(DraftId(4));
        event(&mut text, &entry);
        let draft = DraftId(4);
        assert_eq!(
            text,
            format!(
                "id: 7\nevent: draft.updated\ndata: {{\"mailboxId\":\"{mailbox}\",\"id\":\"{draft}\"}}\n\n"
            )
        );
    }
}
