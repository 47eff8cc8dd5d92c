//! What happened in a run: lines for people, a fingerprint that two runs of one seed must share, how
//! often each thing happened, and what must never have happened.

use std::collections::BTreeMap;

use maildesk_model::Clock as _;

use super::held::Held;
use super::time::Time;

/// The log of one run.
pub(super) struct Log {
    time: Time,
    is_kept: bool,
    inner: Held<Inner>,
}

#[derive(Default)]
struct Inner {
    fingerprint: u64,
    lines: Vec<String>,
    counts: BTreeMap<String, u64>,
    wrongs: Vec<String>,
}

impl Log {
    /// An empty log; lines are kept only for whoever will read them.
    pub(super) fn new(time: Time, is_kept: bool) -> Self {
        Self {
            time,
            is_kept,
            inner: Held::default(),
        }
    }

    /// Something happened.
    pub(super) fn say(&self, what: &str) {
        let at = self.time.now();
        self.inner.with(|inner| {
            for byte in what.bytes().chain(at.as_micros().to_le_bytes()) {
                inner.fingerprint =
                    (inner.fingerprint ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            if self.is_kept {
                inner.lines.push(format!("{at} {what}"));
            }
        });
    }

    /// A fault struck.
    pub(super) fn struck(&self, what: &str) {
        self.struck_often(what, 1);
    }

    /// A fault struck so many times.
    pub(super) fn struck_often(&self, what: &str, times: u64) {
        self.inner
            .with(|inner| *inner.counts.entry(what.to_owned()).or_default() += times);
    }

    /// Something happened that must never happen.
    pub(super) fn wrong(&self, what: String) {
        self.say(&format!("WRONG: {what}"));
        self.inner.with(|inner| inner.wrongs.push(what));
    }

    /// What was wrong so far.
    pub(super) fn wrongs(&self) -> Vec<String> {
        self.inner.with(|inner| inner.wrongs.clone())
    }

    /// Lines, fingerprint and counts.
    pub(super) fn take(&self) -> (Vec<String>, u64, BTreeMap<String, u64>) {
        self.inner.with(|inner| {
            (
                std::mem::take(&mut inner.lines),
                inner.fingerprint,
                std::mem::take(&mut inner.counts),
            )
        })
    }
}
