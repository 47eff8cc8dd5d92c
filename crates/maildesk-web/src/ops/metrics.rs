//! `/metrics` in Prometheus' text format: what the recorder collected, and the gauges that the
//! store knows, read when somebody asks.
//!
//! The store's gauges are written here and not set on the recorder, because a recorder goes on
//! showing the last value of a mailbox that is long gone.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use maildesk_model::alert::AlertKind;
use maildesk_model::push::PushState;
use maildesk_model::{MailboxId, Role, Timestamp, UserId, Viewer};
use maildesk_store::StoreError;

use crate::app::App;
use crate::auth::credential::bearer;
use crate::error::Problem;
use crate::pages::notice;

/// Prometheus' text format (its documentation, "Exposition formats").
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Gauges for so many mailboxes; more labels than that hurt whoever collects them.
const MAILBOXES_MAX: i64 = 10_000;
const PAGE: i64 = 200;
/// The server itself, as the viewer of figures; no person.
const SERVER: Viewer = Viewer {
    user: UserId(0),
    role: Role::Administrator,
};

/// The figures, for whoever has the token. Without a token in the settings there is nothing here.
pub(super) async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let token = app.metrics_token.as_ref().ok_or_else(Problem::not_found)?;
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()).and_then(bearer);
    if !shown.is_some_and(|shown| token.matches(shown)) {
        return Err(Problem::unauthenticated(
            "Send the metrics token: Authorization: Bearer TOKEN.",
        ));
    }
    let mut text = app
        .metrics_render
        .as_ref()
        .map_or_else(String::new, |render| render());
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    store_gauges(&app, app.clock.now(), &mut text).await?;
    Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response())
}

async fn store_gauges(app: &App, now: Timestamp, text: &mut String) -> Result<(), StoreError> {
    let store = &app.store;
    let subscriptions = store.subscription_gauges(MAILBOXES_MAX).await?;
    let mut by_state: BTreeMap<&str, u64> = PushState::ALL.map(|state| (state.name(), 0)).into();
    let mut expiries = Vec::new();
    for (mailbox, state, expires_at) in subscriptions {
        *by_state.entry(state.name()).or_default() += 1;
        if let Some(at) = expires_at {
            expiries.push((mailbox_label(mailbox), seconds_until(at, now)));
        }
    }
    let states = by_state.into_iter();
    let states = states.map(|(state, n)| (format!("state=\"{state}\""), n as f64));
    gauge(
        text,
        "maildesk_subscriptions",
        "Mailboxes by state of their push.",
        states,
    );
    gauge(
        text,
        "maildesk_subscription_expires_seconds",
        "Seconds until the subscription of a mailbox expires.",
        expiries,
    );
    gauge(
        text,
        "maildesk_mailbox_last_sync_seconds",
        "Seconds since a sync of the mailbox last ended well.",
        last_syncs(app, now).await?,
    );
    let waiting = store.waiting_intents().await?.into_iter();
    let waiting = waiting.map(|(lane, n)| (format!("state=\"waiting\",lane=\"{lane}\""), n as f64));
    gauge(
        text,
        "maildesk_intents",
        "Intents on their way to Microsoft.",
        waiting,
    );
    let alerts = store.alert_gauges().await?;
    let standing = AlertKind::ALL.map(|kind| {
        let found = alerts.iter().find(|(known, _)| *known == kind);
        let n = found.map_or(0, |(_, n)| *n);
        (format!("code=\"{}\"", kind.name()), n as f64)
    });
    gauge(
        text,
        "maildesk_alerts",
        "Alerts that stand, by what is wrong.",
        standing,
    );
    let ends = notice::app_ends(app, store.app_notice().await?.expires_at);
    gauge(
        text,
        "maildesk_microsoft_app_expires_seconds",
        "Seconds until the Microsoft app's credential ends, where that is known.",
        ends.map(|at| (String::new(), seconds_until(at, now))),
    );
    let due = store.stamps_due(now).await?;
    gauge(
        text,
        "maildesk_stamps_due",
        "Mailboxes whose stamp is due now.",
        [(String::new(), due as f64)],
    );
    Ok(())
}

fn mailbox_label(mailbox: MailboxId) -> String {
    format!("mailbox=\"{mailbox}\"")
}

async fn last_syncs(app: &App, now: Timestamp) -> Result<Vec<(String, f64)>, StoreError> {
    let mut gauges = Vec::new();
    let mut after = None;
    loop {
        let page = app.store.mailboxes(SERVER, after, PAGE).await?;
        for mailbox in &page {
            if let Some(at) = mailbox.last_sync_at {
                let ago = now.since(at).as_secs_f64();
                gauges.push((mailbox_label(mailbox.id), ago));
            }
        }
        let last = page.last().map(|last| (last.name.clone(), last.id));
        if (page.len() as i64) < PAGE || gauges.len() as i64 >= MAILBOXES_MAX {
            return Ok(gauges);
        }
        after = last;
    }
}

/// Negative when it lies in the past: an expired subscription is worth an alert.
fn seconds_until(at: Timestamp, now: Timestamp) -> f64 {
    at.since(now).as_secs_f64() - now.since(at).as_secs_f64()
}

fn gauge(
    text: &mut String,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (String, f64)>,
) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in values {
        let _ = if labels.is_empty() {
            writeln!(text, "{name} {value}")
        } else {
            writeln!(text, "{name}{{{labels}}} {value}")
        };
    }
}
