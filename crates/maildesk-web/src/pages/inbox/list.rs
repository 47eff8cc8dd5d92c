//! The rows of the list.

use std::collections::HashMap;

use maildesk_model::MessageId;
use maildesk_model::folder::WellKnown;
use maildesk_model::message::{Flag, Importance, MessageSummary};
use maildesk_model::search::{Part, Search};

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

/// One message in the list.
#[derive(Debug)]
pub(super) struct MessageRow {
    pub(super) id: String,
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
}

/// The rows of a page and the way further down.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<MessageRow>,
    pub(super) older: Option<String>,
}

/// What a list is made of.
pub(super) struct Read<'r> {
    pub(super) messages: Vec<MessageSummary>,
    pub(super) search: Option<&'r Search>,
    /// Pieces of the texts of those whose beginning does not say why they were found.
    pub(super) excerpts: HashMap<MessageId, String>,
}

/// Makes the page of what was read. `name_of` names a mailbox where several are listed together.
pub(super) fn rows(
    shell: &Shell,
    view: &View,
    mut read: Read<'_>,
    palette: &Palette,
    name_of: impl Fn(&MessageSummary) -> Option<String>,
    shows_recipients: bool,
) -> Result<Rows, Problem> {
    let more = read.messages.len() > view.rows;
    read.messages.truncate(view.rows);
    let older = match read.messages.last() {
        Some(last) if more => {
            let place = AfterMessage(last.received_at, last.id);
            let cursor = cursor::write(&place, &filters(&view.query(&shell.zone)?));
            Some(view.below(cursor).path())
        }
        _ => None,
    };
    let rows = read
        .messages
        .iter()
        .map(|message| MessageRow {
            labels: palette.labels(message.mailbox, &message.categories),
            preview: found::preview(read.search, message, &read.excerpts),
            mailbox: name_of(message),
            ..row(shell, view, message, read.search, shows_recipients)
        })
        .collect();
    Ok(Rows { rows, older })
}

fn row(
    shell: &Shell,
    view: &View,
    message: &MessageSummary,
    search: Option<&Search>,
    shows_recipients: bool,
) -> MessageRow {
    let words = shell.words;
    let part = if shows_recipients {
        Part::To
    } else {
        Part::From
    };
    let subject = subject(words, message);
    MessageRow {
        id: message.id.to_string(),
        lies_in: message.mailbox.to_string(),
        order: format!(
            "{:020}-{:020}",
            message.received_at.as_micros(),
            message.id.0
        ),
        path: view.opening(Some(message.id)).path(),
        who: found::pieces(search, part, &who(shell, message, shows_recipients)),
        subject_pieces: found::pieces(search, Part::Subject, &subject),
        subject,
        preview: Vec::new(),
        received: shell.time_of(message.received_at),
        is_unread: !message.is_read,
        is_flagged: message.flag == Flag::Flagged,
        is_done: message.flag == Flag::Complete,
        due: message.due.map(|due| due::shown(shell, due)),
        labels: Vec::new(),
        is_important: message.importance == Importance::High,
        has_attachments: message.has_attachments,
        is_meeting: message.meeting.is_some(),
        is_open: view.message == Some(message.id),
        mailbox: None,
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

/// The author; in folders of one's own mail the first recipient.
fn who(shell: &Shell, message: &MessageSummary, shows_recipients: bool) -> String {
    let first = if shows_recipients {
        message.to.first()
    } else {
        message.from.as_ref()
    };
    let lines = first.map(|one| [foreign::line(&one.name), foreign::line(&one.address)]);
    let name = lines.and_then(|lines| lines.into_iter().find(|line| !line.is_empty()));
    match name {
        Some(name) if shows_recipients => shell.words.fill("to-whom", name.as_str()).into_owned(),
        Some(name) => name,
        None => shell.words.say("nobody").into_owned(),
    }
}

/// Whether a folder holds one's own mail, whose recipients matter and not its author.
pub(super) fn shows_recipients(well_known: Option<WellKnown>) -> bool {
    well_known.is_some_and(WellKnown::holds_own_mail)
}
