//! Intents: what has to be written at Graph, and what an answer means for the intent.

use maildesk_graph::{GraphError, MessagePatch};
use maildesk_model::intent::Change;
use maildesk_model::mailbox::Trouble;
use maildesk_model::message::{Flag, RemoteMessage};

/// What has to be written so that a message is as wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Writes {
    /// Fields to change.
    pub(crate) patch: Option<MessagePatch>,
    /// The folder (Graph's id) to move it to.
    pub(crate) destination: Option<String>,
}

/// The writes for `change`, whose target folder Graph knows as `folder`. `seen` is the message as
/// Graph has it, where an earlier try may have been carried out: what is so already is not written
/// again (S6).
pub(crate) fn writes(
    change: &Change,
    folder: Option<&str>,
    seen: Option<&RemoteMessage>,
) -> Writes {
    let due = change.due.filter(|_| change.flag == Some(Flag::Flagged));
    // A flag goes with its due date, so only both together are so already.
    let is_due =
        seen.is_some_and(|seen| seen.flag_dates.as_ref().and_then(|dates| dates.due) == due);
    let flag = seen.and_then(|seen| seen.flag).filter(|_| is_due);
    let flag = wanted(change.flag, flag);
    let patch = MessagePatch {
        is_read: wanted(change.is_read, seen.and_then(|seen| seen.is_read)),
        due: due.filter(|_| flag.is_some()),
        flag,
        categories: wanted(
            change.categories.clone(),
            seen.and_then(|seen| seen.categories.clone()),
        ),
    };
    let lies_in = seen.and_then(|seen| seen.folder.clone());
    Writes {
        patch: (patch != MessagePatch::default()).then_some(patch),
        destination: wanted(folder.map(str::to_owned), lies_in),
    }
}

fn wanted<T: PartialEq>(wanted: Option<T>, seen: Option<T>) -> Option<T> {
    if seen.is_some() && wanted == seen {
        None
    } else {
        wanted
    }
}

/// Lays a later answer over an earlier one about the same message.
pub(crate) fn laid_over(earlier: Option<RemoteMessage>, later: RemoteMessage) -> RemoteMessage {
    let Some(earlier) = earlier else { return later };
    RemoteMessage {
        folder: later.folder.or(earlier.folder),
        is_read: later.is_read.or(earlier.is_read),
        flag: later.flag.or(earlier.flag),
        flag_dates: later.flag_dates.or(earlier.flag_dates),
        categories: later.categories.or(earlier.categories),
        modified_at: later.modified_at.or(earlier.modified_at),
        ..later
    }
}

/// Whether an error of a write is Graph's decision on the intent rather than trouble of the
/// mailbox. A permission that is missing for writing alone does not stop the reading.
pub(crate) const fn is_refusal(error: &GraphError) -> bool {
    matches!(
        error,
        GraphError::Refused { .. }
            | GraphError::NotAllowed { .. }
            | GraphError::Conflict { .. }
            | GraphError::TooLong { .. }
            | GraphError::ValidationFailed { .. }
            | GraphError::DeltaExpired { .. }
    )
}

/// An intent that failed so often waits by itself; until then the mailbox waits with it, so that
/// a later wish for the same message does not overtake it.
const HOLDS_MAILBOX: i64 = 5;

/// Whether the mailbox waits because of this failure.
pub(crate) const fn holds_mailbox(error: &GraphError, attempts: i64) -> bool {
    match error {
        GraphError::Later { said, .. } => said.status == 0 || attempts < HOLDS_MAILBOX,
        _ => true,
    }
}

/// Why an intent is refused that Graph was not even asked about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// The message is gone.
    MessageGone,
    /// The folder it was to be moved to is gone.
    FolderGone,
    /// It is to be deleted for good, but lies elsewhere by now.
    NotDeleted,
    /// The attachment is a link; it has no bytes.
    Reference,
    /// The attachment is gone.
    AttachmentGone,
    /// The attachment is too large.
    TooLarge,
}

