//! What a message about a meeting tells: an invitation, a cancellation, an answer to an invitation.
//!
//! Lists tell only that it is one, a message that is read whole tells the rest. So each part may be
//! unknown, and what is told later never takes away what was told before.

use crate::clock::Timestamp;

/// What such a message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum MeetingKind {
    /// An invitation, or a changed one.
    Request,
    /// The meeting does not take place.
    Cancelled,
    /// Somebody comes.
    Accepted,
    /// Somebody may come.
    Tentative,
    /// Somebody does not come.
    Declined,
}

impl MeetingKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Request,
        Self::Cancelled,
        Self::Accepted,
        Self::Tentative,
        Self::Declined,
    ];

    /// The name in the database and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Cancelled => "cancelled",
            Self::Accepted => "accepted",
            Self::Tentative => "tentative",
            Self::Declined => "declined",
        }
    }

    /// Reads [`MeetingKind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a message about a meeting tells of it, as far as it is known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Meeting {
    /// What the message is.
    pub kind: Option<MeetingKind>,
    /// When the meeting begins.
    pub starts_at: Option<Timestamp>,
    /// When it ends; for whole days the end of the last one.
    pub ends_at: Option<Timestamp>,
    /// Whether it lasts whole days.
    pub is_all_day: Option<bool>,
    /// Whether it is one of a series.
    pub repeats: Option<bool>,
    /// Where it takes place, in the organiser's words.
    pub location: Option<String>,
}

impl Meeting {
    /// This, with what only `earlier` knows.
    #[must_use]
    pub fn over(self, earlier: Self) -> Self {
        Self {
            kind: self.kind.or(earlier.kind),
            starts_at: self.starts_at.or(earlier.starts_at),
            ends_at: self.ends_at.or(earlier.ends_at),
            is_all_day: self.is_all_day.or(earlier.is_all_day),
            repeats: self.repeats.or(earlier.repeats),
            location: self.location.or(earlier.location),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_by_their_names() {
        for kind in MeetingKind::ALL {
            assert_eq!(MeetingKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(MeetingKind::from_name("meetingRequest"), None);
    }

    #[test]
    fn what_is_told_later_takes_nothing_away() {
        let whole = Meeting {
            kind: Some(MeetingKind::Request),
            starts_at: Some(Timestamp::from_micros(1)),
            ends_at: Some(Timestamp::from_micros(2)),
            is_all_day: Some(false),
            repeats: Some(true),
            location: Some("Room 4".to_owned()),
        };
        assert_eq!(Meeting::default().over(whole.clone()), whole);
        let moved = Meeting {
            starts_at: Some(Timestamp::from_micros(7)),
            ..Meeting::default()
        };
        let now = moved.over(whole.clone());
        assert_eq!(now.starts_at, Some(Timestamp::from_micros(7)));
        assert_eq!((now.kind, now.location), (whole.kind, whole.location));
    }
}
