//! What push writes down about a mailbox, and whether a person would see the difference.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_model::push::PushEvent;

use crate::contract::{PushNote, Result, StoreError};
use crate::db::{Tx, args};
use crate::mail::people;

/// As many things that happened as are kept for the panel, which shows ten.
const EVENTS_KEPT: i64 = 50;
/// Things that happen by turns are so many at most: probed, refused, and something beside them.
const TURN_MAX: usize = 3;

/// Writes what is noted; true when something a person sees changed.
pub(super) async fn write(tx: &mut Tx, mailbox: MailboxId, note: &PushNote) -> Result<bool> {
    let sql = "SELECT wanted, state, checked_at, reasons, trouble, failures, next_at,
                 until_at
               FROM push WHERE mailbox_id = $1";
    let row = tx.one(sql, args![mailbox]).await?;
    let row = row.ok_or(StoreError::LeaseLost)?;
    let (was_wanted, was_state) = (row.truth("wanted")?, row.text("state")?);
    let (was_reasons, was_trouble) = (row.text("reasons")?, row.opt_text("trouble")?);
    let until_at = row.time("until_at")?;
    let was_checked = row.opt_time("checked_at")?;
    let wanted = note.wanted.unwrap_or(was_wanted);
    let state = note
        .state
        .map_or(was_state.clone(), |state| state.name().into());
    let reasons = note.readiness.as_ref().map_or_else(
        || was_reasons.clone(),
        |(reasons, _)| people::from_troubles(reasons),
    );
    let checked_at = note.readiness.as_ref().map(|(_, at)| *at).or(was_checked);
    let trouble = match &note.trouble {
        Some(trouble) => trouble.as_ref().map(people::from_trouble),
        None => was_trouble.clone(),
    };
    let stored = row.opt_time("next_at")?;
    // A wake between the claim and now may have come too late for the plan that is noted.
    let woken = stored.filter(|stored| *stored != until_at);
    let next_at = match note.next_at {
        Some(planned) => planned.into_iter().chain(woken).min(),
        None => stored,
    };
    // Likewise a failure: what woke push may have mended what it failed at.
    let was_failures = row.int("failures")?;
    let failures = match note.failures {
        Some(failures) if woken.is_some() => failures.min(was_failures),
        failures => failures.unwrap_or(was_failures),
    };
    tx.run(
        "UPDATE push SET wanted = $2, state = $3, checked_at = $4, reasons = $5, trouble = $6,
           failures = $7, next_at = $8 WHERE mailbox_id = $1",
        args![
            mailbox,
            wanted,
            &state,
            checked_at,
            &reasons,
            trouble.clone(),
            failures,
            next_at
        ],
    )
    .await?;
    if let Some(event) = &note.event {
        tell(tx, mailbox, event).await?;
    }
    // While something is wrong, people are told when it is looked at next.
    let waits = ["broken", "renewing", "not_ready"].contains(&state.as_str());
    Ok((waits && note.next_at.is_some() && next_at != stored)
        || wanted != was_wanted
        || state != was_state
        || reasons != was_reasons
        || trouble != was_trouble
        || (checked_at.is_some() != was_checked.is_some())
        || note.event.is_some())
}

/// Puts something on the panel's list. What happens again, in a row or in turn with one or two other
/// things, is counted and not repeated, so that it does not push everything else off the list.
async fn tell(tx: &mut Tx, mailbox: MailboxId, event: &PushEvent) -> Result<()> {
    let sql = "SELECT id, kind, detail, times FROM push_event WHERE mailbox_id = $1
               ORDER BY id DESC LIMIT $2";
    let lines = tx.all(sql, args![mailbox, 2 * TURN_MAX as i64]).await?;
    let lines = lines.iter().map(|row| {
        Ok(Line {
            id: row.int("id")?,
            what: (row.text("kind")?, row.text("detail")?),
            times: row.int("times")?,
        })
    });
    let lines = lines.collect::<Result<Vec<_>>>()?;
    let mut times = event.times;
    for fold in folds(&lines, (&event.kind, &event.detail)) {
        match fold.into {
            Some(kept) => {
                let sql = "UPDATE push_event SET times = times + $2 WHERE id = $1";
                tx.run(sql, args![kept, fold.times]).await?;
            }
            None => times += fold.times,
        }
        let sql = "DELETE FROM push_event WHERE id = $1";
        tx.run(sql, args![fold.line]).await?;
    }
    tx.run(
        "INSERT INTO push_event (mailbox_id, at, kind, detail, times) VALUES ($1, $2, $3, $4, $5)",
        args![mailbox, event.at, &event.kind, &event.detail, times],
    )
    .await?;
    tx.run(
        "DELETE FROM push_event WHERE mailbox_id = $1 AND id <=
           (SELECT e.id FROM push_event e WHERE e.mailbox_id = $1
            ORDER BY e.id DESC LIMIT 1 OFFSET $2)",
        args![mailbox, EVENTS_KEPT],
    )
    .await
    .map(drop)
}

