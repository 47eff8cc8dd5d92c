//! When to try again to tell, and from which mailbox mails are sent.

use std::time::Duration;

use maildesk_model::alert::{AlertSender, Notice};
use maildesk_model::mailbox::Trouble;
use maildesk_model::{MailboxId, Timestamp};
use maildesk_store::contract::NoticeOutcome;

use super::NOTICES_PER_HOUR;

/// What waited so long is news no more; what stands is told again as a reminder.
const GIVE_UP_AFTER: Duration = Duration::from_hours(48);
/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_hours(1);
/// After so many tries that may have been taken it counts as taken: twice is harmless.
const DOUBTS_MAX: i64 = 2;
/// Mailboxes tried for one mail.
const SENDERS_MAX: usize = 3;

/// Whether it is time to try. One that waits longer than any wait of ours was put off by a clock that
/// was ahead. What waited while its way was out of order does not go out all at once.
pub fn is_due(notice: &Notice, now: Timestamp) -> bool {
    let is_time = notice.due_at <= now || notice.due_at > now.plus(LONGEST);
    is_time && notice.gone_out < NOTICES_PER_HOUR
}

/// A notice was not taken for the time being; `is_doubtful`: or it was, and nobody knows. A mailbox that
/// answers slowly would otherwise send the same mail fifty times.
pub fn after_failure(
    notice: &Notice,
    trouble: Trouble,
    is_doubtful: bool,
    now: Timestamp,
) -> NoticeOutcome {
    if is_doubtful && notice.doubts + 1 >= DOUBTS_MAX {
        return NoticeOutcome::Doubtful { trouble };
    }
    let wait = match notice.tries {
        0 => Duration::from_secs(30),
        1 => Duration::from_mins(2),
        2 => Duration::from_mins(10),
        3 => Duration::from_mins(30),
        _ => LONGEST,
    };
    if notice.created_at.plus(GIVE_UP_AFTER) <= now {
        NoticeOutcome::GivenUp { trouble }
    } else {
        NoticeOutcome::Again {
            due_at: now.plus(wait),
            trouble,
            is_doubtful,
        }
    }
}

/// The mailboxes to try, in order: the one that was chosen while it is well, others that are, and
/// then those in some trouble, which may still be able to send. Those that wait for a sign-in
/// cannot.
pub fn senders(chosen: Option<MailboxId>, known: &[AlertSender]) -> Vec<MailboxId> {
    let mut able: Vec<_> = known.iter().filter(|one| !one.hopeless).collect();
    able.sort_by_key(|one| (!one.healthy, Some(one.mailbox) != chosen));
    let mailboxes = able.into_iter().map(|one| one.mailbox);
    mailboxes.take(SENDERS_MAX).collect()
}
