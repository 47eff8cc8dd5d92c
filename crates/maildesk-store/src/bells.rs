//! Bells: how workers and live views on every node learn that a transaction committed.
//!
//! In this process a bell is a watch channel. On PostgreSQL a task carries rings to the other
//! nodes with NOTIFY (several at once where they come fast) and another listens. A lost ring costs
//! time and nothing else, so carrying them is no part of the transaction that rang.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use crate::contract::{Bell, Result};
use crate::db::told;

const BELLS: [Bell; 4] = [Bell::Work, Bell::Push, Bell::Journal, Bell::Intent];
/// How long the listener waits before it tries to connect again.
const RELISTEN_AFTER: Duration = Duration::from_secs(1);

/// A set of bells.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rung(u8);

impl Rung {
    /// Every bell: after something may have been missed.
    const ALL: Self = Self(0b1111);

    /// Adds one.
    pub(crate) const fn add(&mut self, bell: Bell) {
        self.0 |= 1 << index(bell);
    }
}

const fn index(bell: Bell) -> usize {
    match bell {
        Bell::Work => 0,
        Bell::Push => 1,
        Bell::Journal => 2,
        Bell::Intent => 3,
    }
}

/// The four bells of this process.
pub(crate) struct Bells {
    senders: [watch::Sender<u64>; 4],
    /// Rings that have not been carried to other nodes yet.
    outgoing: AtomicU8,
    wake: Notify,
}

impl Bells {
    /// Four silent bells.
    pub(crate) fn new() -> Self {
        Self {
            senders: BELLS.map(|_| watch::Sender::new(0)),
            outgoing: AtomicU8::new(0),
            wake: Notify::new(),
        }
    }

    /// A receiver that changes whenever the bell rings.
    pub(crate) fn listen(&self, bell: Bell) -> watch::Receiver<u64> {
        self.senders[index(bell)].subscribe()
    }

    /// Rings here, and has it carried to the others.
    pub(crate) fn ring(&self, rung: Rung) {
        if rung.0 == 0 {
            return;
        }
        self.ring_here(rung);
        self.outgoing.fetch_or(rung.0, Ordering::AcqRel);
        self.wake.notify_one();
    }

    fn ring_here(&self, rung: Rung) {
        for bell in BELLS {
            if rung.0 & (1 << index(bell)) != 0 {
                self.senders[index(bell)].send_modify(|count| *count = count.wrapping_add(1));
            }
        }
    }
}

/// The two tasks that carry rings between nodes; dropped, they end.
pub(crate) struct Carriers([AbortHandle; 2]);

impl Carriers {
    /// Ends both, so that their connections are given back.
    pub(crate) fn stop(&self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Drop for Carriers {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts carrying rings over PostgreSQL. The channel is named after the schema, so that two desks
/// in one database do not wake each other.
pub(crate) async fn carry(pool: &PgPool, bells: &Arc<Bells>, node: String) -> Result<Carriers> {
    let schema: String = sqlx::query_scalar("SELECT current_schema()::text")
        .fetch_one(pool)
        .await
        .map_err(told)?;
    let channel = format!("maildesk_{schema}");
    let mut listener = PgListener::connect_with(pool).await.map_err(told)?;
    listener.listen(&channel).await.map_err(told)?;
    let send = tokio::spawn(send(pool.clone(), bells.clone(), channel, node.clone()));
    let hear = tokio::spawn(hear(listener, bells.clone(), node));
    Ok(Carriers([send.abort_handle(), hear.abort_handle()]))
}

async fn send(pool: PgPool, bells: Arc<Bells>, channel: String, node: String) {
    loop {
        bells.wake.notified().await;
        let rung = bells.outgoing.swap(0, Ordering::AcqRel);
        let sent = sqlx::query("SELECT pg_notify($1, $2)")
            .bind(&channel)
            .bind(format!("{node} {rung}"))
            .execute(&pool)
            .await;
        if let Err(error) = sent {
            tracing::debug!(%error, "a ring was not carried to the other nodes");
        }
    }
}

async fn hear(mut listener: PgListener, bells: Arc<Bells>, node: String) {
    loop {
        match listener.try_recv().await {
            Ok(Some(notification)) => {
                if let Some((from, rung)) = notification.payload().split_once(' ')
                    && from != node
                    && let Ok(rung) = rung.parse()
                {
                    bells.ring_here(Rung(rung));
                }
            }
            // The connection was lost and is there again: anything may have been missed.
            Ok(None) => bells.ring_here(Rung::ALL),
            Err(sqlx::Error::PoolClosed) => return,
            Err(error) => {
                tracing::warn!(%error, "cannot listen to the other nodes; looking by schedule only");
                tokio::time::sleep(RELISTEN_AFTER).await;
                bells.ring_here(Rung::ALL);
            }
        }
    }
}
