//! Time and randomness as parameters, so that a test can turn the clock and replay a seed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// An instant: microseconds since 1970-01-01T00:00:00Z. The only form in which time is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The beginning of the epoch; earlier than anything that happens.
    pub const EPOCH: Self = Self(0);

    /// From microseconds since the epoch, UTC.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch, UTC.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Reads any RFC 3339 instant: `Z` or an offset, any number of fractional digits.
    /// Graph writes all of these (`…Z`, `…+00:00`, seven digits). `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let parsed: jiff::Timestamp = text.parse().ok()?;
        Some(Self(parsed.as_microsecond()))
    }

    /// The last second, in UTC, of a day that is written as `2027-06-30`. `None` if it is not one.
    pub fn end_of_day(date: &str) -> Option<Self> {
        let date: jiff::civil::Date = date.parse().ok()?;
        Self::parse(&format!("{date}T23:59:59Z"))
    }

    /// The instant as RFC 3339 in UTC with `Z`, with fractional digits only where there are some.
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_microsecond(self.0)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_string()
    }

    /// This instant and `span` more; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// This instant less `span`; stops at the beginning of time instead of wrapping.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// How long `earlier` lies before this instant; zero if it does not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The whole second this instant lies in: Graph's `receivedDateTime` knows no finer time.
    #[must_use]
    pub const fn floor_to_second(self) -> Self {
        Self(self.0.div_euclid(1_000_000) * 1_000_000)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// The time of day and the passing of time. The program hands in the real one, tests a turned one.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time of day.
    fn now(&self) -> Timestamp;

    /// A reading that never goes back, for measuring spans.
    fn monotonic(&self) -> Duration;

    /// Resolves once [`Clock::now`] has reached `at`; at once if it has.
    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Resolves after `span`.
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.sleep_until(self.now().plus(span))
    }
}

/// Unpredictable bytes. The program hands in the system's, the simulation a seeded stream.
pub trait Entropy: Send + Sync + fmt::Debug {
    /// Fills `bytes`; never fails (a system without randomness must not start).
    fn fill(&self, bytes: &mut [u8]);

    /// A number in `0.0..1.0`, for jitter.
    fn fraction(&self) -> f64 {
        let mut bytes = [0_u8; 8];
        self.fill(&mut bytes);
        (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_with_its_last_second() {
        let end = Timestamp::end_of_day("2027-02-28").unwrap();
        assert_eq!(end.to_rfc3339(), "2027-02-28T23:59:59Z");
        for bad in ["", "June", "2027-02-30", "2027-02-28T10:00:00Z"] {
            assert_eq!(Timestamp::end_of_day(bad), None, "{bad}");
        }
    }

    #[test]
    fn reads_every_form_graph_writes() {
        let wanted = Timestamp::from_micros(1_700_000_000_000_000);
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20.0000000+00:00",
            "2023-11-15T03:43:20+05:30",
            "2023-11-14T14:13:20.000-08:00",
        ] {
            assert_eq!(Timestamp::parse(text), Some(wanted), "{text}");
        }
        assert_eq!(Timestamp::parse("2018-07-20T12:00:00"), None);
        assert_eq!(Timestamp::parse(""), None);
    }

    #[test]
    fn writes_utc_and_floors_to_the_second() {
        let at = Timestamp::from_micros(1_700_000_000_250_000);
        assert_eq!(at.to_rfc3339(), "2023-11-14T22:13:20.25Z");
        assert_eq!(at.floor_to_second().to_rfc3339(), "2023-11-14T22:13:20Z");
        assert_eq!(at.since(at.plus(Duration::from_secs(1))), Duration::ZERO);
    }
}
