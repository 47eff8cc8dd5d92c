//! Mail between 202 and the sent items: accepted for sending is only queued [facts 7.5].

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::{MailboxCell, World, post};
use crate::mailbox::{MessageNo, OUTBOX};
use crate::sync::Held;

/// What waits in outboxes.
#[derive(Default)]
pub(crate) struct Outgoing(Mutex<Vec<Waiting>>);

struct Waiting {
    cell: Arc<MailboxCell>,
    message: MessageNo,
    since: Timestamp,
    /// Whether it is kept among the sent items.
    keep: bool,
}

impl Outgoing {
    /// Lets a message wait in the outbox as long as the faults say.
    pub(crate) fn queue(
        &self,
        world: &Arc<World>,
        cell: &Arc<MailboxCell>,
        message: MessageNo,
        keep: bool,
    ) {
        let since = world.clock.now();
        let lag = Duration::from_millis(world.faults.now().mail.send_lag_ms);
        world.edit(cell, |mailbox| mailbox.move_message(message, OUTBOX, since));
        self.0.held().push(Waiting {
            cell: Arc::clone(cell),
            message,
            since,
            keep,
        });
        let (clock, weak) = (world.clock.clone(), Arc::downgrade(world));
        tokio::spawn(async move {
            clock.sleep_until(since + lag).await;
            if let Some(world) = weak.upgrade() {
                world.outgoing.settle(&world);
            }
        });
    }

    /// Sends what has waited long enough. With the fault gone nothing waits.
    pub(crate) fn settle(&self, world: &Arc<World>) {
        let lag = Duration::from_millis(world.faults.now().mail.send_lag_ms);
        let now = world.clock.now();
        let due = {
            let mut waiting = self.0.held();
            let all = std::mem::take(&mut *waiting);
            let (due, later): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|one| one.since + lag <= now);
            *waiting = later;
            due
        };
        for one in due {
            let content = {
                let mailbox = one.cell.content.held();
                let content = mailbox.content(one.message, true);
                content.map(std::borrow::Cow::into_owned)
            };
            let Some(content) = content else { continue };
            post(world, &content, now);
            world.edit(&one.cell, |mailbox| {
                if one.keep {
                    mailbox.send_draft(one.message, now);
                } else {
                    mailbox.purge(one.message, now);
                }
            });
        }
    }
}
