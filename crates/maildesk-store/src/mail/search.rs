//! The words of messages: written with the message, asked for by the desk.
//!
//! SQLite keeps them in FTS5 under a key that begins with the received second, so that hits come
//! newest first without sorting; PostgreSQL keeps a vector beside the received time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, MessageId};

use super::kept::Kept;
use super::people;
use super::words::{Wanted, words};
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

/// The SQL expression for the message's key in a search row of SQLite.
pub(crate) const MESSAGE_OF_KEY: &str = "(search.rowid & 1073741823)";

/// Where a page of hits goes on in SQLite: below this key.
pub(crate) fn key_before(after: Option<(Timestamp, MessageId)>) -> Result<i64> {
    after.map_or(Ok(i64::MAX), |(at, id)| key(at, id))
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
        let mut from = String::new();
        for person in [&kept.said.author, &kept.said.sender].into_iter().flatten() {
            let person = people::to_address(person)?;
            write!(from, "{} {} ", person.name, person.address).expect("a String takes everything");
        }
        let mut to = String::new();
        for list in [
            &kept.said.recipients,
            &kept.said.cc,
            &kept.said.bcc,
            &kept.said.reply_to,
        ] {
            for person in people::to_addresses(list)? {
                write!(to, "{} {} ", person.name, person.address)
                    .expect("a String takes everything");
            }
        }
        let body = text.unwrap_or_else(|| words(&kept.said.preview));
        Ok(Self {
            mailbox: kept.mailbox,
            id: kept.id,
            received_at: kept.said.received_at,
            columns: [words(&kept.said.subject), words(&from), words(&to), body],
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
pub(crate) fn ask_sqlite(wanted: &Wanted, mailboxes: &[MailboxId]) -> String {
    let mut asked = String::new();
    if !mailboxes.is_empty() {
        let scopes: Vec<_> = mailboxes.iter().map(|id| scope(*id)).collect();
        write!(asked, "scope : ({}) AND ", scopes.join(" OR ")).expect("a String takes everything");
    }
    asked.push_str("- scope : (");
    for word in &wanted.whole {
        write!(asked, "\"{word}\" AND ").expect("a String takes everything");
    }
    write!(asked, "\"{}\" *)", wanted.beginning).expect("a String takes everything");
    asked
}

/// What is asked, as a tsquery.
pub(crate) fn ask_postgres(wanted: &Wanted) -> String {
    let mut asked = String::new();
    for word in &wanted.whole {
        write!(asked, "'{word}' & ").expect("a String takes everything");
    }
    write!(asked, "'{}':*", wanted.beginning).expect("a String takes everything");
    asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::words::wanted;

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
    fn questions_are_spelled_for_each_engine() {
        let wanted = wanted("Quarterly rep").unwrap();
        assert_eq!(
            ask_sqlite(&wanted, &[MailboxId(1), MailboxId(2)]),
            r#"scope : (b1 OR b2) AND - scope : ("quarterly" AND "rep" *)"#
        );
        assert_eq!(
            ask_sqlite(&wanted, &[]),
            r#"- scope : ("quarterly" AND "rep" *)"#
        );
        assert_eq!(ask_postgres(&wanted), "'quarterly' & 'rep':*");
    }
}
