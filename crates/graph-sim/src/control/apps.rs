//! App registrations.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::ControlError;
use crate::world::{App, World};

/// `POST /sim/apps`: registers an app or replaces the one with its id.
pub(super) async fn put(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ControlError> {
    let mut app: App = super::body(&body)?;
    if app.client_id.is_empty() {
        return Err(ControlError::bad("clientId is empty"));
    }
    if let Some(unknown) = app
        .delegated
        .iter()
        .chain(&app.application)
        .find(|name| !crate::signin::is_permission(name))
    {
        return Err(ControlError::bad(format!(
            "not a permission of Microsoft Graph or Outlook: {unknown}"
        )));
    }
    let client_id = app.client_id.clone();
    let lag = Duration::from_secs(world.faults.now().token.policy_lag_s);
    let former = world.directory.app(&client_id);
    if let Some(former) = former.filter(|former| !lag.is_zero() && former.fence != app.fence) {
        app.former_fence = Some((world.clock.now() + lag, former.fence.clone()));
    }
    world.directory.put_app(app);
    // A permission that is gone ends what stands on it.
    world.delivery.look_again();
    Ok((
        StatusCode::CREATED,
        Json(json!({ "clientId": client_id, "tenantId": world.directory.tenant() })),
    ))
}

/// `GET /sim/apps`: what is registered, without secrets.
pub(super) async fn list(State(world): State<Arc<World>>) -> Json<Vec<Value>> {
    let show = |app: &Arc<App>| json!({ "clientId": app.client_id, "redirectUris": app.redirect_uris, "delegated": app.delegated, "application": app.application });
    Json(world.directory.apps().iter().map(show).collect())
}
