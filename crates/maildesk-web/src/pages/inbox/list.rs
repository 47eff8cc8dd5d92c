//! The rows of the list: conversations, or single messages, which are conversations of one here.

use std::collections::HashMap;

use maildesk_model::conversation::ConversationSummary;
use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::message::{Address, Flag, Importance, MessageSummary};
use maildesk_model::search::{Part, Search};
use maildesk_model::{FolderId, MessageId, Timestamp};

use super::due::{self, Due};
use super::found::{self, Piece};
use super::palette::{Label, Palette};
use super::view::View;
use crate::api::cursor;
use crate::api::messages::list::{AfterMessage, filters};
use crate::error::Problem;
use crate::foreign;
use crate::pages::shell::Shell;
use crate::pages::time::Shown;
use crate::words::Words;

/// One row of the list.
#[derive(Debug)]
pub(super) struct ListRow {
    /// What is done with the row is done with this: a thread, or a message.
    pub(super) id: String,
    /// The id of the conversation, for the script, where the row is one.
    pub(super) conversation: Option<String>,
    /// How many messages it stands for.
    pub(super) total: i64,
    /// The id of its mailbox, for the script: messages move within one only.
    pub(super) lies_in: String,
    /// Where it stands in the order, for the script: newest first.
    pub(super) order: String,
    pub(super) path: String,
    pub(super) who: Vec<Piece>,
    pub(super) subject: String,
    /// The same with what was looked for marked.
    pub(super) subject_pieces: Vec<Piece>,
    pub(super) preview: Vec<Piece>,
    pub(super) received: Shown,
    pub(super) is_unread: bool,
    pub(super) is_flagged: bool,
    pub(super) is_done: bool,
    pub(super) due: Option<Due>,
    pub(super) labels: Vec<Label>,
    pub(super) is_important: bool,
    pub(super) has_attachments: bool,
    /// An invitation, a cancellation or an answer.
    pub(super) is_meeting: bool,
    pub(super) is_open: bool,
    /// Which mailbox it lies in, where the list is of several.
    pub(super) mailbox: Option<String>,
    /// Which folder it lies in, where that was looked for everywhere and is no inbox.
    pub(super) folder: Option<String>,
}

/// The rows of a page and the way further down.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<ListRow>,
    pub(super) older: Option<String>,
}

/// What was read for a page.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Newest first; one more than is shown, where there is more.
    pub(super) rows: Vec<ConversationSummary>,
    /// Whether they are conversations; otherwise each is a message that stands alone.
    pub(super) is_grouped: bool,
    /// The message that is open.
    pub(super) open: Option<MessageSummary>,
    /// Whether recipients matter and not authors.
    pub(super) shows_recipients: bool,
    /// What was looked for.
    pub(super) search: Option<Search>,
    /// Pieces of the texts of those whose beginning does not say why they were found.
    pub(super) excerpts: HashMap<MessageId, String>,
    /// The folders they lie in, where they come from several.
    pub(super) places: HashMap<FolderId, Folder>,
    /// Where looking was given up, if it was.
    pub(super) ended_at: Option<(Timestamp, MessageId)>,
}

/// Makes the page of what was read. `name_of` names a mailbox where several are listed together.
pub(super) fn rows(
    shell: &Shell,
    view: &View,
    mut listed: Listed,
    palette: &Palette,
    name_of: impl Fn(&MessageSummary) -> Option<String>,
) -> Result<Rows, Problem> {
    let read = &mut listed.rows;
    let more = read.len() > view.rows;
    read.truncate(view.rows);
    let older = match read.last() {
        Some(last) if more => {
            let place = AfterMessage(last.newest.received_at, last.newest.id);
            let cursor = cursor::write(&place, &filters(&view.query(&shell.zone)?));
            Some(view.below(cursor).path())
        }
        _ => None,
    };
    let row = |one: &ConversationSummary| {
        let labels = palette.labels(one.newest.mailbox, &one.categories);
        row(shell, view, &listed, one, labels, name_of(&one.newest))
    };
    let rows = listed.rows.iter().map(row).collect();
    Ok(Rows { rows, older })
}

fn row(
    shell: &Shell,
    view: &View,
    listed: &Listed,
    one: &ConversationSummary,
    labels: Vec<Label>,
    mailbox: Option<String>,
) -> ListRow {
    let newest = &one.newest;
    let is_open = |open: &MessageSummary| {
        if listed.is_grouped {
            open.conversation == newest.conversation
        } else {
            open.id == newest.id
        }
    };
    let search = listed.search.as_ref();
    let place = listed.places.get(&newest.folder);
    let known = place.and_then(|place| place.well_known);
    let shows_recipients = listed.shows_recipients || shows_recipients(known);
    let part = if shows_recipients {
        Part::To
    } else {
        Part::From
    };
    let subject = subject(shell.words, newest);
    ListRow {
        id: if listed.is_grouped {
            one.id().to_string()
        } else {
            newest.id.to_string()
        },
        conversation: listed.is_grouped.then(|| newest.conversation.to_string()),
        total: one.total,
        lies_in: newest.mailbox.to_string(),
        order: format!("{:020}-{:020}", newest.received_at.as_micros(), newest.id.0),
        path: view.opening(Some(newest.id)).path(),
        who: found::pieces(search, part, &who(shell.words, one, shows_recipients)),
        subject_pieces: found::pieces(search, Part::Subject, &subject),
        subject,
        preview: found::preview(search, newest, &listed.excerpts),
        received: shell.time_of(newest.received_at),
        is_unread: one.unread > 0,
        is_flagged: one.is_flagged,
        is_done: newest.flag == Flag::Complete && !one.is_flagged,
        due: one.due.map(|due| due::shown(shell, due)),
        labels,
        is_important: newest.importance == Importance::High,
        has_attachments: one.has_attachments,
        is_meeting: newest.meeting.is_some(),
        is_open: listed.open.as_ref().is_some_and(is_open),
        mailbox,
        folder: place
            .filter(|place| place.well_known != Some(WellKnown::Inbox))
            .map(|place| foreign::line(&place.name)),
    }
}

/// The subject, or words instead.
pub(super) fn subject(words: Words, message: &MessageSummary) -> String {
    let subject = foreign::line(&message.subject);
    if subject.is_empty() {
        words.say("no-subject").into_owned()
    } else {
        subject
    }
}

/// The authors, that of the newest message first; in folders of one's own mail its first recipient.
fn who(words: Words, one: &ConversationSummary, shows_recipients: bool) -> String {
    if shows_recipients {
        return match one.newest.to.first().and_then(name) {
            Some(name) => words.fill("to-whom", name).into_owned(),
            None => words.say("nobody").into_owned(),
        };
    }
    let mut names: Vec<String> = Vec::new();
    for name in one.authors.iter().filter_map(name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match &names[..] {
        [] => words.say("nobody").into_owned(),
        [name] => name.clone(),
        several => {
            let several = several.iter().map(|name| foreign::isolated(name));
            several.collect::<Vec<_>>().join(", ")
        }
    }
}

/// What somebody is called, or their address.
fn name(one: &Address) -> Option<String> {
    let lines = [foreign::line(&one.name), foreign::line(&one.address)];
    lines.into_iter().find(|line| !line.is_empty())
}

/// Whether a folder holds one's own mail, whose recipients matter and not its author.
pub(super) fn shows_recipients(well_known: Option<WellKnown>) -> bool {
    well_known.is_some_and(WellKnown::holds_own_mail)
}
