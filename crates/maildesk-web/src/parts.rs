//! What the web is made of: everything it needs is handed in, nothing is grabbed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use maildesk_model::id::{MailboxId, UserId};
use maildesk_model::mailbox::Trouble;
use maildesk_model::{Clock, Entropy, Secret};
use maildesk_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

/// Settings of the web. All have a default that suits a server for a team.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// How long a request waits for an intent (a registration, a body, an attachment) before it
    /// answers that it is still under way.
    pub patience: Duration,
    /// How long a request may take until its answer begins; longer than the patience.
    pub request_timeout: Duration,
    /// The largest JSON body, in bytes.
    pub body_max: usize,
    /// The largest HTML body that is sanitised, in bytes; larger ones are given as text.
    pub html_max: usize,
    /// Requests worked on at a time; more are told to come back.
    pub requests_max: usize,
    /// Event streams in all.
    pub streams_max: usize,
    /// Event streams of one person.
    pub streams_per_user_max: usize,
    /// Whether this server has push at all (`push.enabled`).
    pub push_enabled: bool,
    /// The Microsoft app registration, as far as it may be shown; `None` until one is set.
    pub microsoft: Option<MicrosoftApp>,
    /// Whether loopback base URLs are allowed (simulator only), which pages then say.
    pub allow_loopback: bool,
}

/// What administrators see of the Microsoft app registration; no secret is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MicrosoftApp {
    /// Application (client) id.
    pub client_id: String,
    /// Tenant id or domain, or `common`.
    pub tenant: String,
    /// The cloud's name.
    pub cloud: String,
    /// How many client secrets are set; two while rotating.
    pub secrets: usize,
    /// Whether a certificate is set.
    pub has_certificate: bool,
}

impl Default for WebSettings {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(20),
            request_timeout: Duration::from_mins(1),
            body_max: 1024 * 1024,
            html_max: 8 * 1024 * 1024,
            requests_max: 1024,
            streams_max: 2000,
            streams_per_user_max: 32,
            push_enabled: true,
            microsoft: None,
            allow_loopback: false,
        }
    }
}

/// Where a sign-in goes on, and the cookie that binds its callback to this browser.
#[derive(Clone, Debug)]
pub struct SignInRedirect {
    /// The sign-in page, an absolute URL.
    pub location: String,
    /// The whole value of the `Set-Cookie` header.
    pub set_cookie: String,
}

/// Why a sign-in cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// Something must be set up or chosen first; the three parts say what.
    #[error("the sign-in cannot begin: {}", .0.code)]
    Trouble(Trouble),
    /// It could not be written down.
    #[error("the sign-in could not be kept")]
    Store(#[from] StoreError),
}

/// Begins a sign-in at Microsoft. The web knows no Graph and no Entra; the program hands in
/// somebody who does.
#[async_trait]
pub trait SignInStart: Send + Sync + 'static {
    /// Writes the single-use `state` row and says where to go. Called for an administrator and a
    /// mailbox that exists. `cookies` is the request's `Cookie` header, so that several sign-ins
    /// under way in one browser do not undo each other.
    async fn start(
        &self,
        mailbox: MailboxId,
        user: UserId,
        cookies: Option<&str>,
    ) -> Result<SignInRedirect, SignInRefused>;

    /// The page at which an administrator of the tenant consents for everybody (C7).
    async fn consent_url(&self) -> Result<String, SignInRefused>;
}

/// Renders the metrics that the program's recorder has collected, in Prometheus' text format.
pub type MetricsRender = Arc<dyn Fn() -> String + Send + Sync>;

/// Everything the web needs.
pub struct WebParts {
    /// Where everything is.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Settings.
    pub settings: WebSettings,
    /// Who begins sign-ins.
    pub sign_in: Arc<dyn SignInStart>,
    /// The recorder's metrics, if there is a recorder. The gauges that the store knows
    /// (subscriptions, mailboxes, intents, stamps) are added here.
    pub metrics_render: Option<MetricsRender>,
    /// What `/metrics` asks for; without it `/metrics` does not exist.
    pub metrics_token: Option<Secret>,
    /// Ends the event streams.
    pub shutdown: CancellationToken,
}

impl fmt::Debug for WebParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebParts")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
