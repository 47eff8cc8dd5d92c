//! `POST …/sendMail` and `POST …/messages/{id}/send`. Recipients who have a simulated mailbox get the mail.

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::Draft;
use super::create_message::{arrival, from_draft, is_mime, read_mime};
use crate::answer::{Answer, Outcome, Refusal};
use crate::graph::desk::Desk;
use crate::mailbox::message::Content;
use crate::mailbox::{OUTBOX, SENT};

#[derive(Deserialize)]
struct Request {
    #[serde(alias = "Message")]
    message: Value,
    #[serde(rename = "saveToSentItems", alias = "SaveToSentItems", default = "yes")]
    save: bool,
}

const fn yes() -> bool {
    true
}

/// The most recipients of a message [facts 6].
const RECIPIENTS: usize = 500;

/// Sends a message from its document.
pub(super) fn run(desk: &Desk<'_>) -> Outcome {
    let (content, save) = if is_mime(desk) {
        (read_mime(desk)?, true)
    } else {
        let request: Request = desk
            .call
            .json()
            .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
        (
            from_draft(desk, &Draft::parse(&request.message)?)?,
            request.save,
        )
    };
    dispatch(desk, content, save)
}

/// Sends a message that is nowhere yet, or lets it wait in the outbox.
pub(super) fn dispatch(desk: &Desk<'_>, content: Content, save: bool) -> Outcome {
    check(desk, &content)?;
    if waits(desk) {
        let no = desk.edit(|mailbox| mailbox.arrive(arrival(content, OUTBOX, desk.now)));
        desk.world.outgoing.queue(desk.world, &desk.cell, no, save);
        return Ok(accepted(desk));
    }
    crate::world::post(desk.world, &content, desk.now);
    if save {
        desk.edit(|mailbox| mailbox.arrive(arrival(content, SENT, desk.now)));
    }
    Ok(accepted(desk))
}

fn waits(desk: &Desk<'_>) -> bool {
    desk.world.faults.now().mail.send_lag_ms > 0
}

/// 202 without a body: queued, no more is promised. With a `Retry-After`, or answered with an empty 503 [recorded 6], it was done all the same [recorded 7.5].
fn accepted(desk: &Desk<'_>) -> Answer {
    let answer = Answer::empty(StatusCode::ACCEPTED).struck(waits(desk).then_some("sendLagMs"));
    let faults = &desk.world.faults;
    let rate = faults.now().mail.send_answer_lost;
    if faults.strikes("sendAnswerLost", &desk.cell.user_id, rate) {
        let mut lost = Answer::empty(StatusCode::SERVICE_UNAVAILABLE);
        lost.content_type = Some("text/plain".into());
        return lost.struck(Some("sendAnswerLost"));
    }
    let rate = faults.now().mail.accepted_retry_after;
    if faults.strikes("acceptedRetryAfter", &desk.cell.user_id, rate) {
        let answer = answer.struck(Some("acceptedRetryAfter"));
        return answer.with("Retry-After", "3");
    }
    answer
}

/// Checks sender, recipients and how many were sent lately.
fn check(desk: &Desk<'_>, content: &Content) -> Result<(), Refusal> {
    desk.sender(content.from.as_ref())?;
    let recipients = content.to.len() + content.cc.len() + content.bcc.len();
    let bad = content
        .to
        .iter()
        .chain(&content.cc)
        .chain(&content.bcc)
        .any(|person| !person.address.contains('@'));
    if recipients == 0 || recipients > RECIPIENTS || bad {
        return Err(Refusal::new(
            400,
            "ErrorInvalidRecipients",
            "At least one recipient isn't valid.",
        ));
    }
    desk.world.throttle.send(desk.world, desk.cell.no)
}

/// Sends a draft; it appears among the sent items under the same immutable id.
pub(super) fn send_draft(desk: &Desk<'_>, id: &str) -> Outcome {
    let (no, content) = desk.read(|mailbox| {
        let no = desk.message(mailbox, id)?;
        let content = mailbox
            .content(no, true)
            .ok_or_else(Refusal::item_not_found)?
            .into_owned();
        Ok((no, content))
    })?;
    if !content.is_draft {
        return Err(Refusal::new(
            400,
            "ErrorInvalidRequest",
            "Only a draft can be sent.",
        ));
    }
    check(desk, &content)?;
    if waits(desk) {
        desk.world.outgoing.queue(desk.world, &desk.cell, no, true);
    } else {
        crate::world::post(desk.world, &content, desk.now);
        desk.edit(|mailbox| mailbox.send_draft(no, desk.now));
    }
    Ok(accepted(desk))
}
