//! Days without a time, as flags are due on: kept as their midnight in UTC, whatever zone somebody
//! reads times in.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use maildesk_model::Timestamp;

/// The day of a midnight.
pub(crate) fn of(at: Timestamp) -> Date {
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
    at.to_zoned_datetime(TimeZone::UTC).date()
}

/// The midnight of a day.
pub(crate) fn midnight(day: Date) -> Option<Timestamp> {
    let at = day.at(0, 0, 0, 0).to_zoned_datetime(TimeZone::UTC);
    let at = at.ok()?.timestamp();
    Some(Timestamp::from_micros(at.as_microsecond()))
}

/// A day in digits: `2026-12-24`.
pub(crate) fn name(at: Timestamp) -> String {
    of(at).to_string()
}

/// Reads [`name`].
pub(crate) fn from_name(text: &str) -> Option<Timestamp> {
    let is_plain = text.len() == "2026-12-24".len();
    let day = text.parse().ok().filter(|_| is_plain)?;
    midnight(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_and_read() {
        for text in ["2026-12-24", "1970-01-01", "2028-02-29"] {
            assert_eq!(name(from_name(text).unwrap()), text);
        }
        for odd in [
            "",
            "2026-13-01",
            "24.12.2026",
            "2026-12-24T10:00",
            "2027-02-29",
        ] {
            assert_eq!(from_name(odd), None, "{odd}");
        }
    }
}
