//! A link for an administrator of the tenant (C7), made when somebody asks for one: each counts once.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::show::{Done, render};
use crate::api::note;
use crate::app::App;
use crate::error::Problem;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::parts::SignInRefused;

/// Makes the link and shows it.
pub(super) async fn link(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    form.of(&app, &person).await?;
    let done = match app.microsoft.consent_link(person.user.id).await {
        Ok(link) => {
            note::done(&app, &person.caller, "microsoft.consent_link", None).await;
            Done {
                consent: Some(link),
                ..Done::default()
            }
        }
        Err(SignInRefused::Trouble(trouble)) => Done {
            status: StatusCode::CONFLICT,
            refused: Some(trouble),
            ..Done::default()
        },
        Err(SignInRefused::Store(error)) => return Err(error.into()),
    };
    render(&app, &person, done).await
}
