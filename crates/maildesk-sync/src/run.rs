//! Performs steps, one file each, and has no opinions: what to do and what an answer means is
//! decided in `plan`.
//!
//! A step is bounded, may be repeated at will, and leaves everything that must happen next in rows.
//! A new step is a new file here, a variant of [`Step`], and an arm in
//! [`perform`].

mod attachment;
mod bodies;
mod catch_up;
mod counts;
mod fetch;
mod folders;
mod hints;
mod intents;
mod listing;
mod missing;
mod newest;
mod rounds;
mod scope;
mod sweep;
mod take_in;

pub(crate) use attachment::fetch as fetch_attachment;

use maildesk_connect::ConnectError;
use maildesk_graph::message::SELECT_VERSION;
use maildesk_graph::{GraphError, Reply, Session};
use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_store::StoreError;
use maildesk_store::contract::{Lease, Store};

use crate::Shared;
use crate::plan::next::Step;

/// Calls at once for one mailbox; the session's gate is the law, this only keeps steps from
/// queueing more than that.
pub(crate) const AT_ONCE: usize = 3;

/// Why a step ended before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Microsoft's fault or decision.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// No session could be had.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// A claimed mailbox with a session: what every step works with.
pub(crate) struct Visit<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) lease: &'a Lease,
    pub(crate) session: Session,
    /// Runs that failed in a row: pages get smaller with them.
    pub(crate) failures: i64,
    /// Folders in scope.
    pub(crate) folder_count: i64,
    /// The folders' delta link.
    pub(crate) folders_link: Option<&'a str>,
    /// The first listing of some folder is not done.
    pub(crate) importing: bool,
    /// Whether steps of history should end early, because somebody else waits.
    pub(crate) hurry: &'a (dyn Fn() -> bool + Send + Sync),
}

impl Visit<'_> {
    pub(crate) fn store(&self) -> &dyn Store {
        &*self.shared.store
    }

    pub(crate) fn mailbox(&self) -> MailboxId {
        self.lease.mailbox
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }
}

/// How far Graph's clock is ahead of ours, in microseconds. Both are known to the second only, so
/// what is within one and a half is no difference (P5).
pub(crate) fn skew_micros<T>(reply: &Reply<T>) -> i64 {
    let skew = reply.skew_micros().unwrap_or(0);
    if skew.abs() > 1_500_000 { skew } else { 0 }
}

/// Performs one step.
pub(crate) async fn perform(visit: &Visit<'_>, step: &Step<'_>) -> Result<()> {
    match step {
        Step::Version => {
            let (store, at) = (visit.store(), visit.now());
            store
                .set_select_version(visit.lease, SELECT_VERSION, at)
                .await?;
            Ok(())
        }
        Step::Folders => folders::list(visit).await,
        Step::Hints(stamp) => hints::read(visit, stamp).await,
        Step::Intents(intents) => intents::carry_out(visit, intents).await,
        Step::Sweep => sweep::sweep(visit).await,
        Step::Missing(missing) => missing::look_for(visit, missing).await,
        Step::Round(folder) => rounds::read(visit, folder, rounds::PAGES).await.map(drop),
        Step::CatchUp(stamp) => catch_up::go_on(visit, stamp).await,
        Step::Listing(folder) => listing::list(visit, folder).await,
        Step::LeaveBodies(from) => bodies::leave(visit, *from).await,
        Step::Bodies { before, from } => bodies::bring(visit, *before, *from).await,
    }
}
