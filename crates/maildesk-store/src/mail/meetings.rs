//! What a message tells of a meeting, as the columns of its row.

use maildesk_model::meeting::{Meeting, MeetingKind};

use crate::contract::{Result, StoreError};
use crate::db::{Row, Value, args};

/// The values of the columns, in the order in which `kept` names them.
pub(super) fn values(meeting: Option<&Meeting>) -> Vec<Value> {
    let Some(meeting) = meeting else {
        let none: Option<i64> = None;
        let nothing: Option<&str> = None;
        return args![nothing, none, none, none, none, nothing];
    };
    args![
        meeting.kind.map_or("", MeetingKind::name),
        meeting.starts_at,
        meeting.ends_at,
        meeting.is_all_day.map(i64::from),
        meeting.repeats.map(i64::from),
        meeting.location.as_ref()
    ]
}

/// Reads the columns.
pub(crate) fn read(row: &Row) -> Result<Option<Meeting>> {
    let Some(kind) = row.opt_text("meeting")? else {
        return Ok(None);
    };
    let known = MeetingKind::from_name(&kind);
    if known.is_none() && !kind.is_empty() {
        return Err(StoreError::Corrupt("a meeting is of no known kind".into()));
    }
    let truth = |column| Ok(row.opt_int(column)?.map(|truth| truth != 0));
    Ok(Some(Meeting {
        kind: known,
        starts_at: row.opt_time("meeting_starts_at")?,
        ends_at: row.opt_time("meeting_ends_at")?,
        is_all_day: truth("meeting_all_day")?,
        repeats: truth("meeting_repeats")?,
        location: row.opt_text("meeting_place")?,
    }))
}
