//! When a subscription is challenged with `reauthorizationRequired`: the cadence that the documentation shows as an illustration [facts 4].

use std::time::Duration;

use jiff::Timestamp;

/// The pause between two challenges when the token has little time left, and before the first one.
pub(crate) const EVERY: Duration = Duration::from_mins(15);

/// What to do at a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Challenge now, and check again then.
    Challenge(Timestamp),
    /// Nothing now; check again then.
    Wait(Timestamp),
    /// The token is dead; the delivery pauses and nothing more is sent.
    Stop,
}

/// Decides a check at `now` for a token that dies at `token_expires`.
///
/// With t a quarter of what is left, in minutes: up to 60, challenge every 15 minutes (`every`, because the cadence is not promised); up to 180, challenge and look again after half of t; above, wait until it is 180.
pub(crate) fn check(token_expires: Timestamp, now: Timestamp, every: Duration) -> Check {
    let Ok(left) = Duration::try_from(token_expires.duration_since(now)) else {
        return Check::Stop;
    };
    if left.is_zero() {
        return Check::Stop;
    }
    let quarter = left / 4;
    if quarter <= Duration::from_hours(1) {
        Check::Challenge(now + every)
    } else if quarter <= Duration::from_hours(3) {
        Check::Challenge(now + quarter / 2)
    } else {
        Check::Wait(token_expires - Duration::from_hours(12))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cadence_follows_the_illustration() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("literal");
        let check = |token_expires, now| check(token_expires, now, EVERY);
        let in_minutes = |minutes| now + Duration::from_mins(minutes);
        assert_eq!(check(in_minutes(75), now), Check::Challenge(in_minutes(15)));
        assert_eq!(
            check(in_minutes(240), now),
            Check::Challenge(in_minutes(15))
        );
        assert_eq!(
            check(in_minutes(480), now),
            Check::Challenge(in_minutes(60))
        );
        assert_eq!(
            check(in_minutes(720), now),
            Check::Challenge(in_minutes(90))
        );
        assert_eq!(check(in_minutes(1_440), now), Check::Wait(in_minutes(720)));
        assert_eq!(check(now, now), Check::Stop);
        assert_eq!(check(now - EVERY, now), Check::Stop);
    }
}