/// The refusal in words.
pub(crate) fn refusal(why: Why) -> Trouble {
    let (code, message, remedy) = match why {
        Why::MessageGone => (
            "message_gone",
            "The message is gone: it was deleted or moved out of reach in the meantime.",
            "Nothing to do.",
        ),
        Why::FolderGone => (
            "folder_gone",
            "The folder the message was to be moved to is gone.",
            "Choose another folder.",
        ),
        Why::NotDeleted => (
            "not_in_deleted_items",
            "The message is no longer in Deleted Items, so it was not deleted for good.",
            "Look where it is now, and delete it from there if it is still to go.",
        ),
        Why::Reference => (
            "reference_attachment",
            "This attachment is a link to a file in the cloud; the mail holds no copy of it.",
            "Open the message in Outlook to follow the link.",
        ),
        Why::AttachmentGone => (
            "attachment_gone",
            "Microsoft does not know this attachment any more.",
            "Open the message again; its list of attachments may have changed.",
        ),
        Why::TooLarge => (
            "attachment_too_large",
            "The attachment is larger than this server keeps.",
            "Open the message in Outlook.",
        ),
    };
    Trouble {
        code: code.to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use maildesk_graph::Said;
    use maildesk_model::FolderId;
    use maildesk_model::message::FlagDates;

    use super::*;

    fn change() -> Change {
        Change {
            is_read: Some(true),
            flag: Some(Flag::Flagged),
            folder: Some(FolderId(1)),
            ..Change::default()
        }
    }

    #[test]
    fn a_flag_is_written_with_its_due_date() {
        let day = maildesk_model::Timestamp::from_micros(86_400_000_000);
        let change = Change {
            flag: Some(Flag::Flagged),
            due: Some(day),
            ..Change::default()
        };
        let seen = |due| RemoteMessage {
            flag: Some(Flag::Flagged),
            flag_dates: Some(FlagDates {
                due,
                ..FlagDates::default()
            }),
            ..RemoteMessage::default()
        };
        for other in [None, Some(seen(None))] {
            let patch = writes(&change, None, other.as_ref()).patch.unwrap();
            assert_eq!((patch.flag, patch.due), (Some(Flag::Flagged), Some(day)));
        }
        let done = writes(&change, None, Some(&seen(Some(day))));
        assert_eq!(done, Writes::default());
    }

    #[test]
    fn the_first_try_writes_everything_that_is_wanted() {
        let writes = writes(&change(), Some("target"), None);
        let patch = writes.patch.unwrap();
        assert_eq!(
            (patch.is_read, patch.flag),
            (Some(true), Some(Flag::Flagged))
        );
        assert_eq!(patch.categories, None);
        assert_eq!(writes.destination.as_deref(), Some("target"));
    }

    #[test]
    fn a_later_try_writes_only_what_is_not_so_yet() {
        let seen = RemoteMessage {
            folder: Some("target".into()),
            is_read: Some(true),
            flag: Some(Flag::None),
            ..RemoteMessage::default()
        };
        let left = writes(&change(), Some("target"), Some(&seen));
        assert_eq!(left.destination, None);
        let patch = left.patch.unwrap();
        assert_eq!((patch.is_read, patch.flag), (None, Some(Flag::Flagged)));

        let done = RemoteMessage {
            flag: Some(Flag::Flagged),
            ..seen
        };
        let left = writes(&change(), Some("target"), Some(&done));
        assert_eq!(left, Writes::default());
    }

    #[test]
    fn what_was_not_seen_is_written() {
        let nothing = RemoteMessage::default();
        let all = writes(&change(), Some("target"), Some(&nothing));
        assert_eq!(all, writes_first());
    }

    fn writes_first() -> Writes {
        writes(&change(), Some("target"), None)
    }

    #[test]
    fn a_sparse_answer_lies_over_the_one_before() {
        let patched = RemoteMessage {
            remote_id: "m".into(),
            is_read: Some(true),
            folder: Some("old".into()),
            ..RemoteMessage::default()
        };
        let moved = RemoteMessage {
            remote_id: "m".into(),
            folder: Some("new".into()),
            ..RemoteMessage::default()
        };
        let both = laid_over(Some(patched), moved);
        assert_eq!(
            (both.is_read, both.folder.as_deref()),
            (Some(true), Some("new"))
        );
    }

    #[test]
    fn what_the_later_answer_says_counts_and_what_it_leaves_out_stays() {
        let at = maildesk_model::Timestamp::from_micros;
        let full = |word: &str, micros: i64| RemoteMessage {
            folder: Some(word.into()),
            is_read: Some(micros > 1),
            flag: Some(Flag::Flagged),
            flag_dates: Some(FlagDates {
                due: Some(at(micros)),
                ..FlagDates::default()
            }),
            categories: Some(vec![word.into()]),
            modified_at: Some(at(micros)),
            ..RemoteMessage::default()
        };
        let (earlier, later) = (full("earlier", 1), full("later", 2));
        let laid = laid_over(Some(earlier.clone()), RemoteMessage::default());
        assert_eq!(laid, earlier);
        assert_eq!(laid_over(Some(earlier), later.clone()), later);
        assert_eq!(laid_over(None, later.clone()), later);
    }

    #[test]
    fn refusals_end_an_intent_and_outages_do_not() {
        let said = || Box::<Said>::default();
        assert!(is_refusal(&GraphError::Refused { said: said() }));
        assert!(is_refusal(&GraphError::NotAllowed { said: said() }));
        let later = |status| GraphError::Later {
            maybe_done: true,
            retry_after: None,
            said: Box::new(Said {
                status,
                ..Said::default()
            }),
        };
        assert!(!is_refusal(&later(503)));
        assert!(holds_mailbox(&later(503), 0) && !holds_mailbox(&later(503), 5));
        assert!(holds_mailbox(&later(0), 99), "the network is down for all");
    }
}
