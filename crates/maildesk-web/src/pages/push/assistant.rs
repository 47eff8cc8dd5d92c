//! `/mailboxes/{id}/push`: the assistant "Enable Microsoft 365 push notifications" (P8), and the
//! panel of the mailbox's push once it is on (P17).

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::address_test::{AddressTest, CERTIFICATE_MEMO};
use maildesk_model::intent::Want;
use maildesk_model::mailbox::{Connection, Mailbox, Trouble};
use maildesk_model::push::{Latency, NotificationCounts, PushPanel, PushState};
use maildesk_model::{MailboxId, Timestamp};

use super::states::{self, StateBadge};
use crate::api::push::{let_in, webhook_url};
use crate::api::{mailboxes, wait};
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};
use crate::pages::time::Shown;
use crate::request::id::One;

/// Certificates are renewed automatically a month before; what is nearer has been forgotten.
const CERTIFICATE_NEAR: Duration = Duration::from_hours(14 * 24);
/// Until so many arrivals were measured, what is typical is said instead (P5).
const SAMPLES_MIN: i64 = 20;

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
    ready: bool,
    checked: Option<Shown>,
    reasons: Vec<Reason>,
    /// What the last registration or renewal failed with.
    failed: Option<Trouble>,
    under_way: bool,
    subscription: Option<String>,
    expires: Option<Shown>,
    last_notification: Option<Shown>,
    last_sync: Option<Shown>,
    counted: String,
    silent: i64,
    speed: String,
    events: Vec<(Shown, String)>,
    secret: Option<String>,
    is_on: bool,
    tested: Option<Tested>,
    /// What was last seen of the certificate, where it ends soon: advice, and never in the way.
    certificate: Option<String>,
}

/// What a test of the public address came to.
struct Tested {
    good: bool,
    calls: Vec<Call>,
}

/// One address that was called.
struct Call {
    url: String,
    took: Option<String>,
    /// Message and remedy.
    trouble: Option<(String, String)>,
}

/// Something that stands in the way, with the place where it is mended.
struct Reason {
    message: String,
    remedy: String,
    path: Option<(String, String)>,
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
    let title = crate::words::Words::english().say("push-title");
    let mut shell = Shell::new(app, person, Place::Settings, title);
    shell.entry = "/settings/push";
    let page = page(
        shell,
        app.settings.push_enabled,
        &mailbox,
        panel,
        webhook,
        certificate,
        said,
    );
    answer::page_with(status, &page)
}

fn page(
    shell: Shell,
    enabled: bool,
    mailbox: &Mailbox,
    panel: PushPanel,
    webhook: Option<String>,
    certificate: Option<Timestamp>,
    said: Said,
) -> AssistantPage {
    let words = shell.words;
    let is_person = mailbox.connection == Connection::GraphDelegated;
    let connection = match mailbox.connection {
        Connection::GraphDelegated => words.say("connection-person"),
        Connection::GraphApplication => words.say("connection-organisation"),
        Connection::ImapSmtp => words.say("connection-imap"),
    };
    let reasons = panel.reasons.into_iter();
    AssistantPage {
        id: mailbox.id.to_string(),
        name: mailbox.name.clone(),
        address: mailbox.address.clone(),
        connection: connection.into_owned(),
        is_person,
        webhook,
        enabled,
        state: states::badge(words, panel.state),
        ready: enabled && panel.ready,
        checked: panel.checked_at.map(|at| shell.time_of(at)),
        reasons: reasons
            .map(|trouble| reason(&shell, mailbox, trouble))
            .collect(),
        failed: said.failed.or(panel.trouble),
        under_way: said.under_way,
        subscription: panel.subscription,
        expires: panel.expires_at.map(|at| shell.time_of(at)),
        last_notification: panel.last_notification_at.map(|at| shell.time_of(at)),
        last_sync: mailbox.last_sync_at.map(|at| shell.time_of(at)),
        counted: counted(&shell, panel.counts),
        silent: panel.counts.silent,
        speed: speed(&shell, panel.latency),
        events: panel
            .events
            .into_iter()
            .map(|event| (shell.time_of(event.at), event.detail))
            .collect(),
        secret: said.secret,
        tested: said.tested.map(|tested| self::tested(&shell, tested)),
        certificate: certificate.and_then(|ends| advice(&shell, ends)),
        is_on: !matches!(panel.state, PushState::Off),
        shell,
    }
}

fn tested(shell: &Shell, tested: AddressTest) -> Tested {
    let words = shell.words;
    let good = tested.is_good();
    let calls = tested.calls.into_iter().map(|call| Call {
        took: call.took.map(|took| {
            let took = i64::try_from(took.as_micros().div_ceil(1000)).unwrap_or(i64::MAX);
            words.fill("address-took", took).into_owned()
        }),
        trouble: call.trouble.map(|why| (why.message, why.remedy)),
        url: call.url,
    });
    Tested {
        good,
        calls: calls.collect(),
    }
}

/// What to say of a certificate that ends then; nothing while that is far.
fn advice(shell: &Shell, ends: Timestamp) -> Option<String> {
    let words = shell.words;
    let near = ends.minus(CERTIFICATE_NEAR) <= shell.now;
    near.then(|| {
        let ends = shell.time_of(ends);
        words.fill("address-certificate", ends.full).into_owned()
    })
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
        Some((path, words.say("go-reconnect").into_owned()))
    } else {
        None
    };
    Reason {
        message: trouble.message,
        remedy: trouble.remedy,
        path,
    }
}

fn counted(shell: &Shell, counts: NotificationCounts) -> String {
    let values = [
        ("accepted", counts.accepted.into()),
        ("lifecycle", counts.lifecycle.into()),
        ("forged", counts.forged.into()),
    ];
    shell.words.fill_all("push-counted", values).into_owned()
}

/// This mailbox's own figures once there are enough, and what is typical before.
fn speed(shell: &Shell, latency: Latency) -> String {
    let words = shell.words;
    match (latency.p50, latency.p95) {
        (Some(p50), Some(p95)) if latency.samples >= SAMPLES_MIN => {
            let values = [
                ("half", seconds(p50).into()),
                ("most", seconds(p95).into()),
                ("samples", latency.samples.into()),
            ];
            words.fill_all("speed-measured", values).into_owned()
        }
        _ => words.say("speed-typical").into_owned(),
    }
}

pub(super) fn seconds(span: Duration) -> String {
    format!("{:.1}", span.as_secs_f64())
}
