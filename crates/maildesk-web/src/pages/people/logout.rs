//! `/logout`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

use crate::app::App;
use crate::auth::session;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;

/// Ends this browser's session.
pub(super) async fn sign_out(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    form.of(&app, &person).await?;
    app.store
        .end_session(person.caller.credential.hash())
        .await?;
    let gone = [(header::SET_COOKIE, session::gone())];
    Ok((gone, answer::see("/login")).into_response())
}
