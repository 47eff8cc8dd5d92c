//! Somebody with an open event stream, who comes back with the last position whenever it breaks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maildesk_testkit::desk::{Desk, Event};
use maildesk_testkit::wait;
use tokio_util::sync::CancellationToken;

/// What was told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// How often each message was said to have arrived.
    pub(crate) arrived: Mutex<BTreeMap<String, usize>>,
    /// How often the reader was told to begin anew.
    pub(crate) resets: AtomicUsize,
    /// How often the stream was opened.
    pub(crate) opened: AtomicUsize,
}

impl Told {
    fn take(&self, event: &Event) {
        match event.name.as_str() {
            "message.created" => {
                let mut arrived = self.arrived.lock().expect("nothing panics with it");
                *arrived.entry(event.data["id"].to_string()).or_default() += 1;
            }
            "reset" => {
                self.resets.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

/// Reads until `stop`, from the journal's beginning.
pub(crate) async fn follow(desk: Desk, told: Arc<Told>, stop: CancellationToken) {
    let mut last = "0".to_owned();
    while !stop.is_cancelled() {
        let Some(mut events) = desk.try_events(Some(&last)).await else {
            wait::moment(Duration::from_millis(200)).await;
            continue;
        };
        told.opened.fetch_add(1, Ordering::Relaxed);
        loop {
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                event = events.next() => event,
            };
            let Some(event) = event else { break };
            told.take(&event);
            last = event.id;
        }
    }
}
