//! Drafts: the next step on the way from a row to a mail in Sent Items.
//!
//! Nothing is asked of Graph twice before it is known what became of the first time. What was asked
//! stands in the row before the call; after a crash, a time-out or a 5xx the copy is looked at, by a
//! marker if its creation was not answered, by its id once it has one. Graph sends nothing that is no
//! draft any more, so one id can never go out twice (docs/decisions/0012-sending.md).

mod refusal;
#[cfg(test)]
mod tests;

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_model::draft::DraftState;
use maildesk_model::id::DraftFileId;
use maildesk_model::intent::Want;
use maildesk_store::contract::DraftWork;

pub(crate) use refusal::{Why, refusal, told};

/// When it is looked, after Graph was asked, whether a draft has been created or sent.
const LOOKS: [Duration; 4] = [
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_mins(1),
];
/// And from then on; after a quarter of an hour less often.
const LOOK_EVERY: Duration = Duration::from_mins(1);
const LOOK_SELDOM: Duration = Duration::from_mins(5);
const OFTEN: u32 = 15;
/// A creation that was not answered and is not found for so long has not taken place. Should it turn
/// up later all the same, there is a draft too many, which harms nobody.
const CREATION_PATIENCE: Duration = Duration::from_mins(1);
/// A draft that lies in Drafts unchanged for so long after Graph was asked to send it was not sent by
/// that call: no request lives as long. Our own ends after 30 s, and Graph was seen to finish within
/// 22 s what it had not answered (recorded.md 6).
const SEND_PATIENCE: Duration = Duration::from_mins(3);
/// A draft that Graph has promised to send and that still lies in Drafts.
const PROMISE_PATIENCE: Duration = Duration::from_mins(10);
/// A copy that Graph does not know for so long is gone; ids that were told a moment ago are not known
/// at times (facts.md 10, 7).
const LOST_FOR: Duration = Duration::from_mins(5);

/// What an intent is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// Make the copy equal to the row.
    Save,
    /// And have it sent.
    Send,
    /// Take the copy away.
    Discard,
}

impl Purpose {
    /// What an intent about a draft is for.
    pub(crate) const fn of(want: &Want) -> Self {
        match want {
            Want::SendDraft { .. } => Self::Send,
            Want::DiscardDraft { .. } => Self::Discard,
            _ => Self::Save,
        }
    }
}

/// The copy, as it was seen a moment ago.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Seen {
    /// Nobody has looked.
    #[default]
    NotLooked,
    /// A draft, last changed then.
    Draft(Option<Timestamp>),
    /// In the Outbox.
    Leaving,
    /// No draft any more, and still in Drafts: on its way, or sent and put there by somebody.
    Left,
    /// No draft any more, and neither in Drafts nor in the Outbox.
    Sent,
    /// Graph does not know it.
    Unknown,
}

/// What this run has found out so far; rows hold the rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Found {
    /// The copy.
    pub(crate) seen: Seen,
    /// It was looked for a creation that was not answered, in vain.
    pub(crate) not_created: bool,
    /// The copy was written in this run.
    pub(crate) written: bool,
}

/// What to do next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Look for the copy whose creation was not answered.
    LookForCreation,
    /// It was not created.
    GiveUpCreation,
    /// Create the copy.
    Create,
    /// Read Graph's list of its files.
    ListFiles,
    /// Take a file away.
    RemoveFile(DraftFileId),
    /// Add a file, or a part of it.
    Upload(DraftFileId),
    /// Write text, recipients and importance.
    Write,
    /// Look at the copy.
    Look,
    /// Ask Graph to send it.
    Send,
    /// Delete the copy.
    Delete,
    /// Go on then.
    Wait(Timestamp),
    /// The copy is equal to the row.
    Saved,
    /// It has been sent.
    Sent,
    /// The copy is gone, as wanted.
    Discarded,
    /// Its author wants it otherwise by now.
    Nothing,
    /// It cannot be done.
    Refuse(Why),
}

/// The next step for a draft.
pub(crate) fn next(work: &DraftWork, purpose: Purpose, found: Found, now: Timestamp) -> Step {
    match (purpose, work.draft.state) {
        (Purpose::Save, DraftState::Writing | DraftState::Sending) if found.seen == Seen::Sent => {
            Step::Sent
        }
        (Purpose::Save, DraftState::Writing | DraftState::Sending) if work.asked_at.is_none() => {
            match found.seen {
                Seen::Unknown => lost(work, Why::DeletedInOutlook, now),
                _ => save(work, found, now).unwrap_or(Step::Saved),
            }
        }
        (Purpose::Send, DraftState::Sending) => match work.asked_at {
            Some(asked) => after_asking(work, asked, found.seen, now),
            None => send(work, found, now),
        },
        (Purpose::Discard, DraftState::Discarded) => discard(work, found, now),
        _ => Step::Nothing,
    }
}

