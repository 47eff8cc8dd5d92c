//! `/sim/subscriptions` and `/sim/lifecycle`.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::expiry;
use super::record::Subscription;
use crate::control::ControlError;
use crate::delivery::payload::LifecycleEvent;
use crate::delivery::{send_lifecycle, tick};
use crate::world::World;

/// The routes below `/sim` that belong to subscriptions and their notifications.
pub(crate) fn control() -> Router<Arc<World>> {
    Router::new()
        .route("/sim/subscriptions", get(subscriptions))
        .route("/sim/lifecycle", post(lifecycle))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: String,
    resource: String,
    notification_url: String,
    lifecycle_notification_url: Option<String>,
    change_type: String,
    expiration_date_time: String,
    client_state: Option<String>,
    app_id: String,
    mailbox: String,
    /// `active`, or `paused` while the token behind it is dead.
    state: &'static str,
}

impl Shown {
    fn of(subscription: &Subscription, now: jiff::Timestamp) -> Self {
        Self {
            id: subscription.id.clone(),
            resource: subscription.resource.clone(),
            notification_url: subscription.notification_url.clone(),
            lifecycle_notification_url: subscription.lifecycle_url.clone(),
            change_type: subscription.wanted.text.clone(),
            expiration_date_time: expiry::wire(subscription.expires, "Z"),
            client_state: subscription.client_state.clone(),
            app_id: subscription.app.clone(),
            mailbox: subscription.mailbox.clone(),
            state: if subscription.paused(now) {
                "paused"
            } else {
                "active"
            },
        }
    }
}

async fn subscriptions(State(world): State<Arc<World>>) -> Json<Vec<Shown>> {
    tick(&world);
    let now = world.clock.now();
    Json(
        world
            .subscriptions
            .book()
            .all()
            .filter(|subscription| subscription.lives(now))
            .map(|subscription| Shown::of(subscription, now))
            .collect(),
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lifecycle {
    subscription_id: String,
    event: LifecycleEvent,
}

/// Sends a lifecycle notification, with any name of an event. `subscriptionRemoved` also removes the subscription, because Graph does not lie about that.
async fn lifecycle(
    State(world): State<Arc<World>>,
    body: bytes::Bytes,
) -> Result<StatusCode, ControlError> {
    let wish: Lifecycle = serde_json::from_slice(&body).map_err(ControlError::bad)?;
    let mut book = world.subscriptions.book();
    let subscription = book
        .get(&wish.subscription_id, world.clock.now())
        .cloned()
        .ok_or_else(|| ControlError::missing("subscription"))?;
    if subscription.lifecycle_url.is_none() {
        return Err(ControlError::bad(
            "the subscription has no lifecycleNotificationUrl",
        ));
    }
    if wish.event == LifecycleEvent::SUBSCRIPTION_REMOVED {
        book.remove(&subscription.id);
    }
    drop(book);
    send_lifecycle(&world, &subscription, wish.event);
    Ok(StatusCode::ACCEPTED)
}
