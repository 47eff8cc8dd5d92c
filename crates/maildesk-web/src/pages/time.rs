//! Times as a person reads them: in their own zone, as short as the day allows.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, ZonedDateTime};
use maildesk_model::Timestamp;

use crate::words::Words;

/// So many days back a weekday says which day: today's would say two.
const LAST_DAYS: i32 = 6;

/// An instant, ready for a `<time>` element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Shown {
    /// RFC 3339, for machines.
    pub(crate) machine: String,
    /// In full: date and time.
    pub(crate) full: String,
    /// In full and to the second, where several things happen within a minute.
    pub(crate) exact: String,
    /// As short as it can be: the time today, with the weekday within the last six days, the day this
    /// year, the date before.
    pub(crate) short: String,
}

/// Whether this is the name of a time zone that this system knows.
pub(crate) fn is_zone(name: &str) -> bool {
    name.len() <= 64 && TimeZone::get(name).is_ok()
}

/// The names of all zones, for a list to choose from.
pub(crate) fn zones() -> Vec<String> {
    let mut names: Vec<_> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| name == "UTC" || name.contains('/'))
        .filter(|name| !name.starts_with("posix/") && !name.starts_with("right/"))
        .collect();
    if !names.iter().any(|name| name == "UTC") {
        names.push("UTC".to_owned());
    }
    names.sort();
    names.dedup();
    names
}

/// The zone of that name; UTC for one that is not known any more.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// An instant in a zone; `now` decides how short it can be said.
pub(crate) fn shown(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Shown {
    let (at, now) = (zoned(at, zone), zoned(now, zone));
    let days_ago = (now.date() - at.date()).get_days();
    let short = if days_ago == 0 {
        at.strftime("%H:%M")
    } else if (1..=LAST_DAYS).contains(&days_ago) {
        at.strftime("%a %H:%M")
    } else if at.year() == now.year() {
        at.strftime("%-d %b")
    } else {
        at.strftime("%Y-%m-%d")
    };
    Shown {
        machine: at.timestamp().to_string(),
        full: at.strftime("%-d %B %Y, %H:%M").to_string(),
        exact: at.strftime("%-d %B %Y, %H:%M:%S").to_string(),
        short: short.to_string(),
    }
}

/// The day an instant falls on in a zone.
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> jiff::civil::Date {
    zoned(at, zone).date()
}

/// The instant at which a day begins in a zone.
pub(crate) fn begins(day: jiff::civil::Date, zone: &TimeZone) -> Option<Timestamp> {
    let begins = zone.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
    Some(Timestamp::from_micros(begins.as_microsecond()))
}

/// A span in words: minutes where they come out even, else seconds.
pub(crate) fn span(words: Words, span: Duration) -> String {
    let seconds = span.as_secs();
    let text = if seconds > 0 && seconds.is_multiple_of(60) {
        words.fill("span-minutes", seconds / 60)
    } else {
        words.fill("span-seconds", seconds)
    };
    text.into_owned()
}

fn zoned(at: Timestamp, zone: &TimeZone) -> ZonedDateTime {
    let at = Instant::from_microsecond(at.as_micros()).unwrap_or(Instant::UNIX_EPOCH);
    at.to_zoned_datetime(zone.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let at: Instant = text.parse().unwrap();
        Timestamp::from_micros(at.as_microsecond())
    }

    #[test]
    fn a_day_is_the_readers_day() {
        let now = at("2026-11-23T23:30:00Z");
        let berlin = zone("Europe/Berlin");
        let short = |text: &str, zone: &TimeZone| shown(at(text), now, zone).short;
        assert_eq!(short("2026-11-23T08:05:00Z", &TimeZone::UTC), "08:05");
        assert_eq!(
            short("2026-11-23T08:05:00Z", &berlin),
            "Mon 09:05",
            "yesterday there"
        );
        assert_eq!(short("2026-11-17T00:00:00Z", &TimeZone::UTC), "Tue 00:00");
        assert_eq!(short("2026-11-16T23:59:00Z", &TimeZone::UTC), "16 Nov");
        assert_eq!(short("2026-11-25T08:00:00Z", &TimeZone::UTC), "25 Nov");
        assert_eq!(short("2026-11-23T23:05:00Z", &berlin), "00:05");
        assert_eq!(short("2025-12-31T23:05:00Z", &TimeZone::UTC), "2025-12-31");
        let new_year = at("2026-01-03T08:00:00Z");
        let last_year = shown(at("2025-12-30T08:00:00Z"), new_year, &TimeZone::UTC);
        assert_eq!(last_year.short, "Tue 08:00");
        let full = shown(at("2026-11-23T08:05:00Z"), now, &berlin);
        assert_eq!(full.full, "23 November 2026, 09:05");
        assert_eq!(full.machine, "2026-11-23T08:05:00Z");
    }

    #[test]
    fn spans_are_said_in_the_largest_unit_that_fits() {
        let said = |seconds| span(Words::english(), Duration::from_secs(seconds));
        assert_eq!(said(180), "3 minutes");
        assert_eq!(said(60), "one minute");
        assert_eq!(said(90), "90 seconds");
        assert_eq!(said(1), "one second");
    }

    #[test]
    fn zones_are_known_by_name() {
        assert!(is_zone("Europe/Berlin") && is_zone("UTC"));
        assert!(!is_zone("Mars/Olympus") && !is_zone("") && !is_zone("../etc/passwd"));
        assert_eq!(zone("Mars/Olympus"), TimeZone::UTC);
        assert!(zones().len() > 300);
    }
}
