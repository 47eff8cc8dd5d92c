//! `/`: the inbox.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::Uri;
use jiff::tz::TimeZone;
use maildesk_model::conversation::ConversationSummary;
use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::intent::Intent;
use maildesk_model::mailbox::Mailbox;
use maildesk_model::message::MessageSummary;
use maildesk_model::search::Search;
use maildesk_model::{FolderId, MailboxId, MessageId, Timestamp, Viewer};

use super::deed::Folders;
use super::found;
use super::keys;
use super::list::{self, Listed, Rows};
use super::outcome::{Outcome, Said};
use super::palette::Palette;
use super::reading::{self, Open, Reading};
use super::refusal::{self, Refusal};
use super::search::{self, Note, Searched};
use super::tree::{self, MailboxEntry};
use super::view::{self, Filter, View};
use crate::api::messages::list::note_reach;
use crate::app::App;
use crate::auth::reach;
use crate::error::Problem;
use crate::foreign;
use crate::pages::answer;
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};
use crate::pages::time;
use crate::words::Words;

/// Mailboxes in the tree; more are found by search and by name in the settings.
const MAILBOXES_MAX: i64 = 200;
/// With more mailboxes than these, only the chosen one shows its folders.
const UNFOLDED_MAX: usize = 12;
/// With more mailboxes than these, nobody is told that no folder is called so.
const NAMED_MAX: usize = 50;
/// Rows of one page of the store.
const LIMIT_MAX: i64 = 200;
/// How long a page says that Microsoft refused something; a script says it once.
const TOLD_FOR: Duration = Duration::from_mins(1);
/// Refusals that are counted together: those of one request.
const REFUSALS_MAX: i64 = 200;

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
    /// The list without its category, where it is of one.
    uncategorised: String,
    has_reading: bool,
}

/// What is needed of the store for one view.
struct Found {
    mailboxes: Vec<Mailbox>,
    /// The folders of the chosen mailbox.
    folders: Vec<Folder>,
    /// The folders of the others, where there are few enough to show them.
    others: Folders,
    listed: Listed,
    open: Option<Open>,
    refused: Vec<Intent>,
    palette: Palette,
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
    let outcome = Outcome::read(query);
    let to = outcome.to.and_then(|to| found.folder(to));
    let to = to.map(|folder| foreign::isolated(&folder.name));
    let said = outcome.say(shell.words, to.as_deref());
    let page = page(shell, &person, view, heading, unread, found, said)?;
    answer::page(&page)
}

impl Found {
    /// A folder of those that the tree shows.
    fn folder(&self, id: FolderId) -> Option<&Folder> {
        let mut all = self.others.values().flatten().chain(&self.folders);
        all.find(|folder| folder.id == id)
    }
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
    let others = others(app, viewer, view, &mailboxes).await?;
    let zone = time::zone(&person.user.time_zone);
    let is_grouped = is_grouped(person, view, &folders);
    let (mut rows, ended_at) = rows(app, viewer, view, is_grouped, &zone).await?;
    let listed = rows.iter().map(|one| one.newest.mailbox).collect();
    note_reach(app, viewer, listed).await?;
    let open = match view.message {
        Some(id) => Some(opened(app, viewer, view, id, is_grouped, &folders).await?),
        None => None,
    };
    if let Some(open) = &open {
        keep_open(view, &mut rows, open);
    }
    let mut search = view.search(&zone);
    let newest = rows.iter().map(|one| &one.newest);
    let excerpts = found::excerpts(app, viewer, search.as_ref(), newest).await?;
    if let Some(search) = search.as_mut().filter(|search| !search.folders.is_empty()) {
        let known = known_folders(app, viewer, view, &folders, &mailboxes).await?;
        let remarks = known.map(|known| Search::folder_remarks(&view.words, &known));
        search.remarks.extend(remarks.unwrap_or_default());
    }
    let places = if view.is_search() && view.folder.is_none() {
        places(app, viewer, view, &rows, &folders, &others).await?
    } else {
        HashMap::new()
    };
    let palette = Palette::of(app, viewer, labelled(&rows, open.as_ref())).await?;
    let current = folders.iter().find(|one| Some(one.id) == view.folder);
    let listed = Listed {
        rows,
        is_grouped,
        open: open.as_ref().map(|open| open.detail.summary.clone()),
        shows_recipients: list::shows_recipients(current.and_then(|one| one.well_known)),
        search,
        excerpts,
        places,
        ended_at,
    };
    let since = app.clock.now().minus(TOLD_FOR);
    let refused = app.store.refusals(viewer, since, REFUSALS_MAX).await?;
    Ok(Found {
        mailboxes,
        folders,
        others,
        listed,
        open,
        refused,
        palette,
    })
}

