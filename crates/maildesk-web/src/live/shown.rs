//! The end of a mail's way: noting the first screen that had it (P5).

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use maildesk_model::{MessageId, Timestamp};
use maildesk_store::contract::Shown;

use crate::app::App;
use crate::error::Chain;

/// Messages remembered as shown; enough for the streams of one server to be a minute apart.
const REMEMBERED: usize = 4096;

/// Messages that a stream of this process has written, so that the second screen and the
/// hundredth cost no write.
#[derive(Debug, Default)]
pub(crate) struct ShownOnce(Mutex<Recent>);

#[derive(Debug, Default)]
struct Recent {
    known: HashSet<MessageId>,
    order: VecDeque<MessageId>,
}

impl ShownOnce {
    /// Keeps those that are new here.
    fn first_time(&self, messages: &[MessageId]) -> Vec<MessageId> {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Recent { known, order } = &mut *recent;
        let fresh: Vec<_> = messages
            .iter()
            .copied()
            .filter(|message| known.insert(*message))
            .collect();
        order.extend(&fresh);
        while order.len() > REMEMBERED {
            if let Some(oldest) = order.pop_front() {
                known.remove(&oldest);
            }
        }
        fresh
    }
}

/// Notes that these arrivals were written to a screen at `at`, and measures the way of those for
/// which it was the first.
pub(crate) async fn note(app: &App, messages: &[MessageId], at: Timestamp) {
    let fresh = app.shown.first_time(messages);
    if fresh.is_empty() {
        return;
    }
    match app.store.mark_shown(&fresh, at).await {
        Ok(first) => first.iter().for_each(measure),
        // A figure is lost, no mail.
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "could not note that mail was shown");
        }
    }
}

fn measure(shown: &Shown) {
    let from = |at: Timestamp| at.since(shown.received_at);
    let visible = from(shown.shown_at);
    metrics::histogram!("maildesk_push_visible_seconds").record(visible.as_secs_f64());
    tracing::info!(
        mailbox.id = %shown.mailbox,
        message.id = %shown.message,
        notified.ms = shown.announced_at.map(|at| from(at).as_millis() as u64),
        stored.ms = from(shown.stored_at).as_millis() as u64,
        shown.ms = visible.as_millis() as u64,
        "mail was shown for the first time"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_first_once_and_memory_is_bounded() {
        let once = ShownOnce::default();
        let ids = |range: std::ops::Range<i64>| range.map(MessageId).collect::<Vec<_>>();
        assert_eq!(once.first_time(&ids(0..3)), ids(0..3));
        assert_eq!(once.first_time(&ids(2..4)), ids(3..4));
        once.first_time(&ids(10..10_000));
        assert_eq!(once.0.lock().unwrap().known.len(), REMEMBERED);
        assert_eq!(once.first_time(&ids(0..1)), ids(0..1), "long forgotten");
    }
}
