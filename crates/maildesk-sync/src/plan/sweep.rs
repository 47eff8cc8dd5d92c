//! Sweeps: how often, how much, and which folders (P6, S10).

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_model::folder::WellKnown;
use maildesk_store::contract::FolderSync;

use super::counts;

/// Folders a sweep visits beside the inbox, at most. With the newest list, the inbox and the
/// folders' delta that makes eleven requests, one below the twelve of S10: the first sweep of a
/// program may have to ask for the root folder too.
const FOLDERS_MOST: usize = 8;
/// A sweep visits this many even where fewer would do: small mailboxes are seen whole more often.
const FOLDERS_LEAST: usize = 4;
/// So many of them may be folders whose counts moved; the rest go to the longest unvisited, so
/// that busy folders never keep a quiet one waiting.
const FOLDERS_AHEAD: usize = 3;
/// No mailbox is swept more often than this, however many folders it has.
const SHORTEST: Duration = Duration::from_secs(5);
/// Pages of the newest list that one sweep reads while all it sees is new.
const NEWEST_PAGES: usize = 10;

/// How often to sweep a mailbox, and how many folders each time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pace {
    /// The longest time between two sweeps.
    pub(crate) interval: Duration,
    /// Folders to visit beside the inbox.
    pub(crate) folders: usize,
}

impl Pace {
    /// The same for a sweep of so many folders that compares counts, too.
    pub(crate) fn comparing(self, folders: usize) -> Self {
        let folders = self.folders.saturating_sub(counts::requests(folders));
        Self { folders, ..self }
    }
}

/// The pace that visits each of `folders` within the time allowed. A mailbox with very many is
/// swept more often; a single sweep never costs more.
pub(crate) fn pace(folders: usize, wanted: Duration, every_folder_within: Duration) -> Pace {
    let others = folders.saturating_sub(1) as f64;
    // A tenth of the time is left for sweeps that start late or have to be repeated.
    let within = every_folder_within.mul_f64(0.9);
    let sure = (FOLDERS_MOST - FOLDERS_AHEAD) as f64;
    let needed = others * wanted.as_secs_f64() / within.as_secs_f64().max(1.0);
    if needed <= sure {
        let folders = (needed.ceil() as usize + FOLDERS_AHEAD).clamp(FOLDERS_LEAST, FOLDERS_MOST);
        return Pace {
            interval: wanted,
            folders,
        };
    }
    Pace {
        interval: within.mul_f64(sure / others).max(SHORTEST).min(wanted),
        folders: FOLDERS_MOST,
    }
}

/// Which folders to visit, of those the store names: the ones whose counts differ come first
/// there, then the longest unvisited. The inbox has its own place in each sweep.
pub(crate) fn pick(stalest: &[FolderSync], pace: Pace) -> Vec<FolderSync> {
    let others = stalest
        .iter()
        .filter(|folder| folder.well_known != Some(WellKnown::Inbox));
    let mut others: Vec<&FolderSync> = others.collect();
    let ahead = FOLDERS_AHEAD.min(others.len());
    others[ahead..].sort_by_key(|folder| (folder.visited_at, folder.id));
    others.into_iter().take(pace.folders).cloned().collect()
}

/// When the sweep after this one is due. Spread by `fraction` (`0.0..1.0`), and only ever earlier
/// than the interval. One that was never made, or comes long after its time (the program was off),
/// is one of many that come at once: the next is spread over almost the whole interval.
pub(crate) fn after(
    began: Timestamp,
    was_due: Option<Timestamp>,
    interval: Duration,
    fraction: f64,
) -> Timestamp {
    let fraction = fraction.clamp(0.0, 1.0);
    let in_time = was_due.is_some_and(|due| began.since(due) < interval);
    let shortest: f64 = if in_time { 0.8 } else { 0.2 };
    let factor = (1.0 - shortest).mul_add(fraction, shortest);
    began.plus(interval.mul_f64(factor))
}

/// Whether to read another page of the newest list: only while the last one held something new,
/// and not while the first listing brings everything anyway.
pub(crate) const fn newest_goes_on(unknown: usize, pages_read: usize, importing: bool) -> bool {
    unknown > 0 && pages_read < NEWEST_PAGES && !importing
}

#[cfg(test)]
mod tests {
    use maildesk_model::FolderId;
    use maildesk_store::contract::Cursor;
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const WANTED: Duration = Duration::from_mins(3);

