//! Making a batch ready before its transaction begins: the same message twice becomes one, bodies
//! are packed. Nothing here waits, so that the writer is held for writing only.

use std::collections::HashMap;

use maildesk_model::message::RemoteMessage;

use super::body::Packed;
use crate::contract::{Incoming, Result};

/// One message on its way in.
pub(crate) struct Prepared {
    /// All that Graph said of it in this batch, without its body.
    pub(crate) remote: RemoteMessage,
    /// The body, packed.
    pub(crate) body: Option<Packed>,
}

/// Folds what came: the last of the same id wins field by field, in the order of first mention.
pub(crate) fn prepare(changed: Vec<Incoming>) -> Result<Vec<Prepared>> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(changed.len());
    let mut folded: Vec<Incoming> = Vec::with_capacity(changed.len());
    for incoming in changed {
        if let Some(place) = places.get(&incoming.message.remote_id) {
            lay_over(&mut folded[*place], incoming);
        } else {
            places.insert(incoming.message.remote_id.clone(), folded.len());
            folded.push(incoming);
        }
    }
    folded.into_iter().map(one).collect()
}

/// Makes one message ready.
pub(crate) fn one(mut incoming: Incoming) -> Result<Prepared> {
    let body = incoming.message.body.take();
    let body = body
        .map(|body| Packed::new(&body, incoming.text.as_deref()))
        .transpose()?;
    Ok(Prepared {
        remote: incoming.message,
        body,
    })
}

fn lay_over(earlier: &mut Incoming, later: Incoming) {
    if later.message.body.is_some() {
        earlier.text = later.text;
    }
    let (old, mut new) = (&mut earlier.message, later.message);
    // Lists tell less of a meeting than a message that was read.
    if let Some(meeting) = new.meeting.take() {
        old.meeting = Some(meeting.over(old.meeting.take().unwrap_or_default()));
    }
    macro_rules! later_wins {
        ($($field:ident),*) => { $(if new.$field.is_some() { old.$field = new.$field; })* };
    }
    later_wins!(
        folder,
        subject,
        from,
        sender,
        to,
        cc,
        bcc,
        reply_to,
        received_at,
        sent_at,
        modified_at,
        preview,
        is_read,
        is_draft,
        flag,
        flag_dates,
        importance,
        is_other,
        has_attachments,
        categories,
        conversation,
        internet_message_id,
        web_link,
        body,
        attachments
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparse_item_lies_over_the_whole_one_before_it() {
        let item = |id: &str, subject: Option<&str>, is_read| Incoming {
            message: RemoteMessage {
                remote_id: id.into(),
                subject: subject.map(Into::into),
                is_read,
                ..RemoteMessage::default()
            },
            text: None,
        };
        let batch = [
            item("a", Some("Hello"), Some(false)),
            item("b", Some("Other"), None),
            item("a", None, Some(true)),
        ];
        let prepared = prepare(batch.to_vec()).unwrap();
        assert_eq!(prepared.len(), 2);
        assert_eq!(prepared[0].remote.subject.as_deref(), Some("Hello"));
        assert_eq!(prepared[0].remote.is_read, Some(true));
        assert_eq!(prepared[1].remote.remote_id, "b");
    }
}
