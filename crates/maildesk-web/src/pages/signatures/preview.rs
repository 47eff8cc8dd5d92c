//! `/mailboxes/{id}/signature/preview`: a signature as mail will have it, for a frame: the one that is
//! kept, or the one that was just typed.

use axum::extract::State;
use axum::response::Response;
use http::Uri;
use maildesk_model::MailboxId;
use maildesk_store::contract::SignedMailbox;

use super::{editor, found};
use crate::app::App;
use crate::error::Problem;
use crate::html;
use crate::pages::form::Form;
use crate::pages::inbox;
use crate::pages::person::Person;
use crate::request::id::One;
use crate::signature;
use crate::words::Words;

/// The one that is kept: what this person's mail has, or the common one.
pub(super) async fn kept(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    uri: Uri,
) -> Result<Response, Problem> {
    let signed = found(&app, &person, id).await?;
    let html = match uri.query() {
        Some("of=common") => &signed.signatures.common,
        _ => signed.signatures.in_use(),
    };
    Ok(shown(&person, &signed, html))
}

/// The one that was typed.
pub(super) async fn typed(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    form: Form,
) -> Result<Response, Problem> {
    let signed = found(&app, &person, id).await?;
    let fields = form.of(&app, &person).await?;
    let typed = match fields.one("which") {
        "common" => Ok(signed.signatures.common.clone()),
        "none" => Ok(String::new()),
        _ => signature::checked(fields.one("html")),
    };
    Ok(match typed {
        Ok(html) => shown(&person, &signed, &html),
        Err(error) => inbox::words(&person, &editor::why_not(Words::english(), error)),
    })
}

fn shown(person: &Person, signed: &SignedMailbox, signature: &str) -> Response {
    let filled = signature::filled(signature, &person.user, signed);
    if html::shows_none(&filled, |letter| !letter.is_whitespace()) {
        return inbox::words(person, &Words::english().say("signature-shows-none"));
    }
    inbox::paper(person, filled)
}
