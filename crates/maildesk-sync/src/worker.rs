//! Workers: claim a mailbox that is due, do what is due for it step by step, give it back.

use std::time::Duration;

use maildesk_connect::ConnectError;
use maildesk_graph::{GraphError, Session};
use maildesk_model::Timestamp;
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::stamp::Trigger;
use maildesk_store::StoreError;
use maildesk_store::contract::{Bell, Lease, SyncEnd, Work};
use tokio_util::sync::CancellationToken;

use crate::downloads::Downloads;
use crate::plan::consequence::{self, Circumstances, Consequence};
use crate::plan::next::{self, Step};
use crate::plan::sweep;
use crate::run::{self, Failure, Visit};
use crate::{Shared, Sync};

/// How long a lease lasts unless it is kept alive. After a crash the mailbox waits no longer.
const LEASE: Duration = Duration::from_secs(10);
/// How often a lease is kept alive; three chances before it ends.
const KEEP_ALIVE: Duration = Duration::from_secs(3);
/// Bells can be lost and another process may have written: look at least this often.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After the store could not be used.
const STORE_PAUSE: Duration = Duration::from_secs(2);
/// Steps of one run; more is due again at once, and others had their turn.
const STEPS_MAX: usize = 64;
/// How often old rows are forgotten and removed mailboxes are cleared away.
const HOUSEKEEPING_EVERY: Duration = Duration::from_mins(1);
/// Rows of removed mailboxes deleted in one transaction.
const REMOVE_ROWS: i64 = 500;

/// How a run ended.
enum Ended {
    /// Nothing more is due.
    Quiet,
    /// History is left; others may go first.
    More,
    /// Microsoft or the connection stopped it.
    Stopped {
        wait: Duration,
        trouble: Option<(MailboxState, Trouble)>,
    },
}

impl Sync {
    /// Works until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        let workers = (0..self.shared.settings.workers).map(|_| self.work(stop.clone()));
        let workers = futures::future::join_all(workers);
        tokio::join!(workers, self.housekeep(stop.clone()));
    }

    /// Claims one mailbox and does what is due for it. Whether there was one.
    pub async fn step_once(&self) -> Result<bool, StoreError> {
        self.step(&CancellationToken::new()).await
    }

    /// As [`Sync::step_once`]; on `stop` the step is broken off and the mailbox given back, so that
    /// another node need not wait for the lease to end.
    async fn step(&self, stop: &CancellationToken) -> Result<bool, StoreError> {
        let shared = &*self.shared;
        let now = shared.clock.now();
        let claimed = shared
            .store
            .claim_mailbox(&shared.node, now, now.plus(LEASE))
            .await?;
        let Some(lease) = claimed else {
            return Ok(false);
        };
        let done = tokio::select! {
            biased;
            () = stop.cancelled() => shared.store.release_lease(&lease).await,
            done = visit(shared, &lease) => done,
            lost = keep_alive(shared, &lease) => Err(lost),
        };
        match done {
            Ok(()) => Ok(true),
            // Another node has taken the mailbox; it goes on from the rows.
            Err(StoreError::LeaseLost) => {
                tracing::debug!(mailbox.id = %lease.mailbox, "lost the sync lease");
                Ok(true)
            }
            Err(why) => Err(why),
        }
    }

    async fn work(&self, stop: CancellationToken) {
        let mut bell = self.shared.store.bell(Bell::Work);
        while !stop.is_cancelled() {
            bell.mark_unchanged();
            let pause = match self.step(&stop).await {
                Ok(true) => continue,
                Ok(false) => self.pause().await,
                Err(why) => {
                    tracing::warn!(error = %why, "sync could not use the store");
                    STORE_PAUSE
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                _ = bell.changed() => {}
                () = self.shared.clock.sleep(pause) => {}
            }
        }
    }

    /// Until the next mailbox is due by the time, and not longer than bells may be lost.
    async fn pause(&self) -> Duration {
        let now = self.shared.clock.now();
        match self.shared.store.next_due_at(now).await {
            Ok(Some(due)) => due.since(now).clamp(Duration::from_millis(10), LOOK_EVERY),
            _ => LOOK_EVERY,
        }
    }

    async fn housekeep(&self, stop: CancellationToken) {
        let shared = &*self.shared;
        while !stop.is_cancelled() {
            let before = shared.clock.now().minus(shared.settings.journal_for);
            let forgot = shared
                .store
                .forget_old(before, shared.settings.journal_max)
                .await;
            let swept = shared.store.sweep_removed(REMOVE_ROWS).await;
            let more = matches!(forgot, Ok(true)) || matches!(swept, Ok(true));
            if let Err(why) = forgot.and(swept) {
                tracing::warn!(error = %why, "housekeeping could not use the store");
            }
            let pause = if more {
                Duration::from_millis(50)
            } else {
                HOUSEKEEPING_EVERY
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = shared.clock.sleep(pause) => {}
            }
        }
    }
}

