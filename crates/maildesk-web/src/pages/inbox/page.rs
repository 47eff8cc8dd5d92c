//! `/`: the inbox.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::message::MessageSummary;

use super::contents::Contents;
use super::deed::filing;
use super::due;
use super::keys;
use super::list::{self, Rows};
use super::outcome::{Outcome, Said};
use super::reading::{self, Reading};
use super::refusal::{self, Refusal};
use super::search::{self, Note, Searched};
use super::tree::{self, MailboxEntry};
use super::view::{Filter, View};
use crate::app::App;
use crate::error::Problem;
use crate::foreign;
use crate::pages::answer;
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};
use crate::request;
use crate::words::Words;

#[derive(Template)]
#[template(path = "inbox/page.html")]
struct InboxPage {
    shell: Shell,
    mailboxes: Vec<MailboxEntry>,
    heading: String,
    rows: Rows,
    /// The folder in which everything unread can be marked at once.
    unread_in: Option<String>,
    has_unread: bool,
    searched: Option<Searched>,
    /// What is said above the results of a search.
    notes: Vec<Note>,
    /// What can be typed into the search box: an example and what it finds.
    search_help: Vec<(&'static str, String)>,
    /// Where looking was ended.
    ended: Option<Note>,
    /// What to try where nothing was found.
    tries: Vec<(String, String)>,
    reading: Option<Reading>,
    unread: i64,
    administers: bool,
    all_path: String,
    is_all: bool,
    everything: String,
    only_unread: String,
    only_flagged: String,
    only_attachments: String,
    filter: Option<Filter>,
    view: View,
    /// The buttons over chosen rows: name, icon, label.
    bulk: Vec<(&'static str, &'static str, String)>,
    /// Where chosen messages can be moved to without a script: the folders of the one mailbox.
    targets: Vec<(String, String)>,
    said: Option<Said>,
    refusals: Vec<Refusal>,
    keys: &'static [keys::Group],
    shortcuts: bool,
    mark_read: &'static str,
    flags: Vec<(&'static str, &'static str, String)>,
    row_menu: Vec<(&'static str, &'static str, Option<&'static keys::Key>)>,
    /// The first and the last day a flag can be due.
    flag_days: (String, String),
    /// The list without its category, where it is of one.
    uncategorised: String,
    has_reading: bool,
    /// How many drafts one is writing.
    drafts: i64,
    /// Whether what is open was opened by a page of somebody else's: that alone marks nothing as read.
    is_led_here: bool,
}

/// The page.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or_default();
    let view = View::read(query)?;
    let found = Contents::read(&app, &person, &view).await?;
    let mut shell = Shell::new(&app, &person, Place::Inbox, "");
    let heading = heading(&shell, &view, &found);
    let unread = found.mailboxes.iter().map(|mailbox| mailbox.unread).sum();
    shell.title = if unread > 0 {
        format!("({unread}) {heading}").into()
    } else {
        heading.clone().into()
    };
    let outcome = Outcome::read(query, &person.csrf);
    let to = outcome.to.and_then(|to| found.folder(to));
    let to = to.map(|folder| foreign::isolated(&folder.name));
    let said = outcome.say(shell.words, to.as_deref());
    let mut page = page(shell, &person, view, heading, unread, found, said)?;
    page.is_led_here = request::is_led_here(&headers);
    page.drafts = app.store.count_drafts(person.caller.viewer).await?;
    answer::page(&page)
}

fn page(
    shell: Shell,
    person: &Person,
    view: View,
    heading: String,
    unread: i64,
    found: Contents,
    said: Option<Said>,
) -> Result<InboxPage, Problem> {
    let mailboxes = tree(&shell, &view, &found);
    let several = view.mailbox.is_none() && found.mailboxes.len() > 1;
    let name_of = |message: &MessageSummary| {
        let known = found.mailboxes.iter().find(|one| one.id == message.mailbox);
        known.filter(|_| several).map(|one| one.name.clone())
    };
    let listed = found.listed;
    let search = listed.search.as_ref();
    let remarks = search.map_or(&[][..], |search| &search.remarks);
    let notes = search::notes(&shell, &view, remarks);
    let ended = listed.ended_at.map(|at| search::ended(&shell, &view, at));
    let ended = ended.transpose()?;
    let tries = if listed.rows.is_empty() && search.is_some() {
        search::tries(&shell, &view, search)
    } else {
        Vec::new()
    };
    let ends_early = listed.ended_at.is_some();
    let rows = list::rows(&shell, &view, listed, &found.palette, name_of)?;
    let listed_folder = folder_of(&view, &found.folders);
    let mut folders = found.folders.iter();
    let lies_in = folders.find(|folder| Some(folder.id) == view.folder);
    let is_all = rows.older.is_none() && !ends_early;
    let searched = search::searched(&shell, &view, &found.folders, rows.rows.len(), is_all);
    let reading = found
        .open
        .as_ref()
        .map(|open| reading::reading(&shell, &view, open, &found.palette));
    Ok(InboxPage {
        mailboxes,
        heading,
        rows,
        unread_in: listed_folder.map(|folder| folder.id.to_string()),
        has_unread: listed_folder.is_some_and(|folder| folder.unread > 0),
        search_help: search::help(shell.words),
        searched,
        notes,
        ended,
        tries,
        has_reading: reading.is_some(),
        is_led_here: false,
        drafts: 0,
        reading,
        unread,
        administers: person.caller.viewer.may_administer(),
        all_path: View::default().path(),
        is_all: view.mailbox.is_none() && view.words.is_empty() && view.category.is_empty(),
        everything: view.filtered(None).path(),
        only_unread: view.filtered(Some(Filter::Unread)).path(),
        only_flagged: view.filtered(Some(Filter::Flagged)).path(),
        only_attachments: view.filtered(Some(Filter::Attachments)).path(),
        filter: view.filter,
        uncategorised: view.uncategorised().path(),
        view,
        keys: keys::SHEET,
        shortcuts: person.user.shortcuts,
        mark_read: person.user.mark_read.name(),
        flags: flags(shell.words),
        row_menu: keys::row_menu(lies_in.and_then(|folder| folder.well_known)),
        flag_days: flag_days(&shell),
        bulk: bulk(shell.words, lies_in.and_then(|folder| folder.well_known)),
        targets: targets(&found.folders),
        said,
        refusals: refusal::told(&shell, &found.refused),
        shell,
    })
}

/// The mailboxes with their folders.
fn tree(shell: &Shell, view: &View, found: &Contents) -> Vec<MailboxEntry> {
    let is_only = found.mailboxes.len() == 1;
    let mailboxes = found.mailboxes.iter().map(|mailbox| {
        let folders = match found.others.get(&mailbox.id) {
            Some(folders) => folders,
            None if view.mailbox == Some(mailbox.id) => &found.folders,
            None => &[][..],
        };
        tree::mailbox(shell, view, mailbox, folders, is_only)
    });
    mailboxes.collect()
}

/// The one folder whose list a view is, whole or what is unread in it.
fn folder_of<'f>(view: &View, folders: &'f [Folder]) -> Option<&'f Folder> {
    let is_whole = view.words.is_empty() && view.category.is_empty();
    let is_so = is_whole && matches!(view.filter, None | Some(Filter::Unread));
    let mut folders = folders.iter().filter(|_| is_so && view.mailbox.is_some());
    match view.folder {
        Some(open) => folders.find(|one| one.id == open),
        None => folders.find(|one| one.well_known == Some(WellKnown::Inbox)),
    }
}