    #[test]
    fn many_folders_make_sweeps_more_frequent_and_never_dearer() {
        for (folders, interval_s, each) in [
            (0, 180, 4),
            (1, 180, 4),
            (10, 180, 4),
            (40, 180, 6),
            (91, 180, 8),
            (200, 81, 8),
            (1_000, 16, 8),
            (100_000, 5, 8),
        ] {
            let pace = pace(folders, WANTED, HOUR);
            assert_eq!(
                (pace.interval.as_secs(), pace.folders),
                (interval_s, each),
                "{folders}"
            );
        }
    }

    #[test]
    fn no_sweep_of_a_quiet_mailbox_makes_more_than_twelve_requests() {
        // The newest list, the inbox, the folders' delta, and once the root folder.
        const ELSE: usize = 4;
        for folders in [0, 1, 10, 40, 91, 1_000, 100_000] {
            let pace = pace(folders, WANTED, HOUR);
            assert!(pace.folders + ELSE <= 12, "{folders}");
            let compares = pace.comparing(folders);
            let requests = compares.folders + counts::requests(folders);
            assert!(requests + ELSE <= 12, "{folders}");
            assert!(compares.folders >= 2);
        }
    }

    proptest! {
        #[test]
        fn every_folder_has_its_turn_in_time(folders in 1_usize..3_000, wanted in 2_u64..600) {
            let pace = pace(folders, Duration::from_secs(wanted), HOUR);
            let sweeps = (folders - 1).div_ceil(pace.folders - FOLDERS_AHEAD);
            prop_assert!(pace.interval * (sweeps as u32).saturating_sub(1) <= HOUR);
            prop_assert!(pace.interval <= Duration::from_secs(wanted));
            prop_assert!((FOLDERS_LEAST..=FOLDERS_MOST).contains(&pace.folders));
        }

        #[test]
        fn spreading_only_shortens(fraction in any::<f64>(), late in 0_u64..1_000) {
            let fraction = if fraction.is_finite() { fraction } else { 0.5 };
            let began = Timestamp::from_micros(5_000_000_000);
            let due = began.minus(Duration::from_secs(late));
            let next = after(began, Some(due), WANTED, fraction);
            prop_assert!(next <= began.plus(WANTED) && next > began);
        }
    }

    #[test]
    fn what_comes_late_is_spread_wide_and_the_rest_a_little() {
        let began = Timestamp::from_micros(5_000_000_000);
        let wait = |due, fraction| after(began, due, WANTED, fraction).since(began).as_secs();
        assert_eq!((wait(Some(began), 0.0), wait(Some(began), 1.0)), (144, 180));
        assert_eq!((wait(None, 0.0), wait(None, 1.0)), (36, 180));
        let long_ago = Some(began.minus(HOUR));
        assert_eq!(wait(long_ago, 0.0), 36);
        // A whole interval late is late; a moment less is not.
        let late = |seconds| Some(began.minus(Duration::from_secs(seconds)));
        assert_eq!((wait(late(180), 0.0), wait(late(179), 0.0)), (36, 144));
    }

    fn folder(id: i64, visited: i64, well_known: Option<WellKnown>) -> FolderSync {
        FolderSync {
            id: FolderId(id),
            remote_id: id.to_string(),
            well_known,
            cursor: Cursor::Done(String::new()),
            visited_at: Some(Timestamp::from_micros(visited)),
        }
    }

    #[test]
    fn differing_folders_go_ahead_and_cannot_take_every_place() {
        // Six that differ, all visited lately, then the inbox and four that wait.
        let mut stalest: Vec<FolderSync> = (1..=6).map(|id| folder(id, 900 + id, None)).collect();
        stalest.push(folder(7, 1, Some(WellKnown::Inbox)));
        stalest.extend((8..=11).map(|id| folder(id, id, None)));
        let pace = Pace {
            interval: WANTED,
            folders: 5,
        };
        let picked: Vec<i64> = pick(&stalest, pace).iter().map(|one| one.id.0).collect();
        assert_eq!(picked, [1, 2, 3, 8, 9]);
        assert!(pick(&[], pace).is_empty());
    }

    #[test]
    fn the_newest_list_is_paged_only_while_it_is_news() {
        for (unknown, read, importing, wanted) in [
            (0, 1, false, false),
            (1, 1, false, true),
            (50, 9, false, true),
            (50, 10, false, false),
            (50, 1, true, false),
        ] {
            assert_eq!(newest_goes_on(unknown, read, importing), wanted);
        }
    }
}
