//! `/settings/mailboxes/{id}/disconnect`: what it does and what stays is said first.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maildesk_model::MailboxId;
use maildesk_model::mailbox::Connection;

use super::all;
use crate::api::mailboxes;
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::request::id::One;

#[derive(Template)]
#[template(path = "mailboxes/disconnect.html")]
struct DisconnectPage {
    shell: Shell,
    id: String,
    is_person: bool,
    has_push: bool,
}

/// What it does.
pub(super) async fn ask(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let mailbox = mailboxes::visible(&app, viewer, id).await?;
    person.must_administer()?;
    let panel = app.store.push_panel(viewer, id).await?;
    let words = crate::words::Words::english();
    let title = words.fill("disconnect-title", mailbox.name.as_str());
    answer::page(&DisconnectPage {
        shell: Shell::settings(&app, &person, all::PATH, title),
        id: id.to_string(),
        is_person: mailbox.connection == Connection::GraphDelegated,
        has_push: panel.is_some_and(|panel| panel.subscription.is_some()),
    })
}

/// Disconnects it.
pub(super) async fn disconnect(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    form: Form,
) -> Result<Response, Problem> {
    let mailbox = mailboxes::visible(&app, person.caller.viewer, id).await?;
    person.must_administer()?;
    form.of(&app, &person).await?;
    mailboxes::disconnect::carry_out(&app, &person.caller, &mailbox).await?;
    Ok(answer::see(&format!("{}/{id}", all::PATH)))
}
