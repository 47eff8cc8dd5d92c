//! `/settings/alerts`, whatever was just done on it.

use std::borrow::Cow;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::MailboxId;
use maildesk_model::alert::{
    Alert, AlertKind, AlertSender, AlertSettings, AlertWay, RECIPIENTS_MAX, WayState,
};

use super::test::TestRow;
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::pages::time::Shown;
use crate::words::Words;

/// Where this page is.
pub(super) const PATH: &str = "/settings/alerts";
/// Alerts of each kind that are shown: standing ones, and ended ones.
const ALERTS_MAX: i64 = 200;
/// Mailboxes to choose the sender from.
const SENDERS_MAX: i64 = 200;

/// What was just done, and how it went.
#[derive(Default)]
pub(super) struct Done {
    pub(super) status: StatusCode,
    /// Saved, in words.
    pub(super) saved: Option<Cow<'static, str>>,
    /// What somebody typed that could not be saved.
    pub(super) typed: Option<Typed>,
    /// Which fields are wrong.
    pub(super) wrong: Vec<(&'static str, String)>,
    /// What came of a test; empty where no way is set.
    pub(super) tested: Option<Vec<TestRow>>,
}

/// The fields of the form that are no secret.
#[derive(Clone, Default)]
pub(super) struct Typed {
    pub(super) mail: bool,
    pub(super) sender: String,
    pub(super) recipients: String,
    pub(super) url: String,
}

#[derive(Template)]
#[template(path = "alerts/show.html")]
struct AlertsPage {
    shell: Shell,
    done: Done,
    open: Vec<AlertRow>,
    /// What is wrong and is no alert yet.
    watched: Vec<AlertRow>,
    ended: Vec<AlertRow>,
    is_set: bool,
    fields: Typed,
    senders: Vec<(String, String)>,
    administrators: String,
    has_secret: bool,
    ways: Vec<WayRow>,
    /// The chosen mailbox cannot send: who stands in for it, if anybody can.
    stands_in: Option<Cow<'static, str>>,
}

struct AlertRow {
    class: &'static str,
    kind: Cow<'static, str>,
    name: String,
    code: String,
    message: String,
    remedy: String,
    path: String,
    since: Shown,
    ended: Option<Shown>,
    told: Option<Shown>,
}

struct WayRow {
    way: Cow<'static, str>,
    told: Option<Shown>,
    sender: Option<String>,
    waiting: i64,
    /// Code, message and remedy of why something waits or was not taken.
    trouble: Option<(String, String, String)>,
}

impl AlertsPage {
    fn wrong(&self, field: &str) -> Option<&str> {
        let found = self.done.wrong.iter().find(|(name, _)| *name == field);
        found.map(|(_, words)| words.as_str())
    }
}

/// The page.
pub(super) async fn show(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    render(&app, &person, Done::default()).await
}

/// The page, after something was done on it.
pub(super) async fn render(app: &App, person: &Person, done: Done) -> Result<Response, Problem> {
    let title = Words::english().say("alerts-title");
    let shell = Shell::settings(app, person, PATH, title);
    let alerts = app.store.alerts(person.caller.viewer, ALERTS_MAX).await?;
    let settings = app.store.alert_settings().await?;
    let known = app.store.alert_senders(SENDERS_MAX).await?;
    let (open, ended): (Vec<_>, Vec<_>) = alerts
        .into_iter()
        .partition(|alert| alert.ended_at.is_none());
    let (mut open, watched): (Vec<_>, Vec<_>) = open
        .into_iter()
        .partition(|alert| alert.opened_at.is_some());
    open.sort_by_key(|alert| (alert.kind, alert.since));
    let states = app.store.way_states().await?;
    let ways = states.into_iter();
    let ways = ways.filter(|state| settings.ways().contains(&state.way));
    let page = AlertsPage {
        open: open.iter().map(|alert| row(&shell, alert)).collect(),
        watched: watched.iter().map(|alert| row(&shell, alert)).collect(),
        ended: ended.iter().map(|alert| row(&shell, alert)).collect(),
        is_set: !settings.ways().is_empty(),
        fields: done.typed.clone().unwrap_or_else(|| fields(&settings)),
        ways: ways.map(|state| way_row(&shell, &known, state)).collect(),
        stands_in: stands_in(shell.words, &settings, &known),
        senders: known
            .into_iter()
            .map(|one| {
                (
                    one.mailbox.to_string(),
                    label(shell.words, one).into_owned(),
                )
            })
            .collect(),
        administrators: administrators(app).await?,
        has_secret: settings.secret.is_some(),
        done,
        shell,
    };
    answer::page_with(page.done.status, &page)
}

/// What a mailbox is called among those to choose from.
fn label(words: Words, sender: AlertSender) -> Cow<'static, str> {
    let AlertSender {
        name,
        hopeless,
        is_gone,
        ..
    } = sender;
    match (is_gone, hopeless) {
        (true, _) if name.is_empty() => words.say("alerts-sender-unknown"),
        (true, _) => words.fill("alerts-sender-gone", name),
        (false, true) => words.fill("alerts-sender-hopeless", name),
        (false, false) => name.into(),
    }
}

