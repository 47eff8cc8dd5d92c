//! The Microsoft app registration: what is set, the form that sets it, *Test*, what is still to do in
//! Entra, and the tenant's consent.

mod consent;
mod save;
mod show;
mod test;

use axum::Router;
use axum::routing::get;
use maildesk_model::microsoft::AppRegistration;
use maildesk_store::StoreError;
use maildesk_store::contract::KeptApp;

use crate::app::App;
use crate::pages::answer;

pub(crate) use show::CALLBACK_PATH;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    let instead = || answer::instead("/settings/microsoft");
    Router::new()
        .route("/settings/microsoft", get(show::show).post(save::save))
        .route(
            "/settings/microsoft/credential",
            instead().post(save::remove),
        )
        .route("/settings/microsoft/consent", instead().post(consent::link))
        .route("/settings/microsoft/test", instead().post(test::test))
}

/// What is kept, and the registration in force, if there is one.
pub(crate) async fn in_force(app: &App) -> Result<(KeptApp, Option<AppRegistration>), StoreError> {
    let kept = app.store.microsoft_app().await?;
    let in_force = app.settings.fixed_app.or_kept(kept.registration());
    Ok((kept, in_force))
}
