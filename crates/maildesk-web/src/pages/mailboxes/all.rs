//! `/settings/mailboxes`: all mailboxes, and the form that adds more.

use std::collections::{HashMap, HashSet};

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::mailbox::Mailbox;
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_model::{MailboxId, UserId};

use super::states;
use crate::app::App;
use crate::error::Problem;
use crate::pages::person::Person;
use crate::pages::push::states::{self as push_states, StateBadge};
use crate::pages::shell::Shell;
use crate::pages::time::Shown;
use crate::pages::{answer, microsoft};

/// Where this page is.
pub(super) const PATH: &str = "/settings/mailboxes";
/// Mailboxes on the page.
pub(super) const MAILBOXES_MAX: i64 = 1000;
/// People to share with.
const PEOPLE_MAX: i64 = 1000;
/// Pairs of a mailbox and a person that are counted.
const SHARES_MAX: i64 = 100_000;

#[derive(Template)]
#[template(path = "mailboxes/all.html")]
struct AllPage {
    shell: Shell,
    rows: Vec<MailboxRow>,
    people: Vec<PersonChoice>,
    added: Added,
    /// Whether there is a public address, and a Microsoft app.
    done: [bool; 2],
    /// Why mailboxes were not shared.
    wrong: Option<String>,
}

/// Somebody mailboxes can be shared with.
struct PersonChoice {
    id: String,
    name: String,
    email: String,
    chosen: bool,
}

struct MailboxRow {
    id: String,
    name: String,
    address: String,
    connection: String,
    state: StateBadge,
    trouble: Option<String>,
    import: Option<(i64, i64, String)>,
    synced: Option<Shown>,
    shared: usize,
    push: StateBadge,
    chosen: bool,
}

/// What an action adds to the page.
#[derive(Default)]
pub(super) struct Said {
    pub(super) added: Added,
    /// Why mailboxes were not shared.
    pub(super) wrong: Option<String>,
    /// What was chosen, to stay so.
    pub(super) mailboxes: Vec<MailboxId>,
    /// Who was chosen.
    pub(super) users: Vec<UserId>,
}

/// What became of the lines somebody pasted.
#[derive(Default)]
pub(super) struct Added {
    /// Lines that could not be added, to stay in the box.
    pub(super) left: String,
    /// Why, line by line.
    pub(super) wrong: Vec<(String, String)>,
    /// Addresses that were added.
    pub(super) good: usize,
    /// As the organisation was chosen.
    pub(super) as_organisation: bool,
}

/// The page.
pub(super) async fn show(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    render(&app, &person, StatusCode::OK, Said::default()).await
}

/// The page with what became of an attempt to add or to share.
pub(super) async fn render(
    app: &App,
    person: &Person,
    status: StatusCode,
    said: Said,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let title = crate::words::Words::english().say("mailboxes-title");
    let shell = Shell::settings(app, person, PATH, title);
    let mut shared: HashMap<MailboxId, usize> = HashMap::new();
    for (_, mailbox, _) in app.store.shares(viewer, SHARES_MAX).await? {
        *shared.entry(mailbox).or_default() += 1;
    }
    let address = app.store.parameter(WEB_BASE_URL).await?;
    let (_, registration) = microsoft::in_force(app).await?;
    let chosen: HashSet<MailboxId> = said.mailboxes.into_iter().collect();
    let mailboxes = app.store.mailboxes(viewer, None, MAILBOXES_MAX).await?;
    let rows = mailboxes.into_iter().map(|mailbox| MailboxRow {
        shared: shared.get(&mailbox.id).copied().unwrap_or_default(),
        chosen: chosen.contains(&mailbox.id),
        ..row(&shell, mailbox)
    });
    let users = app.store.users(PEOPLE_MAX).await?.into_iter();
    let people = users.filter(|user| user.disabled_at.is_none());
    let page = AllPage {
        rows: rows.collect(),
        people: people
            .map(|user| PersonChoice {
                chosen: said.users.contains(&user.id),
                id: user.id.to_string(),
                name: user.name,
                email: user.email,
            })
            .collect(),
        wrong: said.wrong,
        added: said.added,
        done: [
            address.is_some_and(|address| !address.is_empty()),
            registration.is_some(),
        ],
        shell,
    };
    answer::page_with(status, &page)
}

fn row(shell: &Shell, mailbox: Mailbox) -> MailboxRow {
    let words = shell.words;
    MailboxRow {
        id: mailbox.id.to_string(),
        connection: states::connection(words, mailbox.connection),
        state: states::badge(words, &mailbox),
        import: states::import(words, &mailbox),
        synced: mailbox.last_sync_at.map(|at| shell.time_of(at)),
        push: push_states::badge(shell, mailbox.push),
        trouble: mailbox.trouble.map(|trouble| trouble.message),
        name: mailbox.name,
        address: mailbox.address,
        shared: 0,
        chosen: false,
    }
}