fn fields(settings: &AlertSettings) -> Typed {
    Typed {
        mail: settings.mail,
        sender: settings
            .sender
            .map_or_else(String::new, |sender| sender.to_string()),
        recipients: settings.recipients.join("\n"),
        url: settings.url.clone(),
    }
}

/// To whom mails go where nobody is named.
async fn administrators(app: &App) -> Result<String, Problem> {
    let administrators = app.store.administrators(RECIPIENTS_MAX as i64).await?;
    let addresses: Vec<_> = administrators.into_iter().map(|user| user.email).collect();
    Ok(addresses.join(", "))
}

/// Where the chosen mailbox cannot send now, what happens instead.
fn stands_in(
    words: Words,
    settings: &AlertSettings,
    known: &[AlertSender],
) -> Option<Cow<'static, str>> {
    if !settings.mail {
        return None;
    }
    let healthy = |one: &&AlertSender| one.healthy;
    let other = known.iter().find(healthy);
    let Some(chosen) = settings.sender else {
        return other.is_none().then(|| words.say("alerts-no-sender"));
    };
    if known.iter().any(|one| one.mailbox == chosen && one.healthy) {
        return None;
    }
    Some(match other {
        Some(other) => words.fill("alerts-stands-in", other.name.clone()),
        None => words.say("alerts-no-sender"),
    })
}

fn row(shell: &Shell, alert: &Alert) -> AlertRow {
    let words = shell.words;
    let is_urgent = !matches!(
        alert.kind,
        AlertKind::PushBroken | AlertKind::PushWithoutSecret
    ) && (alert.kind != AlertKind::AppExpiring || alert.level >= 3);
    AlertRow {
        class: match (alert.ended_at, is_urgent) {
            (Some(_), _) => "good",
            (None, true) => "bad",
            (None, false) => "warn",
        },
        kind: kind(words, alert.kind),
        name: match alert.mailbox {
            Some(_) => alert.name.clone(),
            None => words.say("settings-microsoft").into_owned(),
        },
        code: alert.trouble.code.clone(),
        message: alert.trouble.message.clone(),
        remedy: alert.trouble.remedy.clone(),
        path: alert.path(),
        since: shell.time_of(alert.since),
        ended: alert.ended_at.map(|at| shell.time_of(at)),
        told: alert.told_at.map(|at| shell.time_of(at)),
    }
}

fn kind(words: Words, kind: AlertKind) -> Cow<'static, str> {
    match kind {
        AlertKind::AppRefused => words.say("alert-app-refused"),
        AlertKind::AppExpiring => words.say("alert-app-expiring"),
        AlertKind::MailboxReconnect => words.say("alert-mailbox-reconnect"),
        AlertKind::MailboxError => words.say("alert-mailbox-error"),
        AlertKind::PushBroken => words.say("alert-push-broken"),
        AlertKind::PushWithoutSecret => words.say("alert-push-without-secret"),
    }
}

/// What a way is called.
pub(super) fn way(words: Words, way: AlertWay) -> Cow<'static, str> {
    match way {
        AlertWay::Mail => words.say("alerts-by-mail"),
        AlertWay::Http => words.say("alerts-by-http"),
    }
}

fn way_row(shell: &Shell, known: &[AlertSender], state: WayState) -> WayRow {
    let name = |id: MailboxId| known.iter().find(|one| one.mailbox == id);
    WayRow {
        way: way(shell.words, state.way),
        told: state.told_at.map(|at| shell.time_of(at)),
        sender: state.sender.and_then(name).map(|one| one.name.clone()),
        waiting: state.waiting,
        trouble: state.trouble.map(|why| (why.code, why.message, why.remedy)),
    }
}
