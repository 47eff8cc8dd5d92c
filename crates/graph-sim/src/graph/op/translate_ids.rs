//! `POST …/translateExchangeIds`: between default and immutable ids, at most 1,000 [facts 7.4].

use serde::Deserialize;

use crate::answer::{Answer, Outcome, Refusal};
use crate::graph::desk::Desk;
use crate::json::Object;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    input_ids: Vec<String>,
    target_id_type: String,
}

/// Translates.
pub(super) fn run(desk: &Desk<'_>) -> Outcome {
    let request: Request = desk
        .call
        .json()
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    if request.input_ids.len() > 1_000 {
        return Err(Refusal::bad_request("Too many ids: 1000 is the most."));
    }
    let immutable = match request.target_id_type.as_str() {
        "restImmutableEntryId" => true,
        "restId" => false,
        other => {
            return Err(Refusal::bad_request(format!(
                "The simulator does not translate to '{other}'."
            )));
        }
    };
    desk.read(|mailbox| {
        let mut json = String::new();
        let mut object = Object::open(&mut json);
        object.text(
            "@odata.context",
            &format!(
                "{}/v1.0/$metadata#Collection(microsoft.graph.convertIdResult)",
                desk.call.base
            ),
        );
        object.list("value", &request.input_ids, |out, id| {
            let mut item = Object::open(out);
            item.text("sourceId", id);
            match mailbox.find_message(id) {
                Ok(no) => {
                    let moves = mailbox.state(no).map_or(0, |state| state.moves);
                    item.text("targetId", &mailbox.message_id(no, moves, immutable));
                }
                Err(_) => item.object("errorDetails", |error| {
                    error.text("code", "ErrorItemNotFound");
                    error.text(
                        "message",
                        "The specified object was not found in the store.",
                    );
                }),
            }
            item.end();
        });
        object.end();
        Ok(Answer::ok(json))
    })
}
