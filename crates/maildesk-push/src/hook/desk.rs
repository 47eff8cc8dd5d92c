//! Checks and stamps: many POSTs at a time, one look-up and one transaction for all of them.
//!
//! While one batch is written the next one gathers, so that a storm costs as many transactions as
//! the disk allows and not one for each POST; and a flood of forged notifications is looked up by
//! the hundred and written down hardly at all, so that genuine ones pass.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use maildesk_graph::notification::{Notification, Notifications};
use maildesk_model::{Clock, Timestamp};
use maildesk_store::{Store, StoreError};
use tokio::sync::oneshot;

use super::drops::{Dropped, Drops};
use super::sort::{Count, Known, Sorted};

/// The sender hears from us within this (P4).
const DEADLINE: Duration = Duration::from_secs(1);
/// POSTs that wait for their batch; beyond it the sender is asked to come again.
const WAITING_MAX: usize = 2048;
/// Notifications of one batch: bounds its transaction.
const BATCH_MAX: usize = 8192;
/// Graph's ids are GUIDs; what is longer than this is none and not worth looking up.
const ID_MAX_BYTES: usize = 128;

/// What should have been stamped is not known to be: the sender must come again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct NotKept;

/// Where notifications are handed in.
pub(super) struct Desk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    queue: Mutex<Queue>,
    drops: Drops,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Job>,
    /// Whether somebody takes from the queue at the moment.
    is_open: bool,
}

/// The notifications of one POST.
struct Job {
    notifications: Vec<Notification>,
    at: Timestamp,
    answer: oneshot::Sender<Result<(), NotKept>>,
}

impl Desk {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            queue: Mutex::default(),
            drops: Drops::default(),
        }
    }

    /// Returns once everything in it that counts is durable, or the time is up.
    pub(super) async fn hand_in(
        self: &Arc<Self>,
        notifications: Notifications,
        at: Timestamp,
    ) -> Result<(), NotKept> {
        let (items, long): (Vec<_>, Vec<_>) = notifications
            .items
            .into_iter()
            .partition(|one| one.subscription.len() <= ID_MAX_BYTES);
        self.note(Count {
            dropped: Dropped {
                unknown: long.len() as u64,
                unread: notifications.unread as u64,
                ..Dropped::default()
            },
            ..Count::default()
        });
        if items.is_empty() {
            return Ok(());
        }
        let kept = self.enqueue(items, at)?;
        tokio::select! {
            biased;
            kept = kept => kept.unwrap_or(Err(NotKept)),
            () = self.clock.sleep(DEADLINE) => Err(NotKept),
        }
    }

    fn enqueue(
        self: &Arc<Self>,
        notifications: Vec<Notification>,
        at: Timestamp,
    ) -> Result<oneshot::Receiver<Result<(), NotKept>>, NotKept> {
        let (answer, kept) = oneshot::channel();
        let mut queue = self.queue();
        if queue.waiting.len() >= WAITING_MAX {
            return Err(NotKept);
        }
        queue.waiting.push(Job {
            notifications,
            at,
            answer,
        });
        if !queue.is_open {
            queue.is_open = true;
            tokio::spawn(Arc::clone(self).work_off());
        }
        Ok(kept)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue
            .lock()
            .expect("nothing panics while it holds this lock")
    }

    /// Takes batches until none is left.
    async fn work_off(self: Arc<Self>) {
        let opening = Opening(&self);
        while let Some(batch) = self.batch() {
            self.settle(batch).await;
        }
        std::mem::forget(opening);
    }

    /// The next batch; `None`, and the queue is closed, when nothing waits. Who has given up
    /// waiting is left out: they come again.
    fn batch(&self) -> Option<Vec<Job>> {
        let mut queue = self.queue();
        queue.waiting.retain(|job| !job.answer.is_closed());
        let mut size = 0;
        let fits = queue.waiting.iter().take_while(|job| {
            let first = size == 0;
            size += job.notifications.len();
            first || size <= BATCH_MAX
        });
        let count = fits.count();
        queue.is_open = count > 0;
        (count > 0).then(|| queue.waiting.drain(..count).collect())
    }

    async fn settle(&self, batch: Vec<Job>) {
        let known = match self.known(&batch).await {
            Ok(known) => known,
            Err(error) => {
                let lost = batch.iter().map(|job| job.notifications.len() as u64).sum();
                not_kept(lost, &error);
                return answer(batch.into_iter().map(|job| (job.answer, Err(NotKept))));
            }
        };
        let mut sorted = Sorted::default();
        let mut judged = Vec::with_capacity(batch.len());
        for job in batch {
            let count = sorted.add(job.notifications, &known, job.at);
            judged.push((job.answer, count));
        }
        let (stampings, tallies) = sorted.finish();
        let written = self.store.stamp(&stampings, &tallies).await;
        let is_kept = written.is_ok();
        if let Err(error) = written {
            let lost = judged.iter().map(|(_, count)| count.accepted).sum();
            not_kept(lost, &error);
        }
        answer(judged.into_iter().map(|(answer, count)| {
            // What only counts may be lost; what is due may not.
            let kept = is_kept || !count.stamps;
            if kept {
                self.note(count);
            }
            (answer, kept.then_some(()).ok_or(NotKept))
        }));
    }

    async fn known(&self, batch: &[Job]) -> Result<Known, StoreError> {
        let ids: HashSet<&str> = batch
            .iter()
            .flat_map(|job| &job.notifications)
            .map(|one| one.subscription.as_str())
            .collect();
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        let known = self.store.known_subscriptions(&ids).await?;
        Ok(known.into_iter().collect::<HashMap<_, _>>())
    }

    fn note(&self, count: Count) {
        let dropped = count.dropped;
        for (outcome, n) in [
            ("accepted", count.accepted),
            ("silent", dropped.silent),
            ("forged", dropped.forged),
            ("unknown", dropped.unknown),
            ("unread", dropped.unread),
        ] {
            if n > 0 {
                metrics::counter!("maildesk_push_notifications_total", "outcome" => outcome)
                    .increment(n);
            }
        }
        self.drops.note(dropped, self.clock.monotonic());
    }
}

fn not_kept(lost: u64, error: &StoreError) {
    metrics::counter!("maildesk_push_notifications_total", "outcome" => "not_kept").increment(lost);
    tracing::warn!(%error, "notifications could not be stamped; Microsoft will repeat them");
}

fn answer(
    answers: impl Iterator<Item = (oneshot::Sender<Result<(), NotKept>>, Result<(), NotKept>)>,
) {
    for (answer, kept) in answers {
        // Nobody listens any more where the sender has gone.
        let _ = answer.send(kept);
    }
}

/// Closes the queue again if whoever works it off ends before it is empty, so that the next POST
/// opens it anew.
struct Opening<'a>(&'a Desk);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.0.queue().is_open = false;
    }
}
