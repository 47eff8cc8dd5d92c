//! `/profile/signatures`: what stands below one's mail, mailbox by mailbox.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::Uri;
use maildesk_model::signature::OwnSignature;
use maildesk_store::contract::{SignedMailbox, UserChange};

use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};
use crate::words::Words;

/// Where this page is.
pub(super) const PATH: &str = "/profile/signatures";
/// Mailboxes on the page: as many as one can write from.
const MAILBOXES_MAX: i64 = 200;

#[derive(Template)]
#[template(path = "signatures/list.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<SignedRow>,
    sign_answers: bool,
    saved: bool,
}

struct SignedRow {
    path: String,
    name: String,
    address: String,
    /// Which one it is, and how that looks.
    which: String,
    class: &'static str,
}

/// The page.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    uri: Uri,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let signed = app.store.signatures(viewer, MAILBOXES_MAX).await?;
    let title = Words::english().say("signatures-title");
    let shell = Shell::new(&app, &person, Place::Profile, title);
    answer::page(&ListPage {
        rows: signed
            .into_iter()
            .map(|one| row(shell.words, one))
            .collect(),
        sign_answers: person.user.sign_answers,
        saved: uri.query() == Some("saved=yes"),
        shell,
    })
}

/// Whether answers get it, too.
pub(super) async fn save(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of(&app, &person).await?;
    let change = UserChange {
        sign_answers: Some(fields.has("answers")),
        ..UserChange::default()
    };
    app.store.change_user(person.user.id, &change).await?;
    Ok(answer::see("/profile/signatures?saved=yes"))
}

fn row(words: Words, signed: SignedMailbox) -> SignedRow {
    let (which, class) = match &signed.signatures.own {
        OwnSignature::Own(_) => (words.say("signature-is-own"), "accent"),
        OwnSignature::Common if !signed.signatures.common.is_empty() => {
            (words.say("signature-is-common"), "good")
        }
        OwnSignature::Common | OwnSignature::Nothing => (words.say("signature-is-none"), ""),
    };
    SignedRow {
        path: format!("{PATH}/{}", signed.id),
        name: signed.name,
        address: signed.address,
        which: which.into_owned(),
        class,
    }
}
