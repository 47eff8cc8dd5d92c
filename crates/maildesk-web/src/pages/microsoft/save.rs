//! Setting the app registration, and dropping a credential of it.

use std::borrow::Cow;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::microsoft::{
    AppCredential, CredentialKind, check_client_id, check_secret, check_tenant,
};
use maildesk_model::{Cloud, Secret, Timestamp};
use maildesk_store::StoreError;
use maildesk_store::contract::{AppChange, KeptApp};

use super::show::{Done, Typed, render};
use crate::api::note;
use crate::app::App;
use crate::error::Problem;
use crate::pages::form::{Fields, Form};
use crate::pages::person::Person;
use crate::words::Words;

/// Longest PEM text, in bytes; a chain of certificates has some ten thousand.
const PEM_MAX: usize = 64 * 1024;

/// Which fields are wrong, and how.
type Wrong = Vec<(&'static str, String)>;

/// Checks what was typed and keeps it.
pub(super) async fn save(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    must_be_free(&app)?;
    let kept = app.store.microsoft_app().await?;
    let mut wrong = Wrong::new();
    let change = read(&app, &fields, &kept, &mut wrong);
    let Some(change) = change.filter(|_| wrong.is_empty()) else {
        return again(&app, &person, &fields, wrong).await;
    };
    match app.store.set_microsoft_app(&change, app.clock.now()).await {
        Ok(()) => {}
        Err(StoreError::Conflict(_)) => {
            let words = Words::english();
            let wrong = vec![("form", words.say("microsoft-meanwhile").into_owned())];
            return again(&app, &person, &fields, wrong).await;
        }
        Err(error) => return Err(error.into()),
    }
    note::done(&app, &person.caller, "microsoft.set", None).await;
    let words = Words::english();
    said(&app, &person, words.say("microsoft-saved")).await
}

/// Drops a credential.
pub(super) async fn remove(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    must_be_free(&app)?;
    let id = fields.one("id").parse();
    let id = id.map_err(|_| Problem::not_found())?;
    match app.store.remove_app_credential(id, app.clock.now()).await {
        Ok(true) => {}
        Ok(false) => return Err(Problem::not_found()),
        Err(StoreError::Conflict(_)) => {
            return Err(Problem::conflict(
                "last_credential",
                "This is the only credential: without it no mailbox can be reached. Add the next one first.",
            ));
        }
        Err(error) => return Err(error.into()),
    }
    note::done(&app, &person.caller, "microsoft.credential.remove", None).await;
    let words = Words::english();
    said(&app, &person, words.say("microsoft-removed")).await
}

async fn said(app: &App, person: &Person, saved: Cow<'static, str>) -> Result<Response, Problem> {
    let done = Done {
        saved: Some(saved),
        ..Done::default()
    };
    render(app, person, done).await
}

async fn again(
    app: &App,
    person: &Person,
    fields: &Fields,
    wrong: Wrong,
) -> Result<Response, Problem> {
    let trimmed = |name| fields.one(name).trim().to_owned();
    let done = Done {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        wrong,
        typed: Some(Typed {
            client_id: trimmed("client_id"),
            tenant: trimmed("tenant"),
            cloud: trimmed("cloud"),
            expires: trimmed("expires"),
        }),
        ..Done::default()
    };
    render(app, person, done).await
}

/// 409 where the environment fixes the registration.
fn must_be_free(app: &App) -> Result<(), Problem> {
    if app.settings.fixed_app.registration.is_none() {
        return Ok(());
    }
    Err(Problem::conflict(
        "fixed_by_environment",
        "The environment of the server fixes the Microsoft app. Change MAILDESK_MICROSOFT_… there and start the server again.",
    ))
}

fn read(app: &App, fields: &Fields, kept: &KeptApp, wrong: &mut Wrong) -> Option<AppChange> {
    let words = Words::english();
    let fixed = &app.settings.fixed_app;
    let client_id = fields.one("client_id").trim().to_owned();
    if let Err(why) = check_client_id(&client_id) {
        wrong.push(("client_id", why.to_string()));
    }
    let is_other = !kept.client_id.is_empty() && kept.client_id != client_id;
    if is_other && !fields.has("sure") {
        wrong.push(("client_id", words.say("microsoft-other-app").into_owned()));
    }
    let tenant = fixed.tenant.as_deref();
    let tenant = tenant
        .unwrap_or_else(|| fields.one("tenant").trim())
        .to_owned();
    if let Err(why) = check_tenant(&tenant) {
        wrong.push(("tenant", why.to_string()));
    }
    let cloud = fixed
        .cloud
        .or_else(|| Cloud::from_name(fields.one("cloud")));
    if cloud.is_none_or(|cloud| !cloud.has_message_delta()) {
        wrong.push(("cloud", words.say("wrong-cloud").into_owned()));
    }
    let add = credential(app, fields, wrong);
    let left = if is_other { 0 } else { kept.credentials.len() };
    if add.is_none() && left == 0 && wrong.is_empty() {
        wrong.push((
            "secret",
            words.say("microsoft-needs-credential").into_owned(),
        ));
    }
    Some(AppChange {
        seen: fields.one("seen").parse().unwrap_or(-1),
        client_id,
        tenant,
        cloud: cloud?,
        add,
    })
}

/// The credential that was typed, if one was.
fn credential(app: &App, fields: &Fields, wrong: &mut Wrong) -> Option<AppCredential> {
    let words = Words::english();
    let secret = Secret::new(fields.one("secret").trim());
    let pem = Secret::new(fields.one("certificate").trim());
    match (secret.expose().is_empty(), pem.expose().is_empty()) {
        (true, true) => None,
        (false, false) => {
            wrong.push((
                "certificate",
                words.say("microsoft-one-credential").into_owned(),
            ));
            None
        }
        (false, true) => {
            if let Err(why) = check_secret(&secret) {
                wrong.push(("secret", why.to_string()));
            }
            let ends = Timestamp::end_of_day(fields.one("expires").trim());
            let now = app.clock.now();
            match ends {
                None => wrong.push(("expires", words.say("wrong-expires").into_owned())),
                Some(ends) if ends <= now => {
                    wrong.push(("expires", words.say("wrong-expired").into_owned()));
                }
                Some(_) => {}
            }
            Some(AppCredential {
                kind: CredentialKind::Secret,
                value: secret,
                expires_at: ends,
            })
        }
        (true, false) => certificate(app, pem, wrong),
    }
}

fn certificate(app: &App, pem: Secret, wrong: &mut Wrong) -> Option<AppCredential> {
    let words = Words::english();
    if pem.expose().len() > PEM_MAX {
        wrong.push(("certificate", words.say("wrong-pem").into_owned()));
        return None;
    }
    match app.microsoft.certificate_end(&pem) {
        Ok(ends) if ends <= app.clock.now() => {
            wrong.push(("certificate", words.say("wrong-expired").into_owned()));
            None
        }
        Ok(ends) => Some(AppCredential {
            kind: CredentialKind::Certificate,
            value: pem,
            expires_at: Some(ends),
        }),
        Err(trouble) => {
            let why = format!("{} {}", trouble.message, trouble.remedy);
            wrong.push(("certificate", why));
            None
        }
    }
}
