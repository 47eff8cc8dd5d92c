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
    /// Bring bodies of messages received at this instant and before it.
    Bodies(Timestamp),
}

impl Step<'_> {
    /// What makes it run, as the metrics tell it.
    pub(crate) const fn trigger(&self) -> Trigger {
        match self {
            Self::Hints(stamp) | Self::CatchUp(stamp) => stamp.trigger,
            Self::Intents(_) => Trigger::Intent,
            Self::Sweep | Self::Missing(_) | Self::Round(_) => Trigger::Sweep,
            Self::Version | Self::Folders | Self::Listing(_) | Self::Bodies(_) => Trigger::Import,
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
        matches!(self, Self::Listing(_) | Self::Bodies(_))
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
    work.body_gap.map(Step::Bodies)
}

#[cfg(test)]
mod tests {
    use maildesk_model::id::{FolderId, IntentId, MailboxId, MessageId};
    use maildesk_model::intent::{IntentState, Want};
    use maildesk_model::mailbox::{Connection, MailboxState};
    use maildesk_store::contract::{Cursor, Hint, SyncMailbox};

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);

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
        text.split(['(', ')']).next().unwrap().to_owned()
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
            (Step::Bodies(NOW), Trigger::Import, Urgency::History),
        ] {
            assert_eq!((step.trigger(), step.urgency()), (trigger, urgency));
        }
    }
}