/// Whether rows are conversations: what was looked for is found message by message, and each draft is
/// something to go on with.
fn is_grouped(person: &Person, view: &View, folders: &[Folder]) -> bool {
    let current = folders.iter().find(|one| Some(one.id) == view.folder);
    let holds_drafts = current.is_some_and(|one| one.well_known == Some(WellKnown::Drafts));
    person.user.groups_messages && !view.is_search() && !holds_drafts
}

/// What is open does not leave a list of unread or flagged mail while somebody has it open there,
/// though it is read by that: its row stands until they go on.
fn keep_open(view: &View, rows: &mut Vec<ConversationSummary>, open: &Open) {
    let by_state = matches!(view.filter, Some(Filter::Unread | Filter::Flagged));
    let message = &open.detail.summary;
    let elsewhere = view
        .mailbox
        .is_some_and(|mailbox| mailbox != message.mailbox);
    if !by_state || view.is_search() || elsewhere || !view.after.is_empty() {
        return;
    }
    let is_inbox = |one: &&Folder| one.well_known == Some(WellKnown::Inbox);
    let inbox = open.folders.iter().find(is_inbox).map(|one| one.id);
    let Some(folder) = view.folder.or(inbox) else {
        return;
    };
    let kept = if open.is_grouped {
        open.thread_in(folder)
    } else {
        Some(message.clone())
            .filter(|message| message.folder == folder)
            .map(ConversationSummary::of_one)
    };
    let Some(kept) = kept else {
        return;
    };
    let place = |one: &ConversationSummary| Reverse((one.newest.received_at, one.newest.id));
    let ends_before =
        rows.len() > view.rows && rows.last().is_some_and(|last| place(&kept) > place(last));
    if !ends_before && let Err(at) = rows.binary_search_by_key(&place(&kept), place) {
        rows.insert(at, kept);
    }
}

/// The conversation of the message that was opened, in as many queries whatever its length.
async fn opened(
    app: &App,
    viewer: Viewer,
    view: &View,
    id: MessageId,
    is_grouped: bool,
    folders: &[Folder],
) -> Result<Open, Problem> {
    let all = app.store.conversation(viewer, id).await?;
    let mut ids: Vec<_> = all.iter().map(|message| message.id).collect();
    if ids.is_empty() {
        return Err(Problem::not_found());
    }
    if !ids.contains(&id) {
        // An early one of a conversation that is longer than what is shown: it stands first.
        ids[0] = id;
    }
    let conversation = app.store.details(viewer, &ids).await?;
    let opened = conversation.iter().find(|one| one.summary.id == id);
    let detail = opened.ok_or_else(Problem::not_found)?.clone();
    let mailbox = detail.summary.mailbox;
    reach::note(app, viewer, mailbox).await?;
    let folders = if view.mailbox == Some(mailbox) {
        folders.to_vec()
    } else {
        let known = app.store.folders(viewer, mailbox).await?;
        known.unwrap_or_default()
    };
    Ok(Open {
        detail,
        conversation,
        folders,
        is_grouped,
        is_alone: view.is_alone || !is_grouped,
    })
}

/// The folders of the mailboxes that are not chosen: where mail is dragged to, and where keys lead.
async fn others(
    app: &App,
    viewer: Viewer,
    view: &View,
    mailboxes: &[Mailbox],
) -> Result<Folders, Problem> {
    let mut others = Folders::new();
    if mailboxes.len() > UNFOLDED_MAX {
        return Ok(others);
    }
    for mailbox in mailboxes {
        if view.mailbox != Some(mailbox.id) {
            let known = app.store.folders(viewer, mailbox.id).await?;
            others.insert(mailbox.id, known.unwrap_or_default());
        }
    }
    Ok(others)
}

/// The folders of the mailboxes that hits lie in.
async fn places(
    app: &App,
    viewer: Viewer,
    view: &View,
    rows: &[ConversationSummary],
    chosen: &[Folder],
    others: &Folders,
) -> Result<HashMap<FolderId, Folder>, Problem> {
    let mailboxes: BTreeSet<_> = rows.iter().map(|one| one.newest.mailbox).collect();
    let mut places = HashMap::new();
    for mailbox in mailboxes {
        let folders = match others.get(&mailbox) {
            Some(folders) => folders.clone(),
            None if view.mailbox == Some(mailbox) => chosen.to_vec(),
            None => {
                let known = app.store.folders(viewer, mailbox).await?;
                known.unwrap_or_default()
            }
        };
        places.extend(folders.into_iter().map(|folder| (folder.id, folder)));
    }
    Ok(places)
}

