//! Settings → Technical → System Parameters.
//!
//! A changed base URL re-creates every subscription (lifecycle URLs cannot be changed, P19) and
//! needs a redirect URI in Entra; so what it means is said first and confirmed.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::base_url::BaseUrlRules;
use maildesk_model::parameter::{
    self, PARAMETERS, PUSH_BASE_URL, PUSH_REGISTER_NEW, ParameterKind, WEB_BASE_URL,
};
use maildesk_model::push::PushState;
use maildesk_store::contract::AuditEntry;

use crate::app::App;
use crate::error::{Chain, Problem};
use crate::pages::answer;
use crate::pages::form::{Fields, Form};
use crate::pages::microsoft::CALLBACK_PATH;
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::words::Words;

/// Where this page is.
const PATH: &str = "/settings/technical/system-parameters";
/// Subscriptions that are counted.
const SUBSCRIPTIONS_MAX: i64 = 10_000;

#[derive(Template)]
#[template(path = "mailboxes/parameters.html")]
struct ParametersPage {
    shell: Shell,
    rows: Vec<ParameterRow>,
    /// What a change means, before it is made.
    means: Option<Means>,
    saved: bool,
}

struct ParameterRow {
    key: &'static str,
    about: &'static str,
    is_switch: bool,
    value: String,
    wrong: Option<String>,
}

struct Means {
    subscriptions: String,
    redirect_uri: Option<String>,
}

/// The page.
pub(super) async fn show(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    let rows = rows(&app, |_, kept| (kept, None)).await?;
    render(&app, &person, StatusCode::OK, rows, None, false)
}

/// Checks, says what a change means, and once that is confirmed saves.
pub(super) async fn save(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    let rules = BaseUrlRules {
        allow_loopback: app.settings.allow_loopback,
    };
    let mut changed = Vec::new();
    let rows = rows(&app, |key, kept| {
        let value = asked(&fields, key);
        if value != kept {
            changed.push((key, value.clone()));
        }
        let wrong = parameter::find(key).and_then(|known| known.check(&value, rules).err());
        let wrong = wrong.map(|why| format!("{} {}", why.message, why.remedy));
        (value, wrong)
    })
    .await?;
    let wrong = rows.iter().any(|row| row.wrong.is_some());
    if wrong {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return render(&app, &person, status, rows, None, false);
    }
    let moves_address = changed.iter().any(|(key, _)| *key != PUSH_REGISTER_NEW);
    if moves_address && !fields.has("sure") {
        let means = means(&app, &changed).await?;
        return render(&app, &person, StatusCode::OK, rows, Some(means), false);
    }
    for (key, value) in &changed {
        keep(&app, &person, key, value).await?;
    }
    render(&app, &person, StatusCode::OK, rows, None, true)
}

fn asked(fields: &Fields, key: &str) -> String {
    fields.one(key).trim().to_owned()
}

/// A row for each parameter there is; `value` gets the key and what is kept.
async fn rows(
    app: &App,
    mut value: impl FnMut(&'static str, String) -> (String, Option<String>),
) -> Result<Vec<ParameterRow>, Problem> {
    let kept = app.store.parameters().await?;
    let row = PARAMETERS.into_iter().map(|parameter| {
        let known = kept.iter().find(|(key, _)| key == parameter.key);
        let known = known.map(|(_, value)| value.clone()).unwrap_or_default();
        let (value, wrong) = value(parameter.key, known);
        ParameterRow {
            key: parameter.key,
            about: parameter.about,
            is_switch: parameter.kind == ParameterKind::Switch,
            value,
            wrong,
        }
    });
    Ok(row.collect())
}

async fn means(app: &App, changed: &[(&'static str, String)]) -> Result<Means, Problem> {
    let words = Words::english();
    let gauges = app.store.subscription_gauges(SUBSCRIPTIONS_MAX).await?;
    let live = gauges
        .iter()
        .filter(|(_, state, _)| !matches!(state, PushState::Off | PushState::NotReady))
        .count();
    // Where the webhook has an address of its own, the other one moves no subscription.
    let push = app
        .store
        .parameter(PUSH_BASE_URL)
        .await?
        .unwrap_or_default();
    let moves = push.is_empty() || changed.iter().any(|(key, _)| *key == PUSH_BASE_URL);
    let count = if moves { live as i64 } else { 0 };
    let web = changed.iter().find(|(key, _)| *key == WEB_BASE_URL);
    Ok(Means {
        subscriptions: words.fill("means-subscriptions", count).into_owned(),
        redirect_uri: web
            .filter(|(_, value)| !value.is_empty())
            .map(|(_, value)| format!("{value}{CALLBACK_PATH}")),
    })
}

async fn keep(app: &App, person: &Person, key: &str, value: &str) -> Result<(), Problem> {
    let at = app.clock.now();
    app.store.set_parameter(key, value, at).await?;
    let entry = AuditEntry {
        id: 0,
        at,
        user: Some(person.user.id),
        action: "parameter.set".to_owned(),
        mailbox: None,
        detail: key.to_owned(),
    };
    if let Err(error) = app.store.audit(entry).await {
        tracing::error!(error = %Chain(&error), "the audit log could not be written");
    }
    Ok(())
}

fn render(
    app: &App,
    person: &Person,
    status: StatusCode,
    rows: Vec<ParameterRow>,
    means: Option<Means>,
    saved: bool,
) -> Result<Response, Problem> {
    let title = Words::english().say("settings-parameters");
    let page = ParametersPage {
        shell: Shell::settings(app, person, PATH, title),
        rows,
        means,
        saved,
    };
    answer::page_with(status, &page)
}
