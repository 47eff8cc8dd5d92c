//! What stands over the text of an invitation, a cancellation or an answer: what it is, when and where.
//!
//! MailDesk asks for no permission of calendars, so nothing is answered here: Outlook is where that is
//! done, and the way there stands beside it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, ToSpan, ZonedDateTime};
use maildesk_model::Timestamp;
use maildesk_model::meeting::{Meeting, MeetingKind};

use crate::foreign;
use crate::pages::shell::Shell;

/// A meeting as a card shows it.
#[derive(Debug)]
pub(super) struct MeetingNote {
    /// What the message is.
    pub(super) heading: String,
    /// The colour it has, which says nothing that the heading does not.
    pub(super) tone: &'static str,
    pub(super) when: Option<When>,
    pub(super) location: Option<String>,
    /// Who invites, where the author of the message is who does.
    pub(super) organiser: Option<String>,
    /// Where one answers; an invitation alone is answered.
    pub(super) answer: Option<String>,
}

impl MeetingNote {
    /// Whether anything is known beyond what it is.
    pub(super) const fn has_facts(&self) -> bool {
        self.when.is_some() || self.location.is_some() || self.organiser.is_some()
    }
}

/// When it takes place, for who reads it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct When {
    /// Its beginning for machines: an instant, or a day.
    pub(super) machine: String,
    pub(super) text: String,
    pub(super) is_all_day: bool,
    pub(super) repeats: bool,
}

/// What is shown of it. `who` wrote the message, `link` opens it in Outlook.
pub(super) fn note(shell: &Shell, meeting: &Meeting, who: &str, link: &str) -> MeetingNote {
    let words = shell.words;
    let (heading, tone) = match meeting.kind {
        Some(MeetingKind::Request) => (words.say("meeting-request"), "accent"),
        Some(MeetingKind::Cancelled) => (words.say("meeting-cancelled"), "bad"),
        Some(MeetingKind::Accepted) => (words.fill("meeting-accepted", who), "good"),
        Some(MeetingKind::Tentative) => (words.fill("meeting-tentative", who), "warn"),
        Some(MeetingKind::Declined) => (words.fill("meeting-declined", who), "bad"),
        None => (words.say("meeting-some"), "accent"),
    };
    let invites = matches!(
        meeting.kind,
        Some(MeetingKind::Request | MeetingKind::Cancelled)
    );
    let is_request = meeting.kind == Some(MeetingKind::Request);
    let location = meeting.location.as_deref().map(foreign::line);
    MeetingNote {
        heading: heading.into_owned(),
        tone,
        when: when(meeting, &shell.zone),
        location: location.filter(|place| !place.is_empty()),
        organiser: invites.then(|| who.to_owned()),
        answer: (is_request && !link.is_empty()).then(|| link.to_owned()),
    }
}

/// When it takes place in a zone; whole days are the same everywhere.
fn when(meeting: &Meeting, zone: &TimeZone) -> Option<When> {
    let begins = meeting.starts_at?;
    let is_all_day = meeting.is_all_day == Some(true);
    let (machine, text) = if is_all_day {
        let first = nearest_day(begins);
        let ends = meeting.ends_at.map(nearest_day);
        let last = ends.and_then(|end| end.yesterday().ok());
        (first.to_string(), days(first, last))
    } else {
        let begins = zoned(begins, zone);
        let ends = meeting.ends_at.map(|end| zoned(end, zone));
        (begins.timestamp().to_string(), span(&begins, ends))
    };
    Some(When {
        machine,
        text,
        is_all_day,
        repeats: meeting.repeats == Some(true),
    })
}

fn zoned(at: Timestamp, zone: &TimeZone) -> ZonedDateTime {
    let at = Instant::from_microsecond(at.as_micros()).unwrap_or(Instant::UNIX_EPOCH);
    at.to_zoned_datetime(zone.clone())
}

/// The day whose midnight is nearest. A whole day begins at midnight where its organiser is, and Graph
/// tells that in UTC, as the same midnight or turned into another hour.
fn nearest_day(at: Timestamp) -> Date {
    let at = zoned(at, &TimeZone::UTC);
    let noon = at.checked_add(12.hours());
    noon.map_or_else(|_| at.date(), |noon| noon.date())
}

fn days(first: Date, last: Option<Date>) -> String {
    let named = first.strftime("%A, %-d %B %Y");
    match last.filter(|last| *last > first) {
        Some(last) => format!("{named} – {}", last.strftime("%A, %-d %B %Y")),
        None => named.to_string(),
    }
}

fn span(begins: &ZonedDateTime, ends: Option<ZonedDateTime>) -> String {
    let named = begins.strftime("%A, %-d %B %Y, %H:%M");
    match ends.filter(|ends| ends > begins) {
        Some(ends) if ends.date() == begins.date() => format!("{named}–{}", ends.strftime("%H:%M")),
        Some(ends) => format!("{named} – {}", ends.strftime("%A, %-d %B %Y, %H:%M")),
        None => named.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::time::zone;

    fn told(begins: &str, ends: &str, is_all_day: bool, at: &str) -> (String, String) {
        let meeting = Meeting {
            starts_at: Timestamp::parse(begins),
            ends_at: Timestamp::parse(ends),
            is_all_day: Some(is_all_day),
            ..Meeting::default()
        };
        let when = when(&meeting, &zone(at)).unwrap();
        (when.machine, when.text)
    }

    #[test]
    fn a_time_is_the_readers() {
        let standup = ("2026-12-01T23:30:00Z", "2026-12-02T00:15:00Z");
        let said = |zone| told(standup.0, standup.1, false, zone).1;
        assert_eq!(
            said("Europe/Berlin"),
            "Wednesday, 2 December 2026, 00:30–01:15"
        );
        assert_eq!(
            said("UTC"),
            "Tuesday, 1 December 2026, 23:30 – Wednesday, 2 December 2026, 00:15"
        );
        let (machine, text) = told(standup.0, standup.0, false, "UTC");
        assert_eq!(machine, "2026-12-01T23:30:00Z");
        assert_eq!(text, "Tuesday, 1 December 2026, 23:30");
    }

    #[test]
    fn whole_days_are_the_same_everywhere() {
        for (begins, ends) in [
            // As midnight in UTC, in Berlin, and in Los Angeles.
            ("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"),
            ("2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z"),
            ("2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z"),
        ] {
            for zone in ["UTC", "Pacific/Auckland", "America/Los_Angeles"] {
                let (machine, text) = told(begins, ends, true, zone);
                assert_eq!(machine, "2026-12-01", "{begins} in {zone}");
                assert_eq!(text, "Tuesday, 1 December 2026");
            }
        }
        let (_, text) = told("2026-12-01T00:00:00Z", "2026-12-04T00:00:00Z", true, "UTC");
        assert_eq!(text, "Tuesday, 1 December 2026 – Thursday, 3 December 2026");
    }

    #[test]
    fn without_a_beginning_nothing_is_said() {
        assert_eq!(when(&Meeting::default(), &TimeZone::UTC), None);
    }
}
