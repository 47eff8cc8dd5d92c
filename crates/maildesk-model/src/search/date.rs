//! Dates as they are typed behind `before:` and `after:`.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;

/// The first instant of a day (`2026-08-31`), a month (`2026-08`) or a year (`2026`) in a time
/// zone. Parts may be parted by `-`, `/` or `.`, and begin with the year: the other orders mean
/// different days to different people.
pub(super) fn begins(typed: &str, zone: &TimeZone) -> Option<Timestamp> {
    let mut parts = typed.split(['-', '/', '.']);
    let year = number(parts.next()?, 4..=4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 1..=2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 1..=2))?;
    if parts.next().is_some() {
        return None;
    }
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let begins = zone.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    Some(Timestamp::from_micros(begins.as_microsecond()))
}

/// The days that may be meant by something that is no date here: the orders in which people write
/// them elsewhere, each as it is written here.
pub(super) fn meant(typed: &str) -> Vec<String> {
    let parts: Vec<&str> = typed.split(['-', '/', '.']).collect();
    let [one, other, year] = parts[..] else {
        return Vec::new();
    };
    let year = match year.len() {
        4 => number(year, 4..=4),
        2 => number(year, 2..=2).map(|year| 2000 + year),
        _ => None,
    };
    let (Some(one), Some(other), Some(year)) = (number(one, 1..=2), number(other, 1..=2), year)
    else {
        return Vec::new();
    };
    let day = |month: i16, day: i16| {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        Date::new(year, month, day)
            .ok()
            .map(|date| date.to_string())
    };
    // With slashes Americans write the month first, with dots nobody does.
    let both = if typed.contains('/') {
        [day(one, other), day(other, one)]
    } else {
        [day(other, one), day(one, other)]
    };
    let mut meant: Vec<String> = both.into_iter().flatten().collect();
    meant.dedup();
    meant
}

fn number(part: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i16> {
    let is_number = digits.contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit());
    is_number.then(|| part.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_orders_are_guessed() {
        for (typed, expected) in [
            ("31.8.2026", "2026-08-31"),
            ("8/31/26", "2026-08-31"),
            ("3/4/2026", "2026-03-04 2026-04-03"),
            ("3.4.2026", "2026-04-03 2026-03-04"),
            ("5-5-2026", "2026-05-05"),
            ("32.8.2026", ""),
            ("99/99/99", ""),
            ("soon", ""),
            ("1.2.3.4", ""),
            ("2026-8-031", ""),
            ("", ""),
        ] {
            assert_eq!(meant(typed).join(" "), expected, "{typed}");
        }
    }

    #[test]
    fn dates_begin_with_the_year() {
        let begins = |typed: &str| begins(typed, &TimeZone::UTC).map(Timestamp::to_rfc3339);
        for (typed, expected) in [
            ("2026-08-31", "2026-08-31T00:00:00Z"),
            ("2026/8/3", "2026-08-03T00:00:00Z"),
            ("2026.08.31", "2026-08-31T00:00:00Z"),
            ("2026-08", "2026-08-01T00:00:00Z"),
            ("2026", "2026-01-01T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
        ] {
            assert_eq!(begins(typed).as_deref(), Some(expected), "{typed}");
        }
        for typed in [
            "2026-02-29",
            "31.8.2026",
            "8/31/26",
            "26-08-31",
            "2026-13",
            "2026-00",
            "2026-08-31-1",
            "2026-",
            "2026-8-031",
            "+026",
            "yesterday",
            "",
            "２０２６",
        ] {
            assert_eq!(begins(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_day_begins_where_the_person_is() {
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        let begins = begins("2026-08-31", &tokyo).unwrap();
        assert_eq!(begins.to_rfc3339(), "2026-08-30T15:00:00Z");
    }
}
