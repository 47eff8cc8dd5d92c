//! `/mailboxes/{id}/push`: the assistant "Enable Microsoft 365 push notifications" (P8), and the
//! panel of the mailbox's push once it is on (P17).

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::address_test::{AddressTest, CERTIFICATE_MEMO};
use maildesk_model::intent::Want;
use maildesk_model::mailbox::{Connection, Mailbox, Trouble};
use maildesk_model::push::{NotificationCounts, PushPanel, PushState};
use maildesk_model::stamp::Trigger;
use maildesk_model::{MailboxId, Timestamp};

use super::address::{self, Tested};
use super::speed::{self, Speed};
use super::states::{self, StateBadge};
use super::story::{self, Line};
use super::troubleshooting;
use crate::api::push::{let_in, webhook_url};
use crate::api::{mailboxes, wait};
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};
use crate::pages::time::{self, Shown};
use crate::request::id::One;
use crate::words::Words;

#[derive(Template)]
#[template(path = "push/assistant.html")]
struct AssistantPage {
    shell: Shell,
    id: String,
    name: String,
    address: String,
    connection: String,
    is_person: bool,
    webhook: Option<String>,
    enabled: bool,
    state: StateBadge,
    /// What the state means; a server without push says that once for all.
    about: Option<String>,
    /// How often the schedule looks.
    interval: String,
    ready: bool,
    checked: Option<Shown>,
    reasons: Vec<Reason>,
    failed: Option<Failure>,
    /// When it is looked at next, where something is wrong and no failure says so.
    next: Option<String>,
    under_way: bool,
    subscription: Option<String>,
    expires: Option<Shown>,
    looked: Option<Shown>,
    last_notification: Option<Shown>,
    last_sync: Option<(Shown, Option<String>)>,
    /// Microsoft asks us to wait until then.
    waits: Option<Shown>,
    counted: String,
    counts: NotificationCounts,
    speed: Speed,
    /// Subscriptions on their way out.
    leaving: Option<String>,
    events: Vec<Line>,
    secret: Option<String>,
    is_on: bool,
    tested: Option<Tested>,
    /// What was last seen of the certificate, where it ends soon: advice, and never in the way.
    certificate: Option<String>,
}

/// Something that stands in the way, with the place where it is mended.
struct Reason {
    message: String,
    remedy: String,
    path: Option<(String, String)>,
    /// Where to read more.
    why: Option<String>,
}

/// What the last registration or renewal failed with.
struct Failure {
    title: String,
    /// Whose words the message is.
    speaker: String,
    said: Trouble,
    why: Option<String>,
    /// When it is tried again.
    go_on: String,
    /// Whether trying again at once makes sense: nothing is known to be in the way.
    can_retry: bool,
}

/// What an action adds to the page.
#[derive(Default)]
pub(super) struct Said {
    /// What Microsoft or we refused just now.
    pub(super) failed: Option<Trouble>,
    /// What was asked for is still under way.
    pub(super) under_way: bool,
    /// The secret, shown this once.
    pub(super) secret: Option<String>,
    /// What a test of the public address came to.
    pub(super) tested: Option<AddressTest>,
}

/// The page. Before the first check it makes one, so that nobody has to ask for it.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
) -> Result<Response, Problem> {
    let_in(&app, &person.caller, id).await?;
    let viewer = person.caller.viewer;
    let panel = app.store.push_panel(viewer, id).await?;
    let unchecked = panel.is_some_and(|panel| panel.checked_at.is_none());
    if app.settings.push_enabled && unchecked {
        wait::carry_out(&app, viewer, id, Want::CheckPush).await?;
    }
    render(&app, &person, id, StatusCode::OK, Said::default()).await
}

/// Renders the page as things stand.
pub(super) async fn render(
    app: &App,
    person: &Person,
    id: MailboxId,
    status: StatusCode,
    said: Said,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let mailbox = mailboxes::visible(app, viewer, id).await?;
    let panel = app.store.push_panel(viewer, id).await?;
    let panel = panel.ok_or_else(Problem::not_found)?;
    let webhook = webhook_url(app).await?;
    let certificate = app.store.memo(CERTIFICATE_MEMO).await?;
    let certificate = certificate.and_then(|memo| Timestamp::parse(&memo));
    let title = if panel.subscription.is_some() {
        Words::english().say("push-title-on")
    } else {
        Words::english().say("push-title")
    };
    let mut shell = Shell::new(app, person, Place::Settings, title);
    shell.entry = "/settings/push";
    let around = Around {
        webhook,
        certificate,
        interval: time::span(shell.words, app.settings.sync_interval),
    };
    let page = page(shell, &mailbox, panel, around, said);
    answer::page_with(status, &page)
}

/// What the page shows beside the mailbox and its panel.
struct Around {
    webhook: Option<String>,
    /// When the certificate that was last seen ends.
    certificate: Option<Timestamp>,
    interval: String,
}

