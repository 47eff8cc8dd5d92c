//! Mailboxes as administrators handle them (connect, share, disconnect, remove) and the system parameters.

mod add;
mod all;
mod disconnect;
mod one;
mod parameters;
mod remove;
mod share;
mod states;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maildesk_model::MailboxId;

use super::answer;
use super::person::Person;
use crate::api::mailboxes;
use crate::app::App;
use crate::error::Problem;
use crate::request::id::One;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/settings", get(settings))
        .route("/settings/mailboxes", get(all::show).post(add::add))
        .route(
            "/settings/mailboxes/share",
            answer::instead(all::PATH).post(share::share),
        )
        .route("/settings/mailboxes/{id}", get(one::show).post(one::act))
        .route(
            "/settings/mailboxes/{id}/disconnect",
            get(disconnect::ask).post(disconnect::disconnect),
        )
        .route(
            "/settings/mailboxes/{id}/remove",
            get(remove::ask).post(remove::remove),
        )
        .route(
            "/settings/technical/system-parameters",
            get(parameters::show).post(parameters::save),
        )
        .route("/mailboxes/{id}", get(go))
}

/// The settings begin with the mailboxes.
async fn settings(person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    Ok(answer::see(all::PATH))
}

/// Where the way back from Microsoft's sign-in ends: with what somebody wants to see next.
async fn go(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
) -> Result<Response, Problem> {
    mailboxes::visible(&app, person.caller.viewer, id).await?;
    Ok(if person.caller.viewer.may_administer() {
        answer::see(&format!("{}/{id}", all::PATH))
    } else {
        answer::see(&format!("/?mailbox={id}"))
    })
}
