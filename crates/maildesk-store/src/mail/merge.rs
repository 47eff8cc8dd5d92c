//! Laying what Graph said over what is kept: fields that are there are taken, what is missing
//! keeps its value (S2).

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{ConversationId, FolderId, MailboxId, MessageId};
use maildesk_model::message::{Flag, RemoteMessage};

use super::kept::{BODY_AWAITED, Kept, Said};
use super::overlay::Marks;
use super::people;

/// What stands in for Graph's conversation id where there is none: a conversation of one.
pub(crate) fn conversation_of(remote: &RemoteMessage) -> String {
    remote
        .conversation
        .clone()
        .filter(|conversation| !conversation.is_empty())
        .unwrap_or_else(|| format!("~{}", remote.remote_id))
}

/// A row for a message that is new here, not inserted yet.
pub(crate) fn fresh(
    mailbox: MailboxId,
    remote: &RemoteMessage,
    folder: FolderId,
    generation: i64,
) -> Kept {
    let mut kept = Kept {
        id: MessageId(0),
        mailbox,
        remote_id: remote.remote_id.clone(),
        conversation: ConversationId(0),
        conversation_remote: conversation_of(remote),
        graph: Marks {
            folder: Some(folder),
            is_read: false,
            flag: Flag::None,
            due: None,
            categories: people::from_names(&[]),
        },
        shown: Marks {
            folder: None,
            is_read: false,
            flag: Flag::None,
            due: None,
            categories: String::new(),
        },
        overlaid: false,
        said: Said {
            recipients: people::from_addresses(&[]),
            cc: people::from_addresses(&[]),
            bcc: people::from_addresses(&[]),
            reply_to: people::from_addresses(&[]),
            ..Said::default()
        },
        modified_at: None,
        body_state: BODY_AWAITED,
        attachments_known: false,
        missing_since: None,
        seen_generation: generation,
    };
    over(&mut kept, remote, Some(folder));
    kept.shown = kept.graph.clone();
    kept
}

/// Takes in what Graph said, but for the shown marks, which follow from the intents that wait, and
/// the conversation's key. `folder` is the folder it names, where we know it.
pub(crate) fn over(kept: &mut Kept, remote: &RemoteMessage, folder: Option<FolderId>) {
    let graph = &mut kept.graph;
    if let Some(folder) = folder {
        graph.folder = Some(folder);
        // It is known where it is.
        kept.missing_since = None;
    }
    take(&mut graph.is_read, remote.is_read);
    take(&mut graph.flag, remote.flag);
    take(
        &mut graph.due,
        remote.flag_dates.as_ref().map(|dates| dates.due),
    );
    take(
        &mut graph.categories,
        remote.categories.as_deref().map(people::from_names),
    );
    if remote
        .conversation
        .as_ref()
        .is_some_and(|id| !id.is_empty())
    {
        kept.conversation_remote = conversation_of(remote);
    }
    if remote.modified_at.is_some() {
        kept.modified_at = remote.modified_at;
    }
    said(&mut kept.said, remote);
}

fn said(said: &mut Said, remote: &RemoteMessage) {
    let one = |address: &Option<_>| address.as_ref().map(people::from_address);
    let many = |addresses: &Option<Vec<_>>| addresses.as_deref().map(people::from_addresses);
    take(&mut said.subject, remote.subject.clone());
    take(&mut said.author, remote.from.as_ref().map(one));
    take(&mut said.sender, remote.sender.as_ref().map(one));
    take(&mut said.recipients, many(&remote.to));
    take(&mut said.cc, many(&remote.cc));
    take(&mut said.bcc, many(&remote.bcc));
    take(&mut said.reply_to, many(&remote.reply_to));
    take(
        &mut said.received_at,
        remote.received_at.map(Timestamp::floor_to_second),
    );
    take(&mut said.sent_at, remote.sent_at.map(Some));
    take(&mut said.preview, remote.preview.clone());
    take(&mut said.is_draft, remote.is_draft);
    take(
        &mut said.flag_start_at,
        remote.flag_dates.as_ref().map(|dates| dates.start),
    );
    take(
        &mut said.flag_done_at,
        remote.flag_dates.as_ref().map(|dates| dates.completed),
    );
    take(&mut said.importance, remote.importance);
    take(&mut said.is_other, remote.is_other);
    take(&mut said.has_attachments, remote.has_attachments);
    take(
        &mut said.internet_message_id,
        remote.internet_message_id.clone(),
    );
    take(&mut said.web_link, remote.web_link.clone());
    if let Some(meeting) = &remote.meeting {
        let known = said.meeting.take().unwrap_or_default();
        said.meeting = Some(meeting.clone().over(known));
    }
}

fn take<T>(kept: &mut T, said: Option<T>) {
    if let Some(said) = said {
        *kept = said;
    }
}