/// What can be done with chosen messages, in this order.
fn bulk(words: Words, listed: Option<WellKnown>) -> Vec<(&'static str, &'static str, String)> {
    let (deed, icon, text) = filing(listed);
    let buttons = [
        (deed, icon, words.say(text)),
        ("delete", "bin", words.say("do-delete")),
        ("read", "check", words.say("do-read")),
        ("unread", "dot", words.say("do-unread")),
        ("flag", "flag", words.say("do-flag")),
        ("categorise", "label", words.say("do-categorise")),
    ];
    let buttons = buttons.into_iter();
    buttons
        .map(|(deed, icon, label)| (deed, icon, label.into_owned()))
        .collect()
}

/// What can be done with flags: what to do, the day it is due, in words.
fn flags(words: Words) -> Vec<(&'static str, &'static str, String)> {
    let choices = [
        ("flag", "today", words.say("flag-today")),
        ("flag", "tomorrow", words.say("flag-tomorrow")),
        ("flag", "this-week", words.say("flag-this-week")),
        ("flag", "next-week", words.say("flag-next-week")),
        ("flag", "", words.say("flag-no-date")),
        ("complete", "", words.say("flag-complete")),
        ("unflag", "", words.say("flag-none")),
    ];
    let choices = choices.into_iter();
    choices
        .map(|(deed, due, text)| (deed, due, text.into_owned()))
        .collect()
}

fn flag_days(shell: &Shell) -> (String, String) {
    let days = due::days(shell.today());
    (days.start().to_string(), days.end().to_string())
}

fn targets(folders: &[Folder]) -> Vec<(String, String)> {
    let folders = folders.iter();
    folders
        .map(|folder| (folder.id.to_string(), folder.name.clone()))
        .collect()
}

fn heading(shell: &Shell, view: &View, found: &Contents) -> String {
    let words = shell.words;
    if !view.words.is_empty() {
        let typed = view.words.as_str();
        return match place(view, found) {
            Some(place) => {
                let values = [("place", place.into()), ("value", typed.into())];
                words.fill_all("heading-search", values)
            }
            None => words.fill("heading-search-all", typed),
        }
        .into_owned();
    }
    if !view.category.is_empty() {
        return words
            .fill("heading-category", view.category.as_str())
            .into_owned();
    }
    place(view, found).unwrap_or_else(|| words.say("all-inboxes").into_owned())
}

/// What the chosen folder or mailbox is called.
fn place(view: &View, found: &Contents) -> Option<String> {
    let mut folders = found.folders.iter();
    if let Some(folder) = folders.find(|one| Some(one.id) == view.folder) {
        return Some(foreign::line(&folder.name));
    }
    let mut mailboxes = found.mailboxes.iter();
    let mailbox = mailboxes.find(|one| Some(one.id) == view.mailbox)?;
    Some(mailbox.name.clone())
}
