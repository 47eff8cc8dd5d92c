//! The days a flag can be given, by a button as Outlook names them or by their date, and how a due
//! day is shown.

use std::ops::RangeInclusive;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use maildesk_model::Timestamp;

use crate::day;
use crate::pages::shell::Shell;

/// A due day as a list shows it.
#[derive(Debug)]
pub(super) struct Due {
    /// Short: the day of this year, the date of another.
    pub(super) text: String,
    /// Whether it has passed.
    pub(super) is_over: bool,
}

/// The day of a button's name, seen from the day it is where the person is. A week ends on Friday;
/// on a weekend this week's last day is Sunday.
fn named(name: &str, today: Date) -> Option<Date> {
    let days = match name {
        "today" => 0,
        "tomorrow" => 1,
        "this-week" if matches!(today.weekday(), Weekday::Saturday | Weekday::Sunday) => {
            until(today, Weekday::Sunday)
        }
        "this-week" => until(today, Weekday::Friday),
        "next-week" => until(today, Weekday::Sunday) + 5,
        _ => return None,
    };
    today.checked_add(days.days()).ok()
}

/// The days that can be chosen by their date. What is farther away is a slip of the hand.
pub(super) fn days(today: Date) -> RangeInclusive<Date> {
    today.saturating_sub(1.year())..=today.saturating_add(10.years())
}

/// The day that a form asks for: by its name, or its date.
pub(super) fn chosen(text: &str, today: Date) -> Option<Date> {
    let by_date = || day::from_name(text).map(day::of);
    let within = |day: &Date| days(today).contains(day);
    named(text, today).or_else(|| by_date().filter(within))
}

/// How many days it is until that weekday; none on the day itself.
fn until(today: Date, weekday: Weekday) -> i64 {
    i64::from(today.weekday().until(weekday))
}

/// A due day, for this person now.
pub(super) fn shown(shell: &Shell, due: Timestamp) -> Due {
    let (due, today) = (day::of(due), shell.today());
    let pattern = if due.year() == today.year() {
        "%-d %b"
    } else {
        "%Y-%m-%d"
    };
    Due {
        text: due.strftime(pattern).to_string(),
        is_over: due < today,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_day_of_some_years_can_be_chosen() {
        let today = "2026-12-02".parse().unwrap();
        for day in ["2025-12-02", "2026-12-24", "2028-02-29", "2036-12-02"] {
            assert_eq!(chosen(day, today).unwrap().to_string(), day);
        }
        assert_eq!(chosen("tomorrow", today).unwrap().to_string(), "2026-12-03");
        for odd in [
            "",
            "2025-12-01",
            "2036-12-03",
            "2027-02-29",
            "24.12.2026",
            "soon",
        ] {
            assert_eq!(chosen(odd, today), None, "{odd}");
        }
    }

    #[test]
    fn days_have_outlooks_names() {
        for (today, name, wanted) in [
            ("2026-12-02", "today", "2026-12-02"),
            ("2026-12-31", "tomorrow", "2027-01-01"),
            ("2026-12-02", "this-week", "2026-12-04"),
            ("2026-12-04", "this-week", "2026-12-04"),
            ("2026-12-05", "this-week", "2026-12-06"),
            ("2026-12-06", "this-week", "2026-12-06"),
            ("2026-12-02", "next-week", "2026-12-11"),
            ("2026-12-06", "next-week", "2026-12-11"),
            ("2026-12-07", "next-week", "2026-12-18"),
        ] {
            let day = named(name, today.parse().unwrap()).unwrap();
            assert_eq!(day.to_string(), wanted, "{name} on {today}");
        }
        assert_eq!(named("some day", "2026-12-02".parse().unwrap()), None);
    }
}
