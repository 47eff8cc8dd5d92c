//! `/settings/push`: all mailboxes, the worst first.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maildesk_model::intent::Want;
use maildesk_model::mailbox::Mailbox;
use maildesk_model::parameter::PUSH_REGISTER_NEW;
use maildesk_model::push::{PushPanel, PushState};

use super::speed;
use super::states::{self, StateBadge};
use crate::api::note;
use crate::api::push::must_be_enabled;
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::pages::time::Shown;
use crate::words::Words;

/// Where this page is.
const PATH: &str = "/settings/push";
/// Mailboxes in the table.
const MAILBOXES_MAX: i64 = 1000;

#[derive(Template)]
#[template(path = "push/table.html")]
struct TablePage {
    shell: Shell,
    enabled: bool,
    /// What *Register all that are ready* has just asked for.
    asked: Option<String>,
    /// Whether new mailboxes register themselves.
    new_ones: String,
    /// On a server without push: what is left at Microsoft.
    left: Option<String>,
    rows: Vec<TableRow>,
    /// Mailboxes whose last check found them ready and that have no push.
    ready: i64,
}

struct TableRow {
    id: String,
    name: String,
    address: String,
    state: StateBadge,
    reason: Option<String>,
    expires: Option<Shown>,
    last: Option<Shown>,
    synced: Option<Shown>,
    speed: Option<String>,
}

/// The table.
pub(super) async fn show(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    render(&app, &person, 0).await
}

/// The table, after so many registrations were asked for.
async fn render(app: &App, person: &Person, asked: i64) -> Result<Response, Problem> {
    let words = Words::english();
    let shell = Shell::settings(app, person, PATH, words.say("table-title"));
    let enabled = app.settings.push_enabled;
    let mut all = panels(app, person).await?;
    all.sort_by_key(|(mailbox, panel)| (states::rank(panel.state), mailbox.name.to_lowercase()));
    let ready = all.iter().filter(|(_, panel)| waits(panel)).count();
    let registers_new = app.store.parameter(PUSH_REGISTER_NEW).await?;
    let left = if enabled {
        None
    } else {
        Some(app.store.subscriptions_left().await?)
    };
    let page = TablePage {
        enabled,
        asked: (asked > 0).then(|| words.fill("table-asked", asked).into_owned()),
        new_ones: match registers_new.as_deref() {
            Some("true") => words.say("table-new-on").into_owned(),
            _ => words.say("table-new-off").into_owned(),
        },
        left: left.map(|left| words.fill("push-left", left).into_owned()),
        rows: all
            .into_iter()
            .map(|(mailbox, panel)| row(&shell, mailbox, panel))
            .collect(),
        ready: ready as i64,
        shell,
    };
    answer::page(&page)
}

/// *Register all that are ready*: an intent for each; push carries them out at its own pace.
pub(super) async fn register_all(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    form.of(&app, &person).await?;
    must_be_enabled(&app)?;
    let (viewer, now) = (person.caller.viewer, app.clock.now());
    let mut asked = 0;
    for (mailbox, panel) in panels(&app, &person).await? {
        if waits(&panel) {
            asked += 1;
            note::before(&app, &person.caller, "push.register", Some(mailbox.id)).await?;
            app.store
                .want(viewer, mailbox.id, &Want::RegisterPush, now)
                .await?;
        }
    }
    render(&app, &person, asked).await
}

async fn panels(app: &App, person: &Person) -> Result<Vec<(Mailbox, PushPanel)>, Problem> {
    let viewer = person.caller.viewer;
    let mut all = Vec::new();
    for mailbox in app.store.mailboxes(viewer, None, MAILBOXES_MAX).await? {
        if let Some(panel) = app.store.push_panel(viewer, mailbox.id).await? {
            all.push((mailbox, panel));
        }
    }
    Ok(all)
}

/// Ready, and nobody has registered it yet.
fn waits(panel: &PushPanel) -> bool {
    panel.ready && panel.state == PushState::Off
}

fn row(shell: &Shell, mailbox: Mailbox, panel: PushPanel) -> TableRow {
    let speed = speed::in_short(shell, &panel);
    let reason = match panel.state {
        _ if shell.no_push.is_some() => None,
        PushState::Active | PushState::Quiet => None,
        PushState::Off if panel.ready => Some(shell.words.say("table-ready").into_owned()),
        _ => panel
            .trouble
            .or_else(|| panel.reasons.into_iter().next())
            .map(|trouble| trouble.message),
    };
    let is_on = panel.state != PushState::Off;
    TableRow {
        id: mailbox.id.to_string(),
        name: mailbox.name,
        address: mailbox.address,
        state: states::badge(shell, panel.state),
        reason,
        expires: panel.expires_at.map(|at| shell.time_of(at)),
        last: panel.last_notification_at.map(|at| shell.time_of(at)),
        synced: mailbox.last_sync_at.map(|at| shell.time_of(at)),
        speed: is_on.then_some(speed),
    }
}