/// What the copy still lacks; `None`: nothing.
fn save(work: &DraftWork, found: Found, now: Timestamp) -> Option<Step> {
    if work.remote_id.is_none() {
        return Some(match work.creating_at {
            None => Step::Create,
            Some(asked) => creation(asked, found, now),
        });
    }
    if !work.files_listed || work.files.iter().any(|one| one.asked) {
        return Some(Step::ListFiles);
    }
    if let Some(gone) = work.files.iter().find(|one| one.removed) {
        return Some(Step::RemoveFile(gone.file.id));
    }
    let missing = work
        .files
        .iter()
        .find(|one| one.file.is_here && one.file.is_complete() && one.remote_id.is_none());
    if let Some(missing) = missing {
        return Some(Step::Upload(missing.file.id));
    }
    // Last, because files change the copy too, and what was written last is what is compared.
    (work.saved_edits != work.edits).then_some(Step::Write)
}

fn creation(asked: Timestamp, found: Found, now: Timestamp) -> Step {
    if !found.not_created {
        let first = asked.plus(LOOKS[0]);
        return if now < first {
            Step::Wait(first)
        } else {
            Step::LookForCreation
        };
    }
    if now >= asked.plus(CREATION_PATIENCE) {
        return Step::GiveUpCreation;
    }
    let later = LOOKS.iter().map(|after| asked.plus(*after));
    let next = later.filter(|at| *at > now).min();
    Step::Wait(next.unwrap_or_else(|| asked.plus(CREATION_PATIENCE)))
}

fn send(work: &DraftWork, found: Found, now: Timestamp) -> Step {
    match found.seen {
        // Somebody has sent it in Outlook.
        Seen::Sent => return Step::Sent,
        Seen::Leaving | Seen::Left => return Step::Wait(now.plus(LOOKS[1])),
        Seen::Unknown => return lost(work, Why::DeletedInOutlook, now),
        Seen::NotLooked | Seen::Draft(_) => {}
    }
    if let Some(step) = save(work, found, now) {
        return step;
    }
    match found.seen {
        Seen::NotLooked if !found.written => Step::Look,
        // Changed in Outlook since: what goes out is what its author has seen here.
        Seen::Draft(Some(changed_at))
            if work.saved_at.is_some_and(|saved_at| saved_at != changed_at) =>
        {
            Step::Write
        }
        _ => Step::Send,
    }
}

fn after_asking(work: &DraftWork, asked: Timestamp, seen: Seen, now: Timestamp) -> Step {
    let since = work.accepted_at.unwrap_or(asked);
    let due = next_look(since, work.looks);
    // Looks that were missed, as while the server was down, are not made up for.
    let next = due.max(now.plus(LOOKS[0]));
    match seen {
        Seen::NotLooked if due > now => Step::Wait(due),
        Seen::NotLooked => Step::Look,
        Seen::Sent => Step::Sent,
        Seen::Left if now >= since.plus(PROMISE_PATIENCE) => Step::Sent,
        Seen::Leaving | Seen::Left => Step::Wait(next),
        Seen::Draft(_) if work.accepted_at.is_some() => {
            if now >= since.plus(PROMISE_PATIENCE) {
                Step::Refuse(Why::PromisedInVain)
            } else {
                Step::Wait(next)
            }
        }
        Seen::Draft(_) => {
            let patient_until = asked.plus(SEND_PATIENCE);
            if now >= patient_until {
                Step::Send
            } else {
                Step::Wait(next.min(patient_until))
            }
        }
        Seen::Unknown => match lost(work, Why::LostWhileSending, now) {
            // Graph has promised to send it, and somebody has deleted it in Sent Items.
            Step::Refuse(_) if work.accepted_at.is_some() => Step::Sent,
            Step::Wait(until) => Step::Wait(next.min(until)),
            decided => decided,
        },
    }
}

/// When to look for the next time, having looked `looks` times. The times are counted from the asking,
/// so that they come, whatever the time is now.
fn next_look(since: Timestamp, looks: i64) -> Timestamp {
    let looks = u32::try_from(looks).unwrap_or(0);
    if let Some(after) = LOOKS.get(looks as usize) {
        return since.plus(*after);
    }
    let often = looks.min(OFTEN) + 2 - LOOKS.len() as u32;
    let seldom = looks.saturating_sub(OFTEN);
    since.plus(LOOK_EVERY * often + LOOK_SELDOM * seldom)
}

fn lost(work: &DraftWork, why: Why, now: Timestamp) -> Step {
    let since = work.lost_at.unwrap_or(now);
    let until = since.plus(LOST_FOR);
    if now >= until {
        Step::Refuse(why)
    } else {
        Step::Wait(until)
    }
}

fn discard(work: &DraftWork, found: Found, now: Timestamp) -> Step {
    match (&work.remote_id, work.creating_at) {
        (Some(_), _) => Step::Delete,
        (None, None) => Step::Discarded,
        (None, Some(asked)) => creation(asked, found, now),
    }
}
