//! `/settings/mailboxes/{id}/signature`: what stands below everybody's mail from a mailbox who has no
//! signature of their own there.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, Uri};
use maildesk_model::MailboxId;
use maildesk_store::contract::SignedMailbox;

use super::editor::{self, Editor};
use crate::api::note;
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::request::id::One;
use crate::signature;
use crate::words::Words;

/// The entry of the settings that it belongs to.
const ENTRY: &str = "/settings/mailboxes";

#[derive(Template)]
#[template(path = "signatures/common.html")]
struct CommonPage {
    shell: Shell,
    id: String,
    name: String,
    editor: Editor,
    is_empty: bool,
    saved: bool,
}

/// The page.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    uri: Uri,
) -> Result<Response, Problem> {
    let signed = to_change(&app, &person, id).await?;
    let saved = uri.query() == Some("saved=yes");
    render(&app, &person, signed, saved, None)
}

/// Keeps it.
pub(super) async fn save(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    form: Form,
) -> Result<Response, Problem> {
    let signed = to_change(&app, &person, id).await?;
    let fields = form.of(&app, &person).await?;
    let typed = fields.one("html");
    let html = match signature::checked(typed) {
        Ok(html) => html,
        Err(error) => {
            let why = editor::why_not(Words::english(), error);
            return render(&app, &person, signed, false, Some((typed.to_owned(), why)));
        }
    };
    let (viewer, now) = (person.caller.viewer, app.clock.now());
    let kept = app.store.set_common_signature(viewer, id, &html, now);
    if !kept.await? {
        return Err(Problem::not_found());
    }
    note::done(&app, &person.caller, "mailbox.signature", Some(id)).await;
    Ok(answer::see(&format!("{ENTRY}/{id}/signature?saved=yes")))
}

async fn to_change(app: &App, person: &Person, id: MailboxId) -> Result<SignedMailbox, Problem> {
    let signed = super::found(app, person, id).await?;
    person.must_administer()?;
    Ok(signed)
}

fn render(
    app: &App,
    person: &Person,
    signed: SignedMailbox,
    saved: bool,
    refused: Option<(String, String)>,
) -> Result<Response, Problem> {
    let title = Words::english().fill("signature-common-of", signed.name.as_str());
    let is_empty = signed.signatures.common.is_empty();
    let (html, wrong) = match refused {
        Some((typed, why)) => (typed, Some(why)),
        None => (signed.signatures.common, None),
    };
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let preview = format!("/mailboxes/{}/signature/preview", signed.id);
    let page = CommonPage {
        shell: Shell::settings(app, person, ENTRY, title),
        id: signed.id.to_string(),
        name: signed.name,
        editor: Editor {
            action: format!("{ENTRY}/{}/signature", signed.id),
            kept: format!("{preview}?of=common"),
            preview,
            choices: Vec::new(),
            html,
            wrong,
        },
        is_empty,
        saved,
    };
    answer::page_with(status, &page)
}
