//! When a folder's counts differ from Graph's for good (S11). Pure.
//!
//! Once a day Graph is asked for all of them, since the folders' delta tells of folders and not of
//! what lies in them (facts.md 5.3). One that differs is looked at again when every folder has been
//! visited since, and is listed anew if it differs by the same then: what was under way has long
//! arrived, and delta will not bring what is missing. Listing it is done once for one difference; a
//! folder that Graph counts in another way is not listed every day.

use std::collections::BTreeMap;
use std::time::Duration;

use maildesk_model::{FolderId, Timestamp};
use maildesk_store::contract::Differing;

/// Between two comparisons in which nothing differs.
const EVERY: Duration = Duration::from_hours(24);
/// Between the first difference and the second look: every folder has been visited by then (S10).
const APART: Duration = Duration::from_hours(1);
/// Folders listed anew after one comparison; the others wait for the next. Each costs its sweep one
/// request, of twelve (S10).
pub(super) const AT_ONCE: usize = 1;
/// Folders whose counts are asked for in one request.
pub(crate) const PAGE: u32 = 1_000;
/// Such requests of one sweep; where there are more folders, the next one goes on.
const PAGES: usize = 3;
/// No folder is listed anew more often for its counts, whatever they do meanwhile.
const LISTED_EVERY: Duration = EVERY;

/// Requests for counts that a sweep of a mailbox with so many folders makes.
pub(crate) fn pages(folders: usize) -> usize {
    folders.div_ceil(PAGE as usize).clamp(1, PAGES)
}

/// Requests that a sweep makes for comparing.
pub(super) fn requests(folders: usize) -> usize {
    pages(folders) + AT_ONCE
}

/// Whether Graph's counts of this moment differ too: mail may have come between the visit and the
/// count.
pub(crate) const fn still_differs(one: &Differing, total: i64, unread: i64) -> bool {
    total != one.held || unread != one.held_unread
}

/// By how much a folder differs: messages, unread ones.
type Difference = (i64, i64);

/// A folder that was listed anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Listed {
    /// Because of this; zero since it has agreed again.
    difference: Difference,
    at: Timestamp,
}

impl Listed {
    fn is_recent(&self, now: Timestamp) -> bool {
        self.at.plus(LISTED_EVERY) > now
    }
}

/// What is remembered from one comparison to the next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Ledger {
    due_at: Timestamp,
    /// Where counting goes on, if it was not done in one sweep.
    counting: Option<String>,
    /// Seen once.
    seen: BTreeMap<FolderId, Difference>,
    listed: BTreeMap<FolderId, Listed>,
}

