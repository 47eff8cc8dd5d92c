//! `/profile/signatures/{id}`: what stands below one's own mail from one mailbox.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, Uri};
use maildesk_model::MailboxId;
use maildesk_model::signature::OwnSignature;
use maildesk_store::contract::SignedMailbox;

use super::editor::{self, Editor};
use super::{found, list};
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};
use crate::request::id::One;
use crate::signature;
use crate::words::Words;

#[derive(Template)]
#[template(path = "signatures/own.html")]
struct OwnPage {
    shell: Shell,
    address: String,
    editor: Editor,
    saved: bool,
}

/// What was typed, where it could not be saved.
struct Refused {
    which: String,
    html: String,
    why: String,
}

/// The page.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    uri: Uri,
) -> Result<Response, Problem> {
    let signed = found(&app, &person, id).await?;
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
    let signed = found(&app, &person, id).await?;
    let fields = form.of(&app, &person).await?;
    let own = match fields.one("which") {
        "common" => OwnSignature::Common,
        "none" => OwnSignature::Nothing,
        "own" => match signature::checked(fields.one("html")) {
            // Whoever empties their own has none of their own any more.
            Ok(html) if html.is_empty() => OwnSignature::Common,
            Ok(html) => OwnSignature::Own(html),
            Err(error) => {
                let refused = Refused {
                    which: "own".to_owned(),
                    html: fields.one("html").to_owned(),
                    why: editor::why_not(Words::english(), error),
                };
                return render(&app, &person, signed, false, Some(refused));
            }
        },
        _ => return Err(Problem::malformed("There is no such signature.")),
    };
    let now = app.clock.now();
    let kept = app.store.set_signature(person.caller.viewer, id, &own, now);
    if !kept.await? {
        return Err(Problem::not_found());
    }
    Ok(answer::see(&format!("{}/{id}?saved=yes", list::PATH)))
}

fn render(
    app: &App,
    person: &Person,
    signed: SignedMailbox,
    saved: bool,
    refused: Option<Refused>,
) -> Result<Response, Problem> {
    let words = Words::english();
    let title = words.fill("signature-of", signed.name.as_str());
    let (which, html) = match signed.signatures.own {
        OwnSignature::Common => ("common", signed.signatures.common.clone()),
        OwnSignature::Nothing => ("none", signed.signatures.common.clone()),
        OwnSignature::Own(html) => ("own", html),
    };
    let (which, html, wrong) = match refused {
        Some(refused) => (refused.which, refused.html, Some(refused.why)),
        None => (which.to_owned(), html, None),
    };
    let common = if signed.signatures.common.is_empty() {
        words.say("signature-common-empty")
    } else {
        words.say("signature-common")
    };
    let choices = [
        ("common", common),
        ("own", words.say("signature-own")),
        ("none", words.say("signature-none")),
    ];
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let preview = format!("/mailboxes/{}/signature/preview", signed.id);
    let page = OwnPage {
        shell: Shell::new(app, person, Place::Profile, title),
        address: signed.address,
        editor: Editor {
            action: format!("{}/{}", list::PATH, signed.id),
            kept: preview.clone(),
            preview,
            choices: choices
                .into_iter()
                .map(|(name, text)| (name, text.into_owned(), name == which))
                .collect(),
            html,
            wrong,
        },
        saved,
    };
    answer::page_with(status, &page)
}
