//! Push of a mailbox: for Mailbox Administrators alone (P11). 403 for people who see the mailbox,
//! 404 for those who do not.

pub(super) mod check;
pub(super) mod register;
pub(super) mod secret;
pub(super) mod show;
pub(super) mod turn_off;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maildesk_model::MailboxId;
use maildesk_model::parameter::{PUSH_BASE_URL, WEB_BASE_URL};
use maildesk_store::StoreError;

use super::mailboxes;
use super::shape::{PushBody, TroubleBody};
use super::wait::Settled;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;

/// Where Microsoft sends notifications to, below the base URL (P1).
const WEBHOOK_PATH: &str = "/maildesk/push/outlook";
/// The code of an intent that push refused because of its own readiness check, and of the problem
/// that answers it.
pub(crate) const NOT_READY: &str = "not_ready";
/// The code that says that this server has no push.
const DISABLED: &str = "push_disabled";

/// 404, then 403: what every call about push asks first.
pub(crate) async fn let_in(app: &App, caller: &Caller, id: MailboxId) -> Result<(), Problem> {
    mailboxes::visible(app, caller.viewer, id).await?;
    caller.must_administer()
}

/// 409 where push is switched off for the whole server (P14).
pub(crate) fn must_be_enabled(app: &App) -> Result<(), Problem> {
    if app.settings.push_enabled {
        Ok(())
    } else {
        Err(Problem::conflict(
            DISABLED,
            "Push is switched off for this server (push.enabled).",
        ))
    }
}

/// The object that all these calls answer with, from the store alone.
async fn object(app: &App, caller: &Caller, id: MailboxId) -> Result<PushBody, Problem> {
    let panel = app.store.push_panel(caller.viewer, id).await?;
    let panel = panel.ok_or_else(Problem::not_found)?;
    let mut body = PushBody::new(panel, webhook_url(app).await?);
    if !app.settings.push_enabled {
        body.ready = false;
        body.reasons.insert(
            0,
            TroubleBody {
                code: DISABLED.to_owned(),
                message: "Push is switched off for this server.".to_owned(),
                remedy: "Set MAILDESK_PUSH_ENABLED to true and start the server again.".to_owned(),
            },
        );
    }
    Ok(body)
}

/// Where Microsoft sends notifications to; `None` while no base URL is set.
pub(crate) async fn webhook_url(app: &App) -> Result<Option<String>, StoreError> {
    for key in [PUSH_BASE_URL, WEB_BASE_URL] {
        if let Some(base) = app.store.parameter(key).await?
            && !base.is_empty()
        {
            return Ok(Some(format!("{base}{WEBHOOK_PATH}")));
        }
    }
    Ok(None)
}

/// What an intent of push came to: 200 with the object, 202 while it runs, 409 with the reasons
/// where readiness refused, 502 with Graph's own words.
async fn answer(
    app: &App,
    caller: &Caller,
    id: MailboxId,
    settled: Settled,
) -> Result<Response, Problem> {
    let mut body = object(app, caller, id).await?;
    match settled {
        Settled::Done => Ok(Json(body).into_response()),
        Settled::Waiting(intent) => {
            body.intent_id = Some(intent.to_string());
            Ok((StatusCode::ACCEPTED, Json(body)).into_response())
        }
        Settled::Refused(trouble) if trouble.code == NOT_READY => {
            let problem = Problem::trouble(StatusCode::CONFLICT, trouble);
            Err(problem.with_reasons(body.reasons))
        }
        Settled::Refused(trouble) => Err(Problem::trouble(StatusCode::BAD_GATEWAY, trouble)),
    }
}
