//! Reads what Graph posts to the webhook. Whatever it is, reading it is cheap and cannot fail in a
//! way that loses the rest: unknown fields, nulls, odd types and lifecycle events of tomorrow are
//! expected (facts.md 3.1, 4).

pub(crate) mod lenient;
mod validation;

use maildesk_model::{Secret, Timestamp};
use serde::de::IgnoredAny;

pub use validation::{BadToken, says_what_microsofts_do, validation_token};

/// As many items of one POST as are looked at. Graph batches a few hundred at most; beyond that
/// the sender is not Graph, and each item costs the store a look-up.
pub const ITEMS_MAX: usize = 4096;

/// The items of one POST, in their order.
#[derive(Clone, Debug, Default)]
pub struct Notifications {
    /// What could be read.
    pub items: Vec<Notification>,
    /// How many items were no notifications (no subscription id), or came beyond [`ITEMS_MAX`].
    pub unread: usize,
}

/// One hint. Nothing in it is true until its sender has been judged (P3).
#[derive(Clone, Debug)]
pub struct Notification {
    /// The subscription it says it is of.
    pub subscription: String,
    /// The secret it came with; `None` where it was null or missing.
    pub client_state: Option<Secret>,
    /// When it says the subscription ends.
    pub expires_at: Option<Timestamp>,
    /// `tenantId`, or `organizationId` on lifecycle items; may be missing or empty.
    pub tenant: Option<String>,
    /// What it says.
    pub what: What,
}

/// What a notification says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// A message changed.
    Change {
        /// How, where it says so in a word we know.
        change: Option<ChangeKind>,
        /// Which message: the id of `resourceData`. The path in `resource` is never read, it has
        /// too many forms.
        message: Option<String>,
    },
    /// Something about the subscription itself.
    Lifecycle(Lifecycle),
}

/// How a message changed. A move says `Deleted` and `Created` (facts.md 3.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum ChangeKind {
    /// It is there now.
    Created,
    /// Something of it is different.
    Updated,
    /// It is no longer there.
    Deleted,
}

/// What happened to a subscription (facts.md 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Lifecycle {
    /// Delivery will pause unless it is re-authorized: renew it.
    ReauthorizationRequired,
    /// It is gone: create a new one.
    SubscriptionRemoved,
    /// Some notifications were not delivered: sync everything.
    Missed,
    /// One that did not exist when this was written: ignore it.
    Unknown,
}

/// The body is not JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the body is not JSON")]
pub struct NotJson;

/// Reads the body of a POST. JSON that is no collection of notifications has no items.
pub fn parse(body: &[u8]) -> Result<Notifications, NotJson> {
    let text = std::str::from_utf8(body).map_err(|_| NotJson)?;
    let read: lenient::Collection = match serde_json::from_str(text) {
        Ok(read) => read,
        // JSON knows numbers and escapes that nothing in memory can stand for. Graph writes none.
        Err(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => lenient::Collection {
            beyond: 1,
            ..lenient::Collection::default()
        },
        Err(_) => return Err(NotJson),
    };
    let mut notifications = Notifications {
        items: Vec::with_capacity(read.items.len()),
        unread: read.beyond,
    };
    for item in read.items {
        match item.into_notification() {
            Some(notification) => notifications.items.push(notification),
            None => notifications.unread += 1,
        }
    }
    Ok(notifications)
}