/// Keeps the lease alive; ends only when that fails.
async fn keep_alive(shared: &Shared, lease: &Lease) -> StoreError {
    loop {
        shared.clock.sleep(KEEP_ALIVE).await;
        let until = shared.clock.now().plus(LEASE);
        if let Err(why) = shared.store.renew_lease(lease, until).await {
            return why;
        }
    }
}

/// One visit to a claimed mailbox: steps until nothing is due, then how it ended is written down.
async fn visit(shared: &Shared, lease: &Lease) -> Result<(), StoreError> {
    let begun = shared.clock.monotonic();
    let mut trip = Trip {
        next_sweep_at: None,
        trigger: None,
    };
    let ended = work_off(shared, lease, &mut trip).await?;
    let took = shared.clock.monotonic().saturating_sub(begun);
    let now = shared.clock.now();
    let trigger = trip.trigger.map_or("none", Trigger::name);
    let outcome = if matches!(ended, Ended::Stopped { .. }) {
        "stopped"
    } else {
        "well"
    };
    metrics::counter!("maildesk_sync_runs_total", "trigger" => trigger, "outcome" => outcome)
        .increment(1);
    metrics::histogram!("maildesk_sync_seconds").record(took.as_secs_f64());
    tracing::debug!(mailbox.id = %lease.mailbox, trigger, outcome, took.ms = took.as_millis(), "a sync ended");
    let (well, not_before) = match ended {
        Ended::Quiet => (true, None),
        // A sweep that was made counts, and what was asked for otherwise, whatever history is left.
        Ended::More if trip.has_looked() => (true, None),
        Ended::More => return shared.store.release_lease(lease).await,
        Ended::Stopped { wait, trouble } => {
            if let Some((state, trouble)) = trouble {
                shared
                    .store
                    .set_mailbox_state(lease, state, Some(&trouble), now)
                    .await?;
            }
            (false, Some(now.plus(wait)))
        }
    };
    let end = SyncEnd {
        next_sweep_at: trip.next_sweep_at,
        trigger: trip.trigger,
        well,
        not_before,
        at: now,
    };
    shared.store.finish_sync(lease, &end).await
}

/// What is remembered while a visit lasts.
struct Trip {
    /// The next sweep, once this visit has made one.
    next_sweep_at: Option<Timestamp>,
    /// What the first step was for.
    trigger: Option<Trigger>,
}

impl Trip {
    /// Whether it has looked for what is new: history alone says nothing of that.
    fn has_looked(&self) -> bool {
        let has_asked = self
            .trigger
            .is_some_and(|trigger| trigger != Trigger::Import);
        has_asked || self.next_sweep_at.is_some()
    }
}

/// Steps and downloads side by side, until nothing is due and no download is left. What becomes due
/// while a download runs is done at once.
async fn work_off(shared: &Shared, lease: &Lease, trip: &mut Trip) -> Result<Ended, StoreError> {
    let mut downloads = Downloads::new(shared, lease);
    let mut bell = shared.store.bell(Bell::Work);
    loop {
        bell.mark_unchanged();
        let ended = steps(shared, lease, trip, &mut downloads).await?;
        if let Ended::Stopped { .. } = ended {
            while !downloads.is_empty() {
                downloads.one_ended().await?;
            }
        }
        if downloads.is_empty() {
            return Ok(ended);
        }
        if let Ended::Quiet = ended {
            tokio::select! {
                biased;
                done = downloads.one_ended() => done?,
                _ = bell.changed() => {}
                () = shared.clock.sleep(LOOK_EVERY) => {}
            }
        }
    }
}

async fn steps(
    shared: &Shared,
    lease: &Lease,
    trip: &mut Trip,
    downloads: &mut Downloads<'_>,
) -> Result<Ended, StoreError> {
    let mut session: Option<Session> = None;
    let mut token_is_new = false;
    for _ in 0..STEPS_MAX {
        let now = shared.clock.now();
        let mut work = shared.store.work(lease, now).await?;
        downloads.take(&mut work);
        let due = trip.next_sweep_at.or(work.mailbox.next_sweep_at);
        let Some(step) = next::next(&work, now, due) else {
            return Ok(Ended::Quiet);
        };
        trip.trigger.get_or_insert(step.trigger());
        let usable = match session.take() {
            Some(usable) => Ok(usable),
            None => shared.connect.access(lease.mailbox, Lane::Sync).await,
        };
        let usable = match usable {
            Ok(usable) => usable,
            Err(why) => return unreachable_mailbox(shared, &work, why),
        };
        let performed = beside(downloads, perform(shared, lease, &work, &step, &usable));
        match performed.await? {
            Ok(()) => {
                if matches!(step, Step::Sweep) {
                    trip.next_sweep_at = Some(next_sweep(shared, &work, now));
                }
                if step.is_history() {
                    return Ok(Ended::More);
                }
                session = Some(usable);
            }
            Err(Failure::Store(why)) => return Err(why),
            Err(Failure::Connect(why)) => return unreachable_mailbox(shared, &work, why),
            Err(Failure::Graph(error)) => {
                let about = circumstances(shared, &work, token_is_new);
                match consequence::of(&error, about) {
                    Consequence::FreshToken => {
                        token_is_new = true;
                        let fresh = shared
                            .connect
                            .access_after_rejection(lease.mailbox, Lane::Sync, &usable)
                            .await;
                        match fresh {
                            Ok(fresh) => session = Some(fresh),
                            Err(why) => return unreachable_mailbox(shared, &work, why),
                        }
                    }
                    decided => return stopped(shared, lease, &usable, &error, decided).await,
                }
            }
        }
    }
    Ok(Ended::More)
}