/// The mailboxes of what has categories among what is shown.
fn labelled(rows: &[ConversationSummary], open: Option<&Open>) -> Vec<MailboxId> {
    let rows = rows.iter().map(|one| (one.newest.mailbox, &one.categories));
    let cards = open.map_or(&[][..], |open| open.conversation.as_slice());
    let cards = cards.iter().map(|one| &one.summary);
    let shown = rows.chain(cards.map(|one| (one.mailbox, &one.categories)));
    let labelled = shown.filter(|(_, categories)| !categories.is_empty());
    labelled.map(|(mailbox, _)| mailbox).collect()
}

/// The names of the folders that are searched; `None` where there are too many mailboxes to say.
async fn known_folders(
    app: &App,
    viewer: Viewer,
    view: &View,
    chosen: &[Folder],
    mailboxes: &[Mailbox],
) -> Result<Option<Vec<(String, Option<WellKnown>)>>, Problem> {
    let mut known: Vec<Folder> = chosen.to_vec();
    if view.mailbox.is_none() {
        if mailboxes.len() > NAMED_MAX {
            return Ok(None);
        }
        for mailbox in mailboxes {
            let folders = app.store.folders(viewer, mailbox.id).await?;
            known.extend(folders.unwrap_or_default());
        }
    }
    let known = known.into_iter();
    let known = known.map(|folder| (folder.name, folder.well_known));
    Ok(Some(known.collect()))
}

/// The rows of the list, in as many pages of the store as it takes, and where looking was given up.
async fn rows(
    app: &App,
    viewer: Viewer,
    view: &View,
    is_grouped: bool,
    zone: &TimeZone,
) -> Result<(Vec<ConversationSummary>, Option<(Timestamp, MessageId)>), Problem> {
    let mut query = view.query(zone)?;
    let wanted = view.rows + 1;
    let mut rows: Vec<ConversationSummary> = Vec::new();
    loop {
        query.limit = LIMIT_MAX.min((wanted - rows.len()) as i64);
        let (page, ended_at) = if is_grouped {
            let query = view::conversations(&query);
            (app.store.conversations(viewer, &query).await?, None)
        } else {
            let found = app.store.find(viewer, &query).await?;
            let messages = found.messages.into_iter();
            let alone = messages.map(ConversationSummary::of_one).collect();
            (alone, found.ended_at)
        };
        let is_last = (page.len() as i64) < query.limit;
        rows.extend(page);
        if is_last || rows.len() >= wanted {
            return Ok((rows, ended_at));
        }
        let last = rows.last().map(|last| &last.newest);
        query.after = last.map(|last| (last.received_at, last.id));
    }
}

fn page(
    shell: Shell,
    person: &Person,
    view: View,
    heading: String,
    unread: i64,
    found: Found,
    said: Option<Said>,
) -> Result<InboxPage, Problem> {
    let is_only = found.mailboxes.len() == 1;
    let mailboxes = found.mailboxes.iter().map(|mailbox| {
        let folders = match found.others.get(&mailbox.id) {
            Some(folders) => folders,
            None if view.mailbox == Some(mailbox.id) => &found.folders,
            None => &[][..],
        };
        tree::mailbox(&shell, &view, mailbox, folders, is_only)
    });
    let mailboxes = mailboxes.collect();
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
        bulk: bulk(shell.words),
        targets: targets(&found.folders),
        said,
        refusals: refusal::told(&shell, &found.refused),
        shell,
    })
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
fn bulk(words: Words) -> Vec<(&'static str, &'static str, String)> {
    let buttons = [
        ("archive", "archive", words.say("do-archive")),
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

fn targets(folders: &[Folder]) -> Vec<(String, String)> {
    let folders = folders.iter();
    folders
        .map(|folder| (folder.id.to_string(), folder.name.clone()))
        .collect()
}

fn heading(shell: &Shell, view: &View, found: &Found) -> String {
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
fn place(view: &View, found: &Found) -> Option<String> {
    let mut folders = found.folders.iter();
    if let Some(folder) = folders.find(|one| Some(one.id) == view.folder) {
        return Some(foreign::line(&folder.name));
    }
    let mut mailboxes = found.mailboxes.iter();
    let mailbox = mailboxes.find(|one| Some(one.id) == view.mailbox)?;
    Some(mailbox.name.clone())
}
