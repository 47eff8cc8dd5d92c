//! `POST /messages/act`: what people do with one message or many, by a button, with a script or
//! without. A thread stands for all of its messages at that moment. Each message is an intent of its
//! own; what could not be done is said for each reason.

use std::collections::HashSet;
use std::collections::hash_map::Entry;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maildesk_model::conversation::ThreadId;
use maildesk_model::intent::Want;
use maildesk_model::message::MessageSummary;
use maildesk_model::stamp::Trigger;
use maildesk_model::{FolderId, MailboxId, MessageId, Viewer};
use maildesk_store::contract::MessageQuery;

use super::deed::{Before, Deed, Folders, Why};
use super::due;
use super::labels::{self, Relabel};
use super::outcome::Outcome;
use super::view::View;
use crate::api::mailboxes;
use crate::api::messages::list::note_reach;
use crate::app::App;
use crate::day;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::{Fields, Form};
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};
use crate::request::id::One;

/// Messages of one request, and rows: each is written on its own, and the way back of all of them has
/// to fit into an address. A script that has more sends several.
const MESSAGES_MAX: usize = 200;

/// What a row stands for, as a form names it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Target {
    Message(MessageId),
    Thread(ThreadId),
    /// Whatever is unread in a folder.
    Unread(FolderId),
}

/// What is asked of one message, as it was found.
struct Asked {
    message: MessageSummary,
    deed: Deed,
}

/// Asked before messages go for good.
#[derive(Template)]
#[template(path = "inbox/sure.html")]
struct SurePage {
    shell: Shell,
    text: String,
    ids: Vec<String>,
    back: String,
}

/// Carries a button out and goes back to the view it was pressed in.
pub(super) async fn act(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let fields = form.of(&app, &person).await?;
    let mut outcome = Outcome {
        deed: fields.one("do").to_owned(),
        to: FolderId::parse(fields.one("folder")).filter(|_| fields.one("do") == "move"),
        ..Outcome::default()
    };
    let targets = targets(&app, &person, &fields)?;
    let asked = find(&app, viewer, &targets, &mut outcome).await?;
    let mailboxes = asked.iter().map(|one| one.message.mailbox).collect();
    note_reach(&app, viewer, mailboxes).await?;
    let found: Vec<_> = asked.iter().map(|one| &one.message).collect();
    let view = View::read(fields.one("back").strip_prefix("/?").unwrap_or_default());
    let view = view.unwrap_or_default();
    if fields.one("do") == "categorise" {
        if !fields.has("apply") {
            return labels::ask(&app, &person, &found, &view).await;
        }
        labels::keep_colours(&app, &person, &fields, &found).await?;
    }
    let folders = folders(&app, viewer, &found).await?;
    let wanted = decide(&asked, &folders, &mut outcome);
    let for_good = |wanted: &&Wanted| matches!(wanted.want, Want::Delete { .. });
    let lost = wanted.iter().filter(for_good).count();
    if lost > 0 && !fields.has("sure") {
        return ask(&app, &person, &found, lost, &view);
    }
    let leaves = carry_out(&app, viewer, wanted, &mut outcome).await?;
    let is_open_gone = view.message.is_some_and(|open| leaves.contains(&open));
    let view = if is_open_gone {
        view.opening(None)
    } else {
        view
    };
    Ok(answer::see(&outcome.after(&view.path(), &person.csrf)))
}

