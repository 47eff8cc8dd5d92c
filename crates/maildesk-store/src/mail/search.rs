//! The words of messages: written with the message, asked for by the desk.
//!
//! SQLite keeps them in FTS5 under a key that begins with the received second, so that hits come
//! newest first without sorting; PostgreSQL keeps a vector beside the received time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, MessageId};
use maildesk_model::search::{Part, Search};
use maildesk_model::words::words;

use super::kept::Kept;
use super::texts;
use crate::contract::{Result, StoreError};
use crate::db::{Conn, Engine, Value, args};

/// Bits of the search key that hold the message's key; the received second stands above them.
const ID_BITS: u32 = 30;

/// As large as a tsvector may be, with some room: PostgreSQL refuses more than 1 MiB
/// (manual, "Limitations" of full text search), and a mail must not be refused for its words.
const VECTOR_MAX: usize = 900_000;
/// What a lexeme takes beside its letters: its entry, alignment, and up to four places.
const LEXEME_EXTRA: usize = 16;

/// The key of a message in SQLite's search table. Above a thousand million messages in one SQLite
/// file keys would meet, so that is refused.
fn key(received_at: Timestamp, id: MessageId) -> Result<i64> {
    if id.0 >> ID_BITS != 0 {
        return Err(StoreError::Corrupt(
            "SQLite holds as many messages as it can; PostgreSQL takes more".into(),
        ));
    }
    Ok(second(received_at) << ID_BITS | id.0)
}

fn second(at: Timestamp) -> i64 {
    (at.as_micros() / 1_000_000).clamp(0, (1 << 33) - 1)
}

/// The key of a place in the order, which may be beyond all messages.
pub(crate) fn place_of((at, id): (Timestamp, MessageId)) -> Result<i64> {
    if id.0 == i64::MAX {
        return Ok(i64::MAX);
    }
    key(at, id)
}

/// Where messages begin that were received then.
pub(crate) fn first_place(from: Timestamp) -> i64 {
    second(from) << ID_BITS
}

/// The place that a key stands for.
pub(crate) const fn key_at(place: i64) -> (Timestamp, MessageId) {
    let at = Timestamp::from_micros((place >> ID_BITS) * 1_000_000);
    (at, MessageId(place & ((1 << ID_BITS) - 1)))
}

/// The words of one message, column by column.
pub(crate) struct Doc {
    mailbox: MailboxId,
    id: MessageId,
    received_at: Timestamp,
    columns: [String; 4],
}

impl Doc {
    /// The words of a message: its subject, its people, and those of its text (or the preview).
    pub(crate) fn new(kept: &Kept, text: Option<String>) -> Result<Self> {
        let said = &kept.said;
        let texts = texts::of(
            &said.subject,
            [said.author.as_deref(), said.sender.as_deref()],
            [&said.recipients, &said.cc, &said.bcc, &said.reply_to],
        )?;
        let body = text.unwrap_or_else(|| words(&said.preview));
        Ok(Self {
            mailbox: kept.mailbox,
            id: kept.id,
            received_at: said.received_at,
            columns: [
                words(&texts.subject),
                words(&texts.from),
                words(&texts.to),
                body,
            ],
        })
    }

    fn for_sqlite(&self) -> Result<Vec<Value>> {
        let mut values = args![key(self.received_at, self.id)?, scope(self.mailbox)];
        values.extend(self.columns.iter().map(Value::from));
        Ok(values)
    }

    /// As a tsvector: the column is the weight, positions say nothing.
    fn for_postgres(&self) -> Vec<Value> {
        let mut lexemes: BTreeMap<&str, String> = BTreeMap::new();
        for (words, weight) in self.columns.iter().zip(["1A", "2B", "3C", "4D"]) {
            for word in words.split(' ').filter(|word| !word.is_empty()) {
                let places = lexemes.entry(word).or_default();
                if !places.ends_with(weight) {
                    if !places.is_empty() {
                        places.push(',');
                    }
                    places.push_str(weight);
                }
            }
        }
        let mut vector = String::new();
        let mut size = 0;
        for (word, places) in lexemes {
            size += word.len() + LEXEME_EXTRA;
            if size > VECTOR_MAX {
                break;
            }
            write!(vector, "'{word}':{places} ").expect("a String takes everything");
        }
        args![self.id, self.mailbox, self.received_at, vector]
    }
}

/// The word that stands for a mailbox in SQLite's search table.
pub(crate) fn scope(mailbox: MailboxId) -> String {
    format!("b{}", mailbox.0)
}

