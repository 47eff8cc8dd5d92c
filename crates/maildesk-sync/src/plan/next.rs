//! What comes next for a mailbox.

use maildesk_graph::Urgency;
use maildesk_graph::message::SELECT_VERSION;
use maildesk_model::Timestamp;
use maildesk_model::intent::Intent;
use maildesk_model::stamp::Trigger;
use maildesk_store::contract::{FolderSync, Missing, Stamp, Work};

/// One bounded piece of work.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Step<'w> {
    /// Throw delta links away that were made with another `$select` list.
    Version,
    /// List the folders for the first time, or from scratch.
    Folders,
    /// Read hinted messages.
    Hints(&'w Stamp),
    /// Carry out what people want.
    Intents(&'w [Intent]),
    /// The scheduled look at the mailbox.
    Sweep,
    /// Find out where removed messages went.
    Missing(&'w [Missing]),
    /// Go on with a folder's round of several pages.
    Round(&'w FolderSync),
    /// Visit every folder, because the stamp says "all".
    CatchUp(&'w Stamp),
    /// List a folder for the first time, or from scratch.
    Listing(&'w FolderSync),
    /// Leave the bodies of what was received before this at Microsoft; `None`: none of them.
    LeaveBodies(Option<Timestamp>),
    /// Bring bodies of messages.
    Bodies {
        /// Received at this instant or earlier.
        before: Timestamp,
        /// And no earlier than this; `None`: however early.
        from: Option<Timestamp>,
    },
}

impl Step<'_> {
    /// What makes it run, as the metrics tell it.
    pub(crate) const fn trigger(&self) -> Trigger {
        match self {
            Self::Hints(stamp) | Self::CatchUp(stamp) => stamp.trigger,
            Self::Intents(_) => Trigger::Intent,
            Self::Sweep | Self::Missing(_) | Self::Round(_) => Trigger::Sweep,
            Self::Version
            | Self::Folders
            | Self::Listing(_)
            | Self::LeaveBodies(_)
            | Self::Bodies { .. } => Trigger::Import,
        }
    }

    /// History gives way to everything else.
    pub(crate) const fn urgency(&self) -> Urgency {
        if self.is_history() {
            Urgency::History
        } else {
            Urgency::Now
        }
    }

    /// Whether nobody waits for it: such steps are many, and other mailboxes go first.
    pub(crate) const fn is_history(&self) -> bool {
        matches!(
            self,
            Self::Listing(_) | Self::LeaveBodies(_) | Self::Bodies { .. }
        )
    }
}

/// The next step. `next_sweep_at` is the mailbox's own, or a later one this run has decided on.
///
/// Hints go before clicks, clicks before the schedule, and the schedule before everything that
/// may be long or may fail again and again: whatever else is wrong, sweeps go on (P6).
pub(crate) fn next(
    work: &Work,
    now: Timestamp,
    next_sweep_at: Option<Timestamp>,
) -> Option<Step<'_>> {
    if work.mailbox.select_version != SELECT_VERSION {
        return Some(Step::Version);
    }
    // Nothing can be kept before it is known which folders there are.
    if work.mailbox.folders_link.is_none() {
        return Some(Step::Folders);
    }
    if let Some(stamp) = &work.stamp
        && !stamp.hints.is_empty()
    {
        return Some(Step::Hints(stamp));
    }
    if !work.intents.is_empty() {
        return Some(Step::Intents(&work.intents));
    }
    if next_sweep_at.is_none_or(|due| due <= now) {
        return Some(Step::Sweep);
    }
    if !work.missing.is_empty() {
        return Some(Step::Missing(&work.missing));
    }
    if let Some(folder) = &work.unfinished {
        return Some(Step::Round(folder));
    }
    if let Some(stamp) = &work.stamp {
        return Some(Step::CatchUp(stamp));
    }
    if let Some(folder) = &work.unlisted {
        return Some(Step::Listing(folder));
    }
    let from = bodies_from(work.mailbox.bodies_days, now);
    let grew_old = |gap| from.is_some_and(|from| gap < from);
    if from != work.mailbox.bodies_from || work.body_gap.is_some_and(grew_old) {
        return Some(Step::LeaveBodies(from));
    }
    work.body_gap.map(|before| Step::Bodies { before, from })
}

/// From when on bodies are kept: the beginning of a day in UTC, so that it moves once a day (S9).
fn bodies_from(days: Option<i64>, now: Timestamp) -> Option<Timestamp> {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    let today = now.as_micros().div_euclid(DAY);
    days.map(|days| Timestamp::from_micros((today - days).saturating_mul(DAY)))
}

#[cfg(test)]
mod tests {
    use maildesk_model::id::{FolderId, IntentId, MailboxId, MessageId};
    use maildesk_model::intent::{IntentState, Want};
    use maildesk_model::mailbox::{Connection, MailboxState};
    use maildesk_store::contract::{Cursor, Hint, SyncMailbox};

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);
    const BODIES: Step<'_> = Step::Bodies {
        before: NOW,
        from: None,
    };

    fn quiet() -> Work {
        Work {
            mailbox: SyncMailbox {
                id: MailboxId(1),
                address: String::new(),
                connection: Connection::GraphApplication,
                state: MailboxState::Active,
                not_before: None,
                failures: 0,
                connected_at: None,
                next_sweep_at: None,
                folders_link: Some(String::new()),
                select_version: SELECT_VERSION,
                folder_count: 1,
                bodies_days: None,
                bodies_from: None,
            },
            stamp: None,
            intents: Vec::new(),
            missing: Vec::new(),
            unlisted: None,
            unfinished: None,
            body_gap: None,
        }
    }

    fn folder() -> FolderSync {
        FolderSync {
            id: FolderId(1),
            remote_id: String::new(),
            well_known: None,
            cursor: Cursor::Start,
            visited_at: None,
        }
    }

    fn stamp(all: bool, hints: usize) -> Stamp {
        let hint = Hint {
            remote_id: String::new(),
            version: 1,
            announced_at: NOW,
            attempts: 0,
            known_folder: None,
        };
        Stamp {
            version: 1,
            all,
            trigger: Trigger::Push,
            hints: vec![hint; hints],
        }
    }

    fn everything() -> Work {
        Work {
            stamp: Some(stamp(true, 1)),
            intents: vec![Intent {
                id: IntentId(1),
                mailbox: MailboxId(1),
                user: None,
                want: Want::FetchBody {
                    message: MessageId(1),
                },
                state: IntentState::Waiting,
                attempts: 0,
                not_before: NOW,
                created_at: NOW,
            }],
            missing: vec![Missing {
                id: MessageId(1),
                remote_id: String::new(),
            }],
            unlisted: Some(folder()),
            unfinished: Some(folder()),
            body_gap: Some(NOW),
            ..quiet()
        }
    }

    fn name(step: Option<Step<'_>>) -> String {
        let text = format!("{step:?}");
        let text = text.strip_prefix("Some(").unwrap_or(&text);
        text.split(['(', ')', ' ']).next().unwrap().to_owned()
    }

    #[test]
    fn bodies_are_kept_of_so_many_days_and_left_before_them() {
        const DAY: i64 = 24 * 60 * 60 * 1_000_000;
        let day = |n: i64| Timestamp::from_micros(n * DAY);
        let now = Timestamp::from_micros(100 * DAY + 5);
        let later = Some(now.plus(std::time::Duration::from_secs(1)));
        let leave = |from| Some(Step::LeaveBodies(from));
        let bring = |before, from| Some(Step::Bodies { before, from });
        // Days that are kept; where they begin by now; the newest body that is missing.
        for (days, reached, gap, step) in [
            (None, None, None, None),
            (None, None, Some(day(-5)), bring(day(-5), None)),
            // A setting that is new, or another one, or none any more, is carried out once.
            (Some(30), None, None, leave(Some(day(70)))),
            (Some(30), Some(day(50)), None, leave(Some(day(70)))),
            (Some(30), Some(day(90)), None, leave(Some(day(70)))),
            (None, Some(day(70)), None, leave(None)),
            (Some(30), Some(day(70)), None, None),
            // A day later it moves on.
            (Some(30), Some(day(69)), None, leave(Some(day(70)))),
            // What is missing is brought if it is young enough, and left otherwise.
            (
                Some(30),
                Some(day(70)),
                Some(day(70)),
                bring(day(70), Some(day(70))),
            ),
            (
                Some(30),
                Some(day(70)),
                Some(Timestamp::from_micros(70 * DAY - 1)),
                leave(Some(day(70))),
            ),
        ] {
            let mut work = quiet();
            (work.mailbox.bodies_days, work.mailbox.bodies_from) = (days, reached);
            work.body_gap = gap;
            assert_eq!(
                next(&work, now, later),
                step,
                "{days:?} {reached:?} {gap:?}"
            );
        }
    }

    #[test]
    fn everything_comes_in_its_order() {
        let later = Some(NOW.plus(std::time::Duration::from_secs(1)));
        let mut work = everything();
        work.mailbox.select_version = 0;
        work.mailbox.folders_link = None;
        let mut order = vec![name(next(&work, NOW, None))];
        work.mailbox.select_version = SELECT_VERSION;
        order.push(name(next(&work, NOW, None)));
        work.mailbox.folders_link = Some(String::new());
        order.push(name(next(&work, NOW, None)));
        work.stamp = Some(stamp(true, 0));
        order.push(name(next(&work, NOW, None)));
        work.intents.clear();
        order.push(name(next(&work, NOW, None)));
        order.push(name(next(&work, NOW, later)));
        work.missing.clear();
        order.push(name(next(&work, NOW, later)));
        work.unfinished = None;
        order.push(name(next(&work, NOW, later)));
        work.stamp = None;
        order.push(name(next(&work, NOW, later)));
        work.unlisted = None;
        order.push(name(next(&work, NOW, later)));
        work.body_gap = None;
        order.push(name(next(&work, NOW, later)));
        let wanted =
            "Version Folders Hints Intents Sweep Missing Round CatchUp Listing Bodies None";
        assert_eq!(order.join(" "), wanted);
    }

    #[test]
    fn a_sweep_is_due_at_its_time_and_when_there_never_was_one() {
        let work = quiet();
        for (next_sweep_at, due) in [
            (None, true),
            (Some(NOW), true),
            (Some(NOW.plus(std::time::Duration::from_micros(1))), false),
        ] {
            assert_eq!(next(&work, NOW, next_sweep_at).is_some(), due);
        }
    }

    #[test]
    fn triggers_and_urgency_follow_from_the_step() {
        let work = everything();
        let stamp = work.stamp.as_ref().unwrap();
        for (step, trigger, urgency) in [
            (Step::Hints(stamp), Trigger::Push, Urgency::Now),
            (Step::Intents(&work.intents), Trigger::Intent, Urgency::Now),
            (Step::Sweep, Trigger::Sweep, Urgency::Now),
            (Step::Folders, Trigger::Import, Urgency::Now),
            (BODIES, Trigger::Import, Urgency::History),
            (Step::LeaveBodies(None), Trigger::Import, Urgency::History),
        ] {
            assert_eq!((step.trigger(), step.urgency()), (trigger, urgency));
        }
    }
}
