//! `/`: the inbox.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::Uri;
use maildesk_model::folder::Folder;
use maildesk_model::mailbox::Mailbox;
use maildesk_model::message::{MessageDetail, MessageSummary};

use super::list::{self, Rows};
use super::reading::{self, Reading};
use super::tree::{self, MailboxEntry};
use super::view::{Filter, View};
use crate::api::messages::list::note_reach;
use crate::app::App;
use crate::auth::reach;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};
use crate::pages::time;

/// Mailboxes in the tree; more are found by search and by name in the settings.
const MAILBOXES_MAX: i64 = 200;

#[derive(Template)]
#[template(path = "inbox/page.html")]
struct InboxPage {
    shell: Shell,
    mailboxes: Vec<MailboxEntry>,
    heading: String,
    rows: Rows,
    reading: Option<Reading>,
    unread: i64,
    administers: bool,
    all_path: String,
    is_all: bool,
    everything: String,
    only_unread: String,
    only_flagged: String,
    filter: Option<Filter>,
    view: View,
    undo: Option<Undo>,
    has_reading: bool,
}

/// What was just done and how to take it back.
struct Undo {
    text: String,
    message: String,
    folder: String,
}

/// What is needed of the store for one view.
struct Found {
    mailboxes: Vec<Mailbox>,
    folders: Vec<Folder>,
    messages: Vec<MessageSummary>,
    open: Option<(MessageDetail, Vec<Folder>)>,
}

/// The page.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or_default();
    let view = View::read(query)?;
    let found = find(&app, &person, &view).await?;
    let mut shell = Shell::new(&app, &person, Place::Inbox, "");
    let heading = heading(&shell, &view, &found);
    let unread = found.mailboxes.iter().map(|mailbox| mailbox.unread).sum();
    shell.title = if unread > 0 {
        format!("({unread}) {heading}").into()
    } else {
        heading.clone().into()
    };
    let undo = undo(&shell, query);
    let page = page(shell, &person, view, heading, unread, found, undo)?;
    answer::page(&page)
}

async fn find(app: &App, person: &Person, view: &View) -> Result<Found, Problem> {
    let viewer = person.caller.viewer;
    let mailboxes = app.store.mailboxes(viewer, None, MAILBOXES_MAX).await?;
    let mut folders = Vec::new();
    if let Some(mailbox) = view.mailbox {
        let known = app.store.folders(viewer, mailbox).await?;
        folders = known.ok_or_else(Problem::not_found)?;
    }
    if let Some(folder) = view.folder
        && !folders.iter().any(|known| known.id == folder)
    {
        return Err(Problem::not_found());
    }
    let zone = time::zone(&person.user.time_zone);
    let messages = app.store.messages(viewer, &view.query(&zone)?).await?;
    note_reach(app, viewer, &messages).await?;
    let mut open = None;
    if let Some(id) = view.message {
        let detail = app.store.message(viewer, id).await?;
        let detail = detail.ok_or_else(Problem::not_found)?;
        let mailbox = detail.summary.mailbox;
        reach::note(app, viewer, mailbox).await?;
        let around = if view.mailbox == Some(mailbox) {
            folders.clone()
        } else {
            app.store
                .folders(viewer, mailbox)
                .await?
                .unwrap_or_default()
        };
        open = Some((detail, around));
    }
    Ok(Found {
        mailboxes,
        folders,
        messages,
        open,
    })
}

fn page(
    shell: Shell,
    person: &Person,
    view: View,
    heading: String,
    unread: i64,
    found: Found,
    undo: Option<Undo>,
) -> Result<InboxPage, Problem> {
    let mailboxes = found.mailboxes.iter().map(|mailbox| {
        let chosen = view.mailbox == Some(mailbox.id);
        let folders = if chosen { &found.folders[..] } else { &[] };
        tree::mailbox(&shell, &view, mailbox, folders)
    });
    let mailboxes = mailboxes.collect();
    let several = view.mailbox.is_none() && found.mailboxes.len() > 1;
    let name_of = |message: &MessageSummary| {
        let known = found.mailboxes.iter().find(|one| one.id == message.mailbox);
        known.filter(|_| several).map(|one| one.name.clone())
    };
    let current = found.folders.iter().find(|one| Some(one.id) == view.folder);
    let recipients = list::shows_recipients(current.and_then(|one| one.well_known));
    let rows = list::rows(&shell, &view, found.messages, name_of, recipients)?;
    let reading = found
        .open
        .as_ref()
        .map(|(detail, folders)| reading::reading(&shell, &view, detail, folders));
    Ok(InboxPage {
        mailboxes,
        heading,
        rows,
        has_reading: reading.is_some(),
        reading,
        unread,
        administers: person.caller.viewer.may_administer(),
        all_path: View::default().path(),
        is_all: view.mailbox.is_none() && view.words.is_empty(),
        everything: view.filtered(None).path(),
        only_unread: view.filtered(Some(Filter::Unread)).path(),
        only_flagged: view.filtered(Some(Filter::Flagged)).path(),
        filter: view.filter,
        view,
        undo,
        shell,
    })
}

fn heading(shell: &Shell, view: &View, found: &Found) -> String {
    let words = shell.words;
    if !view.words.is_empty() {
        return words
            .fill("heading-search", view.words.as_str())
            .into_owned();
    }
    if let Some(folder) = found.folders.iter().find(|one| Some(one.id) == view.folder) {
        return folder.name.clone();
    }
    match found
        .mailboxes
        .iter()
        .find(|one| Some(one.id) == view.mailbox)
    {
        Some(mailbox) => mailbox.name.clone(),
        None => words.say("all-inboxes").into_owned(),
    }
}

/// Said once, after a move; the address carries it, so that it works without a script.
fn undo(shell: &Shell, query: &str) -> Option<Undo> {
    let value = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let text = match value("done")?.as_str() {
        "archive" => shell.words.say("done-archive"),
        "delete" => shell.words.say("done-delete"),
        "move" => shell.words.say("done-move"),
        _ => return None,
    };
    Some(Undo {
        text: text.into_owned(),
        message: maildesk_model::MessageId::parse(&value("undo")?)?.to_string(),
        folder: maildesk_model::FolderId::parse(&value("from")?)?.to_string(),
    })
}
