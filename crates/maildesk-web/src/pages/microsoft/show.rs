//! `/settings/microsoft`: the app registration as the environment sets it, the steps in Entra with
//! the exact redirect URI and permissions, and the link for the tenant's consent.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maildesk_model::parameter::WEB_BASE_URL;

use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::parts::{MicrosoftApp, SignInRefused};
use crate::words::Words;

/// Where this page is.
const PATH: &str = "/settings/microsoft";
/// Where Microsoft sends people back to, below the base URL.
pub(crate) const CALLBACK_PATH: &str = "/oauth/microsoft/callback";
/// Tenants that stand for many: fine for people, not for the organisation (C7).
const MANY: [&str; 3] = ["common", "organizations", "consumers"];

#[derive(Template)]
#[template(path = "microsoft/show.html")]
struct MicrosoftPage {
    shell: Shell,
    app: Option<MicrosoftApp>,
    is_many: bool,
    redirect_uri: Option<String>,
    consent: Option<String>,
}

/// The page.
pub(super) async fn show(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    let base = app.store.parameter(WEB_BASE_URL).await?;
    let base = base.filter(|base| !base.is_empty());
    let consent = match (&base, &app.settings.microsoft) {
        (Some(_), Some(_)) => match app.sign_in.consent_url().await {
            Ok(url) => Some(url),
            Err(SignInRefused::Trouble(_)) => None,
            Err(SignInRefused::Store(error)) => return Err(error.into()),
        },
        _ => None,
    };
    let microsoft = app.settings.microsoft.clone();
    let page = MicrosoftPage {
        shell: Shell::settings(&app, &person, PATH, Words::english().say("microsoft-title")),
        is_many: microsoft
            .as_ref()
            .is_some_and(|known| MANY.contains(&known.tenant.as_str())),
        app: microsoft,
        redirect_uri: base.map(|base| format!("{base}{CALLBACK_PATH}")),
        consent,
    };
    answer::page(&page)
}
