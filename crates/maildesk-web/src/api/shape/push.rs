//! A mailbox's push in JSON.

use std::time::Duration;

use maildesk_model::push::{Latency, NotificationCounts, PushEvent, PushPanel, Spread};
use maildesk_model::stamp::Trigger;
use serde::Serialize;
use utoipa::ToSchema;

use super::names::PushStateName;
use super::{Instant, TroubleBody};

/// How push is doing for a mailbox.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Push)]
pub(crate) struct PushBody {
    /// State.
    state: PushStateName,
    /// Whether the last check found the mailbox ready.
    pub(crate) ready: bool,
    /// When readiness was last checked; null before the first time.
    #[schema(required)]
    checked_at: Option<Instant>,
    /// What stands in the way.
    pub(crate) reasons: Vec<TroubleBody>,
    /// What the last registration or renewal failed with.
    #[schema(required)]
    trouble: Option<TroubleBody>,
    /// Where Microsoft sends notifications to; null while no base URL is set.
    #[schema(required)]
    webhook_url: Option<String>,
    /// Graph's id of the live subscription.
    #[schema(required)]
    subscription_id: Option<String>,
    /// When it expires.
    #[schema(required)]
    expires_at: Option<Instant>,
    /// The last genuine notification.
    #[schema(required)]
    last_notification_at: Option<Instant>,
    /// The last sync that ended well.
    #[schema(required)]
    last_sync_at: Option<Instant>,
    /// What made it run: `push`, `catch_up`, `sweep`, `manual`, `import` or `intent`.
    #[schema(required)]
    last_sync_trigger: Option<&'static str>,
    /// Former subscriptions that are still to be deleted at Microsoft.
    leaving: i64,
    /// Notifications, by what became of them.
    counts: CountsBody,
    /// How long the last hundred messages took from Microsoft to a screen.
    latency: LatencyBody,
    /// The parts of that way.
    latency_parts: PartsBody,
    /// The last things that happened, newest first.
    events: Vec<PushEventBody>,
    /// Set while what was asked for is still under way: the intent to ask about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) intent_id: Option<String>,
}

/// Counts of notifications.
#[derive(Serialize, ToSchema, Debug)]
#[schema(as = NotificationCounts)]
pub(crate) struct CountsBody {
    /// Known and genuine.
    accepted: i64,
    /// Known, without a `clientState`.
    silent: i64,
    /// Known, with a wrong `clientState`.
    forged: i64,
    /// Lifecycle notifications among the accepted.
    lifecycle: i64,
}

/// The way of the last hundred arrivals, in milliseconds.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Latency)]
pub(crate) struct LatencyBody {
    /// Half were quicker.
    #[schema(required)]
    p50_ms: Option<i64>,
    /// Nineteen of twenty were quicker.
    #[schema(required)]
    p95_ms: Option<i64>,
    /// How many arrivals that is measured from.
    samples: i64,
}

/// The parts of the way of the same arrivals: the first two of those that were announced, the third of
/// those that were shown.
#[derive(Serialize, ToSchema, Debug)]
#[schema(as = LatencyParts)]
pub(crate) struct PartsBody {
    /// How many of them a notification announced before they were here.
    announced: i64,
    /// Received by Microsoft until notified here.
    notified: SpreadBody,
    /// Notified until stored.
    stored: SpreadBody,
    /// Stored until written to the first screen.
    shown: SpreadBody,
}

/// How long a part takes, in milliseconds.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Spread)]
pub(crate) struct SpreadBody {
    /// Half were quicker.
    #[schema(required)]
    p50_ms: Option<i64>,
    /// Nineteen of twenty were quicker.
    #[schema(required)]
    p95_ms: Option<i64>,
}

/// Something that happened to a mailbox's push.
#[derive(Serialize, ToSchema, Debug)]
#[schema(as = PushEvent)]
pub(crate) struct PushEventBody {
    /// When.
    at: Instant,
    /// A short stable word.
    kind: String,
    /// In plain words.
    detail: String,
    /// How often this happened in a row; `at` is the last time.
    times: i64,
}

impl PushBody {
    /// The panel, with what the store does not know of it.
    pub(crate) fn new(panel: PushPanel, webhook_url: Option<String>) -> Self {
        Self {
            state: PushStateName(panel.state),
            ready: panel.ready,
            checked_at: panel.checked_at.map(Instant),
            reasons: panel.reasons.into_iter().map(Into::into).collect(),
            trouble: panel.trouble.map(Into::into),
            webhook_url,
            subscription_id: panel.subscription,
            expires_at: panel.expires_at.map(Instant),
            last_notification_at: panel.last_notification_at.map(Instant),
            last_sync_at: panel.last_sync.map(|(at, _)| Instant(at)),
            last_sync_trigger: panel
                .last_sync
                .and_then(|(_, trigger)| trigger.map(Trigger::name)),
            leaving: panel.leaving,
            counts: panel.counts.into(),
            latency: panel.latency.into(),
            latency_parts: panel.latency.into(),
            events: panel.events.into_iter().map(Into::into).collect(),
            intent_id: None,
        }
    }
}

impl From<NotificationCounts> for CountsBody {
    fn from(counts: NotificationCounts) -> Self {
        Self {
            accepted: counts.accepted,
            silent: counts.silent,
            forged: counts.forged,
            lifecycle: counts.lifecycle,
        }
    }
}

impl From<Latency> for LatencyBody {
    fn from(latency: Latency) -> Self {
        let whole = SpreadBody::from(latency.whole);
        Self {
            p50_ms: whole.p50_ms,
            p95_ms: whole.p95_ms,
            samples: latency.samples,
        }
    }
}

impl From<Latency> for PartsBody {
    fn from(latency: Latency) -> Self {
        Self {
            announced: latency.announced,
            notified: latency.notified.into(),
            stored: latency.stored.into(),
            shown: latency.shown.into(),
        }
    }
}

impl From<Spread> for SpreadBody {
    fn from(spread: Spread) -> Self {
        let ms = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self {
            p50_ms: spread.p50.map(ms),
            p95_ms: spread.p95.map(ms),
        }
    }
}

impl From<PushEvent> for PushEventBody {
    fn from(event: PushEvent) -> Self {
        Self {
            at: Instant(event.at),
            kind: event.kind,
            detail: event.detail,
            times: event.times,
        }
    }
}
