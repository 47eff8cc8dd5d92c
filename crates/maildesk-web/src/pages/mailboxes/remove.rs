//! `/settings/mailboxes/{id}/remove`: what it deletes is said first, and the address is typed.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::MailboxId;

use super::all;
use crate::api::{mailboxes, note};
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::request::id::One;

#[derive(Template)]
#[template(path = "mailboxes/remove.html")]
struct RemovePage {
    shell: Shell,
    id: String,
    address: String,
    messages: String,
    people: String,
    has_push: bool,
    wrong: bool,
}

/// What goes.
pub(super) async fn ask(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
) -> Result<Response, Problem> {
    mailboxes::visible(&app, person.caller.viewer, id).await?;
    person.must_administer()?;
    render(&app, &person, id, false).await
}

/// Removes it.
pub(super) async fn remove(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    form: Form,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let mailbox = mailboxes::visible(&app, viewer, id).await?;
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    if !fields
        .one("address")
        .trim()
        .eq_ignore_ascii_case(&mailbox.address)
    {
        return render(&app, &person, id, true).await;
    }
    app.store
        .remove_mailbox(viewer, id, app.clock.now())
        .await?;
    note::done(&app, &person.caller, "mailbox.remove", Some(id)).await;
    Ok(answer::see(all::PATH))
}

async fn render(
    app: &App,
    person: &Person,
    id: MailboxId,
    wrong: bool,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let mailbox = mailboxes::visible(app, viewer, id).await?;
    let shared = app.store.access(viewer, id).await?.unwrap_or_default();
    let panel = app.store.push_panel(viewer, id).await?;
    let words = crate::words::Words::english();
    let title = words.fill("remove-title", mailbox.name.as_str());
    let status = if wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = RemovePage {
        shell: Shell::settings(app, person, all::PATH, title),
        id: id.to_string(),
        messages: words
            .fill("remove-messages", mailbox.import.listed)
            .into_owned(),
        people: words
            .fill("remove-people", shared.len() as i64)
            .into_owned(),
        has_push: panel.is_some_and(|panel| panel.subscription.is_some()),
        address: mailbox.address,
        wrong,
    };
    answer::page_with(status, &page)
}