/// A line of the list.
struct Line {
    id: i64,
    /// Kind and detail.
    what: (String, String),
    times: i64,
}

/// A line that goes, because it is counted in another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Fold {
    line: i64,
    times: i64,
    /// Which; `None`: the one that is being told.
    into: Option<i64>,
}

/// Which of the newest lines go when `new` happens. It ends a turn when it and the lines before it
/// are what the same number of lines before those are; and it goes on with one that was folded before.
fn folds(lines: &[Line], new: (&str, &str)) -> Vec<Fold> {
    let is_new = |line: &Line| (line.what.0.as_str(), line.what.1.as_str()) == new;
    for turn in 1..=TURN_MAX.min(lines.len()) {
        if !is_new(&lines[turn - 1]) {
            continue;
        }
        let repeats = |place: usize| {
            let earlier = lines.get(place + turn);
            earlier.is_some_and(|earlier| {
                earlier.what == lines[place].what && earlier.times == lines[place].times
            })
        };
        let first = Fold {
            line: lines[turn - 1].id,
            times: lines[turn - 1].times,
            into: None,
        };
        // Sixty renewals between two deaths are a story and no turn: what takes turns is counted alike.
        let counts = || lines[..turn].iter().map(|line| line.times);
        let alike = counts().max() <= counts().min().map(|least| least + 1);
        if turn == 1 || (alike && counts().all(|times| times > 1)) {
            return vec![first];
        }
        if first.times == 1 && (0..turn - 1).all(repeats) {
            let others = (0..turn - 1).map(|place| Fold {
                line: lines[place + turn].id,
                times: lines[place + turn].times,
                into: Some(lines[place].id),
            });
            return std::iter::once(first).chain(others).collect();
        }
    }
    Vec::new()
}

/// After a sync that ended well: when nothing is left of a catch-up that the panel has promised,
/// says so there. True when it did.
pub(super) async fn caught_up(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<bool> {
    let sql = "SELECT e.kind FROM push_event e WHERE e.mailbox_id = $1 AND NOT EXISTS
                 (SELECT 1 FROM stamp s WHERE s.mailbox_id = $1 AND s.all_version IS NOT NULL)
               ORDER BY e.id DESC LIMIT 1";
    let last = tx.one(sql, args![mailbox]).await?;
    let last = last.map(|row| row.text("kind")).transpose()?;
    let is_news = last.is_some_and(|kind| PushEvent::BEFORE_CATCHING_UP.contains(&kind.as_str()));
    if is_news {
        tell(tx, mailbox, &PushEvent::caught_up(at)).await?;
    }
    Ok(is_news)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells letters one after another; what the list is then, newest first.
    fn told(letters: &str) -> String {
        let mut lines: Vec<Line> = Vec::new();
        for (id, letter) in (0..).zip(letters.chars()) {
            let mut times = 1;
            let letter = letter.to_string();
            for fold in folds(&lines, (&letter, "")) {
                match fold.into {
                    Some(kept) => {
                        let kept = lines.iter_mut().find(|line| line.id == kept).unwrap();
                        kept.times += fold.times;
                    }
                    None => times += fold.times,
                }
                lines.retain(|line| line.id != fold.line);
            }
            let what = (letter, String::new());
            lines.insert(0, Line { id, what, times });
        }
        let said = lines
            .iter()
            .map(|line| format!("{}{}", line.what.0, line.times));
        said.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_happens_again_is_counted() {
        for (letters, list) in [
            ("aaa", "a3"),
            ("aba", "a1 b1 a1"),
            ("abab", "b2 a2"),
            ("xababab", "b3 a3 x1"),
            ("abababa", "a4 b3"),
            ("ababc", "c1 b2 a2"),
            ("abcabc", "c2 b2 a2"),
            ("abcabcab", "b3 a3 c2"),
            ("abcdabcd", "d1 c1 b1 a1 d1 c1 b1 a1"),
            ("aabb", "b2 a2"),
        ] {
            assert_eq!(told(letters), list, "{letters}");
        }
    }
}
