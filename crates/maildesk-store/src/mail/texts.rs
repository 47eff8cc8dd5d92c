//! The texts of a message that words are looked for in: what the index is made of, and what is read
//! where the index does not say enough.

use std::collections::HashMap;
use std::fmt::Write as _;

use maildesk_model::id::MessageId;
use maildesk_model::search::Texts;

use super::{body, people};
use crate::contract::Result;
use crate::db::{Conn, Value, args};

/// The texts but for that of the body; addresses are JSON as kept.
pub(super) fn of(
    subject: &str,
    authors: [Option<&str>; 2],
    recipients: [&str; 4],
) -> Result<Texts> {
    let mut texts = Texts {
        subject: subject.to_owned(),
        ..Texts::default()
    };
    for author in authors.into_iter().flatten() {
        add(&mut texts.from, &people::to_address(author)?);
    }
    for list in recipients {
        for recipient in people::to_addresses(list)? {
            add(&mut texts.to, &recipient);
        }
    }
    Ok(texts)
}

fn add(text: &mut String, person: &maildesk_model::message::Address) {
    write!(text, "{} {} ", person.name, person.address).expect("a String takes everything");
}

/// The texts of some messages; where there is no text of a body, the preview stands in.
pub(crate) async fn read(conn: &mut Conn, messages: &[Value]) -> Result<HashMap<MessageId, Texts>> {
    let rows = conn
        .all_in(
            "SELECT m.id, m.subject, m.author, m.sender, m.recipients, m.cc, m.bcc, m.reply_to,
               m.preview, b.plain,
               CASE WHEN b.is_html = 0 AND b.plain IS NULL THEN b.content END AS content
             FROM message m LEFT JOIN body b ON b.message_id = m.id WHERE m.id IN (LIST)",
            args![],
            messages,
        )
        .await?;
    let mut read = HashMap::with_capacity(rows.len());
    for row in &rows {
        let (author, sender) = (row.opt_text("author")?, row.opt_text("sender")?);
        let lists = ["recipients", "cc", "bcc", "reply_to"].map(|column| row.text(column));
        let [to, cc, bcc, reply_to] = lists;
        let mut texts = of(
            &row.text("subject")?,
            [author.as_deref(), sender.as_deref()],
            [&to?, &cc?, &bcc?, &reply_to?],
        )?;
        let text = body::text_of(row)?;
        texts.body = match text.filter(|text| text.chars().any(char::is_alphanumeric)) {
            Some(text) => text,
            None => row.text("preview")?,
        };
        read.insert(MessageId(row.int("id")?), texts);
    }
    Ok(read)
}
