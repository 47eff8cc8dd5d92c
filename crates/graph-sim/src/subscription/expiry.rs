//! How long a subscription may live: reading what was asked, raising what is too short, refusing what is too long [facts 1.1, 1.2].

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;

/// Shorter wishes are silently raised to this [facts 1.1].
pub(crate) const FLOOR: Duration = Duration::from_mins(45);

/// Minutes that a message subscription may live: the ceiling that is enforced, ten minutes below the documented one [facts 1.2].
pub(crate) const CEILING_MINUTES: u64 = 10_070;

/// Minutes that a subscription with resource data may live [facts 1.2].
pub(crate) const RICH_CEILING_MINUTES: u64 = 1_440;

/// Why an `expirationDateTime` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Not an instant at all.
    Unreadable,
    /// A date and time without a zone, which is no `DateTimeOffset`.
    NoZone,
    /// Later than the ceiling of this many minutes.
    TooLong(u64),
}

/// Reads a `DateTimeOffset`: any number of fractional digits, `Z` or an offset.
pub(crate) fn read(text: &str) -> Result<Timestamp, Unfit> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    Err(if text.parse::<jiff::civil::DateTime>().is_ok() {
        Unfit::NoZone
    } else {
        Unfit::Unreadable
    })
}

/// The expiry that is granted for the one asked.
pub(crate) fn grant(
    asked: Timestamp,
    now: Timestamp,
    ceiling_minutes: u64,
) -> Result<Timestamp, Unfit> {
    if asked > now + Duration::from_mins(ceiling_minutes) {
        return Err(Unfit::TooLong(ceiling_minutes));
    }
    Ok(asked.max(now + FLOOR))
}

/// The other sentence for too long a life; the span is counted backwards from the expiry, as it was captured [facts 1.2].
pub(crate) fn beyond(asked: Timestamp, now: Timestamp, ceiling_minutes: u64) -> String {
    let span = Duration::try_from(asked.duration_since(now)).unwrap_or_default();
    let allowed = Duration::from_mins(ceiling_minutes);
    format!(
        "Expiration time '{}' ('-{}.{:07}' from now) is beyond allowed max '{}'.",
        wire(asked, "Z"),
        days(span),
        span.subsec_nanos() / 100,
        days(allowed)
    )
}

/// A span as days, hours, minutes and seconds.
fn days(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    format!(
        "{days}.{hours:02}:{:02}:{:02}",
        seconds / 60 % 60,
        seconds % 60
    )
}

/// An instant with the seven fractional digits that the subscription service writes, and the zone in the form given (`Z` or `+00:00`).
pub(crate) fn wire(instant: Timestamp, zone: &str) -> String {
    let civil = Offset::UTC.to_datetime(instant);
    let ticks = civil.subsec_nanosecond() / 100;
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{ticks:07}{zone}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("literal instant")
    }

    #[test]
    fn every_form_of_an_instant_with_a_zone_is_read() {
        let noon = at("2026-03-01T12:00:00Z");
        for text in [
            "2026-03-01T12:00:00Z",
            "2026-03-01T12:00:00.0000000Z",
            "2026-03-01T12:00:00.000000+00:00",
            "2026-03-01T17:30:00+05:30",
            "2026-03-01T04:00:00-08:00",
        ] {
            assert_eq!(read(text), Ok(noon), "{text}");
        }
    }

    #[test]
    fn without_a_zone_or_a_meaning_it_is_refused() {
        assert_eq!(read("2018-07-20T12:00:00"), Err(Unfit::NoZone));
        assert_eq!(read("tomorrow"), Err(Unfit::Unreadable));
        assert_eq!(read(""), Err(Unfit::Unreadable));
    }

    #[test]
    fn short_wishes_are_raised_and_long_ones_refused() {
        let now = at("2026-03-01T12:00:00Z");
        let floor = Ok(at("2026-03-01T12:45:00Z"));
        assert_eq!(
            grant(now - Duration::from_hours(1), now, CEILING_MINUTES),
            floor
        );
        assert_eq!(
            grant(now + Duration::from_mins(44), now, CEILING_MINUTES),
            floor
        );
        let longest = now + Duration::from_mins(CEILING_MINUTES);
        assert_eq!(grant(longest, now, CEILING_MINUTES), Ok(longest));
        assert_eq!(
            grant(longest + Duration::from_secs(1), now, CEILING_MINUTES),
            Err(Unfit::TooLong(10_070))
        );
        assert_eq!(
            grant(now + Duration::from_hours(168), now, CEILING_MINUTES),
            Err(Unfit::TooLong(10_070))
        );
    }

    #[test]
    fn the_other_sentence_counts_in_days() {
        let now = at("2026-03-01T12:00:00Z");
        assert_eq!(
            beyond(at("2026-03-07T11:59:55.5Z"), now, 4_320),
            "Expiration time '2026-03-07T11:59:55.5000000Z' ('-5.23:59:55.5000000' from now) is beyond allowed max '3.00:00:00'."
        );
    }

    #[test]
    fn instants_carry_seven_digits() {
        assert_eq!(
            wire(at("2026-03-01T12:00:00.123456789Z"), "+00:00"),
            "2026-03-01T12:00:00.1234567+00:00"
        );
        assert_eq!(
            wire(at("2026-03-01T12:00:00Z"), "Z"),
            "2026-03-01T12:00:00.0000000Z"
        );
    }
}
