//! What every handler shares.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use maildesk_model::client::Places;
use maildesk_model::{Clock, Entropy, Secret, UserId};
use maildesk_store::Store;
use tokio_util::sync::CancellationToken;

use crate::auth::reach::Reach;
use crate::auth::sign_in::Guard;
use crate::auth::throttle::Throttle;
use crate::html::Turns;
use crate::live::shown::ShownOnce;
use crate::own::Own;
use crate::parts::{
    AlertWays, Elsewhere, MetricsRender, Microsoft, PublicAddress, WebParts, WebSettings,
};
use crate::pictures;
use crate::shares::Shares;

/// One credential has at most this part of the places, so that one person leaves room for others.
const EACH_OF: usize = 8;
/// As many look for words at once: fewer than read on SQLite, so that pages and lists never wait for
/// somebody's search.
const SEARCHES: usize = 3;
/// As many of them are one person's.
const SEARCHES_OF_ONE: usize = 2;

/// The parts and what the web itself remembers between requests. All of that is bounded, and
/// losing it costs nothing but work.
pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) settings: WebSettings,
    pub(crate) microsoft: Arc<dyn Microsoft>,
    pub(crate) address: Arc<dyn PublicAddress>,
    pub(crate) alerts: Arc<dyn AlertWays>,
    pub(crate) elsewhere: Arc<dyn Elsewhere>,
    pub(crate) metrics_render: Option<MetricsRender>,
    pub(crate) metrics_token: Option<Secret>,
    pub(crate) shutdown: CancellationToken,
    /// Who was wrong about who they are, how often.
    pub(crate) throttle: Throttle,
    /// Tries to sign in.
    pub(crate) sign_ins: Guard,
    /// Which administrators' reading is in the audit log already.
    pub(crate) reach: Reach,
    /// Places for event streams.
    pub(crate) seats: Places<UserId>,
    /// Messages that some screen has had.
    pub(crate) shown: ShownOnce,
    /// What is known of our own address.
    pub(crate) own: Own,
    /// Turns at making long HTML harmless, and at marking what was looked for in it.
    pub(crate) turns: Turns,
    /// Turns at bringing pictures of mail.
    pub(crate) pictures: pictures::Bringing,
    /// Looking for words: one person cannot have all that read.
    pub(crate) searches: Shares,
    /// Places for requests of those who have shown a good credential.
    pub(crate) places: Places<[u8; 32]>,
    /// Places for requests of everybody else.
    pub(crate) strangers: Places<IpAddr>,
}

/// A handle to [`Inner`]; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

impl App {
    /// Puts the parts together.
    pub(crate) fn new(parts: WebParts) -> Self {
        let WebParts {
            store,
            clock,
            entropy,
            settings,
            microsoft,
            address,
            alerts,
            elsewhere,
            metrics_render,
            metrics_token,
            shutdown,
        } = parts;
        Self(Arc::new(Inner {
            throttle: Throttle::default(),
            sign_ins: Guard::default(),
            reach: Reach::default(),
            seats: Places::new(settings.streams_max, settings.streams_per_user_max),
            shown: ShownOnce::default(),
            own: Own::default(),
            turns: Turns::default(),
            pictures: pictures::Bringing::default(),
            searches: Shares::new(SEARCHES, SEARCHES_OF_ONE),
            places: Places::new(
                settings.requests_max,
                settings.requests_max.div_ceil(EACH_OF),
            ),
            strangers: Places::new(settings.strangers_max, settings.strangers_per_address_max),
            store,
            clock,
            entropy,
            settings,
            microsoft,
            address,
            alerts,
            elsewhere,
            metrics_render,
            metrics_token,
            shutdown,
        }))
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
