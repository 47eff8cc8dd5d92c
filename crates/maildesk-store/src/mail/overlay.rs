//! What people see of a message: Graph's word with waiting intents laid over it.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::FolderId;
use maildesk_model::intent::Change;
use maildesk_model::message::Flag;

use super::people;
use crate::contract::Result;
use crate::db::{Conn, Row, Value};

/// What can be changed about a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Marks {
    /// Where it lies; `None` when it is hidden because a waiting intent deletes it.
    pub(crate) folder: Option<FolderId>,
    /// Read or not.
    pub(crate) is_read: bool,
    /// The flag.
    pub(crate) flag: Flag,
    /// The day it is due.
    pub(crate) due: Option<Timestamp>,
    /// Category names, as JSON.
    pub(crate) categories: String,
}

/// A waiting intent, as far as it changes what is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Laid {
    /// New values.
    Change(Change),
    /// Gone for good.
    Delete,
}

/// Lays waiting intents over Graph's word, oldest first.
pub(crate) fn shown<'a>(graph: &Marks, waiting: impl IntoIterator<Item = &'a Laid>) -> Marks {
    let mut marks = graph.clone();
    for laid in waiting {
        match laid {
            Laid::Delete => marks.folder = None,
            Laid::Change(change) => fold(&mut marks, change),
        }
    }
    marks
}

/// Lays one change over the marks.
pub(crate) fn fold(marks: &mut Marks, change: &Change) {
    if let Some(is_read) = change.is_read {
        marks.is_read = is_read;
    }
    if let Some(flag) = change.flag {
        marks.flag = flag;
        marks.due = change.due.filter(|_| flag == Flag::Flagged);
    }
    if let Some(categories) = &change.categories {
        marks.categories = people::from_names(categories);
    }
    // A message that is on its way out for good does not come back by being moved.
    if change.folder.is_some() && marks.folder.is_some() {
        marks.folder = change.folder;
    }
}

/// Reads the change columns of an intent row.
pub(crate) fn change(row: &Row) -> Result<Change> {
    let flag = row.opt_text("flag")?;
    let categories = row.opt_text("categories")?;
    Ok(Change {
        is_read: row.opt_int("is_read")?.map(|is_read| is_read != 0),
        flag: flag.as_deref().and_then(Flag::from_name),
        due: row.opt_time("due_at")?,
        categories: categories.as_deref().map(people::to_names).transpose()?,
        folder: row.opt_int("folder_id")?.map(FolderId),
    })
}

/// The waiting intents of some messages that change what is shown, oldest first, each with the
/// message's key.
pub(crate) async fn waiting(conn: &mut Conn, messages: &[Value]) -> Result<Vec<(i64, Laid)>> {
    let rows = conn
        .all_in(
            "SELECT message_id, kind, is_read, flag, due_at, categories, folder_id FROM intent
             WHERE state = 'waiting' AND kind IN ('change', 'delete') AND message_id IN (LIST)
             ORDER BY message_id, id",
            Vec::new(),
            messages,
        )
        .await?;
    rows.iter()
        .map(|row| {
            let laid = if row.text("kind")? == "delete" {
                Laid::Delete
            } else {
                Laid::Change(change(row)?)
            };
            Ok((row.int("message_id")?, laid))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph() -> Marks {
        Marks {
            folder: Some(FolderId(1)),
            is_read: false,
            flag: Flag::None,
            due: None,
            categories: "[]".into(),
        }
    }

    #[test]
    fn intents_fold_in_order() {
        let laid = [
            Laid::Change(Change {
                is_read: Some(true),
                folder: Some(FolderId(2)),
                ..Change::default()
            }),
            Laid::Change(Change {
                is_read: Some(false),
                flag: Some(Flag::Flagged),
                categories: Some(vec!["Red".into()]),
                ..Change::default()
            }),
        ];
        let marks = shown(&graph(), &laid);
        assert_eq!(marks.folder, Some(FolderId(2)));
        assert!(!marks.is_read);
        assert_eq!(marks.flag, Flag::Flagged);
        assert_eq!(marks.categories, r#"["Red"]"#);
        assert_eq!(shown(&graph(), []), graph());
    }

    #[test]
    fn a_due_date_comes_and_goes_with_its_flag() {
        let day = Timestamp::from_micros(86_400_000_000);
        let flag = |flag, due| {
            Laid::Change(Change {
                flag: Some(flag),
                due,
                ..Change::default()
            })
        };
        let due = flag(Flag::Flagged, Some(day));
        assert_eq!(shown(&graph(), [&due]).due, Some(day));
        for later in [
            flag(Flag::Flagged, None),
            flag(Flag::None, Some(day)),
            flag(Flag::Complete, None),
        ] {
            assert_eq!(shown(&graph(), [&due, &later]).due, None);
        }
    }

    #[test]
    fn a_deleted_message_stays_hidden() {
        let back = Laid::Change(Change {
            folder: Some(FolderId(2)),
            ..Change::default()
        });
        assert_eq!(shown(&graph(), [&Laid::Delete, &back]).folder, None);
    }
}
