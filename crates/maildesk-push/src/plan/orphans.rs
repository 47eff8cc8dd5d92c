//! Subscriptions that notify us and that we do not know (P16): the fruit of a call whose answer was
//! lost, or of a database that was put back. Pure.
//!
//! One that was listed is not deleted at once: somebody may just be writing it down. It must be
//! seen twice, ten minutes apart, and its address must be ours to the letter, because another
//! installation may share the app.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use maildesk_graph::RemoteSubscription;
use maildesk_model::Timestamp;

use super::backoff;

/// Lists are scarce (facts.md 6): once a day is enough for what ends by itself within a week.
const EVERY: Duration = Duration::from_hours(24);
/// Between two looks at a suspect.
const APART: Duration = Duration::from_mins(10);
/// Tries in a row that fail before a person's orphans are left to end by themselves, as everything
/// does within a week: with the waits between them these span a week.
const FAILURES_MAX: i64 = 14;
/// The same where tokens are kept for nothing else; they span half an hour.
const FAILURES_MAX_GOING: i64 = 3;
/// Suspects remembered at a time.
const SUSPECTS_MAX: usize = 200;

/// What is remembered from one list to the next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Book {
    /// When the next list is due.
    pub(crate) due_at: Timestamp,
    /// How often in a row there was no list, or a suspect could not be deleted.
    failures: i64,
    /// When each suspect was first seen, by Graph's id.
    suspects: BTreeMap<String, Timestamp>,
}

