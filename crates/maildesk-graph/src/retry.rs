//! Whether and when to try again. Pure: it decides, somebody else waits.

use std::time::Duration;

use maildesk_model::Timestamp;

use crate::error::GraphError;

/// The first wait without a word from Graph; it doubles from there.
const FIRST: Duration = Duration::from_secs(1);
/// No wait of our own is longer. A mailbox in trouble is looked at every few minutes, as a sweep
/// would do anyway.
const LONGEST: Duration = Duration::from_mins(5);
/// No wait Graph asks for is believed beyond this; the row's `not_before` would otherwise let one
/// garbled header silence a mailbox for days.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// What to do after a call failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Advice {
    /// The same call again, after this long.
    Wait(Duration),
    /// Wait this long, then look whether the write was carried out, before writing again (S6).
    LookFirst(Duration),
    /// Take a fresh token and call once more at once.
    FreshToken,
    /// Trying again changes nothing: the caller's plan decides by the error's variant.
    Decide,
}

impl Advice {
    /// How long to wait, if waiting is the advice: what a mailbox's `not_before` is set by.
    pub const fn wait(self) -> Option<Duration> {
        match self {
            Self::Wait(span) | Self::LookFirst(span) => Some(span),
            Self::FreshToken | Self::Decide => None,
        }
    }
}

/// Advice after the `attempt`-th failure in a row (1 is the first). `fraction` (`0.0..1.0`) spreads
/// the waits, so that a thousand mailboxes refused at once do not come back at once.
///
/// There is no last attempt here: how often a thing is worth trying is the caller's to say.
pub fn after(error: &GraphError, attempt: u32, fraction: f64) -> Advice {
    match error {
        GraphError::Throttled { retry_after, .. } => {
            Advice::Wait(wait(*retry_after, attempt, fraction))
        }
        GraphError::Later {
            maybe_done,
            retry_after,
            ..
        } => {
            let span = wait(*retry_after, attempt, fraction);
            if *maybe_done {
                Advice::LookFirst(span)
            } else {
                Advice::Wait(span)
            }
        }
        GraphError::TokenRejected { .. } if attempt <= 1 => Advice::FreshToken,
        _ => Advice::Decide,
    }
}

/// What Graph asked for and up to a tenth more, else a doubling wait, half of it spread.
fn wait(asked: Option<Duration>, attempt: u32, fraction: f64) -> Duration {
    let fraction = fraction.clamp(0.0, 1.0);
    match asked {
        Some(asked) => asked.min(LONGEST_ASKED).mul_f64(1.0 + fraction / 10.0),
        None => backoff(attempt).mul_f64(0.5 + fraction / 2.0),
    }
}

/// One second, doubled for each failure after the first, five minutes at most.
pub fn backoff(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    FIRST.saturating_mul(1 << doublings).min(LONGEST)
}

/// Reads a `Retry-After` header: seconds, which Graph writes with a fraction at times
/// (facts.md 6), or an HTTP date, which counts from `date`, the clock that wrote it.
pub fn retry_after(value: &str, date: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    Some(http_date(value)?.since(date))
}

/// An instant as HTTP headers write it.
pub(crate) fn http_date(value: &str) -> Option<Timestamp> {
    let at = httpdate::parse_http_date(value.trim()).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::EPOCH.plus(since))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Said;

    fn throttled(retry_after: Option<Duration>) -> GraphError {
        GraphError::Throttled {
            retry_after,
            concurrency: false,
            said: Box::<Said>::default(),
        }
    }

    fn later(maybe_done: bool) -> GraphError {
        GraphError::Later {
            maybe_done,
            retry_after: None,
            said: Box::<Said>::default(),
        }
    }

    #[test]
    fn retry_after_is_read_as_graph_writes_it() {
        let date = http_date("Tue, 14 Nov 2023 22:13:20 GMT").unwrap();
        for (value, wanted) in [
            ("5", Some(Duration::from_secs(5))),
            ("2.128", Some(Duration::from_millis(2128))),
            (" 0 ", Some(Duration::ZERO)),
            (
                "Tue, 14 Nov 2023 22:14:20 GMT",
                Some(Duration::from_mins(1)),
            ),
            ("Tue, 14 Nov 2023 22:00:00 GMT", Some(Duration::ZERO)),
            ("-1", None),
            ("NaN", None),
            ("1e300", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, date), wanted, "{value:?}");
        }
    }

    #[test]
    fn what_graph_asks_for_is_never_undercut() {
        let asked = Duration::from_millis(2128);
        for fraction in [0.0, 0.5, 1.0] {
            let wait = after(&throttled(Some(asked)), 9, fraction).wait().unwrap();
            assert!(wait >= asked && wait <= asked.mul_f64(1.11), "{wait:?}");
        }
        let day = Duration::from_hours(24);
        let wait = after(&throttled(Some(day)), 1, 0.0).wait().unwrap();
        assert_eq!(wait, LONGEST_ASKED);
    }

    #[test]
    fn without_a_word_the_wait_doubles_up_to_five_minutes() {
        let waits: Vec<u64> = (1..=11).map(|n| backoff(n).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(backoff(0), FIRST);
        assert_eq!(backoff(u32::MAX), LONGEST);
    }

    #[test]
    fn waits_are_spread_over_their_second_half_and_what_was_asked_over_a_tenth_more() {
        let waits = |asked, fractions: [f64; 3]| {
            fractions.map(|fraction| after(&throttled(asked), 3, fraction).wait().unwrap())
        };
        let ms = |all: [u64; 3]| all.map(Duration::from_millis);
        assert_eq!(waits(None, [0.0, 0.5, 1.0]), ms([2000, 3000, 4000]));
        let asked = Some(Duration::from_secs(10));
        assert_eq!(waits(asked, [0.0, 0.5, 1.0]), ms([10_000, 10_500, 11_000]));
        // What is no fraction spreads no further.
        assert_eq!(waits(None, [-1.0, 2.0, 9.0]), ms([2000, 4000, 4000]));
    }

    #[test]
    fn a_doubtful_write_is_looked_at_before_it_is_repeated() {
        assert!(matches!(after(&later(true), 1, 0.5), Advice::LookFirst(_)));
        assert!(matches!(after(&later(false), 1, 0.5), Advice::Wait(_)));
    }

    #[test]
    fn a_rejected_token_is_renewed_once_and_then_somebody_decides() {
        let rejected = GraphError::TokenRejected {
            said: Box::<Said>::default(),
        };
        assert_eq!(after(&rejected, 1, 0.0), Advice::FreshToken);
        assert_eq!(after(&rejected, 2, 0.0), Advice::Decide);
        let gone = GraphError::NotFound {
            said: Box::<Said>::default(),
        };
        assert_eq!(after(&gone, 1, 0.0), Advice::Decide);
    }

    proptest! {
        #[test]
        fn no_wait_is_absurd(attempt in any::<u32>(), fraction in any::<f64>(), asked in any::<Option<u64>>()) {
            let fraction = if fraction.is_finite() { fraction } else { 0.0 };
            let wait = wait(asked.map(Duration::from_secs), attempt, fraction);
            prop_assert!(wait <= LONGEST_ASKED.mul_f64(1.1));
        }

        #[test]
        fn any_header_is_read_or_left(value in any::<String>()) {
            let _ = retry_after(&value, Timestamp::EPOCH);
        }
    }
}
