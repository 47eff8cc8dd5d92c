//! The reading pane: a conversation with the message that was opened, which the toolbar is about.

use maildesk_model::FolderId;
use maildesk_model::conversation::ConversationSummary;
use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::message::{Importance, MessageDetail};
use maildesk_model::search::Part;

use super::card::{self, Card};
use super::deed::filing;
use super::due::{self, Due};
use super::found::{self, Piece};
use super::list;
use super::palette::{Label, Palette};
use super::view::View;
use crate::foreign;
use crate::pages::shell::Shell;

/// What is read of the store for it.
pub(super) struct Open {
    /// The message that was opened.
    pub(super) detail: MessageDetail,
    /// All messages of its conversation, it among them, oldest first; without their bodies.
    pub(super) conversation: Vec<MessageDetail>,
    /// The folders of its mailbox.
    pub(super) folders: Vec<Folder>,
    /// Whether the list beside it is of conversations.
    pub(super) is_grouped: bool,
    /// Whether the toolbar is about the opened message alone, and not about its thread.
    pub(super) is_alone: bool,
}

impl Open {
    /// What of the conversation lies in a folder.
    pub(super) fn thread_in(&self, folder: FolderId) -> Option<ConversationSummary> {
        let all = self.conversation.iter().rev().map(|one| &one.summary);
        let messages: Vec<_> = all.filter(|one| one.folder == folder).collect();
        ConversationSummary::of(&messages)
    }

    /// What the toolbar is about.
    fn meant(&self) -> ConversationSummary {
        let opened = &self.detail.summary;
        let thread = (!self.is_alone).then(|| self.thread_in(opened.folder));
        let alone = || ConversationSummary::of_one(opened.clone());
        thread.flatten().unwrap_or_else(alone)
    }
}

/// An open conversation.
#[derive(Debug)]
pub(super) struct Reading {
    /// The id of the message that was opened.
    pub(super) id: String,
    /// What the toolbar is about: a thread, or that message.
    pub(super) meant: String,
    /// The id of its conversation, for the script: rows may be conversations.
    pub(super) conversation: String,
    /// Whether the toolbar is about a thread.
    pub(super) is_thread: bool,
    /// What the toolbar is about, in words, where that may be in doubt.
    pub(super) scope: Option<String>,
    /// Where it is about the whole conversation again.
    pub(super) wider: Option<String>,
    /// The id of its mailbox, for the script and for answers.
    pub(super) lies_in: String,
    /// Whether it is being written still.
    pub(super) is_draft: bool,
    pub(super) subject: Vec<Piece>,
    pub(super) is_unread: bool,
    pub(super) is_flagged: bool,
    pub(super) is_important: bool,
    /// Each with the address of the list of its category.
    pub(super) labels: Vec<(Label, String)>,
    pub(super) due: Option<Due>,
    pub(super) web_link: String,
    /// What files it away or gets it back: the deed, the icon, the text.
    pub(super) filing: Option<(&'static str, &'static str, &'static str)>,
    /// Deleting here is for good.
    pub(super) is_last_delete: bool,
    pub(super) targets: Vec<(String, String)>,
    /// The list without the open message.
    pub(super) back: String,
    /// This very view.
    pub(super) here: String,
    /// The messages, oldest first.
    pub(super) cards: Vec<Card>,
}

/// What is shown of a conversation.
pub(super) fn reading(shell: &Shell, view: &View, open: &Open, palette: &Palette) -> Reading {
    let message = &open.detail.summary;
    let folders = &open.folders;
    let lies_in = folders.iter().find(|folder| folder.id == message.folder);
    let lies_in = lies_in.and_then(|folder| folder.well_known);
    let mut known = folders.iter().filter_map(|folder| folder.well_known);
    let has_archive = known.any(|known| known == WellKnown::Archive);
    let cards = open.conversation.iter();
    let meant = open.meant();
    let cards: Vec<Card> = cards
        .map(|detail| card::card(shell, view, detail, open, meant.total > 1))
        .collect();
    let is_one_of_many = cards.len() > 1 && open.is_alone;
    Reading {
        scope: scope(shell, &cards, &meant, open.is_alone),
        wider: (is_one_of_many && open.is_grouped).then(|| view.opening(Some(message.id)).path()),
        id: message.id.to_string(),
        meant: if open.is_alone {
            message.id.to_string()
        } else {
            message.thread().to_string()
        },
        conversation: message.conversation.to_string(),
        is_thread: !open.is_alone,
        lies_in: message.mailbox.to_string(),
        is_draft: message.is_draft,
        subject: found::pieces(
            view.search(&shell.zone).as_ref(),
            Part::Subject,
            &list::subject(shell.words, message),
        ),
        is_unread: meant.unread > 0,
        is_flagged: meant.is_flagged,
        is_important: message.importance == Importance::High,
        labels: palette
            .labels(message.mailbox, &meant.categories)
            .into_iter()
            .map(|label| {
                let path = View::of_category(Some(message.mailbox), &label.name).path();
                (label, path)
            })
            .collect(),
        due: meant.due.map(|due| due::shown(shell, due)),
        web_link: safe_link(&message.web_link),
        filing: Some(filing(lies_in)).filter(|(deed, ..)| *deed != "archive" || has_archive),
        is_last_delete: lies_in == Some(WellKnown::DeletedItems),
        targets: folders
            .iter()
            .filter(|folder| folder.id != message.folder)
            .map(|folder| (folder.id.to_string(), foreign::line(&folder.name)))
            .collect(),
        back: view.opening(None).path(),
        here: view.path(),
        cards,
    }
}

/// What the toolbar is about, where a conversation has more than one message.
fn scope(
    shell: &Shell,
    cards: &[Card],
    meant: &ConversationSummary,
    is_alone: bool,
) -> Option<String> {
    if is_alone {
        let opened = cards.iter().find(|card| card.is_opened);
        let opened = opened.filter(|_| cards.len() > 1)?;
        let who = foreign::isolated(&opened.who);
        let values = [
            ("who", who.into()),
            ("time", opened.received.full.as_str().into()),
        ];
        return Some(shell.words.fill_all("scope-one", values).into_owned());
    }
    (meant.total > 1).then(|| shell.words.fill("scope-all", meant.total).into_owned())
}

/// Outlook's address of a message comes from outside: only the web is led to.
pub(super) fn safe_link(link: &str) -> String {
    if link.starts_with("https://") {
        link.to_owned()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_led_to() {
        assert_eq!(
            safe_link("https://outlook.example/x"),
            "https://outlook.example/x"
        );
        for bad in ["javascript:alert(1)", "http://x", "", "data:text/html,x"] {
            assert_eq!(safe_link(bad), "");
        }
    }
}
