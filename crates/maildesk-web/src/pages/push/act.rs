//! What the assistant's buttons do. Each is an intent that push carries out and a bounded wait for
//! its outcome, as in the API.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::MailboxId;
use maildesk_model::intent::Want;

use super::assistant::{self, Said};
use crate::api::note;
use crate::api::push::{NOT_READY, let_in, must_be_enabled};
use crate::api::wait::{self, Settled};
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::request::id::One;

/// *Register Subscription*, *Check now*, *Turn off*.
pub(super) async fn act(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    form: Form,
) -> Result<Response, Problem> {
    let_in(&app, &person.caller, id).await?;
    let fields = form.of(&app, &person).await?;
    must_be_enabled(&app)?;
    if fields.one("do") == "test" {
        let tested = app.address.test(None).await?;
        note::done(&app, &person.caller, "push.address.test", Some(id)).await;
        let said = Said {
            tested: Some(tested),
            ..Said::default()
        };
        return assistant::render(&app, &person, id, StatusCode::OK, said).await;
    }
    let (want, action) = match fields.one("do") {
        "register" => (Want::RegisterPush, "push.register"),
        "check" => (Want::CheckPush, ""),
        "turn-off" => (Want::TurnOffPush, "push.turn_off"),
        _ => return Err(Problem::malformed("This form asks for nothing we know.")),
    };
    if !action.is_empty() {
        note::before(&app, &person.caller, action, Some(id)).await?;
    }
    let settled = wait::carry_out(&app, person.caller.viewer, id, want).await?;
    let (status, said) = match settled {
        Settled::Done => return Ok(answer::see(&format!("/mailboxes/{id}/push"))),
        Settled::Waiting(_) => {
            let said = Said {
                under_way: true,
                ..Said::default()
            };
            (StatusCode::ACCEPTED, said)
        }
        // The page shows the reasons themselves.
        Settled::Refused(trouble) if trouble.code == NOT_READY => {
            return Ok(answer::see(&format!("/mailboxes/{id}/push")));
        }
        Settled::Refused(trouble) => {
            let said = Said {
                failed: Some(trouble),
                ..Said::default()
            };
            (StatusCode::BAD_GATEWAY, said)
        }
    };
    assistant::render(&app, &person, id, status, said).await
}

/// Whoever comes back to where a secret was shown, which is not shown again.
pub(super) async fn instead(_: Person, One(id): One<MailboxId>) -> Response {
    answer::see(&format!("/mailboxes/{id}/push"))
}

/// *Show secret*: audited before it is shown, and shown in this one answer.
pub(super) async fn show_secret(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    form: Form,
) -> Result<Response, Problem> {
    let_in(&app, &person.caller, id).await?;
    form.of(&app, &person).await?;
    note::before(&app, &person.caller, "push.secret.show", Some(id)).await?;
    let secret = app.store.push_secret(person.caller.viewer, id).await?;
    let secret = secret.ok_or_else(Problem::not_found)?;
    let said = Said {
        secret: secret.map(|secret| secret.expose().to_owned()),
        ..Said::default()
    };
    assistant::render(&app, &person, id, StatusCode::OK, said).await
}
