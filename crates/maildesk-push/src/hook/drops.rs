//! What was dropped, said in the log without its content and without letting anybody fill it.

use std::sync::Mutex;
use std::time::Duration;

/// One line for everything dropped in this time.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Notifications that do not count, by why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Dropped {
    /// Of no subscription of ours.
    pub(super) unknown: u64,
    /// With a wrong `clientState`.
    pub(super) forged: u64,
    /// Without one.
    pub(super) silent: u64,
    /// No notifications at all.
    pub(super) unread: u64,
}

impl Dropped {
    fn add(&mut self, more: Self) {
        self.unknown += more.unknown;
        self.forged += more.forged;
        self.silent += more.silent;
        self.unread += more.unread;
    }
}

/// Adds up until the next line is due.
#[derive(Debug, Default)]
pub(super) struct Drops(Mutex<(Dropped, Option<Duration>)>);

impl Drops {
    /// Counts, and writes a line if none was written for a while. `now` only grows.
    pub(super) fn note(&self, dropped: Dropped, now: Duration) {
        if let Some(sum) = self.add(dropped, now) {
            tracing::warn!(
                unknown = sum.unknown,
                forged = sum.forged,
                silent = sum.silent,
                unread = sum.unread,
                "dropped notifications that prove no knowledge of a subscription's secret"
            );
        }
    }

    fn add(&self, dropped: Dropped, now: Duration) -> Option<Dropped> {
        if dropped == Dropped::default() {
            return None;
        }
        let mut kept = self
            .0
            .lock()
            .expect("nothing panics while it holds this lock");
        let (sum, last) = &mut *kept;
        sum.add(dropped);
        if last.is_some_and(|last| now < last + LINE_EVERY) {
            return None;
        }
        *last = Some(now);
        Some(std::mem::take(sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_makes_one_line_and_loses_no_count() {
        let drops = Drops::default();
        let one = Dropped {
            forged: 1,
            ..Dropped::default()
        };
        assert_eq!(drops.add(Dropped::default(), Duration::ZERO), None);
        assert_eq!(drops.add(one, Duration::ZERO), Some(one));
        for ms in 1..1000 {
            assert_eq!(drops.add(one, Duration::from_millis(ms)), None);
        }
        let sum = drops.add(one, Duration::from_secs(10)).unwrap();
        assert_eq!(sum.forged, 1000);
    }
}
