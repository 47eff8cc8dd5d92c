//! Signatures: everybody's own under their account, and the common one of a mailbox among its
//! settings, both with a preview.

mod common;
mod editor;
mod list;
mod own;
mod preview;

use axum::Router;
use axum::routing::get;
use maildesk_model::MailboxId;
use maildesk_store::contract::SignedMailbox;

use crate::app::App;
use crate::error::Problem;
use crate::pages::person::Person;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/profile/signatures", get(list::show).post(list::save))
        .route("/profile/signatures/{id}", get(own::show).post(own::save))
        .route(
            "/settings/mailboxes/{id}/signature",
            get(common::show).post(common::save),
        )
        .route(
            "/mailboxes/{id}/signature/preview",
            get(preview::kept).post(preview::typed),
        )
}

/// The mailbox with its signatures as this person has them.
async fn found(app: &App, person: &Person, id: MailboxId) -> Result<SignedMailbox, Problem> {
    let signed = app.store.signature(person.caller.viewer, id).await?;
    signed.ok_or_else(Problem::not_found)
}
