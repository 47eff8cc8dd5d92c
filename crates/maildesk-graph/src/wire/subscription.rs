//! Subscriptions, as sent and as answered.

use maildesk_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::page::Item;
use crate::subscription::RemoteSubscription;

/// What is watched; arrival, any change, and removal (P1).
pub(crate) const CHANGE_TYPE: &str = "created,updated,deleted";

/// The body of a create.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create<'a> {
    pub(crate) change_type: &'a str,
    pub(crate) notification_url: &'a str,
    pub(crate) lifecycle_notification_url: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) expiration_date_time: String,
    pub(crate) client_state: &'a str,
}

/// The body of a renewal. Nothing else may stand in it: bodies with nulls were seen refused
/// (facts.md 10, 22).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Renew {
    pub(crate) expiration_date_time: String,
}

/// A subscription as Graph answers it. `clientState` is left out on purpose: it is echoed on
/// create, null in lists, and null in some tenants everywhere.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) resource: Option<String>,
    pub(crate) notification_url: Option<String>,
    pub(crate) lifecycle_notification_url: Option<String>,
    pub(crate) expiration_date_time: Option<String>,
    pub(crate) application_id: Option<String>,
    pub(crate) creator_id: Option<String>,
}

impl Item for Subscription {
    type Model = RemoteSubscription;

    fn id(&self) -> &str {
        &self.id
    }

    fn into_model(self) -> RemoteSubscription {
        RemoteSubscription {
            id: self.id,
            resource: self.resource.unwrap_or_default(),
            notification_url: self.notification_url.unwrap_or_default(),
            lifecycle_url: self.lifecycle_notification_url,
            expires_at: self
                .expiration_date_time
                .as_deref()
                .and_then(Timestamp::parse),
            application_id: self.application_id,
            creator_id: self.creator_id,
        }
    }
}
