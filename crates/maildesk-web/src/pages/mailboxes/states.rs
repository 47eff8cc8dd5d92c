//! The states of a mailbox in words and colours.

use maildesk_model::mailbox::{Connection, Mailbox, MailboxState};

use crate::pages::push::states::StateBadge;
use crate::words::Words;

/// The badge of a mailbox's state.
pub(super) fn badge(words: Words, mailbox: &Mailbox) -> StateBadge {
    let (text, class) = match mailbox.state {
        _ if mailbox.disconnected_at.is_some() => (words.say("mailbox-disconnected"), "warn"),
        MailboxState::Connecting => (words.say("mailbox-connecting"), "accent"),
        MailboxState::Importing => (words.say("mailbox-importing"), "accent"),
        MailboxState::Active => (words.say("mailbox-active"), "good"),
        MailboxState::Reconnect => (words.say("mailbox-reconnect"), "bad"),
        MailboxState::Error => (words.say("mailbox-error"), "bad"),
    };
    StateBadge {
        text: text.into_owned(),
        class,
    }
}

/// How it is reached.
pub(super) fn connection(words: Words, connection: Connection) -> String {
    match connection {
        Connection::GraphDelegated => words.say("way-person"),
        Connection::GraphApplication => words.say("way-organisation"),
        Connection::ImapSmtp => words.say("way-imap"),
    }
    .into_owned()
}

/// An import under way: listed, expected, and both in words.
pub(super) fn import(words: Words, mailbox: &Mailbox) -> Option<(i64, i64, String)> {
    if mailbox.state != MailboxState::Importing {
        return None;
    }
    let listed = mailbox.import.listed;
    let expected = mailbox.import.expected.max(listed);
    let values = [("listed", listed.into()), ("expected", expected.into())];
    let text = words.fill_all("import-of", values).into_owned();
    Some((listed, expected, text))
}
