//! Sharing many mailboxes at once: the ones that are chosen in the table, or all of them, with some people or
//! with them no longer.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::{MailboxId, UserId};

use super::all::{self, Said};
use crate::api::note;
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::{Fields, Form};
use crate::pages::person::Person;
use crate::words::Words;

/// `POST /settings/mailboxes/share`
pub(super) async fn share(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    let shared = match fields.one("do") {
        "share" => true,
        "unshare" => false,
        _ => return Err(Problem::malformed("This form asks for nothing we know.")),
    };
    let viewer = person.caller.viewer;
    let mailboxes: Vec<MailboxId> = if fields.one("all") == "yes" {
        let all = app
            .store
            .mailboxes(viewer, None, all::MAILBOXES_MAX)
            .await?;
        all.into_iter().map(|mailbox| mailbox.id).collect()
    } else {
        let chosen = fields.all("mailbox").filter_map(MailboxId::parse);
        // Each once, in the log too.
        chosen.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let users = people(&fields);
    let words = Words::english();
    let wrong = if mailboxes.is_empty() {
        Some(words.say("share-no-mailbox"))
    } else if users.is_empty() {
        Some(words.say("share-nobody"))
    } else if !with(&app, &person, &mailboxes, &users, shared).await? {
        Some(words.say("share-gone-some"))
    } else {
        None
    };
    match wrong {
        None => Ok(answer::see(all::PATH)),
        Some(wrong) => {
            let said = Said {
                wrong: Some(wrong.into_owned()),
                mailboxes,
                users,
                ..Said::default()
            };
            all::render(&app, &person, StatusCode::UNPROCESSABLE_ENTITY, said).await
        }
    }
}

/// The people a form names, each once.
pub(super) fn people(fields: &Fields) -> Vec<UserId> {
    let people: BTreeSet<UserId> = fields.all("user").filter_map(UserId::parse).collect();
    people.into_iter().collect()
}

/// Shares, and writes down each mailbox; false when a mailbox or one of the people is not there any more.
pub(super) async fn with(
    app: &App,
    person: &Person,
    mailboxes: &[MailboxId],
    users: &[UserId],
    shared: bool,
) -> Result<bool, Problem> {
    let (viewer, now) = (person.caller.viewer, app.clock.now());
    if !app
        .store
        .share(viewer, mailboxes, users, shared, now)
        .await?
    {
        return Ok(false);
    }
    for id in mailboxes {
        note::done(app, &person.caller, "mailbox.share", Some(*id)).await;
    }
    Ok(true)
}