/// Which rows, and what with each.
fn targets(app: &App, person: &Person, fields: &Fields) -> Result<Vec<(Target, Deed)>, Problem> {
    let nothing = || Problem::malformed("This form asks for nothing we know.");
    let no_day =
        || Problem::malformed("A flag is due on a real day, at most a year ago or in ten years.");
    let asked: Vec<_> = if fields.one("do") == "undo" {
        let groups = fields.all("undo").map(Before::group);
        let groups = groups.collect::<Option<Vec<_>>>().ok_or_else(nothing)?;
        let each = groups.into_iter().flat_map(|(before, ids)| {
            let deed = Deed::Restore(before);
            let targets = ids.into_iter().map(Target::Message);
            targets.map(move |target| (target, deed.clone()))
        });
        each.collect()
    } else {
        let deed = if fields.one("do") == "categorise" {
            Some(Deed::Categorise(Relabel::read(fields)?))
        } else {
            let today = Shell::new(app, person, Place::Inbox, "").today();
            let due = match fields.one("due") {
                "" => None,
                text => {
                    let day = due::chosen(text, today).and_then(day::midnight);
                    Some(day.ok_or_else(no_day)?)
                }
            };
            Deed::named(fields.one("do"), fields.one("folder"), due)
        };
        let deed = deed.ok_or_else(nothing)?;
        // One folder: what is unread in several would be more than one request takes.
        let unread = fields.all("unread-in").take(1);
        let unread = unread.map(|id| FolderId::parse(id).map(Target::Unread));
        let targets = fields.all("id").map(Target::parse).chain(unread);
        let targets = targets
            .collect::<Option<Vec<_>>>()
            .ok_or_else(Problem::not_found)?;
        let mut seen = HashSet::new();
        let targets = targets.into_iter().filter(|target| seen.insert(*target));
        targets.map(|target| (target, deed.clone())).collect()
    };
    match asked.len() {
        0 => Err(Problem::malformed("No message is chosen.")),
        1..=MESSAGES_MAX => Ok(asked),
        _ => Err(Problem::malformed("At most 200 messages at a time.")),
    }
}

impl Target {
    /// Reads the id of a row.
    fn parse(text: &str) -> Option<Self> {
        let thread = || ThreadId::parse(text).map(Self::Thread);
        MessageId::parse(text).map(Self::Message).or_else(thread)
    }
}

/// The messages that are meant. Those that are not there, and those that are too many, are noted as
/// not done.
async fn find(
    app: &App,
    viewer: Viewer,
    targets: &[(Target, Deed)],
    outcome: &mut Outcome,
) -> Result<Vec<Asked>, Problem> {
    let (mut ids, mut threads, mut folder) = (Vec::new(), Vec::new(), None);
    for (target, deed) in targets {
        match target {
            Target::Message(id) => ids.push(*id),
            Target::Thread(id) => threads.push((*id, deed)),
            Target::Unread(id) => folder = Some(*id),
        }
    }
    let known = app.store.summaries(viewer, &ids).await?;
    let room = MESSAGES_MAX - ids.len();
    let (unread, unread_left) = unread(app, viewer, folder, room).await?;
    let room = room.saturating_sub(unread.len()) as i64;
    let wanted: Vec<_> = threads.iter().map(|(id, _)| *id).collect();
    let (of_threads, more) = app.store.thread_messages(viewer, &wanted, room).await?;
    let mut asked = Vec::with_capacity(known.len() + of_threads.len());
    let (mut gone, mut skipped) = (0, 0);
    for (target, deed) in targets {
        let messages: Vec<_> = match target {
            Target::Message(id) => known.iter().filter(|one| one.id == *id).collect(),
            Target::Thread(id) => {
                let all = of_threads.iter().filter(|one| one.thread() == *id);
                deed.of_thread(&all.collect::<Vec<_>>())
            }
            Target::Unread(_) => unread.iter().collect(),
        };
        match target {
            _ if !messages.is_empty() => {}
            // Somebody else was quicker.
            Target::Unread(_) => {}
            // There was no room for it: whether it is there is not known.
            Target::Thread(_) if more > 0 => skipped += 1,
            _ => gone += 1,
        }
        asked.extend(messages.into_iter().map(|message| Asked {
            message: message.clone(),
            deed: deed.clone(),
        }));
    }
    if asked.is_empty() && folder.is_none() {
        return Err(Problem::not_found());
    }
    let many = if threads.iter().any(|(_, deed)| deed.is_of_all()) {
        usize::try_from(more).unwrap_or_default()
    } else {
        skipped
    };
    let many = many + unread_left;
    let failed = [(Why::Gone, gone), (Why::Many, many)];
    let failed = failed.into_iter().filter(|(_, count)| *count > 0);
    outcome.failed.extend(failed);
    Ok(asked)
}

