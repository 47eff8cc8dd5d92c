//! Mailboxes and their accounts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ControlError;
use crate::mailbox::BORN;
use crate::sync::Held;
use crate::world::{MailboxCell, MailboxKind, World};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct New {
    address: String,
    display_name: Option<String>,
    #[serde(default)]
    kind: MailboxKind,
    /// Addresses of people who may open it with `*.Shared` permissions.
    #[serde(default)]
    shared_with: Vec<String>,
    /// Display names of well-known folders, in the owner's language.
    #[serde(default)]
    folder_names: BTreeMap<String, String>,
}

/// `POST /sim/mailboxes`.
pub(super) async fn create(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ControlError> {
    let new: New = super::body(&body)?;
    if !new.address.contains('@') || new.address.contains(char::is_whitespace) {
        return Err(ControlError::bad("address is not an address"));
    }
    let known = |name: &String| BORN.iter().any(|born| born.1 == name && !name.is_empty());
    if let Some(unknown) = new.folder_names.keys().find(|name| !known(name)) {
        let message = format!("not a well-known folder: {unknown}");
        return Err(ControlError::bad(message));
    }
    let display_name = new.display_name.unwrap_or_else(|| new.address.clone());
    let cell = world
        .directory
        .add_mailbox(&new.address, &display_name, new.kind);
    let cell =
        cell.ok_or_else(|| ControlError(StatusCode::CONFLICT, "that address is taken".to_owned()))?;
    *cell.shared_with.held() = new.shared_with;
    for (well_known, name) in &new.folder_names {
        cell.content.held().localise(well_known, name);
    }
    Ok((StatusCode::CREATED, Json(json!({ "userId": cell.user_id }))))
}

/// `GET /sim/mailboxes`.
pub(super) async fn list(State(world): State<Arc<World>>) -> Json<Vec<Value>> {
    Json(
        world
            .directory
            .mailboxes()
            .iter()
            .map(|cell| show(cell))
            .collect(),
    )
}

fn show(cell: &MailboxCell) -> Value {
    let messages = cell.content.held().all().len();
    json!({ "userId": cell.user_id, "address": cell.address, "displayName": cell.display_name, "kind": cell.kind, "sharedWith": *cell.shared_with.held(), "messages": messages })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    shared_with: Option<Vec<String>>,
    send_as: Option<Vec<String>>,
    send_on_behalf: Option<Vec<String>>,
    /// The quota is used up.
    full: Option<bool>,
    /// No mailbox of the cloud.
    away: Option<bool>,
    /// The owner changed the password: it ends what clients without a secret hold [facts 8.3].
    #[serde(default)]
    password_changed: bool,
    /// Every sign-in of the account is revoked, as an administrator does.
    #[serde(default)]
    revoke_sign_ins: bool,
}

/// `PATCH /sim/mailboxes/{address}`: who it is shared with; revoking its sign-ins.
pub(super) async fn change(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let change: Change = super::body(&body)?;
    let cell = super::mailbox(&world, &address)?;
    if let Some(shared_with) = change.shared_with {
        *cell.shared_with.held() = shared_with;
    }
    if let Some(send_as) = change.send_as {
        *cell.send_as.held() = send_as;
    }
    if let Some(send_on_behalf) = change.send_on_behalf {
        *cell.send_on_behalf.held() = send_on_behalf;
    }
    if let Some(full) = change.full {
        cell.full.store(full, Ordering::Relaxed);
    }
    if let Some(away) = change.away {
        cell.away.store(away, Ordering::Relaxed);
    }
    if change.password_changed {
        let is_public = |app: &str| {
            let app = world.directory.app(app);
            app.is_some_and(|app| app.client_secret.is_none() && !app.certificate)
        };
        world
            .tokens
            .held()
            .password_changed(&cell.user_id, is_public);
    }
    if change.revoke_sign_ins {
        world.tokens.held().revoke(&cell.user_id);
        world.delivery.look_again();
    }
    Ok(Json(show(&cell)))
}

/// `DELETE /sim/mailboxes/{address}`: the account leaves the organisation, and nothing finds it any more.
pub(super) async fn remove(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
) -> Result<StatusCode, ControlError> {
    let cell = super::mailbox(&world, &address)?;
    world.tokens.held().revoke(&cell.user_id);
    world.delivery.look_again();
    world.directory.remove_mailbox(&cell);
    Ok(StatusCode::NO_CONTENT)
}
