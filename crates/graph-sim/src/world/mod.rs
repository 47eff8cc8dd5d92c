//! The whole simulated tenant: who and what exists. Every room works on this one value, shared behind an `Arc`.
//!
//! Locks are small and in one order: a mailbox, then whatever [`crate::subscription`] and [`crate::delivery`] hold. Nobody awaits while holding one.

mod app;
mod directory;
mod outgoing;
mod post;
mod token;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) use app::{App, Audience};
pub(crate) use directory::{Directory, MailboxCell, MailboxKind};
pub(crate) use outgoing::Outgoing;
pub(crate) use post::post;
pub(crate) use token::{
    AccessToken, AuthorizationCode, DeviceCode, DeviceState, RefreshToken, TokenRoom, Who,
};

use crate::clock::SimClock;
use crate::delivery::DeliveryRoom;
use crate::fault::{FaultRoom, Faults};
use crate::graph::{Throttle, UploadRoom};
use crate::hash::Hash;
use crate::journal::Journal;
use crate::outbound::Outbound;
use crate::subscription::SubscriptionRoom;

/// The tenant id of all personal accounts [facts 8.2].
pub(crate) const CONSUMER_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Everything there is.
pub(crate) struct World {
    pub(crate) clock: SimClock,
    /// Feeds ids, tokens and GUIDs; faults have a seed of their own.
    pub(crate) seed: u64,
    /// Whether notification URLs may be loopback http.
    pub(crate) allow_http: bool,
    /// The shortest time that a call of `/v1.0` takes, in microseconds.
    pub(crate) pace_us: AtomicU64,
    /// Carries notifications and validations.
    pub(crate) outbound: Arc<dyn Outbound>,
    pub(crate) faults: FaultRoom,
    pub(crate) journal: Journal,
    pub(crate) directory: Directory,
    pub(crate) tokens: Mutex<TokenRoom>,
    pub(crate) throttle: Throttle,
    /// Uploads of large attachments under way.
    pub(crate) uploads: UploadRoom,
    /// Mail that was accepted for sending.
    pub(crate) outgoing: Outgoing,
    pub(crate) subscriptions: SubscriptionRoom,
    pub(crate) delivery: DeliveryRoom,
    serial: AtomicU64,
    /// How many exchanges there were; a restart may begin anew.
    exchanges: AtomicU64,
}

impl World {
    pub(crate) fn new(
        clock: SimClock,
        seed: u64,
        allow_http: bool,
        outbound: Arc<dyn Outbound>,
    ) -> Self {
        Self {
            clock,
            seed,
            allow_http,
            pace_us: AtomicU64::new(0),
            outbound,
            faults: FaultRoom::new(),
            journal: Journal::default(),
            directory: Directory::new(seed),
            tokens: Mutex::default(),
            throttle: Throttle::default(),
            uploads: UploadRoom::default(),
            outgoing: Outgoing::default(),
            subscriptions: SubscriptionRoom::default(),
            delivery: DeliveryRoom::default(),
            serial: AtomicU64::new(0),
            exchanges: AtomicU64::new(0),
        }
    }

    /// A hash that no other call of this gets.
    pub(crate) fn fresh(&self, purpose: &str) -> Hash {
        Hash::new(self.seed)
            .text(purpose)
            .number(self.serial.fetch_add(1, Ordering::Relaxed))
    }

    /// An id for one exchange on the wire. It is no part of the world: a call that changes nothing gives nothing to keep.
    pub(crate) fn exchange_id(&self) -> String {
        let number = self.exchanges.fetch_add(1, Ordering::Relaxed);
        Hash::new(self.seed).text("exchange").number(number).guid()
    }

    /// How many fresh hashes were given out; kept with the world so that a restart gives out none twice.
    pub(crate) fn serial(&self) -> u64 {
        self.serial.load(Ordering::Relaxed)
    }

    /// Goes on counting where a former life stopped.
    pub(crate) fn resume_serial(&self, serial: u64) {
        self.serial.store(serial, Ordering::Relaxed);
    }
}

impl World {
    /// Replaces the faults. When administrators' consent becomes necessary, earlier consent counts no more.
    pub(crate) fn put_faults(&self, faults: Faults) {
        let needed_before = self.faults.now().token.admin_consent_required.on();
        if faults.token.admin_consent_required.on() && !needed_before {
            for app in self.directory.apps() {
                self.directory
                    .change_app(&app.client_id, |app| app.admin_consented = false);
            }
        }
        self.delivery.follow(&faults);
        self.faults.replace(faults);
    }

    /// Runs an edit on a mailbox and announces what it changed, in order.
    pub(crate) fn edit<T>(
        self: &Arc<Self>,
        cell: &MailboxCell,
        edit: impl FnOnce(&mut crate::mailbox::Mailbox) -> T,
    ) -> T {
        let mut mailbox = crate::sync::Held::held(&cell.content);
        let result = edit(&mut mailbox);
        for change in mailbox.take_changes() {
            crate::delivery::announce(self, &mailbox, &change);
        }
        result
    }
}
