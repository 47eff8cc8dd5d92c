//! `/settings/push`: all mailboxes, the worst first.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maildesk_model::intent::Want;
use maildesk_model::mailbox::Mailbox;
use maildesk_model::push::{PushPanel, PushState};

use super::assistant::seconds;
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

/// Where this page is.
const PATH: &str = "/settings/push";
/// Mailboxes in the table.
const MAILBOXES_MAX: i64 = 1000;

#[derive(Template)]
#[template(path = "push/table.html")]
struct TablePage {
    shell: Shell,
    enabled: bool,
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
    speed: Option<String>,
}

/// The table.
pub(super) async fn show(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    let title = crate::words::Words::english().say("table-title");
    let shell = Shell::settings(&app, &person, PATH, title);
    let mut all = panels(&app, &person).await?;
    all.sort_by_key(|(mailbox, panel)| (states::rank(panel.state), mailbox.name.to_lowercase()));
    let ready = all.iter().filter(|(_, panel)| waits(panel)).count();
    let page = TablePage {
        enabled: app.settings.push_enabled,
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
    for (mailbox, panel) in panels(&app, &person).await? {
        if waits(&panel) {
            note::before(&app, &person.caller, "push.register", Some(mailbox.id)).await?;
            app.store
                .want(viewer, mailbox.id, &Want::RegisterPush, now)
                .await?;
        }
    }
    Ok(answer::see(PATH))
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
    let trouble = panel.trouble.or_else(|| panel.reasons.into_iter().next());
    let needs_words = !matches!(
        panel.state,
        PushState::Active | PushState::Quiet | PushState::Off
    );
    let latency = panel.latency;
    TableRow {
        id: mailbox.id.to_string(),
        name: mailbox.name,
        address: mailbox.address,
        state: states::badge(shell.words, panel.state),
        reason: trouble
            .filter(|_| needs_words)
            .map(|trouble| trouble.message),
        expires: panel.expires_at.map(|at| shell.time_of(at)),
        last: panel.last_notification_at.map(|at| shell.time_of(at)),
        speed: latency.p50.zip(latency.p95).map(|(p50, p95)| {
            let values = [("half", seconds(p50).into()), ("most", seconds(p95).into())];
            shell.words.fill_all("table-speed", values).into_owned()
        }),
    }
}