/// Writes the words of messages. What was there of them has to be taken away first ([`forget`]),
/// under the time they were received by then.
pub(crate) async fn write(conn: &mut Conn, docs: &mut [Doc]) -> Result<()> {
    match conn.engine() {
        Engine::Sqlite => {
            // FTS5 collects rows in memory while their keys rise; a falling key makes it write
            // what it has, one segment for each message.
            docs.sort_unstable_by_key(|doc| (second(doc.received_at), doc.id));
            let rows = docs.iter().map(Doc::for_sqlite).collect::<Result<_>>()?;
            conn.insert(
                "INSERT INTO search
                 (rowid, scope, subject, people, recipients, body) VALUES",
                "",
                rows,
            )
            .await?;
        }
        Engine::Postgres => {
            conn.insert(
                "INSERT INTO search (message_id, mailbox_id, received_at, words)
                 SELECT v.m, v.b, v.r, v.w::tsvector FROM (VALUES",
                ") AS v (m, b, r, w) ON CONFLICT (message_id) DO UPDATE
                 SET received_at = excluded.received_at, words = excluded.words",
                docs.iter().map(Doc::for_postgres).collect(),
            )
            .await?;
        }
    }
    Ok(())
}

/// Takes the words of messages away, given when each was received.
pub(crate) async fn forget(conn: &mut Conn, messages: &[(Timestamp, MessageId)]) -> Result<()> {
    match conn.engine() {
        Engine::Sqlite => {
            let keys = messages
                .iter()
                .map(|(at, id)| Ok(Value::from(key(*at, *id)?)))
                .collect::<Result<Vec<_>>>()?;
            let sql = "DELETE FROM search WHERE rowid IN (LIST)";
            conn.run_in(sql, Vec::new(), &keys).await.map(drop)
        }
        Engine::Postgres => {
            let keys: Vec<_> = messages.iter().map(|(_, id)| Value::from(*id)).collect();
            let sql = "DELETE FROM search WHERE message_id IN (LIST)";
            conn.run_in(sql, Vec::new(), &keys).await.map(drop)
        }
    }
}

/// What is asked, in the words of FTS5. Words hold letters, digits and marks only, so quoting them
/// is enough. Few mailboxes are named in the question, so that other people's hits are skipped.
pub(crate) fn ask_sqlite(wanted: &Search, mailboxes: &[MailboxId]) -> String {
    let mut asked = Vec::new();
    if !mailboxes.is_empty() {
        let scopes: Vec<_> = mailboxes.iter().map(|id| scope(*id)).collect();
        asked.push(format!("scope : ({})", scopes.join(" OR ")));
    }
    for (part, word, is_beginning) in wanted.all_words() {
        let columns = match part {
            None => "- scope",
            Some(Part::Subject) => "subject",
            Some(Part::From) => "people",
            Some(Part::To) => "recipients",
            Some(Part::Body) => "body",
        };
        let star = if is_beginning { " *" } else { "" };
        asked.push(format!("{columns} : \"{word}\"{star}"));
    }
    asked.join(" AND ")
}

/// What is asked, as a tsquery: a part is a weight.
pub(crate) fn ask_postgres(wanted: &Search) -> String {
    let words = wanted.all_words().map(|(part, word, is_beginning)| {
        let weight = match part {
            None => "",
            Some(Part::Subject) => "A",
            Some(Part::From) => "B",
            Some(Part::To) => "C",
            Some(Part::Body) => "D",
        };
        match (is_beginning, weight) {
            (false, "") => format!("'{word}'"),
            (false, weight) => format!("'{word}':{weight}"),
            (true, weight) => format!("'{word}':*{weight}"),
        }
    });
    words.collect::<Vec<_>>().join(" & ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_keys_are_higher() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let (a, b) = (
            key(at(10), MessageId(5)).unwrap(),
            key(at(11), MessageId(1)).unwrap(),
        );
        assert!(a < b && a < key(at(10), MessageId(6)).unwrap());
        assert!(key(at(1), MessageId(1 << 30)).is_err());
        assert_eq!(a & 1_073_741_823, 5);
        assert!(key(Timestamp::from_micros(i64::MIN), MessageId(1)).unwrap() >= 0);
    }

    #[test]
    fn a_key_is_a_place() {
        let place = (Timestamp::from_micros(7_000_000), MessageId(9));
        assert_eq!(key_at(key(place.0, place.1).unwrap()), place);
        assert!(first_place(place.0) < key(place.0, MessageId(1)).unwrap());
        let beyond = (Timestamp::from_micros(i64::MAX), MessageId(i64::MAX));
        assert_eq!(place_of(beyond).unwrap(), i64::MAX);
    }

    #[test]
    fn questions_are_spelled_for_each_engine() {
        let wanted = Search::in_utc("from:ada \"Monthly plan\" Quarterly subject:rep");
        assert_eq!(
            ask_sqlite(&wanted, &[MailboxId(1), MailboxId(2)]),
            r#"scope : (b1 OR b2) AND people : "ada" AND - scope : "quarterly" AND subject : "rep" * AND - scope : "monthly" AND - scope : "plan""#
        );
        let wanted = Search::in_utc("rep");
        assert_eq!(ask_sqlite(&wanted, &[]), r#"- scope : "rep" *"#);
        let wanted = Search::in_utc("to:ada quarterly from:rep");
        assert_eq!(ask_postgres(&wanted), "'ada':C & 'quarterly' & 'rep':*B");
    }
}
