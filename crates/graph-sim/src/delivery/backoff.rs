//! When a failed delivery is tried again: ever longer waits, four hours in all [facts 3.2]. The steps are not published; these double from ten seconds.

use std::time::Duration;

use jiff::Timestamp;

/// How long the first attempt may take.
pub(crate) const FIRST_PATIENCE: Duration = Duration::from_secs(3);

/// How long every later attempt may take.
pub(crate) const RETRY_PATIENCE: Duration = Duration::from_secs(10);

/// After this long a notification is given up.
pub(crate) const GIVE_UP: Duration = Duration::from_hours(4);

/// The wait before the first retry.
const FIRST_WAIT: Duration = Duration::from_secs(10);

/// No wait is longer, so that an endpoint that came back hears of everything within the four hours.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// How long attempt number `attempt` (0 is the first) may take.
pub(crate) fn patience(attempt: u32) -> Duration {
    if attempt == 0 {
        FIRST_PATIENCE
    } else {
        RETRY_PATIENCE
    }
}

/// When to try again after `failed` attempts, the last of which failed at `now`; `None` when the four hours since the first are over by then.
pub(crate) fn next(first_tried: Timestamp, failed: u32, now: Timestamp) -> Option<Timestamp> {
    let doublings = failed.saturating_sub(1).min(16);
    let due = now + FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
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
            let Some(due) = next(start, failed, now) else {
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

    #[test]
    fn only_the_first_attempt_is_hurried() {
        assert_eq!(
            (patience(0), patience(1), patience(9)),
            (FIRST_PATIENCE, RETRY_PATIENCE, RETRY_PATIENCE)
        );
    }
}