impl Book {
    /// Reads [`Book::write`]; anything else is an empty book, which only costs a list.
    pub(crate) fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let (due_at, failures) = first.split_once(' ').unwrap_or((first, ""));
        let suspects = lines.filter_map(|line| {
            let (at, id) = line.split_once(' ')?;
            Some((id.to_owned(), instant(at)?))
        });
        Self {
            due_at: instant(due_at).unwrap_or_default(),
            failures: failures.parse().unwrap_or_default(),
            suspects: suspects.collect(),
        }
    }

    /// The book as a memo keeps it.
    pub(crate) fn write(&self) -> String {
        let suspects = self.suspects.iter();
        let suspects = suspects.map(|(id, at)| format!("\n{} {id}", at.as_micros()));
        let suspects: String = suspects.collect();
        let due_at = self.due_at.as_micros();
        format!("{due_at} {}{suspects}", self.failures)
    }

    /// Whether somebody is suspected.
    pub(crate) fn has_suspects(&self) -> bool {
        !self.suspects.is_empty()
    }

    /// After a list that could not be had, or a suspect that could not be deleted and stays one,
    /// with what Microsoft asks to wait.
    pub(crate) fn failed(&self, asked: Duration, now: Timestamp) -> Self {
        let doublings = u32::try_from(self.failures).unwrap_or(u32::MAX).min(16);
        let wait = APART.saturating_mul(1 << doublings).min(EVERY);
        Self {
            due_at: now.plus(backoff::obeyed(asked).max(wait)),
            failures: self.failures + 1,
            suspects: self.suspects.clone(),
        }
    }

    /// Whether it was tried often enough. `is_going`: nobody is going to sign in for this mailbox.
    pub(crate) const fn is_given_up(&self, is_going: bool) -> bool {
        let most = if is_going {
            FAILURES_MAX_GOING
        } else {
            FAILURES_MAX
        };
        self.failures >= most
    }

    /// One that was judged with the help of `before` is still there: it stays the suspect it was,
    /// and what failed in a row goes on.
    pub(crate) fn stays(&mut self, before: &Self, id: &str) {
        let seen = before.suspects.get(id).copied().unwrap_or_default();
        self.suspects.insert(id.to_owned(), seen);
        self.failures = before.failures;
    }

    /// The same, to be looked into again soon: for whoever is about to ask and may die over it.
    pub(crate) fn asked(&self, now: Timestamp) -> Self {
        Self {
            due_at: now.plus(APART),
            ..self.clone()
        }
    }

    /// Judges a list: which of it to delete, and what to remember. `ours` is our webhook's address,
    /// `known` the ids we have rows for.
    pub(crate) fn judge(
        &self,
        listed: &[RemoteSubscription],
        ours: &str,
        known: &HashSet<String>,
        now: Timestamp,
    ) -> (Vec<String>, Self) {
        let strays = listed.iter().filter(|one| {
            // Line breaks would garble the book; Graph's ids are GUIDs.
            one.notification_url == ours && !known.contains(&one.id) && !one.id.contains('\n')
        });
        let mut orphans = Vec::new();
        let mut suspects = BTreeMap::new();
        for one in strays.take(SUSPECTS_MAX) {
            match self.suspects.get(&one.id) {
                Some(seen) if seen.plus(APART) <= now => orphans.push(one.id.clone()),
                Some(seen) => drop(suspects.insert(one.id.clone(), *seen)),
                None => drop(suspects.insert(one.id.clone(), now)),
            }
        }
        let wait = if suspects.is_empty() { EVERY } else { APART };
        let due_at = now.plus(wait);
        let failures = 0;
        let book = Self {
            due_at,
            failures,
            suspects,
        };
        (orphans, book)
    }
}

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().map(Timestamp::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://desk.example.com/maildesk/push/outlook";

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_micros(minute * 60_000_000)
    }

    fn listed(list: &[(&str, &str)]) -> Vec<RemoteSubscription> {
        let made = list.iter().map(|(id, url)| RemoteSubscription {
            id: (*id).to_owned(),
            resource: String::new(),
            notification_url: (*url).to_owned(),
            lifecycle_url: None,
            expires_at: None,
            application_id: None,
            creator_id: None,
        });
        made.collect()
    }

    #[test]
    fn a_stray_is_deleted_when_it_is_seen_twice_ten_minutes_apart() {
        let known: HashSet<String> = ["known".to_owned()].into();
        let staging = "https://staging.example.com/maildesk/push/outlook";
        let almost = format!("{OURS}/");
        let list = listed(&[
            ("known", OURS),
            ("stray", OURS),
            ("foreign", staging),
            ("almost", &almost),
        ]);
        let (orphans, book) = Book::default().judge(&list, OURS, &known, at(0));
        assert_eq!((orphans.len(), book.due_at), (0, at(10)));
        let book = Book::read(&book.write());
        let (orphans, early) = book.judge(&list, OURS, &known, at(9));
        assert!(orphans.is_empty());
        let (orphans, book) = early.judge(&list, OURS, &known, at(10));
        assert_eq!(orphans, ["stray"]);
        assert_eq!(book.due_at, at(10 + 24 * 60));
    }

    #[test]
    fn whoever_asks_and_dies_over_it_has_forgotten_nothing_and_asks_again_soon() {
        let list = listed(&[("stray", OURS)]);
        let (_, book) = Book::default().judge(&list, OURS, &HashSet::new(), at(0));
        let asked = book.asked(at(10));
        assert_eq!(asked.due_at, at(20));
        let (orphans, _) = asked.judge(&list, OURS, &HashSet::new(), at(20));
        assert_eq!(orphans, ["stray"]);
    }

    #[test]
    fn one_that_was_written_down_meanwhile_is_no_stray() {
        let list = listed(&[("new", OURS)]);
        let (_, book) = Book::default().judge(&list, OURS, &HashSet::new(), at(0));
        let known: HashSet<String> = ["new".to_owned()].into();
        let (orphans, book) = book.judge(&list, OURS, &known, at(30));
        assert!(orphans.is_empty() && book.suspects.is_empty());
    }

    #[test]
    fn a_book_survives_being_written_and_a_garbled_one_is_empty() {
        let list = listed(&[("a", OURS), ("b", OURS)]);
        let (_, book) = Book::default().judge(&list, OURS, &HashSet::new(), at(5));
        assert_eq!(Book::read(&book.write()), book);
        assert_eq!(Book::read("what\nis this"), Book::default());
        let failed = book.failed(Duration::ZERO, at(20));
        assert_eq!(Book::read(&failed.write()), failed);
    }

    #[test]
    fn a_list_that_cannot_be_had_is_asked_for_less_and_less_often() {
        let first = Book::default().failed(Duration::ZERO, at(0));
        assert_eq!(first.due_at, at(10));
        let second = first.failed(Duration::ZERO, at(10));
        assert_eq!(second.due_at, at(30));
        assert!(!second.is_given_up(true));
        let third = second.failed(Duration::ZERO, at(30));
        assert!(third.is_given_up(true), "tokens are not kept in vain");
        let (mut book, mut now) = (third, at(30));
        while !book.is_given_up(false) {
            now = book.due_at;
            book = book.failed(Duration::ZERO, now);
        }
        assert!(now > at(6 * 24 * 60) && now < at(8 * 24 * 60), "{now:?}");
    }

    #[test]
    fn what_microsoft_asks_is_obeyed_within_reason() {
        let asked = |wait| Book::default().failed(wait, at(0)).due_at;
        assert_eq!(asked(Duration::from_mins(45)), at(45));
        assert_eq!(asked(Duration::MAX), at(6 * 60));
    }
}