/// The end of a step, while downloads go on beside it.
async fn beside<T>(
    downloads: &mut Downloads<'_>,
    step: impl Future<Output = T>,
) -> Result<T, StoreError> {
    let mut step = std::pin::pin!(step);
    loop {
        tokio::select! {
            biased;
            done = &mut step => return Ok(done),
            ended = downloads.one_ended() => ended?,
        }
    }
}

async fn perform(
    shared: &Shared,
    lease: &Lease,
    work: &Work,
    step: &Step<'_>,
    session: &Session,
) -> run::Result<()> {
    let bell = shared.store.bell(Bell::Work);
    let hurry = move || bell.has_changed().unwrap_or(false);
    let visit = Visit {
        shared,
        lease,
        session: session.with_urgency(step.urgency()),
        failures: work.mailbox.failures,
        folder_count: work.mailbox.folder_count,
        folders_link: work.mailbox.folders_link.as_deref(),
        importing: work.unlisted.is_some(),
        hurry: &hurry,
    };
    run::perform(&visit, step).await
}

fn next_sweep(shared: &Shared, work: &Work, began: Timestamp) -> Timestamp {
    let count = usize::try_from(work.mailbox.folder_count).unwrap_or(0);
    let settings = &shared.settings;
    let pace = sweep::pace(count, settings.interval, settings.every_folder_within);
    sweep::after(
        began,
        work.mailbox.next_sweep_at,
        pace.interval,
        shared.entropy.fraction(),
    )
}

fn circumstances(shared: &Shared, work: &Work, token_is_new: bool) -> Circumstances {
    Circumstances {
        failures: work.mailbox.failures,
        token_is_new,
        as_person: work.mailbox.connection == Connection::GraphDelegated,
        interval: shared.settings.interval,
        fraction: shared.entropy.fraction(),
    }
}

async fn stopped(
    shared: &Shared,
    lease: &Lease,
    session: &Session,
    error: &GraphError,
    decided: Consequence,
) -> Result<Ended, StoreError> {
    tracing::info!(mailbox.id = %lease.mailbox, code = error.code(), graph.request_id = error.request_id(), "Microsoft stopped a sync");
    Ok(match decided {
        Consequence::FreshToken => Ended::Stopped {
            wait: Duration::from_secs(1),
            trouble: None,
        },
        Consequence::Wait(wait) => Ended::Stopped {
            wait,
            trouble: None,
        },
        Consequence::Trouble(wait) => Ended::Stopped {
            wait,
            trouble: Some((MailboxState::Error, error.trouble())),
        },
        Consequence::SignInAgain => {
            let told = shared.connect.sign_in_needed(lease.mailbox, session, error);
            if let Err(ConnectError::Store(why)) = told.await {
                return Err(why);
            }
            Ended::Stopped {
                wait: Duration::from_secs(1),
                trouble: None,
            }
        }
    })
}

/// No session can be had: connect has written down what a person must do.
fn unreachable_mailbox(
    shared: &Shared,
    work: &Work,
    why: ConnectError,
) -> Result<Ended, StoreError> {
    let trouble = why.trouble();
    tracing::info!(mailbox.id = %work.mailbox.id, code = %trouble.code, "a mailbox cannot be reached");
    let interval = shared.settings.interval;
    Ok(match why {
        ConnectError::Store(why) => return Err(why),
        ConnectError::Later { retry_after, .. } => {
            let wait = retry_after
                .unwrap_or(Duration::from_secs(5))
                .max(Duration::from_secs(1));
            Ended::Stopped {
                wait,
                trouble: None,
            }
        }
        ConnectError::Gone | ConnectError::NotSignedIn | ConnectError::SignInAgain(_) => {
            Ended::Stopped {
                wait: interval,
                trouble: None,
            }
        }
        ConnectError::App(_) | ConnectError::WrongKind(_) | ConnectError::NotAllowed(_) => {
            Ended::Stopped {
                wait: interval,
                trouble: Some((MailboxState::Error, trouble)),
            }
        }
    })
}