fn page(
    shell: Shell,
    mailbox: &Mailbox,
    panel: PushPanel,
    around: Around,
    said: Said,
) -> AssistantPage {
    let words = shell.words;
    let enabled = shell.no_push.is_none();
    let connection = match mailbox.connection {
        Connection::GraphDelegated => words.say("connection-person"),
        Connection::GraphApplication => words.say("connection-organisation"),
        Connection::ImapSmtp => words.say("connection-imap"),
    };
    let time_of = |at: Option<Timestamp>| at.map(|at| shell.time_of(at));
    let failed = said.failed.or(panel.trouble.clone()).filter(|_| enabled);
    let next = next_try(&shell, &panel).filter(|_| enabled);
    let failed = failed.map(|said| failure(words, &panel, said, next.as_deref()));
    let next = next.filter(|_| failed.is_none());
    let speed = speed::of(&shell, &panel, &around.interval);
    let reasons = panel.reasons.into_iter();
    AssistantPage {
        id: mailbox.id.to_string(),
        name: mailbox.name.clone(),
        address: mailbox.address.clone(),
        connection: connection.into_owned(),
        is_person: mailbox.connection == Connection::GraphDelegated,
        webhook: around.webhook,
        enabled,
        state: states::badge(&shell, panel.state),
        about: enabled.then(|| states::about(words, panel.state, around.interval.clone())),
        interval: around.interval,
        ready: enabled && panel.ready,
        checked: time_of(panel.checked_at),
        reasons: reasons
            .map(|trouble| reason(&shell, mailbox, trouble))
            .collect(),
        failed,
        next: next.map(|at| words.fill("push-next", at).into_owned()),
        under_way: said.under_way,
        expires: time_of(panel.expires_at),
        looked: time_of(panel.looked_at),
        last_notification: time_of(panel.last_notification_at),
        last_sync: panel
            .last_sync
            .map(|(at, trigger)| (shell.time_of(at), trigger.map(|why| caused(words, why)))),
        waits: time_of(mailbox.not_before.filter(|until| *until > shell.now)),
        counted: counted(&shell, panel.counts),
        counts: panel.counts,
        speed,
        leaving: leaving(words, panel.leaving, enabled, panel.subscription.is_some()),
        events: story::tell(&shell, panel.events),
        subscription: panel.subscription,
        secret: said.secret,
        tested: said.tested.map(|tested| address::tested(&shell, tested)),
        certificate: around
            .certificate
            .and_then(|ends| address::advice(&shell, ends)),
        is_on: !matches!(panel.state, PushState::Off),
        shell,
    }
}

/// When push looks at a mailbox next that is not well.
fn next_try(shell: &Shell, panel: &PushPanel) -> Option<String> {
    let waits = matches!(
        panel.state,
        PushState::Broken | PushState::NotReady | PushState::Renewing
    );
    let next = panel.next_at.filter(|next| waits && *next > shell.now);
    next.map(|next| shell.time_of(next).exact)
}

fn failure(words: Words, panel: &PushPanel, said: Trouble, next: Option<&str>) -> Failure {
    let title = match panel.state {
        PushState::Renewing => words.say("push-renewal-failed"),
        _ => words.say("push-failed"),
    };
    // Codes of ours, and of Entra, are written like this; Graph's are not.
    let is_graphs = said
        .code
        .contains(|letter: char| letter.is_ascii_uppercase());
    let speaker = if is_graphs {
        words.say("push-said")
    } else {
        words.say("push-happened")
    };
    Failure {
        title: title.into_owned(),
        speaker: speaker.into_owned(),
        why: troubleshooting::path_for(&said),
        go_on: match next {
            Some(at) => words.fill("push-go-on-at", at),
            None => words.say("push-go-on"),
        }
        .into_owned(),
        can_retry: panel.reasons.is_empty(),
        said,
    }
}

/// What made a sync run.
fn caused(words: Words, trigger: Trigger) -> String {
    match trigger {
        Trigger::Push => words.say("push-trigger-push"),
        Trigger::CatchUp => words.say("push-trigger-catch-up"),
        Trigger::Sweep => words.say("push-trigger-sweep"),
        Trigger::Manual => words.say("push-trigger-manual"),
        Trigger::Import => words.say("push-trigger-import"),
        Trigger::Intent => words.say("push-trigger-intent"),
    }
    .into_owned()
}

/// What is still to be deleted at Microsoft; on a server without push that is whatever is left.
fn leaving(words: Words, retiring: i64, enabled: bool, live: bool) -> Option<String> {
    if !enabled {
        let left = retiring + i64::from(live);
        return Some(words.fill("push-left", left).into_owned());
    }
    (retiring > 0).then(|| words.fill("push-leaving", retiring).into_owned())
}

/// Where a reason is mended, as far as a page of ours can.
fn reason(shell: &Shell, mailbox: &Mailbox, trouble: Trouble) -> Reason {
    let words = shell.words;
    let path = if trouble.code.starts_with("base_url") {
        let path = "/settings/technical/system-parameters";
        Some((path.to_owned(), words.say("go-parameters").into_owned()))
    } else if trouble.code.starts_with("app_") {
        Some((
            "/settings/microsoft".to_owned(),
            words.say("go-microsoft").into_owned(),
        ))
    } else if trouble.code == "disconnected" {
        let path = format!("/settings/mailboxes/{}", mailbox.id);
        Some((path, words.say("one-connect-again").into_owned()))
    } else if mailbox.connection == Connection::GraphDelegated {
        let path = format!("/api/v1/mailboxes/{}/connect", mailbox.id);
        let text = match trouble.code.as_str() {
            "not_connected" => words.say("one-connect"),
            _ => words.say("go-reconnect"),
        };
        Some((path, text.into_owned()))
    } else {
        None
    };
    Reason {
        why: troubleshooting::path_for(&trouble),
        message: trouble.message,
        remedy: trouble.remedy,
        path,
    }
}

/// How many notifications came. What there is none of is not spoken of.
fn counted(shell: &Shell, counts: NotificationCounts) -> String {
    let words = shell.words;
    let values = [("accepted", counts.accepted.into())];
    let mut text = words.fill_all("push-counted", values).into_owned();
    if counts.lifecycle > 0 {
        let lifecycle = words.fill("push-counted-lifecycle", counts.lifecycle);
        text = format!("{text} ({lifecycle})");
    }
    if counts.forged > 0 {
        let forged = words.fill("push-counted-forged", counts.forged);
        text = format!("{text}, {forged}");
    }
    text
}
