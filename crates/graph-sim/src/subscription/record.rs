//! One subscription: what was asked, what was granted, and how the API shows it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::expiry;
use super::filter::Filter;
use crate::delivery::payload::ChangeType;
use crate::mailbox::FolderNo;
use crate::world::Who;

/// Which changes are wanted, and how that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// The `changeType` as it was given; answers repeat it.
    pub(crate) text: String,
    pub(crate) created: bool,
    pub(crate) updated: bool,
    pub(crate) deleted: bool,
}

impl Wanted {
    /// Reads the comma list; `None` when a part is not a change type, or nothing is left.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut wanted = Self {
            text: text.to_owned(),
            created: false,
            updated: false,
            deleted: false,
        };
        for part in text.split(',') {
            match part.trim().to_ascii_lowercase().as_str() {
                "created" => wanted.created = true,
                "updated" => wanted.updated = true,
                "deleted" => wanted.deleted = true,
                _ => return None,
            }
        }
        Some(wanted)
    }

    /// Whether a change of this kind is wanted.
    pub(crate) fn has(&self, kind: ChangeType) -> bool {
        match kind {
            ChangeType::Created => self.created,
            ChangeType::Updated => self.updated,
            ChangeType::Deleted => self.deleted,
        }
    }

    /// Whether both want the same, however they are written.
    pub(crate) fn same(&self, other: &Self) -> bool {
        (self.created, self.updated, self.deleted) == (other.created, other.updated, other.deleted)
    }
}

/// The authority that a subscription stands on: the token of the last create, renewal or reauthorization [facts 4].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Authority {
    pub(crate) who: Who,
    /// When that token dies; without meaning for the organisation, whose subscriptions are not paused.
    pub(crate) token_expires: Timestamp,
    /// The sign-in that the token descends from; 0 for the organisation.
    pub(crate) family: u64,
}

/// A subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    /// Order of creation; lists and deliveries follow it.
    pub(crate) no: u64,
    pub(crate) app: String,
    pub(crate) creator_id: String,
    pub(crate) tenant: String,
    /// As it was given; answers repeat it.
    pub(crate) resource: String,
    /// Address of the mailbox that is watched.
    pub(crate) mailbox: String,
    /// User id of that mailbox.
    pub(crate) user_id: String,
    /// The only folder watched, if there is one.
    pub(crate) folder: Option<FolderNo>,
    pub(crate) filter: Option<Filter>,
    pub(crate) wanted: Wanted,
    pub(crate) notification_url: String,
    pub(crate) lifecycle_url: Option<String>,
    pub(crate) client_state: Option<String>,
    pub(crate) tls_version: String,
    pub(crate) include_resource_data: Option<bool>,
    pub(crate) encryption_certificate: Option<String>,
    pub(crate) encryption_certificate_id: Option<String>,
    pub(crate) notification_url_app_id: Option<String>,
    /// Whether notifications carry immutable ids; fixed at creation [facts 1.3].
    pub(crate) immutable_ids: bool,
    /// Whether the tenant's notifications carry a tenant id: those of personal accounts do not.
    pub(crate) personal: bool,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) authority: Authority,
    /// When to look next whether a challenge is due.
    pub(crate) next_check: Timestamp,
    /// The last renewal and the last reauthorization that took effect.
    #[serde(default)]
    pub(crate) renewed: Option<Timestamp>,
    #[serde(default)]
    pub(crate) reauthorized: Option<Timestamp>,
    /// When the permission behind it was found withdrawn.
    #[serde(default)]
    pub(crate) withdrawn: Option<Timestamp>,
}

/// A renewal and a reauthorization this close together leave an inconsistent state [facts 1.5].
const APART: Duration = Duration::from_mins(10);

/// How long delivery goes on after the permission was withdrawn; the pages only say "for a while".
const GOES_ON: Duration = Duration::from_mins(15);

impl Subscription {
    /// Whether it still exists at an instant.
    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        self.expires > now
    }

    /// Whether its deliveries wait for a fresh token.
    pub(crate) fn paused(&self, now: Timestamp) -> bool {
        let dead =
            matches!(self.authority.who, Who::Person(_)) && self.authority.token_expires <= now;
        dead || self.withdrawn.is_some_and(|since| since + GOES_ON <= now)
    }

    /// Whether one of the two that must not meet was done too short a time ago.
    pub(crate) fn races(earlier: Option<Timestamp>, now: Timestamp) -> bool {
        earlier.is_some_and(|earlier| now < earlier + APART)
    }

    /// When it must be authorized anew: at the end of the token behind it or at its own, whichever comes first.
    pub(crate) fn deadline(&self) -> Timestamp {
        match self.authority.who {
            Who::Person(_) => self.authority.token_expires.min(self.expires),
            Who::Organisation => self.expires,
        }
    }

    /// The tenant that its notifications name: nothing for a personal account [facts 3.1].
    pub(crate) fn notified_tenant(&self) -> &str {
        if self.personal { "" } else { &self.tenant }
    }

    /// Whether the two watch the same, for the same app and caller [facts 1.5].
    pub(crate) fn is_twin_of(&self, other: &Self) -> bool {
        self.app == other.app
            && self.creator_id == other.creator_id
            && self.user_id == other.user_id
            && self.folder == other.folder
            && self.filter == other.filter
            && self.wanted.same(&other.wanted)
    }

    /// Stands on a new token from now on.
    pub(crate) fn reauthorize(&mut self, authority: Authority, now: Timestamp, pause: Duration) {
        self.authority = authority;
        self.next_check = now + pause;
        self.withdrawn = None;
    }

    /// How the API shows it; unset optionals are null [facts 1.1].
    pub(crate) fn view(&self, context: Option<String>, with_client_state: bool) -> View<'_> {
        View {
            context,
            id: &self.id,
            resource: &self.resource,
            application_id: &self.app,
            change_type: &self.wanted.text,
            client_state: self.client_state.as_deref().filter(|_| with_client_state),
            notification_url: &self.notification_url,
            notification_query_options: None,
            lifecycle_notification_url: self.lifecycle_url.as_deref(),
            expiration_date_time: expiry::wire(self.expires, "Z"),
            creator_id: &self.creator_id,
            include_resource_data: self.include_resource_data,
            latest_supported_tls_version: &self.tls_version,
            encryption_certificate: self.encryption_certificate.as_deref(),
            encryption_certificate_id: self.encryption_certificate_id.as_deref(),
            notification_url_app_id: self.notification_url_app_id.as_deref(),
        }
    }
}

/// A subscription on the wire: exactly the properties of the metadata.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View<'a> {
    #[serde(rename = "@odata.context", skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    id: &'a str,
    resource: &'a str,
    application_id: &'a str,
    change_type: &'a str,
    client_state: Option<&'a str>,
    notification_url: &'a str,
    notification_query_options: Option<&'a str>,
    lifecycle_notification_url: Option<&'a str>,
    expiration_date_time: String,
    creator_id: &'a str,
    include_resource_data: Option<bool>,
    latest_supported_tls_version: &'a str,
    encryption_certificate: Option<&'a str>,
    encryption_certificate_id: Option<&'a str>,
    notification_url_app_id: Option<&'a str>,
}
