//! `$orderby` over messages, and Outlook's rule about it together with `$filter` [facts 7.1].

use std::cmp::Ordering;

use super::filter::{Field, Filter};
use crate::answer::Refusal;
use crate::mailbox::{Mailbox, MessageNo};

/// Fields, each with whether it descends.
#[derive(Clone, Debug)]
pub(crate) struct Order(Vec<(Field, bool)>);

impl Default for Order {
    fn default() -> Self {
        Self(vec![(Field::Received, true)])
    }
}

impl Order {
    /// Reads an `$orderby`.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let one = |part: &str| {
            let mut words = part.split_whitespace();
            let field = Field::parse(words.next().unwrap_or_default())?;
            match words.next().map(str::to_ascii_lowercase).as_deref() {
                None | Some("asc") => Ok((field, false)),
                Some("desc") => Ok((field, true)),
                Some(other) => Err(Refusal::bad_request(format!(
                    "Syntax error at '{other}' in '{text}'."
                ))),
            }
        };
        text.split(',').map(one).collect::<Result<_, _>>().map(Self)
    }

    /// The fields in order.
    pub(crate) fn fields(&self) -> &[(Field, bool)] {
        &self.0
    }

    /// Whether the first field descends.
    pub(crate) fn newest_first(&self) -> bool {
        self.0.first().is_some_and(|(_, descends)| *descends)
    }

    /// Every property of the order must be in the filter, in the same order, before any other. One exception was recorded: read state and
    /// folder, ordered by the date of receipt.
    pub(crate) fn check(&self, filter: &Filter) -> Result<(), Refusal> {
        let mut filtered = filter.fields();
        filtered.dedup();
        let in_front = self
            .0
            .iter()
            .zip(&filtered)
            .all(|((ordered, _), filtered)| ordered == filtered)
            && filtered.len() >= self.0.len();
        let recorded = self.by_received()
            && filtered
                .iter()
                .all(|field| matches!(field, Field::IsRead | Field::ParentFolderId))
            && !filtered.is_empty();
        if in_front || recorded {
            return Ok(());
        }
        Err(Refusal::new(
            400,
            "InefficientFilter",
            "The restriction or sort order is too complex for this operation.",
        ))
    }

    /// Sorts messages; equals stay in the order of their dates, newest first.
    pub(crate) fn sort(&self, mailbox: &Mailbox, messages: &mut [MessageNo]) {
        messages.reverse();
        messages.sort_by_cached_key(|no| Key {
            order: self.0.iter().map(|(_, descends)| *descends).collect(),
            values: self
                .0
                .iter()
                .map(|(field, _)| field.of(mailbox, *no))
                .collect(),
        });
    }
}

struct Key {
    order: Vec<bool>,
    values: Vec<Option<super::filter::Value>>,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        for ((mine, theirs), descends) in self.values.iter().zip(&other.values).zip(&self.order) {
            let order = match (mine, theirs) {
                (Some(mine), Some(theirs)) => mine.order(theirs).unwrap_or(Ordering::Equal),
                (mine, theirs) => mine.is_some().cmp(&theirs.is_some()),
            };
            if order.is_ne() {
                return if *descends { order.reverse() } else { order };
            }
        }
        Ordering::Equal
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}
