//! Pages of lists: how much to ask for, and whether there is more.

use super::cursor::{self, Place};
use super::shape::Page;
use crate::error::Problem;

/// The most that one page holds; also the most that the store reads at a time.
const LIMIT_MAX: u32 = 200;
/// What a page holds unless asked for.
const LIMIT_DEFAULT: u32 = 50;

/// A page size from 1 to 200.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Limit(u32);

impl Limit {
    /// The size asked for, 50 unless asked for; 400 outside 1–200.
    pub(super) fn new(asked: Option<u32>) -> Result<Self, Problem> {
        let limit = asked.unwrap_or(LIMIT_DEFAULT);
        if (1..=LIMIT_MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            let message = format!("must be from 1 to {LIMIT_MAX}");
            Err(Problem::parameter("limit", message))
        }
    }

    /// How many to read: one more than is shown says whether there is another page. The largest
    /// page cannot read one more; when it is full, the next page may turn out to be empty.
    pub(super) fn to_read(self) -> i64 {
        (self.0 + 1).min(LIMIT_MAX).into()
    }

    /// Makes the page of what was read. `place` says where the next one goes on.
    pub(super) fn page<T, B, P>(
        self,
        mut read: Vec<T>,
        filters: &str,
        place: impl FnOnce(&T) -> P,
    ) -> Page<B>
    where
        B: From<T>,
        P: Place,
    {
        let size = self.0 as usize;
        let full = self.0 == LIMIT_MAX && read.len() == size;
        let more = full || read.len() > size;
        read.truncate(size);
        let last = read.last().filter(|_| more);
        Page {
            next_cursor: last.map(|last| cursor::write(&place(last), filters)),
            items: read.into_iter().map(Into::into).collect(),
        }
    }
}

/// Skips what comes up to the place of a cursor, in a list that is read whole; 400 when that is
/// gone and leaves no place to go on from.
pub(super) fn skip<T>(list: &mut Vec<T>, is_place: impl Fn(&T) -> bool) -> Result<(), Problem> {
    let place = list.iter().position(is_place).ok_or_else(|| {
        Problem::parameter("cursor", "The list has changed; begin again without it.")
    })?;
    list.drain(..=place);
    Ok(())
}
