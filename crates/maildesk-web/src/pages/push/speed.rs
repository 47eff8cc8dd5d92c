//! How fast new mail is here (P5): what is typical until enough was measured, then a mailbox's own
//! figures and those of the parts of the way.

use std::time::Duration;

use maildesk_model::push::{Latency, PushPanel, PushState, Spread};

use crate::pages::shell::Shell;
use crate::words::Words;

/// Until so many arrivals were measured, what is typical is said instead (P5).
const SAMPLES_MIN: i64 = 20;

/// How fast, as the panel says it.
pub(super) struct Speed {
    /// One or two sentences.
    pub(super) text: String,
    /// The parts of the way and the whole of it; empty until enough was measured.
    pub(super) parts: Vec<Part>,
}

/// One part of the way.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) half: String,
    pub(super) most: String,
}

/// Whether only the schedule brings mail although push is wanted: then nothing else is promised.
const fn is_by_schedule(state: PushState) -> bool {
    matches!(state, PushState::Broken | PushState::NotReady)
}

/// The panel's words; `interval` is that of the schedule.
pub(super) fn of(shell: &Shell, panel: &PushPanel, interval: &str) -> Speed {
    let (words, latency) = (shell.words, &panel.latency);
    if is_by_schedule(panel.state) && panel.subscription.is_none() {
        return Speed {
            text: words.fill("speed-schedule", interval).into_owned(),
            parts: Vec::new(),
        };
    }
    let Some((half, most)) = own(latency) else {
        let mut text = words.say("speed-typical").into_owned();
        if latency.samples > 0 {
            let values = [
                ("wanted", SAMPLES_MIN.into()),
                ("samples", latency.samples.into()),
            ];
            text = format!("{text} {}", words.fill_all("speed-samples", values));
        }
        return Speed {
            text,
            parts: Vec::new(),
        };
    };
    let values = [
        ("half", seconds(half).into()),
        ("most", seconds(most).into()),
        ("samples", latency.samples.into()),
    ];
    let mut text = words.fill_all("speed-measured", values).into_owned();
    if latency.announced < latency.samples {
        let values = [("announced", latency.announced.into())];
        text = format!("{text} {}", words.fill_all("speed-announced", values));
    }
    let parts = [
        (words.say("speed-notified"), latency.notified),
        (words.say("speed-stored"), latency.stored),
        (words.say("speed-shown"), latency.shown),
        (words.say("speed-whole"), latency.whole),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(name, spread)| part(words, name.into_owned(), spread));
    Speed {
        text,
        parts: parts.collect(),
    }
}

/// In the table over all mailboxes.
pub(super) fn in_short(shell: &Shell, panel: &PushPanel) -> String {
    let words = shell.words;
    if is_by_schedule(panel.state) && panel.subscription.is_none() {
        return words.say("table-schedule").into_owned();
    }
    match own(&panel.latency) {
        Some((half, most)) => {
            let values = [
                ("half", seconds(half).into()),
                ("most", seconds(most).into()),
            ];
            words.fill_all("table-speed", values).into_owned()
        }
        None => words.say("table-typical").into_owned(),
    }
}

/// The mailbox's own figures, once there are enough.
fn own(latency: &Latency) -> Option<(Duration, Duration)> {
    let Spread { p50, p95 } = latency.whole;
    p50.zip(p95).filter(|_| latency.samples >= SAMPLES_MIN)
}

fn part(words: Words, name: String, spread: Spread) -> Option<Part> {
    let said = |span| words.fill("speed-seconds", seconds(span)).into_owned();
    Some(Part {
        name,
        half: said(spread.p50?),
        most: said(spread.p95?),
    })
}

/// Tenths of a second; Microsoft gives no more than whole seconds, so less is not worth telling.
fn seconds(span: Duration) -> String {
    format!("{:.1}", span.as_secs_f64().max(0.1))
}