/// What is unread in a folder, the newest first, and how much more there is.
async fn unread(
    app: &App,
    viewer: Viewer,
    folder: Option<FolderId>,
    room: usize,
) -> Result<(Vec<MessageSummary>, usize), Problem> {
    let query = MessageQuery {
        folder,
        unread: Some(true),
        limit: room as i64,
        ..MessageQuery::default()
    };
    let unread = match folder {
        Some(_) => app.store.messages(viewer, &query).await?,
        None => Vec::new(),
    };
    let Some(newest) = unread.first() else {
        return Ok((unread, 0));
    };
    let known = app.store.folders(viewer, newest.mailbox).await?;
    let known = known.unwrap_or_default();
    let all = known.iter().find(|one| Some(one.id) == folder);
    let all = all.map_or(0, |one| usize::try_from(one.unread).unwrap_or_default());
    let left = all.saturating_sub(unread.len());
    Ok((unread, left))
}

async fn folders(
    app: &App,
    viewer: Viewer,
    messages: &[&MessageSummary],
) -> Result<Folders, Problem> {
    let mut folders = Folders::new();
    for message in messages {
        if let Entry::Vacant(slot) = folders.entry(message.mailbox) {
            let known = app.store.folders(viewer, message.mailbox).await?;
            slot.insert(known.unwrap_or_default());
        }
    }
    Ok(folders)
}

/// One intent to write, and what its message was before.
struct Wanted {
    mailbox: MailboxId,
    message: MessageId,
    want: Want,
    before: Before,
}

fn decide(asked: &[Asked], folders: &Folders, outcome: &mut Outcome) -> Vec<Wanted> {
    let mut wanted = Vec::with_capacity(asked.len());
    for Asked { message, deed } in asked {
        match deed.want(message, folders) {
            Ok(Some(want)) => wanted.push(Wanted {
                mailbox: message.mailbox,
                message: message.id,
                want,
                before: deed.before(message),
            }),
            Ok(None) => {}
            Err(why) => *outcome.failed.entry(why).or_default() += 1,
        }
    }
    wanted
}

/// Writes the intents; the messages that leave the list they are in.
async fn carry_out(
    app: &App,
    viewer: Viewer,
    wanted: Vec<Wanted>,
    outcome: &mut Outcome,
) -> Result<Vec<MessageId>, Problem> {
    let now = app.clock.now();
    let mut leaves = Vec::new();
    for one in wanted {
        let written = app.store.want(viewer, one.mailbox, &one.want, now).await?;
        if written.is_none() {
            *outcome.failed.entry(Why::Gone).or_default() += 1;
            continue;
        }
        outcome.done += 1;
        if matches!(one.before, Before::In(_)) {
            leaves.push(one.message);
        }
        // What goes for good cannot be taken back.
        if !matches!(one.want, Want::Delete { .. }) {
            outcome.keep(one.before, one.message);
        }
    }
    Ok(leaves)
}

fn ask(
    app: &App,
    person: &Person,
    messages: &[&MessageSummary],
    lost: usize,
    view: &View,
) -> Result<Response, Problem> {
    let shell = Shell::new(app, person, Place::Inbox, "");
    let values = [("lost", lost.into()), ("all", messages.len().into())];
    let text = shell.words.fill_all("sure-delete", values).into_owned();
    answer::page(&SurePage {
        shell: Shell {
            title: shell.words.say("do-delete-for-good"),
            ..shell
        },
        text,
        ids: messages.iter().map(|one| one.id.to_string()).collect(),
        back: view.path(),
    })
}

/// A sync of one mailbox now.
pub(super) async fn check(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    form: Form,
) -> Result<Response, Problem> {
    mailboxes::visible(&app, person.caller.viewer, id).await?;
    form.of(&app, &person).await?;
    let (viewer, now) = (person.caller.viewer, app.clock.now());
    app.store
        .request_sync(viewer, id, Trigger::Manual, now)
        .await?;
    Ok(answer::see(&View::of(Some(id), None).path()))
}
