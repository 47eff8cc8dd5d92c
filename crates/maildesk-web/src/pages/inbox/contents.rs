//! What one view of the inbox is made of, read from the store: the tree, the rows, and what is open.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use jiff::tz::TimeZone;
use maildesk_model::conversation::ConversationSummary;
use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::intent::Intent;
use maildesk_model::mailbox::Mailbox;
use maildesk_model::search::Search;
use maildesk_model::{FolderId, MailboxId, MessageId, Timestamp, Viewer};

use super::deed::Folders;
use super::found;
use super::list::{self, Listed};
use super::palette::Palette;
use super::reading::Open;
use super::view::{self, Filter, View};
use crate::api::messages::{self, list::note_reach};
use crate::app::App;
use crate::auth::reach;
use crate::error::Problem;
use crate::pages::person::Person;
use crate::pages::time;

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

/// What is needed of the store for one view.
pub(super) struct Contents {
    pub(super) mailboxes: Vec<Mailbox>,
    /// The folders of the chosen mailbox.
    pub(super) folders: Vec<Folder>,
    /// The folders of the others, where there are few enough to show them.
    pub(super) others: Folders,
    pub(super) listed: Listed,
    pub(super) open: Option<Open>,
    pub(super) refused: Vec<Intent>,
    pub(super) palette: Palette,
}

impl Contents {
    /// Reads it. What does not exist for this person is not found.
    pub(super) async fn read(app: &App, person: &Person, view: &View) -> Result<Self, Problem> {
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
        Ok(Self {
            mailboxes,
            folders,
            others,
            listed,
            open,
            refused,
            palette,
        })
    }

    /// A folder of those that the tree shows.
    pub(super) fn folder(&self, id: FolderId) -> Option<&Folder> {
        let mut all = self.others.values().flatten().chain(&self.folders);
        all.find(|folder| folder.id == id)
    }
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
            let found = messages::find(app, viewer, &query).await?;
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
