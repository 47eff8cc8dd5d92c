//! Hinted messages: what becomes of those that could not be read (P4).

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_store::contract::{Hint, HintOutcome};

/// A message may be announced before it can be read (facts.md 10, 7): again after each of these.
const AGAIN_S: [u64; 4] = [2, 5, 15, 60];
/// A message that Graph fails over, time and again, is left to the sweeps.
const FAILURES_MOST: i64 = 8;

/// What to do about a hint whose message Graph does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unknown {
    /// It may come yet.
    Again(Timestamp),
    /// It is gone, or was never there; take a row of it away.
    Gone,
}

/// `left_its_folder`: the delta of the folder it lay in says so too, and that settles it.
pub(crate) fn unknown(hint: &Hint, left_its_folder: bool, now: Timestamp) -> Unknown {
    if hint.known_folder.is_some() && left_its_folder {
        return Unknown::Gone;
    }
    let tried = usize::try_from(hint.attempts).unwrap_or(0);
    match AGAIN_S.get(tried) {
        Some(seconds) => Unknown::Again(now.plus(Duration::from_secs(*seconds))),
        None => Unknown::Gone,
    }
}

/// What becomes of a hint whose message may not be read: as though it could not be read yet, and in the
/// end it is left to the sweeps.
pub(crate) fn refused(hint: &Hint, now: Timestamp) -> HintOutcome {
    match unknown(hint, false, now) {
        Unknown::Again(at) => HintOutcome::RetryAt(at),
        Unknown::Gone => HintOutcome::Done,
    }
}

/// What becomes of a hint over which Graph failed (5xx): the others go on without it.
pub(crate) fn failed(hint: &Hint, now: Timestamp) -> HintOutcome {
    if hint.attempts >= FAILURES_MOST {
        return HintOutcome::Done;
    }
    let tried = usize::try_from(hint.attempts).unwrap_or(0);
    let seconds = AGAIN_S[tried.min(AGAIN_S.len() - 1)];
    HintOutcome::RetryAt(now.plus(Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use maildesk_model::FolderId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(0);

    fn hint(attempts: i64, known: bool) -> Hint {
        Hint {
            remote_id: "m".into(),
            version: 1,
            announced_at: NOW,
            attempts,
            known_folder: known.then_some(FolderId(1)),
        }
    }

    #[test]
    fn not_readable_yet_is_tried_again_after_2_5_15_and_60_seconds() {
        let waits: Vec<Option<u64>> = (0..6)
            .map(
                |attempts| match unknown(&hint(attempts, false), false, NOW) {
                    Unknown::Again(at) => Some(at.since(NOW).as_secs()),
                    Unknown::Gone => None,
                },
            )
            .collect();
        assert_eq!(waits, [Some(2), Some(5), Some(15), Some(60), None, None]);
    }

    #[test]
    fn a_known_message_that_left_its_folder_and_is_unknown_is_gone_at_once() {
        assert_eq!(unknown(&hint(0, true), true, NOW), Unknown::Gone);
        for (known, left) in [(true, false), (false, true)] {
            let doubtful = unknown(&hint(0, known), left, NOW);
            assert!(matches!(doubtful, Unknown::Again(_)), "{known} {left}");
        }
    }

    #[test]
    fn a_message_that_may_not_be_read_is_given_up_too() {
        let waits: Vec<Option<u64>> = (0..6)
            .map(|attempts| match refused(&hint(attempts, true), NOW) {
                HintOutcome::RetryAt(at) => Some(at.since(NOW).as_secs()),
                HintOutcome::Done => None,
            })
            .collect();
        assert_eq!(waits, [Some(2), Some(5), Some(15), Some(60), None, None]);
    }

    #[test]
    fn a_message_graph_fails_over_is_given_up_after_a_while() {
        let waits: Vec<Option<u64>> = (0..10)
            .map(|attempts| match failed(&hint(attempts, false), NOW) {
                HintOutcome::RetryAt(at) => Some(at.since(NOW).as_secs()),
                HintOutcome::Done => None,
            })
            .collect();
        let wanted = [2, 5, 15, 60, 60, 60, 60, 60].map(Some);
        assert_eq!(waits[..8], wanted);
        assert_eq!(waits[8..], [None, None]);
    }
}
