//! When a failed delivery is tried again: ever longer waits, four hours in all [facts 3.2]. The steps are not published; these double from ten seconds.

use std::time::Duration;

use jiff::Timestamp;

/// After this long a notification is given up.
pub(crate) const GIVE_UP: Duration = Duration::from_hours(4);

/// No wait is longer, so that an endpoint that came back hears of everything within the four hours.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// When to try again after `failed` attempts, the last of which failed at `now`, if the first wait was `first_wait`; `None` when the four hours since the first attempt are over by then.
pub(crate) fn next(
    first_tried: Timestamp,
    failed: u32,
    now: Timestamp,
    first_wait: Duration,
) -> Option<Timestamp> {
    let doublings = failed.saturating_sub(1).min(16);
    let due = now + first_wait.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    (due <= first_tried + GIVE_UP).then_some(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_end_after_four() {
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().expect("literal");
        let (mut now, mut waits) = (start, Vec::new());
        for failed in 1..100 {
            let Some(due) = next(start, failed, now, Duration::from_secs(10)) else {
                break;
            };
            waits.push(due.duration_since(now).as_secs());
            now = due;
        }
        assert_eq!(
            waits,
            [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]
        );
        assert!(now <= start + GIVE_UP);
    }
}
