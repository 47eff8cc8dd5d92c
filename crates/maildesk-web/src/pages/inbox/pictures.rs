//! `POST /messages/{id}/pictures`: pictures of mail by this message's author are loaded from now on
//! without asking, for this person alone. The form leads into the message's frame, so that what one
//! reads stays where it is.

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

/// Takes it down, and shows the body with its pictures.
pub(super) async fn always(
    State(app): State<App>,
    person: Person,
    One(id): One<MessageId>,
    form: Form,
) -> Result<Response, Problem> {
    form.of(&app, &person).await?;
    let message = messages::visible(&app, person.caller.viewer, id).await?;
    let from = message.summary.from.unwrap_or_default().address;
    if from.is_empty() {
        return Err(Problem::conflict(
            "no_author",
            "This message has no author.",
        ));
    }
    let now = app.clock.now();
    app.store
        .add_picture_sender(person.user.id, &from, now)
        .await?;
    Ok(answer::see(&format!("/messages/{id}/body")))
}
