//! `GET …/messages/{id}` and its `$value`.

use http::StatusCode;

use super::extended;
use super::list_messages::{preferences, style};
use crate::answer::{Answer, Outcome, Refusal};
use crate::graph::desk::Desk;
use crate::graph::render;
use crate::json::Object;
use crate::mailbox::{FolderNo, MessageNo, mime};

/// Answers with the message; below a folder only when it is in it.
pub(super) fn get(desk: &Desk<'_>, folder: Option<(FolderNo, &str)>, id: &str) -> Outcome {
    let no = desk.read(|mailbox| {
        let no = desk.message(mailbox, id)?;
        let here = mailbox
            .state(no)
            .is_some_and(|state| folder.is_none_or(|(folder, _)| folder == state.folder));
        if here {
            Ok(no)
        } else {
            Err(Refusal::item_not_found())
        }
    })?;
    entity(desk, no, StatusCode::OK)
}

/// A message as the answer to a call that read, made or changed it.
pub(super) fn entity(desk: &Desk<'_>, no: MessageNo, status: StatusCode) -> Outcome {
    let style = style(desk)?;
    desk.read(|mailbox| {
        let mut json = String::with_capacity(4_096);
        let mut object = Object::open(&mut json);
        let expanded = desk
            .call
            .option("expand")
            .and_then(|list| list.split('(').next())
            .filter(|name| !name.eq_ignore_ascii_case("attachments"));
        let select = match (desk.call.option("select"), expanded) {
            (Some(list), Some(expanded)) => format!("({list},{expanded}())"),
            (Some(list), None) => format!("({list})"),
            (None, _) if style.attachments => "(attachments())".to_owned(),
            (None, _) => String::new(),
        };
        object.text(
            "@odata.context",
            &desk.context(&format!("messages{select}/$entity")),
        );
        render::message(&mut object, mailbox, no, style);
        extended::write(&mut object, desk, mailbox, no);
        object.end();
        let moves = mailbox.state(no).map_or(0, |state| state.moves);
        let answer = preferences(desk, Answer::text(status, json));
        let id = mailbox.message_id(no, moves, desk.immutable);
        Ok(if status == StatusCode::CREATED {
            answer.with("Location", desk.location("messages", &id))
        } else {
            answer
        })
    })
}

/// The message as MIME.
pub(super) fn mime(desk: &Desk<'_>, id: &str) -> Outcome {
    desk.read(|mailbox| {
        let no = desk.message(mailbox, id)?;
        let content = mailbox
            .content(no, true)
            .ok_or_else(Refusal::item_not_found)?;
        Ok(Answer::bytes("text/plain", mime::write(&content)))
    })
}
