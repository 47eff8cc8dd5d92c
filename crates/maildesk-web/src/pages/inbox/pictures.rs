//! `POST /messages/{id}/pictures`: pictures of mail by this message's author are loaded from now on
//! without asking, or no longer (`do=end`), for this person alone. The form leads into the message's
//! frame, so that what one reads stays where it is.

use axum::extract::State;
use axum::response::Response;
use maildesk_model::MessageId;

use crate::api::messages;
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::request::id::One;

/// Takes it down, and shows the body as it is then.
pub(super) async fn decide(
    State(app): State<App>,
    person: Person,
    One(id): One<MessageId>,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of(&app, &person).await?;
    let message = messages::visible(&app, person.caller.viewer, id).await?;
    let from = message.summary.from.unwrap_or_default().address;
    if from.is_empty() {
        return Err(Problem::conflict(
            "no_author",
            "This message has no author.",
        ));
    }
    let (store, user) = (&app.store, person.user.id);
    if fields.one("do") == "end" {
        store.end_picture_sender(user, &from).await?;
    } else {
        let now = app.clock.now();
        store.add_picture_sender(user, &from, now).await?;
    }
    Ok(answer::see(&format!("/messages/{id}/body")))
}
