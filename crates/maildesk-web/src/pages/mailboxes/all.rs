//! `/settings/mailboxes`: all mailboxes, and the form that adds more.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::mailbox::Mailbox;
use maildesk_model::parameter::WEB_BASE_URL;

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
const MAILBOXES_MAX: i64 = 1000;

#[derive(Template)]
#[template(path = "mailboxes/all.html")]
struct AllPage {
    shell: Shell,
    rows: Vec<MailboxRow>,
    added: Added,
    /// Whether there is a public address, and a Microsoft app.
    done: [bool; 2],
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
    render(&app, &person, StatusCode::OK, Added::default()).await
}

/// The page with what became of an attempt to add.
pub(super) async fn render(
    app: &App,
    person: &Person,
    status: StatusCode,
    added: Added,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let title = crate::words::Words::english().say("mailboxes-title");
    let shell = Shell::settings(app, person, PATH, title);
    let mut rows = Vec::new();
    for mailbox in app.store.mailboxes(viewer, None, MAILBOXES_MAX).await? {
        let shared = app
            .store
            .access(viewer, mailbox.id)
            .await?
            .unwrap_or_default();
        rows.push(row(&shell, mailbox, shared.len()));
    }
    let address = app.store.parameter(WEB_BASE_URL).await?;
    let (_, registration) = microsoft::in_force(app).await?;
    let page = AllPage {
        shell,
        rows,
        added,
        done: [
            address.is_some_and(|address| !address.is_empty()),
            registration.is_some(),
        ],
    };
    answer::page_with(status, &page)
}

fn row(shell: &Shell, mailbox: Mailbox, shared: usize) -> MailboxRow {
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
        shared,
    }
}