impl Ledger {
    /// Reads [`Ledger::write`]; anything else is an empty one, which only costs a comparison.
    pub(crate) fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let due_at = lines.next().and_then(|line| line.parse().ok());
        let mut ledger = Self {
            due_at: Timestamp::from_micros(due_at.unwrap_or_default()),
            ..Self::default()
        };
        for line in lines {
            if let Some(link) = line.strip_prefix("counting ") {
                ledger.counting = Some(link.to_owned());
                continue;
            }
            let words: Vec<&str> = line.split(' ').collect();
            let [kind, numbers @ ..] = words.as_slice() else {
                continue;
            };
            let numbers: Vec<i64> = numbers
                .iter()
                .filter_map(|word| word.parse().ok())
                .collect();
            match (*kind, &numbers[..]) {
                ("seen", &[folder, total, unread]) => {
                    ledger.seen.insert(FolderId(folder), (total, unread));
                }
                ("listed", &[folder, total, unread, at]) => {
                    let at = Timestamp::from_micros(at);
                    let difference = (total, unread);
                    let listed = Listed { difference, at };
                    ledger.listed.insert(FolderId(folder), listed);
                }
                _ => {}
            }
        }
        ledger
    }

    /// The ledger as it is kept.
    pub(crate) fn write(&self) -> String {
        let counting = self
            .counting
            .iter()
            .map(|link| format!("\ncounting {link}"));
        let seen = self.seen.iter();
        let seen =
            seen.map(|(folder, (total, unread))| format!("\nseen {} {total} {unread}", folder.0));
        let listed = self.listed.iter().map(|(folder, one)| {
            let ((total, unread), at) = (one.difference, one.at.as_micros());
            format!("\nlisted {} {total} {unread} {at}", folder.0)
        });
        let lines: String = counting.chain(seen).chain(listed).collect();
        format!("{}{lines}", self.due_at.as_micros())
    }

    /// Whether it is time to compare.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.due_at <= now
    }

    /// Where counting goes on.
    pub(crate) fn counting(&self) -> Option<&str> {
        self.counting.as_deref()
    }

    /// Counting goes on from there with the next sweep.
    pub(crate) fn goes_on(&mut self, link: String) {
        self.counting = Some(link);
    }

    /// It was not listed after all, and begins from the start: one that never can be listed does not
    /// take the turn of all others.
    pub(crate) fn put_off(&mut self, one: &Differing, now: Timestamp) {
        self.listed.remove(&one.folder);
        self.due_at = now.plus(APART);
    }

    /// Compares: which folders to list anew, and what to remember.
    pub(crate) fn compare(&self, differing: &[Differing], now: Timestamp) -> (Vec<FolderId>, Self) {
        let mut next = Self::default();
        for (folder, listed) in &self.listed {
            let differs = differing.iter().find(|one| one.folder == *folder);
            if differs.is_some() || listed.is_recent(now) {
                let mut listed = *listed;
                if differs.is_none() {
                    listed.difference = (0, 0);
                }
                next.listed.insert(*folder, listed);
            }
        }
        let mut again = Vec::new();
        for one in differing {
            let difference = (one.total, one.unread);
            let listed = next.listed.get(&one.folder).copied();
            if listed.is_some_and(|listed| listed.difference == difference) {
                continue;
            }
            let may_be_listed = !listed.is_some_and(|listed| listed.is_recent(now));
            let twice = self.seen.get(&one.folder) == Some(&difference);
            if twice && may_be_listed && again.len() < AT_ONCE {
                again.push(one.folder);
                let listed = Listed {
                    difference,
                    at: now,
                };
                next.listed.insert(one.folder, listed);
            } else {
                next.seen.insert(one.folder, difference);
            }
        }
        let wait = if next.seen.is_empty() { EVERY } else { APART };
        next.due_at = now.plus(wait);
        (again, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);
    const LATER: Timestamp = Timestamp::from_micros(9_000_000_000);

    fn differs(folder: i64, total: i64, unread: i64) -> Differing {
        Differing {
            folder: FolderId(folder),
            total,
            unread,
            held: 10,
            held_unread: 5,
        }
    }

    #[test]
    fn a_folder_that_differs_twice_by_the_same_is_listed_once() {
        let lost = [differs(1, 1, 0)];
        let (again, ledger) = Ledger::default().compare(&lost, NOW);
        assert!(again.is_empty());
        assert!(!ledger.is_due(NOW) && ledger.is_due(NOW.plus(APART)));
        let (again, ledger) = Ledger::read(&ledger.write()).compare(&lost, LATER);
        assert_eq!(again, [FolderId(1)]);
        assert!(!ledger.is_due(LATER.plus(APART)) && ledger.is_due(LATER.plus(EVERY)));
        // Graph counts it in another way, it seems.
        let (again, ledger) = Ledger::read(&ledger.write()).compare(&lost, LATER);
        assert!(again.is_empty());
        // Another difference is another matter.
        let tomorrow = LATER.plus(LISTED_EVERY);
        let (again, ledger) = ledger.compare(&[differs(1, 2, 0)], tomorrow);
        assert!(again.is_empty());
        let (again, _) = ledger.compare(&[differs(1, 2, 0)], tomorrow);
        assert_eq!(again, [FolderId(1)]);
    }

    #[test]
    fn no_folder_is_listed_twice_within_a_day() {
        let ledger = Ledger::default().compare(&[differs(1, 1, 0)], NOW).1;
        let (again, mut ledger) = ledger.compare(&[differs(1, 1, 0)], NOW.plus(APART));
        assert_eq!(again, [FolderId(1)]);
        let listed_at = NOW.plus(APART);
        // It differs by something else each time, agrees meanwhile, and differs as before.
        let mut again_at = None;
        for n in 2..60 {
            let now = NOW.plus(n * APART);
            let difference = match n {
                8 => Vec::new(),
                2..8 => vec![differs(1, 1 + i64::from(n / 3), 0)],
                _ => vec![differs(1, 1, 0)],
            };
            let (again, next) = Ledger::read(&ledger.write()).compare(&difference, now);
            ledger = next;
            if !again.is_empty() {
                again_at = again_at.or(Some(now));
            }
        }
        assert_eq!(again_at, Some(listed_at.plus(LISTED_EVERY)));
    }

    #[test]
    fn one_that_could_not_be_listed_has_another_turn() {
        let lost = [differs(1, 1, 0)];
        let (_, ledger) = Ledger::default().compare(&lost, NOW);
        let (again, mut ledger) = ledger.compare(&lost, LATER);
        assert_eq!(again, [FolderId(1)]);
        ledger.put_off(&lost[0], LATER);
        assert!(!ledger.is_due(LATER) && ledger.is_due(LATER.plus(APART)));
        let (again, ledger) = Ledger::read(&ledger.write()).compare(&lost, LATER.plus(APART));
        assert!(again.is_empty());
        let (again, _) = ledger.compare(&lost, LATER.plus(2 * APART));
        assert_eq!(again, [FolderId(1)]);
    }

    #[test]
    fn one_that_can_never_be_listed_keeps_no_other_waiting_for_ever() {
        let lost = [differs(1, 1, 0), differs(2, 1, 0), differs(3, 1, 0)];
        let mut ledger = Ledger::default();
        let mut listed = Vec::new();
        for n in 0..6 {
            let (again, next) = ledger.compare(&lost, NOW.plus(n * APART));
            ledger = next;
            match again[..] {
                [FolderId(1)] => ledger.put_off(&lost[0], NOW.plus(n * APART)),
                _ => listed.extend(again),
            }
        }
        assert_eq!(listed, [FolderId(2), FolderId(3)]);
    }

    #[test]
    fn what_is_under_way_is_left_alone() {
        let (_, ledger) = Ledger::default().compare(&[differs(1, 1, 1), differs(2, 0, 1)], NOW);
        let (again, ledger) = ledger.compare(&[differs(1, 3, 1)], LATER);
        assert!(again.is_empty());
        let (again, ledger) = ledger.compare(&[], LATER);
        assert!(again.is_empty() && ledger.seen.is_empty() && ledger.listed.is_empty());
    }

    #[test]
    fn few_are_listed_at_once_and_the_rest_have_their_turn() {
        let many: Vec<Differing> = (0..12).map(|folder| differs(folder, 1, 0)).collect();
        let (_, mut ledger) = Ledger::default().compare(&many, NOW);
        let mut listed = Vec::new();
        for _ in 0..12 {
            let (again, next) = ledger.compare(&many, LATER);
            assert_eq!(again.len(), 1);
            listed.extend(again);
            ledger = next;
        }
        assert_eq!(listed, (0..12).map(FolderId).collect::<Vec<_>>());
    }

    #[test]
    fn only_graphs_own_word_of_now_counts() {
        let one = differs(1, 2, -1);
        assert!(still_differs(&one, 12, 4));
        assert!(still_differs(&one, 11, 5) && still_differs(&one, 10, 4));
        assert!(!still_differs(&one, 10, 5));
    }

    #[test]
    fn counting_goes_on_where_it_stopped_and_is_over_with_the_comparison() {
        let lost = [differs(1, 1, 0)];
        let (_, mut ledger) = Ledger::default().compare(&lost, NOW);
        ledger.goes_on("https://graph.example/delta?$skiptoken=a b".to_owned());
        let ledger = Ledger::read(&ledger.write());
        assert_eq!(
            ledger.counting(),
            Some("https://graph.example/delta?$skiptoken=a b")
        );
        let (again, ledger) = ledger.compare(&lost, LATER);
        assert_eq!((again, ledger.counting()), (vec![FolderId(1)], None));
    }

    #[test]
    fn few_pages_are_counted_in_one_sweep() {
        for (folders, requests) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (100_000, 3)] {
            assert_eq!(pages(folders), requests, "{folders}");
        }
    }

    #[test]
    fn a_garbled_ledger_is_an_empty_one() {
        assert_eq!(Ledger::read("what\nis this\nseen 1"), Ledger::default());
    }
}
