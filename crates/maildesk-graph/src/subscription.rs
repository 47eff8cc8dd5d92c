//! Subscriptions as Graph knows them.

use maildesk_model::{Secret, Timestamp};

/// A subscription to ask for, on all messages of the session's mailbox (P1).
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// Where notifications go.
    pub notification_url: String,
    /// Where lifecycle notifications go. Can be set now or never (facts.md 1.1).
    pub lifecycle_url: String,
    /// The secret Graph repeats in every notification; 128 characters at most (facts.md 1.1).
    pub client_state: Secret,
    /// Until when; Graph may grant less and refuses much more (facts.md 1.2).
    pub expires_at: Timestamp,
}

/// A subscription as Graph describes it. Its secret is not among the fields: lists never hold it,
/// and nothing may be concluded from its absence (facts.md 1.5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoteSubscription {
    /// Graph's id.
    pub id: String,
    /// What it watches, as Graph spells it (which need not be as we asked).
    pub resource: String,
    /// Where notifications go.
    pub notification_url: String,
    /// Where lifecycle notifications go.
    pub lifecycle_url: Option<String>,
    /// When it ends: what Graph granted is what counts (P12).
    pub expires_at: Option<Timestamp>,
    /// The app it belongs to.
    pub application_id: Option<String>,
    /// The Graph id of the user (as a person) or of the service principal (as the organisation).
    pub creator_id: Option<String>,
}
