//! What the web is made of: everything it needs is handed in, nothing is grabbed.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use maildesk_model::address_test::AddressTest;
use maildesk_model::alert::WayTest;
use maildesk_model::id::{MailboxId, UserId};
use maildesk_model::mailbox::Trouble;
use maildesk_model::microsoft::{FixedApp, Proof, ProofWish};
use maildesk_model::{Clock, Entropy, Secret, Timestamp};
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
    /// The largest HTML body that is sanitised, in bytes; larger ones are given as text. What is
    /// bounded and of the default length takes at most a third of a second of one processor.
    pub html_max: usize,
    /// Requests worked on at a time of those who have shown a good credential; more are told to come
    /// back.
    pub requests_max: usize,
    /// Requests worked on at a time of everybody else.
    pub strangers_max: usize,
    /// So many of these from one client address; for IPv6, from one /64.
    pub strangers_per_address_max: usize,
    /// Event streams in all.
    pub streams_max: usize,
    /// Event streams of one person.
    pub streams_per_user_max: usize,
    /// Whether this server has push at all (`push.enabled`).
    pub push_enabled: bool,
    /// How often every mailbox is looked at by the schedule, which pages say.
    pub sync_interval: Duration,
    /// What the environment fixes of the Microsoft app registration; pages show that read-only.
    pub fixed_app: FixedApp,
    /// Whether loopback base URLs are allowed (simulator only), which pages then say.
    pub allow_loopback: bool,
}

impl Default for WebSettings {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(20),
            request_timeout: Duration::from_mins(1),
            body_max: 1024 * 1024,
            html_max: 2 * 1024 * 1024,
            requests_max: 1024,
            strangers_max: 256,
            strangers_per_address_max: 64,
            streams_max: 2000,
            streams_per_user_max: 32,
            push_enabled: true,
            sync_interval: Duration::from_mins(3),
            fixed_app: FixedApp::default(),
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

/// The bytes of an original, as they come.
pub type Original = BoxStream<'static, io::Result<Bytes>>;

/// Why there is no original.
#[derive(Debug, thiserror::Error)]
pub enum NoOriginal {
    /// Microsoft does not give it now, or not any more; the three parts say what.
    #[error("the original cannot be had: {}", .0.code)]
    Trouble(Trouble),
    /// The way to Microsoft could not be looked up.
    #[error("the way to the original could not be read")]
    Store(#[from] StoreError),
}

/// What people ask of Microsoft itself. The web knows no Graph and no Entra; the program hands in
/// somebody who does.
#[async_trait]
pub trait Microsoft: Send + Sync + 'static {
    /// Begins a sign-in: writes the single-use `state` row and says where to go. Called for an
    /// administrator and a mailbox that exists. `cookies` is the request's `Cookie` header, so that
    /// several sign-ins under way in one browser do not undo each other.
    async fn start_sign_in(
        &self,
        mailbox: MailboxId,
        user: UserId,
        cookies: Option<&str>,
    ) -> Result<SignInRedirect, SignInRefused>;

    /// Makes a link at which an administrator of the tenant consents for everybody (C7). It counts
    /// once, for seven days.
    async fn consent_link(&self, user: UserId) -> Result<String, SignInRefused>;

    /// When the certificate of this PEM text ends; the words if it cannot be used.
    fn certificate_end(&self, pem: &Secret) -> Result<Timestamp, Trouble>;

    /// The original of a message as it went over the wire (MIME), as it comes. Called for a message
    /// that exists for whoever asks; `remote_id` is Graph's id of it.
    async fn original(&self, mailbox: MailboxId, remote_id: &str) -> Result<Original, NoOriginal>;

    /// Proves the app registration by real calls, one for each permission.
    async fn prove(&self, wish: &ProofWish) -> Result<Vec<Proof>, StoreError>;
}

/// Calls the public address of this server as Microsoft would (P18). The web makes no calls itself.
#[async_trait]
pub trait PublicAddress: Send + Sync + 'static {
    /// Calls both webhook addresses and says what came of it: those below the base URL in force, whose
    /// certificate is remembered, or those below one that somebody thinks of setting.
    async fn test(&self, candidate: Option<&str>) -> Result<AddressTest, StoreError>;
}

/// Tries the ways by which alerts leave the desk. The web sends nothing itself.
#[async_trait]
pub trait AlertWays: Send + Sync + 'static {
    /// Sends a test by each way that is set, and says what came of it within the patience of a
    /// request.
    async fn test(&self) -> Result<Vec<WayTest>, StoreError>;
}

/// What came of looking for a picture at an address.
#[derive(Clone, Debug)]
pub struct Sight {
    /// The status of the answer.
    pub status: u16,
    /// Where it sends on to; nobody has followed.
    pub location: Option<String>,
    /// The body, whole; of what is not there it is empty.
    pub bytes: Vec<u8>,
}

/// Why there is no picture. Nothing here tells of which.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoPicture {
    /// The address leads to a private network.
    #[error("the address is a private one")]
    Private,
    /// The address may not be asked, or what lies there is no picture that is passed on.
    #[error("that is no picture to pass on")]
    Refused,
    /// There is nothing at the address.
    #[error("there is nothing at the address")]
    NotThere,
    /// It is too large.
    #[error("it is too large")]
    TooLarge,
    /// It took too long.
    #[error("it took too long")]
    TimedOut,
    /// Nobody answers, or not in a way that can be understood.
    #[error("nobody answers")]
    Unreached,
}

impl NoPicture {
    /// The name in the metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Refused => "refused",
            Self::NotThere => "not_there",
            Self::TooLarge => "too_large",
            Self::TimedOut => "timed_out",
            Self::Unreached => "unreached",
        }
    }
}

/// Looks at addresses that strangers have written: the pictures of mail. The web makes no calls itself.
#[async_trait]
pub trait Elsewhere: Send + Sync + 'static {
    /// Asks an address of the web, by http or https, as nobody in particular: without cookies, without
    /// saying where it stands, following nothing. A private address is refused, whatever a name leads
    /// to at that moment, and a body of more than `most` bytes.
    async fn look(&self, url: &str, most: usize) -> Result<Sight, NoPicture>;
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
    /// Who asks Microsoft.
    pub microsoft: Arc<dyn Microsoft>,
    /// Who tests the public address.
    pub address: Arc<dyn PublicAddress>,
    /// Who tries the ways of alerts.
    pub alerts: Arc<dyn AlertWays>,
    /// Who looks for the pictures of mail.
    pub elsewhere: Arc<dyn Elsewhere>,
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
